//! How well a score separates two classes.

mod error;
mod roc;

pub use error::DiscriminationError;
pub use roc::{RocCurve, RocPoint, auc, roc_curve};
