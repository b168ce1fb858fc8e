//! Kaplan-Meier curves.

use radiome_figures::Theme;
use radiome_figures::figure::kaplan_meier::{
    HazardRatio, KaplanMeier, KaplanMeierPanel, SurvivalCurve, kaplan_meier,
};
use radiome_figures::scale::pretty;

use super::super::format::{model, split_order};
use super::{Drawn, beside, estimate, heading};
use crate::results::{self, HazardRatios, KaplanMeierGroup, Results};

/// Bands of more curves hide each other.
const MOST_BANDS: usize = 3;

pub(super) fn kaplan_meier_curves(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(survival) = &results.survival else {
        return;
    };
    for key in super::super::format::ordered(results, &survival.kaplan_meier) {
        let Some(splits) = survival.kaplan_meier.get(key) else {
            continue;
        };
        let mut names: Vec<&String> = splits.keys().collect();
        names.sort_by_key(|name| split_order(name));
        let panels: Vec<KaplanMeierPanel> = names
            .into_iter()
            .filter_map(|name| {
                let curves = splits.get(name)?;
                let log_rank = survival.log_rank.get(key).and_then(|tests| tests.get(name));
                let ratios = survival.hazard_ratios.get(key);
                Some(panel(
                    heading_of(name, curves),
                    curves,
                    log_rank.and_then(|test| test.p_value),
                    hazard_ratios(key, ratios.and_then(|ratios| ratios.get(name))),
                ))
            })
            .collect();
        if panels.is_empty() {
            continue;
        }
        let data = KaplanMeier {
            time_label: format!("Time ({})", survival.time),
            survival_label: "Survival".to_owned(),
            interval: super::INTERVAL.to_owned(),
            panels,
        };
        let of_whom = match key {
            "outcome" => "by their true outcome",
            "stage" => "by stage",
            "nomogram_stage" => {
                "below and above the median that the linear predictor of the Cox model has in the \
                 training patients (cross-validated: model and median of folds without the patient)"
            }
            _ => "below and above the cut-off fixed in training",
        };
        let title = match key {
            "outcome" => "Survival by the true outcome".to_owned(),
            "stage" => "Survival by stage".to_owned(),
            _ => format!("Survival by group: {}", model(key)),
        };
        let caption = format!(
            "Kaplan-Meier curves of the patients {of_whom}, with {}marks of censoring and numbers at \
             risk.",
            if data
                .panels
                .iter()
                .all(|panel| panel.groups.len() <= MOST_BANDS)
            {
                "95% bands, "
            } else {
                ""
            }
        );
        drawn.add(
            format!("kaplan_meier/{key}"),
            title,
            caption,
            kaplan_meier(&data, &beside(theme, data.panels.len())),
        );
    }
}

fn heading_of(split: &str, curves: &results::KaplanMeier) -> String {
    let n: usize = curves.groups.iter().map(|group| group.n).sum();
    format!("{} (n = {n})", heading(split, None))
}

/// The ratios below a panel: of the groups, and of the score.
fn hazard_ratios(key: &str, found: Option<&HazardRatios>) -> Vec<HazardRatio> {
    let Some(found) = found else {
        return Vec::new();
    };
    let groups = if key == "outcome" {
        "Positive vs negative"
    } else {
        "High vs low risk"
    };
    let ratios = [
        (groups, Some(&found.high_vs_low)),
        ("Score, per SD", found.per_sd.as_ref()),
    ];
    let ratio = |(name, one): (&str, Option<&results::HazardRatio>)| {
        let one = one?;
        Some(HazardRatio {
            name: name.to_owned(),
            estimate: estimate(one.hazard_ratio, one.ci)?,
        })
    };
    ratios.into_iter().filter_map(ratio).collect()
}

/// A panel of curves.
pub(super) fn panel(
    name: String,
    curves: &results::KaplanMeier,
    p: Option<f64>,
    hazard_ratios: Vec<HazardRatio>,
) -> KaplanMeierPanel {
    let last = curves
        .groups
        .iter()
        .flat_map(|group| &group.steps)
        .map(|step| step.time)
        .filter(|time| time.is_finite())
        .fold(0.0, f64::max);
    let times: Vec<f64> = if last > 0.0 {
        pretty(0.0, last, 5)
    } else {
        Vec::new()
    };
    KaplanMeierPanel {
        name,
        groups: curves
            .groups
            .iter()
            .map(|group| curve(group, &times, curves.groups.len() <= MOST_BANDS))
            .collect(),
        at_risk_times: times,
        log_rank_p: p,
        hazard_ratios,
    }
}

/// The curve of a group, with its band or without.
fn curve(group: &KaplanMeierGroup, times: &[f64], has_band: bool) -> SurvivalCurve {
    let steps = &group.steps;
    let limit = |side: usize| -> Vec<f64> {
        let limits = steps.iter().map(|step| step.ci[side].unwrap_or(f64::NAN));
        limits.filter(|_| has_band).collect()
    };
    SurvivalCurve {
        name: group.name.clone(),
        time: steps.iter().map(|step| step.time).collect(),
        survival: steps.iter().map(|step| step.survival).collect(),
        low: limit(0),
        high: limit(1),
        censored: steps
            .iter()
            .filter(|step| step.n_censor > 0)
            .map(|step| step.time)
            .collect(),
        last_time: steps.last().map_or(0.0, |step| step.time),
        at_risk: times.iter().map(|&time| at_risk(group, time)).collect(),
    }
}

/// Patients at risk just before a time: those of the first step at or after it.
fn at_risk(group: &KaplanMeierGroup, time: f64) -> usize {
    group
        .steps
        .iter()
        .find(|step| step.time >= time)
        .map_or(0, |step| step.n_risk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::KaplanMeierStep;

    #[test]
    fn numbers_at_risk() {
        // Five patients: events at 2 and 4, censored at 3, 4 and 9.
        let step = |time, n_risk, n_event, n_censor, survival| KaplanMeierStep {
            time,
            n_risk,
            n_event,
            n_censor,
            survival,
            ci: [None, None],
        };
        let group = KaplanMeierGroup {
            name: "low risk".into(),
            n: 5,
            events: 2,
            median: None,
            median_ci: [None, None],
            steps: vec![
                step(2.0, 5, 1, 0, 0.8),
                step(3.0, 4, 0, 1, 0.8),
                step(4.0, 3, 1, 1, 0.8 * 2.0 / 3.0),
                step(9.0, 1, 0, 1, 0.8 * 2.0 / 3.0),
            ],
        };
        let counts: Vec<usize> = [0.0, 2.0, 2.5, 4.0, 5.0, 9.0, 10.0]
            .map(|time| at_risk(&group, time))
            .into();
        assert_eq!(counts, [5, 5, 4, 3, 1, 1, 0]);
    }
}
