//! What was learnt: the final models, fitted on all training patients.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Estimate, PerturbationSummary, PooledTerm};

/// Agreement between readings on the training patients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reliability {
    /// Form of the ICC, such as `icc2_1`.
    pub form: String,
    /// A feature is kept above this.
    #[serde(with = "super::number")]
    pub threshold: f64,
    /// `estimate` or `lower`.
    pub bound: String,
    /// Patients read again, by comparison (`intra`, `inter`).
    pub patients: IndexMap<String, usize>,
    /// How images and contours were perturbed, where that is one of the comparisons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perturbations: Option<PerturbationSummary>,
    /// Every feature.
    pub features: Vec<IccOfFeature>,
    /// Number of features kept.
    pub kept: usize,
}

/// ICC of one feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IccOfFeature {
    /// Feature with its sequence in front.
    pub feature: String,
    /// Estimate by comparison (`intra`, `inter`); `None` for a constant feature.
    pub icc: IndexMap<String, Option<f64>>,
    /// Lower and upper 95 % limit by comparison.
    pub ci: IndexMap<String, [Option<f64>; 2]>,
    /// Whether it goes on.
    pub kept: bool,
}

/// Scanner effects on the training patients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Harmonization {
    /// `combat`.
    pub method: String,
    /// Column of the scanner.
    pub batch: String,
    /// What happens to an unseen scanner: `none`, `own`, `error`.
    pub unseen: String,
    /// Whose features the effects were estimated from: `training`, or `pooled` for everyone's.
    #[serde(default = "fitted_on_training")]
    pub fit: String,
    /// Columns whose effect on the features was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
    /// Patients left as they are because training never saw their level of a covariate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_covariates: Vec<String>,
    /// The scanners of those patients and whether they were adjusted.
    pub batches: Vec<BatchEffect>,
    /// Scanners of external patients that training never saw.
    pub unseen_batches: Vec<String>,
}

fn fitted_on_training() -> String {
    "training".to_owned()
}

/// One scanner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BatchEffect {
    /// Its name.
    pub name: String,
    /// Patients whose features were used: training, or all where the fit is pooled.
    pub n: usize,
    /// Whether its features were adjusted (a scanner with one patient is not).
    pub adjusted: bool,
    /// Mean over features of the absolute shift, in pooled standard deviations.
    #[serde(with = "super::number::option")]
    pub mean_absolute_shift: Option<f64>,
    /// Median over features of the ratio of its standard deviation to the pooled one.
    #[serde(with = "super::number::option")]
    pub median_scale: Option<f64>,
}

/// A radiomics signature: `rad_score = intercept + sum(coefficient * z)`, the log-odds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureModel {
    /// Features chosen by mRMR, in the order chosen.
    pub selected: Vec<SelectedFeature>,
    /// The lambda of the cross-validation.
    #[serde(with = "super::number")]
    pub lambda: f64,
    /// Intercept on the standardised features.
    #[serde(with = "super::number")]
    pub intercept: f64,
    /// Non-zero coefficients on the standardised features; `None` for an empty signature.
    pub coefficients: Option<IndexMap<String, f64>>,
    /// Why the signature is empty.
    pub reason: Option<String>,
    /// Share of the resamples in which each feature has a non-zero coefficient; those above 0.
    #[serde(with = "super::number::map")]
    pub selection_frequency: IndexMap<String, f64>,
    /// How much the choice of features changes between bootstrap samples; `None` without them, or
    /// where no sample keeps a feature.
    #[serde(default)]
    pub stability: Option<SelectionStability>,
    /// The path of the LASSO.
    pub path: LambdaPath,
    /// Rad-score of every analysed patient.
    pub rad_scores: Vec<RadScore>,
}

/// Stability of the features that a signature keeps (Nogueira, Sechidis and Brown 2018).
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct SelectionStability {
    /// 1 for the same features in every sample, 0 for a choice at random.
    pub index: Estimate,
    /// Mean number of features kept.
    #[serde(with = "super::number")]
    pub mean_size: f64,
    /// Features that could have been chosen.
    pub features: usize,
    /// Bootstrap samples.
    pub samples: usize,
}

/// A feature chosen by mRMR.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SelectedFeature {
    /// Feature with its sequence in front.
    pub feature: String,
    /// Criterion when it was chosen.
    #[serde(with = "super::number")]
    pub score: f64,
    /// Mutual information with the outcome.
    #[serde(with = "super::number")]
    pub relevance: f64,
}

/// The LASSO along its lambdas.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LambdaPath {
    /// Lambdas, largest first.
    #[serde(with = "super::number::list")]
    pub lambda: Vec<f64>,
    /// Number of non-zero coefficients.
    pub df: Vec<usize>,
    /// Mean cross-validated deviance.
    #[serde(with = "super::number::list")]
    pub cvm: Vec<f64>,
    /// Its standard error.
    #[serde(with = "super::number::list")]
    pub cvsd: Vec<f64>,
    /// Smallest mean deviance.
    #[serde(with = "super::number")]
    pub lambda_min: f64,
    /// Largest lambda within one standard error.
    #[serde(with = "super::number")]
    pub lambda_1se: f64,
    /// Coefficients along the path of the features that are ever non-zero.
    #[serde(with = "super::number::lists")]
    pub coefficients: IndexMap<String, Vec<f64>>,
}

/// The rad-score of one patient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RadScore {
    /// The patient.
    pub id: String,
    /// `train` or `external`.
    pub split: String,
    /// Whether the outcome is positive.
    pub positive: bool,
    /// The score of the final signature.
    #[serde(with = "super::number")]
    pub rad_score: f64,
}

/// The clinical model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClinicalModel {
    /// Each candidate alone.
    pub univariate: Vec<RegressionTerm>,
    /// The candidates below the significance level, together.
    pub multivariate: Vec<RegressionTerm>,
    /// The model of those that stayed below it; `None` for an empty model.
    pub terms: Option<Vec<RegressionTerm>>,
    /// Its intercept.
    #[serde(with = "super::number::option")]
    pub intercept: Option<f64>,
    /// Why the model is empty.
    pub reason: Option<String>,
    /// Significance level of both steps.
    #[serde(with = "super::number")]
    pub p: f64,
    /// Training patients with every value of the final model's terms.
    pub n: usize,
}

/// One column of a regression.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegressionTerm {
    /// Design column: the variable, or `variable=level`.
    pub name: String,
    /// The variable in the clinical table, or the signature.
    pub variable: String,
    /// Log odds ratio.
    #[serde(with = "super::number")]
    pub coef: f64,
    /// Its standard error.
    #[serde(with = "super::number")]
    pub se: f64,
    /// Wald statistic.
    #[serde(with = "super::number")]
    pub z: f64,
    /// P of the Wald test.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
    /// P by which the variable was kept or dropped: Wald for one column, the likelihood-ratio
    /// test for a factor of several, or the pooled Wald test where values were imputed.
    #[serde(with = "super::number::option")]
    pub variable_p: Option<f64>,
    /// Odds ratio.
    #[serde(with = "super::number")]
    pub odds_ratio: f64,
    /// Wald 95 % interval of the odds ratio.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// Patients with a value.
    pub n: usize,
    /// Why the figures mean nothing (separated data), where they do not.
    pub reason: Option<String>,
    /// How it was pooled, where values were imputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooled: Option<PooledTerm>,
}

/// The nomogram: `logit(probability) = intercept + sum(coef * value)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NomogramModel {
    /// Its terms; `None` if there is no nomogram.
    pub terms: Option<Vec<RegressionTerm>>,
    /// Intercept.
    #[serde(with = "super::number::option")]
    pub intercept: Option<f64>,
    /// One axis a variable.
    pub axes: Vec<NomogramAxis>,
    /// From total points to probability.
    pub total_points: Vec<TotalPoints>,
    /// Why there is none, or why a part asked for is not in it.
    pub reason: Option<String>,
}

/// One axis of the nomogram.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NomogramAxis {
    /// The variable.
    pub variable: String,
    /// Marks on the axis.
    pub levels: Vec<NomogramLevel>,
    /// Smallest and largest value of the training patients; `None` for a factor.
    #[serde(default)]
    pub training_range: Option<[f64; 2]>,
}

/// A mark on an axis.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NomogramLevel {
    /// The value: a number or a level.
    pub value: String,
    /// Its points.
    #[serde(with = "super::number")]
    pub points: f64,
}

/// A mark on the scale of total points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TotalPoints {
    /// Sum of the points.
    #[serde(with = "super::number")]
    pub points: f64,
    /// Linear predictor there.
    #[serde(with = "super::number")]
    pub linear_predictor: f64,
    /// Probability of the positive outcome there.
    #[serde(with = "super::number")]
    pub probability: f64,
}
