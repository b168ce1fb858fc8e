//! Removing what a scanner adds to a feature.

pub mod combat;
mod empirical_bayes;
mod error;
mod input;
mod least_squares;

pub use empirical_bayes::{Prior, StoppingRule};
