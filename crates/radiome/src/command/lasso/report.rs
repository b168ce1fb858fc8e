//! What was found, as JSON and as tables.

use radiome::table::number_json;
use radiome_stats::regression::{ElasticNet, ElasticNetCrossValidation};
use serde_json::{Map, Value, json};

use super::folds::Folds;
use super::input::{Input, Response};
use super::{Family, Options, name_of};
use crate::command::tabular::{Cell, Findings, Rows, Warning};

/// How the intercept is called among the coefficients.
const INTERCEPT: &str = "(intercept)";

/// A path without a choice.
pub(super) fn path(
    options: &Options,
    input: &Input,
    path: &ElasticNet,
    warnings: Vec<Warning>,
) -> Findings {
    let mut json = path_json(options, input, path);
    json.insert("cv".to_owned(), Value::Null);
    let mut shown = Rows::new(&["index", "lambda", "features", "explained"]);
    for (k, lambda) in path.lambda.iter().enumerate() {
        shown.push(vec![
            (k + 1).into(),
            (*lambda).into(),
            at(&path.df, k),
            at(&path.deviance_ratio, k),
        ]);
    }
    shown.note(
        "explained: share of the null deviance. --folds 10 chooses a penalty by cross-validation; \
         --json and --out give the coefficients.",
    );
    Findings {
        json,
        warnings,
        results: results(options, input, path),
        shown,
    }
}

/// A path with a penalty chosen by cross-validation.
pub(super) fn validated(
    options: &Options,
    input: &Input,
    folds: &Folds,
    found: &ElasticNetCrossValidation,
    warnings: Vec<Warning>,
) -> Findings {
    let path = &found.path;
    let measure = if found.measure == options.measure.library() {
        name_of(options.measure)
    } else {
        // the only fall-back there is
        "deviance".to_owned()
    };
    let mut json = path_json(options, input, path);
    let of_rows: Vec<&str> = folds.of_rows.iter().map(|&fold| folds.name(fold)).collect();
    json.insert(
        "cv".to_owned(),
        json!({
            "measure": measure,
            "n_folds": folds.names.len(),
            "folds": of_rows,
            "cvm": numbers(&found.cvm),
            "cvsd": numbers(&found.cvsd),
            "lambda_min": number_json(found.lambda_min),
            "lambda_1se": number_json(found.lambda_1se),
            "index_min": found.index_min + 1,
            "index_1se": found.index_1se + 1,
        }),
    );

    let mut shown = Rows::new(&[
        "",
        "index",
        "lambda",
        "features",
        "explained",
        measure.as_str(),
        "std error",
    ]);
    let last = path.lambda.len().saturating_sub(1);
    for (name, k) in [
        ("largest", 0),
        ("lambda.1se", found.index_1se),
        ("lambda.min", found.index_min),
        ("smallest", last),
    ] {
        shown.push(vec![
            name.into(),
            (k + 1).into(),
            at(&path.lambda, k),
            at(&path.df, k),
            at(&path.deviance_ratio, k),
            at(&found.cvm, k),
            at(&found.cvsd, k),
        ]);
    }
    let mut coefficients = Rows::new(&["feature", "coefficient"]);
    for (name, value) in terms(options, input, path, found.index_min) {
        coefficients.push(vec![name.into(), value.into()]);
    }
    shown.put_below(
        &format!(
            "Coefficients at lambda.min, per unit of the feature ({} rows{})",
            input.rows(),
            of_outcome(&input.outcome)
        ),
        &coefficients,
    );
    Findings {
        json,
        warnings,
        results: results(options, input, path),
        shown,
    }
}

fn of_outcome(outcome: &Response) -> String {
    match outcome {
        Response::Gaussian(_) => String::new(),
        Response::Binomial { names, .. } => format!(
            ", {} of them {} = {}",
            names.n_positive(),
            names.column,
            names.positive
        ),
        Response::Cox(follow_up) => format!(", {} events", follow_up.n_events()),
    }
}

fn path_json(options: &Options, input: &Input, path: &ElasticNet) -> Map<String, Value> {
    let coefficients: Vec<Value> = path
        .coefficients
        .iter()
        .map(|of_penalty| {
            let chosen = input
                .features
                .iter()
                .zip(of_penalty)
                .filter(|(_, c)| **c != 0.0);
            let object: Map<String, Value> = chosen
                .map(|(name, c)| (name.clone(), number_json(*c)))
                .collect();
            Value::Object(object)
        })
        .collect();
    let object = json!({
        "family": name_of(options.family()),
        "alpha": options.alpha,
        "standardize": !options.no_standardize,
        "n": input.rows(),
        "outcome": outcome_json(options, input),
        "features": input.features,
        "null_deviance": number_json(path.null_deviance),
        "lambda": numbers(&path.lambda),
        "intercept": numbers(&path.intercept),
        "df": path.df,
        "dev_ratio": numbers(&path.deviance_ratio),
        "coefficients": coefficients,
        "optimality_violation": numbers(&path.optimality_violation),
    });
    object.as_object().cloned().unwrap_or_default()
}

fn outcome_json(options: &Options, input: &Input) -> Value {
    match &input.outcome {
        Response::Gaussian(_) => json!({"column": options.outcome}),
        Response::Binomial { names, .. } => json!({
            "column": names.column,
            "negative": names.negative,
            "positive": names.positive,
            "n_negative": names.n_negative(),
            "n_positive": names.n_positive(),
        }),
        Response::Cox(follow_up) => json!({
            "time": options.time,
            "event": options.event,
            "n_events": follow_up.n_events(),
        }),
    }
}

/// Every coefficient of every penalty that is not zero, and the intercepts.
fn results(options: &Options, input: &Input, path: &ElasticNet) -> Rows {
    let mut rows = Rows::new(&["lambda_index", "lambda", "feature", "coef"]);
    for (k, lambda) in path.lambda.iter().enumerate() {
        for (name, value) in terms(options, input, path, k) {
            rows.push(vec![
                (k + 1).into(),
                (*lambda).into(),
                name.into(),
                value.into(),
            ]);
        }
    }
    rows
}

/// The intercept, where there is one, and the coefficients that are not zero at one penalty.
fn terms<'a>(
    options: &Options,
    input: &'a Input,
    path: &ElasticNet,
    k: usize,
) -> Vec<(&'a str, f64)> {
    let mut terms = Vec::new();
    if options.family() != Family::Cox {
        terms.extend(path.intercept.get(k).map(|value| (INTERCEPT, *value)));
    }
    let of_penalty = path.coefficients.get(k).into_iter().flatten();
    let named = input.features.iter().map(String::as_str).zip(of_penalty);
    terms.extend(
        named
            .filter(|(_, c)| **c != 0.0)
            .map(|(name, c)| (name, *c)),
    );
    terms
}

fn numbers(values: &[f64]) -> Vec<Value> {
    values.iter().map(|value| number_json(*value)).collect()
}

fn at<T: Copy + Into<Cell>>(values: &[T], k: usize) -> Cell {
    values.get(k).map_or(Cell::Empty, |value| (*value).into())
}
