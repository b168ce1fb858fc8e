//! Calibration: what was observed against what was predicted.

use crate::axis::{self, Axis, Frame, Height, Plot};
use crate::font;
use crate::legend::{Entry, Key, legend};
use crate::number::{self, Estimate};
use crate::scene::{Anchor, Bounds, Fill, Scene, Stroke, Text};
use crate::theme::Theme;

/// Calibration of one or more models, a panel for each set of patients.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    /// What the intervals are, for example "95% CI".
    pub interval: String,
    /// One panel for each set of patients, in reading order.
    pub panels: Vec<CalibrationPanel>,
}

/// The calibration of one set of patients.
#[derive(Clone, Debug, Default)]
pub struct CalibrationPanel {
    /// Heading, for example "External (n = 71)".
    pub name: String,
    /// One entry for each model.
    pub models: Vec<CalibrationModel>,
}

/// The calibration of one model.
#[derive(Clone, Debug, Default)]
pub struct CalibrationModel {
    /// Name of the model.
    pub name: String,
    /// The smoothed curve, in order of the predicted probability.
    pub curve: Vec<CalibrationPoint>,
    /// Patients grouped by predicted probability.
    pub groups: Vec<CalibrationGroup>,
    /// Predicted probability of each patient, for the histogram below the plot.
    pub predicted: Vec<f64>,
    /// Calibration-in-the-large: 0 is ideal.
    pub intercept: Option<Estimate>,
    /// Calibration slope: 1 is ideal.
    pub slope: Option<Estimate>,
    /// p value of the Hosmer-Lemeshow test.
    pub hosmer_lemeshow_p: Option<f64>,
    /// Brier score.
    pub brier: Option<f64>,
}

/// One point of a smoothed calibration curve.
#[derive(Clone, Copy, Debug, Default)]
pub struct CalibrationPoint {
    /// Predicted probability.
    pub predicted: f64,
    /// Smoothed observed probability.
    pub observed: f64,
    /// Lower and upper limit of the smoothed observed probability.
    pub interval: Option<(f64, f64)>,
}

/// A group of patients with similar predictions.
#[derive(Clone, Copy, Debug, Default)]
pub struct CalibrationGroup {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Observed share of events.
    pub observed: f64,
    /// Lower and upper limit of the observed share.
    pub interval: Option<(f64, f64)>,
}

const STRIP: f64 = 16.0;
const BINS: usize = 40;

/// Draws smoothed curves and grouped points against the ideal diagonal, a histogram of the
/// predictions under the plot, and the statistics as text.
#[must_use]
pub fn calibration(data: &Calibration, theme: &Theme) -> Scene {
    let panels = data
        .panels
        .iter()
        .map(|p| panel(p, &data.interval, theme))
        .collect();
    super::figure(
        theme,
        panels,
        "Calibration",
        "Observed against predicted probability for each model: smoothed curves, grouped points \
         with intervals and the ideal diagonal; below, how the predictions are distributed.",
    )
}

fn panel(data: &CalibrationPanel, interval: &str, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let drawable = |m: &CalibrationModel| {
        m.curve
            .iter()
            .filter(|p| p.predicted.is_finite() && p.observed.is_finite())
            .count()
            > 1
            || m.groups
                .iter()
                .any(|g| g.predicted.is_finite() && g.observed.is_finite())
    };
    if !data.models.iter().any(drawable) {
        return axis::sentence(
            theme,
            width,
            &data.name,
            "No calibration: no predictions to group.",
        );
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let strips: Vec<usize> = (0..data.models.len())
        .filter(|&i| {
            data.models[i]
                .predicted
                .iter()
                .any(|p| (0.0..=1.0).contains(p))
        })
        .collect();
    let frame = Frame {
        title: &data.name,
        x: Axis::linear("", (0.0, 1.0), 5),
        y: Axis::linear("Observed probability", (0.0, 1.0), 5),
        height: Height::Square,
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    for (i, model) in data.models.iter().enumerate() {
        let rows: Vec<(f64, f64, f64)> = model
            .curve
            .iter()
            .map(|p| {
                let (low, high) = p.interval.unwrap_or((f64::NAN, f64::NAN));
                (p.predicted, low, high)
            })
            .collect();
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
    plot.line(&mut scene, [(0.0, 0.0), (1.0, 1.0)], &theme.guide_stroke());
    let mut entries = vec![Entry::new(Key::Line(theme.guide_stroke()), "Ideal")];
    for (i, model) in data.models.iter().enumerate() {
        draw_model(&mut scene, theme, &plot, model, i);
        let series = theme.series(i);
        let key = if model.groups.is_empty() {
            Key::Line(series.stroke)
        } else if model.curve.is_empty() {
            Key::Point(series.color, series.marker)
        } else {
            Key::Marked(series.stroke, series.marker)
        };
        entries.push(Entry::new(
            key,
            format!("{}{}", model.name, statistics(model, interval)),
        ));
    }
    let mut y = plot.bottom + 1.0;
    for &i in &strips {
        strip(&mut scene, theme, &plot, &data.models[i].predicted, i, y);
        y += STRIP + 2.0;
    }
    let centre = (plot.area.left + plot.area.right) / 2.0;
    y = axis::paragraph(
        &mut scene,
        theme,
        (centre, y + 1.0),
        width / 2.0,
        "Predicted probability",
    );
    let bottom = legend(&mut scene, theme, (0.0, y + 3.0), width, &entries);
    axis::closed(scene, bottom)
}

fn draw_model(
    scene: &mut Scene,
    theme: &Theme,
    plot: &Plot,
    model: &CalibrationModel,
    index: usize,
) {
    let series = theme.series(index);
    plot.line(
        scene,
        model.curve.iter().map(|p| (p.predicted, p.observed)),
        &series.stroke,
    );
    for group in &model.groups {
        if !((0.0..=1.0).contains(&group.predicted) && (0.0..=1.0).contains(&group.observed)) {
            continue;
        }
        if let Some((low, high)) = group.interval {
            let bar = [
                (group.predicted, low.max(0.0)),
                (group.predicted, high.min(1.0)),
            ];
            plot.line(scene, bar, &Stroke::solid(series.color, 0.8));
        }
        let at = plot.at(group.predicted, group.observed);
        axis::marker(scene, series.marker, at, 4.5, series.color);
    }
}

/// A histogram of the predictions over the x axis of the plot.
fn strip(scene: &mut Scene, theme: &Theme, plot: &Plot, predicted: &[f64], index: usize, top: f64) {
    let mut counts = [0_usize; BINS];
    for p in predicted.iter().filter(|p| (0.0..=1.0).contains(*p)) {
        counts[((p * BINS as f64) as usize).min(BINS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let base = top + STRIP;
    let color = theme.series(index).color;
    for (bin, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let edge = |b: usize| plot.x.position(b as f64 / BINS as f64);
        let bar = Bounds {
            left: edge(bin) + 0.2,
            top: base - STRIP * count as f64 / most,
            right: edge(bin + 1) - 0.2,
            bottom: base,
        };
        scene.rect(bar, None, Some(color.into()));
    }
    let axis = Stroke::solid(theme.muted, 0.5);
    scene.line((plot.area.left, base), (plot.area.right, base), &axis);
    if index == 0 {
        let size = theme.tick_size;
        let text = Text::new(plot.area.left - 4.0, top + STRIP / 2.0, "n", size);
        scene.text(text.anchor(Anchor::End).centred().color(theme.muted));
    }
}

/// The statistics after the name of a model.
fn statistics(model: &CalibrationModel, interval: &str) -> String {
    let mut parts = Vec::new();
    let mut with_interval = |name: &str, e: &Estimate| {
        parts.push(if e.low.is_finite() && e.high.is_finite() {
            let limits = number::interval(e.low, e.high, 2);
            let value = font::unbroken(&format!("{name} {}", number::fixed(e.value, 2)));
            format!(
                "{value} {}",
                font::unbroken(&format!("({interval} {limits})"))
            )
        } else {
            format!("{name} {}", number::fixed(e.value, 2))
        });
    };
    if let Some(intercept) = &model.intercept {
        with_interval("in the large", intercept);
    }
    if let Some(slope) = &model.slope {
        with_interval("slope", slope);
    }
    if let Some(brier) = model.brier {
        parts.push(font::unbroken(&format!(
            "Brier {}",
            number::fixed(brier, 3)
        )));
    }
    if let Some(p) = model.hosmer_lemeshow_p {
        parts.push(format!("Hosmer-Lemeshow {}", number::p_value(p)));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!(": {}", parts.join(", "))
    }
}
