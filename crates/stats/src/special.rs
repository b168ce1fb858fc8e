//! Special functions with full relative accuracy in both tails.
//!
//! The error and log-gamma functions come from `libm`, the incomplete gamma functions from
//! `spec_math` (a port of Cephes). The incomplete beta function is a continued fraction here,
//! because it must take `x` and `1 - x` separately: a tail probability near zero is lost when
//! `1 - x` is formed by subtraction.
//!
//! Parameters outside the domain give NaN.

/// Continued fractions stop after this many terms; the number needed grows with the square root of
/// the larger parameter, so that parameters up to about 1e9 converge.
const MAX_TERMS: usize = 200_000;

/// Half of `ln(2 pi)`.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Natural logarithm of the gamma function, for `x > 0`. R: `lgamma`.
pub fn ln_gamma(x: f64) -> f64 {
    if x > 0.0 { libm::lgamma(x) } else { f64::NAN }
}

/// Natural logarithm of `n!`. R: `lfactorial`.
pub fn ln_factorial(n: u64) -> f64 {
    ln_gamma(n as f64 + 1.0)
}

/// Natural logarithm of the binomial coefficient `n` over `k`; minus infinity when `k > n`.
/// R: `lchoose`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    if k > n {
        return f64::NEG_INFINITY;
    }
    if k == 0 || k == n {
        return 0.0;
    }
    -ln_beta((n - k) as f64 + 1.0, k as f64 + 1.0) - (n as f64 + 1.0).ln()
}

/// Natural logarithm of the beta function `B(a, b)`, for `a, b > 0`. R: `lbeta`.
///
/// Written with the remainder of Stirling's formula, so that large parameters do not cancel.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    if !(a > 0.0 && b > 0.0) {
        return f64::NAN;
    }
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < 10.0 {
        return ln_gamma(small) + ln_gamma(large) - ln_gamma(small + large);
    }
    let ratio = small / large;
    if small < 10.0 {
        // ln Γ(large) - ln Γ(large + small), by Stirling.
        return ln_gamma(small) + stirling_remainder(large)
            - stirling_remainder(large + small)
            - (large - 0.5) * ratio.ln_1p()
            - small * (large + small).ln()
            + small;
    }
    HALF_LN_TWO_PI + stirling_remainder(small) + stirling_remainder(large)
        - stirling_remainder(small + large)
        + (small - 0.5) * (ratio / (1.0 + ratio)).ln()
        - large * ratio.ln_1p()
        - 0.5 * large.ln()
}

/// Complementary error function `erfc(x) = 1 - erf(x)`, accurate in the upper tail.
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// Error function.
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// Regularised lower incomplete gamma function `P(a, x)`, for `a > 0`, `x >= 0`. R: `pgamma(x, a)`.
pub fn gamma_lower(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    if x.is_infinite() {
        return 1.0;
    }
    spec_math::cephes64::igam(a, x)
}

/// Regularised upper incomplete gamma function `Q(a, x) = 1 - P(a, x)`, without cancellation.
/// R: `pgamma(x, a, lower.tail = FALSE)`.
pub fn gamma_upper(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    spec_math::cephes64::igamc(a, x)
}

/// Regularised incomplete beta function `I_x(a, b)`. R: `pbeta(x, a, b)`.
///
/// When `1 - x` is known better than by subtraction, use [`beta_regularized_with_complement`].
pub fn beta_regularized(a: f64, b: f64, x: f64) -> f64 {
    beta_regularized_with_complement(a, b, x, 1.0 - x)
}

/// Regularised incomplete beta function `I_x(a, b)` from `x` and its complement `y = 1 - x`.
///
/// `I_x(a, b) = 1 - I_y(b, a)`. The continued fraction (DLMF 8.17.22, by Lentz's method) is used
/// on the side of the mean where it converges quickly. The factor before it is the binomial
/// density in Loader's saddle-point form, which has no cancellation for large parameters.
pub fn beta_regularized_with_complement(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    if y == 0.0 {
        return 1.0;
    }
    if x <= (a + 1.0) / (a + b + 2.0) {
        lower_beta_fraction(a, b, x, y).min(1.0)
    } else {
        (1.0 - lower_beta_fraction(b, a, y, x)).clamp(0.0, 1.0)
    }
}

/// `x^a y^b / B(a, b)` with `y = 1 - x`: the beta density times `x y`, and the derivative of
/// `I_x(a, b)` with respect to the logit of `x`.
pub fn beta_power_terms(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && x >= 0.0 && y >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 || y == 0.0 {
        return 0.0;
    }
    let n = a + b;
    if a < 1e-3 || b < 1e-3 {
        return (a * x.ln() + b * y.ln() - ln_beta(a, b)).exp();
    }
    let exponent = stirling_remainder(n)
        - stirling_remainder(a)
        - stirling_remainder(b)
        - deviance(a, n * x)
        - deviance(b, n * y);
    (a * (b / n)).sqrt() * (exponent - HALF_LN_TWO_PI).exp()
}

fn lower_beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let factor = beta_power_terms(a, b, x, y) / a;
    if factor == 0.0 {
        return 0.0;
    }
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..MAX_TERMS {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            return factor * fraction;
        }
    }
    // Not converged: say so rather than give a number that may be wrong.
    f64::NAN
}

/// Remainder of Stirling's formula: `ln Γ(n + 1) - (n + 1/2) ln n + n - ln(2 pi) / 2`
/// (Loader 2000, "Fast and accurate computation of binomial probabilities").
fn stirling_remainder(n: f64) -> f64 {
    if n < 16.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - HALF_LN_TWO_PI;
    }
    // 1/(12 n) - 1/(360 n^3) + ..., the Bernoulli numbers B_2k / (2k (2k - 1)).
    let s = 1.0 / (n * n);
    let series = 1.0 / 12.0
        - s * (1.0 / 360.0
            - s * (1.0 / 1260.0
                - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * (691.0 / 360_360.0 - s / 156.0)))));
    series / n
}

/// `x ln(x / m) + m - x`, without cancellation when `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() < 0.1 * (x + m) {
        // With v = (x - m) / (x + m): ln(x / m) = 2 atanh(v), so the result is
        // (x - m) v + 2 x sum of v^(2j+1) / (2j+1), j from 1.
        let v = difference / (x + m);
        let mut power = 2.0 * x * v;
        let square = v * v;
        let mut sum = difference * v;
        for j in 1..1000 {
            power *= square;
            let next = sum + power / (2 * j + 1) as f64;
            if next == sum {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * (x / m).ln() - difference
}
