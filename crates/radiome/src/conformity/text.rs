//! The run as a readable table.

use std::fmt::Write;

use super::{Comparison, Conformity, PartSummary};
use crate::table::number_text;

impl Conformity {
    /// By part: a table of how many values pass of how many, then every value that does not.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for summary in self.summaries() {
            push_table(&mut text, &summary);
        }
        let failures: Vec<&Comparison> = self.failures().collect();
        if failures.is_empty() {
            text.push_str("Every value agrees with its reference.\n");
        } else {
            let _ = writeln!(
                text,
                "Values that do not agree with their reference ({}):",
                failures.len()
            );
            for failure in failures {
                let _ = writeln!(text, "  {}", line(failure));
            }
        }
        for note in &self.skipped {
            let _ = writeln!(text, "Note: {note}.");
        }
        text
    }
}

/// Writing to a String does not fail.
fn push_table(text: &mut String, summary: &PartSummary) {
    let first = summary.rows.iter().map(|row| row.family.chars().count());
    let first = first.max().unwrap_or(0).max("all".len());
    let widths: Vec<usize> = summary
        .configurations
        .iter()
        .map(|name| name.chars().count().max("1000/1000".len()))
        .collect();
    let _ = writeln!(text, "{}", summary.part.title());
    let _ = write!(text, "{:first$}", "");
    for (name, width) in summary.configurations.iter().zip(&widths) {
        let _ = write!(text, "  {name:>width$}");
    }
    text.push('\n');
    let totals: Vec<_> = summary.totals().into_iter().map(Some).collect();
    let rows = summary
        .rows
        .iter()
        .map(|row| (row.family.as_str(), &row.cells));
    for (family, cells) in rows.chain([("all", &totals)]) {
        let _ = write!(text, "{family:first$}");
        for (cell, width) in cells.iter().zip(&widths) {
            let shown =
                cell.map_or_else(String::new, |cell| format!("{}/{}", cell.passed, cell.of));
            let _ = write!(text, "  {shown:>width$}");
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
    text.push('\n');
}

/// A comparison on one line: where, what, found, expected.
fn line(comparison: &Comparison) -> String {
    let patient = comparison
        .patient
        .iter()
        .map(|patient| format!(" {patient}"));
    let code = comparison.ibsi.iter().map(|code| format!(" ({code})"));
    let found = comparison
        .found
        .map_or_else(|| "missing".to_owned(), number_text);
    format!(
        "{}{} {}{}: {found}, reference {} ± {}",
        comparison.configuration,
        patient.collect::<String>(),
        comparison.tag,
        code.collect::<String>(),
        number_text(comparison.expected.value),
        number_text(comparison.expected.tolerance),
    )
}
