//! The levels of a column: its distinct values, in the order in which groups are compared.

use std::collections::HashMap;

use radiome::table::{Table, TableError, parse_number};

/// The distinct values of a column and which of them each row has.
pub(crate) struct Levels {
    /// Ascending as numbers where all of them are numbers, else as text.
    pub(crate) names: Vec<String>,
    /// Place of each row's level among the names; none where the cell is missing.
    pub(crate) places: Vec<Option<usize>>,
}

impl Levels {
    pub(crate) fn of(table: &Table, column: &str) -> Result<Self, TableError> {
        let texts = table.texts(column)?;
        let mut names: Vec<&str> = texts.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        let numbers: Option<Vec<f64>> = names.iter().map(|name| parse_number(name)).collect();
        if let Some(numbers) = numbers {
            let mut pairs: Vec<(f64, &str)> = numbers.into_iter().zip(names).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            names = pairs.into_iter().map(|(_, name)| name).collect();
        }
        let numbered: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let place = |text: &Option<&str>| text.and_then(|text| numbered.get(text).copied());
        Ok(Self {
            places: texts.iter().map(place).collect(),
            names: names.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The rows with a level.
    pub(crate) fn rows_of(&self, level: usize) -> Vec<usize> {
        let places = self.places.iter().enumerate();
        let here = places.filter(|(_, place)| **place == Some(level));
        here.map(|(row, _)| row).collect()
    }
}
