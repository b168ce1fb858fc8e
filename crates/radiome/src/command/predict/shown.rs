//! Predictions on the screen, as JSON and as a table.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr};
use radiome::model::Model;
use radiome::prediction::{FailedPatient, INTERVAL, PURPOSE, PatientPrediction};
use radiome::results::Warning;
use radiome::table::{Table, TableError};
use serde_json::json;

use super::Options;
use crate::command::tabular::{Cell, Rows, short};
use crate::command::{Common, Status, print};

type Prediction = Result<PatientPrediction, FailedPatient>;

/// Shows and writes what was found.
pub(super) fn show(
    options: &Options,
    model: &Model,
    predictions: &[Prediction],
    warnings: &[Warning],
    common: &Common,
) -> miette::Result<Status> {
    let patients: Vec<&PatientPrediction> = predictions.iter().flatten().collect();
    let failures: Vec<&FailedPatient> = (predictions.iter())
        .filter_map(|prediction| prediction.as_ref().err())
        .collect();
    if let Some(path) = &options.out {
        in_full(&patients).to_table()?.write(path)?;
        write_failures(&failures, path)?;
    }
    if options.json || common.answer.is_some() {
        let object = json!({
            "model": {
                "study": model.study,
                "outcome": model.outcome[0],
                "positive": model.outcome[1],
                "radiome": model.radiome,
                "cutoff": model.cutoff.get("nomogram"),
            },
            "patients": serde_json::to_value(&patients).into_diagnostic()?,
            "failures": serde_json::to_value(&failures).into_diagnostic()?,
            "interval": INTERVAL,
            "purpose": PURPOSE,
            "warnings": serde_json::to_value(warnings).into_diagnostic()?,
        });
        match (&common.answer, object) {
            (Some(answer), serde_json::Value::Object(object)) => {
                answer.leave(object, in_full(&patients).to_table()?);
                return Ok(Status::Done);
            }
            (_, object) => print(&format!("{:#}\n", object))?,
        }
    } else {
        print(&in_words(model, &patients))?;
        for warning in warnings {
            common.note(&format!("warning: {}", warning.text));
        }
        for patient in &patients {
            for warning in &patient.warnings {
                common.note(&format!("warning: {}: {}", patient.id, warning.text));
            }
        }
    }
    for failure in &failures {
        eprintln!("failed: {}: {}", failure.id, failure.message);
    }
    if let Some(path) = &options.out {
        common.note(&format!("written: {}", path.display()));
    }
    Ok(if failures.is_empty() {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

fn in_words(model: &Model, patients: &[&PatientPrediction]) -> String {
    let [outcome, positive] = &model.outcome;
    let mut text = format!(
        "Probability of {outcome} = {positive} by the nomogram of \"{}\"\n\n",
        model.study
    );
    let mut rows = Rows::new(&[
        "id",
        "probability",
        "lower",
        "upper",
        "points",
        "cut-off",
        "warnings",
    ]);
    for patient in patients {
        rows.push(vec![
            patient.id.as_str().into(),
            patient.probability.into(),
            patient.ci[0].into(),
            patient.ci[1].into(),
            patient.total_points.into(),
            match patient.above_cutoff {
                None => Cell::Empty,
                Some(true) => "at or above".into(),
                Some(false) => "below".into(),
            },
            patient.warnings.len().into(),
        ]);
    }
    if let [patient] = patients {
        let mut parts = Rows::new(&["variable", "value", "points"]);
        for one in &patient.points {
            let number = one.value.as_deref().and_then(radiome::table::parse_number);
            let value = match (number, &one.value) {
                (Some(number), _) => number.into(),
                (None, Some(word)) => word.as_str().into(),
                (None, None) => Cell::Empty,
            };
            parts.push(vec![one.variable.as_str().into(), value, one.points.into()]);
        }
        rows.put_below("Points of the nomogram:", &parts);
    }
    if let Some(cutoff) = model.cutoff.get("nomogram").copied().flatten() {
        rows.note(&format!("The cut-off of the study is {}.", short(cutoff)));
    }
    text.push_str(&rows.to_text());
    text.push_str(&format!("\nlower, upper: {INTERVAL}.\n\n{PURPOSE}\n"));
    text
}

fn in_full(patients: &[&PatientPrediction]) -> Rows {
    let mut header = vec!["id".to_owned()];
    if let Some(first) = patients.first() {
        header.extend(first.rad_score.keys().map(|name| format!("{name}_score")));
        header.extend(["nomogram_score".to_owned()]);
        header.extend(
            first
                .probabilities
                .keys()
                .map(|name| format!("{name}_probability")),
        );
    }
    let rest = [
        "nomogram_probability_lower",
        "nomogram_probability_upper",
        "nomogram_points",
        "above_cutoff",
        "warnings",
    ];
    header.extend(rest.map(str::to_owned));
    let mut rows = Rows::new(&header);
    for patient in patients {
        let mut row: Vec<Cell> = vec![patient.id.as_str().into()];
        row.extend(patient.rad_score.values().map(|&score| Cell::from(score)));
        row.push(patient.linear_predictor.into());
        row.extend(patient.probabilities.values().map(|&p| Cell::from(p)));
        row.extend(patient.ci.map(Cell::from));
        row.push(patient.total_points.into());
        row.push(match patient.above_cutoff {
            None => Cell::Empty,
            Some(above) => usize::from(above).into(),
        });
        let codes: Vec<&str> = (patient.warnings.iter())
            .map(|warning| warning.code.as_str())
            .collect();
        row.push(codes.join(";").into());
        rows.push(row);
    }
    rows
}

/// Lists who failed beside the output; such a list of an earlier run does not stay there.
fn write_failures(failures: &[&FailedPatient], out: &Path) -> miette::Result<()> {
    let mut name = out.as_os_str().to_owned();
    name.push(".failures.csv");
    let path = PathBuf::from(name);
    if failures.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot remove the outdated {}", path.display())),
            _ => Ok(()),
        };
    }
    Ok(failure_table(failures)?.write(&path)?)
}

fn failure_table(failures: &[&FailedPatient]) -> Result<Table, TableError> {
    let column = |cell: &dyn Fn(&FailedPatient) -> &String| {
        failures.iter().map(|&one| cell(one).clone()).collect()
    };
    let mut table = Table::new("failures", failures.len());
    table.push_texts("id", column(&|one| &one.id))?;
    table.push_texts("reason_code", column(&|one| &one.reason_code))?;
    table.push_texts("message", column(&|one| &one.message))?;
    Ok(table)
}
