//! `radiome logistic`: logistic regression of a two-class outcome.

mod fit;
mod selection;

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::regression::RegressionError;
use serde_json::{Map, Value, json};

use super::tabular::{Cell, Findings, Outcome, Output, Predictors, Rows, Warning, complete_rows};
use super::{Common, Status};
use fit::{Fit, Method, ProfileBy, TermRow, explained};
use selection::{Criterion, Direction, Selection};

/// Logistic regression: odds ratios, profile intervals, tests of terms, stepwise selection
///
/// The model of all predictors by maximum likelihood, as R's glm gives it: Wald's tests and
/// intervals, intervals by the profile of the likelihood, the likelihood-ratio test of each term
/// (drop1), variance inflation (car::vif). Intervals in the JSON are of odds ratios. `lrt_p` and
/// `vif` are of a term: the columns of a factor share them, and a term that is part of an
/// interaction has no test of its own.
///
/// The positive class is the greater of two numbers, or the later of two words. A column of words is
/// a factor. Rows with a missing value are left out and counted; alone (--univariate) a predictor is
/// fitted on all rows that have it.
///
/// Where a combination of the predictors parts the classes without error (separation), estimates
/// are infinite: this is told, Wald's figures are left out, and --firth gives finite ones.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the outcome, of two classes
    #[arg(long, value_name = "COL")]
    outcome: String,
    /// Which class is the positive one [default: the greater, or later, of the two]
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,
    #[command(flatten)]
    predictors: Predictors,
    /// Fit a model of each predictor alone, too
    #[arg(long)]
    univariate: bool,
    /// Firth's penalised likelihood: finite estimates with separation, less bias in small samples;
    /// P values and tests are those of the penalised likelihood
    #[arg(long, conflicts_with = "stepwise")]
    firth: bool,
    /// Select terms step by step by this criterion (MASS::stepAIC)
    #[arg(long, value_enum, ignore_case = true, value_name = "CRITERION")]
    stepwise: Option<Criterion>,
    /// Which way the steps go: `both` and `backward` start with all terms, `forward` with none
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        default_value = "both",
        requires = "stepwise"
    )]
    direction: Direction,
    /// How the limits of the profile are found
    #[arg(long, value_enum, ignore_case = true, default_value = "exact")]
    profile: ProfileBy,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    conf_level: f64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  Each predictor alone, and all together
    radiome logistic patients.csv --outcome grade --vars age,margin,site --univariate

  Stage as a factor against stage I, and an interaction
    radiome logistic patients.csv --outcome grade --vars age,margin,stage --factor stage \\
      --reference stage=I --interaction age:margin --json

  Select terms by AIC, back and forth from the model of all
    radiome logistic patients.csv --outcome grade --vars 'clin_*' --stepwise aic

  Separated data, or few patients
    radiome logistic patients.csv --outcome grade --vars age,margin --firth --out terms.csv

Exit status: 0 all done, separated data too; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        return Err(miette!(
            help = "write it as in --conf-level 0.95",
            "--conf-level {} does not lie between 0 and 1",
            options.conf_level
        ));
    }
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| found(options, table))
}

/// What a fit needs to know beside its data.
struct Request {
    method: Method,
    profile: ProfileBy,
    level: f64,
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let outcome = table.id_column(Some(&options.outcome))?;
    let by = options.output.by(table)?;
    let taken: Vec<&str> = by.into_iter().chain([outcome]).collect();
    let variables = options.predictors.variables(table, &taken)?;
    if variables.is_empty() {
        return Err(miette!(
            help = "name predictors with --vars",
            "{}: there is no predictor",
            table.source()
        ));
    }
    let request = Request {
        method: if options.firth {
            Method::Firth
        } else {
            Method::MaximumLikelihood
        },
        profile: options.profile,
        level: options.conf_level,
    };
    let mut warnings = Vec::new();
    let mut alone = Vec::new();
    if options.univariate {
        for variable in &variables {
            alone.push(univariate(
                options,
                table,
                outcome,
                variable,
                &request,
                &mut warnings,
            )?);
        }
    }
    let together = multivariate(options, table, outcome, &variables, &request, &mut warnings)?;
    let together = match together {
        Ok(together) => Some(together),
        // Each predictor alone may be all that was meant, of more columns than one model can hold.
        Err(error) if options.univariate => {
            warnings.push(Warning::new(
                "no_model",
                format!("there is no model of all predictors: {error}"),
            ));
            None
        }
        Err(error) => return Err(error),
    };
    Ok(assembled(
        options,
        &variables,
        alone.into_iter().flatten().collect(),
        together,
        warnings,
    ))
}

/// The model of all predictors, after selection if that is asked for.
struct Together {
    outcome: Outcome,
    fit: Fit,
    selection: Option<Selection>,
}

/// The predictor alone; `None` where it has one value.
fn univariate(
    options: &Options,
    table: &Table,
    outcome: &str,
    variable: &str,
    request: &Request,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Option<Fit>> {
    // Rows that are left out are counted once, for the model of all predictors; so are constants.
    let mut unheard = Vec::new();
    let complete = complete_rows(table, &[outcome, variable], &mut unheard)?;
    let outcome = Outcome::of(&complete, outcome, options.positive.as_deref())?;
    let predictors = Predictors {
        vars: vec![variable.to_owned()],
        factor: kept(&options.predictors.factor, |name| name == variable),
        reference: kept(&options.predictors.reference, |(name, _)| name == variable),
        interaction: Vec::new(),
        id: options.predictors.id.clone(),
    };
    let design = predictors.design(&complete, &[variable.to_owned()], &mut unheard)?;
    if design.terms.is_empty() {
        return Ok(None);
    }
    let fit = Fit::of(&design, &[], &outcome, request)
        .map_err(|error| explained(&error, &complete, &design, &outcome))?;
    warnings.extend(fit.warning(&format!("{variable} alone")));
    Ok(Some(fit))
}

fn kept<T: Clone>(all: &[T], keep: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| keep(one)).cloned().collect()
}

/// The model of all predictors; the inner error is a fit that the data do not allow.
fn multivariate(
    options: &Options,
    table: &Table,
    outcome: &str,
    variables: &[String],
    request: &Request,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Result<Together, miette::Report>> {
    let needed: Vec<&str> = variables
        .iter()
        .map(String::as_str)
        .chain([outcome])
        .collect();
    let complete = complete_rows(table, &needed, warnings)?;
    let outcome = Outcome::of(&complete, outcome, options.positive.as_deref())?;
    let design = options.predictors.design(&complete, variables, warnings)?;
    if design.terms.is_empty() {
        return Err(miette!(
            help = "choose predictors that vary with --vars",
            "{}: every predictor has one value only",
            table.source()
        ));
    }
    let interactions = &options.predictors.interaction;
    let fitted = || -> Result<(Fit, Option<Selection>), RegressionError> {
        let Some(criterion) = options.stepwise else {
            return Ok((Fit::of(&design, interactions, &outcome, request)?, None));
        };
        let way = (criterion, options.direction);
        let selection = Selection::of(&design, interactions, &outcome, way)?;
        let left = design.of_terms(selection.selected());
        let fit = Fit::of(&left, interactions, &outcome, request)?;
        Ok((fit, Some(selection)))
    };
    let (fit, selection) = match fitted() {
        Ok(fitted) => fitted,
        Err(error) => return Ok(Err(explained(&error, &complete, &design, &outcome))),
    };
    warnings.extend(selection.as_ref().map(Selection::warning));
    warnings.extend(fit.warning("the model"));
    Ok(Ok(Together {
        outcome,
        fit,
        selection,
    }))
}

fn assembled(
    options: &Options,
    variables: &[String],
    alone: Vec<Fit>,
    together: Option<Together>,
    warnings: Vec<Warning>,
) -> Findings {
    let mut json = Map::new();
    if let Some(together) = &together {
        let outcome = &together.outcome;
        json.insert(
            "outcome".to_owned(),
            json!({
                "column": outcome.column,
                "positive": outcome.positive,
                "negative": outcome.negative,
            }),
        );
    }
    if options.predictors.vars.is_empty() {
        json.insert("features".to_owned(), json!(variables));
    }
    json.insert("conf_level".to_owned(), number_json(options.conf_level));
    json.insert(
        "model".to_owned(),
        together.as_ref().map_or(Value::Null, |t| t.fit.to_json()),
    );
    if options.univariate {
        let terms = alone.iter().flat_map(Fit::univariate_json).collect();
        json.insert("univariate".to_owned(), Value::Array(terms));
    }
    let selection = together.as_ref().and_then(|t| t.selection.as_ref());
    if let Some(selection) = selection {
        json.insert("stepwise".to_owned(), selection.to_json());
    }

    let several = options.univariate || selection.is_some();
    let criterion = selection.map(Selection::criterion);
    let mut results = Rows::new(&[
        "model",
        "n",
        "name",
        "term",
        "coef",
        "se",
        "z",
        "p_value",
        "odds_ratio",
        "wald_lower",
        "wald_upper",
        "profile_lower",
        "profile_upper",
        "lrt_p",
        "vif",
    ]);
    let mut header: Vec<&str> = Vec::new();
    header.extend(several.then_some("model"));
    header.extend([
        "name",
        "coef",
        "se",
        "p",
        "odds ratio",
        "lower",
        "upper",
        "lrt p",
        "vif",
    ]);
    header.extend(criterion);
    let mut shown = Rows::new(&header);
    let models = alone
        .iter()
        .map(|fit| ("alone", fit))
        .chain(together.iter().map(|t| ("all", &t.fit)));
    if let Some(selection) = selection {
        for (step, value) in selection.steps() {
            let mut row = vec![Cell::from("step"), step.into()];
            row.extend(std::iter::repeat_n(Cell::Empty, 7));
            row.push(value.into());
            shown.push(row);
        }
    }
    for (model, fit) in models {
        let label = match (model, selection) {
            ("all", Some(_)) => "selected",
            _ => model,
        };
        for term in &fit.terms {
            results.push(result(label, fit.n, term));
            // Alone, the intercept says nothing of the predictor.
            if model == "alone" && term.is_intercept() {
                continue;
            }
            let mut row: Vec<Cell> = Vec::new();
            row.extend(several.then(|| Cell::from(label)));
            row.extend(on_screen(term));
            row.extend(criterion.map(|_| Cell::Empty));
            shown.push(row);
        }
    }
    Findings {
        json,
        warnings,
        results,
        shown,
    }
}

fn result(model: &str, n: usize, term: &TermRow) -> Vec<Cell> {
    vec![
        model.into(),
        n.into(),
        term.name.as_str().into(),
        term.term.as_str().into(),
        term.coef.into(),
        term.se.into(),
        term.z.into(),
        term.p.into(),
        term.coef.exp().into(),
        term.wald[0].into(),
        term.wald[1].into(),
        term.profile[0].into(),
        term.profile[1].into(),
        term.lrt_p.into(),
        term.inflation.map(|v| v.factor).into(),
    ]
}

fn on_screen(term: &TermRow) -> Vec<Cell> {
    vec![
        term.name.as_str().into(),
        term.coef.into(),
        term.se.into(),
        term.p.into(),
        term.coef.exp().into(),
        term.profile[0].into(),
        term.profile[1].into(),
        term.lrt_p.into(),
        term.inflation.map(|v| v.factor).into(),
    ]
}
