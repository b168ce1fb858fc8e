//! Properties that hold whatever the samples, and input that has no answer.

use nalgebra::DMatrix;
use radiome_stats::regression::RegressionError;
use radiome_stats::survival::{
    CensoringTies, CoxTies, SurvivalError, SurvivalInterval, TimeTransform, brier_score,
    censoring_distribution, compare_concordance, compare_restricted_mean, concordance,
    cox_regression, kaplan_meier, kaplan_meier_roc, log_rank, log_rank_scores,
    maximally_selected_log_rank, pairwise_log_rank, proportional_hazards_test, restricted_mean,
    reverse_kaplan_meier, stratified_cox_regression, time_dependent_auc,
};

/// Numbers in [0, 1) from a counter (SplitMix64), the same at every run.
fn uniform(seed: u64, k: usize) -> f64 {
    let mut z = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add((k as u64 + 1).wrapping_mul(0xBF58_476D_1CE4_E5B9));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (((z ^ (z >> 31)) >> 11) as f64) / (1_u64 << 53) as f64
}

struct Samples {
    time: Vec<f64>,
    event: Vec<bool>,
    score: Vec<f64>,
    group: Vec<usize>,
    stratum: Vec<usize>,
}

/// `n` samples; the times take `steps` values, so that few steps give many ties.
fn samples(seed: u64, n: usize, steps: usize) -> Samples {
    let u = |j: u64, k: usize| uniform(seed * 8 + j, k);
    let score: Vec<f64> = (0..n).map(|k| (u(0, k) * 12.0).floor() / 4.0).collect();
    Samples {
        time: (0..n)
            .map(|k| {
                let t = -(1.0 - u(1, k)).ln() / (0.6 * score[k]).exp();
                (t * steps as f64).floor().min(3.0 * steps as f64)
            })
            .collect(),
        event: (0..n).map(|k| u(2, k) < 0.6).collect(),
        group: (0..n).map(|k| (u(3, k) * 3.0) as usize).collect(),
        stratum: (0..n).map(|k| (u(4, k) * 2.0) as usize).collect(),
        score,
    }
}

impl Samples {
    /// The same samples in another order.
    fn shuffled(&self, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..self.time.len()).collect();
        order.sort_by(|&a, &b| uniform(seed, a).total_cmp(&uniform(seed, b)));
        Self {
            time: order.iter().map(|&i| self.time[i]).collect(),
            event: order.iter().map(|&i| self.event[i]).collect(),
            score: order.iter().map(|&i| self.score[i]).collect(),
            group: order.iter().map(|&i| self.group[i]).collect(),
            stratum: order.iter().map(|&i| self.stratum[i]).collect(),
        }
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    for seed in 1..6 {
        let a = samples(seed, 90, 7);
        let b = a.shuffled(seed + 100);
        let log = SurvivalInterval::Log;
        // as text, in which NaN equals NaN
        let curve = |s: &Samples| format!("{:?}", kaplan_meier(&s.time, &s.event, log, 0.95));
        assert_eq!(curve(&a), curve(&b));
        assert_eq!(
            log_rank(&a.time, &a.event, &a.group, Some(&a.stratum), 1.0),
            log_rank(&b.time, &b.event, &b.group, Some(&b.stratum), 1.0)
        );
        let auc = |s: &Samples| {
            time_dependent_auc(
                &s.time,
                &s.event,
                &s.score,
                5.0,
                CensoringTies::EventsFirst,
                0.95,
            )
            .unwrap()
        };
        assert_eq!(auc(&a), auc(&b));
        assert_eq!(
            kaplan_meier_roc(&a.time, &a.event, &a.score, 5.0),
            kaplan_meier_roc(&b.time, &b.event, &b.score, 5.0)
        );
        let cut = |s: &Samples| {
            maximally_selected_log_rank(&s.time, &s.event, &s.score, 0.1, 0.9).unwrap()
        };
        let (one, other) = (cut(&a), cut(&b));
        assert_eq!(one.cuts, other.cuts);
        assert_eq!(one.statistics, other.statistics);
        assert_eq!(one.p_lausen_1994, other.p_lausen_1994);
        // sums over rows in their order: equal but for rounding, 90 terms of 1e-16
        let c = |s: &Samples| concordance(&s.time, &s.event, &s.score, 0.95).unwrap();
        assert_eq!(c(&a).c, c(&b).c);
        assert!(close(c(&a).standard_error, c(&b).standard_error, 1e-14));
        let survival: Vec<f64> = a.score.iter().map(|s| 0.9 - s / 5.0).collect();
        let other: Vec<f64> = b.score.iter().map(|s| 0.9 - s / 5.0).collect();
        assert!(close(
            brier_score(&a.time, &a.event, &survival, 5.0).unwrap(),
            brier_score(&b.time, &b.event, &other, 5.0).unwrap(),
            1e-14
        ));
        // Newton steps end within 1e-9 of the same point and square their error once more
        let cox = |s: &Samples| {
            let x = DMatrix::from_column_slice(90, 1, &s.score);
            stratified_cox_regression(&x, &s.time, &s.event, &s.stratum, CoxTies::Efron, 0.95)
                .unwrap()
        };
        let (one, other) = (cox(&a), cox(&b));
        assert!(close(
            one.coefficients[0].estimate,
            other.coefficients[0].estimate,
            1e-12
        ));
        assert!(close(one.log_likelihood, other.log_likelihood, 1e-13));
    }
}

#[test]
fn without_censoring_the_curve_is_the_empirical_distribution() {
    for seed in 1..6 {
        let s = samples(seed, 80, 9);
        let event = vec![true; 80];
        let km = kaplan_meier(&s.time, &event, SurvivalInterval::Plain, 0.95).unwrap();
        for t in [0.0, 1.0, 2.5, 4.0, 8.0, 40.0] {
            let share = s.time.iter().filter(|u| **u > t).count() as f64 / 80.0;
            // a product of up to 30 quotients
            assert!((km.survival_at(t) - share).abs() < 1e-14, "{t}");
            // and Greenwood's variance is that of a share, p (1 - p) / n
            if share > 0.0 {
                let se = (share * (1.0 - share) / 80.0).sqrt();
                assert!((km.standard_error_at(t) - se).abs() < 1e-14, "{t}");
            }
        }
        // the restricted mean is the mean of the times cut off at the horizon
        let (mean, _) = km.restricted_mean(6.0).unwrap();
        let plain = s.time.iter().map(|t| t.min(6.0)).sum::<f64>() / 80.0;
        assert!(close(mean, plain, 1e-13));
        // nobody is censored: the weights are 1 and the AUC is the plain one
        let auc = time_dependent_auc(
            &s.time,
            &event,
            &s.score,
            3.0,
            CensoringTies::EventsFirst,
            0.95,
        )
        .unwrap();
        let class: Vec<bool> = s.time.iter().map(|t| *t <= 3.0).collect();
        let plain = radiome_stats::discrimination::auc(&class, &s.score)
            .unwrap()
            .unwrap();
        assert!(close(auc.auc, plain, 1e-13));
        assert_eq!(auc.uncensored_at_horizon, 1.0);
        // as is Heagerty's
        let roc = kaplan_meier_roc(&s.time, &event, &s.score, 3.0).unwrap();
        assert!(close(roc.auc, plain, 1e-12));
        // and the Brier score is a mean of squares
        let predicted = vec![0.25; 80];
        let squares = class
            .iter()
            .map(|c| if *c { 0.0625 } else { 0.5625 })
            .sum::<f64>();
        let b = brier_score(&s.time, &event, &predicted, 3.0).unwrap();
        assert!(close(b, squares / 80.0, 1e-13));
    }
}

/// Every pair looked at, as the definition says.
#[test]
fn concordance_by_its_definition() {
    for seed in 1..30 {
        let s = samples(seed, 40, 1 + seed as usize % 9);
        let (mut concordant, mut discordant, mut tied, mut tied_time, mut both) = (0, 0, 0, 0, 0);
        for i in 0..40 {
            for j in 0..40 {
                let comparable = s.event[i]
                    && (s.time[i] < s.time[j] || (s.time[i] == s.time[j] && !s.event[j]));
                if comparable {
                    concordant += u64::from(s.score[i] > s.score[j]);
                    discordant += u64::from(s.score[i] < s.score[j]);
                    tied += u64::from(s.score[i] == s.score[j]);
                } else if i < j && s.event[i] && s.event[j] && s.time[i] == s.time[j] {
                    both += u64::from(s.score[i] == s.score[j]);
                    tied_time += u64::from(s.score[i] != s.score[j]);
                }
            }
        }
        let c = concordance(&s.time, &s.event, &s.score, 0.95).unwrap();
        assert_eq!(
            (
                c.concordant,
                c.discordant,
                c.tied_score,
                c.tied_time,
                c.tied_both
            ),
            (concordant, discordant, tied, tied_time, both)
        );
        // a score turned round turns the concordance round
        let turned: Vec<f64> = s.score.iter().map(|v| -v).collect();
        let t = concordance(&s.time, &s.event, &turned, 0.95).unwrap();
        assert!(close(c.c, 1.0 - t.c, 1e-14));
        assert!(close(c.standard_error, t.standard_error, 1e-12));
        let same = compare_concordance(&s.time, &s.event, &s.score, &s.score, 0.95).unwrap();
        assert_eq!((same.difference, same.z, same.p), (0.0, 0.0, 1.0));
    }
}

#[test]
fn one_stratum_is_none() {
    let s = samples(3, 90, 7);
    let x = DMatrix::from_column_slice(90, 1, &s.score);
    let plain = cox_regression(&x, &s.time, &s.event, CoxTies::Efron, 0.95).unwrap();
    let one =
        stratified_cox_regression(&x, &s.time, &s.event, &[0; 90], CoxTies::Efron, 0.95).unwrap();
    assert_eq!(plain, one);
    // martingale residuals sum to 0 in each stratum
    let two =
        stratified_cox_regression(&x, &s.time, &s.event, &s.stratum, CoxTies::Efron, 0.95).unwrap();
    for k in 0..2 {
        let sum: f64 = (0..90)
            .filter(|&i| s.stratum[i] == k)
            .map(|i| two.martingale_residuals[i])
            .sum();
        assert!(sum.abs() < 1e-12, "{sum:e}");
    }
    // the score test of a group indicator without ties is the log-rank test
    let time: Vec<f64> = (0..90).map(|k| uniform(9, k)).collect();
    let group: Vec<usize> = s.group.iter().map(|g| usize::from(*g > 0)).collect();
    let indicator = DMatrix::from_iterator(90, 1, group.iter().map(|g| *g as f64));
    let cox = cox_regression(&indicator, &time, &s.event, CoxTies::Breslow, 0.95).unwrap();
    let rank = log_rank(&time, &s.event, &group, None, 0.0).unwrap();
    assert!(close(cox.score.chi_square, rank.chi_square, 1e-11));
}

#[test]
fn input_without_an_answer() {
    let time = [1.0, 2.0, 3.0, 4.0];
    let event = [true, false, true, true];
    let none = [false; 4];
    let score = [0.3, 0.1, 0.4, 0.2];
    let log = SurvivalInterval::Log;
    let first = CensoringTies::EventsFirst;
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let t = [1.0, bad, 3.0, 4.0];
        let is_bad = |e: SurvivalError| matches!(e, SurvivalError::BadTime { index: 1, .. });
        assert!(kaplan_meier(&t, &event, log, 0.95).is_err_and(is_bad));
        assert!(reverse_kaplan_meier(&t, &event, log, 0.95).is_err_and(is_bad));
        assert!(censoring_distribution(&t, &event, first).is_err_and(is_bad));
        assert!(log_rank(&t, &event, &[0, 1, 0, 1], None, 0.0).is_err_and(is_bad));
        assert!(pairwise_log_rank(&t, &event, &[0, 1, 0, 1], None, 0.0).is_err_and(is_bad));
        assert!(concordance(&t, &event, &score, 0.95).is_err_and(is_bad));
        assert!(time_dependent_auc(&t, &event, &score, 2.5, first, 0.95).is_err_and(is_bad));
        assert!(kaplan_meier_roc(&t, &event, &score, 2.5).is_err_and(is_bad));
        assert!(brier_score(&t, &event, &score, 2.5).is_err_and(is_bad));
        assert!(maximally_selected_log_rank(&t, &event, &score, 0.1, 0.9).is_err_and(is_bad));
        assert!(log_rank_scores(&t, &event).is_err_and(is_bad));
    }
    for bad in [f64::NAN, f64::INFINITY] {
        let s = [0.3, 0.1, bad, 0.2];
        let is_bad = |e: SurvivalError| e == SurvivalError::NonFinite { index: 2 };
        assert!(concordance(&time, &event, &s, 0.95).is_err_and(is_bad));
        assert!(time_dependent_auc(&time, &event, &s, 2.5, first, 0.95).is_err_and(is_bad));
        assert!(kaplan_meier_roc(&time, &event, &s, 2.5).is_err_and(is_bad));
        assert!(maximally_selected_log_rank(&time, &event, &s, 0.1, 0.9).is_err_and(is_bad));
        assert!(brier_score(&time, &event, &s, 2.5).is_err());
        assert!(time_dependent_auc(&time, &event, &score, bad, first, 0.95).is_err());
        assert!(kaplan_meier_roc(&time, &event, &score, bad).is_err());
        assert!(brier_score(&time, &event, &score, bad).is_err());
    }
    let short = |e: SurvivalError| matches!(e, SurvivalError::Length { .. });
    assert!(concordance(&time, &event, &score[1..], 0.95).is_err_and(short));
    assert!(kaplan_meier(&time, &event[1..], log, 0.95).is_err_and(short));
    assert!(brier_score(&time, &event, &score[1..], 2.5).is_err_and(short));
    assert!(log_rank(&time, &event, &[0, 1], None, 0.0).is_err_and(short));
    assert!(log_rank(&time, &event, &[0, 1, 0, 1], Some(&[0]), 0.0).is_err_and(short));
    // empty
    assert_eq!(kaplan_meier(&[], &[], log, 0.95), Err(SurvivalError::Empty));
    assert_eq!(concordance(&[], &[], &[], 0.95), Err(SurvivalError::Empty));
    assert!(log_rank(&[], &[], &[], None, 0.0).is_err());
    // levels and shares
    for level in [0.0, 1.0, f64::NAN] {
        assert!(kaplan_meier(&time, &event, log, level).is_err());
        assert!(concordance(&time, &event, &score, level).is_err());
        assert!(time_dependent_auc(&time, &event, &score, 2.5, first, level).is_err());
    }
    for (low, high) in [(0.0, 0.9), (0.9, 0.1), (0.1, 1.0), (f64::NAN, 0.9)] {
        assert!(maximally_selected_log_rank(&time, &event, &score, low, high).is_err());
    }
    // nobody had the event
    assert!(log_rank(&time, &none, &[0, 1, 0, 1], None, 0.0).is_err());
    assert!(concordance(&time, &none, &score, 0.95).is_err());
    assert!(time_dependent_auc(&time, &none, &score, 2.5, first, 0.95).is_err());
    assert!(kaplan_meier_roc(&time, &none, &score, 2.5).is_err());
    assert!(maximally_selected_log_rank(&time, &none, &score, 0.1, 0.9).is_err());
    let flat = kaplan_meier(&time, &none, log, 0.95).unwrap();
    assert!(flat.survival.iter().all(|s| *s == 1.0));
    assert_eq!(flat.median().time, None);
    let d = compare_restricted_mean(&flat, &flat, 3.0, 0.95).unwrap();
    assert_eq!(
        (d.difference, d.standard_error, d.z, d.p),
        (0.0, 0.0, 0.0, 1.0)
    );
    assert!(restricted_mean(&flat, 5.0, 0.95).is_err());
    // nobody had it by the horizon, or nobody was followed beyond it
    assert!(time_dependent_auc(&time, &event, &score, 0.5, first, 0.95).is_err());
    assert!(time_dependent_auc(&time, &event, &score, 4.0, first, 0.95).is_err());
    assert_eq!(brier_score(&time, &event, &[1.0; 4], 0.5), Ok(0.0));
    // one group, a constant marker
    assert!(log_rank(&time, &event, &[5; 4], None, 0.0).is_err());
    assert!(maximally_selected_log_rank(&time, &event, &[1.0; 4], 0.1, 0.9).is_err());
    assert_eq!(concordance(&time, &event, &[1.0; 4], 0.95).unwrap().c, 0.5);
    let constant = time_dependent_auc(&time, &event, &[1.0; 4], 2.5, first, 0.95).unwrap();
    assert_eq!((constant.auc, constant.standard_error), (0.5, 0.0));
    // a third group that is never at risk with the others has no say; its pairs have no answer
    let late = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0];
    let who = [true, true, true, true, false, false];
    let pairs = pairwise_log_rank(&late, &who, &[0, 1, 0, 1, 2, 2], None, 0.0).unwrap();
    assert_eq!(pairs.len(), 3);
    assert!(pairs[0].p.is_finite() && pairs[1].p.is_nan() && pairs[2].p.is_nan());
}

#[test]
fn cox_without_an_answer() {
    let s = samples(2, 30, 6);
    let x = DMatrix::from_column_slice(30, 1, &s.score);
    let ties = CoxTies::Efron;
    let none = vec![false; 30];
    assert_eq!(
        cox_regression(&x, &s.time, &none, ties, 0.95),
        Err(RegressionError::NoEvent)
    );
    let mut t = s.time.clone();
    t[4] = f64::NAN;
    assert!(cox_regression(&x, &t, &s.event, ties, 0.95).is_err());
    let mut bad = x.clone();
    bad[(7, 0)] = f64::NAN;
    assert_eq!(
        cox_regression(&bad, &s.time, &s.event, ties, 0.95),
        Err(RegressionError::NonFinitePredictor { row: 7, column: 0 })
    );
    let constant = DMatrix::from_element(30, 1, 2.0);
    assert_eq!(
        cox_regression(&constant, &s.time, &s.event, ties, 0.95),
        Err(RegressionError::RankDeficient { column: 0 })
    );
    let short = stratified_cox_regression(&x, &s.time, &s.event, &[0; 3], ties, 0.95);
    assert!(matches!(short, Err(RegressionError::Length { .. })));
    // a column that says nothing but the stratum
    let label = DMatrix::from_iterator(30, 1, s.stratum.iter().map(|k| *k as f64));
    let fixed = stratified_cox_regression(&label, &s.time, &s.event, &s.stratum, ties, 0.95);
    assert!(matches!(fixed, Err(RegressionError::NotConverged { .. })));
    // a score that orders all events: told, with tests that still hold and none of its change
    let time: Vec<f64> = (0..30).map(|k| k as f64).collect();
    let order = DMatrix::from_fn(30, 1, |i, _| -(i as f64));
    let all = vec![true; 30];
    let m = cox_regression(&order, &time, &all, ties, 0.95).unwrap();
    assert!(m.separation && m.wald.p.is_nan() && m.likelihood_ratio.p < 1e-10);
    // the same of a combination of columns
    let two = DMatrix::from_fn(30, 2, |i, j| {
        if j == 0 {
            -(i as f64) - s.score[i]
        } else {
            s.score[i]
        }
    });
    let m2 = cox_regression(&two, &time, &all, ties, 0.95).unwrap();
    assert!(m2.separation);
    let km = TimeTransform::KaplanMeier;
    assert!(proportional_hazards_test(&m, &order, &time, &all, None, None, km).is_err());
}
