//! Receiver operating characteristic curves.

use crate::axis::{self, Axis, Frame, Height};
use crate::font;
use crate::legend::{Entry, Key, legend};
use crate::number::{self, Estimate};
use crate::scene::{Fill, Scene};
use crate::theme::Theme;

/// ROC curves of several models, a panel for each set of patients.
#[derive(Clone, Debug, Default)]
pub struct Roc {
    /// What the intervals of the AUC are, for example "95% CI".
    pub interval: String,
    /// One panel for each set of patients, in reading order.
    pub panels: Vec<RocPanel>,
}

/// The curves of one set of patients.
#[derive(Clone, Debug, Default)]
pub struct RocPanel {
    /// Heading, for example "Training (n = 109)".
    pub name: String,
    /// One curve for each model.
    pub curves: Vec<RocCurve>,
}

/// The curve of one model.
#[derive(Clone, Debug, Default)]
pub struct RocCurve {
    /// Name of the model.
    pub name: String,
    /// 1 − specificity at each cut-off, from 0 to 1, in order.
    pub false_positive_rate: Vec<f64>,
    /// Sensitivity at the same cut-offs.
    pub true_positive_rate: Vec<f64>,
    /// Area under the curve with its interval, shown in the legend.
    pub auc: Option<Estimate>,
    /// Confidence band of the sensitivity.
    pub band: Option<RocBand>,
}

/// A band of sensitivity over 1 − specificity.
#[derive(Clone, Debug, Default)]
pub struct RocBand {
    /// 1 − specificity, in order.
    pub false_positive_rate: Vec<f64>,
    /// Lower limit of the sensitivity.
    pub low: Vec<f64>,
    /// Upper limit of the sensitivity.
    pub high: Vec<f64>,
}

/// Draws ROC curves with the diagonal of chance; the AUCs stand in the legend.
#[must_use]
pub fn roc(data: &Roc, theme: &Theme) -> Scene {
    let panels = data
        .panels
        .iter()
        .map(|p| panel(p, &data.interval, theme))
        .collect();
    super::figure(
        theme,
        panels,
        "Receiver operating characteristic curves",
        "Sensitivity against 1 − specificity for each model; the dashed diagonal is chance.",
    )
}

fn panel(data: &RocPanel, interval: &str, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let drawable = |c: &&RocCurve| {
        c.false_positive_rate
            .iter()
            .zip(&c.true_positive_rate)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .count()
            > 1
    };
    if !data.curves.iter().any(|c| drawable(&c)) {
        return axis::sentence(
            theme,
            width,
            &data.name,
            "No ROC curve: both classes are needed.",
        );
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let frame = Frame {
        title: &data.name,
        x: Axis::linear("1 − specificity", (0.0, 1.0), 5),
        y: Axis::linear("Sensitivity", (0.0, 1.0), 5),
        height: Height::Square,
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    for (i, curve) in data.curves.iter().enumerate() {
        if let Some(band) = &curve.band {
            let rows: Vec<(f64, f64, f64)> = band
                .false_positive_rate
                .iter()
                .zip(band.low.iter().zip(&band.high))
                .map(|(&x, (&low, &high))| (x, low, high))
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
    }
    plot.line(&mut scene, [(0.0, 0.0), (1.0, 1.0)], &theme.guide_stroke());
    let mut entries = Vec::new();
    for (i, curve) in data.curves.iter().enumerate() {
        let stroke = theme.series(i).stroke;
        let pairs = curve
            .false_positive_rate
            .iter()
            .zip(&curve.true_positive_rate);
        plot.line(&mut scene, pairs.map(|(&x, &y)| (x, y)), &stroke);
        let auc = match curve.auc {
            Some(auc) if !(auc.low.is_finite() && auc.high.is_finite()) => {
                format!(
                    ": {}",
                    font::unbroken(&format!("AUC {}", number::fixed(auc.value, 3)))
                )
            }
            Some(auc) => {
                let limits = number::interval(auc.low, auc.high, 3);
                let value = font::unbroken(&format!("AUC {}", number::fixed(auc.value, 3)));
                format!(
                    ": {value} {}",
                    font::unbroken(&format!("({interval} {limits})"))
                )
            }
            None => String::new(),
        };
        // A panel of one curve may be named for it, and the legend then tells the area alone.
        let text = if curve.name.is_empty() {
            auc.trim_start_matches(": ").to_owned()
        } else {
            format!("{}{auc}", curve.name)
        };
        entries.push(Entry::new(Key::Line(stroke), text));
    }
    let bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    axis::closed(scene, bottom)
}
