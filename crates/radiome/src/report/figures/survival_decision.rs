//! Decision curves of the Cox models: an event by a time.

use radiome_figures::Theme;
use radiome_figures::figure::decision_curve::{
    DecisionCurve, DecisionCurvePanel, NetBenefit, decision_curve,
};

use super::super::format::{model, plain, split_order};
use super::{Drawn, heading};
use crate::results::{Results, SurvivalDecision};

/// One figure a time, one panel a set of patients.
pub(super) fn decision_curves(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(survival) = &results.survival else {
        return;
    };
    let mut splits: Vec<&String> = survival.decision_curve.keys().collect();
    splits.sort_by_key(|name| split_order(name));
    let mut times: Vec<f64> = survival
        .decision_curve
        .values()
        .flatten()
        .map(|one| one.time)
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    for time in times {
        let panels: Vec<DecisionCurvePanel> = splits
            .iter()
            .filter_map(|name| {
                let mut all = survival.decision_curve[*name].iter();
                let one = all.find(|one| one.time == time)?;
                panel(name, one)
            })
            .collect();
        if panels.is_empty() {
            continue;
        }
        drawn.add(
            format!("survival_decision/{}", plain(time)),
            format!("Decision curves of an event by {}", plain(time)),
            format!(
                "Net benefit of deciding by the risk of an event by {} ({}) that the Cox models give, \
                 with the Kaplan-Meier probability of the event among those treated. Training: risks \
                 from folds without the patient, unless called apparent; external: the Cox models of \
                 all training patients.",
                plain(time),
                survival.time
            ),
            decision_curve(&DecisionCurve { panels }, theme),
        );
    }
}

fn panel(name: &str, one: &SurvivalDecision) -> Option<DecisionCurvePanel> {
    let first = one.models.first()?;
    let name = match name {
        "train" => format!("Training, apparent (n = {})", one.n),
        name => format!("{} (n = {})", heading(name, None), one.n),
    };
    Some(DecisionCurvePanel {
        name,
        threshold_probability: first.points.iter().map(|point| point.threshold).collect(),
        treat_all: first.points.iter().map(|point| point.treat_all).collect(),
        models: one
            .models
            .iter()
            .map(|one| NetBenefit {
                name: model(&one.model),
                net_benefit: one.points.iter().map(|point| point.net_benefit).collect(),
            })
            .collect(),
    })
}
