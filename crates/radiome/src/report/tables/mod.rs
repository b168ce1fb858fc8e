//! The tables as CSV files, every number with the fewest digits that read back to the same
//! double. A value that is not defined is an empty cell.

mod controls;
mod evaluation;
mod missing_values;
mod models;
mod patients;
mod subgroups;
mod survival;
mod survival_decision;
mod survival_detail;

use super::{ReportError, TableFile};
use crate::results::Results;

/// Every table, in the order of the report. A part that the results lack has no file.
pub(crate) fn tables(results: &Results) -> Result<Vec<TableFile>, ReportError> {
    let written = [
        patients::cohort(results),
        patients::exclusions(results),
        patients::follow_up(results),
        patients::table_one(results),
        patients::histology(results),
        patients::reader_agreement(results),
        patients::reader_disagreements(results),
        patients::reliability(results),
        patients::harmonization(results),
        models::selected(results),
        models::signature_coefficients(results),
        models::signature_features(results),
        models::signature_stability(results),
        models::lasso(results),
        models::rad_scores(results),
        missing_values::missing_values(results),
        missing_values::pooled_terms(results),
        models::clinical_model(results),
        models::nomogram(results),
        models::nomogram_points(results),
        models::nomogram_total_points(results),
        evaluation::performance(results),
        evaluation::roc(results),
        evaluation::roc_band(results),
        evaluation::internal_validation(results),
        evaluation::fold_auc(results),
        evaluation::delong(results),
        controls::controls(results),
        controls::scores(results),
        evaluation::calibration(results),
        evaluation::calibration_curve(results),
        evaluation::calibration_groups(results),
        evaluation::decision_curve(results),
        evaluation::sample_size(results),
        subgroups::subgroups(results),
        subgroups::interactions(results),
        survival::kaplan_meier(results),
        survival::groups(results),
        survival::concordance(results),
        survival::differences(results),
        survival::cox(results),
        survival_detail::hazard_ratios(results),
        survival_detail::strata(results),
        survival_detail::auc_at(results),
        survival_detail::nomogram_stage(results),
        survival_decision::decision_curve(results),
        warnings(results),
    ];
    written
        .into_iter()
        .flatten()
        .map(Written::into_file)
        .collect()
}

fn warnings(results: &Results) -> Option<Written> {
    let mut table = Written::new("warnings", &["code", "text"]);
    for warning in &results.warnings {
        table.row([warning.code.clone(), warning.text.clone()]);
    }
    Some(table)
}

/// A table on its way to a file.
struct Written {
    name: &'static str,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Written {
    fn new(name: &'static str, header: &[&str]) -> Self {
        let header = header.iter().map(|&column| column.to_owned()).collect();
        Self {
            name,
            header,
            rows: Vec::new(),
        }
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn into_file(self) -> Result<TableFile, ReportError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        let csv = String::from_utf8_lossy(&bytes).into_owned();
        Ok(TableFile {
            name: format!("{}.csv", self.name),
            csv,
        })
    }
}

/// A number with the fewest digits that read back to it; `Inf` and `-Inf`; empty for NaN.
fn number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    // Unlike `{}`, `{:?}` writes very large and very small numbers with an exponent.
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

fn limits(ci: [Option<f64>; 2]) -> [String; 2] {
    ci.map(optional)
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_read_back() {
        for value in [0.1 + 0.2, 1.0, -0.0, 1e-300, 1.797e308, 109.0, 1.0 / 3.0] {
            assert_eq!(
                number(value).parse::<f64>().unwrap().to_bits(),
                value.to_bits()
            );
        }
        assert_eq!(number(109.0), "109");
        assert_eq!(number(f64::NAN), "");
        assert_eq!(number(f64::NEG_INFINITY), "-Inf");
    }
}
