//! Do predicted probabilities agree with what happened?

mod curve;
mod error;
mod hosmer_lemeshow;
mod lowess;

pub use curve::{Calibration, CalibrationCurve, calibration, calibration_curve};
pub use error::CalibrationError;
pub use hosmer_lemeshow::{CalibrationGroup, HosmerLemeshow, hosmer_lemeshow};
pub use lowess::lowess;
