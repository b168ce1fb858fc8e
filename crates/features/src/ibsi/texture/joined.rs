//! Matrices without directions, in every dimension: those of slices, averaged or merged, and that
//! of the volume.
//!
//! Counts of a slice make its matrix; added up over slices they make the merged one, so both come
//! from one walk over the voxels. The matrix of the volume takes another, since neighbours in
//! other slices count too.

use super::{Dimension, Levels};
use crate::Feature;
use crate::texture::{DirectionMean, LevelGrid, LevelGridError, Neighbourhood};

/// What is counted of a slice, or of all, to make a matrix.
pub(super) trait Counts {
    /// The matrix from which features are computed.
    type Matrix: Default;

    /// Nothing counted yet, for so many levels.
    fn new(levels: usize) -> Self;

    /// Whether nothing has been counted.
    fn is_empty(&self) -> bool;

    /// Adds all that `other` has counted, and empties it.
    fn take_from(&mut self, other: &mut Self);

    /// Makes the matrix, in the place of another, with the grey levels that numbers stand for.
    fn fill(&mut self, levels: &[u32], matrix: &mut Self::Matrix);
}

/// Counts of the slice that is being walked over, and of those before it.
pub(super) struct Joined<'a, C: Counts> {
    features: Vec<&'a Feature<C::Matrix>>,
    levels: &'a [u32],
    slice: C,
    all: C,
    matrix: C::Matrix,
    mean: DirectionMean,
    by_slice: bool,
    /// Cells of a slice; of all, where neighbours are those in the volume.
    length: usize,
    /// Where the slice ends.
    end: usize,
}

impl<'a, C: Counts> Joined<'a, C> {
    fn new(grid: &'a LevelGrid, features: &'a [Feature<C::Matrix>], by_slice: bool) -> Self {
        let levels = grid.gray_levels();
        let [_, _, slice] = grid.strides();
        Self {
            features: features.iter().collect(),
            levels,
            slice: C::new(levels.len()),
            all: C::new(levels.len()),
            matrix: C::Matrix::default(),
            mean: DirectionMean::new(features.len()),
            by_slice,
            length: if by_slice { slice } else { grid.cells().len() },
            end: 0,
        }
    }

    /// Whether matrices are those of slices.
    pub(super) fn by_slice(&self) -> bool {
        self.by_slice
    }

    /// The counts of the slice that holds this place in the cells. Places must ascend, from slice
    /// to slice.
    #[inline]
    pub(super) fn at(&mut self, place: usize) -> &mut C {
        if place >= self.end {
            self.close();
            self.end = (place / self.length.max(1) + 1) * self.length;
        }
        &mut self.slice
    }

    /// Takes the features of the slice's matrix into the mean. A slice in which nothing is counted
    /// has none.
    fn close(&mut self) {
        if self.slice.is_empty() {
            return;
        }
        self.slice.fill(self.levels, &mut self.matrix);
        self.mean.add(&self.features, &self.matrix);
        self.all.take_from(&mut self.slice);
    }

    /// The features averaged over slices, and those of all counts.
    fn values(mut self) -> (Vec<f64>, Vec<f64>) {
        self.close();
        self.all.fill(self.levels, &mut self.matrix);
        let merged = self.features.iter();
        let merged = merged.map(|feature| (feature.value)(&self.matrix));
        (self.mean.values().collect(), merged.collect())
    }
}

/// Tags and values of a family in the dimensions asked for; `walk` counts the voxels of a grid.
pub(super) fn features<C: Counts>(
    levels: &Levels<'_>,
    dimensions: &[Dimension],
    features: &[Feature<C::Matrix>],
    walk: impl Fn(&LevelGrid, &mut Joined<'_, C>),
) -> Result<Vec<(String, f64)>, LevelGridError> {
    let voxels = levels.region.inside.len();
    if levels.morphological.len() != voxels {
        return Err(LevelGridError::MaskMismatch {
            mask: levels.morphological.len(),
            voxels,
        });
    }
    let values = |flat_axis: Option<usize>| {
        let neighbourhood = Neighbourhood {
            flat_axis,
            ..Neighbourhood::default()
        };
        let grid = LevelGrid::new(levels.region, levels.levels, &neighbourhood)?;
        let mut joined = Joined::new(&grid, features, flat_axis.is_some());
        walk(&grid, &mut joined);
        Ok(joined.values())
    };
    let within_slices = |dimension: &Dimension| *dimension != Dimension::Volume;
    let (mut averaged, mut merged, mut volume) = (Vec::new(), Vec::new(), Vec::new());
    if dimensions.iter().any(within_slices) {
        (averaged, merged) = values(Some(2))?;
    }
    if dimensions.contains(&Dimension::Volume) {
        (_, volume) = values(None)?;
    }
    let named = dimensions.iter().flat_map(|&dimension| {
        let values = match dimension {
            Dimension::Slices => &averaged,
            Dimension::MergedSlices => &merged,
            Dimension::Volume => &volume,
        };
        let named = features.iter().zip(values);
        named.map(move |(feature, &value)| {
            (format!("{}{}", feature.name, dimension.suffix()), value)
        })
    });
    Ok(named.collect())
}
