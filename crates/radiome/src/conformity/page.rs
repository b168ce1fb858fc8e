//! The run as a page: one offline file.

use askama::Template;

use super::{Cell, Comparison, Conformity, Part, PartSummary};
use crate::table::number_text;

#[derive(Template)]
#[template(path = "conformity.html")]
struct Page {
    version: &'static str,
    parts: Vec<PartView>,
    failures: Vec<FailureView>,
    notes: Vec<String>,
    /// Configurations of the features of chapter 1.
    configurations: Vec<String>,
    features: Vec<FeatureView>,
}

struct PartView {
    title: &'static str,
    criterion: &'static str,
    total: Cell,
    configurations: Vec<String>,
    rows: Vec<(String, Vec<Option<Cell>>)>,
    totals: Vec<Cell>,
}

struct FailureView {
    configuration: String,
    name: String,
    tag: String,
    code: String,
    found: String,
    reference: String,
    tolerance: String,
}

struct FeatureView {
    family: String,
    name: String,
    tag: String,
    code: String,
    /// The value of each configuration, and whether it passes.
    cells: Vec<Option<(String, bool)>>,
}

impl Conformity {
    /// The page.
    ///
    /// # Errors
    /// If the page cannot be put together: a defect of this program.
    pub fn to_html(&self) -> Result<String, askama::Error> {
        let summaries = self.summaries();
        let of_features = summaries
            .iter()
            .find(|summary| summary.part == Part::Features);
        let configurations = of_features.map(|summary| summary.configurations.clone());
        let configurations = configurations.unwrap_or_default();
        let page = Page {
            version: env!("CARGO_PKG_VERSION"),
            failures: self.failures().map(failure).collect(),
            notes: self.skipped.clone(),
            features: self.features(&configurations),
            configurations,
            parts: summaries.into_iter().map(part).collect(),
        };
        page.render()
    }

    /// One row a tag of chapter 1.
    fn features(&self, configurations: &[String]) -> Vec<FeatureView> {
        let mut rows: indexmap::IndexMap<&str, FeatureView> = indexmap::IndexMap::new();
        for comparison in &self.comparisons {
            if comparison.part != Part::Features {
                continue;
            }
            let row = rows.entry(&comparison.tag).or_insert_with(|| FeatureView {
                family: comparison.family.clone(),
                name: comparison.name.clone(),
                tag: comparison.tag.clone(),
                code: comparison.ibsi.clone().unwrap_or_default(),
                cells: configurations.iter().map(|_| None).collect(),
            });
            let known = configurations.iter();
            let column = known
                .zip(&mut row.cells)
                .find(|(name, _)| **name == comparison.configuration);
            if let Some((_, cell)) = column {
                *cell = Some((digits(comparison.found, 4), comparison.passes));
            }
        }
        rows.into_values().collect()
    }
}

/// A value with so many significant digits.
fn digits(value: Option<f64>, significant: u16) -> String {
    let Some(value) = value else {
        return "missing".to_owned();
    };
    if value == 0.0 || !value.is_finite() {
        return number_text(value);
    }
    let behind = significant.saturating_sub(1);
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..6).contains(&magnitude) {
        return format!("{value:.0$e}", usize::from(behind));
    }
    let places = usize::try_from(i32::from(behind) - magnitude).unwrap_or(0);
    format!("{value:.places$}")
}

fn part(summary: PartSummary) -> PartView {
    PartView {
        title: summary.part.title(),
        criterion: summary.part.criterion(),
        total: summary.total(),
        totals: summary.totals(),
        configurations: summary.configurations,
        rows: summary
            .rows
            .into_iter()
            .map(|row| (row.family, row.cells))
            .collect(),
    }
}

fn failure(comparison: &Comparison) -> FailureView {
    let patient = comparison
        .patient
        .iter()
        .map(|patient| format!(" {patient}"));
    FailureView {
        configuration: format!(
            "{}{}",
            comparison.configuration,
            patient.collect::<String>()
        ),
        name: comparison.name.clone(),
        tag: comparison.tag.clone(),
        code: comparison.ibsi.clone().unwrap_or_default(),
        found: digits(comparison.found, 7),
        reference: number_text(comparison.expected.value),
        tolerance: digits(Some(comparison.expected.tolerance), 2),
    }
}
