//! What two readers said of the same patients: a sign that is present or not, a grade, a margin.

use radiome_stats::reliability::kappa::{Kappa, KappaError, KappaWeights, cross_table, kappa};
use thiserror::Error;

use crate::table::{number_text, parse_number};

/// Confidence level of the intervals.
const LEVEL: f64 = 0.95;

/// A reading that is none of the levels.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{found}\" is none of the levels {}", levels.join(", "))]
pub struct UnknownLevel {
    /// Row of the reading.
    pub row: usize,
    /// What was read.
    pub found: String,
    /// What there may be.
    pub levels: Vec<String>,
}

/// The readings of two readers, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedReadings {
    /// The levels: in the order that was given, else ascending.
    pub levels: Vec<String>,
    /// Whether their order means something: they are numbers, or the order was given.
    pub ordered: bool,
    /// Rows that both readers read.
    pub rows: Vec<usize>,
    /// The first reader's level of each of these rows.
    pub first: Vec<usize>,
    /// The second reader's.
    pub second: Vec<usize>,
}

impl PairedReadings {
    /// Sets the readings side by side; `order` is empty where no order of the levels is given.
    /// Cells that are all numbers are compared as numbers, so that `1` and `1.0` are one level.
    ///
    /// # Errors
    /// A reading that the given order does not hold.
    pub fn of(
        first: &[Option<&str>],
        second: &[Option<&str>],
        order: &[String],
    ) -> Result<Self, UnknownLevel> {
        let all = || first.iter().chain(second).copied().flatten();
        let known = all().chain(order.iter().map(String::as_str));
        let numeric = known.map(parse_number).all(|number| number.is_some());
        let plain = |cell: &str| match parse_number(cell).filter(|_| numeric) {
            Some(number) => number_text(number),
            None => cell.trim().to_owned(),
        };
        let levels = if order.is_empty() {
            let mut levels: Vec<String> = all().map(plain).collect();
            if numeric {
                let value = |level: &String| parse_number(level).unwrap_or(f64::NAN);
                levels.sort_by(|a, b| value(a).total_cmp(&value(b)));
            } else {
                levels.sort_unstable();
            }
            levels.dedup();
            levels
        } else {
            order.iter().map(|level| plain(level)).collect()
        };
        let place = |row: usize, cell: &str| {
            let cell = plain(cell);
            levels
                .iter()
                .position(|level| *level == cell)
                .ok_or(UnknownLevel {
                    row,
                    found: cell,
                    levels: levels.clone(),
                })
        };
        let mut found = Self {
            ordered: numeric || !order.is_empty(),
            levels: Vec::new(),
            rows: Vec::new(),
            first: Vec::new(),
            second: Vec::new(),
        };
        for (row, (a, b)) in first.iter().zip(second).enumerate() {
            let [a, b] = [a, b].map(|cell| cell.map(|cell| place(row, cell)).transpose());
            if let (Some(a), Some(b)) = (a?, b?) {
                found.rows.push(row);
                found.first.push(a);
                found.second.push(b);
            }
        }
        found.levels = levels;
        Ok(found)
    }

    /// Rows on which the readers differ.
    #[must_use]
    pub fn disagreements(&self) -> Vec<usize> {
        let pairs = self.first.iter().zip(&self.second);
        let differ = self.rows.iter().zip(pairs).filter(|(_, (a, b))| a != b);
        differ.map(|(&row, _)| row).collect()
    }

    /// Patients by the first reader's level (rows) and the second's (columns).
    #[must_use]
    pub fn counts(&self) -> Vec<Vec<usize>> {
        // Every place is one of a level.
        cross_table(&self.first, &self.second, self.levels.len()).unwrap_or_default()
    }

    /// The weights that mean something: several only for three ordered levels or more.
    #[must_use]
    pub fn weights(&self) -> &'static [KappaWeights] {
        if self.ordered && self.levels.len() > 2 {
            &KappaWeights::ALL
        } else {
            &KappaWeights::ALL[..1]
        }
    }

    /// Agreement beyond chance.
    ///
    /// # Errors
    /// No row that both read, or one level only.
    pub fn kappa(&self, weights: KappaWeights) -> Result<Kappa, KappaError> {
        kappa(&self.counts(), weights, LEVEL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_set_side_by_side() {
        let first = [Some("2"), Some("10"), None, Some("2.0"), Some("3")];
        let second = [Some("2.00"), Some("3"), Some("1"), Some("10"), Some("3")];
        let found = PairedReadings::of(&first, &second, &[]).unwrap();
        assert_eq!(found.levels, ["1", "2", "3", "10"]);
        assert!(found.ordered);
        assert_eq!(found.rows, [0, 1, 3, 4]);
        assert_eq!(found.disagreements(), [1, 3]);
        assert_eq!(found.counts()[1], [0, 1, 0, 1]);
        assert_eq!(found.weights().len(), 3);
        assert_eq!(found.kappa(KappaWeights::None).unwrap().n, 4);
    }

    #[test]
    fn words_have_an_order_only_where_it_is_given() {
        let first = [Some("mild"), Some("none"), Some("marked")];
        let second = [Some("mild"), Some("mild"), Some("marked")];
        let words = PairedReadings::of(&first, &second, &[]).unwrap();
        assert!(!words.ordered && words.weights().len() == 1);
        let order = ["none", "mild", "marked"].map(str::to_owned);
        let ordered = PairedReadings::of(&first, &second, &order).unwrap();
        assert_eq!(ordered.first, [1, 0, 2]);
        let wrong = PairedReadings::of(&first, &second, &order[..2]).unwrap_err();
        assert_eq!((wrong.row, wrong.found.as_str()), (2, "marked"));
    }
}
