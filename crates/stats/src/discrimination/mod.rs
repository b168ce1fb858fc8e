//! How well a score separates two classes. A higher score means case, everywhere.

mod auc_interval;
mod bootstrap_auc;
mod classes;
mod confusion;
mod cross_validated;
mod delong;
mod direction;
mod error;
mod heterogeneity;
mod null_distribution;
mod paired_decisions;
mod partial_auc;
mod reclassification;
mod roc;
mod roc_band;
mod threshold;

pub use auc_interval::{auc_logit_interval, hanley_mcneil_standard_error};
pub use bootstrap_auc::{BootstrapAuc, auc_bootstrap};
pub use confusion::{Confusion, Proportion, confusion, proportion};
pub use cross_validated::{
    CrossValidatedAuc, CrossValidatedDifference, FoldScores, cross_validated_auc,
    cross_validated_auc_difference,
};
pub use delong::{
    AucEstimate, PairedAucTest, UnpairedAucTest, auc_delong, delong_paired, delong_unpaired,
};
pub use direction::{Direction, direction_of_medians};
pub use error::DiscriminationError;
pub use heterogeneity::{AucHeterogeneity, auc_heterogeneity};
pub use null_distribution::{NullDistribution, null_distribution, permutation_p};
pub use paired_decisions::{DiscordantCalls, PairedDecisions, compare_decisions};
pub use partial_auc::{PartialAuc, PartialAxis, partial_auc};
pub use reclassification::{
    IntegratedDiscrimination, NetMoves, NetReclassification, ReclassificationTable,
    integrated_discrimination, net_reclassification, reclassification_table,
};
pub use roc::{RocCurve, RocPoint, auc, roc_curve};
pub use roc_band::{RocBand, roc_band};
pub use threshold::{ChosenThreshold, ThresholdRule, best_threshold};
