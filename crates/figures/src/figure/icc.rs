//! How reproducible the features are.

use crate::axis::{self, Axis, Frame, Height};

use crate::scene::{Bounds, Scene};
use crate::theme::Theme;

/// Intraclass correlation coefficients of all features, a panel for each comparison.
#[derive(Clone, Debug, Default)]
pub struct Icc {
    /// Features at or above it are kept; marked by a line.
    pub threshold: f64,
    /// One panel for each comparison, in reading order.
    pub panels: Vec<IccPanel>,
}

/// The coefficients of one comparison.
#[derive(Clone, Debug, Default)]
pub struct IccPanel {
    /// Heading, for example "Inter-observer, ICC(2,1)".
    pub name: String,
    /// The ICC of each feature; not-a-number where it is not defined.
    pub values: Vec<f64>,
}

/// Width of a bin.
const BIN: f64 = 0.05;

/// Draws a histogram of the ICCs in bins of 0.05, with the threshold and the number kept.
///
/// Bins hold their lower edge; the last holds 1 too. Values below zero stand left of zero, those
/// below −1 in the first bin.
#[must_use]
pub fn icc(data: &Icc, theme: &Theme) -> Scene {
    let panels = data
        .panels
        .iter()
        .map(|p| panel(p, data.threshold, theme))
        .collect();
    super::figure(
        theme,
        panels,
        "Intraclass correlation coefficients",
        "Histogram of the intraclass correlation coefficients of all features; a line marks the \
         threshold.",
    )
}

fn panel(data: &IccPanel, threshold: f64, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let values: Vec<f64> = data
        .values
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .collect();
    let Some((smallest, _)) = axis::span(values.iter().copied()) else {
        return axis::sentence(theme, width, &data.name, "No feature has an ICC.");
    };
    // The bin of a value, counted from zero; the tiny part keeps 0.15 in the bin that starts there.
    let bin = |v: f64| ((v / BIN + 1e-9).floor() as i64).clamp(-20, 19);
    let first = bin(smallest).min(0);
    let low = first as f64 * BIN;
    // Of each bin, how many are kept and how many not: a bin can lie across the threshold.
    let mut counts = vec![[0_usize; 2]; (20 - first) as usize];
    for &value in &values {
        if let Some(count) = counts.get_mut((bin(value) - first) as usize) {
            count[usize::from(value < threshold)] += 1;
        }
    }
    let most = counts.iter().map(|c| c[0] + c[1]).max().unwrap_or(0) as f64;
    let mut scene = Scene::new(width, 0.0, "", "");
    let frame = Frame {
        title: &data.name,
        x: Axis::linear("Intraclass correlation coefficient", (low, 1.0), 5),
        y: Axis::rounded(
            "Number of features",
            (0.0, most),
            5.min(most as usize).max(1),
        ),
        height: Height::Points(theme.plot_height * 0.8),
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    for (i, &[kept, dropped]) in counts.iter().enumerate() {
        let left = (first + i as i64) as f64 * BIN;
        for (from, to, fill) in [(0, dropped, 1), (dropped, dropped + kept, 0)] {
            if from == to {
                continue;
            }
            let bar = Bounds {
                left: plot.x.position(left) + 0.3,
                top: plot.y.position(to as f64),
                right: plot.x.position(left + BIN) - 0.3,
                bottom: plot.y.position(from as f64),
            };
            scene.rect(bar, None, Some(theme.fill(fill).into()));
        }
    }
    let mut lines = Vec::new();
    if threshold.is_finite() {
        let x = plot.x.position(threshold);
        if (plot.area.left..=plot.area.right).contains(&x) {
            axis::guide(&mut scene, theme, (x, plot.area.top), (x, plot.area.bottom));
        }
        let kept = values.iter().filter(|v| **v >= threshold).count();
        lines.push(format!(
            "{kept} of {} features have an ICC of at least {} (dashed line).",
            data.values.len(),
            threshold.to_string().replace('-', "−")
        ));
    }
    let without = data.values.len() - values.len();
    if without > 0 {
        lines.push(format!("Features without an ICC: {without}"));
    }
    let bottom = axis::notes(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &lines);
    axis::closed(scene, bottom)
}
