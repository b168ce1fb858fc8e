//! Logistic regression against R's glm.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use nalgebra::DMatrix;
use radiome_stats::regression::{LogisticModel, RegressionError, logistic_regression};
use serde_json::Value;

/// Newton models: 1e-8, as the reference set advises.
const TOLERANCE: f64 = 1e-8;
/// R takes standard errors from the weights of the last step but one, so glm's are only good to about
/// 2e-8 even at epsilon = 1e-14; `standard_error_in_closed_form` shows it.
const STANDARD_ERROR: f64 = 1e-7;

/// Columns of a formula's right side, with dummies for the factor `ajcc` (first label = reference)
/// and products for `*`.
fn design(data: &Table, formula: &str) -> DMatrix<f64> {
    let (_, right) = formula.split_once('~').unwrap();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut products = Vec::new();
    for term in right.split('+').map(str::trim) {
        if let Some((a, b)) = term.split_once('*') {
            let (a, b) = (data.numbers(a.trim()), data.numbers(b.trim()));
            products.push(a.iter().zip(&b).map(|(a, b)| a * b).collect());
            columns.push(a);
            columns.push(b);
        } else if term == "ajcc" {
            for label in ["II", "III", "IV"] {
                columns.push(
                    data.text("ajcc")
                        .iter()
                        .map(|c| f64::from(u8::from(*c == label)))
                        .collect(),
                );
            }
        } else {
            columns.push(data.numbers(term));
        }
    }
    columns.extend(products);
    DMatrix::from_fn(data.rows.len(), columns.len(), |i, j| columns[j][i])
}

fn check_model(worst: &mut Worst, name: &str, m: &LogisticModel, e: &Value) {
    let c = &e["coefficients"];
    if m.separation {
        assert!(!e["warnings"].as_array().unwrap().is_empty(), "{name}");
        assert!(
            m.coefficients.iter().all(|c| c.standard_error.is_nan()),
            "{name}"
        );
    } else {
        assert!(e["warnings"].as_array().unwrap().is_empty(), "{name}");
        let list = |f: fn(&radiome_stats::regression::LogisticCoefficient) -> f64| -> Vec<f64> {
            m.coefficients.iter().map(f).collect()
        };
        worst.check_all(
            name,
            &list(|c| c.estimate),
            &numbers(&c["estimate"]),
            TOLERANCE,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.standard_error),
            &numbers(&c["std_error"]),
            STANDARD_ERROR,
            0.0,
        );
        worst.check_all(name, &list(|c| c.z), &numbers(&c["z"]), STANDARD_ERROR, 0.0);
        for (c, expected) in m.coefficients.iter().zip(numbers(&c["p_wald"])) {
            // a relative error of z becomes z^2 times that of p in the tail
            let tolerance = 2e-8 * (1.0 + c.z * c.z);
            worst.check(&format!("{name} p"), c.p, expected, tolerance, 0.0);
        }
        worst.check_all(
            name,
            &list(|c| c.odds_ratio),
            &numbers(&c["or"]),
            TOLERANCE,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.odds_ratio_lower),
            &numbers(&c["or_wald_lower"]),
            STANDARD_ERROR,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.odds_ratio_upper),
            &numbers(&c["or_wald_upper"]),
            STANDARD_ERROR,
            0.0,
        );
        for (found, row) in m
            .covariance
            .iter()
            .zip(e["vcov"]["rows"].as_array().unwrap())
        {
            worst.check_all(name, found, &numbers(row), STANDARD_ERROR, 1e-4);
        }
        worst.check_all(
            name,
            &m.linear_predictor,
            &numbers(&e["linear_predictor"]),
            TOLERANCE,
            1e-2,
        );
    }
    worst.check(
        name,
        -2.0 * m.log_likelihood,
        number(&e["deviance"]),
        TOLERANCE,
        0.0,
    );
    worst.check(
        name,
        -2.0 * m.null_log_likelihood,
        number(&e["null_deviance"]),
        TOLERANCE,
        0.0,
    );
    worst.check(name, m.aic, number(&e["aic"]), TOLERANCE, 0.0);
    worst.check(name, m.bic, number(&e["bic"]), TOLERANCE, 0.0);
    let lr = m.likelihood_ratio;
    worst.check(name, lr.df as f64, number(&e["model_lr_df"]), 0.0, 1.0);
    worst.check(
        name,
        lr.chi_square,
        number(&e["model_lr_chi2"]),
        TOLERANCE,
        1e-3,
    );
    worst.check(name, lr.p, number(&e["model_lr_p"]), TOLERANCE, 0.0);
}

fn check_set(set: &str) {
    let Some(expected) = json(&format!("06_logistic/{set}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("06_logistic/{set}.csv")).unwrap();
    let y = data.booleans("y");
    let mut worst = Worst::default();
    for group in ["univariate", "multivariate"] {
        for (name, e) in expected[group].as_object().unwrap() {
            let formula = e["formula"].as_str().unwrap();
            let m = logistic_regression(&design(&data, formula), &y, 0.95).unwrap();
            check_model(&mut worst, name, &m, e);
            if formula.contains('*') {
                continue;
            }
            let drop = &e["lrt_drop1"];
            let terms: Vec<&str> = formula
                .split_once('~')
                .unwrap()
                .1
                .split('+')
                .map(str::trim)
                .collect();
            for (k, term) in drop["term"].as_array().unwrap().iter().enumerate() {
                let rest: Vec<&str> = terms.iter().copied().filter(|t| t != term).collect();
                let x = if rest.is_empty() {
                    DMatrix::zeros(y.len(), 0)
                } else {
                    design(&data, &format!("y ~ {}", rest.join(" + ")))
                };
                let smaller = logistic_regression(&x, &y, 0.95).unwrap();
                let t = m.likelihood_ratio_against(&smaller);
                let place = format!("{name} without {term}");
                worst.check(&place, t.df as f64, numbers(&drop["df"])[k], 0.0, 1.0);
                worst.check(
                    &place,
                    t.chi_square,
                    numbers(&drop["lrt"])[k],
                    TOLERANCE,
                    1e-3,
                );
                worst.check(&place, t.p, numbers(&drop["p"])[k], TOLERANCE, 0.0);
            }
        }
    }
    worst.report(&format!("06_logistic/{set}"));
}

#[test]
fn logistic_109() {
    check_set("logistic_109");
}

#[test]
fn logistic_separation() {
    check_set("logistic_separation");
}

/// With one binary predictor the intercept's variance is 1/events + 1/others where it is 0.
#[test]
fn standard_error_in_closed_form() {
    let Some(data) = Table::read("06_logistic/logistic_109.csv") else {
        return;
    };
    let (y, margin) = (data.booleans("y"), data.booleans("margin"));
    let count = |wanted: bool| {
        y.iter()
            .zip(&margin)
            .filter(|(y, m)| !**m && **y == wanted)
            .count() as f64
    };
    let exact = (1.0 / count(true) + 1.0 / count(false)).sqrt();
    let m = logistic_regression(&design(&data, "y ~ margin"), &y, 0.95).unwrap();
    assert!((m.coefficients[0].standard_error / exact - 1.0).abs() < 1e-12);
    let expected = json("06_logistic/logistic_109_expected.json").unwrap();
    let r = numbers(&expected["univariate"]["margin"]["coefficients"]["std_error"])[0];
    assert!(
        (r / exact - 1.0).abs() > 1e-9,
        "R agrees now: narrow STANDARD_ERROR"
    );
}

#[test]
fn edges() {
    let y = [true, false, true, false, true, false];
    let x = DMatrix::from_column_slice(6, 2, &[1., 2., 3., 4., 4., 7., 2., 4., 6., 8., 8., 14.]);
    assert_eq!(
        logistic_regression(&x, &y, 0.95),
        Err(RegressionError::RankDeficient { column: 1 })
    );
    let constant = DMatrix::from_element(6, 1, 3.0);
    assert_eq!(
        logistic_regression(&constant, &y, 0.95),
        Err(RegressionError::RankDeficient { column: 0 })
    );
    assert_eq!(
        logistic_regression(&constant, &[true; 6], 0.95),
        Err(RegressionError::ConstantOutcome)
    );
    let perfect = DMatrix::from_column_slice(6, 1, &[5., 1., 6., 2., 7., 3.]);
    let m = logistic_regression(&perfect, &y, 0.95).unwrap();
    assert!(m.separation && m.log_likelihood > -1e-6);
    // one far point is no separation
    let far = DMatrix::from_column_slice(6, 1, &[5., 4.5, 6., 2., 1e6, 5.5]);
    let m = logistic_regression(&far, &y, 0.95).unwrap();
    assert!(!m.separation || m.linear_predictor.iter().any(|l| l.abs() > 20.0));
}
