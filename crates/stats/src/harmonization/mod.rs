//! Removing what a scanner adds to a feature.

pub mod combat;
mod empirical_bayes;

pub use empirical_bayes::{Prior, StoppingRule};
