//! Regression models: logistic, Firth's logistic, elastic net.

mod elastic_net;
mod error;
mod firth;
mod logistic;

pub use elastic_net::{
    CrossValidationMeasure, ElasticNet, ElasticNetCrossValidation, ElasticNetFamily,
    ElasticNetOptions, ElasticNetOutcome, LambdaPath, cross_validate_elastic_net, elastic_net,
};
pub use error::RegressionError;
pub use firth::{FirthCoefficient, FirthModel, firth_regression};
pub use logistic::{LikelihoodRatioTest, LogisticCoefficient, LogisticModel, logistic_regression};
pub(crate) use logistic::{LogisticFit, Standardized, newton, standardized};
