//! Regression models: logistic with its profiles, tests and selection of terms, Firth's logistic,
//! elastic net.

mod elastic_net;
mod error;
mod firth;
mod logistic;
mod logistic_profile;
mod profile;
mod restricted_cubic_spline;
mod stepwise;
mod term;
mod variance_inflation;

pub use elastic_net::{
    CrossValidationMeasure, ElasticNet, ElasticNetCrossValidation, ElasticNetFamily,
    ElasticNetOptions, ElasticNetOutcome, LambdaPath, cross_validate_elastic_net, elastic_net,
};
pub use error::RegressionError;
pub use firth::{FirthCoefficient, FirthModel, firth_regression, firth_test};
pub use logistic::{LikelihoodRatioTest, LogisticCoefficient, LogisticModel, logistic_regression};
pub(crate) use logistic::{LogisticFit, Standardized, newton, standardized};
pub use logistic_profile::{ProfileLimits, profile_limits, spline_profile_limits};
pub use restricted_cubic_spline::{restricted_cubic_spline, spline_knots};
pub use stepwise::{
    Stepwise, StepwiseChange, StepwiseCriterion, StepwiseDirection, StepwiseStep, stepwise_logistic,
};
pub use term::{ModelTerm, drop_each_term};
pub use variance_inflation::{VarianceInflation, variance_inflation};
