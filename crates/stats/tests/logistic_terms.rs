//! Profile limits, tests of terms, variance inflation and stepwise selection of logistic models
//! against R's glm, MASS and car.

mod fixture;

use fixture::{Table, Worst, json, number, numbers, rows, strings};
use nalgebra::DMatrix;
use radiome_stats::regression::{
    ModelTerm, RegressionError, StepwiseChange, StepwiseCriterion, StepwiseDirection,
    drop_each_term, firth_regression, firth_test, logistic_regression, profile_limits,
    spline_profile_limits, stepwise_logistic, variance_inflation,
};
use serde_json::Value;

/// Profile limits are roots found to 1e-12 in the reference; 1e-7 as it advises.
const PROFILE: f64 = 1e-7;
/// Likelihoods and criteria: 1e-8, as the reference advises for Newton models.
const TOLERANCE: f64 = 1e-8;
/// Variance inflation comes from glm's covariance, which is good to 1e-7 (see `logistic.rs`).
const COVARIANCE: f64 = 1e-7;

/// The design of a formula's right side: main effects in their order, then interactions.
struct Design {
    x: DMatrix<f64>,
    names: Vec<String>,
    terms: Vec<ModelTerm>,
}

fn design(data: &Table, formula: &str) -> Design {
    let (_, right) = formula.split_once('~').unwrap();
    let mut names: Vec<String> = Vec::new();
    let mut products = Vec::new();
    for part in right.split('+').map(str::trim) {
        let factors: Vec<&str> = part.split('*').map(str::trim).collect();
        names.extend(factors.iter().map(|f| (*f).to_owned()));
        if let [a, b] = factors[..] {
            products.push((a, b));
        }
    }
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut terms: Vec<ModelTerm> = Vec::new();
    for (variable, name) in names.iter().enumerate() {
        let first = columns.len();
        if name == "ajcc" {
            for label in ["II", "III", "IV"] {
                let is = |c: &&str| f64::from(u8::from(*c == label));
                columns.push(data.text("ajcc").iter().map(is).collect());
            }
        } else {
            columns.push(data.numbers(name));
        }
        terms.push(ModelTerm {
            columns: (first..columns.len()).collect(),
            variables: vec![variable],
        });
    }
    for (a, b) in products {
        let at = |name: &str| names.iter().position(|n| n == name).unwrap();
        let product = data
            .numbers(a)
            .iter()
            .zip(data.numbers(b))
            .map(|(a, b)| a * b)
            .collect();
        terms.push(ModelTerm {
            columns: vec![columns.len()],
            variables: vec![at(a), at(b)],
        });
        columns.push(product);
        names.push(format!("{a}:{b}"));
    }
    Design {
        x: DMatrix::from_fn(data.rows.len(), columns.len(), |i, j| columns[j][i]),
        names,
        terms,
    }
}

fn check_set(set: &str) {
    let Some(expected) = json(&format!("06_logistic/{set}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("06_logistic/{set}.csv")).unwrap();
    let y = data.booleans("y");
    let (mut exact, mut spline, mut tests, mut inflation, mut r2) = <(_, _, _, _, _)>::default();
    for group in ["univariate", "multivariate"] {
        for (name, e) in expected[group].as_object().unwrap() {
            let d = design(&data, e["formula"].as_str().unwrap());
            let model = logistic_regression(&d.x, &y, 0.95).unwrap();
            check_limits(&mut exact, &mut spline, name, &d, &y, e);
            check_terms(&mut tests, &d, &y, &e["lrt_drop1"]);
            if !model.separation {
                check_inflation(&mut inflation, &d, &model.covariance, &e["vif"]);
            }
            for (found, key) in [
                (model.r2_mcfadden(), "r2_mcfadden"),
                (model.r2_cox_snell(), "r2_cox_snell"),
                (model.r2_nagelkerke(), "r2_nagelkerke"),
            ] {
                // differences of likelihoods of about 100 to 1e-12, in shares of 1
                Worst::check(&mut r2, key, found, number(&e[key]), TOLERANCE, 1e-3);
            }
        }
    }
    exact.report(&format!("06_logistic/{set} profile limits"));
    spline.report(&format!(
        "06_logistic/{set} profile limits by MASS's spline"
    ));
    tests.report(&format!("06_logistic/{set} tests of terms"));
    r2.report(&format!("06_logistic/{set} R squared"));
    if set == "logistic_109" {
        inflation.report(&format!("06_logistic/{set} variance inflation"));
    }
}

fn check_limits(
    exact: &mut Worst,
    spline: &mut Worst,
    name: &str,
    d: &Design,
    y: &[bool],
    e: &Value,
) {
    let model = logistic_regression(&d.x, y, 0.95).unwrap();
    let c = &e["coefficients"];
    let found = profile_limits(&model, &d.x, y).unwrap();
    let by_spline = spline_profile_limits(&model, &d.x, y).unwrap();
    let limits = |key: &str| numbers(&c[key]);
    let (lower, upper) = (limits("or_profile_lower"), limits("or_profile_upper"));
    for (k, limits) in found.iter().enumerate() {
        // The reference's search fails for an infinite estimate: see `separated_limits`.
        if !lower[k].is_nan() {
            exact.check(name, limits.lower.exp(), lower[k], PROFILE, 0.0);
            exact.check(name, limits.upper.exp(), upper[k], PROFILE, 0.0);
        }
    }
    if model.separation {
        assert!(
            by_spline
                .iter()
                .all(|l| l.lower.is_nan() && l.upper.is_nan())
        );
        return;
    }
    let limits = |key: &str| numbers(&c[&format!("or_profile_mass_spline_{key}")]);
    let (lower, upper) = (limits("lower"), limits("upper"));
    for (k, limits) in by_spline.iter().enumerate() {
        spline.check(name, limits.lower.exp(), lower[k], PROFILE, 0.0);
        spline.check(name, limits.upper.exp(), upper[k], PROFILE, 0.0);
    }
}

fn check_terms(tests: &mut Worst, d: &Design, y: &[bool], drop1: &Value) {
    let found = drop_each_term(&d.x, y, &d.terms).unwrap();
    let wanted = strings(&drop1["term"]);
    for (name, test) in d.names.iter().zip(found) {
        let k = wanted.iter().position(|w| w == name);
        assert_eq!(k.is_some(), test.is_some(), "{name}");
        let (Some(k), Some(test)) = (k, test) else {
            continue;
        };
        let value = |key: &str| numbers(&drop1[key])[k];
        tests.check(name, test.df as f64, value("df"), 0.0, 1.0);
        tests.check(name, test.chi_square, value("lrt"), TOLERANCE, 1e-3);
        tests.check(name, test.p, value("p"), TOLERANCE, 0.0);
    }
}

fn check_inflation(worst: &mut Worst, d: &Design, covariance: &[Vec<f64>], vif: &Value) {
    let columns: Vec<Vec<usize>> = d.terms.iter().map(|t| t.columns.clone()).collect();
    let found = variance_inflation(covariance, true, &columns).unwrap();
    if vif.is_null() {
        assert!(found.iter().all(Option::is_none));
        return;
    }
    for (k, (name, found)) in d.names.iter().zip(found).enumerate() {
        let found = found.unwrap();
        if vif["gvif"].is_null() {
            worst.check(
                name,
                found.factor,
                number(&vif["vif"][name]),
                COVARIANCE,
                0.0,
            );
        } else {
            let row = &rows(&vif["gvif"])[k];
            worst.check(name, found.factor, row[0], COVARIANCE, 0.0);
            worst.check(name, found.df as f64, row[1], 0.0, 0.0);
            worst.check(name, found.per_dimension, row[2], COVARIANCE, 0.0);
        }
    }
}

#[test]
fn logistic_109() {
    check_set("logistic_109");
}

#[test]
fn logistic_separation() {
    check_set("logistic_separation");
}

/// With one binary predictor and no event missing at 1, the profile has a closed form: the limit of
/// the intercept's odds comes from the samples at 0 alone, and the slope has only a lower limit, where
/// the likelihood of all samples has fallen by half of 3.84.
#[test]
fn separated_limits() {
    // 5 of 5 at 1, 6 of 20 at 0
    let x = DMatrix::from_fn(25, 1, |i, _| f64::from(u8::from(i < 5)));
    let y: Vec<bool> = (0..25).map(|i| i < 11).collect();
    let model = logistic_regression(&x, &y, 0.95).unwrap();
    assert!(model.separation);
    let found = profile_limits(&model, &x, &y).unwrap();
    assert_eq!(found[1].upper, f64::INFINITY);
    let chi_square = 3.841_458_820_694_124;
    let cell = |k: f64, n: f64, eta: f64| k * eta - n * eta.exp().ln_1p();
    let best = cell(6.0, 20.0, (6.0_f64 / 14.0).ln());
    for limit in [found[0].lower, found[0].upper] {
        let loss = 2.0 * (best - cell(6.0, 20.0, limit));
        assert!((loss / chi_square - 1.0).abs() < 1e-9, "{loss}");
    }
    // the intercept at its best for a slope: a fine scan of a concave function of one variable
    let slope = found[1].lower;
    let likelihood = |a: f64| cell(6.0, 20.0, a) + cell(5.0, 5.0, a + slope);
    let (mut low, mut high) = (-10.0_f64, 10.0_f64);
    for _ in 0..300 {
        let third = (high - low) / 3.0;
        if likelihood(low + third) < likelihood(high - third) {
            low += third;
        } else {
            high -= third;
        }
    }
    let loss = 2.0 * (best - likelihood(low));
    assert!((loss / chi_square - 1.0).abs() < 1e-9, "{loss}");
    // the other way round, and both ways where every outcome is told
    let turned: Vec<bool> = y.iter().map(|y| !y).collect();
    let model = logistic_regression(&x, &turned, 0.95).unwrap();
    let mirrored = profile_limits(&model, &x, &turned).unwrap();
    assert_eq!(mirrored[1].lower, f64::NEG_INFINITY);
    assert!((mirrored[1].upper + slope).abs() < 1e-9);
    let model = logistic_regression(&x, &[[true; 5].as_slice(), &[false; 20]].concat(), 0.95);
    let y: Vec<bool> = (0..25).map(|i| i < 5).collect();
    let found = profile_limits(&model.unwrap(), &x, &y).unwrap();
    assert_eq!(found[1].upper, f64::INFINITY);
    assert!(found[1].lower.is_finite());
    // all of the intercept's loss is in the 20 samples at 0
    assert_eq!(found[0].lower, f64::NEG_INFINITY);
    let loss = -2.0 * cell(0.0, 20.0, found[0].upper);
    assert!((loss / chi_square - 1.0).abs() < 1e-9, "{loss}");
}

#[test]
fn stepwise_as_mass_does_it() {
    let Some(expected) = json("06_logistic/logistic_109_expected.json") else {
        return;
    };
    let data = Table::read("06_logistic/logistic_109.csv").unwrap();
    let y = data.booleans("y");
    let d = design(
        &data,
        "y ~ age + sex + tstage + margin + myxoid + capsule + depth8 + ajcc + radscore",
    );
    let mut worst = Worst::default();
    for (name, e) in expected["stepwise"].as_object().unwrap() {
        let criterion = match name.contains("_aic_") {
            true => StepwiseCriterion::Aic,
            false => StepwiseCriterion::Bic,
        };
        let direction = match name.rsplit('_').next() {
            Some("forward") => StepwiseDirection::Forward,
            Some("backward") => StepwiseDirection::Backward,
            _ => StepwiseDirection::Both,
        };
        let found = stepwise_logistic(&d.x, &y, &d.terms, criterion, direction).unwrap();
        let path: Vec<String> = found
            .steps
            .iter()
            .map(|step| match step.change {
                None => String::new(),
                Some(StepwiseChange::Drop(t)) => format!("- {}", d.names[t]),
                Some(StepwiseChange::Add(t)) => format!("+ {}", d.names[t]),
            })
            .collect();
        assert_eq!(path, strings(&e["path"]), "{name}");
        let values: Vec<f64> = found.steps.iter().map(|s| s.criterion).collect();
        worst.check_all(
            name,
            &values,
            &numbers(&e["criterion_along_path"]),
            TOLERANCE,
            0.0,
        );
        let names: Vec<String> = found.terms.iter().map(|&t| d.names[t].clone()).collect();
        assert_eq!(names, strings(&e["final_terms"]), "{name}");
        let columns: Vec<usize> = found
            .terms
            .iter()
            .flat_map(|&t| d.terms[t].columns.clone())
            .collect();
        let model = logistic_regression(&d.x.select_columns(&columns), &y, 0.95).unwrap();
        let coefficients = &e["final_coef"];
        let all = std::iter::once("(Intercept)").chain(names.iter().map(String::as_str));
        for (term, estimate) in all.zip(model.estimates()) {
            worst.check(term, estimate, number(&coefficients[term]), TOLERANCE, 0.0);
        }
    }
    worst.report("06_logistic stepwise");
}

/// An interaction leaves before its parts, and enters after them.
#[test]
fn interactions_and_their_parts() {
    let (x, y) = random(120, 3, 4);
    let x = x.insert_column(3, 0.0);
    let x = DMatrix::from_fn(120, 4, |i, j| match j {
        3 => x[(i, 0)] * x[(i, 1)],
        _ => x[(i, j)],
    });
    let term = |column: usize, variables: &[usize]| ModelTerm {
        columns: vec![column],
        variables: variables.to_vec(),
    };
    let terms = [
        term(0, &[0]),
        term(1, &[1]),
        term(2, &[2]),
        term(3, &[0, 1]),
    ];
    assert!(terms[0].is_marginal_to(&terms[3]) && !terms[2].is_marginal_to(&terms[3]));
    let tests = drop_each_term(&x, &y, &terms).unwrap();
    let tested: Vec<bool> = tests.iter().map(Option::is_some).collect();
    assert_eq!(tested, [false, false, true, true]);
    for direction in [
        StepwiseDirection::Backward,
        StepwiseDirection::Forward,
        StepwiseDirection::Both,
    ] {
        let way = stepwise_logistic(&x, &y, &terms, StepwiseCriterion::Bic, direction).unwrap();
        for step in &way.steps {
            let has = |t: usize| step.terms.contains(&t);
            assert!(!has(3) || (has(0) && has(1)), "{step:?}");
        }
    }
}

#[test]
fn bad_terms_are_errors() {
    let (x, y) = random(30, 2, 1);
    let term = |column: usize| ModelTerm {
        columns: vec![column],
        variables: vec![column],
    };
    for terms in [[term(0), term(2)], [term(1), term(1)]] {
        assert!(matches!(
            drop_each_term(&x, &y, &terms),
            Err(RegressionError::BadSetting {
                setting: "terms",
                ..
            })
        ));
    }
    // a combination is named by its column in the whole design, whatever the order of terms
    let twice = DMatrix::from_fn(
        30,
        3,
        |i, j| if j == 1 { 1.0 } else { x[(i, 0)] + j as f64 },
    );
    let terms = [term(2), term(0)];
    assert_eq!(
        drop_each_term(&twice, &y, &terms),
        Err(RegressionError::RankDeficient { column: 0 })
    );
    assert!(variance_inflation(&[vec![1.0, 0.0]], false, &[vec![0]]).is_err());
    let singular = vec![vec![1.0, 1.0], vec![1.0, 1.0]];
    assert!(variance_inflation(&singular, false, &[vec![0], vec![1]]).is_err());
    assert!(variance_inflation(&singular, false, &[vec![0], vec![2]]).is_err());
}

/// Firth's test of one column is its profile test; of all columns, the loss to the intercept alone.
#[test]
fn firth_tests_of_several_columns() {
    let (x, y) = random(40, 3, 9);
    let model = firth_regression(&x, &y, 0.95).unwrap();
    for j in 0..3 {
        let test = firth_test(&x, &y, &[j]).unwrap();
        let c = model.coefficients[j + 1];
        assert!((test.chi_square - c.profile_chi_square).abs() < 1e-9);
        assert!((test.p - c.profile_p).abs() < 1e-9 && test.df == 1);
    }
    let one = firth_test(&x, &y, &[1]).unwrap();
    let two = firth_test(&x, &y, &[1, 2]).unwrap();
    assert!(two.df == 2 && two.chi_square >= one.chi_square);
    assert_eq!(firth_test(&x, &y, &[]).unwrap().p, 1.0);
    assert!(firth_test(&x, &y, &[3]).is_err());
}

/// Random predictors and outcomes that depend on the first of them; the same for the same seed.
fn random(n: usize, p: usize, seed: u64) -> (DMatrix<f64>, Vec<bool>) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let x = DMatrix::from_fn(n, p, |_, j| {
        let normal: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        normal * 10.0_f64.powi(j as i32 - 1) + j as f64
    });
    let y = (0..n)
        .map(|i| uniform() < 1.0 / (1.0 + (-8.0 * x[(i, 0)] - 0.5).exp()))
        .collect();
    (x, y)
}

/// At the estimates the scores X'(y - p) are 0: those of the intercept and of every column.
#[test]
fn scores_vanish_at_the_estimates() {
    for seed in 1..40 {
        let (n, p) = (30 + 7 * seed as usize, 1 + seed as usize % 4);
        let (x, y) = random(n, p, seed);
        let model = logistic_regression(&x, &y, 0.95).unwrap();
        if model.separation {
            continue;
        }
        let residual: Vec<f64> = model
            .linear_predictor
            .iter()
            .zip(&y)
            .map(|(eta, y)| f64::from(u8::from(*y)) - 1.0 / (1.0 + (-eta).exp()))
            .collect();
        // the last Newton step changed no linear predictor by more than 1e-10
        let score: f64 = residual.iter().sum();
        assert!(score.abs() < 1e-10 * n as f64, "seed {seed}: {score:e}");
        for column in x.column_iter() {
            let score: f64 = column.iter().zip(&residual).map(|(x, r)| x * r).sum();
            let size: f64 = column.iter().map(|x| x.abs()).sum();
            assert!(score.abs() < 1e-10 * size, "seed {seed}: {score:e}");
        }
    }
}

/// The order of rows, and of columns within their terms, changes nothing.
#[test]
fn the_order_of_rows_does_not_matter() {
    for seed in 1..12 {
        let (x, y) = random(60, 3, seed);
        let order: Vec<usize> = (0..60).map(|i| (i * 23 + seed as usize) % 60).collect();
        let there = x.select_rows(&order);
        let y_there: Vec<bool> = order.iter().map(|&i| y[i]).collect();
        let terms: Vec<ModelTerm> = (0..3)
            .map(|j| ModelTerm {
                columns: vec![j],
                variables: vec![j],
            })
            .collect();
        let (a, b) = (
            logistic_regression(&x, &y, 0.95).unwrap(),
            logistic_regression(&there, &y_there, 0.95).unwrap(),
        );
        assert_eq!(a.separation, b.separation);
        let near = |a: f64, b: f64| a == b || (a - b).abs() < 1e-8 * a.abs().max(1e-3);
        assert!(near(a.log_likelihood, b.log_likelihood));
        let limits = |m, x, y| profile_limits(m, x, y).unwrap();
        for (a, b) in limits(&a, &x, &y).iter().zip(limits(&b, &there, &y_there)) {
            assert!(
                near(a.lower, b.lower) && near(a.upper, b.upper),
                "{a:?} {b:?}"
            );
        }
        let (direction, bic) = (StepwiseDirection::Both, StepwiseCriterion::Bic);
        let a = stepwise_logistic(&x, &y, &terms, bic, direction).unwrap();
        let b = stepwise_logistic(&there, &y_there, &terms, bic, direction).unwrap();
        assert_eq!(a.terms, b.terms);
        assert_eq!(a.steps.len(), b.steps.len());
    }
}

/// With one candidate a step asks what drop1 asks: does the term lower the deviance by more than its
/// price?
#[test]
fn stepwise_with_one_candidate_is_a_test_of_it() {
    let mut kept = 0;
    for seed in 1..40 {
        let (x, y) = random(50, 2, seed);
        let column = x.columns(usize::from(seed % 2 == 0), 1).into_owned();
        let terms = [ModelTerm {
            columns: vec![0],
            variables: vec![0],
        }];
        let test = drop_each_term(&column, &y, &terms).unwrap()[0].unwrap();
        for (criterion, price) in [
            (StepwiseCriterion::Aic, 2.0),
            (StepwiseCriterion::Bic, 50.0_f64.ln()),
        ] {
            let wanted: &[usize] = if test.chi_square > price { &[0] } else { &[] };
            for direction in [
                StepwiseDirection::Backward,
                StepwiseDirection::Forward,
                StepwiseDirection::Both,
            ] {
                let way = stepwise_logistic(&column, &y, &terms, criterion, direction).unwrap();
                assert_eq!(way.terms, wanted, "seed {seed} {criterion:?} {direction:?}");
                let start = &way.steps[0];
                let gain = start.criterion - start.tried[0].1;
                let gain_of_test = match direction {
                    StepwiseDirection::Forward => test.chi_square - price,
                    _ => price - test.chi_square,
                };
                assert!((gain - gain_of_test).abs() < 1e-8);
            }
            kept += wanted.len();
        }
    }
    assert!((10..70).contains(&kept), "{kept}");
}
