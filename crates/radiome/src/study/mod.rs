//! A study: its file, its cohort, its features, and the run that makes a report of them.

mod candidates;
mod cohort;
mod error;
pub mod extraction;
mod file;
mod plan;

pub use cohort::{Cohort, Patient, Split};
pub use error::{Problem, StudyError};
pub use extraction::{FeatureColumn, StudyFeatures};
pub use file::{Folds, IccBound, IccForm, LambdaRule, Scheme, StudyFile, UnseenBatch};
pub use plan::{SequencePlan, Study};
