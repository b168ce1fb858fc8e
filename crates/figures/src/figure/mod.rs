//! One file a figure: its input, and the function that draws it.

pub mod calibration;
pub mod coefficients;
pub mod cohort_flow;
pub mod decision_curve;
pub mod forest;
pub mod icc;
pub mod kaplan_meier;
pub mod lasso_cv;
pub mod lasso_path;
pub mod nomogram;
pub mod panels;
pub mod rad_score;
pub mod region_overview;
pub mod roc;
pub mod selection_frequency;
pub mod workflow;

mod bars;

use crate::axis;
use crate::scene::Scene;
use crate::theme::Theme;

/// Panels side by side as one figure, or a sentence if there are none.
fn figure(theme: &Theme, panels: Vec<Scene>, title: &str, description: &str) -> Scene {
    let panels = if panels.is_empty() {
        vec![axis::sentence(
            theme,
            theme.panel_width,
            "",
            &format!("{title}: nothing to show."),
        )]
    } else {
        panels
    };
    axis::grid(theme, theme.columns, panels, title, description)
}
