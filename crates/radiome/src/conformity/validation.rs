//! The validation phase of chapter 1: T1-weighted MR images of 46 patients with a sarcoma, and the
//! values on which teams agree.

use std::collections::HashMap;
use std::path::Path;

use radiome_features::Protocol;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::{Extractor, Profile};

use super::{Comparison, Conformity, ConformityError, Part, entry_of};
use crate::extract::{self, Case, Progress};
use crate::table::Table;

/// By how much a value may differ from the teams' median: the criterion by which teams were taken
/// to agree.
const RELATIVE: f64 = 1e-3;

/// Compares the values of the folder `sts` that at least three teams agree on.
pub(super) fn compare(
    folder: &Path,
    jobs: Option<usize>,
    progress: Progress,
    run: &mut Conformity,
) -> Result<(), ConformityError> {
    let manifest = Table::read(&folder.join("manifest.csv"))?;
    let ids = manifest.cells("patient_id")?;
    let case = |id: &String| Case {
        id: id.clone(),
        image: folder.join(id).join("t1.nii.gz"),
        mask: folder.join(id).join("t1_mask.nii.gz"),
        label: None,
        channel: None,
        protocol: 0,
    };
    let cases: Vec<Case> = ids.iter().map(case).collect();
    let protocol = Protocol::Ibsi(Box::new(Extractor::new(Profile::Mr.plan())));
    let results = extract::run(&cases, &[protocol.into()], jobs, progress);
    let mut rows = HashMap::new();
    for (case, result) in cases.iter().zip(results) {
        match result {
            Ok(row) => {
                rows.insert(case.id.clone(), row);
            }
            Err(failure) => run
                .skipped
                .push(format!("{}: {}", case.id, failure.message)),
        }
    }
    let table = Table::read(&folder.join("ibsi1_cross_team/mr_t1_features.csv.gz"))?;
    let (patients, tags) = (table.cells("patient_id")?, table.cells("tag")?);
    let (values, kinds) = (table.numbers("value")?, table.cells("kind")?);
    let (reliable, standardised) = (table.cells("reliable")?, table.cells("standardised")?);
    for row in 0..table.len() {
        let counts = reliable[row] == "1" && standardised[row] == "1" && kinds[row] == "feature";
        let (true, Some(features)) = (counts, rows.get(&patients[row])) else {
            continue;
        };
        let entry = entry_of(&tags[row]);
        let found = features.feature(&tags[row]);
        let expected = ReferenceValue {
            value: values[row],
            tolerance: RELATIVE * values[row].abs(),
        };
        let close = |found: f64| (found - expected.value).abs() <= expected.tolerance;
        run.comparisons.push(Comparison {
            part: Part::Validation,
            family: entry
                .map_or("unknown", |entry| entry.family.title())
                .to_owned(),
            configuration: "mr".to_owned(),
            patient: Some(patients[row].clone()),
            tag: tags[row].clone(),
            name: entry
                .map_or(tags[row].as_str(), |entry| entry.name)
                .to_owned(),
            ibsi: entry.and_then(|entry| entry.ibsi).map(str::to_owned),
            found,
            passes: found.is_some_and(close),
            expected,
        });
    }
    Ok(())
}
