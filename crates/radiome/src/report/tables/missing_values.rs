//! Missing clinical values, and how coefficients were pooled.

use super::{Written, number};
use crate::results::Results;

pub(super) fn missing_values(results: &Results) -> Option<Written> {
    let found = results.missing_values.as_ref()?;
    let header = ["column", "kind", "split", "n", "missing", "imputed"];
    let mut table = Written::new("missing_values", &header);
    for column in &found.columns {
        for (split, missing) in &column.missing {
            let n = results.cohort.analysed.get(split).map(|counts| counts.n);
            table.row([
                column.column.clone(),
                column.kind.clone(),
                split.clone(),
                n.map_or_else(String::new, |n| n.to_string()),
                missing.to_string(),
                column.imputed.to_string(),
            ]);
        }
    }
    Some(table)
}

pub(super) fn pooled_terms(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "pooled_terms",
        &[
            "model",
            "step",
            "term",
            "df",
            "relative_increase",
            "fraction_missing",
        ],
    );
    let clinical = &results.clinical_model;
    for (model, step, terms) in [
        ("clinical", "univariate", Some(&clinical.univariate)),
        ("clinical", "multivariate", Some(&clinical.multivariate)),
        ("clinical", "final", clinical.terms.as_ref()),
        ("nomogram", "final", results.nomogram.terms.as_ref()),
    ] {
        for one in terms.into_iter().flatten() {
            if let Some(pooled) = &one.pooled {
                table.row([
                    model.to_owned(),
                    step.to_owned(),
                    one.name.clone(),
                    number(pooled.df),
                    number(pooled.relative_increase),
                    number(pooled.fraction_missing),
                ]);
            }
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
