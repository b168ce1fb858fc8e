//! Calibration and decision curves against R (ResourceSelection, rms::val.prob, lowess) and dcurves.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use radiome_stats::calibration::{CalibrationError, calibration, hosmer_lemeshow, lowess};
use radiome_stats::decision_curve::decision_curve;

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;
/// Newton models: 1e-8, as the reference set advises.
const NEWTON: f64 = 1e-8;
/// glm takes standard errors from the last step but one: good to about 2e-8 (see the logistic tests).
const STANDARD_ERROR: f64 = 1e-7;

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

#[test]
fn dca_109() {
    let Some(expected) = json("10_dca/dca_109_expected.json") else {
        return;
    };
    let data = Table::read("10_dca/dca_109.csv").unwrap();
    let y = data.booleans("y");
    let e = &expected["binary"];
    let thresholds = numbers(&e["thresholds"]);
    let mut worst = Worst::default();
    for (name, m) in e["models"].as_object().unwrap() {
        let c = decision_curve(&y, &data.numbers(name), &thresholds).unwrap();
        worst.check(name, c.prevalence, number(&e["prevalence"]), CLOSED, 0.0);
        for (found, expected) in [
            (&c.treat_all, &e["treat_all"]),
            (&c.treat_none, &e["treat_none"]),
            (&c.true_positive_rate, &m["tp_rate"]),
            (&c.false_positive_rate, &m["fp_rate"]),
            (&c.net_benefit, &m["net_benefit"]),
            (&c.standardized_net_benefit, &m["standardized_net_benefit"]),
            (
                &c.interventions_avoided,
                &m["net_reduction_interventions_per_100"],
            ),
        ] {
            // Rates and benefits cancel to 1e-14 of 1, the reduction per 100 at odds 0.01 to 1e-12:
            // differences below 1e-12 are rounding.
            worst.check_all(name, found, &numbers(expected), CLOSED, 1e-3);
        }
    }
    worst.report("10_dca/dca_109 binary");
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
    let constant = calibration(&y, &[0.5; 4], 0.95).unwrap();
    assert!(constant.recalibration_failed && constant.in_the_large.abs() < 1e-9);
    assert!(hosmer_lemeshow(&y, &[0.5; 4], 3).is_err());
    assert!(decision_curve(&y, &[0.1, 0.2, 0.3, f64::NAN], &[0.5]).is_err());
    assert!(decision_curve(&y, &[0.1; 4], &[1.0]).is_err());
}
