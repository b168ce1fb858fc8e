//! How well a score separates two classes. A higher score means case, everywhere.

mod confusion;
mod cross_validated;
mod delong;
mod error;
mod roc;
mod threshold;

pub use confusion::{Confusion, Proportion, confusion, proportion};
pub use cross_validated::{CrossValidatedAuc, FoldScores, cross_validated_auc};
pub use delong::{
    AucEstimate, PairedAucTest, UnpairedAucTest, auc_delong, delong_paired, delong_unpaired,
};
pub use error::DiscriminationError;
pub use roc::{RocCurve, RocPoint, auc, roc_curve};
pub use threshold::{ChosenThreshold, ThresholdRule, best_threshold};
