//! A number as it stands in print.

use serde::Serialize;

/// Slack for the rounding of a double, in parts of the last printed digit.
const SLACK: f64 = 1e-9;

/// A number printed with a number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrintedNumber {
    /// The number.
    pub value: f64,
    /// Decimals it is printed with, trailing zeros included.
    pub decimals: u32,
}

impl PrintedNumber {
    /// One in the last printed digit.
    #[must_use]
    pub fn unit(self) -> f64 {
        10f64.powi(-i32::try_from(self.decimals).unwrap_or(i32::MAX))
    }

    /// The smallest number that is printed so when rounded.
    #[must_use]
    pub fn lowest(self) -> f64 {
        self.value - 0.5 * self.unit()
    }

    /// The largest number that is printed so when rounded.
    #[must_use]
    pub fn highest(self) -> f64 {
        self.value + 0.5 * self.unit()
    }

    /// Whether `exact` is printed so when rounded; a half may go either way.
    #[must_use]
    pub fn rounds(self, exact: f64) -> bool {
        (exact - self.value).abs() <= (0.5 + SLACK) * self.unit()
    }

    /// Whether `exact` is printed so when its further digits are cut off.
    #[must_use]
    pub fn truncates(self, exact: f64) -> bool {
        let cut = exact.abs() - self.value.abs();
        exact * self.value >= 0.0
            && cut >= -SLACK * self.unit()
            && cut < (1.0 - SLACK) * self.unit()
    }
}

/// A P value as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrintedP {
    /// A number; 0 with three decimals stands for anything below 0.0005.
    Equal(PrintedNumber),
    /// "<0.001": below this.
    Below(f64),
    /// ">0.05": above this.
    Above(f64),
}

impl PrintedP {
    /// The P values that are printed so, from and to; the ends of `Below` and `Above` are open.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Equal(p) => (p.lowest().max(0.0), p.highest().min(1.0)),
            Self::Below(bound) => (0.0, bound),
            Self::Above(bound) => (bound, 1.0),
        }
    }

    /// Whether some P value from `lowest` to `highest` is printed so.
    #[must_use]
    pub fn admits(self, lowest: f64, highest: f64) -> bool {
        match self {
            Self::Equal(p) => {
                let slack = SLACK * p.unit();
                lowest <= p.highest() + slack && highest >= p.lowest() - slack
            }
            Self::Below(bound) => lowest < bound,
            Self::Above(bound) => highest > bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_rounds_either_way_and_digits_are_cut_towards_zero() {
        let number = |value| PrintedNumber { value, decimals: 3 };
        assert!(number(0.812).rounds(0.8125) && number(0.813).rounds(0.8125));
        assert!(!number(0.770).rounds(84.0 / 109.0));
        assert!(number(0.770).truncates(84.0 / 109.0));
        assert!(number(0.770).truncates(0.77) && !number(0.770).truncates(0.771));
        assert!(number(-0.5).truncates(-0.5004) && !number(-0.5).truncates(0.5004));
    }

    #[test]
    fn printed_p_values_stand_for_ranges() {
        let zero = PrintedP::Equal(PrintedNumber {
            value: 0.0,
            decimals: 3,
        });
        assert!(zero.admits(0.0004, 0.0004) && !zero.admits(0.0006, 0.1));
        assert!(PrintedP::Below(0.001).admits(0.0009, 0.2));
        assert!(!PrintedP::Below(0.001).admits(0.001, 0.2));
        assert!(PrintedP::Above(0.05).admits(0.0, 0.06));
    }
}
