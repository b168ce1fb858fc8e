//! Texture matrices as the IBSI defines them, in every way of joining slices and directions.

mod border_distance;
mod directions;
pub mod glcm;
pub mod gldzm;
pub mod glrlm;
pub mod glszm;
mod joined;
pub mod ngldm;
pub mod ngtdm;
mod size_matrix;

pub use size_matrix::SizeMatrix;

use crate::Region;
use crate::discretize::GrayLevels;

/// Over which voxels a texture matrix counts, and how those of several slices become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Neighbours within a slice; a matrix a slice, features averaged over slices (2D).
    Slices,
    /// Neighbours within a slice; the counts of all slices in one matrix (2.5D).
    MergedSlices,
    /// Neighbours in the volume (3D).
    Volume,
}

impl Dimension {
    /// All three, in the order of the IBSI's tables.
    pub const ALL: [Self; 3] = [Self::Slices, Self::MergedSlices, Self::Volume];

    /// The end of a tag: `_2D`, `_2_5D`, `_3D`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Slices => "_2D",
            Self::MergedSlices => "_2_5D",
            Self::Volume => "_3D",
        }
    }
}

/// How the matrices of several directions become one value, for matrices that have directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Directions {
    /// Features of each direction's matrix, averaged.
    Averaged,
    /// Features of one matrix, the sum of all directions'.
    Merged,
}

impl Directions {
    /// Both, in the order of the IBSI's tables.
    pub const ALL: [Self; 2] = [Self::Averaged, Self::Merged];

    /// The end of a tag, after that of the [`Dimension`]: `_avg`, `_comb`.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Averaged => "_avg",
            Self::Merged => "_comb",
        }
    }
}

/// What texture matrices are counted from.
#[derive(Clone, Copy, Debug)]
pub struct Levels<'a> {
    /// The intensity mask.
    pub region: &'a Region,
    /// The grey levels of its voxels.
    pub levels: &'a GrayLevels,
    /// The morphological mask, of the region's box, x fastest; the distance to its border is that
    /// of the distance zone matrix. The box holds all of it: beyond the box is outside the mask.
    pub morphological: &'a [bool],
}
