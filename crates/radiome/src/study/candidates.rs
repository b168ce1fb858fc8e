//! Which clinical columns may be predictors: only what is known before treatment.

use super::cohort::missing_column;
use super::file::StudyFile;
use super::{Cohort, Problem, Split};
use crate::pipeline::{ClinicalColumn, ClinicalValues};
use crate::table::Table;

/// Words in a column's name that speak of treatment, outcome or follow-up.
const REFUSED_WORDS: [&str; 17] = [
    "treatment",
    "outcome",
    "status",
    "follow",
    "followup",
    "progression",
    "mets",
    "death",
    "dead",
    "died",
    "event",
    "censored",
    "pfs",
    "os",
    "dfs",
    "response",
    "survival",
];
/// Parts of words that do: chemoradiotherapy, postoperative, metastatic.
const REFUSED_PARTS: [&str; 9] = [
    "therap", "chemo", "surger", "surgical", "postop", "resect", "recurren", "relaps", "metasta",
];

/// A factor of more levels than this is one only if patients share them.
pub(super) const MOST_LEVELS: usize = 10;

/// Reads the candidate columns of the analysed patients.
///
/// # Errors
/// Every candidate that is missing, or that speaks of what was known only after treatment: by its
/// role in the study, by its name, or because it decides the outcome without exception.
pub(super) fn read(cohort: &Cohort, file: &StudyFile) -> Result<Vec<ClinicalColumn>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut columns = Vec::new();
    for name in &file.clinical.candidates {
        let allowed = file.clinical.allow.contains(name);
        if let Some(role) = role(name, file) {
            problems.push(Problem::new(
                format!("`clinical.candidates`: `{name}` is the study's {role}, it cannot predict"),
                "take it out of the list",
            ));
            continue;
        }
        if let (Some(word), false) = (refused_word(name), allowed) {
            problems.push(Problem::new(
                format!(
                    "`clinical.candidates`: `{name}` speaks of treatment, outcome or follow-up (\"{word}\"), and only what is known before treatment may predict"
                ),
                format!("take it out, or write `allow: [{name}]` if it was known before treatment"),
            ));
            continue;
        }
        if file
            .clinical
            .candidates
            .iter()
            .filter(|other| *other == name)
            .count()
            > 1
        {
            let problem = Problem::new(
                format!("`clinical.candidates` names `{name}` more than once"),
                "name it once",
            );
            if !problems.contains(&problem) {
                problems.push(problem);
            }
            continue;
        }
        match read_column(
            &cohort.table,
            name,
            &cohort.patients.iter().map(|p| p.row).collect::<Vec<_>>(),
        ) {
            Ok(column) => {
                if !allowed && decides_outcome(&column, cohort) {
                    problems.push(Problem::new(
                        format!(
                            "`clinical.candidates`: every value of `{name}` belongs to one class of `{}`; it looks like the outcome under another name",
                            file.outcome.column
                        ),
                        format!("take it out, or write `allow: [{name}]` if it was known before treatment"),
                    ));
                }
                problems.extend(infinite_number(&column, cohort));
                problems.extend(numbers_as_words(&column, cohort));
                columns.push(column);
            }
            Err(text) => problems.push(missing_column(
                &cohort.table,
                name,
                "clinical.candidates",
                &text,
            )),
        }
    }
    if problems.is_empty() {
        Ok(columns)
    } else {
        Err(problems)
    }
}

/// A number that is infinite, with its place.
fn infinite_number(column: &ClinicalColumn, cohort: &Cohort) -> Option<Problem> {
    let ClinicalValues::Number(values) = &column.values else {
        return None;
    };
    let mut known = values.iter().zip(&cohort.patients);
    let (value, patient) = known.find(|(value, _)| value.is_infinite())?;
    Some(Problem::new(
        format!(
            "`clinical.candidates`: `{}` is {} in row {}, which is not finite",
            column.name,
            crate::table::number_text(*value),
            patient.row + 2
        ),
        "correct the cell, or empty it if the value is not known",
    ))
}

/// A column of words that was meant as numbers: one cell that is none, or a decimal comma, would
/// make a level of every value.
fn numbers_as_words(column: &ClinicalColumn, cohort: &Cohort) -> Option<Problem> {
    let ClinicalValues::Factor(values) = &column.values else {
        return None;
    };
    let name = &column.name;
    let present: Vec<(&str, usize)> = values
        .iter()
        .zip(&cohort.patients)
        .filter_map(|(value, patient)| Some((value.as_deref()?, patient.row)))
        .collect();
    let is_number = |text: &str| crate::table::parse_number(text).is_some();
    let numbers = present.iter().filter(|(text, _)| is_number(text)).count();
    let other = present.iter().find(|(text, _)| !is_number(text));
    if let Some((text, row)) = other
        && 2 * numbers > present.len()
    {
        return Some(Problem::new(
            format!(
                "`clinical.candidates`: `{name}` is a number for {numbers} patients, and \"{text}\" in row {}",
                row + 2
            ),
            "correct the cell, or empty it if the value is not known",
        ));
    }
    let mut levels: Vec<&str> = present.iter().map(|(text, _)| *text).collect();
    levels.sort_unstable();
    levels.dedup();
    (levels.len() > MOST_LEVELS && 2 * levels.len() > present.len()).then(|| {
        Problem::new(
            format!(
                "`clinical.candidates`: `{name}` has {} different words in {} patients, such as \"{}\"",
                levels.len(),
                present.len(),
                levels[0]
            ),
            "write numbers with a decimal point and without a unit; put words into a few groups",
        )
    })
}

/// A column as numbers where every present cell is one, else as words.
pub(super) fn read_column(
    table: &Table,
    name: &str,
    rows: &[usize],
) -> Result<ClinicalColumn, String> {
    let cells = table.texts(name).map_err(|error| error.to_string())?;
    let values = if table.is_numeric(name) {
        let numbers = table.numbers(name).map_err(|error| error.to_string())?;
        ClinicalValues::Number(rows.iter().map(|&row| numbers[row]).collect())
    } else {
        ClinicalValues::Factor(
            rows.iter()
                .map(|&row| cells[row].map(str::to_owned))
                .collect(),
        )
    };
    Ok(ClinicalColumn {
        name: name.to_owned(),
        values,
    })
}

pub(super) fn role(name: &str, file: &StudyFile) -> Option<&'static str> {
    let id = file
        .tables
        .first()
        .map(|table| (table.id.as_str(), "patient id"));
    let survival = file.survival.iter().flat_map(|survival| survival.columns());
    std::iter::once((file.outcome.column.as_str(), "outcome"))
        .chain(survival)
        .chain(id)
        .find(|(column, _)| *column == name)
        .map(|(_, role)| role)
}

/// The refused word among the words of a column's name: `pfs_days`, `FollowUpDays`.
fn refused_word(name: &str) -> Option<&'static str> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (after_small && c.is_uppercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase();
    }
    let whole = REFUSED_WORDS
        .into_iter()
        .find(|refused| words.iter().any(|word| word == refused));
    whole.or_else(|| {
        REFUSED_PARTS
            .into_iter()
            .find(|part| words.iter().any(|word| word.contains(part)))
    })
}

/// Whether a column of few values tells the outcome of every training patient.
pub(super) fn decides_outcome(column: &ClinicalColumn, cohort: &Cohort) -> bool {
    let mut classes: std::collections::BTreeMap<String, [usize; 2]> =
        std::collections::BTreeMap::new();
    for (row, patient) in cohort.patients.iter().enumerate() {
        if patient.split != Split::Train || column.is_missing(row) {
            continue;
        }
        let value = match &column.values {
            ClinicalValues::Number(values) => values[row].to_string(),
            ClinicalValues::Factor(values) => values[row].clone().unwrap_or_default(),
        };
        classes.entry(value).or_default()[usize::from(patient.positive)] += 1;
    }
    let seen: usize = classes.values().flatten().sum();
    // Many distinct values decide by chance; a handful does not: with balanced classes the chance
    // is near 2^(values - patients), below 1 in 1000 here.
    (2..=6).contains(&classes.len())
        && seen >= classes.len() + 10
        && classes.values().all(|counts| counts.contains(&0))
}

#[cfg(test)]
mod tests {
    use super::refused_word;

    #[test]
    fn words_are_whole_words() {
        assert_eq!(refused_word("days_to_last_follow_up"), Some("follow"));
        assert_eq!(refused_word("lung_mets"), Some("mets"));
        assert_eq!(refused_word("os_days"), Some("os"));
        assert_eq!(refused_word("Radiotherapy"), Some("therap"));
        assert_eq!(refused_word("neoadjuvant_chemoradiation"), Some("chemo"));
        assert_eq!(refused_word("FollowUpDays"), Some("follow"));
        assert_eq!(refused_word("pfsDays"), Some("pfs"));
        for fine in [
            "age_years",
            "site",
            "m_stage",
            "t_stage",
            "necrosis",
            "margin",
            "position",
        ] {
            assert_eq!(refused_word(fine), None, "{fine}");
        }
    }
}
