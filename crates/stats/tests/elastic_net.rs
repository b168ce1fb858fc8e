//! The elastic net against glmnet 4.1-6 (R), coefficients polished to the optimality conditions.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNet, ElasticNetOptions, ElasticNetOutcome, LambdaPath,
    RegressionError, cross_validate_elastic_net, elastic_net,
};
use serde_json::Value;

struct Data {
    x: DMatrix<f64>,
    names: Vec<String>,
    response: Table,
}

fn data(set: &str, suffix: &str) -> Option<Data> {
    let table = Table::read(&format!("05_glmnet/{set}_x.csv{suffix}"))?;
    let response = Table::read(&format!("05_glmnet/{set}_response_folds.csv"))?;
    Some(Data {
        x: table.matrix(),
        names: table.header,
        response,
    })
}

fn options(expected: &Value) -> ElasticNetOptions {
    let list = |key: &str| (!expected[key].is_null()).then(|| numbers(&expected[key]));
    ElasticNetOptions {
        alpha: number(&expected["alpha"]),
        standardize: expected["standardize"].as_bool().unwrap(),
        lambda: LambdaPath::Automatic {
            count: expected["nlambda"].as_u64().unwrap() as usize,
            ratio: Some(number(&expected["lambda_min_ratio"])),
        },
        penalty_factor: list("penalty_factor"),
        weights: list("weights"),
    }
}

/// The outcome of one family, with its values.
enum Response {
    Gaussian(Vec<f64>),
    Binomial(Vec<f64>),
    Cox(Vec<f64>, Vec<bool>),
}

impl Response {
    fn read(data: &Data, expected: &Value) -> Self {
        let table = &data.response;
        match expected["family"].as_str().unwrap() {
            "gaussian" => Self::Gaussian(table.numbers("yc")),
            "binomial" => Self::Binomial(table.numbers("y")),
            "cox" => Self::Cox(table.numbers("time"), table.booleans("status")),
            other => panic!("{other}"),
        }
    }

    fn outcome(&self) -> ElasticNetOutcome<'_> {
        match self {
            Self::Gaussian(y) => ElasticNetOutcome::Gaussian(y),
            Self::Binomial(y) => ElasticNetOutcome::Binomial(y),
            Self::Cox(time, event) => ElasticNetOutcome::Cox { time, event },
        }
    }

    fn of_rows(&self, rows: &[usize]) -> Self {
        let of = |y: &[f64]| rows.iter().map(|&i| y[i]).collect();
        match self {
            Self::Gaussian(y) => Self::Gaussian(of(y)),
            Self::Binomial(y) => Self::Binomial(of(y)),
            Self::Cox(time, event) => Self::Cox(of(time), rows.iter().map(|&i| event[i]).collect()),
        }
    }
}

/// Standard deviation over n of each column (weighted if weights are given): the fixture's tolerance
/// is on the standardised scale.
fn scales(x: &DMatrix<f64>) -> Vec<f64> {
    x.column_iter()
        .map(|c| {
            let m = c.sum() / c.len() as f64;
            (c.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / c.len() as f64).sqrt()
        })
        .collect()
}

fn check_fit(data: &Data, id: &str, suffix: &str, coefficient_tolerance: f64) {
    let expected = json(&format!("05_glmnet/{id}_expected.json")).unwrap();
    let options = options(&expected);
    let response = Response::read(data, &expected);
    let path = elastic_net(&data.x, &response.outcome(), &options).unwrap();
    let mut worst = Worst::default();
    assert_eq!(
        path.lambda.len() as u64,
        expected["path_length"].as_u64().unwrap(),
        "{id}"
    );
    // closed form
    worst.check_all(
        "lambda",
        &path.lambda,
        &numbers(&expected["lambda"]),
        1e-9,
        0.0,
    );
    // glmnet's own null deviance, closed form
    worst.check(
        "nulldev",
        path.null_deviance,
        number(&expected["nulldev"]),
        1e-9,
        0.0,
    );
    worst.report(&format!("{id} lambda and null deviance"));
    let mut worst = Worst::default();
    // Of raw glmnet, whose solutions are near the minimum, where the deviance is flat: its distance
    // from it counts to the first order through the penalty alone.
    worst.check_all(
        "dev_ratio",
        &path.deviance_ratio,
        &numbers(&expected["dev_ratio"]),
        1e-5,
        1e-2,
    );
    worst.report(&format!("{id} dev_ratio"));

    let table = Table::read(&format!("05_glmnet/{id}_coef.csv{suffix}")).unwrap();
    let index = table.numbers("lambda_index");
    let coefficient = table.numbers("coef");
    let scale = scales(&data.x);
    let mut worst_coefficient = 0.0_f64;
    let mut compared = 0;
    for k in numbers(&expected["coef_file_lambda_indices_1based"]) {
        let mut dense = vec![0.0; data.names.len()];
        for ((i, feature), c) in index.iter().zip(table.text("feature")).zip(&coefficient) {
            if *i == k {
                dense[data.names.iter().position(|n| n == feature).unwrap()] = *c;
            }
        }
        let found = &path.coefficients[k as usize - 1];
        for j in 0..dense.len() {
            let difference = (found[j] - dense[j]).abs() * scale[j];
            assert!(
                difference <= coefficient_tolerance,
                "{id} lambda {k} feature {j}: found {:e}, expected {:e}, difference on the standardised scale {difference:e}",
                found[j],
                dense[j]
            );
            worst_coefficient = worst_coefficient.max(difference);
            compared += 1;
        }
    }
    let mut violation = 0.0_f64;
    for (v, l) in path.optimality_violation.iter().zip(&path.lambda) {
        violation = violation.max(v / l);
    }
    println!(
        "{id}: {compared} coefficients, worst difference on the standardised scale {worst_coefficient:.2e}; worst violation of optimality / lambda {violation:.1e}"
    );
    // The fixture's own polished solutions stand at 1e-12.
    assert!(violation < 1e-9, "{id}: {violation:e}");

    let mut fits: Option<(Vec<usize>, Vec<FoldFit>)> = None;
    for (key, cv) in expected
        .as_object()
        .unwrap()
        .iter()
        .filter(|(k, _)| k.starts_with("cv_"))
    {
        let measure = match key.split('_').nth(1).unwrap() {
            "deviance" => CrossValidationMeasure::Deviance,
            "auc" => CrossValidationMeasure::Auc,
            "class" => CrossValidationMeasure::Class,
            "mse" => CrossValidationMeasure::Mse,
            "mae" => CrossValidationMeasure::Mae,
            "C" => CrossValidationMeasure::Concordance,
            other => panic!("{other}"),
        };
        let folds: Vec<usize> = data
            .response
            .numbers(cv["foldid_column"].as_str().unwrap())
            .iter()
            .map(|v| *v as usize)
            .collect();
        let result =
            cross_validate_elastic_net(&data.x, &response.outcome(), &folds, measure, &options)
                .unwrap();
        let used = cv["measure_used"].as_str().unwrap();
        assert_eq!(
            result.measure == CrossValidationMeasure::Auc,
            used == "AUC",
            "{id} {key}"
        );
        // measures share folds
        if fits.as_ref().is_none_or(|(of, _)| *of != folds) {
            fits = Some((folds.clone(), fold_fits(data, &response, &folds, &options)));
        }
        let (_, fits) = fits.as_ref().unwrap();
        let auc = result.measure == CrossValidationMeasure::Auc;
        // glmnet ranks probabilities, here linear predictors are: where probabilities round to 1
        // they tie.
        let end = if auc {
            without_ties(data, fits, &result.path)
        } else {
            result.path.lambda.len()
        };
        let mut worst = Worst::default();
        let (cvm, cvsd) = (numbers(&cv["cvm"]), numbers(&cv["cvsd"]));
        // 1e-5 as the reference set advises (Cox: 1e-4). The fold fits behind these values are raw glmnet, not
        // polished: once a fold is nearly saturated they drift from ours (seen: up to 2.3e-4), while
        // the polished full-data coefficients agree to 1e-12 there. Such penalties are not compared;
        // that the reference is off and not the fits here follows from the optimality conditions of
        // the convex problem, which our fold fits meet at every penalty.
        let saturated = saturated_below(fits);
        let violation = fits
            .iter()
            .flat_map(|fit| fit.path.optimality_violation.iter().zip(&fit.path.lambda))
            .fold(0.0_f64, |worst, (violation, lambda)| {
                worst.max(violation / lambda)
            });
        assert!(
            violation < 1e-9,
            "{id} {key}: a fold violates optimality by {violation:e}"
        );
        let tolerance = if matches!(response, Response::Cox(..)) {
            1e-4
        } else {
            1e-5
        };
        let mut compared = 0;
        for k in (0..end).filter(|&k| result.path.lambda[k] > saturated) {
            worst.check(&format!("cvm[{k}]"), result.cvm[k], cvm[k], tolerance, 0.0);
            worst.check(
                &format!("cvsd[{k}]"),
                result.cvsd[k],
                cvsd[k],
                tolerance,
                1e-6,
            );
            compared += 1;
        }
        assert!(
            compared > 30,
            "{id} {key}: only {compared} penalties compared"
        );
        let min = cv["index_min_1based"].as_u64().unwrap() as usize;
        let one_se = cv["index_1se_1based"].as_u64().unwrap() as usize;
        assert_eq!(
            (result.index_min + 1, result.index_1se + 1),
            (min, one_se),
            "{id} {key}"
        );
        worst.check(
            "lambda_min",
            result.lambda_min,
            number(&cv["lambda_min"]),
            1e-9,
            0.0,
        );
        worst.check(
            "lambda_1se",
            result.lambda_1se,
            number(&cv["lambda_1se"]),
            1e-9,
            0.0,
        );
        worst.report(&format!("{id} {key} ({compared} penalties)"));
    }
}

/// The path fitted without one fold.
struct FoldFit {
    left_out: Vec<usize>,
    path: ElasticNet,
}

fn fold_fits(
    data: &Data,
    response: &Response,
    folds: &[usize],
    options: &ElasticNetOptions,
) -> Vec<FoldFit> {
    let mut labels = folds.to_vec();
    labels.sort_unstable();
    labels.dedup();
    let fit = |label: usize| {
        let (rows, left_out): (Vec<usize>, Vec<usize>) =
            (0..folds.len()).partition(|&i| folds[i] != label);
        let response = response.of_rows(&rows);
        let x = data.x.select_rows(&rows);
        let path = elastic_net(&x, &response.outcome(), options).unwrap();
        FoldFit { left_out, path }
    };
    labels.into_iter().map(fit).collect()
}

/// How many penalties of the full path come before the first at which a left-out linear predictor
/// passes 36, where the probability rounds to 1.
fn without_ties(data: &Data, fits: &[FoldFit], path: &ElasticNet) -> usize {
    let mut lowest = 0.0_f64;
    for FoldFit { left_out, path } in fits {
        let test = data.x.select_rows(left_out);
        for k in 0..path.lambda.len() {
            let eta = path.linear_predictor(&test, k).unwrap();
            if eta.iter().any(|e| e.abs() > 36.0) {
                lowest = lowest.max(path.lambda[k.saturating_sub(1)]);
                break;
            }
        }
    }
    let below = path.lambda.iter().position(|l| *l < lowest);
    below.unwrap_or(path.lambda.len())
}

/// Largest penalty at which some fold's fit explains nine tenths of its deviance.
fn saturated_below(fits: &[FoldFit]) -> f64 {
    fits.iter()
        .filter_map(|FoldFit { path, .. }| {
            let k = path.deviance_ratio.iter().position(|r| *r >= 0.9)?;
            Some(path.lambda[k])
        })
        .fold(0.0, f64::max)
}

#[test]
fn lasso_109x30() {
    let Some(data) = data("lasso_109x30", "") else {
        return;
    };
    for id in [
        "binomial_a1",
        "binomial_a0p5",
        "binomial_a0p05_nearridge",
        "gaussian_a1",
        "gaussian_a0p5",
        "cox_a1",
        "cox_a0p5",
    ] {
        // 1e-6 on the standardised scale is asked for; both sides are polished, so 1e-9 holds.
        check_fit(&data, &format!("lasso_109x30__{id}"), "", 1e-9);
    }
}

#[test]
fn lasso_109x30_raw_glmnet() {
    let Some(data) = data("lasso_109x30", "") else {
        return;
    };
    for id in [
        "binomial_a1_nostd",
        "binomial_a1_penfac",
        "binomial_a1_weights",
    ] {
        // These expected values are raw glmnet at thresh 1e-14, whose polished fits elsewhere in the
        // set differ by up to 4e-5 on this data (max_std_coef_diff_polished_vs_glmnet).
        check_fit(&data, &format!("lasso_109x30__{id}"), "", 1e-4);
    }
}

#[test]
fn lasso_109x300() {
    let Some(data) = data("lasso_109x300", "") else {
        return;
    };
    for id in [
        "binomial_a1",
        "binomial_a0p5",
        "gaussian_a1",
        "gaussian_a0p5",
        "cox_a1",
        "cox_a0p5",
    ] {
        check_fit(&data, &format!("lasso_109x300__{id}"), "", 1e-9);
    }
}

#[test]
fn lasso_500x2000() {
    let Some(data) = data("lasso_500x2000", ".gz") else {
        return;
    };
    for id in ["binomial_a1", "binomial_a0p5", "gaussian_a1", "cox_a1"] {
        check_fit(&data, &format!("lasso_500x2000__{id}"), ".gz", 1e-8);
    }
}

fn small() -> (DMatrix<f64>, Vec<f64>) {
    let x = DMatrix::from_fn(40, 4, |i, j| {
        ((i * (j + 3) * 7 + j * j) % 23) as f64 - 0.1 * i as f64
    });
    let y = (0..40)
        .map(|i| f64::from(u8::from((i * 5) % 11 > 4)))
        .collect();
    (x, y)
}

#[test]
fn duplicated_and_constant_columns_are_handled() {
    let (x, y) = small();
    let mut wide = x.clone().insert_columns(4, 2, 3.0);
    let copy = x.column(1).into_owned();
    wide.set_column(4, &copy);
    let options = ElasticNetOptions::default();
    let outcome = ElasticNetOutcome::Binomial(&y);
    let narrow = elastic_net(&x, &outcome, &options).unwrap();
    let path = elastic_net(&wide, &outcome, &options).unwrap();
    assert_eq!(path.lambda, narrow.lambda);
    for (a, b) in path.coefficients.iter().zip(&narrow.coefficients) {
        assert_eq!(a[5], 0.0);
        // the copies share the coefficient in any way, their sum is unique
        assert!((a[1] + a[4] - b[1]).abs() < 1e-7, "{a:?} {b:?}");
    }
}

#[test]
fn bad_input_is_an_error() {
    let (x, y) = small();
    let options = ElasticNetOptions::default();
    let fit = |x: &DMatrix<f64>, y: &[f64]| {
        elastic_net(x, &ElasticNetOutcome::Binomial(y), &options).unwrap_err()
    };
    let mut holed = x.clone();
    holed[(3, 2)] = f64::NAN;
    assert_eq!(
        fit(&holed, &y),
        RegressionError::NonFinitePredictor { row: 3, column: 2 }
    );
    assert_eq!(fit(&x, &[1.0; 40]), RegressionError::ConstantOutcome);
    let mut two = y.clone();
    two[7] = 2.0;
    assert_eq!(
        fit(&x, &two),
        RegressionError::NotBinary {
            index: 7,
            value: 2.0
        }
    );
    assert!(matches!(fit(&x, &y[1..]), RegressionError::Length { .. }));
    let validate = |folds: &[usize], measure| {
        let outcome = ElasticNetOutcome::Binomial(&y);
        cross_validate_elastic_net(&x, &outcome, folds, measure, &options).unwrap_err()
    };
    let of_class: Vec<usize> = y.iter().map(|v| *v as usize).collect();
    let few = validate(&of_class, CrossValidationMeasure::Deviance);
    assert!(few.to_string().contains("2 folds, at least 3 are needed"));
    let five: Vec<usize> = (0..40).map(|i| i % 5).collect();
    let unfit = validate(&five, CrossValidationMeasure::Concordance);
    assert!(unfit.to_string().contains("is not defined for Binomial"));
    // all of one class in one fold
    let folds: Vec<usize> = y
        .iter()
        .enumerate()
        .map(|(i, v)| if *v > 0.5 { 9 } else { i % 4 })
        .collect();
    assert!(matches!(
        validate(&folds, CrossValidationMeasure::Deviance),
        RegressionError::BadFold { fold: 9, .. }
    ));
}

#[test]
fn bad_times_are_an_error() {
    let (x, _) = small();
    let time: Vec<f64> = (0..40).map(|i| f64::from(i + 1)).collect();
    let event: Vec<bool> = (0..40).map(|i| i % 3 == 0).collect();
    let fit = |time: &[f64], event: &[bool]| {
        let outcome = ElasticNetOutcome::Cox { time, event };
        elastic_net(&x, &outcome, &ElasticNetOptions::default())
    };
    assert!(fit(&time, &event).is_ok());
    assert_eq!(fit(&time, &[false; 40]), Err(RegressionError::NoEvent));
    let mut last = [false; 40];
    last[39] = true;
    assert_eq!(fit(&time, &last), Err(RegressionError::NoComparison));
    let mut negative = time.clone();
    negative[4] = -1.0;
    assert_eq!(
        fit(&negative, &event),
        Err(RegressionError::NegativeTime {
            index: 4,
            value: -1.0
        })
    );
    assert!(matches!(
        fit(&time, &event[1..]),
        Err(RegressionError::Length { .. })
    ));
}

#[test]
fn all_constant_features_give_an_empty_model() {
    let (_, y) = small();
    let x = DMatrix::from_element(40, 3, 2.5);
    let outcome = ElasticNetOutcome::Binomial(&y);
    let path = elastic_net(&x, &outcome, &ElasticNetOptions::default()).unwrap();
    assert!(path.coefficients.iter().flatten().all(|c| *c == 0.0));
    let mean = y.iter().sum::<f64>() / 40.0;
    assert!((path.intercept[0] - (mean / (1.0 - mean)).ln()).abs() < 1e-12);
}
