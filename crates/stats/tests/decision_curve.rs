//! Decision curves against the formulas in R, which equal dcurves 1.1.7 (Python).

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use radiome_stats::decision_curve::{DecisionCurveError, decision_curve, survival_decision_curve};

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;

#[test]
fn of_an_outcome() {
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
fn of_an_event_by_a_time() {
    let Some(expected) = json("10_dca/dca_109_expected.json") else {
        return;
    };
    let data = Table::read("10_dca/dca_109.csv").unwrap();
    let (time, event) = (data.numbers("time"), data.booleans("event"));
    let mut worst = Worst::default();
    for e in expected["survival"].as_object().unwrap().values() {
        let horizon = number(&e["time_horizon"]);
        let thresholds = numbers(&e["thresholds"]);
        for (name, m) in e["models"].as_object().unwrap() {
            let p = data.numbers(name);
            let c = survival_decision_curve(&time, &event, &p, horizon, &thresholds).unwrap();
            let place = format!("{name} by {horizon}");
            worst.check(
                &place,
                c.event_probability,
                number(&e["event_probability_km"]),
                CLOSED,
                0.0,
            );
            for (found, expected) in [
                (&c.treat_all, &e["treat_all"]),
                (&c.treat_none, &e["treat_none"]),
                (&c.net_benefit, &m["net_benefit"]),
                (&c.longest_follow_up, &m["max_followup_among_positives"]),
            ] {
                // Benefits cancel to 1e-16 of 1.
                worst.check_all(&place, found, &numbers(expected), CLOSED, 1e-3);
            }
        }
    }
    worst.report("10_dca/dca_109 survival");
}

#[test]
fn without_censoring_both_forms_agree() {
    // Everybody is followed to the event, so that the event by the horizon is a plain outcome.
    let time: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 60 + 1)).collect();
    let p: Vec<f64> = (0..60).map(|i| f64::from((i * 17) % 59) / 59.0).collect();
    let outcome: Vec<bool> = time.iter().map(|t| *t <= 25.0).collect();
    let thresholds = [0.05, 0.3, 0.5, 0.8];
    let plain = decision_curve(&outcome, &p, &thresholds).unwrap();
    let by_time = survival_decision_curve(&time, &[true; 60], &p, 25.0, &thresholds).unwrap();
    for k in 0..thresholds.len() {
        for (a, b) in [
            (plain.net_benefit[k], by_time.net_benefit[k]),
            (plain.treat_all[k], by_time.treat_all[k]),
            (
                plain.interventions_avoided[k],
                by_time.interventions_avoided[k],
            ),
        ] {
            // rounding of a product of 60 factors
            assert!((a - b).abs() < 1e-11, "{a} against {b}");
        }
    }
}

#[test]
fn edges() {
    let y = [true, false, true, false];
    assert!(decision_curve(&y, &[0.1, 0.2, 0.3, f64::NAN], &[0.5]).is_err());
    assert!(decision_curve(&y, &[0.1; 4], &[1.0]).is_err());
    let time = [1.0, 2.0, 3.0, 4.0];
    let p = [0.1, 0.2, 0.3, 0.4];
    assert_eq!(
        survival_decision_curve(&time, &y, &p, 0.0, &[0.5]),
        Err(DecisionCurveError::BadHorizon { horizon: 0.0 })
    );
    assert!(survival_decision_curve(&[-1.0; 4], &y, &p, 2.0, &[0.5]).is_err());
    assert!(survival_decision_curve(&time, &y[..3], &p, 2.0, &[0.5]).is_err());
    assert!(survival_decision_curve(&time, &y, &[2.0; 4], 2.0, &[0.5]).is_err());
    // nobody is treated: no benefit and no harm
    let none = survival_decision_curve(&time, &y, &p, 2.0, &[0.9]).unwrap();
    assert_eq!((none.net_benefit[0], none.treated[0]), (0.0, 0.0));
    assert!(none.longest_follow_up[0].is_nan());
}
