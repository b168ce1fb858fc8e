//! The run for machines.

use serde_json::{Value, json};

use super::{Comparison, Conformity, PartSummary};
use crate::table::number_json;

impl Conformity {
    /// `{"parts": [{"part", "passed", "of", "families": [{"family", "configurations":
    /// [{"configuration", "passed", "of"}]}]}], "values": [{"part", "configuration", "patient",
    /// "family", "tag", "ibsi", "name", "value", "reference", "tolerance", "passes"}],
    /// "warnings": [{"code", "text"}]}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let warnings = self.skipped.iter();
        let warnings = warnings.map(|text| json!({"code": "skipped", "text": text}));
        json!({
            "parts": self.summaries().iter().map(part).collect::<Vec<_>>(),
            "values": self.comparisons.iter().map(value).collect::<Vec<_>>(),
            "warnings": warnings.collect::<Vec<_>>(),
        })
    }
}

fn part(summary: &PartSummary) -> Value {
    let family = |row: &super::Row| {
        let cells = summary.configurations.iter().zip(&row.cells);
        let cells = cells.filter_map(|(configuration, cell)| {
            let cell = (*cell)?;
            Some(json!({
                "configuration": configuration,
                "passed": cell.passed,
                "of": cell.of,
            }))
        });
        json!({"family": row.family, "configurations": cells.collect::<Vec<_>>()})
    };
    let total = summary.total();
    json!({
        "part": summary.part.name(),
        "passed": total.passed,
        "of": total.of,
        "families": summary.rows.iter().map(family).collect::<Vec<_>>(),
    })
}

fn value(comparison: &Comparison) -> Value {
    json!({
        "part": comparison.part.name(),
        "configuration": comparison.configuration,
        "patient": comparison.patient,
        "family": comparison.family,
        "tag": comparison.tag,
        "ibsi": comparison.ibsi,
        "name": comparison.name,
        "value": comparison.found.map_or(Value::Null, number_json),
        "reference": number_json(comparison.expected.value),
        "tolerance": number_json(comparison.expected.tolerance),
        "passes": comparison.passes,
    })
}
