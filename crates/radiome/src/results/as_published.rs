//! What published papers show though it mixes sets of patients, under its own name.

use serde::{Deserialize, Serialize};

use super::{ByModel, DecisionCurve};

/// In a study as published with external patients: views that must not be read as validation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AsPublished {
    /// Net benefit on training and external patients together: part of them were learnt from.
    pub pooled_decision_curve: ByModel<DecisionCurve>,
    /// The signature with the largest external AUC, where there are several.
    pub best_external_signature: Option<BestExternalSignature>,
}

/// The signature that the external patients would choose.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct BestExternalSignature {
    /// The model.
    pub model: String,
    /// Its external AUC.
    #[serde(with = "super::number")]
    pub auc: f64,
    /// Signatures compared.
    pub among: usize,
    /// Whether it is in the nomogram, for whatever reason.
    pub in_nomogram: bool,
}
