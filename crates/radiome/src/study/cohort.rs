//! Who is in the study: from the clinical tables to the patients that are analysed.

use super::file::{Mode, Scalar, SplitColumn, StudyFile};
use super::{Problem, StudyError};
use crate::pipeline::FEWEST_OF_A_CLASS;
use crate::results::{Exclusion, Warning};
use crate::table::{Table, parse_number};

/// The side of the study on which a patient stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Models are learnt from these patients.
    Train,
    /// Models are only applied to these.
    External,
}

impl Split {
    /// The name in tables and results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::External => "external",
        }
    }
}

/// A patient with a known outcome and a side.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Id as the first table spells it.
    pub id: String,
    /// Row in the joined table.
    pub row: usize,
    /// Side of the study.
    pub split: Split,
    /// Whether the outcome is positive.
    pub positive: bool,
    /// Time to the event or to the last follow-up, and whether it was the event.
    pub survival: Option<(f64, bool)>,
    /// Scanner, where the study harmonises.
    pub batch: String,
    /// Fold of the signature's cross-validation, where a column gives it.
    pub fold: Option<usize>,
}

/// Who is in the study and who is not.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// The joined tables.
    pub table: Table,
    /// Patients in the tables.
    pub enrolled: usize,
    /// Patients that can be analysed as far as the tables tell, in the order of the first table.
    pub patients: Vec<Patient>,
    /// Who was left out and why.
    pub excluded: Vec<Exclusion>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

impl Cohort {
    /// Sides every patient of the joined table by outcome and split.
    ///
    /// # Errors
    /// Columns that are missing, an outcome of one value, times below zero, events other than 0
    /// and 1: all that are found, at once.
    pub fn from_table(table: Table, id_column: &str, file: &StudyFile) -> Result<Self, StudyError> {
        let mut problems = Vec::new();
        let ids: Vec<String> = table
            .ids(id_column)?
            .iter()
            .map(|&id| id.to_owned())
            .collect();
        let outcome = texts(
            &table,
            &file.outcome.column,
            "outcome.column",
            &mut problems,
        );
        let split = file
            .split
            .as_ref()
            .map(|split| texts(&table, &split.column, "split.column", &mut problems));
        let batch = file
            .harmonization
            .as_ref()
            .map(|rule| texts(&table, &rule.batch, "harmonization.batch", &mut problems));
        let covariates: Vec<(&String, Vec<Option<String>>)> = file
            .harmonization
            .iter()
            .flat_map(|rule| &rule.covariates)
            .map(|column| {
                let cells = texts(&table, column, "harmonization.covariates", &mut problems);
                (column, cells)
            })
            .collect();
        let survival = file.survival.as_ref();
        let survival = survival.and_then(|survival| survival.read(&table, &ids, &mut problems));
        let folds = fold_column(&table, file, &mut problems);
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }
        check_outcome(
            &outcome,
            &file.outcome.column,
            &file.outcome.positive,
            &mut problems,
        );
        if let (Some(rule), Some(cells)) = (&file.split, &split) {
            check_split(rule, cells, &mut problems);
        }

        let mut patients = Vec::new();
        let mut excluded = Vec::new();
        let mut without_survival = Vec::new();
        for (row, id) in ids.iter().enumerate() {
            let mut exclude = |reason_code: &str, reason: String| {
                excluded.push(Exclusion {
                    id: id.clone(),
                    reason_code: reason_code.into(),
                    reason,
                });
            };
            let Some(value) = &outcome[row] else {
                exclude(
                    "outcome_unknown",
                    format!("`{}` is not known", file.outcome.column),
                );
                continue;
            };
            let side = match (
                &file.split,
                split.as_ref().and_then(|split| split[row].as_deref()),
            ) {
                (None, _) => Some(Split::Train),
                (Some(rule), Some(value)) if holds(&rule.train, value) => Some(Split::Train),
                (Some(rule), Some(value)) if holds(&rule.external, value) => Some(Split::External),
                _ => None,
            };
            let Some(side) = side else {
                let column = file
                    .split
                    .as_ref()
                    .map_or("", |split| split.column.as_str());
                let value = split.as_ref().and_then(|split| split[row].clone());
                let value = value.unwrap_or_else(|| "missing".to_owned());
                exclude(
                    "in_neither_split",
                    format!(
                        "`{column}` is {value}, which is neither a training nor an external value"
                    ),
                );
                continue;
            };
            let batch = match batch.as_ref().map(|batch| batch[row].clone()) {
                None => String::new(),
                Some(Some(name)) => name,
                Some(None) => {
                    let column = file
                        .harmonization
                        .as_ref()
                        .map_or("", |rule| rule.batch.as_str());
                    exclude(
                        "batch_unknown",
                        format!("`{column}` is not known, so its scanner effect is not"),
                    );
                    continue;
                }
            };
            let unknown = covariates.iter().find(|(_, cells)| cells[row].is_none());
            if let Some((column, _)) = unknown {
                exclude(
                    "covariate_unknown",
                    format!("`{column}` is not known, and the harmonisation keeps its effect"),
                );
                continue;
            }
            let survival = survival.as_ref().and_then(|survival| survival.times[row]);
            if file.survival.is_some() && survival.is_none() {
                without_survival.push(id.clone());
            }
            patients.push(Patient {
                id: id.clone(),
                row,
                split: side,
                positive: file.outcome.positive.matches(value),
                survival,
                batch,
                fold: folds.as_ref().map(|folds| folds[row]),
            });
        }
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }
        let mut warnings = survival.map_or_else(Vec::new, |survival| survival.warnings);
        if !without_survival.is_empty() {
            warnings.push(Warning::new(
                "survival_unknown",
                format!(
                    "{} analysed patients have no survival time or event and are left out of the survival analysis: {}",
                    without_survival.len(),
                    without_survival.join(", ")
                ),
            ));
        }
        Ok(Self {
            enrolled: ids.len(),
            table,
            patients,
            excluded,
            warnings,
        })
    }

    /// Leaves a patient out for a reason that the images gave.
    pub fn exclude(&mut self, exclusions: Vec<Exclusion>) {
        self.patients.retain(|patient| {
            exclusions
                .iter()
                .all(|exclusion| exclusion.id != patient.id)
        });
        self.excluded.extend(exclusions);
    }

    /// Reasons why a model cannot be learnt from these patients; empty if it can.
    #[must_use]
    pub fn obstacles(&self, file: &StudyFile) -> Vec<Problem> {
        let mut problems = Vec::new();
        let train: Vec<_> = self
            .patients
            .iter()
            .filter(|p| p.split == Split::Train)
            .collect();
        let positive = train.iter().filter(|patient| patient.positive).count();
        let negative = train.len() - positive;
        let column = &file.outcome.column;
        if positive == 0 || negative == 0 {
            problems.push(Problem::new(
                format!(
                    "the {} training patients have one class only: `{column}` is {} for {positive} and something else for {negative}",
                    train.len(),
                    file.outcome.positive
                ),
                "look at `outcome.positive` and at `split.train`",
            ));
            return problems;
        }
        let fewest = positive.min(negative);
        let folds = match file.mode {
            Mode::Honest => file.validation.folds,
            // Nothing is resampled.
            Mode::AsPublished => 0,
        };
        if fewest < folds {
            problems.push(Problem::new(
                format!("`validation.folds` is {folds}, but the smaller class has only {fewest} training patients"),
                format!("set `validation.folds` to {} or less", fewest.max(2)),
            ));
        }
        // Inside a fold everything is learnt again, in folds of its own.
        let (inside, found) = match folds {
            0 => (fewest, "there are".to_owned()),
            _ => (
                fewest - fewest.div_ceil(folds),
                format!("with {folds} folds there remain inside a fold"),
            ),
        };
        if inside < FEWEST_OF_A_CLASS && fewest >= folds {
            problems.push(Problem::new(
                format!(
                    "{found} only {inside} of the {fewest} training patients of the smaller class; the pipeline needs {FEWEST_OF_A_CLASS}"
                ),
                "a signature cannot be learnt from so few patients",
            ));
        }
        if let Some(survival) = &file.survival {
            let known = train.iter().filter_map(|patient| patient.survival);
            if !known.clone().any(|(_, event)| event) {
                let key = survival.event_key();
                problems.push(Problem::new(
                    format!(
                        "no training patient has an event: `{key}` tells of none in {} patients",
                        known.count()
                    ),
                    format!("look at `{key}`, or leave `survival` out"),
                ));
            }
        }
        if file
            .split
            .as_ref()
            .is_some_and(|split| !split.external.is_empty())
            && !self
                .patients
                .iter()
                .any(|patient| patient.split == Split::External)
        {
            problems.push(Problem::new(
                "no patient that can be analysed is on the external side",
                "look at `split.external`, or leave `split` out",
            ));
        }
        problems
    }
}

fn holds(values: &[Scalar], cell: &str) -> bool {
    values.iter().any(|value| value.matches(cell))
}

/// The cells of a column, or a problem that names the key which asked for it.
fn texts(
    table: &Table,
    column: &str,
    key: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Option<String>> {
    match table.texts(column) {
        Ok(cells) => cells
            .into_iter()
            .map(|cell| cell.map(str::to_owned))
            .collect(),
        Err(error) => {
            problems.push(missing_column(table, column, key, &error.to_string()));
            vec![None; table.len()]
        }
    }
}

/// The problem of a column that a key names and no table has.
pub(super) fn missing_column(table: &Table, column: &str, key: &str, text: &str) -> Problem {
    let hint = match crate::table::nearest(column, table.columns()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!(
            "columns: {}",
            table.columns().collect::<Vec<_>>().join(", ")
        ),
    };
    Problem::new(format!("`{key}`: {text}"), hint)
}

fn check_outcome(
    outcome: &[Option<String>],
    column: &str,
    positive: &Scalar,
    problems: &mut Vec<Problem>,
) {
    let mut values: Vec<&str> = outcome.iter().flatten().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    if !values.iter().any(|value| positive.matches(value)) {
        problems.push(Problem::new(
            format!("`outcome.positive` is {positive}, but `{column}` never is"),
            format!("its values: {}", values.join(", ")),
        ));
    } else if values.len() > 2 {
        problems.push(Problem::new(
            format!(
                "`{column}` has {} values ({}); an outcome has two",
                values.len(),
                values.join(", ")
            ),
            "make a column of two values, or name one that has",
        ));
    }
}

/// Every value of the split must be some patient's, and on one side.
fn check_split(rule: &SplitColumn, cells: &[Option<String>], problems: &mut Vec<Problem>) {
    let column = &rule.column;
    for (key, values) in [("train", &rule.train), ("external", &rule.external)] {
        let absent: Vec<String> = values
            .iter()
            .filter(|value| !cells.iter().flatten().any(|cell| value.matches(cell)))
            .map(Scalar::to_string)
            .collect();
        if !absent.is_empty() {
            let mut found: Vec<&str> = cells.iter().flatten().map(String::as_str).collect();
            found.sort_unstable();
            found.dedup();
            let more = if found.len() > 20 { ", ..." } else { "" };
            found.truncate(20);
            problems.push(Problem::new(
                format!(
                    "`split.{key}`: `{column}` is {} in no row",
                    absent.join(", ")
                ),
                format!("its values: {}{more}", found.join(", ")),
            ));
        }
    }
    if rule.train.is_empty() {
        problems.push(Problem::new(
            "`split.train` is empty",
            "name the values of the training patients, or leave `split` out",
        ));
    }
    if let Some(both) = rule
        .train
        .iter()
        .find(|value| rule.external.contains(value))
    {
        problems.push(Problem::new(
            format!("`split`: {both} is a value of `train` and of `external`"),
            "a patient is on one side",
        ));
    }
}

fn fold_column(table: &Table, file: &StudyFile, problems: &mut Vec<Problem>) -> Option<Vec<usize>> {
    let super::file::Folds::Column(column) = &file.signature.folds else {
        return None;
    };
    let cells = texts(table, column, "signature.folds", problems);
    let mut folds = Vec::with_capacity(cells.len());
    for (row, cell) in cells.iter().enumerate() {
        // External patients need no fold.
        let number = cell.as_deref().map_or(Some(0.0), parse_number);
        match number.filter(|number| number.fract() == 0.0 && (0.0..1e6).contains(number)) {
            Some(number) => folds.push(number as usize),
            None => {
                problems.push(Problem::new(
                    format!(
                        "`signature.folds`: `{column}` is {} in row {}",
                        cell.as_deref().unwrap_or(""),
                        row + 2
                    ),
                    "a fold is a whole number",
                ));
                break;
            }
        }
    }
    folds.resize(table.len(), 0);
    Some(folds)
}
