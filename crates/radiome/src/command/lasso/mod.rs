//! `radiome lasso`: the elastic net along a path of penalties, and the choice of one.

mod factors;
mod folds;
mod input;
mod report;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNet, ElasticNetFamily, ElasticNetOptions, LambdaPath,
    RegressionError, cross_validate_elastic_net, elastic_net,
};

use super::tabular::{Columns, Findings, Output, Warning};
use super::{Common, Status};
use factors::Factors;
use folds::{Folds, FoldsFrom};
use input::Input;

/// Penalised regression: lasso, ridge and between, with cross-validation (R's glmnet)
///
/// Fits the whole path of penalties, from the largest, which leaves no feature, to the smallest.
/// With --folds the penalty is chosen by cross-validation: lambda.min is the best, lambda.1se the
/// largest within one standard error of it. Features are standardised first; coefficients are those
/// of the features as they are. Solutions are polished until the optimality conditions hold to
/// about twelve digits, so they are those that glmnet tends to as its threshold tends to 0.
///
/// The binomial family takes an outcome of two classes; the greater value is the positive one. The
/// Cox family takes times and events, treats ties by Breslow's approximation, and has no intercept
/// (it is given as 0). Rows with a missing value are left out, and counted.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table with the features (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the outcome: two classes, or with --family gaussian numbers
    #[arg(long, value_name = "COL")]
    outcome: Option<String>,
    /// The kind of outcome [default: cox with --time, else binomial]
    #[arg(long, value_enum)]
    family: Option<Family>,
    /// The class that is predicted [default: the greater number, the later word]
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,
    /// For Cox: the column with the time of the event, or until which none was seen
    #[arg(long, value_name = "COL", requires = "event")]
    time: Option<String>,
    /// For Cox: the column that is 1 where the event was seen and 0 where not
    #[arg(long, value_name = "COL", requires = "time")]
    event: Option<String>,
    /// A table with the same rows in the same order, for the columns that other options name
    #[arg(long, value_name = "FILE")]
    response: Option<PathBuf>,
    /// Share of the lasso in the penalty: 1 is the lasso, near 0 is ridge
    #[arg(long, value_name = "A", default_value_t = 1.0)]
    alpha: f64,
    /// Number of penalties
    #[arg(long, value_name = "N", default_value_t = 100)]
    nlambda: usize,
    /// Smallest penalty over the largest [default: 0.01 with fewer rows than features, else 0.0001]
    #[arg(long, value_name = "R")]
    lambda_min_ratio: Option<f64>,
    /// These penalties, instead of a path of its own
    #[arg(
        long,
        value_name = "L1,L2,...",
        value_delimiter = ',',
        conflicts_with = "lambda_min_ratio"
    )]
    lambda: Vec<f64>,
    /// Penalise features as they are, without scaling them to unit standard deviation
    #[arg(long)]
    no_standardize: bool,
    /// Violation of the optimality conditions, in units of the penalty, that is not warned of
    #[arg(long, value_name = "T", default_value_t = 1e-7)]
    tolerance: f64,
    /// Cross-validate: the number of folds to draw, or the column that names them
    #[arg(long, value_name = "K|COL")]
    folds: Option<FoldsFrom>,
    /// How left-out rows are judged
    #[arg(long, value_enum, ignore_case = true, default_value = "deviance")]
    measure: Measure,
    /// The column with the weight of each row
    #[arg(long, value_name = "COL")]
    weights: Option<String>,
    /// A table of factors that multiply the penalty: a column of features and one of factors (1 for
    /// features that are not there), or one column in the order of the features; 0: never penalised
    #[arg(long, value_name = "FILE")]
    penalty_factor: Option<PathBuf>,
    /// Where the draw of the folds starts
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Family {
    /// Two classes
    Binomial,
    /// Numbers
    Gaussian,
    /// Times to an event
    Cox,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// -2 log-likelihood; squared error; partial likelihood
    Deviance,
    /// Area under the ROC curve (binomial)
    Auc,
    /// Share on the wrong side of probability 0.5 (binomial)
    Class,
    /// Squared error (binomial: of both classes)
    Mse,
    /// Absolute error (binomial: of both classes)
    Mae,
    /// Harrell's concordance (Cox)
    C,
}

const EXAMPLES: &str = "\
Examples:
  A path, and the choice of a penalty by ten folds
    radiome lasso features.csv --outcome grade --features 'T1_*' --folds 10 --seed 7

  Given folds, the outcome in a table of its own, all coefficients into a file
    radiome lasso features.csv --response patients.csv --outcome grade --folds fold --out path.csv

  Survival, judged by Harrell's C
    radiome lasso features.csv --time pfs --event progressed --folds 5 --measure c

  Elastic net of a continuous outcome
    radiome lasso features.csv --outcome volume --family gaussian --alpha 0.5 --json

In JSON `coefficients` has one object for each penalty, features with coefficient 0 left out;
`index_min` and `index_1se` count penalties from 1.

Exit status: 0 all done, warnings or not; 2 the request is wrong.";

impl Family {
    fn library(self) -> ElasticNetFamily {
        match self {
            Self::Binomial => ElasticNetFamily::Binomial,
            Self::Gaussian => ElasticNetFamily::Gaussian,
            Self::Cox => ElasticNetFamily::Cox,
        }
    }
}

impl Measure {
    fn library(self) -> CrossValidationMeasure {
        match self {
            Self::Deviance => CrossValidationMeasure::Deviance,
            Self::Auc => CrossValidationMeasure::Auc,
            Self::Class => CrossValidationMeasure::Class,
            Self::Mse => CrossValidationMeasure::Mse,
            Self::Mae => CrossValidationMeasure::Mae,
            Self::C => CrossValidationMeasure::Concordance,
        }
    }
}

/// The name of a value as it is written on the command line.
fn name_of(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

impl Options {
    fn family(&self) -> Family {
        let default = if self.time.is_some() {
            Family::Cox
        } else {
            Family::Binomial
        };
        self.family.unwrap_or(default)
    }

    /// What is wrong whatever the table holds.
    fn check(&self) -> miette::Result<()> {
        let family = self.family();
        let measure = name_of(self.measure);
        let family_name = name_of(family);
        if family == Family::Cox && self.time.is_none() {
            return Err(miette!(
                help = "name the columns of the time and the event with --time and --event",
                "--family cox needs --time and --event"
            ));
        }
        if family != Family::Cox && self.time.is_some() {
            return Err(miette!(
                help = "leave out --time and --event, or write --family cox",
                "--time and --event are for --family cox, not {family_name}"
            ));
        }
        if family == Family::Cox && self.outcome.is_some() {
            return Err(miette!(
                help = "leave out --outcome: --time and --event are the outcome of --family cox",
                "--outcome is for --family binomial and gaussian"
            ));
        }
        if family != Family::Cox && self.outcome.is_none() {
            return Err(miette!(
                help = "name the column with --outcome, or for survival give --time and --event",
                "--family {family_name} needs --outcome"
            ));
        }
        if self.positive.is_some() && family != Family::Binomial {
            return Err(miette!(
                help = "leave out --positive",
                "--positive is for --family binomial, not {family_name}"
            ));
        }
        if !self.measure.library().suits(family.library()) {
            return Err(miette!(
                help = "deviance is for every family; auc and class for binomial; mse and mae for \
                        binomial and gaussian; c for cox",
                "--measure {measure} is not defined for --family {family_name}"
            ));
        }
        if !(self.alpha > 0.0 && self.alpha <= 1.0) {
            return Err(miette!(
                help = "1 is the lasso; for ridge regression take a small number, such as 0.01",
                "--alpha {} does not lie above 0 and up to 1",
                self.alpha
            ));
        }
        if self.nlambda == 0 || self.nlambda > 100_000 {
            return Err(miette!(
                help = "write it as in --nlambda 100",
                "--nlambda {} does not lie between 1 and 100000",
                self.nlambda
            ));
        }
        if let Some(ratio) = self.lambda_min_ratio.filter(|r| !(*r > 0.0 && *r < 1.0)) {
            return Err(miette!(
                help = "write it as in --lambda-min-ratio 0.01",
                "--lambda-min-ratio {ratio} does not lie between 0 and 1"
            ));
        }
        if let Some(lambda) = self.lambda.iter().find(|l| !(**l > 0.0 && l.is_finite())) {
            return Err(miette!(
                help = "penalties are positive, as in --lambda 0.1,0.05,0.01",
                "--lambda {lambda} is no penalty"
            ));
        }
        if self.tolerance.is_nan() || self.tolerance <= 0.0 {
            return Err(miette!(
                help = "write it as in --tolerance 1e-7",
                "--tolerance {} is not above 0",
                self.tolerance
            ));
        }
        Ok(())
    }

    /// The columns beside the features that the options name.
    fn named(&self) -> Vec<&str> {
        let folds = self.folds.as_ref().and_then(FoldsFrom::column);
        let named = [&self.outcome, &self.time, &self.event, &self.weights];
        let named = named.into_iter().filter_map(Option::as_deref);
        named.chain(folds).collect()
    }

    fn lambda(&self) -> LambdaPath {
        if self.lambda.is_empty() {
            return LambdaPath::Automatic {
                count: self.nlambda,
                ratio: self.lambda_min_ratio,
            };
        }
        let mut descending = self.lambda.clone();
        descending.sort_by(|a, b| b.total_cmp(a));
        LambdaPath::Given(descending)
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    options.check()?;
    let mut table = Table::read(&options.table)?;
    if let Some(path) = &options.response {
        let by = options.output.by.as_deref();
        input::add_response(&mut table, &Table::read(path)?, options, by)?;
    }
    let factors = options.penalty_factor.as_deref();
    let factors = factors.map(Factors::read).transpose()?;
    options.output.run(&table, common, |table| {
        found(options, factors.as_ref(), table)
    })
}

fn found(options: &Options, factors: Option<&Factors>, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let input = Input::of(table, options, &mut warnings)?;
    let folds = options.folds.as_ref();
    let folds = folds
        .map(|folds| Folds::of(folds, &input, options.seed, &mut warnings))
        .transpose()?;
    let settings = ElasticNetOptions {
        alpha: options.alpha,
        standardize: !options.no_standardize,
        lambda: options.lambda(),
        penalty_factor: factors.map(|f| f.of(&input.features)).transpose()?,
        weights: input.weights.clone(),
    };
    let outcome = input.outcome.library();
    let explained = |error: RegressionError| input.explained(&error, folds.as_ref());
    let Some(folds) = &folds else {
        let path = elastic_net(&input.x, &outcome, &settings).map_err(explained)?;
        warn_of_path(&path, options, &mut warnings);
        return Ok(report::path(options, &input, &path, warnings));
    };
    let measure = options.measure.library();
    let validated =
        cross_validate_elastic_net(&input.x, &outcome, &folds.of_rows, measure, &settings)
            .map_err(explained)?;
    warn_of_path(&validated.path, options, &mut warnings);
    folds.warn(&validated, measure, &mut warnings);
    Ok(report::validated(
        options, &input, folds, &validated, warnings,
    ))
}

fn warn_of_path(path: &ElasticNet, options: &Options, warnings: &mut Vec<Warning>) {
    let violations = path.optimality_violation.iter().zip(&path.lambda);
    let beyond = violations.filter(|(v, lambda)| **v > options.tolerance * **lambda && **v > 1e-14);
    let count = beyond.count();
    if count > 0 {
        let told = format!(
            "at {count} of {} penalties the optimality conditions hold less closely than \
             --tolerance {:e}",
            path.lambda.len(),
            options.tolerance
        );
        warnings.push(Warning::new("tolerance", told));
    }
}
