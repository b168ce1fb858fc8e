//! Nomograms against rms 6.5-0 (R).

mod fixture;

use fixture::{Table, Worst, json, number, numbers, rows};
use radiome_stats::nomogram::{
    Nomogram, NomogramError, NomogramPredictor, NomogramValues, nomogram, pretty,
};
use radiome_stats::regression::{restricted_cubic_spline, spline_knots};
use radiome_stats::survival::{CoxTies, cox_regression};
use serde_json::Value;

/// Closed form from given coefficients: 1e-9 (the reference set advises 1e-8).
const TOLERANCE: f64 = 1e-9;

fn predictors(data: &Table, coefficients: &Value, axes: &Value) -> Vec<NomogramPredictor> {
    axes.as_object()
        .unwrap()
        .keys()
        .map(|name| {
            let values = if name == "tfac" {
                let labels: Vec<String> = (1..=4).map(|k| format!("T{k}")).collect();
                let effects = labels
                    .iter()
                    .map(|l| coefficients.get(format!("tfac={l}")).map_or(0.0, number))
                    .collect();
                NomogramValues::Levels { labels, effects }
            } else if name == "age" {
                // R's pretty(range(age), 10), checked against the axis below
                let (values, knots) = (pretty(1.0, 92.0, 10), age_knots(data));
                let betas: Vec<f64> = ["age", "age'", "age''"]
                    .iter()
                    .map(|n| number(&coefficients[n]))
                    .collect();
                let effect = |v: &f64| -> f64 {
                    let columns = restricted_cubic_spline(*v, &knots);
                    columns.iter().zip(&betas).map(|(x, b)| x * b).sum()
                };
                let effects = values.iter().map(effect).collect();
                NomogramValues::Curve { values, effects }
            } else {
                let column = data.numbers(name);
                let coefficient = number(&coefficients[name]);
                let mut distinct = column.clone();
                distinct.sort_by(f64::total_cmp);
                distinct.dedup();
                if distinct.len() <= 10 {
                    NomogramValues::Values {
                        values: distinct,
                        coefficient,
                    }
                } else {
                    NomogramValues::Range {
                        low: distinct[0],
                        high: distinct[distinct.len() - 1],
                        coefficient,
                    }
                }
            };
            NomogramPredictor {
                name: name.clone(),
                values,
            }
        })
        .collect()
}

fn age_knots(data: &Table) -> Vec<f64> {
    spline_knots(&data.numbers("age"), 4).unwrap()
}

#[test]
fn nomogram_109() {
    let Some(expected) = json("07_nomogram/nomogram_109_expected.json") else {
        return;
    };
    let data = Table::read("07_nomogram/nomogram_109.csv").unwrap();
    let mut worst = Worst::default();
    for (group, name) in [
        ("lrm", "paper"),
        ("lrm", "factor_stage"),
        ("lrm", "spline_age"),
        ("lrm", "explicit_axis"),
        ("cph", "pfs"),
    ] {
        let e = &expected[group][name];
        let c = &e["coefficients"];
        let intercept = if group == "lrm" {
            number(&c["Intercept"])
        } else {
            -number(&e["center"])
        };
        let lp = numbers(&e["patient_lp"]);
        let range = lp
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), l| {
                (a.min(*l), b.max(*l))
            });
        let n = nomogram(
            &predictors(&data, c, &e["predictors"]),
            intercept,
            range,
            100.0,
        )
        .unwrap();
        for axis in &n.axes {
            let a = &e["predictors"][&axis.name];
            let place = format!("{name} {}", axis.name);
            let labels: Vec<&str> = axis.marks.iter().map(|m| m.label.as_str()).collect();
            let wanted: Vec<&str> = a["levels"]
                .as_array()
                .unwrap()
                .iter()
                .map(|l| l.as_str().unwrap())
                .collect();
            assert_eq!(labels, wanted, "{place}");
            let effects: Vec<f64> = axis.marks.iter().map(|m| m.effect).collect();
            let points: Vec<f64> = axis.marks.iter().map(|m| m.points).collect();
            worst.check_all(&place, &effects, &numbers(&a["xbeta"]), TOLERANCE, 1e-6);
            worst.check_all(&place, &points, &numbers(&a["points"]), TOLERANCE, 1e-3);
        }
        worst.check(
            name,
            n.points_per_unit,
            number(&e["scale"]["points_per_lp_unit"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            name,
            n.linear_predictor_at_zero,
            number(&e["scale"]["lp_at_zero_points"]),
            TOLERANCE,
            0.0,
        );
        worst.check_all(
            name,
            &n.total_points_axis,
            &numbers(&e["total_points_axis"]),
            TOLERANCE,
            1e-3,
        );
        let (marks, points): (Vec<f64>, Vec<f64>) = n.linear_predictor_axis.iter().copied().unzip();
        worst.check_all(name, &marks, &numbers(&e["lp_axis"]["lp"]), TOLERANCE, 1e-3);
        worst.check_all(
            name,
            &points,
            &numbers(&e["lp_axis"]["total_points"]),
            TOLERANCE,
            1e-3,
        );
        let totals: Vec<f64> = lp.iter().map(|l| n.total_points(*l)).collect();
        worst.check_all(
            name,
            &totals,
            &numbers(&e["patient_total_points"]),
            TOLERANCE,
            1e-3,
        );
        if group == "lrm" {
            let grid = &e["total_points_to_risk"];
            for (k, t) in numbers(&grid["total_points"]).into_iter().enumerate() {
                worst.check(
                    name,
                    n.linear_predictor(t),
                    numbers(&grid["lp"])[k],
                    TOLERANCE,
                    1e-3,
                );
                worst.check(
                    name,
                    n.probability(t),
                    numbers(&grid["risk"])[k],
                    TOLERANCE,
                    0.0,
                );
            }
            let risk = &e["functions"]["risk"];
            let (values, places) = (numbers(&risk["value"]), numbers(&risk["total_points"]));
            let found = n.interpolated_marks(|lp| 1.0 / (1.0 + (-lp).exp()), &values);
            worst.check_all(name, &found, &places, TOLERANCE, 1e-3);
            // the exact places are within 2e-4 points of those that rms interpolates
            for (v, t) in values.into_iter().zip(places) {
                let exact = n.total_points_at_probability(v).unwrap();
                assert!((n.probability(exact) - v).abs() < 1e-12);
                assert!(
                    (exact - t).abs() < 2e-4 * t.max(1.0),
                    "{name} {v}: {exact} {t}"
                );
            }
        }
    }
    worst.report("07_nomogram/nomogram_109");
}

/// The outcome axes of a Cox model, from our own fit: coefficients, centre, survival at three times,
/// median time.
#[test]
fn outcomes_of_a_cox_model() {
    let Some(expected) = json("07_nomogram/nomogram_109_expected.json") else {
        return;
    };
    let data = Table::read("07_nomogram/nomogram_109.csv").unwrap();
    let e = &expected["cph"]["pfs"];
    let names = ["radscore", "tstage", "margin"];
    let x = data.columns(&names);
    let (time, event) = (data.numbers("time"), data.booleans("event"));
    let model = cox_regression(&x, &time, &event, CoxTies::Efron, 0.95).unwrap();
    let mut worst = Worst::default();
    // Newton models: 1e-8, as the reference set advises
    let newton = 1e-8;
    for (c, name) in model.coefficients.iter().zip(names) {
        worst.check(
            name,
            c.estimate,
            number(&e["coefficients"][name]),
            newton,
            0.0,
        );
    }
    let center: f64 = x
        .column_iter()
        .zip(&model.coefficients)
        .map(|(column, c)| column.mean() * c.estimate)
        .sum();
    worst.check("center", center, number(&e["center"]), newton, 0.0);
    let coefficients = &e["coefficients"];
    let lp: Vec<f64> = model
        .linear_predictor
        .iter()
        .map(|lp| lp - center)
        .collect();
    worst.check_all("lp", &lp, &numbers(&e["patient_lp"]), newton, 1e-2);
    let range = lp
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), l| {
            (a.min(*l), b.max(*l))
        });
    let axes = predictors(&data, coefficients, &e["predictors"]);
    let n = nomogram(&axes, -center, range, 100.0).unwrap();
    let baseline = &model.baseline[0];
    let grid = numbers(&e["total_points_grid"]);
    for (k, t) in numbers(&e["times"]).into_iter().enumerate() {
        let at_zero = baseline.survival_at(t, center);
        let wanted = numbers(&e["baseline_survival_at_times_centred"])[k];
        worst.check("baseline", at_zero, wanted, newton, 0.0);
        for (points, row) in grid.iter().zip(rows(&e["surv_grid"])) {
            worst.check(
                "surv_grid",
                n.survival(*points, at_zero),
                row[k],
                newton,
                0.0,
            );
        }
        for (lp, row) in model.linear_predictor.iter().zip(rows(&e["patient_surv"])) {
            worst.check(
                "patient_surv",
                baseline.survival_at(t, *lp),
                row[k],
                newton,
                0.0,
            );
        }
        let axis = &e["functions"][format!("surv_{t}")];
        let (values, places) = (numbers(&axis["value"]), numbers(&axis["total_points"]));
        let found = n.interpolated_marks(|lp| at_zero.powf(lp.exp()), &values);
        worst.check_all("surv marks", &found, &places, newton, 1e-3);
        for (v, t) in values.into_iter().zip(places) {
            let exact = n.total_points_at_survival(v, at_zero).unwrap();
            assert!((n.survival(exact, at_zero) - v).abs() < 1e-12);
            // rms interpolates
            assert!((exact - t).abs() < 2e-4 * t.max(1.0), "{v}: {exact} {t}");
        }
    }
    let axis = &e["functions"]["median"];
    let median = |lp: f64| baseline.quantile_at(0.5, lp + center).unwrap_or(f64::NAN);
    let found = n.interpolated_marks(median, &numbers(&axis["value"]));
    worst.check_all(
        "median marks",
        &found,
        &numbers(&axis["total_points"]),
        newton,
        1e-3,
    );
    worst.report("07_nomogram cph, from our own fit");
    assert_eq!(n.total_points_at_survival(1.0, 0.5), None);
    assert_eq!(n.total_points_at_survival(0.5, 1.0), None);
}

/// `rms::nomogram` (6.5-0) of a model with one predictor, of another scale, and of one whose linear
/// predictors all lie low: total points run to the scale at least.
#[test]
fn total_points_reach_the_scale() {
    let predictor = |name: &str, coefficient: f64| NomogramPredictor {
        name: name.to_owned(),
        values: NomogramValues::Values {
            values: vec![0.0, 1.0, 2.0],
            coefficient,
        },
    };
    let (one, two) = (predictor("a", 1.0), predictor("b", 0.5));
    let end = |n: Nomogram| *n.total_points_axis.last().unwrap();
    let alone = nomogram(std::slice::from_ref(&one), 0.0, (0.0, 2.0), 100.0).unwrap();
    assert_eq!(end(alone), 100.0);
    let both = [one, two];
    assert_eq!(end(nomogram(&both, 0.0, (0.0, 3.0), 100.0).unwrap()), 160.0);
    assert_eq!(end(nomogram(&both, 0.0, (0.0, 1.0), 100.0).unwrap()), 100.0);
    let ten = nomogram(&both, 0.0, (0.0, 3.0), 10.0).unwrap();
    assert_eq!(
        (ten.points(0, 2.0), ten.points(1, 2.0)),
        (Some(10.0), Some(5.0))
    );
    assert_eq!(end(ten), 16.0);
    assert_eq!(
        nomogram(&both, 0.0, (0.0, 3.0), 0.0),
        Err(NomogramError::BadScale { found: 0.0 })
    );
}

/// `Hmisc::rcspline.eval(x, nk = k, inclx = TRUE)` of Hmisc 4.8-0.
#[test]
fn restricted_cubic_splines_as_in_hmisc() {
    let x: Vec<f64> = (1..=120).map(|i| f64::from(i).sqrt()).collect();
    let near = |found: &[f64], expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            // closed form
            assert!((f - e).abs() <= 1e-13 * e.abs().max(1.0), "{f} {e}");
        }
    };
    for (knots, columns) in [
        (
            &[
                3.591_406_309_431_365_5,
                7.778_108_184_160_744,
                10.397_105_011_762_994,
            ][..],
            &[8.5, 2.532_334_809_842_345_3][..],
        ),
        (
            &[
                2.635_938_232_650_52,
                6.530_594_285_239_051,
                8.851_512_609_173_557,
                10.679_414_604_167_926,
            ],
            &[8.5, 3.116_793_487_600_195_7, 0.118_064_138_013_092_08],
        ),
        (
            &[
                1.993_301_270_189_221_9,
                4.776_505_300_006_35,
                6.454_221_740_908_064,
                7.778_108_184_160_744,
                8.907_354_227_315_809,
                9.908_731_166_261_664,
                10.817_806_993_012_175,
            ],
            &[
                8.5,
                3.537_539_663_187_387,
                0.662_935_753_179_886_8,
                0.109_949_915_189_268_01,
                0.004_830_983_747_462_181,
                0.0,
            ],
        ),
    ] {
        near(&spline_knots(&x, knots.len()).unwrap(), knots);
        near(&restricted_cubic_spline(8.5, knots), columns);
    }
    // of fewer than 100 values the fifth from each end
    near(
        &spline_knots(&x[..50], 5).unwrap(),
        &[
            2.236_067_977_499_79,
            3.804_037_217_504_842,
            5.049_509_756_796_391,
            6.043_450_328_406_565,
            6.782_329_983_125_268,
        ],
    );
    assert!(spline_knots(&x, 2).is_err());
    assert!(spline_knots(&[1.0, 2.0, f64::NAN], 3).is_err());
    assert!(spline_knots(&[1.0; 200], 3).is_err());
    assert!(spline_knots(&[], 3).is_err());
}

#[test]
fn pretty_as_in_r() {
    // by the published rule of R's pretty(), worked by hand; rms's own axes are checked above
    assert_eq!(pretty(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(
        pretty(1.0, 92.0, 10),
        [0., 10., 20., 30., 40., 50., 60., 70., 80., 90., 100.]
    );
    assert_eq!(
        pretty(0.12, 0.88, 10),
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    );
    assert_eq!(pretty(2.0, 2.0, 10), [2.0]);
}

#[test]
fn bad_input_is_an_error() {
    assert_eq!(
        nomogram(&[], 0.0, (0.0, 1.0), 100.0),
        Err(NomogramError::NoPredictor)
    );
    let flat = NomogramPredictor {
        name: "a".to_owned(),
        values: NomogramValues::Range {
            low: 0.0,
            high: 1.0,
            coefficient: 0.0,
        },
    };
    assert_eq!(
        nomogram(std::slice::from_ref(&flat), 0.0, (0.0, 1.0), 100.0),
        Err(NomogramError::NoEffect)
    );
    assert!(nomogram(&[flat], f64::NAN, (0.0, 1.0), 100.0).is_err());
}
