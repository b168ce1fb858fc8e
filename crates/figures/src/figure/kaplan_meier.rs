//! Kaplan-Meier curves with the numbers at risk.

use crate::axis::{self, Axis, Frame, Height, Plot};
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::legend::{Entry, Key, legend};
use crate::number::{self, Estimate};
use crate::scale;
use crate::scene::{Anchor, Fill, Scene, Stroke, Text};
use crate::theme::Theme;

/// Survival curves of groups of patients, a panel for each set of patients.
#[derive(Clone, Debug, Default)]
pub struct KaplanMeier {
    /// Name of the x axis with its unit, for example "Time (months)".
    pub time_label: String,
    /// Name of the y axis, for example "Progression-free survival".
    pub survival_label: String,
    /// What the intervals are, for example "95% CI".
    pub interval: String,
    /// One panel for each set of patients, in reading order.
    pub panels: Vec<KaplanMeierPanel>,
}

/// The curves of one set of patients.
#[derive(Clone, Debug, Default)]
pub struct KaplanMeierPanel {
    /// Heading, for example "Training (n = 109)".
    pub name: String,
    /// One curve for each group.
    pub groups: Vec<SurvivalCurve>,
    /// Times of the x ticks and of the table, from 0 up; [`scale::pretty`] gives round ones.
    pub at_risk_times: Vec<f64>,
    /// p value of the log-rank test.
    pub log_rank_p: Option<f64>,
    /// Hazard ratios as whole phrases with their estimate, for example "High vs low risk".
    pub hazard_ratios: Vec<HazardRatio>,
}

/// The survival of one group.
#[derive(Clone, Debug, Default)]
pub struct SurvivalCurve {
    /// Name of the group.
    pub name: String,
    /// Times of events, in order.
    pub time: Vec<f64>,
    /// Survival from each of those times on.
    pub survival: Vec<f64>,
    /// Lower limit of the survival, as long as `survival`, or empty for no band.
    pub low: Vec<f64>,
    /// Upper limit of the survival, as long as `survival`, or empty for no band.
    pub high: Vec<f64>,
    /// Times at which patients were censored.
    pub censored: Vec<f64>,
    /// How long the curve runs: the longest follow-up of the group.
    pub last_time: f64,
    /// Number at risk at each of the panel's `at_risk_times`.
    pub at_risk: Vec<usize>,
}

/// A hazard ratio below the plot.
#[derive(Clone, Debug)]
pub struct HazardRatio {
    /// Which groups are compared, for example "High vs low risk".
    pub name: String,
    /// The ratio with its interval.
    pub estimate: Estimate,
}

/// Draws survival in steps with bands, marks of censoring, and the numbers at risk under the
/// ticks of the time axis.
#[must_use]
pub fn kaplan_meier(data: &KaplanMeier, theme: &Theme) -> Scene {
    let panels = data.panels.iter().map(|p| panel(p, data, theme)).collect();
    super::figure(
        theme,
        panels,
        "Kaplan-Meier curves",
        "Survival of each group over time in steps, with confidence bands and marks where \
         patients were censored; below, the numbers at risk.",
    )
}

fn panel(data: &KaplanMeierPanel, all: &KaplanMeier, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let times = data
        .groups
        .iter()
        .flat_map(|g| g.time.iter().chain([&g.last_time]));
    let last = axis::span(times.copied()).map_or(0.0, |s| s.1);
    let end = axis::span(data.at_risk_times.iter().copied().chain([last])).map_or(last, |s| s.1);
    if last <= 0.0 {
        return axis::sentence(
            theme,
            width,
            &data.name,
            "No survival curve: no follow-up time.",
        );
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let mut ticks: Vec<f64> = data
        .at_risk_times
        .iter()
        .copied()
        .filter(|t| (0.0..=end).contains(t))
        .collect();
    if ticks.is_empty() {
        ticks = scale::pretty(0.0, end, 6);
    }
    let x = Axis {
        label: all.time_label.clone(),
        domain: (0.0, end),
        ticks: scale::labelled(ticks),
        log: false,
    };
    let frame = Frame {
        title: &data.name,
        x,
        y: Axis::linear(&all.survival_label, (0.0, 1.0), 5),
        height: Height::Points(theme.plot_height),
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    for (i, group) in data.groups.iter().enumerate() {
        let rows = steps(group, &group.low)
            .into_iter()
            .zip(steps(group, &group.high))
            .map(|((t, low), (_, high))| (t, low, high))
            .collect::<Vec<_>>();
        let color = theme.series(i).color;
        plot.band(
            &mut scene,
            &rows,
            Fill {
                color,
                opacity: theme.band_opacity,
            },
        );
    }
    for (i, group) in data.groups.iter().enumerate() {
        let series = theme.series(i);
        plot.line(&mut scene, steps(group, &group.survival), &series.stroke);
        let mark = Stroke::solid(series.color, 0.8);
        for &time in group.censored.iter().filter(|t| (0.0..=end).contains(*t)) {
            let (x, y) = plot.at(time, survival_at(group, time));
            if !(plot.area.top..=plot.area.bottom).contains(&y) {
                continue;
            }
            scene.line((x, y - 2.2), (x, y + 2.2), &mark);
        }
    }
    let mut bottom = plot.bottom + 2.0;
    let mut entries = Vec::new();
    if data.at_risk_times.is_empty() || data.groups.iter().all(|g| g.at_risk.is_empty()) {
        entries.extend(
            data.groups
                .iter()
                .enumerate()
                .map(|(i, g)| Entry::new(Key::Line(theme.series(i).stroke), &g.name)),
        );
    } else {
        bottom = table(&mut scene, theme, data, &plot);
    }
    if data.groups.iter().any(|g| !g.censored.is_empty()) {
        entries.push(Entry::new(Key::Censored(theme.muted), "Censored"));
    }
    bottom = legend(&mut scene, theme, (0.0, bottom + 3.0), width, &entries);
    let mut lines = Vec::new();
    if let Some(p) = data.log_rank_p {
        lines.push(format!("Log-rank {}", number::p_value(p)));
    }
    for ratio in &data.hazard_ratios {
        let Estimate { value, low, high } = ratio.estimate;
        let interval = format!("({} {})", all.interval, number::interval(low, high, 2));
        lines.push(format!(
            "{}: hazard ratio {} {}",
            ratio.name,
            number::fixed(value, 2),
            font::unbroken(&interval)
        ));
    }
    bottom = axis::notes(&mut scene, theme, (0.0, bottom), width, &lines);
    axis::closed(scene, bottom)
}

/// The corners of a step curve that starts at (0, 1). Empty if the vectors do not match.
fn steps(group: &SurvivalCurve, values: &[f64]) -> Vec<(f64, f64)> {
    if values.len() != group.time.len() || (values.is_empty() && group.last_time <= 0.0) {
        return Vec::new();
    }
    let mut corners = vec![(0.0, 1.0)];
    let mut level = 1.0;
    for (&time, &value) in group.time.iter().zip(values) {
        corners.push((time, level));
        corners.push((time, value));
        level = value;
    }
    if corners.last().is_none_or(|last| group.last_time > last.0) {
        corners.push((group.last_time, level));
    }
    corners
}

/// Survival at a time: the value of the last step at or before it.
fn survival_at(group: &SurvivalCurve, time: f64) -> f64 {
    group
        .time
        .iter()
        .zip(&group.survival)
        .take_while(|(t, _)| **t <= time)
        .last()
        .map_or(1.0, |(_, s)| *s)
}

/// The numbers at risk, each group's name on a line above its numbers so that any name fits; it
/// is the legend as well.
fn table(scene: &mut Scene, theme: &Theme, data: &KaplanMeierPanel, plot: &Plot) -> f64 {
    let size = theme.tick_size;
    let mut y = plot.bottom + 2.0;
    let heading = Text::new(0.0, y + font::ASCENT * size, "Number at risk", size).bold();
    scene.text(heading.color(theme.ink));
    y += size * LINE_HEIGHT;
    // Numbers of many digits under close ticks: show every second, third ... column.

    let widest = data
        .groups
        .iter()
        .flat_map(|g| &g.at_risk)
        .map(|n| font::text_width(&n.to_string(), size, Weight::Regular))
        .fold(0.0, f64::max);
    // Under its tick, unless the number is so wide that it would leave the panel.
    let (least, most) = (widest / 2.0, scene.width - widest / 2.0);
    let place = |i: usize| {
        let x = data.at_risk_times.get(i).map(|&t| plot.x.position(t));
        x.filter(|x| *x <= plot.area.right + 0.01)
            .map(|x| x.min(most).max(least))
    };
    let spans: Vec<(f64, f64)> = (0..data.at_risk_times.len())
        .filter_map(place)
        .map(|x| (x - widest / 2.0, x + widest / 2.0))
        .collect();
    let stride = axis::stride(&spans);
    for (i, group) in data.groups.iter().enumerate() {
        let entry = Entry::new(Key::Line(theme.series(i).stroke), &group.name);
        let width = scene.width;
        y = legend(scene, theme, (0.0, y), width, &[entry]);
        for (column, number) in group.at_risk.iter().enumerate().step_by(stride) {
            let Some(x) = place(column).filter(|x| *x <= plot.area.right + 0.01) else {
                continue;
            };
            let text = Text::new(x, y + font::ASCENT * size, number.to_string(), size);
            scene.text(text.anchor(Anchor::Middle).color(theme.ink));
        }
        y += size * LINE_HEIGHT + 0.5;
    }
    y
}
