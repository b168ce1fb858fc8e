//! Patients grouped by a column of the tables.

use radiome_stats::describe::median;

use super::table_one::levels;
use crate::pipeline::{ClinicalColumn, ClinicalValues};
use crate::table::number_text;

/// The groups that a column makes: its values, or the two sides of the training median where it
/// holds more different numbers than a table can show one by one.
pub(super) struct ColumnGroups {
    /// The column.
    pub column: String,
    /// The training median, where the column is cut there.
    pub cut: Option<f64>,
    /// Names of the groups.
    pub names: Vec<String>,
    /// Group of each row, as a place in `names`; `None` where the value is missing.
    pub of_row: Vec<Option<usize>>,
}

impl ColumnGroups {
    /// Groups the rows of a column; the cut is learnt from the training rows.
    pub(super) fn of(column: &ClinicalColumn, train: &[usize]) -> Self {
        if let Some((names, of_row)) = levels(column) {
            return Self {
                column: column.name.clone(),
                cut: None,
                names,
                of_row,
            };
        }
        let values: &[f64] = match &column.values {
            ClinicalValues::Number(values) => values,
            // A column of words has levels.
            ClinicalValues::Factor(_) => &[],
        };
        let known: Vec<f64> = train
            .iter()
            .filter_map(|&row| values.get(row).copied())
            .filter(|value| value.is_finite())
            .collect();
        let cut = Some(median(&known)).filter(|cut| cut.is_finite());
        let side = |value: &f64| {
            cut.filter(|_| !value.is_nan())
                .map(|cut| usize::from(*value >= cut))
        };
        Self {
            column: column.name.clone(),
            cut,
            names: cut.map_or_else(Vec::new, |cut| {
                let cut = number_text(cut);
                vec![format!("below {cut}"), format!("{cut} or more")]
            }),
            of_row: values.iter().map(side).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[f64]) -> ClinicalColumn {
        ClinicalColumn {
            name: "age".into(),
            values: ClinicalValues::Number(values.to_vec()),
        }
    }

    #[test]
    fn numbers_are_cut_at_the_training_median() {
        let column = numbers(&[20.0, 30.0, 40.0, 50.0, 60.0, 70.0, f64::NAN, 900.0]);
        let groups = ColumnGroups::of(&column, &[0, 1, 2, 3, 6]);
        assert_eq!(groups.cut, Some(35.0));
        assert_eq!(groups.names, ["below 35", "35 or more"]);
        let (low, high) = (Some(0), Some(1));
        assert_eq!(
            groups.of_row,
            [low, low, high, high, high, high, None, high]
        );
    }

    #[test]
    fn few_values_and_words_are_groups_of_their_own() {
        let groups = ColumnGroups::of(&numbers(&[1.0, 3.0, f64::NAN, 1.0]), &[0, 1]);
        assert_eq!(
            (groups.cut, groups.names),
            (None, vec!["1".into(), "3".into()])
        );
        assert_eq!(groups.of_row, [Some(0), Some(1), None, Some(0)]);
    }
}
