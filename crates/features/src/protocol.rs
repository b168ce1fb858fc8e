//! Which definitions features follow: PyRadiomics' or the IBSI's.

use radiome_image::preprocess::MaskRequirements;
use radiome_image::{Image, LabelMap};

use crate::extractor::{ExtractError, Extractor, FeatureRow};
use crate::ibsi;

/// An extraction by one of the two definitions, with all its choices; what settings make of
/// themselves ([`Settings::protocol`](crate::Settings::protocol)).
#[derive(Clone, Debug)]
pub enum Protocol {
    /// PyRadiomics' definitions.
    PyRadiomics(Box<Extractor>),
    /// The IBSI's definitions.
    Ibsi(Box<ibsi::Extractor>),
}

/// One feature that an extraction computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFeature {
    /// Its name in the output, such as `original_glcm_Contrast` or `cm_contrast_3D_comb`.
    pub name: String,
    /// The code in the IBSI reference manual, where the feature is there.
    pub ibsi: Option<&'static str>,
    /// What it measures, in a line.
    pub summary: &'static str,
}

impl Protocol {
    /// The features of several labels of one image, in the order of `wanted`.
    #[must_use]
    pub fn extract_labels(
        &self,
        image: &Image,
        labels: &LabelMap,
        wanted: &[u32],
    ) -> Vec<Result<FeatureRow, ExtractError>> {
        match self {
            Self::PyRadiomics(extractor) => extractor.extract_labels(image, labels, wanted),
            Self::Ibsi(extractor) => extractor.extract_labels(image, labels, wanted),
        }
    }

    /// What will be computed, in the order of the output.
    #[must_use]
    pub fn features(&self) -> Vec<PlannedFeature> {
        match self {
            Self::PyRadiomics(extractor) => extractor.plan().features(),
            Self::Ibsi(extractor) => extractor.plan().features(),
        }
    }

    /// The settings as written, name and value, for the record.
    #[must_use]
    pub fn written(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::PyRadiomics(extractor) => {
                let written = extractor.plan().written();
                written
                    .map(|(name, value)| (name, value.to_owned()))
                    .collect()
            }
            Self::Ibsi(extractor) => extractor.plan().written.clone(),
        }
    }

    /// The label whose voxels are the region, where nobody names another.
    #[must_use]
    pub fn label(&self) -> u32 {
        match self {
            Self::PyRadiomics(extractor) => extractor.plan().label,
            Self::Ibsi(extractor) => extractor.plan().label,
        }
    }

    /// Which label map of a mask file that holds several, from 0.
    #[must_use]
    pub fn label_channel(&self) -> usize {
        match self {
            Self::PyRadiomics(extractor) => extractor.plan().label_channel,
            Self::Ibsi(extractor) => extractor.plan().label_channel,
        }
    }

    /// The same for another label map of a mask file, as PyRadiomics has it when a case names its
    /// own channel.
    #[must_use]
    pub fn with_label_channel(&self, channel: usize) -> Self {
        match self {
            Self::PyRadiomics(extractor) => {
                let plan = extractor.plan().with_label_channel(channel);
                Self::PyRadiomics(Box::new(Extractor::new(plan)))
            }
            Self::Ibsi(extractor) => {
                let mut plan = extractor.plan().clone();
                plan.label_channel = channel;
                Self::Ibsi(Box::new(ibsi::Extractor::new(plan)))
            }
        }
    }

    /// The spacing in mm to which images are resampled, 0 along an axis that keeps its own; `None`
    /// where they are not.
    #[must_use]
    pub fn resampled_spacing(&self) -> Option<[f64; 3]> {
        match self {
            Self::PyRadiomics(extractor) => {
                let resampling = extractor.plan().resampling.as_ref();
                resampling.map(|resampling| resampling.spacing)
            }
            Self::Ibsi(extractor) => {
                let interpolation = extractor.plan().interpolation.as_ref();
                interpolation.map(|interpolation| interpolation.spacing)
            }
        }
    }

    /// The index axis (0 = x, 1 = y, 2 = z) across which PyRadiomics' features are computed slice by
    /// slice (`force2D`).
    #[must_use]
    pub fn slice_axis(&self) -> Option<usize> {
        match self {
            Self::PyRadiomics(extractor) => extractor.plan().slice_axis,
            Self::Ibsi(_) => None,
        }
    }

    /// What the region has to be.
    #[must_use]
    pub fn requirements(&self) -> &MaskRequirements {
        match self {
            Self::PyRadiomics(extractor) => &extractor.plan().requirements,
            Self::Ibsi(extractor) => &extractor.plan().requirements,
        }
    }

    /// Whether a mask on another grid is resampled to the image's.
    #[must_use]
    pub fn corrects_mask(&self) -> bool {
        match self {
            Self::PyRadiomics(extractor) => extractor.plan().correct_mask,
            Self::Ibsi(extractor) => extractor.plan().correct_mask,
        }
    }
}
