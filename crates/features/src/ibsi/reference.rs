//! When a value agrees with a reference value of the IBSI.

/// A reference value as printed: three significant digits, and a tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceValue {
    /// The value.
    pub value: f64,
    /// How far a value may be from it; often 0.
    pub tolerance: f64,
}

impl ReferenceValue {
    /// Whether `found` agrees: as it is or rounded to the three significant digits that the IBSI
    /// prints, it is no further from the reference value than the tolerance.
    ///
    /// ```
    /// use radiome_features::ibsi::reference::ReferenceValue;
    ///
    /// let mean = ReferenceValue { value: 2.15, tolerance: 0.0 };
    /// assert!(mean.agrees(2.1486) && !mean.agrees(2.1553) && !mean.agrees(f64::NAN));
    /// ```
    #[must_use]
    pub fn agrees(&self, found: f64) -> bool {
        // Decimal numbers are a little off in binary.
        let rounding = 1e-9 * self.value.abs();
        [found, three_digits(found)]
            .iter()
            .any(|x| (x - self.value).abs() <= self.tolerance + rounding)
    }
}

/// Rounded to three significant digits.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let last = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / last).round() * last
}
