//! Figures of a radiomics study as a scene of paths and text, written as SVG, PNG and PDF.
//!
//! A figure knows nothing of how its numbers were made. Each file of [`figure`] defines a plain
//! input struct and one function from it and a [`Theme`] to a [`Scene`]; a scene is written by
//! [`Scene::to_svg`], [`Scene::to_png`] and [`Scene::to_pdf`]. The same numbers give the same
//! bytes on every run.
//!
//! All lengths are points (1/72 inch). With [`Theme::default`] one panel is 85 mm wide and a
//! figure at most 180 mm, the columns of most journals, with text of 7 to 9 points.
//!
//! Input that cannot be drawn (no points, not-a-number, vectors of unequal length) never panics:
//! what is drawable is drawn, and an empty panel says in a sentence why it is empty.
//!
//! ```
//! use radiome_figures::figure::roc::{Roc, RocCurve, RocPanel, roc};
//! use radiome_figures::{Estimate, Theme};
//!
//! let data = Roc {
//!     interval: "95% CI".into(),
//!     panels: vec![RocPanel {
//!         name: "Training".into(),
//!         curves: vec![RocCurve {
//!             name: "Nomogram".into(),
//!             false_positive_rate: vec![0.0, 0.0, 0.5, 1.0],
//!             true_positive_rate: vec![0.0, 0.5, 1.0, 1.0],
//!             auc: Some(Estimate { value: 0.875, low: 0.7, high: 1.0 }),
//!             band: None,
//!         }],
//!     }],
//! };
//! let scene = roc(&data, &Theme::default());
//! assert!(scene.to_svg().contains("0.875"));
//! ```

mod axis;
mod clip;
pub mod figure;
pub mod font;
mod legend;
pub mod number;
mod picture;
mod render;
pub mod scale;
pub mod scene;
pub mod theme;

pub use number::Estimate;
pub use render::Error;
pub use scene::Scene;
pub use theme::Theme;
