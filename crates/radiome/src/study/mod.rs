//! A study: its file, its cohort, its features, and the run that makes a report of them.

mod assemble;
mod candidates;
mod cohort;
mod controls;
mod corrections;
mod covariates;
mod error;
mod extraction;
mod feature_tables;
mod file;
mod groupings;
mod learnt_scales;
mod missing;
mod null;
mod perturbations;
mod perturbed_readings;
mod plan;
mod relearning_cost;
mod run;
mod scaled_images;
mod scans;
mod signs;
mod survival;
mod thick_slices;

pub use cohort::{Cohort, Patient, Split};
pub use controls::{Control, Controls};
pub use error::{Problem, StudyError};
pub use extraction::CheckedImages;
pub use extraction::{FeatureColumn, StudyFeatures, UndefinedFeature};
pub use feature_tables::FeatureTables;
pub use file::{
    ControlKind, Folds, HarmonizationFit, IccBound, IccForm, LambdaRule, Mode, ReadSign, Scheme,
    StudyFile, UnseenBatch,
};
pub use missing::{MissingMethod, MissingValues};
pub use null::{
    NULL_HEADLINE, NullModel, NullOptions, NullStudy, discard_kept_null, null, null_with,
};
pub use perturbations::{Perturbations, PerturbedPatients};
pub use plan::{SequencePlan, Study};
pub use relearning_cost::RelearningCost;
pub use run::{
    Finished, PARAMS_TEMPLATE, RunError, RunOptions, TEMPLATE, report_again, run, run_with,
};
pub use scans::{ONLY_SEQUENCE, Pattern, PatternError, Scan, scans};
pub use survival::{SurvivalSettings, TimeUnit};
