//! What is fitted: features, outcome, weights.

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, is_missing};
use radiome_stats::regression::{ElasticNetOutcome, RegressionError};

use super::folds::Folds;
use super::{Family, Options};
use crate::command::tabular::{FollowUp, Levels, Outcome, Warning, complete_rows};

/// How many names a warning shows.
const SHOWN: usize = 8;
/// Fewer rows of a class than this make the fit shaky (glmnet's limit for its warning).
const FEW: usize = 8;

/// Complete rows, ready to be fitted.
pub(super) struct Input {
    /// The file, for messages.
    pub(super) source: String,
    table: Table,
    pub(super) features: Vec<String>,
    pub(super) x: DMatrix<f64>,
    pub(super) outcome: Response,
    pub(super) weights: Option<Vec<f64>>,
}

pub(super) enum Response {
    Gaussian(Vec<f64>),
    Binomial {
        /// 1 for the positive class.
        class: Vec<f64>,
        names: Outcome,
    },
    Cox(FollowUp),
}

impl Response {
    pub(super) fn library(&self) -> ElasticNetOutcome<'_> {
        match self {
            Self::Gaussian(y) => ElasticNetOutcome::Gaussian(y),
            Self::Binomial { class, .. } => ElasticNetOutcome::Binomial(class),
            Self::Cox(FollowUp { time, event }) => ElasticNetOutcome::Cox { time, event },
        }
    }
}

impl Input {
    pub(super) fn of(
        table: &Table,
        options: &Options,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let mut taken = Vec::new();
        for name in options.named() {
            taken.push(table.id_column(Some(name))?);
        }
        taken.extend(options.output.by(table)?);
        let features = options.columns.choose(table, &taken)?;
        if features.is_empty() {
            return Err(miette!(
                help = "name columns with --features",
                "{}: no numeric column is left to be a feature",
                table.source()
            ));
        }
        let used: Vec<&str> = taken
            .iter()
            .copied()
            .chain(features.iter().map(String::as_str))
            .collect();
        let table = complete_rows(table, &used, warnings)?;
        let outcome = response(&table, options, warnings)?;
        let weights = options.weights.as_deref();
        let weights = weights
            .map(|column| weights_of(&table, column))
            .transpose()?;
        let mut values = Vec::with_capacity(table.len() * features.len());
        let mut constant = Vec::new();
        for name in &features {
            let column = table.numbers(name)?;
            if is_constant(&column) {
                constant.push(name.as_str());
            }
            values.extend(column);
        }
        if !constant.is_empty() {
            let more = if constant.len() > SHOWN { ", ..." } else { "" };
            let shown = constant.iter().take(SHOWN).copied().collect::<Vec<_>>();
            let told = format!(
                "{} of {} features are constant and get no coefficient: {}{more}",
                constant.len(),
                features.len(),
                shown.join(", ")
            );
            warnings.push(Warning::new("constant_feature", told));
        }
        Ok(Self {
            source: table.source().to_owned(),
            x: DMatrix::from_vec(table.len(), features.len(), values),
            table,
            features,
            outcome,
            weights,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.table.len()
    }

    pub(super) fn levels(&self, column: &str) -> miette::Result<Levels> {
        let column = self.table.id_column(Some(column))?;
        Ok(Levels::of(&self.table, column)?)
    }

    /// What the fit refused, with the names of this table.
    pub(super) fn explained(
        &self,
        error: &RegressionError,
        folds: Option<&Folds>,
    ) -> miette::Report {
        let source = &self.source;
        match error {
            RegressionError::NonFinitePredictor { row, column } => {
                let name = self.features.get(*column).map_or("", String::as_str);
                let (file, row) = self.table.place(name, *row).unwrap_or((source, 0));
                miette!(
                    help = "correct the cell, or empty it if the value is missing",
                    "{file}, row {row}, column \"{name}\": the value is infinite"
                )
            }
            RegressionError::TooFewSamples { found, needed } => miette!(
                help = "rows with a missing value do not count",
                "{source}: {found} rows can be used, at least {needed} are needed"
            ),
            RegressionError::ConstantOutcome => miette!(
                help = "choose another column with --outcome",
                "{source}: the outcome has the same value in every row that counts"
            ),
            RegressionError::NoEvent => miette!(
                help = "check the columns of --event and --weights",
                "{source}: no event was seen in a row that counts"
            ),
            RegressionError::NoComparison => miette!(
                help = "check the column of --time: each event needs somebody who outlived it",
                "{source}: {error}"
            ),
            RegressionError::BadFold { fold, problem } => miette!(
                help = "use fewer folds, or folds in which the classes or events are spread out",
                "{source}, fold {}: {problem}",
                folds.map_or("", |folds| folds.name(*fold))
            ),
            RegressionError::NotConverged { .. } => miette!(
                help = "features with a penalty factor of 0, or penalties near 0, may separate the \
                        classes or order the events without error; penalise them more",
                "{source}: {error}"
            ),
            other => miette!("{source}: {other}"),
        }
    }
}

fn response(
    table: &Table,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Response> {
    // Which options go together is checked before.
    let outcome = options.outcome.as_deref().unwrap_or_default();
    match options.family() {
        Family::Gaussian => {
            let column = table.id_column(Some(outcome))?;
            let values = table.numbers(column)?;
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                let (file, row) = table.place(column, row)?;
                return Err(miette!(
                    help = "correct the cell, or empty it if the value is missing",
                    "{file}, row {row}, column \"{column}\": the value is infinite"
                ));
            }
            Ok(Response::Gaussian(values))
        }
        Family::Binomial => {
            let names = Outcome::of(table, outcome, options.positive.as_deref())?;
            for (count, class) in [
                (names.n_negative(), &names.negative),
                (names.n_positive(), &names.positive),
            ] {
                if count < FEW {
                    let told = format!("only {count} rows are of the class \"{class}\"");
                    warnings.push(Warning::new("few_in_class", told));
                }
            }
            Ok(Response::Binomial {
                class: names.to_numbers(),
                names,
            })
        }
        Family::Cox => {
            let time = options.time.as_deref().unwrap_or_default();
            let event = options.event.as_deref().unwrap_or_default();
            Ok(Response::Cox(FollowUp::of(table, time, event)?))
        }
    }
}

fn weights_of(table: &Table, column: &str) -> miette::Result<Vec<f64>> {
    let column = table.id_column(Some(column))?;
    let weights = table.numbers(column)?;
    if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        let (file, place) = table.place(column, row)?;
        let found = table.cells(column)?.get(row).cloned().unwrap_or_default();
        return Err(miette!(
            help = "a weight is 0 or more; correct the cell, or empty it if the value is missing",
            "{file}, row {place}, column \"{column}\": {found} is no weight"
        ));
    }
    if weights.iter().all(|w| *w == 0.0) {
        return Err(miette!(
            help = "choose another column with --weights",
            "{}, column \"{column}\": every weight is 0",
            table.source()
        ));
    }
    Ok(weights)
}

/// Whether values differ by rounding at most.
fn is_constant(values: &[f64]) -> bool {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    high - low <= 1e-12 * high.abs().max(low.abs())
}

/// Adds the columns that options name from a table with the same rows in the same order.
pub(super) fn add_response(
    table: &mut Table,
    response: &Table,
    options: &Options,
    by: Option<&str>,
) -> miette::Result<()> {
    if response.len() != table.len() {
        return Err(miette!(
            help = "--response takes a table with the same rows in the same order",
            "{} has {} rows, but {} has {}",
            response.source(),
            response.len(),
            table.source(),
            table.len()
        ));
    }
    check_ids(table, response, options)?;
    for name in options.named().into_iter().chain(by) {
        let Some(column) = response.special_column(name)? else {
            if table.special_column(name)?.is_none() {
                // Neither has it: the response is where it was looked for first.
                response.id_column(Some(name))?;
            }
            continue;
        };
        if !table.has_column(column) {
            table.push_column(response, column)?;
        } else if table.cells(column)? != response.cells(column)? {
            return Err(miette!(
                help = "rename one of them",
                "{} and {} both have a column \"{column}\", and they differ",
                table.source(),
                response.source()
            ));
        }
    }
    Ok(())
}

/// Where both tables have ids, they must be the same.
fn check_ids(table: &Table, response: &Table, options: &Options) -> miette::Result<()> {
    let id = options.columns.id.as_deref();
    let (Ok(ours), Ok(theirs)) = (table.id_column(id), response.id_column(id)) else {
        return Ok(());
    };
    let pairs = table.cells(ours)?.iter().zip(response.cells(theirs)?);
    for (row, (our, their)) in pairs.enumerate() {
        if our != their && !is_missing(our) && !is_missing(their) {
            let (file, place) = response.place(theirs, row)?;
            return Err(miette!(
                help = "--response takes a table with the same rows in the same order",
                "{file}, row {place} is of {their}, but that row of {} is of {our}",
                table.source()
            ));
        }
    }
    Ok(())
}
