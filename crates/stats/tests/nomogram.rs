//! Nomograms against rms 6.5-0 (R).

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use radiome_stats::nomogram::{NomogramError, NomogramPredictor, NomogramValues, nomogram, pretty};
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

#[test]
fn nomogram_109() {
    let Some(expected) = json("07_nomogram/nomogram_109_expected.json") else {
        return;
    };
    let data = Table::read("07_nomogram/nomogram_109.csv").unwrap();
    let mut worst = Worst::default();
    // spline_age: a spline's effect is not linear in the value, which no axis here offers
    for (group, name) in [
        ("lrm", "paper"),
        ("lrm", "factor_stage"),
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
        let n = nomogram(&predictors(&data, c, &e["predictors"]), intercept, range).unwrap();
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
            // rms finds these marks by linear interpolation over a fine grid: within 2e-4 points of
            // the exact place, here by its own formula.
            let risk = &e["functions"]["risk"];
            let mut interpolated = Worst::default();
            for (v, t) in numbers(&risk["value"])
                .into_iter()
                .zip(numbers(&risk["total_points"]))
            {
                let exact = n.total_points_at_probability(v).unwrap();
                assert!((n.probability(exact) - v).abs() < 1e-12);
                interpolated.check(name, exact, t, 1e-5, 0.0);
            }
            interpolated.report(&format!("07_nomogram {name} risk marks (rms interpolates)"));
        }
    }
    worst.report("07_nomogram/nomogram_109");
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
        nomogram(&[], 0.0, (0.0, 1.0)),
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
        nomogram(std::slice::from_ref(&flat), 0.0, (0.0, 1.0)),
        Err(NomogramError::NoEffect)
    );
    assert!(nomogram(&[flat], f64::NAN, (0.0, 1.0)).is_err());
}
