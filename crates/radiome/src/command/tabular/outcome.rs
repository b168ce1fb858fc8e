//! An outcome of two classes.

use miette::miette;
use radiome::table::Table;

use super::Levels;

/// A column that says which of two classes each row belongs to.
pub(crate) struct Outcome {
    /// The column as the table spells it.
    pub(crate) column: String,
    pub(crate) negative: String,
    pub(crate) positive: String,
    /// Of each row, whether it is of the positive class.
    pub(crate) is_positive: Vec<bool>,
}

impl Outcome {
    /// The two classes of a column without missing cells ([`super::complete_rows`]). The positive
    /// one is the greater of two numbers, the later of two words, unless it is named.
    pub(crate) fn of(table: &Table, column: &str, positive: Option<&str>) -> miette::Result<Self> {
        let column = table.id_column(Some(column))?;
        let levels = Levels::of(table, column)?;
        let [first, second] = levels.names.as_slice() else {
            return Err(not_two(table, column, &levels.names));
        };
        let place = match positive {
            None => 1,
            Some(named) => [first, second]
                .iter()
                .position(|name| *name == named)
                .ok_or_else(|| {
                    miette!(
                        help = format!("the classes are \"{first}\" and \"{second}\""),
                        "{}, column \"{column}\" has no class \"{named}\"",
                        table.source()
                    )
                })?,
        };
        let mut is_positive = Vec::with_capacity(table.len());
        for (row, level) in levels.places.iter().enumerate() {
            let Some(level) = level else {
                let (file, row) = table.place(column, row)?;
                return Err(miette!("{file}, row {row}, column \"{column}\" is empty"));
            };
            is_positive.push(*level == place);
        }
        let (negative, positive) = if place == 1 {
            (first, second)
        } else {
            (second, first)
        };
        Ok(Self {
            column: column.to_owned(),
            negative: negative.clone(),
            positive: positive.clone(),
            is_positive,
        })
    }

    /// How many rows are of the positive class.
    pub(crate) fn n_positive(&self) -> usize {
        self.is_positive.iter().filter(|is| **is).count()
    }

    /// How many rows are not.
    pub(crate) fn n_negative(&self) -> usize {
        self.is_positive.len() - self.n_positive()
    }

    /// 1 for the positive class, else 0.
    pub(crate) fn to_numbers(&self) -> Vec<f64> {
        let numbers = self.is_positive.iter();
        numbers.map(|is| f64::from(u8::from(*is))).collect()
    }
}

fn not_two(table: &Table, column: &str, names: &[String]) -> miette::Report {
    const SHOWN: usize = 5;
    let mut found = names.iter().take(SHOWN).map(|name| format!("\"{name}\""));
    let found = found.by_ref().collect::<Vec<_>>().join(", ");
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    let source = table.source();
    match names.len() {
        0 => miette!(
            help = "choose another column",
            "{source}, column \"{column}\": no row that can be used has an outcome"
        ),
        1 => miette!(
            help = "both classes must be there among the rows without missing values",
            "{source}, column \"{column}\" has one class only: {found}"
        ),
        n => miette!(
            help = "an outcome has two values, such as 0 and 1; code the column anew, or choose \
                    another",
            "{source}, column \"{column}\" has {n} values ({found}{more}) where an outcome has two"
        ),
    }
}
