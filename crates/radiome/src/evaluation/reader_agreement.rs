//! Agreement of the readers on signs.

use radiome_stats::reliability::kappa::KappaWeights;

use super::Evidence;
use crate::reader_agreement::PairedReadings;
use crate::results::{Disagreement, KappaOfSign, ReaderAgreement, Warning};
use crate::table::parse_number;

/// One for each sign of the study file.
pub(super) fn reader_agreement(evidence: &Evidence<'_>) -> Vec<ReaderAgreement> {
    let table = &evidence.cohort.table;
    let patients = &evidence.cohort.patients;
    let of_patients = |column: &str| -> Vec<Option<&str>> {
        let cells = table.texts(column).unwrap_or_default();
        let cell = |row: usize| cells.get(row).copied().flatten();
        patients.iter().map(|patient| cell(patient.row)).collect()
    };
    let signs = evidence.study.file.reader_agreement.iter();
    signs
        .filter_map(|sign| {
            let [first, second] = [&sign.readers[0], &sign.readers[1]].map(|one| of_patients(one));
            let used = of_patients(&sign.column);
            let paired = PairedReadings::of(&first, &second, &sign.levels()).ok()?;
            let told = |row: &usize| Disagreement {
                id: patients[*row].id.clone(),
                first: first[*row].unwrap_or_default().to_owned(),
                second: second[*row].unwrap_or_default().to_owned(),
                used: used[*row].map(str::to_owned),
            };
            let disagreements = paired.disagreements();
            let agreed = paired
                .rows
                .iter()
                .filter(|row| !disagreements.contains(row));
            let discrepancies: Vec<Disagreement> = agreed
                .filter(|row| !same(first[**row], used[**row]))
                .map(told)
                .collect();
            let mut reason = None;
            let kappa = |&weights: &KappaWeights| match paired.kappa(weights) {
                Ok(found) => Some(KappaOfSign {
                    weights: name(weights).to_owned(),
                    kappa: found.kappa,
                    standard_error: found.standard_error,
                    ci: found.interval.map(Some),
                    p_value: Some(found.p).filter(|p| !p.is_nan()),
                }),
                Err(error) => {
                    reason = Some(error.to_string());
                    None
                }
            };
            let kappa: Vec<KappaOfSign> = paired.weights().iter().filter_map(kappa).collect();
            let by_first = used == first;
            Some(ReaderAgreement {
                column: sign.column.clone(),
                readers: sign.readers.clone(),
                used: if sign.consensus.is_none() && by_first {
                    "first_reader"
                } else {
                    "consensus"
                }
                .to_owned(),
                n: paired.rows.len(),
                missing: patients.len() - paired.rows.len(),
                counts: paired.counts(),
                kappa,
                reason,
                disagreements: disagreements.iter().map(told).collect(),
                discrepancies,
                ordered: paired.ordered,
                levels: paired.levels,
            })
        })
        .collect()
}

/// Whether two cells say the same; numbers are compared as numbers.
fn same(a: Option<&str>, b: Option<&str>) -> bool {
    let number = |cell: Option<&str>| cell.and_then(parse_number);
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a.map(str::trim) == b.map(str::trim),
    }
}

fn name(weights: KappaWeights) -> &'static str {
    match weights {
        KappaWeights::None => "none",
        KappaWeights::Linear => "linear",
        KappaWeights::Quadratic => "quadratic",
    }
}

/// Agreed values that neither reader gave.
pub(super) fn discrepancies(found: &[ReaderAgreement]) -> Option<Warning> {
    let told: Vec<String> = found
        .iter()
        .filter(|sign| !sign.discrepancies.is_empty())
        .map(|sign| {
            let ids: Vec<&str> = sign
                .discrepancies
                .iter()
                .map(|one| one.id.as_str())
                .collect();
            format!("`{}`: {}", sign.column, ids.join(", "))
        })
        .collect();
    (!told.is_empty()).then(|| {
        Warning::new(
            "consensus_differs",
            format!(
                "both readers agree, and the value that is used is another one or missing; look these up: {}",
                told.join("; ")
            ),
        )
    })
}
