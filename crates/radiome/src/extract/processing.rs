//! What is done with the images of a sequence, from file to features, and the one way on which
//! everything that computes features reads them.

use radiome_features::{ExtractError, FeatureRow, Protocol, Settings, SettingsError};
use radiome_image::correct::{self, CorrectError, NyulStandard};
use radiome_image::preprocess::{PreprocessError, correct_mask, region};
use radiome_image::{Image, LabelMap, Mask};
use serde::{Deserialize, Serialize};

use super::stamp::unchanged;
use super::{Case, Failure, Label, Reading, Reason, Stage, find, named, read_files, read_labels};
use crate::correction::{Correction, Step, Voxels};
use crate::parts::Key;

/// The name of the diagnostic that holds how an image was changed before the parameter file's own
/// steps; only there where it was.
pub const CORRECTION: &str = "diagnostics_Image-original_Correction";

/// The units of PET images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suv {
    /// Standardised uptake value by body weight, from the headers of a DICOM series.
    Bw,
}

/// Whether features are computed slice by slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Plane {
    /// Slice by slice, resampled within the slices alone (2.5D): what
    /// [`Settings::in_plane`] adds to the parameter file.
    #[serde(rename = "2d")]
    TwoD,
}

/// The features that a parameter file asks for, as text, slice by slice where `plane` says so.
///
/// # Errors
/// Settings that cannot be followed, or that contradict `plane`.
pub fn protocol(params: &str, plane: Option<Plane>) -> Result<Protocol, SettingsError> {
    let mut settings = Settings::from_yaml(params)?;
    if let Some(Plane::TwoD) = plane {
        settings.in_plane()?;
    }
    settings.protocol()
}

/// What is done with the images of a sequence: units, corrections in their order, and the features
/// by a parameter file.
#[derive(Clone, Debug)]
pub struct Processing {
    /// The features.
    pub protocol: Protocol,
    /// Units that the image is brought into first; `None` leaves what the file holds.
    pub suv: Option<Suv>,
    /// Corrections of intensity, before anything that the protocol does.
    pub correction: Correction,
}

impl From<Protocol> for Processing {
    /// The features alone.
    fn from(protocol: Protocol) -> Self {
        Self {
            protocol,
            suv: None,
            correction: Correction::default(),
        }
    }
}

/// What [`CORRECTION`] holds.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    suv: Option<Suv>,
    #[serde(skip_serializing_if = "<[Step]>::is_empty")]
    correction: &'a [Step],
}

impl Processing {
    /// How images are changed before the protocol's own steps, as JSON; empty where they are not.
    #[must_use]
    pub fn record(&self) -> String {
        record(self.suv, &self.correction)
    }

    /// What stands for everything that shapes the features of an image: the features with all their
    /// settings, the units, and the corrections with the scales that were learnt. Which file a scale
    /// came from shapes nothing.
    pub(crate) fn key(&self) -> Key {
        // Named one by one, so that none that is added is forgotten.
        let Self {
            protocol,
            suv,
            correction,
        } = self;
        let steps: Vec<Step> = correction.steps.iter().map(Step::without_file).collect();
        Key::of(&[protocol, suv, &steps])
    }

    /// Whether a correction looks at a label by its name, which may stand in a file beside the mask.
    pub(super) fn looks_at_a_name(&self) -> bool {
        let by_name = |step: &Step| match step.mask() {
            Voxels::Label(text) => matches!(text.parse::<Label>(), Ok(Label::Name(_))),
            Voxels::Body | Voxels::Region => false,
        };
        self.correction.steps.iter().any(by_name)
    }

    /// Adds how the image was changed to the diagnostics of a row that has any.
    pub(super) fn recorded(&self, mut row: FeatureRow) -> FeatureRow {
        let record = self.record();
        if !record.is_empty() && !row.diagnostics.is_empty() {
            row.diagnostics.push((CORRECTION.to_owned(), record));
        }
        row
    }
}

/// How images are changed before the steps of a parameter file, as JSON; empty where they are not.
#[must_use]
pub fn record(suv: Option<Suv>, correction: &Correction) -> String {
    if suv.is_none() && correction.is_empty() {
        return String::new();
    }
    // A scale is told by its landmarks, wherever it came from.
    let steps: Vec<Step> = correction.steps.iter().map(Step::without_file).collect();
    let correction = &steps;
    serde_json::to_string(&Record { suv, correction }).unwrap_or_default()
}

/// Reads the image and the mask of a case, and corrects the image: what the features are computed
/// from. `channel` is the label map of a mask file that holds several, unless the case names one.
///
/// # Errors
/// As [`read`](super::read), where a file was changed before the last step was done too; a
/// [`Failure`] of [`Stage::Mask`] where a step looks at a region that is not there, and of
/// [`Stage::Extract`] where it cannot be done.
pub(super) fn read_processed(
    case: &Case,
    processing: &Processing,
    channel: usize,
) -> Result<Reading, Failure> {
    // A step may read the mask once more.
    unchanged(case, || {
        let mut read = read_files(case, channel, processing.suv)?;
        for step in &processing.correction.steps {
            let mask = mask(case, processing, step, &read, channel)?;
            let corrected = step.apply(&read.image, mask.as_ref());
            read.image = corrected.map_err(|error| uncorrected(case, step, &error))?;
        }
        Ok(read)
    })
}

/// The percentiles from which the scale of a step of Nyúl's method is learnt, of one case, after
/// the steps before it; `step` looks at its voxels.
pub(super) fn percentiles(
    case: &Case,
    before: &Processing,
    step: &Step,
) -> Result<Vec<f64>, Failure> {
    let channel = before.protocol.label_channel();
    unchanged(case, || {
        let read = read_processed(case, before, channel)?;
        let failed = |error: CorrectError| uncorrected(case, step, &error);
        let mask = match mask(case, before, step, &read, channel)? {
            Some(mask) => mask,
            None => correct::body(&read.image).map_err(failed)?.0,
        };
        NyulStandard::percentiles_of(&read.image, Some(&mask)).map_err(failed)
    })
}

/// The voxels that a step looks at, on the image's grid; `None` for the body.
fn mask(
    case: &Case,
    processing: &Processing,
    step: &Step,
    Reading { image, labels, .. }: &Reading,
    channel: usize,
) -> Result<Option<Mask>, Failure> {
    let protocol = &processing.protocol;
    let other;
    let (labels, value) = match step.mask() {
        Voxels::Body => return Ok(None),
        Voxels::Region => {
            let usual = Label::Value(protocol.label());
            let label = case.label.as_ref().unwrap_or(&usual);
            (labels, find(case, labels, label)?)
        }
        Voxels::Label(text) => {
            // A number is one of the layer that the region lies in.
            let channel = named::channel_of(case, channel);
            let Ok(label) = text.parse::<Label>();
            let case = Case {
                label: Some(label.clone()),
                ..case.clone()
            };
            other = read_labels(&case, &image.geometry, None, channel)?.0;
            let value = find(&case, &other, &label)?;
            (&other, value)
        }
    };
    region_on_grid(image, labels, value, protocol.corrects_mask())
        .map(Some)
        .map_err(|error| unprepared(case, &error))
}

/// The region of a label on the image's grid, where the protocol brings masks of another grid onto
/// it; else as it is.
pub(super) fn region_on_grid(
    image: &Image,
    labels: &LabelMap,
    label: u32,
    corrects_mask: bool,
) -> Result<Mask, PreprocessError> {
    let mask = region(labels, label)?;
    if corrects_mask && mask.geometry.difference(&image.geometry, 1e-6).is_some() {
        return correct_mask(&image.geometry, &mask);
    }
    Ok(mask)
}

pub(super) fn unprepared(case: &Case, error: &PreprocessError) -> Failure {
    let reason = Reason::of_extraction(&ExtractError::from(error.clone()));
    Failure::new(case, Stage::Mask, reason, &error.to_string())
}

fn uncorrected(case: &Case, step: &Step, error: &CorrectError) -> Failure {
    let reason = match error {
        CorrectError::Geometry { .. } => Reason::GeometryMismatch,
        CorrectError::EmptyMask => Reason::EmptyMask,
        CorrectError::NotFinite { .. }
        | CorrectError::Constant { .. }
        | CorrectError::NotPositive { .. } => Reason::UnusableValues,
        CorrectError::ValueCount { .. } => Reason::UnreadableImage,
        _ => Reason::Setting,
    };
    let message = format!("correction {}: {error}", step.name());
    Failure::new(case, Stage::Extract, reason, &message)
}
