//! Net benefit of deciding by a model, over threshold probabilities (Vickers and Elkin 2006).

mod binary;
mod error;
mod survival;

pub use binary::{DecisionCurve, decision_curve};
pub use error::DecisionCurveError;
pub use survival::{SurvivalDecisionCurve, survival_decision_curve};
