//! Do predicted probabilities agree with what happened?

mod band;
mod curve;
mod error;
mod hosmer_lemeshow;
mod indexes;
mod loess;
mod lowess;
mod optimism;

pub use band::{CalibrationBand, calibration_band};
pub use curve::{
    Calibration, CalibrationCurve, Smoother, calibration, calibration_curve, smoothed_calibration,
};
pub use error::CalibrationError;
pub use hosmer_lemeshow::{
    CalibrationGroup, HosmerLemeshow, hosmer_lemeshow, hosmer_lemeshow_equal_count,
};
pub use indexes::{ValidationIndexes, validation_indexes};
pub use loess::{Loess, LoessSurface};
pub use lowess::lowess;
pub use optimism::{ModelMeasures, Optimism, ResampleMeasures, optimism};
