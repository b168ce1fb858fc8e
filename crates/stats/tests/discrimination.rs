//! ROC, DeLong, cut-offs and four-fold tables against pROC 1.18.0 and base R.

mod fixture;

use fixture::{Table, Worst, json, number, numbers};
use radiome_stats::compare::Alternative;
use radiome_stats::compare::mann_whitney::{MannWhitneyMethod, mann_whitney};
use radiome_stats::discrimination::{
    Confusion, Direction, DiscriminationError, PartialAxis, Proportion, ThresholdRule, auc,
    auc_delong, auc_logit_interval, best_threshold, confusion, delong_paired, delong_unpaired,
    direction_of_medians, hanley_mcneil_standard_error, partial_auc, proportion, roc_curve,
};
use serde_json::Value;

/// Closed forms throughout: 1e-9 as the reference set advises. p values and beta quantiles go
/// through special functions, which agree with R's to far better.
const TOLERANCE: f64 = 1e-9;

fn check_proportion(worst: &mut Worst, place: &str, found: &Proportion, expected: &Value) {
    assert_eq!(
        found.count as u64,
        expected["x"].as_u64().unwrap(),
        "{place}"
    );
    assert_eq!(
        found.total as u64,
        expected["n"].as_u64().unwrap(),
        "{place}"
    );
    match found.estimate {
        None => assert!(expected["est"].is_null(), "{place}"),
        Some(e) => {
            worst.check(place, e, number(&expected["est"]), TOLERANCE, 0.0);
            let (cp, w) = (found.clopper_pearson.unwrap(), found.wilson.unwrap());
            worst.check_all(
                place,
                &[cp.0, cp.1],
                &numbers(&expected["clopper_pearson"]),
                TOLERANCE,
                1e-6,
            );
            worst.check_all(
                place,
                &[w.0, w.1],
                &numbers(&expected["wilson"]),
                TOLERANCE,
                1e-6,
            );
            let wald = found.wald.unwrap();
            worst.check_all(
                place,
                &[wald.0, wald.1],
                &numbers(&expected["wald"]),
                TOLERANCE,
                1e-6,
            );
        }
    }
}

fn check_confusion(worst: &mut Worst, place: &str, found: &Confusion, expected: &Value) {
    let count = |key: &str| expected[key].as_u64().unwrap() as usize;
    assert_eq!(
        (
            found.true_positives,
            found.false_positives,
            found.false_negatives,
            found.true_negatives
        ),
        (count("tp"), count("fp"), count("fn"), count("tn")),
        "{place}"
    );
    check_proportion(
        worst,
        &format!("{place} sen"),
        &found.sensitivity,
        &expected["sen"],
    );
    check_proportion(
        worst,
        &format!("{place} spe"),
        &found.specificity,
        &expected["spe"],
    );
    check_proportion(
        worst,
        &format!("{place} ppv"),
        &found.positive_predictive_value,
        &expected["ppv"],
    );
    check_proportion(
        worst,
        &format!("{place} npv"),
        &found.negative_predictive_value,
        &expected["npv"],
    );
    check_proportion(
        worst,
        &format!("{place} acc"),
        &found.accuracy,
        &expected["acc"],
    );
    worst.check(
        &format!("{place} f1"),
        found.f1.unwrap_or(f64::NAN),
        number(&expected["f1"]),
        TOLERANCE,
        0.0,
    );
    worst.check(
        &format!("{place} youden"),
        found.youden.unwrap_or(f64::NAN),
        number(&expected["youden"]),
        TOLERANCE,
        1e-3,
    );
    for (key, found) in [
        (
            "balanced_accuracy",
            found.balanced_accuracy.unwrap_or(f64::NAN),
        ),
        ("kappa", found.kappa),
        ("mcc", found.matthews_correlation),
        ("lr_pos", found.positive_likelihood_ratio),
        ("lr_neg", found.negative_likelihood_ratio),
        ("dor", found.diagnostic_odds_ratio),
    ] {
        // Kappa and the correlation cancel to 1e-16 of 1 where calls and classes are unrelated.
        let place = format!("{place} {key}");
        worst.check(&place, found, number(&expected[key]), TOLERANCE, 1e-3);
    }
}

/// What stands beside an area: its test, other errors and intervals, partial areas, the direction.
fn check_area(worst: &mut Worst, name: &str, class: &[bool], score: &[f64], expected: &Value) {
    let found = auc_delong(class, score, 0.95).unwrap();
    let logit = auc_logit_interval(&found, 0.95).unwrap().unwrap();
    let sizes = [found.cases as f64, found.controls as f64];
    let direction = direction_of_medians(class, score).unwrap();
    let turned: Vec<f64> = score.iter().map(|s| -s).collect();
    let (sign, automatic) = match direction {
        Direction::Higher => ("<", score),
        Direction::Lower => (">", &turned[..]),
    };
    assert_eq!(expected["auto"]["direction"], sign, "{name}");
    let of_class = |wanted: bool| -> Vec<f64> {
        let both = score.iter().zip(class).filter(|(_, c)| **c == wanted);
        both.map(|(s, _)| *s).collect()
    };
    let rank_test = mann_whitney(
        &of_class(true),
        &of_class(false),
        Alternative::TwoSided,
        MannWhitneyMethod::Normal {
            continuity_correction: false,
        },
    );
    let mut same = |key: &str, found: f64, expected: &Value| {
        let place = format!("{name} {key}");
        worst.check(&place, found, number(expected), TOLERANCE, 0.0);
    };
    same("cases", sizes[0], &expected["n"]["cases"]);
    same("controls", sizes[1], &expected["n"]["controls"]);
    same("z", found.z, &expected["z_vs_half"]);
    same("p", found.p, &expected["p_vs_half_delong"]);
    let hanley_mcneil = hanley_mcneil_standard_error(found.auc, found.cases, found.controls);
    same("Hanley", hanley_mcneil, &expected["hanley_mcneil_se"]);
    same("logit", logit.0, &expected["logit_ci"][0]);
    same("logit", logit.1, &expected["logit_ci"][1]);
    same(
        "Mann-Whitney",
        rank_test.unwrap().p_value,
        &expected["p_mann_whitney_nocc"],
    );
    let automatic = auc(class, automatic).unwrap().unwrap();
    same("auto", automatic, &expected["auto"]["auc"]);
    let r = &expected["partial_auc"];
    for (key, axis, from, to) in [
        ("spec_1_to_0.8", PartialAxis::Specificity, 0.8, 1.0),
        ("spec_0.9_to_0.6", PartialAxis::Specificity, 0.6, 0.9),
        ("sens_1_to_0.9", PartialAxis::Sensitivity, 0.9, 1.0),
    ] {
        let part = partial_auc(class, score, axis, from, to).unwrap();
        same(key, part.area, &r[key]);
        if let Some(corrected) = r.get(format!("{key}_corrected")) {
            same(key, part.corrected.unwrap_or(f64::NAN), corrected);
        }
    }
}

#[test]
fn roc_109() {
    let Some(expected) = json("08_discrimination/roc_109_expected.json") else {
        return;
    };
    let data = Table::read("08_discrimination/roc_109.csv").unwrap();
    let class = data.booleans("y");
    let mut worst = Worst::default();
    for (name, e) in expected["roc"].as_object().unwrap() {
        let score = data.numbers(name);
        let a = auc_delong(&class, &score, 0.95).unwrap();
        worst.check(
            &format!("{name} auc"),
            a.auc,
            number(&e["auc"]),
            TOLERANCE,
            0.0,
        );
        assert_eq!(
            auc(&class, &score)
                .unwrap()
                .map(|v| (v - a.auc).abs() < 1e-14),
            Some(true)
        );
        worst.check(
            &format!("{name} se"),
            a.standard_error,
            number(&e["delong_se"]),
            TOLERANCE,
            0.0,
        );
        worst.check_all(
            &format!("{name} ci"),
            &[a.lower, a.upper],
            &numbers(&e["delong_ci"]),
            TOLERANCE,
            0.0,
        );
        check_area(&mut worst, name, &class, &score, e);
        let curve = roc_curve(&class, &score).unwrap();
        let column = |f: fn(&radiome_stats::discrimination::RocPoint) -> f64| -> Vec<f64> {
            curve.points.iter().map(f).collect()
        };
        worst.check_all(
            &format!("{name} thresholds"),
            &column(|p| p.threshold),
            &numbers(&e["curve"]["threshold"]),
            TOLERANCE,
            1e-9,
        );
        worst.check_all(
            &format!("{name} sensitivity"),
            &column(|p| p.sensitivity),
            &numbers(&e["curve"]["sensitivity"]),
            TOLERANCE,
            1e-9,
        );
        worst.check_all(
            &format!("{name} specificity"),
            &column(|p| p.specificity),
            &numbers(&e["curve"]["specificity"]),
            TOLERANCE,
            1e-9,
        );
        for (rule, key) in [
            (ThresholdRule::Youden, "best_youden"),
            (ThresholdRule::ClosestTopLeft, "best_closest_topleft"),
        ] {
            let best = best_threshold(&class, &score, rule).unwrap();
            worst.check_all(
                &format!("{name} {key}"),
                &best.tied,
                &numbers(&e[key]["all_tied_thresholds"]),
                TOLERANCE,
                1e-9,
            );
            worst.check(
                &format!("{name} {key}"),
                best.best.threshold,
                number(&e[key]["first"]["threshold"]),
                TOLERANCE,
                1e-9,
            );
            let table = confusion(&class, &score, best.best.threshold, 0.95).unwrap();
            check_confusion(
                &mut worst,
                &format!("{name} {key}"),
                &table,
                &e[key]["first"],
            );
        }
        let half = confusion(&class, &score, 0.5, 0.95).unwrap();
        check_confusion(&mut worst, &format!("{name} at 0.5"), &half, &e["at_half"]);
    }
    for (pair, e) in expected["delong_paired"].as_object().unwrap() {
        let (a, b) = pair.split_once("_vs_").unwrap();
        let t = delong_paired(&class, &data.numbers(a), &data.numbers(b), 0.95).unwrap();
        worst.check(
            &format!("{pair} z"),
            t.z,
            number(&e["statistic"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{pair} p"),
            t.p,
            number(&e["p_value"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{pair} cov"),
            t.covariance,
            number(&e["cov"]),
            TOLERANCE,
            0.0,
        );
        worst.check_all(
            &format!("{pair} ci"),
            &[t.lower, t.upper],
            &numbers(&e["conf_int"]),
            TOLERANCE,
            0.0,
        );
    }
    let other = Table::read("08_discrimination/roc_109_second_sample.csv").unwrap();
    let other_class = other.booleans("y");
    for (name, e) in expected["delong_unpaired"].as_object().unwrap() {
        let (x, y) = (data.numbers(name), other.numbers(name));
        let t = delong_unpaired((&class, &x), (&other_class, &y), 0.95).unwrap();
        worst.check(
            &format!("{name} unpaired t"),
            t.statistic,
            number(&e["statistic"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{name} unpaired df"),
            t.df,
            number(&e["df"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{name} unpaired p"),
            t.p,
            number(&e["p_value"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{name} normal z"),
            t.difference / t.standard_error,
            number(&e["normal_z"]),
            TOLERANCE,
            0.0,
        );
        worst.check(
            &format!("{name} normal p"),
            t.p_normal,
            number(&e["normal_p"]),
            TOLERANCE,
            0.0,
        );
    }
    for (name, e) in expected["threshold_transfer"].as_object().unwrap() {
        let best = best_threshold(&class, &data.numbers(name), ThresholdRule::Youden).unwrap();
        worst.check(
            &format!("{name} carried over"),
            best.best.threshold,
            number(&e["threshold_from_first_sample"]),
            TOLERANCE,
            0.0,
        );
        let table = confusion(
            &other_class,
            &other.numbers(name),
            best.best.threshold,
            0.95,
        )
        .unwrap();
        check_confusion(&mut worst, &format!("{name} transferred"), &table, e);
    }
    worst.report("08_discrimination/roc_109");
}

#[test]
fn edges() {
    let class = [true, false, true, false];
    assert_eq!(auc(&class, &[1.0; 4]), Ok(Some(0.5)));
    assert_eq!(auc(&[true; 3], &[1.0, 2.0, 3.0]), Ok(None));
    assert_eq!(auc(&[], &[]), Ok(None));
    assert_eq!(
        auc(&class, &[1.0, f64::NAN, 0.0, 0.0]),
        Err(DiscriminationError::NonFinite { index: 1 })
    );
    assert_eq!(
        auc(&class, &[1.0]),
        Err(DiscriminationError::Length {
            scores: 1,
            classes: 4
        })
    );
    let perfect = auc_delong(&class, &[3.0, 1.0, 4.0, 2.0], 0.95).unwrap();
    assert_eq!(auc_logit_interval(&perfect, 0.95), Ok(None));
    assert_eq!((perfect.auc, perfect.lower, perfect.upper), (1.0, 1.0, 1.0));
    let same = delong_paired(&class, &[3.0, 1.0, 4.0, 2.0], &[3.0, 1.0, 4.0, 2.0], 0.95).unwrap();
    assert_eq!((same.z, same.p), (0.0, 1.0));
    assert!(auc_delong(&[true, false], &[1.0, 2.0], 0.95).is_err());
    assert!(confusion(&class, &[1.0; 4], f64::NAN, 0.95).is_err());
    assert!(proportion(1, 2, 1.5).is_err());
    for (from, to) in [(0.8, 0.8), (0.9, 0.2), (-0.1, 0.5), (0.5, f64::NAN)] {
        let part = partial_auc(&class, &[1.0; 4], PartialAxis::Specificity, from, to);
        let refused = matches!(part, Err(DiscriminationError::BadRange { .. }));
        assert!(refused, "{from} to {to}");
    }
    // neighbouring floats: the threshold must still part them
    let close = [1.0, f64::from_bits(1.0_f64.to_bits() + 1)];
    let curve = roc_curve(&[false, true], &close).unwrap();
    assert!(close[0] < curve.points[1].threshold && close[1] >= curve.points[1].threshold);
}
