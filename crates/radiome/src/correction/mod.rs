//! Corrections of intensity as steps on the way from a file to features.
//!
//! A [`Correction`] is a list of [`Step`]s, done in its order on the whole image, before anything
//! that a parameter file says. Each step is that of `radiome correct` with the same settings and
//! defaults, to the bit. It stands in `model.json`, so that a new image goes the same way.

mod told;
mod written;

use radiome_image::correct::{self, CorrectError, N4, NyulStandard};
use radiome_image::{Image, Mask};
use serde::{Deserialize, Serialize};

pub use written::WrittenStep;

/// The voxels that a step looks at; it changes all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voxels {
    /// Those above Otsu's threshold of the image as it is before the step.
    #[default]
    Body,
    /// The region whose features are computed.
    Region,
    /// Another label of the same mask file, by number or name: a tissue that looks alike in all
    /// patients.
    Label(String),
}

/// One correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The bias field divided out ([`N4`], whose settings these are).
    #[allow(missing_docs)]
    N4 {
        mask: Voxels,
        shrink: usize,
        iterations: Vec<usize>,
        convergence: f64,
        bins: usize,
        noise: f64,
        fwhm: f64,
        control_points: usize,
    },
    /// (x - mean) / standard deviation ([`correct::z_score`]).
    #[serde(rename = "zscore")]
    ZScore {
        /// Where mean and standard deviation are taken.
        mask: Voxels,
    },
    /// Values beyond two percentiles set to them ([`correct::clip`]).
    Clip {
        /// Where the percentiles are taken.
        mask: Voxels,
        /// The lower and the upper, 0 to 100.
        percentiles: [f64; 2],
    },
    /// Percentiles mapped onto a standard scale ([`NyulStandard`]).
    Nyul {
        /// Where the percentiles are taken.
        mask: Voxels,
        /// The scale; `None` until it is learnt from training images.
        standard: Option<NyulStandard>,
        /// The file that the scale was given in; `None` where it is learnt here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
}

/// Corrections in the order in which they are done; none of them by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Correction {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Correction {
    /// Whether nothing is corrected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first step whose scale is still to be learnt.
    #[must_use]
    pub fn to_be_learnt(&self) -> Option<usize> {
        let unlearnt = |step: &Step| matches!(step, Step::Nyul { standard: None, .. });
        self.steps.iter().position(unlearnt)
    }

    /// Whether a scale was learnt from the training images of the study.
    #[must_use]
    pub fn is_learnt(&self) -> bool {
        let learnt = |step: &Step| matches!(step, Step::Nyul { file: None, .. });
        self.steps.iter().any(learnt)
    }

    /// Whether the corrected image depends on the region whose features are computed.
    #[must_use]
    pub fn sees_region(&self) -> bool {
        let region = |step: &Step| *step.mask() == Voxels::Region;
        self.steps.iter().any(region)
    }

    /// Checks that every step can be done.
    ///
    /// # Errors
    /// What is wrong, with the name of the step.
    pub fn check(&self) -> Result<(), String> {
        for step in &self.steps {
            step.check()
                .map_err(|error| format!("{}: {error}", step.name()))?;
        }
        match self.to_be_learnt() {
            None => Ok(()),
            Some(_) => Err("nyul: it has no scale".to_owned()),
        }
    }
}

impl Step {
    /// The word in a study file.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::N4 { .. } => "n4",
            Self::ZScore { .. } => "zscore",
            Self::Clip { .. } => "clip",
            Self::Nyul { .. } => "nyul",
        }
    }

    /// The voxels that it looks at.
    #[must_use]
    pub fn mask(&self) -> &Voxels {
        match self {
            Self::N4 { mask, .. }
            | Self::ZScore { mask }
            | Self::Clip { mask, .. }
            | Self::Nyul { mask, .. } => mask,
        }
    }

    /// The step without the name of the file that its scale came from.
    #[must_use]
    pub fn without_file(&self) -> Self {
        match self {
            Self::Nyul { mask, standard, .. } => Self::Nyul {
                mask: mask.clone(),
                standard: standard.clone(),
                file: None,
            },
            other => other.clone(),
        }
    }

    /// N4 with the settings given.
    #[must_use]
    pub fn n4(mask: Voxels, settings: N4) -> Self {
        Self::N4 {
            mask,
            shrink: settings.shrink,
            iterations: settings.iterations,
            convergence: settings.convergence,
            bins: settings.bins,
            noise: settings.wiener_noise,
            fwhm: settings.fwhm,
            control_points: settings.control_points,
        }
    }

    /// The image after the step; `mask` are the voxels that it looks at, `None` for the body.
    ///
    /// # Errors
    /// [`CorrectError`], as the correction itself; [`CorrectError::NoImages`] for a scale that was
    /// never learnt.
    pub fn apply(&self, image: &Image, mask: Option<&Mask>) -> Result<Image, CorrectError> {
        let body;
        let mask = match mask {
            Some(mask) => mask,
            None => {
                body = correct::body(image)?.0;
                &body
            }
        };
        match self {
            Self::N4 { .. } => {
                let settings = self.n4_settings().unwrap_or_default();
                Ok(settings.correct(image, mask, &|_| ())?.image)
            }
            Self::ZScore { .. } => Ok(correct::z_score(image, Some(mask))?.0),
            Self::Clip { percentiles, .. } => Ok(correct::clip(image, Some(mask), *percentiles)?.0),
            Self::Nyul { standard, .. } => match standard {
                Some(standard) => standard.apply(image, Some(mask)),
                None => Err(CorrectError::NoImages),
            },
        }
    }

    fn n4_settings(&self) -> Option<N4> {
        let Self::N4 {
            shrink,
            iterations,
            convergence,
            bins,
            noise,
            fwhm,
            control_points,
            mask: _,
        } = self
        else {
            return None;
        };
        Some(N4 {
            shrink: *shrink,
            iterations: iterations.clone(),
            convergence: *convergence,
            bins: *bins,
            wiener_noise: *noise,
            fwhm: *fwhm,
            control_points: *control_points,
        })
    }

    fn check(&self) -> Result<(), CorrectError> {
        match self {
            Self::N4 { .. } => self.n4_settings().map_or(Ok(()), |n4| n4.check()),
            Self::ZScore { .. } => Ok(()),
            Self::Clip { percentiles, .. } => correct::check_percentiles(*percentiles),
            Self::Nyul { standard, .. } => standard.as_ref().map_or(Ok(()), NyulStandard::check),
        }
    }
}
