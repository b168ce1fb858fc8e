//! What a study found: `results.json`, key by key.
//!
//! Every figure and table of the report is drawn from these values and from nothing else, so that
//! a report can be drawn again from the run folder. A value that could not be had is `null`
//! (`None` or NaN), and the `reason` beside it says why; infinities are `"Inf"` and `"-Inf"`.

mod as_published;
mod cohort;
mod controls;
mod cox_nomogram;
mod evaluation;
mod hazard;
mod histology;
mod missing;
mod model;
mod number;
mod perturbations;
mod quality;
mod read;
mod reader_agreement;
mod roc_band;
mod sample_size;
mod strata;
mod subgroups;
mod survival;
mod survival_decision;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use as_published::{AsPublished, BestExternalSignature};
pub use cohort::{
    CohortFlow, Exclusion, FollowUp, GroupSummary, SplitCounts, TableOne, TableOneRow, TableOneTest,
};
pub use controls::{Control, ControlScore, Verdict};
pub use cox_nomogram::{AucAtTime, CoxNomogram, SurvivalAxis};
pub use evaluation::{
    Calibration, CalibrationGroup, DecisionCurve, DecisionPoint, DelongComparison, Estimate,
    HosmerLemeshow, InternalValidation, Performance, Resampled, RocPoint,
};
pub use hazard::{HazardRatio, HazardRatios};
pub use histology::{HistologicalType, Histology};
pub use missing::{ImputationSummary, MissingColumn, MissingValues, PooledTerm};
pub use model::{
    BatchEffect, ClinicalModel, Harmonization, IccOfFeature, LambdaPath, NomogramAxis,
    NomogramLevel, NomogramModel, RadScore, RegressionTerm, Reliability, SelectedFeature,
    SelectionStability, SignatureModel, TotalPoints,
};
pub use perturbations::PerturbationSummary;
pub use quality::QualitySummary;
pub use read::ResultsError;
pub use reader_agreement::{Disagreement, KappaOfSign, ReaderAgreement};
pub use roc_band::RocBand;
pub use sample_size::{RequiredSize, SampleSize};
pub use strata::{Strata, StratifiedSurvival, Stratum};
pub use subgroups::{Interaction, Subgroup, Subgroups, SubgroupsOfModel};
pub use survival::{
    ConcordanceDifference, ConcordanceOfScore, CoxModel, CoxTerm, KaplanMeier, KaplanMeierGroup,
    KaplanMeierStep, LogRank, Survival,
};
pub use survival_decision::{SurvivalDecision, SurvivalDecisionOfModel};

/// Something of a model in each split (`train`, `external`) or resampling (`cross_validated`).
pub type BySplit<T> = IndexMap<String, T>;
/// Something of each model (`clinical`, `rs_<sequence>`, `rs_combined`, `nomogram` ...).
pub type ByModel<T> = IndexMap<String, T>;

/// Everything that a study found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// What was asked.
    pub study: StudySummary,
    /// Who was in it.
    pub cohort: CohortFlow,
    /// The baseline table: low against high in each split.
    pub table_one: TableOne,
    /// Patients by histological type; `None` where the study file names no `histology`.
    #[serde(default)]
    pub histology: Option<Histology>,
    /// Agreement of readers on signs; empty where the study file names none.
    #[serde(default)]
    pub reader_agreement: Vec<ReaderAgreement>,
    /// Agreement between readings, feature by feature.
    pub reliability: Option<Reliability>,
    /// Scanner effects that were removed.
    pub harmonization: Option<Harmonization>,
    /// The radiomics signatures of the final model.
    pub signatures: ByModel<SignatureModel>,
    /// Missing clinical values; `None` where the study file has no `clinical.missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_values: Option<MissingValues>,
    /// The clinical model.
    pub clinical_model: ClinicalModel,
    /// The nomogram.
    pub nomogram: NomogramModel,
    /// Discrimination and classification: `train` (apparent) and `external`.
    pub performance: ByModel<BySplit<Performance>>,
    /// Comparisons of AUC within a split.
    pub delong: Vec<DelongComparison>,
    /// Calibration: `train` (apparent), `cross_validated`, `external`.
    pub calibration: ByModel<BySplit<Calibration>>,
    /// Net benefit: `train` (apparent), `optimism_corrected` (apparent less the mean over bootstrap
    /// samples of apparent less original), `cross_validated`, `external`.
    pub decision_curve: ByModel<BySplit<DecisionCurve>>,
    /// Progression-free (or other) survival by model.
    pub survival: Option<Survival>,
    /// How well the models do within subgroups, by column.
    #[serde(default)]
    pub subgroups: Vec<Subgroups>,
    /// Cross-validation and bootstrap of the whole pipeline.
    pub internal_validation: ByModel<InternalValidation>,
    /// Something simpler beside the signatures: `volume`, `shuffled_voxels`.
    #[serde(default)]
    pub controls: IndexMap<String, Control>,
    /// How many patients there were and how many the models would have needed.
    #[serde(default)]
    pub sample_size: Option<SampleSize>,
    /// Views of published papers that mix sets of patients; `None` in an honest study.
    #[serde(default)]
    pub as_published: Option<AsPublished>,
    /// What a look at the images and contours showed; `None` where there were no images.
    #[serde(default)]
    pub quality: Option<QualitySummary>,
    /// Why a part that is `null` above is missing, by its key.
    pub reasons: IndexMap<String, String>,
    /// What a reader of the results must know.
    pub warnings: Vec<Warning>,
}

/// What was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StudySummary {
    /// Name of the study.
    pub name: String,
    /// Version of radiome.
    pub version: String,
    /// Seed of every chance step.
    pub seed: u64,
    /// `honest` or `as_published`.
    pub mode: String,
    /// Whether features were read from tables instead of computed from images.
    #[serde(default)]
    pub from_tables: bool,
    /// Column of the outcome.
    pub outcome: String,
    /// Its positive value, as written.
    pub positive: String,
    /// Column of the survival time, if any.
    pub survival_time: Option<String>,
    /// Sequences in the order of the study file.
    pub sequences: Vec<SequenceSummary>,
    /// Number of features in all.
    pub features: usize,
    /// Number kept by mRMR for each signature.
    pub k: usize,
    /// Repeats of the cross-validation; 0 where nothing is resampled.
    pub repeats: usize,
    /// Folds of each repeat; 0 where nothing is resampled.
    pub folds: usize,
    /// Bootstrap samples; 0 where there are none.
    pub bootstrap: usize,
    /// How signatures and nomogram are made.
    #[serde(default)]
    pub learning: Option<LearningSummary>,
}

/// How signatures and nomogram are made, as the study file asks for.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct LearningSummary {
    /// Criterion of mRMR: `difference` or `quotient`.
    pub scheme: String,
    /// Share of the LASSO penalty; 1 for the LASSO.
    pub alpha: f64,
    /// Folds of the cross-validation that chooses λ; fewer where a class has fewer patients.
    pub inner_folds: usize,
    /// Column that holds these folds, in place of a number.
    pub folds_column: Option<String>,
    /// Which λ is taken: `min` or `1se`.
    pub lambda: String,
    /// What the nomogram may hold: signatures, and `clinical` for the terms of the clinical model.
    pub nomogram: Vec<String>,
}

/// How the features of one sequence were computed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SequenceSummary {
    /// Name of the sequence.
    pub name: String,
    /// Number of its features.
    pub features: usize,
    /// Number of features of each class, by its name in PyRadiomics (`firstorder`, `glcm`) or in
    /// the IBSI's tags (`stat`, `cm`); `other` where a name tells none.
    #[serde(default)]
    pub classes: IndexMap<String, usize>,
    /// How its images were processed and its features computed, defaults included, in words by
    /// step; empty for features from tables and under the IBSI's definitions.
    #[serde(default)]
    pub processing: IndexMap<String, String>,
    /// Whether a scale of intensities was learnt from training images.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub learnt_scale: bool,
    /// Settings that differ from PyRadiomics' defaults or matter to a reader, as name and value.
    pub settings: IndexMap<String, String>,
}

/// A thing to know, with a stable code.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Warning {
    /// Stable name, such as `unseen_batch`.
    pub code: String,
    /// The sentence.
    pub text: String,
}

impl StudySummary {
    /// Whether everything was learnt again inside resamples.
    #[must_use]
    pub fn is_resampled(&self) -> bool {
        self.repeats > 0
    }
}

impl Warning {
    /// A warning.
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
        }
    }
}
