//! Counts of the histological types.

use indexmap::IndexMap;

use super::Evidence;
use crate::results::{HistologicalType, Histology, Warning};

/// Patients by type, split and class; `None` where the study names no column.
pub(super) fn histology(evidence: &Evidence<'_>) -> Option<Histology> {
    let column = evidence.study.file.histology.as_ref()?;
    let cells = evidence.cohort.table.texts(column).ok()?;
    let of_row: Vec<Option<&str>> = evidence
        .cohort
        .patients
        .iter()
        .map(|patient| cells[patient.row])
        .collect();
    let mut splits = vec![("train", evidence.train)];
    if !evidence.external.is_empty() {
        splits.push(("external", evidence.external));
    }
    Some(count(column, &of_row, &evidence.data.outcome, &splits))
}

fn count(
    column: &str,
    of_row: &[Option<&str>],
    outcome: &[bool],
    splits: &[(&str, &[usize])],
) -> Histology {
    let nobody: IndexMap<String, [usize; 2]> = splits
        .iter()
        .map(|&(name, _)| (name.to_owned(), [0, 0]))
        .collect();
    let mut types: IndexMap<Option<&str>, IndexMap<String, [usize; 2]>> = IndexMap::new();
    for &(name, rows) in splits {
        for &row in rows {
            let groups = types.entry(of_row[row]).or_insert_with(|| nobody.clone());
            groups[name][usize::from(outcome[row])] += 1;
        }
    }
    let mut types: Vec<HistologicalType> = types
        .into_iter()
        .map(|(name, groups)| HistologicalType {
            name: name.map(str::to_owned),
            groups,
        })
        .collect();
    types.sort_by(|a, b| {
        let order = |one: &HistologicalType| (one.name.is_none(), usize::MAX - one.total());
        order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name))
    });
    Histology {
        column: column.to_owned(),
        splits: splits.iter().map(|&(name, _)| name.to_owned()).collect(),
        types,
    }
}

/// Types whose names differ in letter case or spaces only are likely one type.
pub(super) fn look_alike(histology: &Histology) -> Option<Warning> {
    let mut spelt: IndexMap<String, Vec<&str>> = IndexMap::new();
    for name in histology.types.iter().filter_map(|one| one.name.as_deref()) {
        let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        spelt.entry(words.join(" ")).or_default().push(name);
    }
    let alike: Vec<String> = spelt
        .into_values()
        .filter(|names| names.len() > 1)
        .map(|names| names.join(" and "))
        .collect();
    (!alike.is_empty()).then(|| {
        Warning::new(
            "histology_spelling",
            format!(
                "`{}` has types whose names differ in capital letters or spaces only, and they are counted apart: {}",
                histology.column,
                alike.join("; ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patient_is_counted_once_in_order() {
        let of_row = [
            Some("Synovial sarcoma"),
            Some("Liposarcoma"),
            None,
            Some("liposarcoma"),
            Some("Liposarcoma"),
            Some("Angiosarcoma"),
        ];
        let outcome = [true, false, true, true, true, false];
        let found = count(
            "type",
            &of_row,
            &outcome,
            &[("train", &[0, 1, 2, 3]), ("external", &[4, 5])],
        );
        let told: Vec<(Option<&str>, [usize; 2], [usize; 2])> = found
            .types
            .iter()
            .map(|one| {
                (
                    one.name.as_deref(),
                    one.groups["train"],
                    one.groups["external"],
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some("Liposarcoma"), [1, 0], [0, 1]),
                (Some("Angiosarcoma"), [0, 0], [1, 0]),
                (Some("Synovial sarcoma"), [0, 1], [0, 0]),
                (Some("liposarcoma"), [0, 1], [0, 0]),
                (None, [0, 1], [0, 0]),
            ]
        );
        let warning = look_alike(&found).unwrap();
        assert!(warning.text.contains("Liposarcoma and liposarcoma"));
    }
}
