//! Covariates: columns whose effect on the features is kept.

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, parse_number};
use serde::{Deserialize, Serialize};

use crate::command::tabular::{Levels, matrix};

/// How a column becomes columns of the design, as R's `model.matrix` would make them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Covariate {
    column: String,
    /// The levels of a category, the first of which has no column; none for a number.
    levels: Option<Vec<String>>,
}

impl Covariate {
    /// Looks at the column of a table whose rows all have a value there.
    pub(super) fn of(table: &Table, column: &str, categories: bool) -> miette::Result<Self> {
        if !categories && table.is_numeric(column) {
            return Ok(Self {
                column: column.to_owned(),
                levels: None,
            });
        }
        if !categories {
            // A slip of the pen among numbers is no category.
            let cells = table.cells(column)?;
            let words: Vec<usize> = (0..cells.len())
                .filter(|&row| parse_number(&cells[row]).is_none())
                .collect();
            if 2 * words.len() < cells.len() {
                table.numbers(column).map_err(|error| {
                    let report = miette::Report::new(error);
                    report.wrap_err(format!(
                        "the covariate \"{column}\" holds numbers and other text; give \
                         --factor {column} if they are categories"
                    ))
                })?;
            }
        }
        let levels = Levels::of(table, column)?.names;
        if levels.len() < 2 {
            return Err(miette!(
                help = "leave it out of --covariates",
                "{}: the covariate \"{column}\" has the single value {}",
                table.source(),
                levels.join("")
            ));
        }
        Ok(Self {
            column: column.to_owned(),
            levels: Some(levels),
        })
    }

    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// The names of its columns of the design: `age`, or `grade=2`, `grade=3`.
    pub(super) fn terms(&self) -> Vec<String> {
        match &self.levels {
            None => vec![self.column.clone()],
            Some(levels) => {
                let others = levels.iter().skip(1);
                others
                    .map(|level| format!("{}={level}", self.column))
                    .collect()
            }
        }
    }

    /// Its columns of the design.
    pub(super) fn design(&self, table: &Table) -> miette::Result<Vec<Vec<f64>>> {
        let Some(levels) = &self.levels else {
            let values = table.numbers(&self.column)?;
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let (file, row) = table.place(&self.column, row)?;
                return Err(miette!(
                    help = "correct the cell, or empty it if the value is missing",
                    "{file}, row {row}, column \"{}\": the value is not finite",
                    self.column
                ));
            }
            return Ok(vec![values]);
        };
        let cells = table.cells(&self.column)?;
        // Levels that are numbers are the same however they are written.
        let same = |cell: &str, level: &str| {
            cell == level
                || (parse_number(cell).is_some() && parse_number(cell) == parse_number(level))
        };
        let mut columns = vec![vec![0.0; cells.len()]; levels.len().saturating_sub(1)];
        for (row, cell) in cells.iter().enumerate() {
            match levels.iter().position(|level| same(cell, level)) {
                Some(0) => {}
                Some(level) => columns[level - 1][row] = 1.0,
                None => {
                    let (file, row) = table.place(&self.column, row)?;
                    return Err(miette!(
                        help = format!("the levels of the fit are {}", levels.join(", ")),
                        "{file}, row {row}, column \"{}\": the fit does not know the level {cell}",
                        self.column
                    ));
                }
            }
        }
        Ok(columns)
    }
}

/// The columns of the design of all covariates; none where there is no covariate.
pub(super) fn design(
    covariates: &[Covariate],
    table: &Table,
) -> miette::Result<Option<DMatrix<f64>>> {
    let mut columns = Vec::new();
    for covariate in covariates {
        columns.extend(covariate.design(table)?);
    }
    Ok((!columns.is_empty()).then(|| matrix(table.len(), &columns)))
}
