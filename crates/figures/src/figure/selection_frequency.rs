//! How often each feature is selected.

use super::bars::{self, Bar};
use crate::axis;
use crate::legend::{Entry, Key, legend};
use crate::number;
use crate::scene::{Point, Scene};
use crate::theme::Theme;

/// How often features are selected across resamples.
#[derive(Clone, Debug, Default)]
pub struct SelectionFrequency {
    /// Number of resamples.
    pub resamples: usize,
    /// The features, in any order; give those worth showing.
    pub features: Vec<SelectedFeature>,
    /// A share marked by a line, for example 0.5.
    pub threshold: Option<f64>,
}

/// How often one feature is selected.
#[derive(Clone, Debug, Default)]
pub struct SelectedFeature {
    /// Name of the feature, shown whole.
    pub name: String,
    /// Share of resamples that select it, from 0 to 1.
    pub frequency: f64,
    /// Whether the final signature has it.
    pub in_signature: bool,
}

/// Draws a bar for each feature, the most often selected first.
#[must_use]
pub fn selection_frequency(data: &SelectionFrequency, theme: &Theme) -> Scene {
    let title = "Selection frequency";
    let description = "One bar for each feature: the share of resamples in which it is selected, \
                       most frequent first.";
    let width = theme.page_width - 2.0 * theme.margin;
    let mut features: Vec<&SelectedFeature> = data
        .features
        .iter()
        .filter(|f| (0.0..=1.0).contains(&f.frequency))
        .collect();
    if features.is_empty() {
        let panel = axis::sentence(theme, width, "", "No feature was selected in any resample.");
        return axis::grid(theme, 1, vec![panel], title, description);
    }
    features.sort_by(|a, b| b.frequency.total_cmp(&a.frequency));
    let (inside, outside) = (theme.fill(0), theme.fill(1));
    let list: Vec<Bar<'_>> = features
        .iter()
        .map(|f| Bar {
            name: &f.name,
            value: f.frequency * 100.0,
            interval: None,
            color: if f.in_signature { inside } else { outside },
            label: format!("{}%", number::fixed(f.frequency * 100.0, 0)),
        })
        .collect();
    let label = format!("Selected in % of {} resamples", data.resamples);
    let mut scene = Scene::new(width, 0.0, "", "");
    let plot = bars::bars(&mut scene, theme, &list, (0.0, 100.0), &label);
    let mut entries = vec![
        Entry::new(Key::Swatch(inside), "In the final signature"),
        Entry::new(Key::Swatch(outside), "Not in the final signature"),
    ];
    if let Some(threshold) = data.threshold.filter(|t| (0.0..=1.0).contains(t)) {
        let x = plot.x.position(threshold * 100.0);
        let ends: [Point; 2] = [(x, plot.area.top), (x, plot.area.bottom)];
        axis::guide(&mut scene, theme, ends[0], ends[1]);
        let name = format!("Threshold {}%", number::fixed(threshold * 100.0, 0));
        entries.push(Entry::new(Key::Line(theme.guide_stroke()), name));
    }
    scene.height = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    axis::grid(theme, 1, vec![scene], title, description)
}
