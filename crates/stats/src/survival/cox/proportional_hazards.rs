//! Does a coefficient change with time?

use super::partial_likelihood::RiskSets;
use super::{CoxModel, CoxTest, check_rows, test};
use crate::regression::{RegressionError, Standardized, standardized};
use crate::survival::{SurvivalInterval, kaplan_meier};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// The function g of time along which a coefficient may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeTransform {
    /// 1 - S(t-), S the Kaplan-Meier curve of all samples: R's default, robust to late outliers.
    #[default]
    KaplanMeier,
    /// The time itself.
    Identity,
    /// Midrank of the time among all samples.
    Rank,
    /// Natural logarithm; all times must be positive.
    Log,
}

/// Test of proportional hazards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProportionalHazardsTest {
    /// One for each term, in ascending order of their labels.
    pub terms: Vec<CoxTest>,
    /// All coefficients together.
    pub global: CoxTest,
    /// Function of time.
    pub transform: TimeTransform,
}

/// Score test of coefficients b + theta g(t) against theta = 0 (Grambsch and Therneau 1994; R's
/// `cox.zph`, the score test it gives since version 3.0 of survival).
///
/// `x`, `time`, `event` and `strata` must be those of the fit. `terms` holds a label for each column;
/// columns of one label, as the indicators of a factor, are tested together with as many degrees of
/// freedom. Without it each column is a term. At the fitted b: U = sum over events of g(t) (x - mean
/// at risk), with information sum of V, g V and g^2 V for b, the pair and theta, V the covariance of
/// x at risk; statistic U' (its block of the inverse) U. A small p value says that the effect changes
/// with time.
///
/// # Errors
/// As [`super::cox_regression`]; lengths that differ from the fit's; a fit with separation; a
/// logarithm of time 0.
pub fn proportional_hazards_test(
    model: &CoxModel,
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    strata: Option<&[usize]>,
    terms: Option<&[usize]>,
    transform: TimeTransform,
) -> Result<ProportionalHazardsTest, RegressionError> {
    check_rows(x, time, event, strata)?;
    let p = x.ncols();
    let mismatch = [
        ("the predictors", p, model.coefficients.len()),
        ("the list of times", time.len(), model.n),
        ("the list of terms", terms.map_or(p, <[usize]>::len), p),
    ];
    if let Some((what, found, expected)) = mismatch.into_iter().find(|(_, f, e)| f != e) {
        return Err(RegressionError::Length {
            what,
            found,
            expected,
        });
    }
    if model.separation {
        return Err(RegressionError::BadSetting {
            setting: "model",
            problem: "its estimates are infinite (separation), so no change of them can be tested"
                .to_owned(),
        });
    }
    let Standardized { z, scales, .. } = standardized(x)?;
    let b = DVector::from_iterator(
        p,
        model
            .coefficients
            .iter()
            .zip(&scales)
            .map(|(c, s)| c.estimate * s),
    );
    let sets = RiskSets::new(&z, time, event, strata, model.ties);
    let mut along = transformed(time, event, transform)?;
    // centred at the events for the sake of rounding; the statistics do not depend on it
    let events = event.iter().filter(|e| **e).count() as f64;
    let centre = along
        .iter()
        .zip(event)
        .filter(|(_, e)| **e)
        .map(|(g, _)| g)
        .sum::<f64>()
        / events;
    for g in &mut along {
        *g -= centre;
    }
    let mut by_time: Vec<(f64, f64)> = time.iter().copied().zip(along.iter().copied()).collect();
    by_time.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    by_time.dedup_by(|a, b| a.0 == b.0);
    let g_at = |t: f64| {
        by_time
            .get(by_time.partition_point(|(u, _)| *u < t))
            .map_or(0.0, |(_, g)| *g)
    };

    let eta = sets.predictor(&b);
    let mut score = DVector::<f64>::zeros(p);
    for (k, _) in sets.event.iter().enumerate().filter(|(_, e)| **e) {
        score.axpy(g_at(sets.time[k]), &sets.row(k), 1.0);
    }
    let zero = DMatrix::<f64>::zeros(p, p);
    let (mut once, mut with_g, mut with_square) = (zero.clone(), zero.clone(), zero);
    sets.for_each_factor(&eta, |factor| {
        let g = g_at(factor.time);
        score.axpy(-g, factor.mean, 1.0);
        factor.add_covariance(1.0, &mut once);
        factor.add_covariance(g, &mut with_g);
        factor.add_covariance(g * g, &mut with_square);
    });
    // information of theta after that of b is taken out
    let singular = || RegressionError::NotConverged {
        iterations: model.iterations,
        context: ": the information matrix of the test is singular".to_owned(),
    };
    let factor = once.cholesky().ok_or_else(singular)?;
    let left = with_square - with_g.transpose() * factor.solve(&with_g);
    let statistic = |columns: &[usize]| -> Result<CoxTest, RegressionError> {
        let k = columns.len();
        let part = DMatrix::from_fn(k, k, |i, j| left[(columns[i], columns[j])]);
        let u = DVector::from_iterator(k, columns.iter().map(|&j| score[j]));
        let factor = part.cholesky().ok_or_else(singular)?;
        Ok(test(u.dot(&factor.solve(&u)), k))
    };
    let label = |j: usize| terms.and_then(|t| t.get(j)).copied().unwrap_or(j);
    let mut labels: Vec<usize> = (0..p).map(label).collect();
    labels.sort_unstable();
    labels.dedup();
    let all: Vec<usize> = (0..p).collect();
    Ok(ProportionalHazardsTest {
        terms: labels
            .iter()
            .map(|l| {
                let columns: Vec<usize> = (0..p).filter(|&j| label(j) == *l).collect();
                statistic(&columns)
            })
            .collect::<Result<_, _>>()?,
        global: statistic(&all)?,
        transform,
    })
}

/// g at the time of each sample.
fn transformed(
    time: &[f64],
    event: &[bool],
    transform: TimeTransform,
) -> Result<Vec<f64>, RegressionError> {
    Ok(match transform {
        TimeTransform::Identity => time.to_vec(),
        TimeTransform::Log => {
            if let Some(index) = time.iter().position(|t| *t <= 0.0) {
                return Err(RegressionError::BadSetting {
                    setting: "transform",
                    problem: format!("time {index} is 0, which has no logarithm"),
                });
            }
            time.iter().map(|t| t.ln()).collect()
        }
        TimeTransform::Rank => crate::describe::ranks(time),
        TimeTransform::KaplanMeier => {
            let curve = kaplan_meier(time, event, SurvivalInterval::Plain, 0.95).map_err(|e| {
                RegressionError::BadSetting {
                    setting: "time",
                    problem: e.to_string(),
                }
            })?;
            time.iter()
                .map(|t| {
                    let before = curve.time.partition_point(|u| u < t);
                    let survival = before
                        .checked_sub(1)
                        .and_then(|k| curve.survival.get(k))
                        .unwrap_or(&1.0);
                    1.0 - survival
                })
                .collect()
        }
    })
}
