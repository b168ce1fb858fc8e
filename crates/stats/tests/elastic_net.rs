//! The elastic net against glmnet 4.1-6 (R), coefficients polished to the optimality conditions.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNet, ElasticNetFamily, ElasticNetOptions, LambdaPath,
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
    let family = match expected["family"].as_str().unwrap() {
        "binomial" => ElasticNetFamily::Binomial,
        "gaussian" => ElasticNetFamily::Gaussian,
        other => panic!("{other}"),
    };
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
        ..ElasticNetOptions::new(family)
    }
}

fn outcome(data: &Data, family: ElasticNetFamily) -> Vec<f64> {
    data.response.numbers(match family {
        ElasticNetFamily::Binomial => "y",
        ElasticNetFamily::Gaussian => "yc",
    })
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
    let y = outcome(data, options.family);
    let path = elastic_net(&data.x, &y, &options).unwrap();
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
    worst.report(&format!("{id} lambda"));

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
            _ => continue, // mae, C: not offered
        };
        let folds: Vec<usize> = data
            .response
            .numbers(cv["foldid_column"].as_str().unwrap())
            .iter()
            .map(|v| *v as usize)
            .collect();
        let result = cross_validate_elastic_net(&data.x, &y, &folds, measure, &options).unwrap();
        let used = cv["measure_used"].as_str().unwrap();
        assert_eq!(
            result.measure == CrossValidationMeasure::Auc,
            used == "AUC",
            "{id} {key}"
        );
        // measures share folds
        if fits.as_ref().is_none_or(|(of, _)| *of != folds) {
            fits = Some((folds.clone(), fold_fits(data, &y, &folds, &options)));
        }
        let (_, fits) = fits.as_ref().unwrap();
        let auc = result.measure == CrossValidationMeasure::Auc;
        // glmnet breaks ties between predictions by random numbers, here they count half: penalties
        // with such ties cannot be compared.
        let range = if auc {
            without_ties(data, fits, &result.path)
        } else {
            0..result.path.lambda.len()
        };
        let mut worst = Worst::default();
        let (cvm, cvsd) = (numbers(&cv["cvm"]), numbers(&cv["cvsd"]));
        // 1e-5 as the reference set advises. The fold fits behind these values are raw glmnet, not
        // polished: once a fold is nearly saturated they drift from ours (seen: up to 2.3e-4), while
        // the polished full-data coefficients agree to 1e-12 there. Such penalties are not compared.
        let saturated = saturated_below(fits);
        let mut compared = 0;
        for k in range.clone().filter(|&k| result.path.lambda[k] > saturated) {
            worst.check(&format!("cvm[{k}]"), result.cvm[k], cvm[k], 1e-5, 0.0);
            worst.check(&format!("cvsd[{k}]"), result.cvsd[k], cvsd[k], 1e-5, 1e-6);
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
        worst.report(&format!("{id} {key} (penalties {range:?})"));
    }
}

/// The path fitted without one fold.
struct FoldFit {
    left_out: Vec<usize>,
    path: ElasticNet,
}

fn fold_fits(data: &Data, y: &[f64], folds: &[usize], options: &ElasticNetOptions) -> Vec<FoldFit> {
    let mut labels = folds.to_vec();
    labels.sort_unstable();
    labels.dedup();
    let fit = |label: usize| {
        let (rows, left_out): (Vec<usize>, Vec<usize>) =
            (0..y.len()).partition(|&i| folds[i] != label);
        let outcome: Vec<f64> = rows.iter().map(|&i| y[i]).collect();
        let path = elastic_net(&data.x.select_rows(&rows), &outcome, options).unwrap();
        FoldFit { left_out, path }
    };
    labels.into_iter().map(fit).collect()
}

/// Penalties of the full path at which glmnet's AUC is free of ties: not before each fold has a
/// feature, and not after a left-out linear predictor passes 36, where the probability rounds to 1.
fn without_ties(data: &Data, fits: &[FoldFit], path: &ElasticNet) -> std::ops::Range<usize> {
    let (mut highest, mut lowest) = (f64::INFINITY, 0.0_f64);
    for FoldFit { left_out, path } in fits {
        highest = highest.min(path.lambda[0]);
        let test = data.x.select_rows(left_out);
        for k in 0..path.lambda.len() {
            let eta = path.linear_predictor(&test, k).unwrap();
            if eta.iter().any(|e| e.abs() > 36.0) {
                lowest = lowest.max(path.lambda[k.saturating_sub(1)]);
                break;
            }
        }
    }
    let first = path
        .lambda
        .iter()
        .position(|l| *l < highest * (1.0 - 1e-9))
        .unwrap();
    let end = path
        .lambda
        .iter()
        .position(|l| *l < lowest)
        .unwrap_or(path.lambda.len());
    first..end
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
    ] {
        check_fit(&data, &format!("lasso_109x300__{id}"), "", 1e-9);
    }
}

#[test]
fn lasso_500x2000() {
    let Some(data) = data("lasso_500x2000", ".gz") else {
        return;
    };
    for id in ["binomial_a1", "binomial_a0p5", "gaussian_a1"] {
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
    let options = ElasticNetOptions::new(ElasticNetFamily::Binomial);
    let narrow = elastic_net(&x, &y, &options).unwrap();
    let path = elastic_net(&wide, &y, &options).unwrap();
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
    let options = ElasticNetOptions::new(ElasticNetFamily::Binomial);
    let mut holed = x.clone();
    holed[(3, 2)] = f64::NAN;
    assert_eq!(
        elastic_net(&holed, &y, &options),
        Err(RegressionError::NonFinitePredictor { row: 3, column: 2 })
    );
    assert_eq!(
        elastic_net(&x, &[1.0; 40], &options),
        Err(RegressionError::ConstantOutcome)
    );
    let mut two = y.clone();
    two[7] = 2.0;
    assert_eq!(
        elastic_net(&x, &two, &options),
        Err(RegressionError::NotBinary {
            index: 7,
            value: 2.0
        })
    );
    assert!(matches!(
        elastic_net(&x, &y[1..], &options),
        Err(RegressionError::Length { .. })
    ));
    let folds: Vec<usize> = y.iter().map(|v| *v as usize).collect();
    assert!(
        cross_validate_elastic_net(&x, &y, &folds, CrossValidationMeasure::Deviance, &options)
            .is_err()
    );
}

#[test]
fn all_constant_features_give_an_empty_model() {
    let (_, y) = small();
    let x = DMatrix::from_element(40, 3, 2.5);
    let path = elastic_net(&x, &y, &ElasticNetOptions::new(ElasticNetFamily::Binomial)).unwrap();
    assert!(path.coefficients.iter().flatten().all(|c| *c == 0.0));
    let mean = y.iter().sum::<f64>() / 40.0;
    assert!((path.intercept[0] - (mean / (1.0 - mean)).ln()).abs() < 1e-12);
}
