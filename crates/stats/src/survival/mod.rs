//! Time to an event that may be censored.

mod concordance;
mod cox;
mod error;
mod kaplan_meier;
mod log_rank;

pub use concordance::{Concordance, ConcordanceComparison, compare_concordance, concordance};
pub use cox::{BaselineHazard, CoxCoefficient, CoxModel, CoxTest, CoxTies, cox_regression};
pub use error::SurvivalError;
pub use kaplan_meier::{KaplanMeier, SurvivalInterval, SurvivalQuantile, kaplan_meier};
pub use log_rank::{LogRankTest, log_rank};
