//! Bootstrap samples that a file lists.

use std::path::Path;

use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::calibration::{
    CalibrationError, ModelMeasures, calibration, optimism, validation_indexes,
};
use radiome_stats::describe::quantile_of_sorted;
use serde_json::{Map, Value, json};

use super::Design;
use super::model::undefined;
use crate::command::tabular::{self, Cell, Warning};

/// The rows of each resample, from 0, and where they were listed.
pub(super) struct Resamples {
    source: String,
    rows: Vec<Vec<usize>>,
}

/// Results as an object, and as rows of the screen.
pub(super) struct Found {
    pub(super) json: Value,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Resamples {
    /// One row a resample; each cell is the number of a row of the table, the first 1.
    pub(super) fn read(path: &Path) -> miette::Result<Self> {
        let table = Table::read(path)?;
        let mut rows = vec![Vec::new(); table.len()];
        for column in table.columns() {
            for (place, (resample, value)) in
                rows.iter_mut().zip(table.numbers(column)?).enumerate()
            {
                if !(value >= 1.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX)) {
                    let (file, row) = table.place(column, place)?;
                    let found = table.cells(column)?.get(place).cloned().unwrap_or_default();
                    return Err(miette!(
                        help = "each cell is the number of a row of the table, the first 1",
                        "{file}, row {row}, column \"{column}\": \"{found}\" is no number of a row"
                    ));
                }
                resample.push(value as usize - 1);
            }
        }
        if rows.is_empty() {
            return Err(miette!(
                help = "one row a resample, below a header",
                "{} lists no resample",
                table.source()
            ));
        }
        Ok(Self {
            source: table.source().to_owned(),
            rows,
        })
    }

    /// Whether the rows drawn are rows of the table, all of which are used.
    pub(super) fn check(&self, table: &Table, complete: &Table) -> miette::Result<()> {
        if complete.len() < table.len() {
            return Err(miette!(
                help =
                    "fill in the cells or leave the rows out, and draw the resamples from the rest",
                "{}: {} rows have a missing value, so the rows that {} draws are not all there",
                table.source(),
                table.len() - complete.len(),
                self.source
            ));
        }
        for (place, rows) in self.rows.iter().enumerate() {
            if let Some(row) = rows.iter().find(|row| **row >= table.len()) {
                return Err(miette!(
                    help = "each cell is the number of a row of the table, the first 1",
                    "{}, row {}: {} is drawn, but {} has {} rows",
                    self.source,
                    place + 2,
                    row + 1,
                    table.source(),
                    table.len()
                ));
            }
        }
        Ok(())
    }

    /// The measures of a logistic model, corrected for optimism.
    pub(super) fn optimism(
        &self,
        design: &tabular::Design,
        class: &[bool],
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Found> {
        let found = optimism(&design.matrix(), class, &self.rows);
        let found = match found {
            Ok(found) => found,
            Err(error @ (CalibrationError::Separated | CalibrationError::NoResample { .. })) => {
                let told = format!("the model has no optimism: {error}");
                warnings.push(Warning::new("no_optimism", told));
                return Ok(Found {
                    json: Value::Null,
                    rows: Vec::new(),
                });
            }
            Err(error) => return Err(undefined(&error)),
        };
        let used = found.resamples.iter().flatten().count();
        let unused = found.resamples.len() - used;
        if unused > 0 {
            let told = format!(
                "{unused} of {} resamples are left out: one class only, or no finite estimates",
                found.resamples.len()
            );
            warnings.push(Warning::new("unusable_resamples", told));
        }
        let values = |m: &ModelMeasures| [m.auc, m.dxy, m.brier, m.intercept, m.slope];
        let names = ["auc", "dxy", "brier", "intercept", "slope"];
        let object = |m: &ModelMeasures| -> Value {
            let pairs = names.iter().zip(values(m));
            let pairs = pairs.map(|(name, value)| ((*name).to_owned(), number_json(value)));
            Value::Object(pairs.collect())
        };
        let per_resample = found.resamples.iter().map(|one| {
            one.as_ref()
                .map(|one| json!({"training": object(&one.training), "test": object(&one.test)}))
        });
        let json = json!({
            "terms": design.column_names(),
            "resamples": found.resamples.len(),
            "used": used,
            "apparent": object(&found.apparent),
            "optimism": object(&found.optimism),
            "corrected": object(&found.corrected),
            "per_resample": per_resample.collect::<Vec<Option<Value>>>(),
        });
        let (apparent, gain) = (values(&found.apparent), values(&found.optimism));
        let corrected = values(&found.corrected);
        let rows = names.iter().enumerate().map(|(place, name)| {
            let cells = [apparent[place], gain[place], corrected[place]].map(Cell::from);
            std::iter::once(Cell::from(*name)).chain(cells).collect()
        });
        Ok(Found {
            json,
            rows: rows.collect(),
        })
    }

    /// Percentile intervals of the measures of probabilities that stay as they are.
    pub(super) fn intervals(
        &self,
        name: &str,
        class: &[bool],
        probability: &[f64],
        design: &Design,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Found> {
        const NAMES: [&str; 6] = [
            "c_statistic",
            "brier",
            "intercept",
            "slope",
            "calibration_in_the_large",
            "e_avg",
        ];
        let mut measures: [Vec<f64>; 6] = Default::default();
        let mut unused = 0_usize;
        for rows in &self.rows {
            let drawn: Vec<bool> = rows.iter().map(|&row| class[row]).collect();
            let of_drawn: Vec<f64> = rows.iter().map(|&row| probability[row]).collect();
            let found = match calibration(&drawn, &of_drawn, design.level) {
                Ok(found) => found,
                Err(CalibrationError::ConstantOutcome) => {
                    unused += 1;
                    continue;
                }
                Err(error) => return Err(undefined(&error)),
            };
            let indexes = validation_indexes(&drawn, &of_drawn).map_err(|e| undefined(&e))?;
            let values = [
                indexes.c_statistic,
                found.brier,
                found.intercept,
                found.slope,
                found.in_the_large,
                found.curve.e_avg,
            ];
            for (list, value) in measures.iter_mut().zip(values) {
                if value.is_finite() {
                    list.push(value);
                }
            }
        }
        if unused > 0 {
            let told = format!("{name}: {unused} resamples hold one class only and are left out");
            warnings.push(Warning::new("unusable_resamples", told));
        }
        let tail = (1.0 - design.level) / 2.0;
        let (mut object, mut rows) = (Map::new(), Vec::new());
        for (key, list) in NAMES.iter().zip(&mut measures) {
            list.sort_unstable_by(f64::total_cmp);
            let limits = [tail, 1.0 - tail].map(|share| quantile_of_sorted(list, share));
            let value = json!({"n": list.len(), "ci": limits.map(number_json)});
            object.insert((*key).to_owned(), value);
            rows.push(vec![
                name.into(),
                (*key).into(),
                limits[0].into(),
                limits[1].into(),
            ]);
        }
        Ok(Found {
            json: Value::Object(object),
            rows,
        })
    }
}
