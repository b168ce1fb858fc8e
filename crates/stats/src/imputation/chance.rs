//! Draws from continuous distributions, by their quantile functions.

use crate::distribution::{chi_square_quantile, normal_quantile};
use rand_chacha::rand_core::RngCore;

/// A number between 0 and 1, neither of them.
pub(super) fn uniform(rng: &mut impl RngCore) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// A number of the standard normal distribution.
pub(super) fn normal(rng: &mut impl RngCore) -> f64 {
    normal_quantile(uniform(rng))
}

/// A number of the chi-square distribution.
pub(super) fn chi_square(df: f64, rng: &mut impl RngCore) -> f64 {
    chi_square_quantile(uniform(rng), df)
}
