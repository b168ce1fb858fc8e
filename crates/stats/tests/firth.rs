//! Firth's logistic regression against a reference in R that equals `brglm2` (`AS_mean`) to 1e-12.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use nalgebra::DMatrix;
use radiome_stats::regression::{
    FirthCoefficient, RegressionError, firth_regression, logistic_regression,
};

#[test]
fn separated_data() {
    let set = "06_logistic/logistic_separation";
    let Some(expected) = json(&format!("{set}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("{set}.csv")).unwrap();
    let y = data.booleans("y");
    let mut worst = Worst::default();
    for (name, e) in expected["firth"].as_object().unwrap() {
        let (_, right) = e["formula"].as_str().unwrap().split_once('~').unwrap();
        let x = data.columns(&right.split('+').map(str::trim).collect::<Vec<_>>());
        assert!(logistic_regression(&x, &y, 0.95).unwrap().separation);
        let m = firth_regression(&x, &y, 0.95).unwrap();
        let mut check = |key: &str, value: fn(&FirthCoefficient) -> f64, tolerance: f64| {
            let found: Vec<f64> = m.coefficients.iter().map(value).collect();
            let place = format!("{name} {key}");
            worst.check_all(
                &place,
                &found,
                &numbers(&e["coefficients"][key]),
                tolerance,
                0.0,
            );
        };
        // As the reference set advises: 1e-8 for Newton models, 1e-7 for profile limits.
        check("estimate", |c| c.estimate, 1e-8);
        check("std_error", |c| c.standard_error, 1e-8);
        check("p_wald", |c| c.wald_p, 1e-8);
        check("profile_pen_lower", |c| c.profile_lower, 1e-7);
        check("profile_pen_upper", |c| c.profile_upper, 1e-7);
        check("plr_chi2", |c| c.profile_chi_square, 1e-8);
        check("plr_p", |c| c.profile_p, 1e-8);
        worst.check(
            "penalised log-likelihood",
            m.penalized_log_likelihood,
            number(&e["penalised_loglik"]),
            1e-10,
            0.0,
        );
        assert_eq!(m.linear_predictor_of(&x).unwrap().len(), m.n);
        for (a, b) in m
            .linear_predictor_of(&x)
            .unwrap()
            .iter()
            .zip(&m.linear_predictor)
        {
            assert!((a - b).abs() < 1e-12);
        }
    }
    worst.report("Firth");
}

/// A saturated model of two groups: Firth's estimate is the log odds with 1/2 added to every count.
#[test]
fn two_groups_in_closed_form() {
    // 7 of 7 with x = 1 and 4 of 13 with x = 0 are events
    let x = DMatrix::from_fn(20, 1, |i, _| f64::from(u8::from(i < 7)));
    let y: Vec<bool> = (0..20).map(|i| i < 11).collect();
    let m = firth_regression(&x, &y, 0.9).unwrap();
    let intercept = (4.5_f64 / 9.5).ln();
    let slope = (7.5_f64 / 0.5).ln() - intercept;
    assert!((m.coefficients[0].estimate - intercept).abs() < 1e-12);
    assert!((m.coefficients[1].estimate - slope).abs() < 1e-12);
    // variance at fitted probabilities 7.5/8 and 4.5/14: 1 / (n p q)
    let information = |n: f64, p: f64| n * p * (1.0 - p);
    let (one, zero) = (information(7.0, 7.5 / 8.0), information(13.0, 4.5 / 14.0));
    let error = (1.0 / one + 1.0 / zero).sqrt();
    assert!((m.coefficients[1].standard_error / error - 1.0).abs() < 1e-11);
    // half the log determinant of the information of a saturated model
    let penalized = m.log_likelihood + 0.5 * (one * zero).ln();
    assert!((m.penalized_log_likelihood - penalized).abs() < 1e-12);
    assert!(m.coefficients[1].profile_lower > 0.0 && m.coefficients[1].profile_p < 0.05);
}

/// Units and origin of a column change its coefficient and nothing else.
#[test]
fn units_do_not_matter() {
    let x = DMatrix::from_fn(30, 2, |i, j| ((i * (7 + 4 * j) + j) % 13) as f64);
    let y: Vec<bool> = (0..30).map(|i| x[(i, 0)] > 6.0).collect();
    let mut scaled = x.clone();
    scaled.column_mut(0).apply(|v| *v = *v * 1e6 + 4e7);
    let (a, b) = (
        firth_regression(&x, &y, 0.95).unwrap(),
        firth_regression(&scaled, &y, 0.95).unwrap(),
    );
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * a.abs();
    for (a, b, factor) in [
        (a.coefficients[1], b.coefficients[1], 1e6),
        (a.coefficients[2], b.coefficients[2], 1.0),
    ] {
        assert!(close(a.estimate, factor * b.estimate));
        assert!(close(a.profile_lower, factor * b.profile_lower));
        assert!(close(a.profile_upper, factor * b.profile_upper));
        assert!(close(a.profile_p, b.profile_p));
    }
    let difference = b.penalized_log_likelihood - a.penalized_log_likelihood;
    assert!(close(difference, 1e6_f64.ln()));
}

/// With many samples the penalty hardly counts: maximum likelihood and Wald's limits come out.
#[test]
fn many_samples() {
    let x = DMatrix::from_fn(20_000, 2, |i, j| ((i * (7 + 4 * j) + j) % 13) as f64);
    let y: Vec<bool> = (0..20_000).map(|i| (i * i + 3 * i) % 17 > 8).collect();
    let plain = logistic_regression(&x, &y, 0.95).unwrap();
    let firth = firth_regression(&x, &y, 0.95).unwrap();
    for (a, b) in plain.coefficients.iter().zip(&firth.coefficients) {
        // the bias that is removed is of order 1/n, as is the variance
        let variance = a.standard_error.powi(2);
        assert!((a.estimate - b.estimate).abs() < variance);
        assert!((a.odds_ratio_lower.ln() - b.profile_lower).abs() < variance);
        assert!((a.odds_ratio_upper.ln() - b.profile_upper).abs() < variance);
    }
}

#[test]
fn edges() {
    let y = [true, false, true, false, true, false];
    let x = DMatrix::from_column_slice(6, 2, &[1., 2., 3., 4., 4., 7., 2., 4., 6., 8., 8., 14.]);
    assert_eq!(
        firth_regression(&x, &y, 0.95),
        Err(RegressionError::RankDeficient { column: 1 })
    );
    let one = x.columns(0, 1).into_owned();
    assert_eq!(
        firth_regression(&one, &[true; 6], 0.95),
        Err(RegressionError::ConstantOutcome)
    );
    assert!(matches!(
        firth_regression(&one, &y[1..], 0.95),
        Err(RegressionError::Length { .. })
    ));
    assert!(matches!(
        firth_regression(&one, &y, 1.0),
        Err(RegressionError::BadSetting { .. })
    ));
    assert!(matches!(
        firth_regression(&x.rows(0, 3).into_owned(), &y[..3], 0.95),
        Err(RegressionError::TooFewSamples {
            found: 3,
            needed: 4
        })
    ));
    let mut holed = one.clone();
    holed[(4, 0)] = f64::INFINITY;
    assert_eq!(
        firth_regression(&holed, &y, 0.95),
        Err(RegressionError::NonFinitePredictor { row: 4, column: 0 })
    );
    // completely separated, and a single event: both have finite figures
    let perfect = DMatrix::from_column_slice(6, 1, &[5., 1., 6., 2., 7., 3.]);
    let single = [false, false, false, false, true, false];
    for (x, y) in [(&perfect, &y), (&perfect, &single), (&one, &single)] {
        let m = firth_regression(x, y, 0.95).unwrap();
        for c in &m.coefficients {
            assert!(c.profile_lower < c.estimate && c.estimate < c.profile_upper);
            assert!(c.profile_lower.is_finite() && c.profile_upper.is_finite());
        }
    }
    // no predictor at all: log odds with 1/2 added to both counts
    let m = firth_regression(&DMatrix::zeros(6, 0), &single, 0.95).unwrap();
    assert!((m.coefficients[0].estimate - (1.5_f64 / 5.5).ln()).abs() < 1e-12);
}
