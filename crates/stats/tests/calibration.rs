//! Calibration against R (ResourceSelection, rms::val.prob and validate, lowess, loess).

mod fixture;

use fixture::{Table, Worst, json, number, numbers, rows, strings};
use nalgebra::DMatrix;
use radiome_stats::calibration::{
    CalibrationError, CalibrationGroup, Loess, LoessSurface, ModelMeasures, Smoother, calibration,
    calibration_curve, hosmer_lemeshow, hosmer_lemeshow_equal_count, lowess, optimism,
    smoothed_calibration, validation_indexes,
};
use radiome_stats::regression::logistic_regression;
use serde_json::Value;

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;
/// Newton models: 1e-8, as the reference set advises.
const NEWTON: f64 = 1e-8;
/// Loess: 1e-8, as the reference set advises of the direct surface. It advises 1e-3 of the
/// interpolated one, but the same cells and vertices as R's give the same curve.
const LOESS: f64 = 1e-8;
/// val.prob's own fit stops once -2 log L changes by less than 0.025, a Newton step before the end:
/// its intercept and slope are good to some 1e-7. (Those of glm are compared to [`NEWTON`].)
const VAL_PROB: f64 = 1e-6;
/// glm takes standard errors from the last step but one: good to about 2e-8 (see the logistic tests).
const STANDARD_ERROR: f64 = 1e-7;

fn check_equal_count(worst: &mut Worst, name: &str, y: &[bool], p: &[f64], h: &Value) {
    let t = hosmer_lemeshow_equal_count(y, p, 10).unwrap();
    let of = |value: fn(&CalibrationGroup) -> f64| t.groups.iter().map(value).collect::<Vec<f64>>();
    let place = format!("{name} equal count");
    for (found, key) in [
        (of(|g| g.n as f64), "n"),
        (of(|g| g.observed as f64), "observed_events"),
        (of(|g| g.expected), "expected_events"),
    ] {
        worst.check_all(&place, &found, &numbers(&h[key]), CLOSED, 0.0);
    }
    worst.check(&place, t.chi_square, number(&h["chi2"]), CLOSED, 0.0);
    worst.check(&place, t.df as f64, number(&h["df"]), 0.0, 1.0);
    worst.check(&place, t.p, number(&h["p_value"]), CLOSED, 1e-9);
}

fn check_indexes(worst: &mut Worst, name: &str, y: &[bool], p: &[f64], e: &Value) {
    let found = validation_indexes(y, p).unwrap();
    let mut same = |key: &str, found: f64, expected: &Value, tolerance: f64| {
        worst.check(
            &format!("{name} {key}"),
            found,
            number(expected),
            tolerance,
            1e-3,
        );
    };
    let z = found.spiegelhalter_z;
    same("z", z, &e["spiegelhalter_z"], CLOSED);
    same("z p", found.spiegelhalter_p, &e["spiegelhalter_p"], CLOSED);
    same("log loss", found.log_loss, &e["log_loss"], CLOSED);
    let r = &e["rms_val_prob"];
    if r.is_null() {
        return;
    }
    for (key, found) in [
        ("Dxy", found.dxy),
        ("C (ROC)", found.c_statistic),
        ("R2", found.r2),
        ("D", found.discrimination),
        ("D:Chi-sq", found.discrimination_chi_square),
        ("S:z", found.spiegelhalter_z),
        ("S:p", found.spiegelhalter_p),
    ] {
        same(key, found, &r[key], CLOSED);
    }
    // These hold the likelihood of the recalibrated model, which is flat where its fit stops.
    for (key, found) in [
        ("U", found.unreliability),
        ("U:Chi-sq", found.unreliability_chi_square),
        ("U:p", found.unreliability_p),
        ("Q", found.quality),
    ] {
        same(key, found, &r[key], NEWTON);
    }
    let c = calibration(y, p, 0.95).unwrap();
    same("Brier", c.brier, &r["Brier"], CLOSED);
    same("Intercept", c.intercept, &r["Intercept"], VAL_PROB);
    same("Slope", c.slope, &r["Slope"], VAL_PROB);
}

fn check_loess(worst: &mut Worst, name: &str, y: &[bool], p: &[f64], e: &Value) {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let x: Vec<f64> = order.iter().map(|&i| p[i]).collect();
    let outcome: Vec<f64> = order.iter().map(|&i| f64::from(u8::from(y[i]))).collect();
    let grid = &e["loess_direct"];
    for (key, surface) in [
        ("loess_direct_at_p", LoessSurface::Direct),
        ("loess_interpolate_default", LoessSurface::Interpolate),
    ] {
        let r = &e[key];
        let fit = Loess::fit(&x, &outcome, 0.75, surface).unwrap();
        let place = format!("{name} {key}");
        let found: Vec<f64> = p.iter().map(|&p| fit.at(p)).collect();
        worst.check_all(&place, &found, &numbers(&r["y"]), LOESS, 1e-3);
        let curve = smoothed_calibration(y, p, Smoother::Loess(surface)).unwrap();
        for (key, found) in [
            ("ici", curve.e_avg),
            ("e50", curve.e50),
            ("e90", curve.e90),
            ("emax", curve.e_max),
        ] {
            worst.check(&place, found, number(&r[key]), LOESS, 0.0);
        }
        if surface == LoessSurface::Direct {
            let at = numbers(&grid["x"]);
            let found: Vec<f64> = at.iter().map(|&p| fit.at(p)).collect();
            worst.check_all(&place, &found, &numbers(&grid["y"]), LOESS, 1e-3);
        }
    }
}

fn check_set(set: &str) {
    let Some(expected) = json(&format!("09_calibration/{set}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("09_calibration/{set}.csv")).unwrap();
    let y = data.booleans("y");
    let mut worst = Worst::default();
    for (name, e) in expected["calibration"].as_object().unwrap() {
        let p = data.numbers(name);
        for (key, groups) in [("hosmer_lemeshow", 10), ("hosmer_lemeshow_g5", 5)] {
            let h = &e[key];
            let place = format!("{name} {key}");
            if h.get("error").is_some() {
                assert!(hosmer_lemeshow(&y, &p, groups).is_err(), "{place}");
                continue;
            }
            let t = hosmer_lemeshow(&y, &p, groups).unwrap();
            let n: Vec<f64> = t.groups.iter().map(|g| g.n as f64).collect();
            let observed: Vec<f64> = t.groups.iter().map(|g| g.observed as f64).collect();
            let predicted: Vec<f64> = t.groups.iter().map(|g| g.expected).collect();
            worst.check_all(&format!("{place} n"), &n, &numbers(&h["n"]), 0.0, 1.0);
            worst.check_all(&place, &observed, &numbers(&h["observed_events"]), 0.0, 1.0);
            worst.check_all(
                &place,
                &predicted,
                &numbers(&h["expected_events"]),
                CLOSED,
                0.0,
            );
            let breaks = numbers(&h["breaks"]);
            for (g, group) in t.groups.iter().enumerate() {
                worst.check(&place, group.lower, breaks[g], CLOSED, 1e-6);
                worst.check(&place, group.upper, breaks[g + 1], CLOSED, 1e-6);
            }
            worst.check(&place, t.chi_square, number(&h["chi2"]), CLOSED, 0.0);
            worst.check(&place, t.df as f64, number(&h["df"]), 0.0, 1.0);
            worst.check(&place, t.p, number(&h["p_value"]), CLOSED, 1e-9);
            worst.check(
                &place,
                t.p_external,
                number(&h["external_p_value_df_G"]),
                CLOSED,
                1e-9,
            );
        }
        check_equal_count(&mut worst, name, &y, &p, &e["hosmer_lemeshow_equal_count"]);
        check_indexes(&mut worst, name, &y, &p, e);
        check_loess(&mut worst, name, &y, &p, e);
        let c = calibration(&y, &p, 0.95).unwrap();
        let r = &e["recalibration"];
        if r.is_object() {
            assert!(!c.recalibration_failed);
            let place = format!("{name} recalibration");
            worst.check(&place, c.intercept, number(&r["intercept"]), NEWTON, 1e-3);
            worst.check(&place, c.slope, number(&r["slope"]), NEWTON, 0.0);
            worst.check(
                &place,
                c.intercept_se,
                number(&r["intercept_se"]),
                STANDARD_ERROR,
                0.0,
            );
            worst.check(
                &place,
                c.slope_se,
                number(&r["slope_se"]),
                STANDARD_ERROR,
                0.0,
            );
            let interval = [c.slope_interval.0, c.slope_interval.1];
            worst.check_all(
                &place,
                &interval,
                &numbers(&r["slope_wald_ci"]),
                STANDARD_ERROR,
                0.0,
            );
            worst.check(
                &place,
                c.in_the_large,
                number(&r["calibration_in_the_large"]),
                NEWTON,
                1e-3,
            );
            worst.check(
                &place,
                c.in_the_large_se,
                number(&r["calibration_in_the_large_se"]),
                STANDARD_ERROR,
                0.0,
            );
            let v = &e["rms_val_prob"];
            worst.check(
                &format!("{name} Emax"),
                c.curve.e_max,
                number(&v["Emax"]),
                CLOSED,
                0.0,
            );
            worst.check(
                &format!("{name} E90"),
                c.curve.e90,
                number(&v["E90"]),
                CLOSED,
                0.0,
            );
            worst.check(
                &format!("{name} Eavg"),
                c.curve.e_avg,
                number(&v["Eavg"]),
                CLOSED,
                0.0,
            );
        }
        worst.check(name, c.brier, number(&e["brier"]), CLOSED, 0.0);
        worst.check(
            name,
            c.brier_scaled,
            number(&e["brier_scaled"]),
            CLOSED,
            0.0,
        );
        worst.check(
            name,
            c.observed_over_expected,
            number(&e["oe_ratio"]),
            CLOSED,
            0.0,
        );
        let l = &e["lowess_iter0_f2_3"];
        worst.check_all(
            &format!("{name} lowess x"),
            &c.curve.predicted,
            &numbers(&l["x"]),
            CLOSED,
            0.0,
        );
        worst.check_all(
            &format!("{name} lowess y"),
            &c.curve.observed,
            &numbers(&l["y"]),
            CLOSED,
            1e-3,
        );
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        let sorted: Vec<f64> = order.iter().map(|&i| p[i]).collect();
        let outcome: Vec<f64> = order.iter().map(|&i| f64::from(u8::from(y[i]))).collect();
        let exact = lowess(&sorted, &outcome, 2.0 / 3.0, 0.0);
        let expected = numbers(&e["lowess_iter0_delta0"]["y"]);
        worst.check_all(
            &format!("{name} lowess delta 0"),
            &exact,
            &expected,
            CLOSED,
            1e-3,
        );
    }
    worst.report(&format!("09_calibration/{set}"));
}

#[test]
fn calibration_109() {
    check_set("calibration_109");
}

#[test]
fn calibration_71() {
    check_set("calibration_71");
}

/// Spans, sizes and ties unlike a table of predictions', made by `tests/reference/loess.R`.
#[test]
fn loess_of_any_spacing() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let all = Table::read_at(&folder.join("loess.csv"));
    let mut sets: Vec<(&str, &str)> = all.text("set").into_iter().zip(all.text("span")).collect();
    sets.dedup();
    let mut worst = Worst::default();
    for (set, span) in sets {
        // R takes a pseudo-inverse there, and warns that it means little.
        if set.ends_with("near_singular") {
            continue;
        }
        let rows = all.select("set", set).select("span", span);
        let (x, y) = (rows.numbers("x"), rows.numbers("y"));
        let span: f64 = span.parse().unwrap();
        for (surface, key) in [
            (LoessSurface::Direct, "direct"),
            (LoessSurface::Interpolate, "interpolate"),
        ] {
            let fit = Loess::fit(&x, &y, span, surface).unwrap();
            let found: Vec<f64> = x.iter().map(|&x| fit.at(x)).collect();
            let place = format!("{set} {span} {key}");
            worst.check_all(&place, &found, &rows.numbers(key), LOESS, 1e-3);
        }
    }
    worst.report("loess.csv");
}

#[test]
fn optimism_of_given_resamples() {
    let Some(expected) = json("09_calibration/calibration_109_expected.json") else {
        return;
    };
    let data = Table::read("09_calibration/calibration_109.csv").unwrap();
    let drawn = Table::read("09_calibration/calibration_109_boot_indices_1based.csv").unwrap();
    let row = |cell: &String| cell.parse::<usize>().unwrap() - 1;
    let resamples: Vec<Vec<usize>> = drawn
        .rows
        .iter()
        .map(|cells| cells.iter().map(row).collect())
        .collect();
    let y = data.booleans("y");
    let e = &expected["bootstrap_given_indices"];
    assert_eq!(e["model"], "y ~ radscore + tstage + margin");
    let x = data.columns(&["radscore", "tstage", "margin"]);
    let found = optimism(&x, &y, &resamples).unwrap();
    let mut worst = Worst::default();
    let values = |m: &ModelMeasures| [m.auc, m.dxy, m.brier, m.intercept, m.slope];
    let names = ["auc", "dxy", "brier", "intercept", "slope"];
    for (part, m) in [
        ("apparent", &found.apparent),
        ("optimism", &found.optimism),
        ("corrected", &found.corrected),
    ] {
        for (name, found) in names.iter().zip(values(m)) {
            let place = format!("{part} {name}");
            worst.check(&place, found, number(&e[part][name]), NEWTON, 1e-3);
        }
    }
    let (training, test) = (
        rows(&e["train_per_resample"]),
        rows(&e["test_per_resample"]),
    );
    for (b, one) in found.resamples.iter().enumerate() {
        assert_eq!(e["used"][b], one.is_some(), "resample {b}");
        let Some(one) = one else { continue };
        let place = format!("resample {b}");
        worst.check_all(&place, &values(&one.training), &training[b], NEWTON, 1e-3);
        worst.check_all(&place, &values(&one.test), &test[b], NEWTON, 1e-3);
    }
    // What validate and calibrate of rms do not draw: the indexes of the model on its own samples,
    // and the smoothed curve of its probabilities.
    let model = logistic_regression(&x, &y, 0.95).unwrap();
    let fitted: Vec<f64> = model
        .linear_predictor
        .iter()
        .map(|eta| 1.0 / (1.0 + (-eta).exp()))
        .collect();
    let indexes = validation_indexes(&y, &fitted).unwrap();
    let validate = &expected["rms_validate_B300"]["table"];
    let of_model = rows(validate);
    for (place, name) in strings(&validate["rownames"]).iter().enumerate() {
        let found = match name.as_str() {
            "Dxy" => indexes.dxy,
            "R2" => indexes.r2,
            "D" => indexes.discrimination,
            "U" => indexes.unreliability,
            "Q" => indexes.quality,
            "B" => found.apparent.brier,
            "Intercept" => found.apparent.intercept,
            "Slope" => found.apparent.slope,
            // 0 by definition, as intercept and slope are 0 and 1.
            "Emax" => continue,
            "g" => {
                // The linear predictor of lrm, as its probabilities below, is good to 1e-7.
                worst.check(name, indexes.g, of_model[place][0], 1e-7, 0.0);
                continue;
            }
            "gp" => {
                worst.check(name, indexes.gp, of_model[place][0], 1e-7, 0.0);
                continue;
            }
            other => panic!("{other} is not compared"),
        };
        worst.check(name, found, of_model[place][0], NEWTON, 1e-3);
    }
    let curve = calibration_curve(&y, &fitted).unwrap();
    for row in rows(&expected["rms_calibrate_B300"]["table"]) {
        let (at, expected) = (row[0], row[1]);
        let right = curve.predicted.partition_point(|p| *p < at);
        let right = right.clamp(1, curve.predicted.len() - 1);
        let (x0, x1) = (curve.predicted[right - 1], curve.predicted[right]);
        let share = (at - x0) / (x1 - x0);
        let found = (1.0 - share) * curve.observed[right - 1] + share * curve.observed[right];
        // lrm stops at 2.5e-4 of a change of the deviance: its probabilities are good to 1e-7.
        worst.check("calibrate", found, expected, 1e-6, 0.0);
    }
    worst.report("09_calibration optimism");
}

#[test]
fn edges() {
    let y = [true, false, true, false];
    assert_eq!(
        calibration(&y, &[0.1, 1.2, 0.3, 0.4], 0.95),
        Err(CalibrationError::NotProbability {
            index: 1,
            value: 1.2
        })
    );
    assert_eq!(
        calibration(&[true; 2], &[0.1, 0.2], 0.95),
        Err(CalibrationError::ConstantOutcome)
    );
    // predictions that part the outcomes have no recalibration slope
    let parted = calibration(&y, &[0.8, 0.1, 0.9, 0.2], 0.95).unwrap();
    assert!(parted.recalibration_failed && parted.slope.is_nan() && parted.brier > 0.0);
    // parted but for ties at one probability: the slope is infinite, whatever the order of the rows
    let probability = [
        0.25, 0.25, 0.25, 0.25, 0.375, 0.625, 0.625, 0.625, 0.625, 0.625, 0.625, 0.875, 0.875,
    ];
    let outcome: Vec<bool> = (0..13).map(|i| i >= 7).collect();
    for first in 0..13 {
        let (mut p, mut y) = (probability, outcome.clone());
        p.rotate_left(first);
        y.rotate_left(first);
        let found = calibration(&y, &p, 0.95).unwrap();
        assert!(found.recalibration_failed && found.slope.is_nan());
    }
    let constant = calibration(&y, &[0.5; 4], 0.95).unwrap();
    assert!(constant.recalibration_failed && constant.in_the_large.abs() < 1e-9);
    assert!(hosmer_lemeshow(&y, &[0.5; 4], 3).is_err());
    // a curve through three neighbours or fewer, or through one place
    let few = [0.1, 0.2, 0.3];
    assert!(Loess::fit(&few, &[0.0, 1.0, 0.0], 0.75, LoessSurface::Direct).is_none());
    let alike = Smoother::Loess(LoessSurface::Interpolate);
    let flat = smoothed_calibration(&[true, false, true, false, true], &[0.5; 5], alike).unwrap();
    assert!(flat.e_max.is_nan() && flat.e50.is_nan());
    // no chance for what happened
    let certain = validation_indexes(&y, &[0.0, 0.1, 0.9, 0.2]).unwrap();
    assert!(certain.log_loss.is_infinite() && certain.unreliability.is_nan());
    let x = DMatrix::from_column_slice(6, 1, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let y = [false, true, false, true, false, true];
    assert_eq!(
        optimism(&x, &y, &[vec![0, 6]]),
        Err(CalibrationError::BadResample {
            resample: 0,
            row: 6,
            samples: 6
        })
    );
    // resamples of one class, and of too few rows
    let unusable = [vec![0, 0, 0, 0, 2, 2], vec![0, 1]];
    assert_eq!(
        optimism(&x, &y, &unusable),
        Err(CalibrationError::NoResample { resamples: 2 })
    );
    let parted = [false, false, false, true, true, true];
    assert_eq!(
        optimism(&x, &parted, &[vec![0, 1, 2, 3, 4, 5]]),
        Err(CalibrationError::Separated)
    );
}
