//! Numbers drawn at random.

use rand_core::RngCore;

/// Uniform from 0 (included) to 1 (excluded), in steps of 2^-53.
pub(super) fn uniform(generator: &mut impl RngCore) -> f64 {
    (generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Two independent numbers of the standard normal distribution (Box and Muller 1958).
pub(super) fn normal_pair(generator: &mut impl RngCore) -> [f64; 2] {
    // From 0 (excluded) to 1 (included), so that the logarithm is finite.
    let radius = (-2.0 * (1.0 - uniform(generator)).ln()).sqrt();
    let (sine, cosine) = (std::f64::consts::TAU * uniform(generator)).sin_cos();
    [radius * cosine, radius * sine]
}
