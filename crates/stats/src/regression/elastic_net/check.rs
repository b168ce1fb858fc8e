//! What an elastic net accepts.

use super::{ElasticNetOptions, ElasticNetOutcome, LambdaPath, RegressionError};
use nalgebra::DMatrix;

/// Checks everything and returns the penalty factors, rescaled.
pub(super) fn check_input(
    x: &DMatrix<f64>,
    outcome: &ElasticNetOutcome,
    options: &ElasticNetOptions,
) -> Result<Vec<f64>, RegressionError> {
    let (n, p) = x.shape();
    let length = |what, found, expected| RegressionError::Length {
        what,
        found,
        expected,
    };
    let bad = |setting, problem: String| RegressionError::BadSetting { setting, problem };
    if n < 3 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: 3,
        });
    }
    if p == 0 {
        return Err(bad("x", "there is no predictor column".to_owned()));
    }
    for (column, values) in x.column_iter().enumerate() {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(RegressionError::NonFinitePredictor { row, column });
        }
    }
    check_outcome(outcome, n)?;
    if !(options.alpha > 0.0 && options.alpha <= 1.0) {
        return Err(bad("alpha", format!("{} is not in (0, 1]", options.alpha)));
    }
    match &options.lambda {
        LambdaPath::Automatic { count, ratio } => {
            if *count == 0 || *count > 100_000 {
                return Err(bad("lambda count", format!("{count} is not in 1..=100000")));
            }
            if let Some(r) = ratio
                && !(*r > 0.0 && *r < 1.0)
            {
                return Err(bad("lambda ratio", format!("{r} is not in (0, 1)")));
            }
        }
        LambdaPath::Given(values) => {
            if values.is_empty() || values.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
                return Err(bad(
                    "lambda",
                    "needs one or more positive numbers".to_owned(),
                ));
            }
            if values.windows(2).any(|w| w[1] > w[0]) {
                return Err(bad("lambda", "must be in descending order".to_owned()));
            }
        }
    }
    if let Some(w) = &options.weights {
        if w.len() != n {
            return Err(length("the list of weights", w.len(), n));
        }
        if let Some(index) = w.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
            return Err(RegressionError::NonFinite {
                what: "the list of weights",
                index,
            });
        }
        if !w.iter().any(|v| *v > 0.0) {
            return Err(bad("weights", "all are zero".to_owned()));
        }
    }
    match &options.penalty_factor {
        None => Ok(vec![1.0; p]),
        Some(f) => {
            if f.len() != p {
                return Err(length("the list of penalty factors", f.len(), p));
            }
            let total: f64 = f.iter().sum();
            if !(total.is_finite() && total > 0.0) || f.iter().any(|v| *v < 0.0) {
                return Err(bad(
                    "penalty_factor",
                    "needs non-negative numbers, not all zero".to_owned(),
                ));
            }
            Ok(f.iter().map(|v| v * p as f64 / total).collect())
        }
    }
}

fn check_outcome(outcome: &ElasticNetOutcome, n: usize) -> Result<(), RegressionError> {
    let length = |what, found: usize| {
        if found == n {
            return Ok(());
        }
        Err(RegressionError::Length {
            what,
            found,
            expected: n,
        })
    };
    let finite = |what, values: &[f64]| match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(RegressionError::NonFinite { what, index }),
        None => Ok(()),
    };
    match *outcome {
        ElasticNetOutcome::Gaussian(y) => {
            length("the outcome", y.len())?;
            finite("the outcome", y)
        }
        ElasticNetOutcome::Binomial(y) => {
            length("the outcome", y.len())?;
            finite("the outcome", y)?;
            match y.iter().position(|v| *v != 0.0 && *v != 1.0) {
                Some(index) => Err(RegressionError::NotBinary {
                    index,
                    value: y[index],
                }),
                None => Ok(()),
            }
        }
        ElasticNetOutcome::Cox { time, event } => {
            length("the list of times", time.len())?;
            length("the list of events", event.len())?;
            finite("the list of times", time)?;
            match time.iter().position(|t| *t < 0.0) {
                Some(index) => Err(RegressionError::NegativeTime {
                    index,
                    value: time[index],
                }),
                None => Ok(()),
            }
        }
    }
}
