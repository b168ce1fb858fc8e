//! What must hold of any scores, on seeded random data, and the bootstrap of the area.

mod fixture;

use fixture::Table;
use radiome_stats::calibration::{calibration, hosmer_lemeshow, validation_indexes};
use radiome_stats::decision_curve::{decision_curve, survival_decision_curve};
use radiome_stats::describe::quantile;
use radiome_stats::discrimination::{
    DiscriminationError, PartialAxis, auc, auc_bootstrap, auc_delong, delong_paired,
    integrated_discrimination, net_reclassification, partial_auc, roc_curve,
};
use radiome_stats::resampling::{bootstrap, seeded, shuffle};
use rand_chacha::rand_core::RngCore;

/// A number from 0 to 1.
fn unit(rng: &mut impl RngCore) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Samples with two scores between 0 and 1; in every second data set the scores are rounded, so that
/// there are ties.
struct Samples {
    class: Vec<bool>,
    first: Vec<f64>,
    second: Vec<f64>,
    time: Vec<f64>,
}

fn samples(seed: u64) -> Samples {
    let mut rng = seeded(seed);
    let n = 12 + (rng.next_u64() % 80) as usize;
    let mut class: Vec<bool> = (0..n).map(|_| unit(&mut rng) < 0.4).collect();
    // two of each class at least
    class[..4].copy_from_slice(&[true, true, false, false]);
    let mut score = |weight: f64| -> Vec<f64> {
        let raw = class.iter().map(|case| {
            let shift = weight * f64::from(u8::from(*case));
            (unit(&mut rng) + shift) / (1.0 + weight)
        });
        let rounded = raw.map(|s| {
            if seed.is_multiple_of(2) {
                (s * 8.0).round() / 8.0
            } else {
                s
            }
        });
        rounded.map(|s| s.clamp(0.01, 0.99)).collect()
    };
    let (first, second) = (score(0.4), score(0.2));
    let time = (0..n).map(|_| (unit(&mut rng) * 30.0).ceil()).collect();
    Samples {
        class,
        first,
        second,
        time,
    }
}

/// Sums run in another order: a few times the spacing of doubles near 1.
const ROUNDING: f64 = 1e-12;

#[track_caller]
fn same(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        let close = (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(
            a == b || close || (a.is_nan() && b.is_nan()),
            "{a} against {b}: {found:?} {expected:?}"
        );
    }
}

#[test]
fn a_turned_score_has_the_rest_of_the_area() {
    for seed in 0..100 {
        let s = samples(seed);
        let turned: Vec<f64> = s.first.iter().map(|v| -v).collect();
        let (a, b) = (
            auc_delong(&s.class, &s.first, 0.95).unwrap(),
            auc_delong(&s.class, &turned, 0.95).unwrap(),
        );
        same(
            &[b.auc, b.standard_error],
            &[1.0 - a.auc, a.standard_error],
            ROUNDING,
        );
        // turning the classes does the same
        let others: Vec<bool> = s.class.iter().map(|case| !case).collect();
        let c = auc(&others, &s.first).unwrap().unwrap();
        same(&[c], &[1.0 - a.auc], ROUNDING);
    }
}

#[test]
fn an_area_is_the_sum_of_its_parts() {
    for seed in 0..100 {
        let s = samples(seed);
        let whole = roc_curve(&s.class, &s.first).unwrap().auc;
        for axis in [PartialAxis::Specificity, PartialAxis::Sensitivity] {
            let part = |from, to| {
                partial_auc(&s.class, &s.first, axis, from, to)
                    .unwrap()
                    .area
            };
            let parts = part(0.0, 0.37) + part(0.37, 0.8) + part(0.8, 1.0);
            same(&[parts, part(0.0, 1.0)], &[whole, whole], ROUNDING);
        }
    }
}

#[test]
fn the_order_of_the_rows_says_nothing() {
    for seed in 0..60 {
        let s = samples(seed);
        let mut order: Vec<usize> = (0..s.class.len()).collect();
        shuffle(&mut order, &mut seeded(1000 + seed));
        let moved = Samples {
            class: order.iter().map(|&i| s.class[i]).collect(),
            first: order.iter().map(|&i| s.first[i]).collect(),
            second: order.iter().map(|&i| s.second[i]).collect(),
            time: order.iter().map(|&i| s.time[i]).collect(),
        };
        let all = |s: &Samples| -> Vec<f64> {
            let (class, a, b) = (&s.class, &s.first, &s.second);
            let area = auc_delong(class, a, 0.95).unwrap();
            let pair = delong_paired(class, a, b, 0.95).unwrap();
            let nri = net_reclassification(class, a, b, Some(&[0.3, 0.6]), 0.95).unwrap();
            let idi = integrated_discrimination(class, a, b, 0.95).unwrap();
            let indexes = validation_indexes(class, a).unwrap();
            let recalibrated = calibration(class, a, 0.95).unwrap();
            let groups = hosmer_lemeshow(class, a, 5);
            let mut values = vec![
                area.auc,
                area.standard_error,
                pair.difference,
                pair.standard_error,
                nri.estimate,
                nri.standard_error,
                idi.estimate,
                idi.standard_error,
                indexes.discrimination,
                indexes.spiegelhalter_z,
                recalibrated.slope,
                recalibrated.intercept,
                recalibrated.brier,
                groups.map_or(f64::NAN, |test| test.chi_square),
            ];
            let thresholds = [0.1, 0.35, 0.5, 0.75];
            values.extend(decision_curve(class, a, &thresholds).unwrap().net_benefit);
            let by_time = survival_decision_curve(&s.time, class, a, 15.0, &thresholds);
            values.extend(by_time.unwrap().net_benefit);
            values
        };
        // Newton's steps stop at 1e-10 of a linear predictor.
        same(&all(&moved), &all(&s), 1e-9);
        let curve = |s: &Samples| roc_curve(&s.class, &s.first).unwrap();
        assert_eq!(curve(&moved), curve(&s));
    }
}

#[test]
fn treating_everybody_is_worth_nothing_at_the_prevalence() {
    for seed in 0..100 {
        let s = samples(seed);
        let n = s.class.len() as f64;
        let prevalence = s.class.iter().filter(|case| **case).count() as f64 / n;
        let curve = decision_curve(&s.class, &s.first, &[prevalence]).unwrap();
        same(&curve.treat_all, &[0.0], ROUNDING);
        let by_time = |threshold: f64| {
            survival_decision_curve(&s.time, &s.class, &s.first, 15.0, &[threshold]).unwrap()
        };
        let probability = by_time(0.5).event_probability;
        if probability < 1.0 {
            same(&by_time(probability).treat_all, &[0.0], ROUNDING);
        }
    }
}

#[test]
fn shares_that_come_true_are_calibrated() {
    // In each group of equal probability exactly that share has the outcome.
    let (mut class, mut p) = (Vec::new(), Vec::new());
    for (positive, of) in [(1, 10), (3, 12), (5, 10), (12, 16), (18, 20)] {
        for i in 0..of {
            class.push(i < positive);
            p.push(f64::from(positive) / f64::from(of));
        }
    }
    let found = calibration(&class, &p, 0.95).unwrap();
    same(
        &[
            found.intercept,
            found.slope,
            found.in_the_large,
            found.observed_over_expected,
        ],
        &[0.0, 1.0, 0.0, 1.0],
        1e-9,
    );
    let indexes = validation_indexes(&class, &p).unwrap();
    same(&[indexes.unreliability_chi_square], &[0.0], 1e-9);
    let groups = hosmer_lemeshow(&class, &p, 5).unwrap();
    same(&[groups.chi_square], &[0.0], ROUNDING);
}

#[test]
fn the_bootstrap_counts_what_resampling_gives() {
    const RESAMPLES: usize = 200;
    for seed in 0..6 {
        let s = samples(seed);
        let found = auc_bootstrap(&s.class, &s.first, 0.9, RESAMPLES, &mut seeded(seed)).unwrap();
        let of_class = |wanted: bool| -> Vec<f64> {
            let both = s.first.iter().zip(&s.class);
            both.filter(|(_, c)| **c == wanted)
                .map(|(v, _)| *v)
                .collect()
        };
        let (cases, controls) = (of_class(true), of_class(false));
        let class: Vec<bool> = (0..s.class.len()).map(|i| i < cases.len()).collect();
        let mut rng = seeded(seed);
        let areas: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let mut drawn: Vec<f64> = Vec::new();
                for members in [&cases, &controls] {
                    let rows = bootstrap(members.len(), &mut rng);
                    drawn.extend(rows.iter().map(|&row| members[row]));
                }
                auc(&class, &drawn).unwrap().unwrap()
            })
            .collect();
        let limits = [0.05, 0.5, 0.95].map(|share| quantile(&areas, share));
        // (1 - 0.9) / 2 is not quite 0.05
        same(&[found.lower, found.median, found.upper], &limits, ROUNDING);
    }
}

#[test]
fn the_bootstrap_agrees_with_proc() {
    let Some(data) = Table::read("08_discrimination/roc_109.csv") else {
        return;
    };
    let class = data.booleans("y");
    // pROC 1.18.0: set.seed(1); ci.auc(roc(y, score, levels = c(0, 1), direction = "<"),
    // method = "bootstrap", boot.n = 100000), and the root of var() with the same arguments.
    for (name, expected) in [
        (
            "p_model1",
            [
                0.685423728814,
                0.778644067797,
                0.859661016949,
                0.0447293978765,
            ],
        ),
        (
            "score_3level",
            [
                0.616440677966,
                0.710847457627,
                0.798135593220,
                0.046563964565,
            ],
        ),
    ] {
        let found = auc_bootstrap(&class, &data.numbers(name), 0.95, 100_000, &mut seeded(1));
        let found = found.unwrap();
        let found = [found.lower, found.median, found.upper, found.standard_error];
        // Both are drawn: a limit of 100 000 resamples has a standard error of
        // sqrt(0.025 * 0.975 / 1e5) / (0.058 / 0.045) = 4e-4; this is 4 of them, of two draws.
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 2.2e-3,
                "{name}: {found} {expected}"
            );
        }
    }
    let mut rng = seeded(1);
    let none = auc_bootstrap(&class, &data.numbers("p_model1"), 0.95, 0, &mut rng);
    assert_eq!(none, Err(DiscriminationError::NoResamples));
}
