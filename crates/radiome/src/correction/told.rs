//! Corrections in words, with every setting: what a reader needs to do the same.

use super::{Correction, Step, Voxels};
use crate::table::number_text;

impl Correction {
    /// All steps in their order.
    #[must_use]
    pub fn told(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(Step::told).collect();
        steps.join("; then ")
    }
}

impl Step {
    /// The step as part of a sentence.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::N4 {
                mask,
                shrink,
                iterations,
                convergence,
                bins,
                noise,
                fwhm,
                control_points,
            } => {
                let voxels = match shrink {
                    1 => "every voxel".to_owned(),
                    n => format!("every voxel in {n} along each axis"),
                };
                let steps: Vec<String> = iterations.iter().map(usize::to_string).collect();
                format!(
                    "N4 bias field correction in {} (field from {voxels}; at most {} steps on {} \
                     levels, until it changes by {} or less; {bins} bins, Wiener noise {}, full \
                     width at half maximum {}, {control_points} control points)",
                    mask.told(),
                    steps.join(", "),
                    iterations.len(),
                    number_text(*convergence),
                    number_text(*noise),
                    number_text(*fwhm),
                )
            }
            Self::ZScore { mask } => format!(
                "z-score by the mean and standard deviation of {}",
                mask.told()
            ),
            Self::Clip {
                mask,
                percentiles: [low, high],
            } => format!(
                "values cut off beyond the percentiles {} and {} of {}",
                number_text(*low),
                number_text(*high),
                mask.told()
            ),
            Self::Nyul {
                mask,
                standard,
                file,
            } => {
                let source = match (standard, file) {
                    (_, Some(file)) => format!("given in {file}"),
                    (Some(standard), None) => {
                        format!("learnt from {} training images", standard.images)
                    }
                    (None, None) => "learnt from training images".to_owned(),
                };
                format!(
                    "percentiles of {} mapped onto a standard scale (Nyúl), {source}",
                    mask.told()
                )
            }
        }
    }
}

impl Voxels {
    fn told(&self) -> String {
        match self {
            Self::Body => "the body (above Otsu's threshold)".to_owned(),
            Self::Region => "the region".to_owned(),
            Self::Label(label) => format!("the label {label} of the mask"),
        }
    }
}
