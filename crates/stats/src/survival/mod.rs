//! Time to an event that may be censored.

mod brier;
mod censoring;
mod concordance;
mod cox;
mod error;
mod kaplan_meier;
mod log_rank;
mod maximally_selected;
mod paired_concordance;
mod restricted_mean;
mod time_dependent_auc;

pub use brier::brier_score;
pub use censoring::{
    CensoringDistribution, CensoringTies, censoring_distribution, reverse_kaplan_meier,
};
pub use concordance::{
    Concordance, ConcordanceComparison, compare_concordance, concordance, stratified_concordance,
};
pub use cox::{
    BaselineHazard, CoxCoefficient, CoxModel, CoxTest, CoxTies, ProportionalHazardsTest,
    TimeTransform, cox_regression, proportional_hazards_test, stratified_cox_regression,
};
pub use error::SurvivalError;
pub use kaplan_meier::{KaplanMeier, SurvivalInterval, SurvivalQuantile, kaplan_meier};
pub use log_rank::{LogRankTest, PairwiseLogRank, log_rank, pairwise_log_rank};
pub use maximally_selected::{MaximallySelectedRank, log_rank_scores, maximally_selected_log_rank};
pub use paired_concordance::{PairRule, PairedConcordance, paired_concordance};
pub use restricted_mean::{
    RestrictedMean, RestrictedMeanDifference, compare_restricted_mean, restricted_mean,
};
pub use time_dependent_auc::{
    KaplanMeierRoc, TimeDependentAuc, kaplan_meier_roc, time_dependent_auc,
};
