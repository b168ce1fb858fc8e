//! From the results to the figures.

mod evaluation;
mod models;
mod patients;
mod subgroups;
mod survival;
mod survival_decision;
mod survival_detail;
mod workflow;

use std::collections::HashSet;

use radiome_figures::{Estimate, Scene, Theme};

use super::Figure;
pub use models::PROBABILITIES;
pub(crate) use models::{is_factor, nomogram_places};
pub(crate) use survival_detail::model_of_strata;

use crate::results::{Results, SplitCounts};

/// What the intervals of every figure are.
const INTERVAL: &str = "95% CI";

/// The figures of a study by what they show, such as `roc/external`.
pub(crate) struct Drawn {
    keys: Vec<String>,
    figures: Vec<Figure>,
}

impl Drawn {
    pub(crate) fn get(&self, key: &str) -> Option<&Figure> {
        let index = self.keys.iter().position(|known| known == key)?;
        self.figures.get(index)
    }

    pub(crate) fn into_figures(self) -> Vec<Figure> {
        self.figures
    }

    /// The figure takes its file name from its key: `roc/external` becomes `roc_external`. Names
    /// that would be equal, or equal but for case, get a number.
    fn add(
        &mut self,
        key: String,
        title: impl Into<String>,
        caption: impl Into<String>,
        mut scene: Scene,
    ) {
        let stem: String = key
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .take(100)
            .collect();
        let taken: HashSet<String> = self
            .figures
            .iter()
            .map(|figure| figure.name.to_ascii_lowercase())
            .collect();
        let mut name = stem.clone();
        let mut next = 2;
        while taken.contains(&name.to_ascii_lowercase()) {
            name = format!("{stem}_{next}");
            next += 1;
        }
        let title = title.into();
        // A screen reader reads the scene's title: the figure's own says more than the kind.
        scene.title.clone_from(&title);
        self.keys.push(key);
        self.figures.push(Figure {
            name,
            title,
            caption: caption.into(),
            scene,
        });
    }
}

/// Every figure, in the order of the report.
pub(crate) fn draw(results: &Results) -> Drawn {
    let theme = Theme::default();
    let mut drawn = Drawn {
        keys: Vec::new(),
        figures: Vec::new(),
    };
    patients::cohort_flow(results, &theme, &mut drawn);
    workflow::workflow(results, &theme, &mut drawn);
    patients::reliability(results, &theme, &mut drawn);
    models::signatures(results, &theme, &mut drawn);
    models::forest_clinical(results, &theme, &mut drawn);
    models::nomogram(results, &theme, &mut drawn);
    evaluation::roc_curves(results, &theme, &mut drawn);
    evaluation::roc_bands(results, &theme, &mut drawn);
    evaluation::calibration_curves(results, &theme, &mut drawn);
    evaluation::decision_curves(results, &theme, &mut drawn);
    subgroups::subgroups(results, &theme, &mut drawn);
    survival::kaplan_meier_curves(results, &theme, &mut drawn);
    survival_detail::strata(results, &theme, &mut drawn);
    survival_detail::nomogram_stage(results, &theme, &mut drawn);
    survival_decision::decision_curves(results, &theme, &mut drawn);
    drawn
}

/// The theme of a figure of so many panels: three stand side by side, where they can be compared
/// at a glance and take the least height.
fn beside(theme: &Theme, panels: usize) -> Theme {
    let mut theme = theme.clone();
    if panels == 3 {
        theme.columns = 3;
        theme.panel_width = (theme.page_width - 2.0 * theme.margin - 2.0 * theme.gap) / 3.0;
        theme.plot_height *= 0.85;
    }
    theme
}

/// An estimate whose limits are NaN where they are not defined, or where they agree and so tell
/// nothing: such a one is drawn without.
fn estimate(value: Option<f64>, ci: [Option<f64>; 2]) -> Option<Estimate> {
    let [mut low, mut high] = ci.map(|limit| limit.unwrap_or(f64::NAN));
    if (high - low).abs() < super::format::ROUNDING {
        (low, high) = (f64::NAN, f64::NAN);
    }
    Some(Estimate {
        value: value?,
        low,
        high,
    })
}

fn limits(ci: [Option<f64>; 2]) -> Option<(f64, f64)> {
    Some((ci[0]?, ci[1]?))
}

/// The heading of a panel: `External (n = 71)`.
fn heading(split: &str, counts: Option<&SplitCounts>) -> String {
    let name = super::format::split(split);
    match counts {
        Some(counts) => format!("{name} (n = {})", counts.n),
        None => name,
    }
}
