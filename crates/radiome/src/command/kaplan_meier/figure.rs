//! The curves as a figure.

use radiome::table::parse_number;
use radiome_figures::Theme;
use radiome_figures::figure::kaplan_meier::{
    KaplanMeier, KaplanMeierPanel, SurvivalCurve, kaplan_meier,
};
use radiome_figures::scale::pretty;
use serde_json::Value;

use super::curve::Curve;
use crate::command::tabular::short;

/// Ticks of the time axis, about.
const TICKS: usize = 5;

/// The figure as SVG; the columns of the time and of the groups name the axis and the curves.
pub(super) fn draw(
    curves: &[Curve],
    [time, column]: [Option<&String>; 2],
    level: f64,
    test: Option<&Value>,
) -> String {
    let last = curves
        .iter()
        .flat_map(|group| group.curve.time.last())
        .fold(0.0f64, |last, time| last.max(*time));
    let ticks = if last > 0.0 {
        pretty(0.0, last, TICKS)
    } else {
        Vec::new()
    };
    let n: usize = curves.iter().map(|group| group.curve.n).sum();
    let p_value = test.and_then(|test| test.get("p_value"));
    let panel = KaplanMeierPanel {
        name: format!("n = {n}"),
        groups: curves
            .iter()
            .map(|group| of_group(group, column, &ticks))
            .collect(),
        at_risk_times: ticks,
        log_rank_p: p_value.and_then(Value::as_f64),
        hazard_ratios: Vec::new(),
    };
    let data = KaplanMeier {
        time_label: time.cloned().unwrap_or_default(),
        survival_label: "Survival".to_owned(),
        interval: format!("{}% CI", short(100.0 * level)),
        panels: vec![panel],
    };
    kaplan_meier(&data, &Theme::default()).to_svg()
}

fn of_group(group: &Curve, column: Option<&String>, ticks: &[f64]) -> SurvivalCurve {
    let curve = &group.curve;
    let censored = group.steps().filter(|step| step.censored > 0);
    // a number alone says little
    let name = match column {
        Some(column) if parse_number(&group.name).is_some() => format!("{column} = {}", group.name),
        _ => group.name.clone(),
    };
    SurvivalCurve {
        name,
        time: curve.time.clone(),
        survival: curve.survival.clone(),
        low: curve.lower.clone(),
        high: curve.upper.clone(),
        censored: censored.map(|step| step.time).collect(),
        last_time: curve.time.last().copied().unwrap_or(0.0),
        at_risk: ticks.iter().map(|&time| curve.at_risk_at(time)).collect(),
    }
}
