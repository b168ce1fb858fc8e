//! Numbers as they stand in a figure: true minus signs, no minus zero, p values as journals ask.

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower limit of the interval.
    pub low: f64,
    /// Upper limit of the interval.
    pub high: f64,
}

/// A number with `decimals` digits after the point and a true minus sign (U+2212).
///
/// Not-a-number becomes "NA", infinities "∞" and "−∞". What rounds to zero has no sign.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return "NA".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_string();
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|b| b == b'0' || b == b'.');
    if value < 0.0 && !is_zero {
        format!("−{text}")
    } else {
        text
    }
}

/// A number with `digits` significant digits, for values of unknown size: 0.0123, 12.3, 1.2e5.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 {
        return fixed(value, 0);
    }
    let digits = digits.max(1);
    let exponent = size.log10().floor() as i32;
    if !(-4..6).contains(&exponent) {
        let text = format!("{:.*e}", digits - 1, value);
        return text.replace('-', "−");
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    fixed(value, decimals)
}

/// An interval in brackets' inside: "0.71–0.89", or "−0.2 to 0.3" where a limit is negative.
#[must_use]
pub fn interval(low: f64, high: f64, decimals: usize) -> String {
    let between = if low < 0.0 || high < 0.0 {
        " to "
    } else {
        "–"
    };
    format!("{}{between}{}", fixed(low, decimals), fixed(high, decimals))
}

/// An estimate and its interval: "0.81 (0.71–0.89)".
#[must_use]
pub fn estimate(estimate: &Estimate, decimals: usize) -> String {
    let Estimate { value, low, high } = *estimate;
    format!(
        "{} ({})",
        fixed(value, decimals),
        interval(low, high, decimals)
    )
}

/// A p value with its sign: "p < 0.001", "p = 0.032", "p = 0.45", "p > 0.99".
#[must_use]
pub fn p_value(p: f64) -> String {
    if !(0.0..=1.0).contains(&p) {
        return "p = NA".to_string();
    }
    if p < 0.001 {
        "p < 0.001".to_string()
    } else if p < 0.0995 {
        format!("p = {p:.3}")
    } else if p <= 0.99 {
        format!("p = {p:.2}")
    } else {
        "p > 0.99".to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_zero() {
        for (value, decimals, expected) in [
            (-1.25, 1, "−1.2"),
            (-0.001, 2, "0.00"),
            (0.875, 2, "0.88"),
            (f64::NAN, 2, "NA"),
            (f64::NEG_INFINITY, 2, "−∞"),
            (12.0, 0, "12"),
        ] {
            assert_eq!(fixed(value, decimals), expected);
        }
    }

    #[test]
    fn significant_digits() {
        for (value, expected) in [
            (0.012_34, "0.0123"),
            (-12.34, "−12.3"),
            (123_456.0, "123456"),
            (0.0, "0"),
            (1.5e-7, "1.50e−7"),
            (2.0e9, "2.00e9"),
        ] {
            assert_eq!(significant(value, 3), expected);
        }
    }

    #[test]
    fn p_values() {
        for (p, expected) in [
            (0.0, "p < 0.001"),
            (0.001, "p = 0.001"),
            (0.049_6, "p = 0.050"),
            (0.099_6, "p = 0.10"),
            (0.45, "p = 0.45"),
            (0.999, "p > 0.99"),
            (1.0, "p > 0.99"),
            (f64::NAN, "p = NA"),
            (1.2, "p = NA"),
        ] {
            assert_eq!(p_value(p), expected);
        }
    }

    #[test]
    fn intervals() {
        let e = Estimate {
            value: 0.1,
            low: -0.2,
            high: 0.4,
        };
        assert_eq!(estimate(&e, 1), "0.1 (−0.2 to 0.4)");
        assert_eq!(interval(0.71, 0.89, 2), "0.71–0.89");
    }
}
