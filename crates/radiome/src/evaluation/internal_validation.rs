//! What refitting the whole pipeline says of each model.

use indexmap::IndexMap;
use radiome_stats::describe::{mean, quantile};
use radiome_stats::discrimination::roc_curve;

use crate::results::{Estimate, InternalValidation, Performance, Resampled, RocPoint};
use crate::validation::{Bootstrap, CrossValidation, FoldFit};

/// Optimism and cross-validation of one model.
pub(super) fn internal_validation(
    model: &str,
    outcome: &[bool],
    apparent: Option<&Performance>,
    cross_validation: Option<&CrossValidation>,
    bootstrap: Option<&Bootstrap>,
) -> InternalValidation {
    let apparent = apparent.map_or(Estimate::UNKNOWN, |p| Estimate {
        estimate: p.auc,
        ci: p.ci,
    });
    let optimism =
        bootstrap.map(|bootstrap| (bootstrap.optimism(model), bootstrap.apparent(model)));
    let auc = cross_validation.and_then(|validation| validation.auc(model, outcome));
    let resampled = cross_validation.and_then(|validation| {
        let folds = auc.as_ref().map(|auc| auc.folds.clone());
        resampled(model, outcome, validation, folds)
    });
    InternalValidation {
        apparent,
        optimism: optimism
            .as_ref()
            .filter(|(o, _)| !o.is_empty())
            .map(|(o, _)| Estimate {
                estimate: Some(mean(o)),
                ci: [Some(quantile(o, 0.025)), Some(quantile(o, 0.975))],
            }),
        optimism_corrected: optimism
            .as_ref()
            .filter(|(o, _)| !o.is_empty())
            .map(|(o, a)| {
                // The interval is the bootstrap's of the apparent AUC, shifted by the optimism
                // (Noma et al., Stat Med 2021;40:5691).
                let shift = mean(o);
                Estimate {
                    estimate: apparent.estimate.map(|apparent| apparent - shift),
                    ci: [
                        Some((quantile(a, 0.025) - shift).clamp(0.0, 1.0)),
                        Some((quantile(a, 0.975) - shift).clamp(0.0, 1.0)),
                    ],
                }
            }),
        cross_validated: auc.map(|auc| Estimate {
            estimate: Some(auc.auc),
            ci: auc.ci.map(Some),
        }),
        resampled,
        bootstrap: optimism.map_or(0, |(o, _)| o.len()),
    }
}

fn resampled(
    model: &str,
    outcome: &[bool],
    cross_validation: &CrossValidation,
    fold_auc: Option<Vec<Option<f64>>>,
) -> Option<Resampled> {
    let fits = &cross_validation.fits;
    let repeats = cross_validation.folds.len();
    let mut shares: [Vec<f64>; 6] = Default::default();
    for repeat in 0..repeats {
        let (mut tp, mut fp, mut fn_, mut tn) = (0.0, 0.0, 0.0, 0.0);
        let mut squares = Vec::new();
        for fit in fits.iter().filter(|fit| fit.repeat == repeat) {
            let cutoff = fit.cutoff.get(model).copied().flatten();
            for (&row, &probability) in fit
                .test
                .iter()
                .zip(fit.probability.get(model).into_iter().flatten())
            {
                if probability.is_nan() {
                    continue;
                }
                squares.push((probability - f64::from(u8::from(outcome[row]))).powi(2));
                if let Some(cutoff) = cutoff {
                    *match (outcome[row], probability >= cutoff) {
                        (true, true) => &mut tp,
                        (false, true) => &mut fp,
                        (true, false) => &mut fn_,
                        (false, false) => &mut tn,
                    } += 1.0;
                }
            }
        }
        let ratios = [
            (tp + tn, tp + fp + fn_ + tn),
            (tp, tp + fn_),
            (tn, tn + fp),
            (tp, tp + fp),
            (tn, tn + fn_),
        ];
        for (share, (part, whole)) in shares.iter_mut().zip(ratios) {
            if whole > 0.0 {
                share.push(part / whole);
            }
        }
        if !squares.is_empty() {
            shares[5].push(mean(&squares));
        }
    }
    let predicted = cross_validation.mean_score(model, outcome.len());
    let n = predicted.iter().filter(|score| !score.is_nan()).count();
    if n == 0 {
        return None;
    }
    let of = |place: usize| (!shares[place].is_empty()).then(|| mean(&shares[place]));
    let mut clinical_frequency: IndexMap<String, f64> = IndexMap::new();
    for name in fits.iter().flat_map(|fit| &fit.clinical) {
        *clinical_frequency.entry(name.clone()).or_default() += 1.0 / fits.len() as f64;
    }
    clinical_frequency.sort_by(|a, x, b, y| y.total_cmp(x).then_with(|| a.cmp(b)));
    let empty = fits
        .iter()
        .filter(|fit| fit.empty.iter().any(|name| name == model))
        .count();
    Some(Resampled {
        n,
        fold_auc: fold_auc.unwrap_or_default(),
        accuracy: of(0),
        sensitivity: of(1),
        specificity: of(2),
        ppv: of(3),
        npv: of(4),
        brier: of(5),
        roc: mean_roc(model, outcome, fits),
        empty: empty as f64 / fits.len() as f64,
        clinical_frequency: if matches!(model, "clinical" | "nomogram") {
            clinical_frequency
        } else {
            IndexMap::new()
        },
    })
}

/// Vertical average of the folds' ROC curves. At each false positive rate where a curve can jump
/// both ends of the jump are averaged, so that the area below is the mean of the areas.
fn mean_roc(model: &str, outcome: &[bool], fits: &[FoldFit]) -> Vec<RocPoint> {
    let curves: Vec<Vec<(f64, f64)>> = fits
        .iter()
        .filter_map(|fit| {
            let score = fit.score.get(model)?;
            let known: Vec<usize> = (0..score.len()).filter(|&i| !score[i].is_nan()).collect();
            let class: Vec<bool> = known.iter().map(|&i| outcome[fit.test[i]]).collect();
            let score: Vec<f64> = known.iter().map(|&i| score[i]).collect();
            let curve = roc_curve(&class, &score).ok()?;
            Some(
                curve
                    .points
                    .iter()
                    .rev()
                    .map(|p| (1.0 - p.specificity, p.sensitivity))
                    .collect(),
            )
        })
        .collect();
    if curves.is_empty() {
        return Vec::new();
    }
    let mut rates: Vec<f64> = curves.iter().flatten().map(|&(rate, _)| rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup_by(|a, b| (*a - *b).abs() < 1e-12);
    let mut points = Vec::with_capacity(2 * rates.len());
    for rate in rates {
        let ends: Vec<(f64, f64)> = curves.iter().map(|curve| at(curve, rate)).collect();
        let average =
            |of: fn(&(f64, f64)) -> f64| ends.iter().map(of).sum::<f64>() / ends.len() as f64;
        for sensitivity in [average(|&(low, _)| low), average(|&(_, high)| high)] {
            points.push(RocPoint {
                one_minus_specificity: rate,
                sensitivity,
            });
        }
    }
    points.dedup();
    points
}

/// Lowest and highest sensitivity of a ROC curve at a false positive rate.
fn at(curve: &[(f64, f64)], rate: f64) -> (f64, f64) {
    let near = |x: f64| (x - rate).abs() < 1e-9;
    let mut here = curve.iter().filter(|&&(x, _)| near(x)).map(|&(_, y)| y);
    if let Some(first) = here.next() {
        return here.fold((first, first), |(low, high), y| (low.min(y), high.max(y)));
    }
    let after = curve
        .iter()
        .position(|&(x, _)| x > rate)
        .unwrap_or(curve.len() - 1);
    let ((x0, y0), (x1, y1)) = (curve[after.saturating_sub(1)], curve[after]);
    let y = if x1 > x0 {
        y0 + (y1 - y0) * (rate - x0) / (x1 - x0)
    } else {
        y1
    };
    (y, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(repeat: usize, test: Vec<usize>, score: Vec<f64>) -> FoldFit {
        FoldFit {
            repeat,
            fold: 0,
            probability: [("m".to_owned(), score.clone())].into_iter().collect(),
            score: [("m".to_owned(), score)].into_iter().collect(),
            test,
            train_score: Vec::new(),
            cutoff: [("m".to_owned(), Some(0.5))].into_iter().collect(),
            empty: Vec::new(),
            selected: IndexMap::new(),
            clinical: Vec::new(),
            lost: Vec::new(),
        }
    }

    #[test]
    fn the_area_below_the_mean_curve_is_the_mean_area() {
        let outcome = [true, false, true, false, false, true, false];
        let fits = [
            fold(0, vec![0, 1, 2, 3], vec![0.9, 0.4, 0.3, 0.2]),
            fold(0, vec![4, 5, 6], vec![0.7, 0.7, 0.1]),
        ];
        let roc = mean_roc("m", &outcome, &fits);
        let area: f64 = roc
            .windows(2)
            .map(|pair| {
                (pair[1].one_minus_specificity - pair[0].one_minus_specificity)
                    * (pair[1].sensitivity + pair[0].sensitivity)
                    / 2.0
            })
            .sum();
        // Fold 1: three of four pairs won. Fold 2: one tie and one win of two.
        assert!((area - 0.75).abs() < 1e-12, "{area}");
    }

    #[test]
    fn classification_is_averaged_over_repeats() {
        let outcome = [true, false, true, false];
        let cross_validation = CrossValidation {
            folds: vec![vec![0; 4], vec![0; 4]],
            fits: vec![
                fold(0, vec![0, 1, 2, 3], vec![0.9, 0.4, 0.3, 0.2]),
                fold(1, vec![0, 1, 2, 3], vec![0.9, 0.4, 0.8, 0.2]),
            ],
        };
        let found = internal_validation("m", &outcome, None, Some(&cross_validation), None);
        assert_eq!(
            found.cross_validated.unwrap().estimate,
            Some((0.75 + 1.0) / 2.0)
        );
        let resampled = found.resampled.unwrap();
        assert_eq!(
            (resampled.sensitivity, resampled.specificity),
            (Some(0.75), Some(1.0))
        );
        assert_eq!(found.bootstrap, 0);
    }
}
