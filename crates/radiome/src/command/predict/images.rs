//! Features of new patients from their images, computed as the model says.

use std::collections::HashMap;

use miette::{WrapErr, miette};
use radiome::extract::{self, Case, Label, Processing};
use radiome::model::{Model, SPACING, spacing};
use radiome::prediction::FailedPatient;
use radiome_features::FeatureRow;

use super::Draft;
use crate::command::Common;

/// Computes the features of every draft that has images.
pub(super) fn extract(model: &Model, drafts: &mut [Draft], common: &Common) -> miette::Result<()> {
    if drafts.iter().all(|draft| draft.images.is_empty()) {
        return Ok(());
    }
    let processing = processing(model)?;
    let places: HashMap<&str, usize> = (model.features.iter().enumerate())
        .map(|(place, name)| (name.as_str(), place))
        .collect();
    let (mut cases, mut purposes) = (Vec::new(), Vec::new());
    for (number, draft) in drafts.iter().enumerate() {
        for (sequence, files) in (draft.images.iter()).filter(|_| draft.failed.is_none()) {
            let Some((protocol, _, of_model)) = model.sequences.get_full(sequence) else {
                continue;
            };
            let usual = || of_model.label.as_deref()?.parse::<Label>().ok();
            cases.push(Case {
                id: draft.patient.id.clone(),
                image: files.image.clone(),
                mask: files.mask.clone(),
                label: files.label.clone().or_else(usual),
                channel: None,
                protocol,
            });
            purposes.push((number, sequence.clone()));
        }
    }
    let rows = extract::run(&cases, &processing, common.jobs(), common.progress());
    for ((number, sequence), row) in purposes.into_iter().zip(rows) {
        let draft = &mut drafts[number];
        match row {
            Ok(row) => take(&row, &sequence, &places, draft),
            Err(failure) => {
                let failed = FailedPatient::of_extraction(&draft.patient.id, &sequence, &failure);
                draft.failed.get_or_insert(failed);
            }
        }
    }
    Ok(())
}

/// How the features of each sequence are computed, in the model's order.
fn processing(model: &Model) -> miette::Result<Vec<Processing>> {
    let processing = |(name, sequence): (&String, &radiome::model::ModelSequence)| {
        sequence
            .processing()
            .map_err(|error| miette!("{error}"))
            .wrap_err_with(|| format!("the model's settings of {name} (`sequences.{name}.params`)"))
    };
    model.sequences.iter().map(processing).collect()
}

fn take(row: &FeatureRow, sequence: &str, places: &HashMap<&str, usize>, draft: &mut Draft) {
    for (name, value) in &row.features {
        if let Some(&place) = places.get(format!("{sequence}_{name}").as_str()) {
            draft.patient.features[place] = Some(*value);
        }
    }
    if let Some(found) = row.diagnostic(SPACING).and_then(spacing) {
        draft.patient.spacing.insert(sequence.to_owned(), found);
    }
}
