//! A patient on the way to a prediction, and the one that options describe.

use std::path::PathBuf;

use indexmap::IndexMap;
use miette::{Report, miette};
use radiome::extract::Label;
use radiome::model::Model;
use radiome::prediction::{FailedPatient, NewPatient};
use radiome::table::{is_missing, nearest};

use super::Options;

/// A patient whose images are still to be read, or who has failed already.
pub(super) struct Draft {
    pub(super) patient: NewPatient,
    /// Image and mask by sequence.
    pub(super) images: IndexMap<String, Files>,
    pub(super) failed: Option<FailedPatient>,
}

/// The files of a sequence.
pub(super) struct Files {
    pub(super) image: PathBuf,
    pub(super) mask: PathBuf,
    /// The label of the region, where it is not the model's.
    pub(super) label: Option<Label>,
}

impl Draft {
    pub(super) fn new(id: &str, model: &Model) -> Self {
        Self {
            patient: NewPatient {
                id: id.to_owned(),
                features: vec![None; model.features.len()],
                ..NewPatient::default()
            },
            images: IndexMap::new(),
            failed: None,
        }
    }
}

/// The patient that --image, --clinical and --batch describe.
pub(super) fn of_options(options: &Options, model: &Model) -> miette::Result<Draft> {
    let mut draft = Draft::new("patient", model);
    for text in &options.images {
        let wrong = || {
            miette!(
                help = "write it as in --image T1=scan.nii.gz,tumour.nii.gz; files with a comma in their name can be given in a --table",
                "--image {text}: it does not name a sequence, an image and a mask"
            )
        };
        let (sequence, files) = text.split_once('=').ok_or_else(wrong)?;
        let (image, mask) = files.split_once(',').ok_or_else(wrong)?;
        if image.is_empty() || mask.is_empty() || mask.contains(',') {
            return Err(wrong());
        }
        check_sequence(sequence, model)?;
        let files = Files {
            image: image.into(),
            mask: mask.into(),
            label: None,
        };
        if draft.images.insert(sequence.to_owned(), files).is_some() {
            return Err(miette!(
                help = "give each sequence once",
                "--image names the sequence {sequence} twice"
            ));
        }
    }
    let needed = needed_sequences(model);
    let missing: Vec<&str> = (needed.iter().map(String::as_str))
        .filter(|name| !draft.images.contains_key(*name))
        .collect();
    if let Some(first) = missing.first() {
        if model.sequences.is_empty() {
            return Err(from_tables());
        }
        return Err(miette!(
            help = format!("--image {first}=IMAGE,MASK"),
            "the nomogram needs the sequence {}, and no --image names it",
            missing.join(" and ")
        ));
    }
    draft.patient.clinical = clinical(options, model)?;
    for variable in needed_variables(model) {
        if !draft.patient.clinical.contains_key(variable) {
            return Err(miette!(
                help = format!("--clinical {variable}=VALUE, or {variable}=NA if it is not known"),
                "the nomogram needs the clinical value `{variable}`"
            ));
        }
    }
    draft.patient.batch.clone_from(&options.batch);
    if model.combat.is_some() && options.batch.is_none() {
        return Err(no_scanner(model));
    }
    Ok(draft)
}

/// The values of --clinical, by variable.
pub(super) fn clinical(
    options: &Options,
    model: &Model,
) -> miette::Result<IndexMap<String, Option<String>>> {
    let mut values = IndexMap::new();
    let inputs = model.clinical_inputs();
    let names: Vec<&str> = inputs.iter().map(|term| term.variable()).collect();
    for text in &options.clinical {
        let Some((name, value)) = text.split_once('=') else {
            return Err(miette!(
                help = "write it as in --clinical age=61",
                "--clinical {text}: it has no `=`"
            ));
        };
        let (name, value) = (name.trim(), value.trim());
        if !names.contains(&name) {
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "it takes no clinical value".to_owned(),
                None => format!("it takes {}", names.join(", ")),
            };
            return Err(miette!(
                help = help,
                "--clinical {text}: the model takes no `{name}`"
            ));
        }
        let value = (!is_missing(value)).then(|| value.to_owned());
        if values.insert(name.to_owned(), value).is_some() {
            return Err(miette!(
                help = "give each value once",
                "--clinical names `{name}` twice"
            ));
        }
    }
    Ok(values)
}

/// Names of the sequences that the signatures are made of.
pub(super) fn sequences(model: &Model) -> Vec<String> {
    if !model.sequences.is_empty() {
        return model.sequences.keys().cloned().collect();
    }
    let several = model.signatures.len() > 1;
    let names = model.signatures.keys();
    names
        .filter(|name| !(several && *name == "rs_combined"))
        .map(|name| name.strip_prefix("rs_").unwrap_or(name).to_owned())
        .collect()
}

/// The sequence of a feature: of several names that fit, the longest.
pub(super) fn sequence_of<'a>(feature: &str, sequences: &'a [String]) -> Option<&'a str> {
    let fits = |name: &&String| {
        let rest = feature.strip_prefix(name.as_str());
        rest.is_some_and(|rest| rest.starts_with('_'))
    };
    (sequences.iter().filter(fits))
        .max_by_key(|name| name.len())
        .map(String::as_str)
}

/// The sequences whose features are in the nomogram.
fn needed_sequences(model: &Model) -> Vec<String> {
    let all = sequences(model);
    let features = (model.nomogram_signatures().into_iter())
        .flat_map(|signature| model.signatures[signature].coefficients.keys());
    let used: Vec<&str> = features
        .filter_map(|feature| sequence_of(feature, &all))
        .collect();
    (all.iter().filter(|name| used.contains(&name.as_str())))
        .cloned()
        .collect()
}

/// The clinical variables in the nomogram, and those that the harmonisation needs.
pub(super) fn needed_variables(model: &Model) -> Vec<&str> {
    let terms = model
        .nomogram
        .iter()
        .flat_map(|nomogram| &nomogram.clinical);
    let terms = terms.chain(&model.covariates);
    terms.map(|term| term.variable()).collect()
}

/// A sequence of which the model knows how its features are computed.
pub(super) fn check_sequence(name: &str, model: &Model) -> miette::Result<()> {
    if model.sequences.contains_key(name) {
        return Ok(());
    }
    if model.sequences.is_empty() {
        return Err(from_tables());
    }
    let names: Vec<&str> = model.sequences.keys().map(String::as_str).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its sequences: {}", names.join(", ")),
    };
    Err(miette!(help = help, "the model has no sequence `{name}`"))
}

fn from_tables() -> Report {
    miette!(
        help = "compute the features as they were computed there, and give them with --features",
        "the study started from tables of features, so the model does not know how to compute them from images"
    )
}

/// The error of a model with scanner effects where nobody names the scanner.
pub(super) fn no_scanner(model: &Model) -> Report {
    let known: Vec<&str> = (model.combat.iter())
        .flat_map(|combat| &combat.batches)
        .map(|batch| batch.label.as_str())
        .collect();
    miette!(
        help = format!("name it with --batch; the model knows {}", known.join(", ")),
        "the model takes out scanner effects, and the scanner is not named"
    )
}
