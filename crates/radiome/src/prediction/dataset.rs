//! New patients as the rows that fitted models are applied to.

use indexmap::IndexMap;
use nalgebra::DMatrix;

use super::{FailedPatient, NewPatient};
use crate::model::Model;
use crate::pipeline::{ClinicalColumn, ClinicalValues, Dataset, Term};
use crate::results::Warning;
use crate::table::parse_number;

/// Fewest patients from which an unseen scanner is estimated.
const FEWEST_OF_A_SCANNER: usize = 2;

/// The patients who can be predicted, as rows.
pub(super) struct Rows {
    /// Their places among all patients.
    pub(super) places: Vec<usize>,
    /// The rows.
    pub(super) data: Dataset,
    /// What was noticed of each row.
    pub(super) warnings: Vec<Vec<Warning>>,
}

impl Rows {
    /// The rows, and for every patient why there is no row of it.
    pub(super) fn of(model: &Model, patients: &[NewPatient]) -> (Self, Vec<Option<FailedPatient>>) {
        let mut failures: Vec<Option<FailedPatient>> = (patients.iter())
            .map(|patient| unusable(model, patient).err())
            .collect();
        let mut company: IndexMap<&str, usize> = IndexMap::new();
        for (patient, _) in (patients.iter().zip(&failures)).filter(|(_, failed)| failed.is_none())
        {
            *company.entry(patient.scanner()).or_default() += 1;
        }
        let mut warnings = Vec::new();
        for (patient, failure) in patients.iter().zip(&mut failures) {
            if failure.is_some() {
                continue;
            }
            match scanner(model, patient, company[patient.scanner()]) {
                Ok(found) => warnings.push(found),
                Err(failed) => *failure = Some(failed),
            }
        }
        let places: Vec<usize> = (0..patients.len())
            .filter(|&place| failures[place].is_none())
            .collect();
        let row = |row: usize| &patients[places[row]];
        let data = Dataset {
            patient: (0..places.len()).collect(),
            // Not known, and not looked at: nothing is learnt from these rows.
            outcome: vec![false; places.len()],
            batch: (0..places.len())
                .map(|place| row(place).scanner().to_owned())
                .collect(),
            covariates: (model.covariates.iter())
                .map(|term| column(term, places.iter().map(|&place| &patients[place])))
                .collect(),
            folds: None,
            features: DMatrix::from_fn(places.len(), model.features.len(), |place, feature| {
                row(place).features[feature].unwrap_or(f64::NAN)
            }),
            readings: IndexMap::new(),
            intensities: None,
            clinical: (model.clinical_columns().into_iter())
                .map(|term| column(term, places.iter().map(|&place| &patients[place])))
                .collect(),
        };
        let rows = Self {
            places,
            data,
            warnings,
        };
        (rows, failures)
    }
}

impl NewPatient {
    fn scanner(&self) -> &str {
        self.batch.as_deref().unwrap_or_default()
    }
}

/// Why a patient cannot be predicted, whatever the scanner.
fn unusable(model: &Model, patient: &NewPatient) -> Result<(), FailedPatient> {
    let failed = |code: &str, message: String| Err(FailedPatient::new(&patient.id, code, message));
    for signature in model.nomogram_signatures() {
        if let Some(feature) = patient.lacks(model, signature) {
            let message = format!(
                "the feature {feature} of {signature}, which is in the nomogram, is not known"
            );
            return failed("features_missing", message);
        }
    }
    for term in &model.covariates {
        let variable = term.variable();
        if !matches!(patient.clinical.get(variable), Some(Some(_))) {
            let message = format!(
                "`{variable}` is not known, and the harmonisation of the features keeps its effect"
            );
            return failed("covariate_unknown", message);
        }
    }
    for term in model.clinical_inputs() {
        let Term::Number { variable } = term else {
            continue;
        };
        if let Some(Some(text)) = patient.clinical.get(variable)
            && !parse_number(text).is_some_and(f64::is_finite)
        {
            let message = format!("`{variable}` is \"{text}\", and the model takes a number");
            return failed("not_a_number", message);
        }
    }
    Ok(())
}

/// What becomes of a scanner, with so many patients here.
fn scanner(
    model: &Model,
    patient: &NewPatient,
    company: usize,
) -> Result<Vec<Warning>, FailedPatient> {
    let Some(combat) = &model.combat else {
        return Ok(Vec::new());
    };
    let known: Vec<&str> = (combat.batches.iter())
        .map(|batch| batch.label.as_str())
        .collect();
    let failed = |code: &str, message: String| Err(FailedPatient::new(&patient.id, code, message));
    let Some(name) = &patient.batch else {
        let message = format!(
            "the scanner is not known, so its effect is not; scanners of the model: {}",
            known.join(", ")
        );
        return failed("batch_unknown", message);
    };
    if known.contains(&name.as_str()) {
        return Ok(Vec::new());
    }
    let seen = model.batches.contains_key(name);
    let unlike = if seen {
        format!("the scanner {name} had too few training patients for an estimate of its effect")
    } else {
        format!(
            "the scanner {name} is not among those of the training patients ({})",
            known.join(", ")
        )
    };
    let warned = |what: &str| {
        let warning = Warning::new("unknown_scanner", format!("{unlike}: {what}"));
        Ok(vec![warning])
    };
    match model.unseen.as_deref() {
        Some("error") if !seen => failed(
            "unseen_scanner",
            format!("{unlike}, and the study refuses such a scanner (`unseen: error`)"),
        ),
        // One that training had stays as the study left it.
        Some("own") if company < FEWEST_OF_A_SCANNER && !seen => failed(
            "scanner_alone",
            format!(
                "{unlike}; its effect is estimated from its own patients (`unseen: own`), and there is only this one: predict several of them in one table"
            ),
        ),
        Some("own") if company >= FEWEST_OF_A_SCANNER => warned(&format!(
            "its effect is estimated from the {company} patients here, so the prediction depends on them"
        )),
        _ => warned("the features are left as they are"),
    }
}

/// A clinical column over some patients.
fn column<'a>(term: &Term, patients: impl Iterator<Item = &'a NewPatient>) -> ClinicalColumn {
    let name = term.variable();
    let cells = patients.map(|patient| patient.clinical.get(name)?.clone());
    let values = match term {
        Term::Number { .. } => ClinicalValues::Number(
            cells
                .map(|cell| cell.as_deref().and_then(parse_number).unwrap_or(f64::NAN))
                .collect(),
        ),
        Term::Factor { .. } => ClinicalValues::Factor(cells.collect()),
    };
    ClinicalColumn {
        name: name.to_owned(),
        values,
    }
}
