//! The coefficients of a signature.

use super::bars::{self, Bar};
use crate::axis;
use crate::legend::{Entry, Key, legend};
use crate::number;
use crate::scene::Scene;
use crate::theme::Theme;

/// The selected features of a signature.
#[derive(Clone, Debug, Default)]
pub struct Coefficients {
    /// Name of the figure, for example "Combined signature".
    pub name: String,
    /// Name of the axis, for example "Coefficient (per standard deviation)".
    pub label: String,
    /// The intercept, written in a note.
    pub intercept: Option<f64>,
    /// The features, in any order.
    pub features: Vec<Coefficient>,
}

/// The coefficient of one feature.
#[derive(Clone, Debug, Default)]
pub struct Coefficient {
    /// Name of the feature, shown whole.
    pub name: String,
    /// Its coefficient.
    pub value: f64,
    /// Lower and upper limit.
    pub interval: Option<(f64, f64)>,
}

/// Draws a bar for each feature, the largest coefficient first.
#[must_use]
pub fn coefficients(data: &Coefficients, theme: &Theme) -> Scene {
    let description = "One bar for each selected feature, as long as its coefficient, largest \
                       first.";
    let width = theme.page_width - 2.0 * theme.margin;
    let mut features: Vec<&Coefficient> = data
        .features
        .iter()
        .filter(|f| f.value.is_finite())
        .collect();
    if features.is_empty() {
        let panel = axis::sentence(theme, width, &data.name, "No feature was selected.");
        return axis::grid(theme, 1, vec![panel], &data.name, description);
    }
    features.sort_by(|a, b| b.value.total_cmp(&a.value));
    let (up, down) = (theme.fill(1), theme.fill(0));
    let list: Vec<Bar<'_>> = features
        .iter()
        .map(|f| Bar {
            name: &f.name,
            value: f.value,
            interval: f
                .interval
                .filter(|(low, high)| low.is_finite() && high.is_finite()),
            color: if f.value < 0.0 { down } else { up },
            label: number::fixed(f.value, 3),
        })
        .collect();
    let mut scene = Scene::new(width, 0.0, "", "");
    let plot = bars::bars(&mut scene, theme, &list, bars::domain(&list), &data.label);
    let entries = [
        Entry::new(
            Key::Swatch(up),
            "Positive: raises the predicted probability",
        ),
        Entry::new(Key::Swatch(down), "Negative: lowers it"),
    ];
    let mut bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    if let Some(intercept) = data.intercept {
        let note = format!("Intercept {}", number::fixed(intercept, 3));
        bottom = axis::notes(&mut scene, theme, (0.0, bottom), width, &[note]);
    }
    scene.height = bottom;
    axis::grid(theme, 1, vec![scene], &data.name, description)
}
