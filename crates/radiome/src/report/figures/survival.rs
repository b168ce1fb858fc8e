//! Kaplan-Meier curves.

use radiome_figures::Theme;
use radiome_figures::figure::kaplan_meier::{
    KaplanMeier, KaplanMeierPanel, SurvivalCurve, kaplan_meier,
};
use radiome_figures::scale::pretty;

use super::super::format::{model, split_order};
use super::{Drawn, beside, heading};
use crate::results::{self, KaplanMeierGroup, Results};

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
                Some(panel(
                    heading_of(name, curves),
                    curves,
                    log_rank.and_then(|test| test.p_value),
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
        let (title, caption) = if key == "outcome" {
            (
                "Survival by the true outcome".to_owned(),
                "Kaplan-Meier curves of the patients by their true outcome, with 95% bands, marks \
                 of censoring and numbers at risk."
                    .to_owned(),
            )
        } else {
            (
                format!("Survival by group: {}", model(key)),
                "Kaplan-Meier curves of the patients below and above the cut-off fixed in \
                 training, with 95% bands, marks of censoring and numbers at risk."
                    .to_owned(),
            )
        };
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

fn panel(name: String, curves: &results::KaplanMeier, p: Option<f64>) -> KaplanMeierPanel {
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
            .map(|group| curve(group, &times))
            .collect(),
        at_risk_times: times,
        log_rank_p: p,
        hazard_ratios: Vec::new(),
    }
}

fn curve(group: &KaplanMeierGroup, times: &[f64]) -> SurvivalCurve {
    let steps = &group.steps;
    SurvivalCurve {
        name: group.name.clone(),
        time: steps.iter().map(|step| step.time).collect(),
        survival: steps.iter().map(|step| step.survival).collect(),
        low: steps
            .iter()
            .map(|step| step.ci[0].unwrap_or(f64::NAN))
            .collect(),
        high: steps
            .iter()
            .map(|step| step.ci[1].unwrap_or(f64::NAN))
            .collect(),
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
