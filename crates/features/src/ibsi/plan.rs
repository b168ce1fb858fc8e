//! What an extraction by the IBSI's definitions does, every choice made.

use radiome_image::preprocess::{CentredInterpolation, MaskRequirements};

use super::catalogue::entries;
use super::discretise::Discretisation;
use super::family::Family;
use super::intensity_volume_histogram::IvhDiscretisation;
use super::texture::{Dimension, Directions};
use crate::settings::Filter;

/// A checked extraction, in the order of the IBSI's image processing scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The label whose voxels are the region.
    pub label: u32,
    /// Which label map of a mask file that holds several, from 0; for whoever reads the file.
    pub label_channel: usize,
    /// What the region has to be.
    pub requirements: MaskRequirements,
    /// Whether a mask on another grid is resampled to the image's.
    pub correct_mask: bool,
    /// Which diagnostics a row holds.
    pub diagnostics: DiagnosticsPlan,
    /// Whether intensities are rounded to whole numbers before anything else is done.
    pub round_on_load: bool,
    /// Interpolation of image and mask to another spacing.
    pub interpolation: Option<Interpolation>,
    /// The range of intensities that stay in the intensity mask, both ends included; either may
    /// be infinite.
    pub range: Option<[f64; 2]>,
    /// Intensities further than this many standard deviations from the mean leave the intensity
    /// mask. Mean and deviation are those of the voxels in the range.
    pub outlier_sigmas: Option<f64>,
    /// The images from which features are computed, in the order of the output.
    pub images: Vec<ImagePlan>,
    /// Levels of the intensity-volume histogram.
    pub ivh_discretisation: IvhDiscretisation,
    /// Where texture matrices count.
    pub dimensions: Vec<Dimension>,
    /// How texture matrices of directions are joined.
    pub directions: Vec<Directions>,
    /// The families, in the order of the output.
    pub families: Vec<FamilyPlan>,
    /// The profile and the settings as written, for the record.
    pub written: Vec<(&'static str, String)>,
}

/// A filter, the images that it makes, and how their grey levels are made.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePlan {
    /// The filter. Re-segmentation is decided before it, on the image that it filters.
    pub filter: Filter,
    /// The names of its images, in the order in which it makes them.
    pub names: Vec<String>,
    /// Grey levels of histogram and texture matrices.
    pub discretisation: Discretisation,
}

impl ImagePlan {
    /// The image as it is.
    #[must_use]
    pub fn original(discretisation: Discretisation) -> Self {
        Self {
            filter: Filter::Original,
            names: vec!["original".to_owned()],
            discretisation,
        }
    }

    /// What stands before the tags of one of its images: nothing before those of the original.
    pub(super) fn prefix(&self, name: &str) -> String {
        match self.filter {
            Filter::Original => String::new(),
            _ => format!("{name}_"),
        }
    }
}

/// The features of one family that are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyPlan {
    /// The family.
    pub family: Family,
    /// Tags, without what a texture matrix adds to them.
    pub features: Vec<&'static str>,
}

impl FamilyPlan {
    /// All features of a family.
    #[must_use]
    pub fn all(family: Family) -> Self {
        let features = entries(family).into_iter().map(|entry| entry.tag);
        Self {
            family,
            features: features.collect(),
        }
    }
}

/// Interpolation on a grid that shares its centre with the old one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interpolation {
    /// New spacing in mm; 0 keeps that of the image along an axis.
    pub spacing: [f64; 3],
    /// How intensities are found.
    pub method: CentredInterpolation,
    /// The part of a voxel that must lie in the mask, found by trilinear interpolation.
    pub mask_threshold: f64,
    /// Whether intensities are rounded to whole numbers afterwards.
    pub round: bool,
}

/// Which diagnostics a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticsPlan {
    /// None.
    None,
    /// Those of the image and of the region, at each stage.
    Regions,
    /// Those of the whole interpolated image too, which has to be made for them.
    WholeImage,
}
