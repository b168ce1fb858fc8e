//! How good the models are.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::RocBand;

/// An estimate with its 95 % interval; `None` where it is not defined.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
pub struct Estimate {
    /// The estimate.
    #[serde(with = "super::number::option")]
    pub estimate: Option<f64>,
    /// Lower and upper limit.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
}

/// Discrimination and classification of a model on one split.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Performance {
    /// Patients with a prediction.
    pub n: usize,
    /// Of those, with the positive outcome.
    pub positive: usize,
    /// Area under the ROC curve.
    #[serde(with = "super::number::option")]
    pub auc: Option<f64>,
    /// DeLong's 95 % interval.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// Threshold on the probability; fixed in training.
    #[serde(with = "super::number::option")]
    pub cutoff: Option<f64>,
    /// Share classified rightly (Clopper-Pearson intervals, as for the next four).
    pub accuracy: Estimate,
    /// Of the positive, classified positive.
    pub sensitivity: Estimate,
    /// Of the negative, classified negative.
    pub specificity: Estimate,
    /// Of those classified positive, positive.
    pub ppv: Estimate,
    /// Of those classified negative, negative.
    pub npv: Estimate,
    /// True positives, false positives, false negatives, true negatives.
    pub confusion: [usize; 4],
    /// The ROC curve.
    pub roc: Vec<RocPoint>,
    /// Its confidence band; `None` where the curve is the same in every resample.
    #[serde(default)]
    pub band: Option<RocBand>,
}

/// A point of a ROC curve.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
pub struct RocPoint {
    /// False positive rate.
    #[serde(with = "super::number")]
    pub one_minus_specificity: f64,
    /// True positive rate.
    #[serde(with = "super::number")]
    pub sensitivity: f64,
}

/// DeLong's test of two models on the same patients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DelongComparison {
    /// First model.
    pub a: String,
    /// Second model.
    pub b: String,
    /// `train` or `external`.
    pub split: String,
    /// AUC of `a` less AUC of `b`.
    #[serde(with = "super::number::option")]
    pub difference: Option<f64>,
    /// 95 % interval of the difference.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// Statistic.
    #[serde(with = "super::number::option")]
    pub z: Option<f64>,
    /// Two-sided P.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
    /// Holm's correction over the comparisons of the split.
    #[serde(with = "super::number::option")]
    pub p_adjusted: Option<f64>,
}

/// Calibration of a model on one split.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Calibration {
    /// Patients with a prediction.
    pub n: usize,
    /// Hosmer-Lemeshow test; `None` where the groups cannot be made.
    pub hosmer_lemeshow: Option<HosmerLemeshow>,
    /// Intercept of the logistic recalibration.
    #[serde(with = "super::number::option")]
    pub intercept: Option<f64>,
    /// Slope of the logistic recalibration; 1 is ideal.
    #[serde(with = "super::number::option")]
    pub slope: Option<f64>,
    /// Intercept with the slope held at 1; 0 is ideal.
    #[serde(with = "super::number::option")]
    pub calibration_in_the_large: Option<f64>,
    /// Mean squared difference of probability and outcome.
    #[serde(with = "super::number::option")]
    pub brier: Option<f64>,
    /// 1 less Brier over the Brier of the prevalence.
    #[serde(with = "super::number::option")]
    pub brier_scaled: Option<f64>,
    /// Smoothed curve: predicted and observed.
    #[serde(with = "super::number::points")]
    pub curve: Vec<[f64; 2]>,
    /// Pointwise 95 % band of the curve, point by point, by the bootstrap of the patients.
    #[serde(default)]
    pub band: Vec<[Option<f64>; 2]>,
    /// Median distance of the curve from the diagonal over the patients.
    #[serde(default, with = "super::number::option")]
    pub e50: Option<f64>,
    /// Its 90 % quantile.
    #[serde(default, with = "super::number::option")]
    pub e90: Option<f64>,
    /// Its mean (the integrated calibration index).
    #[serde(default, with = "super::number::option")]
    pub e_avg: Option<f64>,
    /// Its maximum.
    #[serde(default, with = "super::number::option")]
    pub e_max: Option<f64>,
    /// Fifths or tenths of the patients by prediction.
    pub groups: Vec<CalibrationGroup>,
    /// Every prediction, for the distribution below the curve.
    #[serde(with = "super::number::list")]
    pub predicted: Vec<f64>,
    /// Whether each is positive.
    pub observed: Vec<bool>,
}

/// The Hosmer-Lemeshow test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HosmerLemeshow {
    /// Statistic.
    #[serde(with = "super::number")]
    pub chi_square: f64,
    /// Degrees of freedom: groups less 2.
    #[serde(with = "super::number")]
    pub df: f64,
    /// P value.
    #[serde(with = "super::number")]
    pub p_value: f64,
}

/// A group of patients with similar predictions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CalibrationGroup {
    /// Patients.
    pub n: usize,
    /// Mean prediction.
    #[serde(with = "super::number")]
    pub predicted: f64,
    /// Share with the positive outcome.
    #[serde(with = "super::number")]
    pub observed: f64,
    /// Wilson's 95 % interval of that share.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
}

/// Net benefit of a model on one split, or corrected for optimism.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecisionCurve {
    /// Over threshold probabilities.
    pub points: Vec<DecisionPoint>,
}

/// Net benefit at one threshold probability.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// Threshold probability.
    #[serde(with = "super::number")]
    pub threshold: f64,
    /// Net benefit of deciding by the model.
    #[serde(with = "super::number")]
    pub net_benefit: f64,
    /// Net benefit of treating all.
    #[serde(with = "super::number")]
    pub treat_all: f64,
}

/// A model under refitting of the whole pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InternalValidation {
    /// AUC of the final model on the patients it was fitted on.
    pub apparent: Estimate,
    /// Mean over bootstrap samples of apparent less original AUC (Harrell); `None` without
    /// bootstrap.
    pub optimism: Option<Estimate>,
    /// Apparent less optimism.
    pub optimism_corrected: Option<Estimate>,
    /// Mean of the AUC within each test fold over folds and repeats; interval by influence
    /// curves (LeDell, Petersen and van der Laan 2015).
    pub cross_validated: Option<Estimate>,
    /// More figures of the cross-validation.
    pub resampled: Option<Resampled>,
    /// Bootstrap samples used.
    pub bootstrap: usize,
}

/// Classification on the patients left out, at the cut-off learnt inside each fold; means over
/// repeats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resampled {
    /// Patients with a prediction.
    pub n: usize,
    /// AUC of each test fold in order.
    pub fold_auc: Vec<Option<f64>>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub accuracy: Option<f64>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub sensitivity: Option<f64>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub specificity: Option<f64>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub ppv: Option<f64>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub npv: Option<f64>,
    /// Mean over repeats.
    #[serde(with = "super::number::option")]
    pub brier: Option<f64>,
    /// Vertical average of the ROC curves of the test folds; its area is the mean AUC.
    pub roc: Vec<RocPoint>,
    /// Share of the resamples in which the model had no predictor at all.
    #[serde(with = "super::number")]
    pub empty: f64,
    /// Share of the cross-validation fits in which each clinical variable was in the model.
    #[serde(with = "super::number::map")]
    pub clinical_frequency: IndexMap<String, f64>,
}

impl Estimate {
    /// Not defined.
    pub const UNKNOWN: Self = Self {
        estimate: None,
        ci: [None, None],
    };
}
