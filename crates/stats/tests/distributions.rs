//! Special functions and distributions against values of 17 digits by mpmath
//! (`tests/reference/distributions.py`).

mod fixture;

use fixture::{Differences, Table};
use radiome_stats::distribution::*;
use radiome_stats::special::*;

#[test]
fn tails_agree_with_high_precision() {
    let table = Table::read_at(
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/reference/distributions.csv"
        )
        .as_ref(),
    );
    let mut differences = Differences::default();
    for row in &table.rows {
        let argument = |i: usize| row[i].parse::<f64>().unwrap_or(f64::NAN);
        let (a, b, c, expected) = (argument(1), argument(2), argument(3), argument(4));
        let ours = match row[0].as_str() {
            "ln_gamma" => ln_gamma(a),
            "ln_beta" => ln_beta(a, b),
            "normal_cdf" => normal_cdf(a),
            "normal_sf" => normal_sf(a),
            "student_t_cdf" => student_t_cdf(a, b),
            "student_t_sf" => student_t_sf(a, b),
            "chi_square_cdf" => chi_square_cdf(a, b),
            "chi_square_sf" => chi_square_sf(a, b),
            "f_cdf" => f_cdf(a, b, c),
            "f_sf" => f_sf(a, b, c),
            "beta_cdf" => beta_cdf(a, b, c),
            "beta_sf" => beta_sf(a, b, c),
            "binomial_cdf" => binomial_cdf(a as u64, b as u64, c),
            "binomial_sf" => binomial_sf(a as u64, b as u64, c),
            other => panic!("unknown function {other}"),
        };
        // ln_beta passes through zero, where only the absolute error means something.
        let floor = if row[0].starts_with("ln") { 1e-3 } else { 0.0 };
        differences.add(&row[0], &row.join(","), ours, expected, floor);
        // The quantile must lead back to the argument, wherever the tail determines it.
        let (quantile, argument) = match row[0].as_str() {
            "normal_cdf" if expected < 0.49 => (normal_quantile(expected), a),
            "normal_sf" if expected < 0.49 => (normal_upper_quantile(expected), a),
            "student_t_sf" if expected < 0.49 => (student_t_upper_quantile(expected, b), a),
            "chi_square_cdf" if expected < 0.5 => (chi_square_quantile(expected, b), a),
            "chi_square_sf" if expected < 0.5 => (chi_square_upper_quantile(expected, b), a),
            "f_cdf" if expected < 0.5 => (f_quantile(expected, b, c), a),
            "f_sf" if expected < 0.5 => (f_upper_quantile(expected, b, c), a),
            "beta_cdf" if expected < 0.5 => (beta_quantile(expected, b, c), a),
            "beta_sf" if expected < 0.5 => (beta_upper_quantile(expected, b, c), a),
            _ => continue,
        };
        differences.add(
            &format!("quantile of {}", row[0]),
            &row.join(","),
            quantile,
            argument,
            0.0,
        );
    }
    // Ten to a thousand rounding units: tests on tails then agree with R to its own digits.
    differences.check("distributions", &[("", 1e-12)]);
}

#[test]
fn parameters_outside_the_domain_give_nan() {
    for value in [
        student_t_sf(1.0, 0.0),
        student_t_quantile(1.5, 3.0),
        f_sf(1.0, -1.0, 2.0),
        f_quantile(0.5, f64::NAN, 2.0),
        chi_square_sf(1.0, -1.0),
        beta_quantile(0.5, 0.0, 1.0),
        normal_quantile(-0.1),
        binomial_cdf(1, 2, 1.5),
        student_t_two_sided(f64::NAN, 2.0),
    ] {
        assert!(value.is_nan(), "{value}");
    }
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(student_t_quantile(1.0, 5.0), f64::INFINITY);
    assert_eq!(f_sf(f64::INFINITY, 3.0, 4.0), 0.0);
    assert_eq!(student_t_quantile(0.5, 7.0), 0.0);
}
