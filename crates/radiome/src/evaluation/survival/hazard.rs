//! Hazard ratios of a score and of the two groups that it makes.

use nalgebra::DMatrix;
use radiome_stats::survival::{CoxTies, cox_regression};

use super::super::performance::LEVEL;
use super::estimates::{Times, complete};
use crate::results::{HazardRatio, HazardRatios};

/// What is said of a ratio that has no finite estimate.
pub(super) const SEPARATED: &str =
    "the values order the events without error, so the hazard ratio has no finite estimate";

/// Hazard ratios of a score for one standard deviation `sd` of it, and of its second group against
/// its first.
pub(super) fn hazard_ratios(
    times: &Times,
    score: Option<(&[f64], f64)>,
    group: &[Option<usize>],
) -> HazardRatios {
    let group: Vec<f64> = group
        .iter()
        .map(|group| group.map_or(f64::NAN, |group| group as f64))
        .collect();
    HazardRatios {
        per_sd: score.map(|(score, sd)| {
            // A score that does not vary has no unit.
            let unit = if sd > 0.0 { sd } else { f64::NAN };
            let scaled: Vec<f64> = score.iter().map(|score| score / unit).collect();
            hazard_ratio(times, &scaled)
        }),
        high_vs_low: hazard_ratio(times, &group),
    }
}

/// Hazard ratio of one unit of a column (Cox model, Efron's ties, Wald interval), on the rows that
/// have a time and a finite value.
fn hazard_ratio(times: &Times, values: &[f64]) -> HazardRatio {
    let (time, event, values) = complete(times, &[values]);
    let mut found = HazardRatio {
        n: time.len(),
        events: event.iter().filter(|&&event| event).count(),
        hazard_ratio: None,
        ci: [None, None],
        p_value: None,
        reason: None,
    };
    if values[0].windows(2).all(|pair| pair[0] == pair[1]) {
        found.reason = Some("all patients have the same value".to_owned());
        return found;
    }
    let x = DMatrix::from_column_slice(time.len(), 1, &values[0]);
    match cox_regression(&x, &time, &event, CoxTies::Efron, LEVEL) {
        Ok(model) if model.separation => found.reason = Some(SEPARATED.to_owned()),
        Ok(model) => {
            let known = |value: f64| value.is_finite().then_some(value);
            if let Some(term) = model.coefficients.first() {
                found.hazard_ratio = known(term.hazard_ratio);
                found.ci = [term.hazard_ratio_lower, term.hazard_ratio_upper].map(known);
                found.p_value = known(term.p);
            }
        }
        Err(error) => found.reason = Some(error.to_string()),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::hazard_ratios;

    #[test]
    fn the_hazard_ratio_of_a_score_is_that_of_r() {
        // R: t <- c(5, 8, 12, 3, 9, 15, 7, 11); e <- c(1, 0, 1, 1, 1, 0, 1, 1)
        //    s <- c(0.4, -0.2, 0.1, 1.5, 0.9, -1.1, 0.7, -0.3)
        //    f <- coxph(Surv(t, e) ~ I(s / sd(s)), control = coxph.control(eps = 1e-14))
        let times: Vec<Option<(f64, bool)>> = [5, 8, 12, 3, 9, 15, 7, 11]
            .into_iter()
            .zip([1, 0, 1, 1, 1, 0, 1, 1])
            .map(|(time, event)| Some((f64::from(time), event == 1)))
            .collect();
        let score = [0.4, -0.2, 0.1, 1.5, 0.9, -1.1, 0.7, -0.3];
        let groups = [None; 8];
        let sd = 0.807_111_250_961_459_1;
        let found = hazard_ratios(&times, Some((&score, sd)), &groups);
        let found = found.per_sd.unwrap();
        let [lower, upper] = found.ci.map(Option::unwrap);
        for (found, expected) in [
            (found.hazard_ratio.unwrap(), 7.247_209_720_765_107),
            (lower, 1.100_650_217_340_245_3),
            (upper, 47.719_109_949_093_01),
            (found.p_value.unwrap(), 0.039_427_801_977_789_5),
        ] {
            // Both iterate until the likelihood no longer changes: about the root of its precision.
            assert!((found / expected - 1.0).abs() < 1e-7, "{found} {expected}");
        }
        assert_eq!((found.n, found.events), (8, 6));
        let flat = hazard_ratios(&times, Some((&[1.0; 8], 0.0)), &groups);
        let flat = flat.per_sd.unwrap();
        assert!(flat.reason.is_some() && flat.hazard_ratio.is_none());
    }
}
