//! Decision curves (Vickers and Elkin, 2006).

use crate::axis::{self, Axis, Frame, Height};
use crate::legend::{Entry, Key, legend};
use crate::scene::{Scene, Stroke};
use crate::theme::Theme;

/// Decision curves of several models, a panel for each set of patients.
#[derive(Clone, Debug, Default)]
pub struct DecisionCurve {
    /// One panel for each set of patients, in reading order.
    pub panels: Vec<DecisionCurvePanel>,
}

/// The decision curves of one set of patients.
#[derive(Clone, Debug, Default)]
pub struct DecisionCurvePanel {
    /// Heading, for example "External (n = 71)".
    pub name: String,
    /// Threshold probabilities from 0 to 1, in order.
    pub threshold_probability: Vec<f64>,
    /// Net benefit of treating everybody, at each threshold.
    pub treat_all: Vec<f64>,
    /// Net benefit of each model.
    pub models: Vec<NetBenefit>,
}

/// The net benefit of one model.
#[derive(Clone, Debug, Default)]
pub struct NetBenefit {
    /// Name of the model.
    pub name: String,
    /// Net benefit at each threshold; not-a-number where it is not defined.
    pub net_benefit: Vec<f64>,
}

/// Draws net benefit against threshold probability, with "treat all" and "treat none".
///
/// The y axis ends a little below zero: how far below "treat all" falls says nothing.
#[must_use]
pub fn decision_curve(data: &DecisionCurve, theme: &Theme) -> Scene {
    // One y axis for all panels, so that they can be compared.
    let best = data
        .panels
        .iter()
        .flat_map(|p| {
            p.models
                .iter()
                .map(|m| &m.net_benefit)
                .chain([&p.treat_all])
        })
        .flatten()
        .copied()
        .filter(|v| v.is_finite())
        .fold(0.0_f64, f64::max);
    let top = if best > 0.0 { best.min(1.0) } else { 0.1 };
    let panels = data.panels.iter().map(|p| panel(p, top, theme)).collect();
    super::figure(
        theme,
        panels,
        "Decision curves",
        "Net benefit against threshold probability for each model, for treating all patients and \
         for treating none.",
    )
}

fn panel(data: &DecisionCurvePanel, top: f64, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let finite = |values: &[f64]| values.iter().filter(|v| v.is_finite()).count() > 1;
    let any = data.models.iter().any(|m| finite(&m.net_benefit)) || finite(&data.treat_all);
    let domain = axis::span(data.threshold_probability.iter().copied()).filter(|d| d.1 > d.0);
    // Thresholds usually stop just short of 0 and 1, where net benefit ends.
    let whole = |(low, high): (f64, f64)| {
        let low = if (0.0..=0.05).contains(&low) {
            0.0
        } else {
            low
        };
        (
            low,
            if (0.95..=1.0).contains(&high) {
                1.0
            } else {
                high
            },
        )
    };
    let domain = domain.map(whole);
    let (Some(domain), true) = (domain, any) else {
        return axis::sentence(
            theme,
            width,
            &data.name,
            "No decision curve: no net benefit.",
        );
    };
    let mut scene = Scene::new(width, 0.0, "", "");
    let mut y = Axis::linear("Net benefit", (-0.15 * top, 1.08 * top), 5);
    y.ticks.retain(|t| t.value > -0.14 * top);
    let frame = Frame {
        title: &data.name,
        x: Axis::linear("Threshold probability", domain, 5),
        y,
        height: Height::Points(theme.plot_height),
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    let pairs = |values: &[f64]| -> Vec<(f64, f64)> {
        data.threshold_probability
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect()
    };
    let none = Stroke::solid(theme.ink, 0.8);
    let all = Stroke::solid(theme.muted, 0.9).dashed(&[1.0, 1.4]);
    plot.line(&mut scene, [(domain.0, 0.0), (domain.1, 0.0)], &none);
    plot.line(&mut scene, pairs(&data.treat_all), &all);
    let mut entries = Vec::new();
    for (i, model) in data.models.iter().enumerate() {
        let stroke = theme.series(i).stroke;
        plot.line(&mut scene, pairs(&model.net_benefit), &stroke);
        entries.push(Entry::new(Key::Line(stroke), &model.name));
    }
    if !data.treat_all.is_empty() {
        entries.push(Entry::new(Key::Line(all), "Treat all"));
    }
    entries.push(Entry::new(Key::Line(none), "Treat none"));
    let bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    axis::closed(scene, bottom)
}
