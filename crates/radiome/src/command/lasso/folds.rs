//! Folds of the cross-validation: drawn, or named in a column.

use std::convert::Infallible;
use std::str::FromStr;

use miette::miette;
use radiome_stats::regression::{CrossValidationMeasure, ElasticNetCrossValidation};
use radiome_stats::resampling::{seeded, stratified_folds};

use super::input::{Input, Response};
use crate::command::tabular::Warning;

/// Fewest folds of a cross-validation.
const FEWEST: usize = 3;

/// Where the folds come from.
#[derive(Clone)]
pub(super) enum FoldsFrom {
    /// So many are drawn.
    Draw(usize),
    /// A column names them.
    Column(String),
}

impl FromStr for FoldsFrom {
    type Err = Infallible;

    /// A whole number is a number of folds, anything else a column.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.parse() {
            Ok(count) => Self::Draw(count),
            Err(_) => Self::Column(text.to_owned()),
        })
    }
}

impl FoldsFrom {
    pub(super) fn column(&self) -> Option<&str> {
        match self {
            Self::Draw(_) => None,
            Self::Column(column) => Some(column),
        }
    }
}

/// The fold of each row.
pub(super) struct Folds {
    pub(super) of_rows: Vec<usize>,
    pub(super) names: Vec<String>,
}

impl Folds {
    pub(super) fn of(
        from: &FoldsFrom,
        input: &Input,
        seed: u64,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        match from {
            FoldsFrom::Draw(count) => Self::draw(*count, input, seed, warnings),
            FoldsFrom::Column(column) => {
                let levels = input.levels(column)?;
                if levels.names.len() < FEWEST {
                    return Err(miette!(
                        help =
                            "choose a column that names three folds or more, or write --folds 10",
                        "{}, column \"{column}\": {} folds, at least {FEWEST} are needed",
                        input.source,
                        levels.names.len()
                    ));
                }
                Ok(Self {
                    of_rows: levels.places.into_iter().flatten().collect(),
                    names: levels.names,
                })
            }
        }
    }

    /// Each fold gets its share of either class, or of the events.
    fn draw(
        count: usize,
        input: &Input,
        seed: u64,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let stratum: Vec<usize> = match &input.outcome {
            Response::Gaussian(y) => vec![0; y.len()],
            Response::Binomial { class, .. } => {
                class.iter().map(|c| usize::from(*c > 0.5)).collect()
            }
            Response::Cox(follow_up) => follow_up
                .event
                .iter()
                .map(|seen| usize::from(*seen))
                .collect(),
        };
        let upper = stratum.iter().filter(|s| **s == 1).count();
        let members = [upper, stratum.len() - upper];
        let fewest = members.into_iter().filter(|m| *m > 0).min().unwrap_or(0);
        if count < FEWEST || fewest < FEWEST {
            let (help, told) = if count < FEWEST {
                ("write it as in --folds 10", format!("--folds {count}"))
            } else {
                let told = format!("the smallest class (or the events) has {fewest} rows");
                ("more rows are needed for a cross-validation", told)
            };
            return Err(miette!(
                help = help,
                "{}: {told}, where at least {FEWEST} folds are needed",
                input.source
            ));
        }
        let used = count.min(fewest);
        if used < count {
            let told = format!(
                "{used} folds instead of {count}: the smallest class (or the events) has {fewest} \
                 rows, and every fold needs one of them"
            );
            warnings.push(Warning::new("fewer_folds", told));
        }
        let of_rows = stratified_folds(&stratum, used, &mut seeded(seed))
            .map_err(|error| miette!("{}: {error}", input.source))?;
        Ok(Self {
            of_rows,
            names: (1..=used).map(|fold| fold.to_string()).collect(),
        })
    }

    pub(super) fn name(&self, fold: usize) -> &str {
        self.names.get(fold).map_or("", String::as_str)
    }

    /// Tells what the cross-validation did otherwise than asked, and what to think of its choice.
    pub(super) fn warn(
        &self,
        found: &ElasticNetCrossValidation,
        asked: CrossValidationMeasure,
        warnings: &mut Vec<Warning>,
    ) {
        if found.measure != asked {
            let told = "fewer than ten rows a fold, so the deviance is taken instead of the AUC";
            warnings.push(Warning::new("measure_changed", told.to_owned()));
        }
        if !found.unjudged_folds.is_empty() {
            let names: Vec<&str> = found.unjudged_folds.iter().map(|&f| self.name(f)).collect();
            let told = format!(
                "the measure is not defined in fold {} (one class, no event, or nothing to \
                 compare), which counts for nothing",
                names.join(", ")
            );
            warnings.push(Warning::new("fold_without_measure", told));
        }
        let path = &found.path;
        if path.df.get(found.index_min) == Some(&0) {
            let told = "no feature is chosen: none lowers the error of left-out rows".to_owned();
            warnings.push(Warning::new("no_feature", told));
        } else if found.index_min + 1 == path.lambda.len() {
            let told = "lambda.min is the smallest penalty tried, and a smaller one may be better; \
                        see --lambda-min-ratio";
            warnings.push(Warning::new("lambda_min_is_last", told.to_owned()));
        }
    }
}
