//! Regression models: logistic, Firth's logistic, elastic net.

mod cross_validation;
mod elastic_net;
mod error;
mod firth;
mod logistic;
mod penalized_newton;

pub use cross_validation::{
    CrossValidationMeasure, ElasticNetCrossValidation, cross_validate_elastic_net,
};
pub use elastic_net::{ElasticNet, ElasticNetFamily, ElasticNetOptions, LambdaPath, elastic_net};
pub use error::RegressionError;
pub use firth::{FirthCoefficient, FirthModel, firth_regression};
pub use logistic::{LikelihoodRatioTest, LogisticCoefficient, LogisticModel, logistic_regression};
pub(crate) use logistic::{LogisticFit, Standardized, newton, standardized};
