//! Missing clinical values: how many, and what was done about them.

use indexmap::IndexMap;
use radiome_stats::imputation::ChainedEquations;

use super::Evidence;
use crate::pipeline::{ClinicalColumn, ClinicalValues};
use crate::results::{ImputationSummary, MissingColumn, MissingValues};
use crate::study::Split;

/// What the study file's `clinical.missing` led to; `None` where it is left out.
pub(super) fn missing_values(evidence: &Evidence<'_>) -> Option<MissingValues> {
    let settings = evidence.study.file.clinical.missing?;
    let imputation = evidence.fitted.imputation.as_ref();
    let usual = ChainedEquations::default();
    let column = |column: &ClinicalColumn| MissingColumn {
        column: column.name.clone(),
        kind: match column.values {
            ClinicalValues::Number(_) => "number",
            ClinicalValues::Factor(_) => "factor",
        }
        .to_owned(),
        missing: splits(evidence)
            .map(|(split, rows)| {
                let missing = rows.iter().filter(|&&row| column.is_missing(row));
                (split.name().to_owned(), missing.count())
            })
            .collect(),
        imputed: imputation.is_some_and(|one| one.imputes(&column.name)),
    };
    Some(MissingValues {
        method: settings.method.name().to_owned(),
        imputation: settings.imputations().map(|imputations| ImputationSummary {
            imputations,
            iterations: usual.iterations,
            donors: usual.donors,
        }),
        columns: evidence.data.clinical.iter().map(column).collect(),
        expected: expected(evidence),
    })
}

fn splits<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = (Split, &'a [usize])> {
    [
        (Split::Train, evidence.train),
        (Split::External, evidence.external),
    ]
    .into_iter()
    .filter(|(_, rows)| !rows.is_empty())
}

/// The patients of whom the nomogram takes an expected value, by split.
fn expected(evidence: &Evidence<'_>) -> IndexMap<String, Vec<String>> {
    let (Some(model), Some(_)) = (&evidence.fitted.nomogram.model, &evidence.fitted.imputation)
    else {
        return IndexMap::new();
    };
    let columns = evidence.fitted.expected(evidence.data);
    let rests = |row: &&usize| {
        let mut terms = model.clinical.iter();
        terms.any(|term| columns.of(**row, term.variable()).is_some())
    };
    splits(evidence)
        .map(|(split, rows)| {
            let ids = rows.iter().filter(rests);
            let ids = ids.map(|&row| evidence.cohort.patients[row].id.clone());
            (split.name().to_owned(), ids.collect())
        })
        .collect()
}
