//! Regression models: logistic, elastic net.

mod cross_validation;
mod elastic_net;
mod error;
mod penalized_newton;

pub use cross_validation::{
    CrossValidationMeasure, ElasticNetCrossValidation, cross_validate_elastic_net,
};
pub use elastic_net::{ElasticNet, ElasticNetFamily, ElasticNetOptions, LambdaPath, elastic_net};
pub use error::RegressionError;
