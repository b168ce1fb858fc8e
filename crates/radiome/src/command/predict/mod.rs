//! `radiome predict`: the final models of a study applied to new patients.

mod draft;
mod images;
mod shown;
mod sources;

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, Report, WrapErr, miette};
use radiome::model::Model;
use radiome::prediction::{self, FailedPatient, PatientPrediction};
use radiome::results::Warning;

use super::{Common, Status};
use draft::Draft;

/// Apply the final models of a study to new patients
///
/// Reads the model.json of a run folder and gives, for each patient, the rad-score of every
/// signature, the nomogram's probability with an interval, the points of each variable, and
/// warnings where the patient is unlike those that the models were learnt from. For a patient of
/// the study on a scanner of the training patients it is the probability of predictions.csv, to the
/// last bit.
///
/// One patient is given by --image and --clinical, many by --table, or by features that were
/// computed before with --features. --features and --table together are joined on their ids.
///
/// A table (CSV, TSV, XLSX) has one row a patient: an id column; for each sequence T1 the columns
/// T1_image and T1_mask, and perhaps T1_label (paths start at the table's folder); the clinical
/// columns under their names in the study; and the scanner in the study's column for it, or in
/// `batch`. Further columns are left alone. A table of features has the columns of a run's
/// features.csv (T1_original_glcm_Contrast; of several readings the study's own is taken), or
/// those of `radiome extract`, without the sequence in front, where the model has one sequence or
/// the file is given as T1=FILE.
///
/// The 95% interval comes from the covariance of the nomogram's coefficients (Wald, on the
/// log-odds). It does not hold the uncertainty of the signatures, of the scanner effects, of the
/// contour, or of the choice of variables, so it is too narrow. A clinical value that is missing
/// leaves the probability empty, unless the study imputes such values (`clinical.missing`): then what
/// is expected of it given the patient's other candidates is taken, with a warning. A feature that a region does not define is taken as the training
/// mean, with a warning.
///
/// A scanner that the training patients did not have is treated as the study says: `none` leaves
/// the features as they are, with a warning; `own` estimates its effect from its own patients, of
/// whom the table must hold several; `error` refuses.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The model.json that `radiome study run` wrote
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Image and mask of a sequence; once for each sequence
    #[arg(
        long = "image",
        value_name = "SEQUENCE=IMAGE,MASK",
        conflicts_with_all = ["table", "features"]
    )]
    images: Vec<String>,
    /// A clinical value, as in --clinical age=61; NA for one that is missing. With a table it holds
    /// for every row
    #[arg(long = "clinical", value_name = "NAME=VALUE")]
    clinical: Vec<String>,
    /// The scanner, as the study's table spells it. With a table it holds for every row
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
    /// A table of patients; `-` is standard input
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// A table of features; may be repeated
    #[arg(long = "features", value_name = "[SEQUENCE=]FILE")]
    features: Vec<String>,
    /// The column that names each row [default: ID, id, PatientID or patient_id]
    #[arg(long, value_name = "COL")]
    id: Option<String>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Write the predictions with all digits: CSV, or as the ending says .tsv, .csv.gz; patients
    /// who cannot be predicted go beside it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  One patient
    radiome predict --model run/model.json --image T1=t1.nii.gz,t1_mask.nii.gz \\
      --image FST2=t2.nrrd,t2_mask.nrrd --clinical t_stage=2 --clinical margin=1 --batch \"GE Signa\"

  A table with the columns id, T1_image, T1_mask, FST2_image, FST2_mask, scanner, t_stage, margin
    radiome predict --model run/model.json --table new.csv --out predictions.csv

  Features that a run wrote, and the clinical table
    radiome predict --model run/model.json --features run/features.csv --table clinical.csv --json

  Features of one sequence that radiome extract wrote
    radiome predict --model run/model.json --features T1=features.csv --table clinical.csv

For research only: this is no medical device, and no decision on a patient may rest on it.

Exit status: 0 all done, warnings or not; 1 some patients could not be predicted, the rest is shown
and the failures are listed; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let model = read_model(&options.model)?;
    let mut warnings = Vec::new();
    if model.radiome != env!("CARGO_PKG_VERSION") {
        let text = format!(
            "the model was made by radiome {}, and this is {}: features may differ",
            model.radiome,
            env!("CARGO_PKG_VERSION")
        );
        warnings.push(Warning::new("version_differs", text));
    }
    if model.nomogram.is_none() {
        let text = "the model has no nomogram: its probability is the share of positive training patients, the same for everyone";
        warnings.push(Warning::new("empty_nomogram", text));
    }
    let alone = options.table.is_none() && options.features.is_empty();
    let mut drafts = if alone {
        vec![draft::of_options(options, &model)?]
    } else {
        sources::read(options, &model)?
    };
    images::extract(&model, &mut drafts, common)?;
    let predictions = predict(&model, drafts)?;
    if let (true, Some(Err(failed))) = (alone, predictions.first()) {
        return Err(miette!("{}", failed.message));
    }
    shown::show(options, &model, &predictions, &warnings, common)
}

fn read_model(path: &Path) -> miette::Result<Model> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the model {shown}"))?;
    Model::from_json(&text)
        .map_err(Report::new)
        .wrap_err_with(|| format!("{shown} cannot be used"))
}

/// Predicts those who have not failed yet; all in their order.
fn predict(
    model: &Model,
    drafts: Vec<Draft>,
) -> miette::Result<Vec<Result<PatientPrediction, FailedPatient>>> {
    let whole: Vec<_> = (drafts.iter())
        .filter(|draft| draft.failed.is_none())
        .map(|draft| draft.patient.clone())
        .collect();
    let mut found = prediction::predict(model, &whole)?.into_iter();
    let all = drafts.into_iter().map(|draft| match draft.failed {
        Some(failed) => Some(Err(failed)),
        None => found.next(),
    });
    Ok(all.flatten().collect())
}
