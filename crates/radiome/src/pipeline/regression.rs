//! Logistic regression of rad-scores and clinical terms.

use nalgebra::DMatrix;
use radiome_stats::distribution::{chi_square_sf, normal_quantile};
use radiome_stats::regression::{Logistic, logistic};

use super::clinical::column_of;
use super::{Dataset, FitError, Term};

/// One design column of a fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedTerm {
    /// The signature, the variable, or `variable=level`.
    pub name: String,
    /// The signature or the variable.
    pub variable: String,
    /// Log odds ratio.
    pub coef: f64,
    /// Its standard error.
    pub se: f64,
    /// Wald statistic.
    pub z: f64,
    /// P of the Wald test; NaN for separated data.
    pub p_value: f64,
    /// Wald 95 % limits of the odds ratio.
    pub ci: [f64; 2],
    /// P of the variable: Wald for one column, likelihood ratio for several.
    pub variable_p: f64,
    /// Rows used.
    pub n: usize,
    /// Whether the data are separated, so that the figures mean nothing.
    pub separated: bool,
}

/// A fitted logistic regression: `score = intercept + sum(coef * value)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Signatures, whose rad-scores are the first design columns.
    pub signatures: Vec<String>,
    /// Clinical terms, whose columns follow.
    pub clinical: Vec<Term>,
    /// Intercept.
    pub intercept: f64,
    /// The design columns in order.
    pub terms: Vec<FittedTerm>,
    /// Rows with every value.
    pub n: usize,
}
