//! How many values pass, by part, family and configuration.

use radiome_features::ibsi::Family;

use super::{Comparison, Conformity, Part};

/// How many values pass of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many pass.
    pub passed: usize,
    /// How many there are.
    pub of: usize,
}

/// A family, with a cell for each configuration of its part; `None` where there is nothing to
/// compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The family.
    pub family: String,
    /// In the order of the part's configurations.
    pub cells: Vec<Option<Cell>>,
}

/// The counts of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSummary {
    /// The part.
    pub part: Part,
    /// In the order in which they first occur.
    pub configurations: Vec<String>,
    /// Families in the order of the manual, all else in that in which it first occurs.
    pub rows: Vec<Row>,
}

impl PartSummary {
    /// All values of the part, configuration by configuration.
    #[must_use]
    pub fn totals(&self) -> Vec<Cell> {
        let total = |column: usize| {
            let cells = self
                .rows
                .iter()
                .filter_map(|row| row.cells.get(column)?.as_ref());
            cells.fold(Cell::default(), |sum, cell| Cell {
                passed: sum.passed + cell.passed,
                of: sum.of + cell.of,
            })
        };
        (0..self.configurations.len()).map(total).collect()
    }

    /// All values of the part.
    #[must_use]
    pub fn total(&self) -> Cell {
        self.totals()
            .iter()
            .fold(Cell::default(), |sum, cell| Cell {
                passed: sum.passed + cell.passed,
                of: sum.of + cell.of,
            })
    }
}

impl Conformity {
    /// The counts of each part that has comparisons.
    #[must_use]
    pub fn summaries(&self) -> Vec<PartSummary> {
        let summary = |part| {
            let of_part: Vec<&Comparison> = self
                .comparisons
                .iter()
                .filter(|comparison| comparison.part == part)
                .collect();
            summarize(part, &of_part)
        };
        let all = Part::ALL.into_iter().map(summary);
        all.filter(|summary| !summary.rows.is_empty()).collect()
    }

    /// The comparisons that do not pass.
    pub fn failures(&self) -> impl Iterator<Item = &Comparison> {
        self.comparisons
            .iter()
            .filter(|comparison| !comparison.passes)
    }
}

fn summarize(part: Part, comparisons: &[&Comparison]) -> PartSummary {
    let mut configurations: Vec<String> = Vec::new();
    for comparison in comparisons {
        if !configurations.contains(&comparison.configuration) {
            configurations.push(comparison.configuration.clone());
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    for comparison in comparisons {
        let known = configurations.iter();
        let column = known
            .take_while(|name| **name != comparison.configuration)
            .count();
        let place = rows.iter().position(|row| row.family == comparison.family);
        let place = place.unwrap_or_else(|| {
            rows.push(Row {
                family: comparison.family.clone(),
                cells: vec![None; configurations.len()],
            });
            rows.len() - 1
        });
        if let Some(cell) = rows
            .get_mut(place)
            .and_then(|row| row.cells.get_mut(column))
        {
            let cell = cell.get_or_insert_default();
            cell.of += 1;
            cell.passed += usize::from(comparison.passes);
        }
    }
    let place = |row: &Row| {
        let mut families = Family::ALL.iter();
        families.position(|family| family.title() == row.family)
    };
    rows.sort_by_key(|row| place(row).unwrap_or(Family::ALL.len()));
    PartSummary {
        part,
        configurations,
        rows,
    }
}
