//! Discrimination and classification on one split.

use radiome_stats::discrimination::{Proportion, auc_delong, confusion, delong_paired, roc_curve};

use crate::results::{DelongComparison, Estimate, Performance, RocPoint};

/// Confidence level of every interval.
pub(super) const LEVEL: f64 = 0.95;

/// AUC with DeLong's interval, the ROC curve, and classification at a cut-off on the probability.
/// Rows without a prediction are left out. `None` for a model without predictors or where a class
/// has no patient.
pub(super) fn performance(
    outcome: &[bool],
    probability: &[f64],
    cutoff: Option<f64>,
) -> Option<Performance> {
    let (class, probability) = known(outcome, probability);
    let curve = roc_curve(&class, &probability).ok()?;
    let interval = auc_delong(&class, &probability, LEVEL).ok();
    // Without a cut-off nobody is classified.
    let classified = cutoff.and_then(|cutoff| confusion(&class, &probability, cutoff, LEVEL).ok());
    let share = |of: fn(&radiome_stats::discrimination::Confusion) -> &Proportion| {
        classified
            .as_ref()
            .map_or(Estimate::UNKNOWN, |classified| estimate(of(classified)))
    };
    Some(Performance {
        n: class.len(),
        positive: curve.cases,
        auc: Some(curve.auc),
        ci: interval.map_or([None, None], |interval| {
            [Some(interval.lower), Some(interval.upper)]
        }),
        cutoff,
        accuracy: share(|c| &c.accuracy),
        sensitivity: share(|c| &c.sensitivity),
        specificity: share(|c| &c.specificity),
        ppv: share(|c| &c.positive_predictive_value),
        npv: share(|c| &c.negative_predictive_value),
        confusion: classified.as_ref().map_or([0; 4], |c| {
            [
                c.true_positives,
                c.false_positives,
                c.false_negatives,
                c.true_negatives,
            ]
        }),
        band: None,
        roc: curve
            .points
            .iter()
            .rev()
            .map(|point| RocPoint {
                one_minus_specificity: 1.0 - point.specificity,
                sensitivity: point.sensitivity,
            })
            .collect(),
    })
}

/// DeLong's test between every pair of models on the patients that both predict, with Holm's
/// correction over the pairs.
pub(super) fn delong(
    split: &str,
    outcome: &[bool],
    models: &[(String, Vec<f64>)],
) -> Vec<DelongComparison> {
    let mut comparisons = Vec::new();
    for (i, (a, first)) in models.iter().enumerate() {
        for (b, second) in &models[i + 1..] {
            let both: Vec<usize> = (0..outcome.len())
                .filter(|&row| !first[row].is_nan() && !second[row].is_nan())
                .collect();
            let pick =
                |values: &[f64]| -> Vec<f64> { both.iter().map(|&row| values[row]).collect() };
            let class: Vec<bool> = both.iter().map(|&row| outcome[row]).collect();
            let test = delong_paired(&class, &pick(first), &pick(second), LEVEL).ok();
            comparisons.push(DelongComparison {
                a: a.clone(),
                b: b.clone(),
                split: split.to_owned(),
                difference: test.map(|test| test.difference),
                ci: test.map_or([None, None], |test| [Some(test.lower), Some(test.upper)]),
                z: test.map(|test| test.z),
                p_value: test.map(|test| test.p),
                p_adjusted: None,
            });
        }
    }
    let p_values: Vec<f64> = comparisons
        .iter()
        .filter_map(|comparison| comparison.p_value)
        .collect();
    let mut adjusted = holm(&p_values).into_iter();
    for comparison in comparisons
        .iter_mut()
        .filter(|comparison| comparison.p_value.is_some())
    {
        comparison.p_adjusted = adjusted.next();
    }
    comparisons
}

/// Holm's step-down correction (R: `p.adjust(method = "holm")`).
fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * p_values[place]);
        adjusted[place] = largest.min(1.0);
    }
    adjusted
}

/// The rows that have a prediction.
pub(super) fn known(outcome: &[bool], probability: &[f64]) -> (Vec<bool>, Vec<f64>) {
    outcome
        .iter()
        .zip(probability)
        .filter(|(_, p)| !p.is_nan())
        .map(|(&c, &p)| (c, p))
        .unzip()
}

fn estimate(share: &Proportion) -> Estimate {
    let (lower, upper) = share.clopper_pearson.unzip();
    Estimate {
        estimate: share.estimate,
        ci: [lower, upper],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_as_r_gives_it() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.5), "holm")
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.5]);
        for (found, expected) in adjusted.iter().zip([0.04, 0.09, 0.09, 0.5]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn rows_without_a_prediction_are_left_out() {
        let found = performance(
            &[true, false, true, false],
            &[0.9, 0.1, f64::NAN, 0.2],
            Some(0.5),
        )
        .unwrap();
        assert_eq!((found.n, found.positive, found.auc), (3, 1, Some(1.0)));
        assert_eq!(found.confusion, [1, 0, 0, 2]);
        assert_eq!(
            performance(&[true, true], &[0.1, 0.2], None).map(|p| p.n),
            None
        );
    }
}
