//! Missing clinical values: how many, and what was done about them.

use super::super::format::{count, fixed, listed, percent, split, split_order, term};
use super::super::page::Table;
use crate::results::{MissingColumn, MissingValues, RegressionTerm, Results};

/// Missing values by candidate and set; `None` where the study file says nothing of them.
pub(super) fn table(results: &Results) -> Option<Table> {
    let found = results.missing_values.as_ref()?;
    let mut splits: Vec<&String> = results.cohort.analysed.keys().collect();
    splits.sort_by_key(|name| split_order(name));
    let mut table = Table::new("Missing values of the clinical candidates", &["Variable"]);
    for name in &splits {
        let n = results.cohort.analysed[*name].n;
        table.columns.push(format!("{} (n = {n})", split(name)));
    }
    let imputes = found.imputation.is_some();
    table
        .columns
        .extend(imputes.then(|| "Imputed by".to_owned()));
    for column in &found.columns {
        let mut row = vec![column.column.clone()];
        for name in &splits {
            let n = results.cohort.analysed[*name].n;
            let missing = column.missing.get(*name).copied().unwrap_or(0);
            row.push(match missing {
                0 => "0".to_owned(),
                missing => format!("{missing} ({})", percent(missing as f64 / n as f64)),
            });
        }
        row.extend(imputes.then(|| imputed_by(column)));
        table.row(row);
    }
    table.note(method(found));
    for (name, patients) in &found.expected {
        if !patients.is_empty() {
            table.note(format!(
                "{}: the nomogram takes an expected value for {}.",
                split(name),
                count(patients.len(), "patient", "patients")
            ));
        }
    }
    Some(table)
}

fn imputed_by(column: &MissingColumn) -> String {
    let lacks = column.missing.get("train").is_some_and(|&n| n > 0);
    match (column.imputed, lacks, column.kind.as_str()) {
        (false, ..) => "one value only in training",
        (true, false, _) => "none missing in training",
        (true, true, "number") => "predictive mean matching",
        (true, true, _) => "multinomial logistic model",
    }
    .to_owned()
}

/// What was done, in sentences.
fn method(found: &MissingValues) -> String {
    let Some(how) = &found.imputation else {
        return "Complete cases: each regression uses the patients who have all of its variables, and \
                a patient who lacks one has no prediction by the models that need it."
            .to_owned();
    };
    format!(
        "Multiple imputation by chained equations within the training patients, {} completed data \
         sets ({} rounds each; numbers by predictive mean matching with {} donors, words by \
         multinomial logistic models), the outcome among the predictors; coefficients pooled by \
         Rubin's rules with the degrees of freedom of Barnard and Rubin, several levels of a word \
         tested together by the pooled Wald test. Where a patient is predicted, a missing value is \
         what is expected of it given the patient's other candidates, without the outcome.",
        how.imputations, how.iterations, how.donors
    )
}

/// The sentence of the methods.
pub(super) fn sentence(results: &Results) -> Option<String> {
    let found = results.missing_values.as_ref()?;
    let lacking: Vec<String> = found
        .columns
        .iter()
        .filter_map(|column| {
            let missing: usize = column.missing.values().sum();
            (missing > 0).then(|| format!("{} ({missing})", column.column))
        })
        .collect();
    let how_many = if lacking.is_empty() {
        "No clinical candidate lacks a value.".to_owned()
    } else {
        format!("Missing clinical values: {}.", listed(&lacking))
    };
    let resampled = match &found.imputation {
        Some(_) if results.study.is_resampled() => {
            " Imputation is done again inside every resample, from its own training part alone."
        }
        _ => "",
    };
    Some(format!("{how_many} {}{resampled}", method(found)))
}

/// Fraction of missing information of each pooled term; `None` where nothing was pooled.
pub(super) fn fractions(terms: &[RegressionTerm]) -> Option<String> {
    let told: Vec<String> = terms
        .iter()
        .filter_map(|one| {
            let pooled = one.pooled.as_ref()?;
            Some(format!(
                "{} {} (df {})",
                term(&one.name, &one.variable),
                fixed(pooled.fraction_missing, 2),
                fixed(pooled.df, 1)
            ))
        })
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "Pooled over completed data sets by Rubin's rules. Fraction of missing information: {}.",
            told.join("; ")
        )
    })
}
