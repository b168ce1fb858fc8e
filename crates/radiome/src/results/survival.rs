//! Time to progression (or another endpoint) by model.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{
    AucAtTime, ByModel, BySplit, CoxNomogram, Estimate, HazardRatios, StratifiedSurvival,
    SurvivalDecision,
};

/// Survival by the groups that the models make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Survival {
    /// Column of the time.
    pub time: String,
    /// Column of the event.
    pub event: String,
    /// Curves of the patients below and above the cut-off of each model, and by the true outcome
    /// (`outcome`).
    pub kaplan_meier: ByModel<BySplit<KaplanMeier>>,
    /// Log-rank test of the same groups.
    pub log_rank: ByModel<BySplit<LogRank>>,
    /// Concordance of the models' scores.
    pub concordance: BySplit<Vec<ConcordanceOfScore>>,
    /// Differences between them.
    pub concordance_differences: BySplit<Vec<ConcordanceDifference>>,
    /// Cox models fitted on the training patients: the nomogram's linear predictor, the stage,
    /// both.
    pub cox: IndexMap<String, CoxModel>,
    /// Hazard ratios of the models' scores and groups.
    #[serde(default)]
    pub hazard_ratios: ByModel<BySplit<HazardRatios>>,
    /// One standard deviation of each model's score: that of the final model's scores of the
    /// training patients.
    #[serde(default, with = "super::number::map")]
    pub score_sd: IndexMap<String, f64>,
    /// From which linear predictor on a patient is at high risk, for scores whose cut-off comes from
    /// a Cox model: the median of the training patients.
    #[serde(default, with = "super::number::map")]
    pub cutoffs: IndexMap<String, f64>,
    /// Survival within strata, by column.
    #[serde(default)]
    pub strata: Vec<StratifiedSurvival>,
    /// The nomogram of the nomogram's linear predictor and the stage.
    #[serde(default)]
    pub nomogram_stage: Option<CoxNomogram>,
    /// Discrimination at given times.
    #[serde(default)]
    pub auc_at: BySplit<Vec<AucAtTime>>,
    /// Net benefit of the Cox models' risks of an event by given times: `cross_validated` (`train`,
    /// apparent, in a study as published) and `external`.
    #[serde(default)]
    pub decision_curve: BySplit<Vec<SurvivalDecision>>,
}

/// Survival curves of two or more groups.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KaplanMeier {
    /// One curve a group.
    pub groups: Vec<KaplanMeierGroup>,
}

/// One survival curve.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KaplanMeierGroup {
    /// What the group is: `low risk`, `high risk`, or a value of the outcome.
    pub name: String,
    /// Patients.
    pub n: usize,
    /// Events.
    pub events: usize,
    /// Median survival.
    #[serde(with = "super::number::option")]
    pub median: Option<f64>,
    /// Its 95 % interval (log).
    #[serde(with = "super::number::limits")]
    pub median_ci: [Option<f64>; 2],
    /// The curve.
    pub steps: Vec<KaplanMeierStep>,
}

/// A survival curve at one of its times.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct KaplanMeierStep {
    /// Time.
    #[serde(with = "super::number")]
    pub time: f64,
    /// At risk just before.
    pub n_risk: usize,
    /// Events then.
    pub n_event: usize,
    /// Censored then.
    pub n_censor: usize,
    /// Survival just after.
    #[serde(with = "super::number")]
    pub survival: f64,
    /// Its 95 % interval (log).
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
}

/// The log-rank test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogRank {
    /// Statistic; `None` with fewer than two groups.
    #[serde(with = "super::number::option")]
    pub chi_square: Option<f64>,
    /// Groups less 1.
    pub df: usize,
    /// P value.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
}

/// Harrell's concordance of one score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConcordanceOfScore {
    /// The model.
    pub score: String,
    /// Patients.
    pub n: usize,
    /// Concordance with its 95 % interval.
    pub concordance: Estimate,
    /// Standard error (infinitesimal jackknife).
    #[serde(with = "super::number::option")]
    pub se: Option<f64>,
}

/// Two scores on the same patients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConcordanceDifference {
    /// First model.
    pub a: String,
    /// Second model.
    pub b: String,
    /// Concordance of `a` less that of `b`.
    #[serde(with = "super::number::option")]
    pub difference: Option<f64>,
    /// Statistic.
    #[serde(with = "super::number::option")]
    pub z: Option<f64>,
    /// Two-sided P.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
}

/// A Cox model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CoxModel {
    /// Training patients.
    pub n: usize,
    /// Events among them.
    pub events: usize,
    /// Its terms; empty where it could not be fitted.
    pub terms: Vec<CoxTerm>,
    /// Why it could not be fitted.
    pub reason: Option<String>,
}

/// One term of a Cox model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CoxTerm {
    /// Design column.
    pub name: String,
    /// Log hazard ratio.
    #[serde(with = "super::number")]
    pub coef: f64,
    /// Its standard error.
    #[serde(with = "super::number")]
    pub se: f64,
    /// P of the Wald test.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
    /// Hazard ratio.
    #[serde(with = "super::number")]
    pub hazard_ratio: f64,
    /// Its 95 % interval.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
}
