//! Tail probabilities and quantiles of the distributions that the tests use.
//!
//! Each distribution has both tails, `cdf` (`P(X <= x)`) and `sf` (`P(X > x)`), each computed
//! without subtracting from one, and a `quantile` that takes a lower tail probability. An
//! `upper_quantile` takes the upper one and stays accurate when it is tiny. Parameters outside the
//! domain give NaN, as in R.

use crate::special::{
    beta_power_terms, beta_regularized_with_complement, erfc, gamma_lower, gamma_upper, ln_gamma,
};

/// Standard normal `P(X <= x)`. R: `pnorm`.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Standard normal `P(X > x)`. R: `pnorm(lower.tail = FALSE)`.
pub fn normal_sf(x: f64) -> f64 {
    normal_cdf(-x)
}

/// Standard normal density. R: `dnorm`.
pub fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Two-sided standard normal probability `P(|X| > |z|)`.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// Quantile of the standard normal distribution. R: `qnorm`.
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    if p > 0.5 {
        return -normal_quantile_of_small(1.0 - p);
    }
    normal_quantile_of_small(p)
}

/// The value whose upper tail is `p`: `-normal_quantile(p)`.
pub fn normal_upper_quantile(p: f64) -> f64 {
    -normal_quantile(p)
}

fn normal_quantile_of_small(p: f64) -> f64 {
    let x = spec_math::cephes64::ndtri(p);
    // One step of Halley's method; the density of a denormal tail is no help.
    let density = normal_density(x);
    if density < 1e-290 {
        return x;
    }
    let step = (normal_cdf(x) - p) / density;
    x - step / (1.0 + 0.5 * x * step)
}

/// Student's t `P(T <= t)` with `df > 0` degrees of freedom, possibly infinite. R: `pt`.
pub fn student_t_cdf(t: f64, df: f64) -> f64 {
    student_t_sf(-t, df)
}

/// Student's t `P(T > t)`. R: `pt(lower.tail = FALSE)`.
pub fn student_t_sf(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    let half = 0.5 * student_t_two_sided(t, df);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// Student's t, both tails: `P(|T| > |t|)`. R: `2 * pt(-abs(t), df)`.
pub fn student_t_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df.is_infinite() {
        return normal_two_sided(t);
    }
    if t.is_infinite() {
        return 0.0;
    }
    let (x, y) = share(t.abs() / df.sqrt());
    beta_regularized_with_complement(0.5 * df, 0.5, y, x)
}

/// `r^2 / (1 + r^2)` and `1 / (1 + r^2)`, without overflow of the square.
fn share(r: f64) -> (f64, f64) {
    if r > 1.0 {
        let inverse = 1.0 / r;
        let square = inverse * inverse;
        (1.0 / (1.0 + square), square / (1.0 + square))
    } else {
        let square = r * r;
        (square / (1.0 + square), 1.0 / (1.0 + square))
    }
}

/// Quantile of Student's t. R: `qt`.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p <= 0.5 {
        -student_t_upper_quantile(p, df)
    } else {
        student_t_upper_quantile(1.0 - p, df)
    }
}

/// The value of Student's t whose upper tail is `p`. R: `qt(p, df, lower.tail = FALSE)`.
pub fn student_t_upper_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if df.is_infinite() {
        return normal_upper_quantile(p);
    }
    if p > 0.5 {
        return -student_t_upper_quantile(1.0 - p, df);
    }
    // t^2 / df is the odds of a Beta(1/2, df/2) variable.
    let logit = beta_logit_quantile(0.5, 0.5 * df, 1.0 - 2.0 * p, 2.0 * p);
    df.sqrt() * (0.5 * logit).exp()
}

/// Chi-square `P(X <= x)`. R: `pchisq`.
pub fn chi_square_cdf(x: f64, df: f64) -> f64 {
    if x <= 0.0 && df > 0.0 {
        0.0
    } else {
        gamma_lower(0.5 * df, 0.5 * x)
    }
}

/// Chi-square `P(X > x)`. R: `pchisq(lower.tail = FALSE)`.
pub fn chi_square_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 && df > 0.0 {
        1.0
    } else {
        gamma_upper(0.5 * df, 0.5 * x)
    }
}

/// Quantile of the chi-square distribution. R: `qchisq`.
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    2.0 * gamma_quantile(0.5 * df, p, 1.0 - p)
}

/// The chi-square value whose upper tail is `p`. R: `qchisq(p, df, lower.tail = FALSE)`.
pub fn chi_square_upper_quantile(p: f64, df: f64) -> f64 {
    2.0 * gamma_quantile(0.5 * df, 1.0 - p, p)
}

/// F distribution `P(X <= x)` with `df1` and `df2` degrees of freedom. R: `pf`.
pub fn f_cdf(x: f64, df1: f64, df2: f64) -> f64 {
    f_tails(x, df1, df2).0
}

/// F distribution `P(X > x)`. R: `pf(lower.tail = FALSE)`.
pub fn f_sf(x: f64, df1: f64, df2: f64) -> f64 {
    f_tails(x, df1, df2).1
}

fn f_tails(x: f64, df1: f64, df2: f64) -> (f64, f64) {
    if x.is_nan() || !(df1 > 0.0 && df2 > 0.0) || df1.is_infinite() || df2.is_infinite() {
        return (f64::NAN, f64::NAN);
    }
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    let (low, high) = share((df1 / df2 * x).sqrt());
    (
        beta_regularized_with_complement(0.5 * df1, 0.5 * df2, low, high),
        beta_regularized_with_complement(0.5 * df2, 0.5 * df1, high, low),
    )
}

/// Quantile of the F distribution. R: `qf`.
pub fn f_quantile(p: f64, df1: f64, df2: f64) -> f64 {
    df2 / df1 * beta_logit_quantile(0.5 * df1, 0.5 * df2, p, 1.0 - p).exp()
}

/// The F value whose upper tail is `p`. R: `qf(lower.tail = FALSE)`.
pub fn f_upper_quantile(p: f64, df1: f64, df2: f64) -> f64 {
    df2 / df1 * beta_logit_quantile(0.5 * df1, 0.5 * df2, 1.0 - p, p).exp()
}

/// Beta distribution `P(X <= x)`. R: `pbeta`.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    beta_regularized_with_complement(a, b, x, 1.0 - x)
}

/// Beta distribution `P(X > x)`. R: `pbeta(lower.tail = FALSE)`.
pub fn beta_sf(x: f64, a: f64, b: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    beta_regularized_with_complement(b, a, 1.0 - x, x)
}

/// Quantile of the beta distribution. R: `qbeta`.
///
/// With it the Clopper-Pearson limits of `k` successes among `n` are
/// `beta_quantile(alpha / 2, k, n - k + 1)` and `beta_quantile(1 - alpha / 2, k + 1, n - k)`.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    logistic(beta_logit_quantile(a, b, p, 1.0 - p))
}

/// The value of a beta variable whose upper tail is `p`. R: `qbeta(lower.tail = FALSE)`.
pub fn beta_upper_quantile(p: f64, a: f64, b: f64) -> f64 {
    logistic(beta_logit_quantile(a, b, 1.0 - p, p))
}

/// Binomial `P(X <= k)` among `n` trials of probability `p`. R: `pbinom`.
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if k >= n {
        return 1.0;
    }
    beta_regularized_with_complement((n - k) as f64, k as f64 + 1.0, 1.0 - p, p)
}

/// Binomial `P(X > k)`. R: `pbinom(lower.tail = FALSE)`.
pub fn binomial_sf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if k >= n {
        return 0.0;
    }
    beta_regularized_with_complement(k as f64 + 1.0, (n - k) as f64, p, 1.0 - p)
}

/// `1 / (1 + exp(-u))` without overflow. R: `plogis`.
pub fn logistic(u: f64) -> f64 {
    if u >= 0.0 {
        1.0 / (1.0 + (-u).exp())
    } else {
        let e = u.exp();
        e / (1.0 + e)
    }
}

/// Logit of the beta quantile for the tails `lower + upper = 1`.
///
/// Newton's method on the logarithm of the smaller tail, kept inside a bracket. The logit holds
/// `x` and `1 - x` equally well.
fn beta_logit_quantile(a: f64, b: f64, lower: f64, upper: f64) -> f64 {
    let valid = a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite();
    if !valid || !(0.0..=1.0).contains(&lower) || !(0.0..=1.0).contains(&upper) {
        return f64::NAN;
    }
    if lower == 0.0 {
        return f64::NEG_INFINITY;
    }
    if upper == 0.0 {
        return f64::INFINITY;
    }
    solve_log_tail((a / b).ln(), -700.0, 700.0, lower, upper, |u| {
        let (x, y) = (logistic(u), logistic(-u));
        (
            beta_regularized_with_complement(a, b, x, y),
            beta_regularized_with_complement(b, a, y, x),
            beta_power_terms(a, b, x, y),
        )
    })
}

/// Quantile of the gamma distribution with shape `a` and scale one. R: `qgamma`.
fn gamma_quantile(a: f64, lower: f64, upper: f64) -> f64 {
    let valid = a > 0.0 && a.is_finite();
    if !valid || !(0.0..=1.0).contains(&lower) || !(0.0..=1.0).contains(&upper) {
        return f64::NAN;
    }
    if lower == 0.0 {
        return 0.0;
    }
    if upper == 0.0 {
        return f64::INFINITY;
    }
    let start = a.ln();
    solve_log_tail(start, -700.0, 700.0, lower, upper, |u| {
        let x = u.exp();
        (
            gamma_lower(a, x),
            gamma_upper(a, x),
            (a * u - x - ln_gamma(a)).exp(),
        )
    })
    .exp()
}

/// Solves `cdf(u) = lower` for an increasing `cdf`, where `tails(u)` gives both tails and the
/// density. Beyond the bracket the answer is an infinity.
fn solve_log_tail(
    start: f64,
    mut low: f64,
    mut high: f64,
    lower: f64,
    upper: f64,
    tails: impl Fn(f64) -> (f64, f64, f64),
) -> f64 {
    // Positive where u is too large.
    let error = |u: f64| {
        let (cdf, sf, density) = tails(u);
        if lower <= upper {
            (cdf.ln() - lower.ln(), density / cdf)
        } else {
            (upper.ln() - sf.ln(), density / sf)
        }
    };
    if error(low).0 > 0.0 {
        return f64::NEG_INFINITY;
    }
    if error(high).0 < 0.0 {
        return f64::INFINITY;
    }
    let mut u = start.clamp(low, high);
    for _ in 0..400 {
        let (value, slope) = error(u);
        if value.is_nan() {
            return f64::NAN;
        }
        if value == 0.0 {
            return u;
        }
        if value > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let newton = u - value / slope;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if (next - u).abs() <= 2.0 * f64::EPSILON * u.abs().max(0.5) {
            return next;
        }
        u = next;
    }
    u
}
