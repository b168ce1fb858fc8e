//! The six ways of joining the matrices of slices and directions.
//!
//! Every matrix is counted once: one a slice and direction within the plane, one a direction out of
//! it. All others are sums of these.
//!
//! | tag | a matrix holds | features are averaged over |
//! | --- | --- | --- |
//! | `_2D_avg` | a slice and direction | slices and directions (BTW3) |
//! | `_2D_comb` | a slice | slices (SUJT) |
//! | `_2_5D_avg` | a direction within the plane | directions (JJUI) |
//! | `_2_5D_comb` | everything within planes | (ZW7Z) |
//! | `_3D_avg` | a direction | directions (ITBB) |
//! | `_3D_comb` | everything | (IAZD) |
//!
//! The manual leaves open what is not defined. Here, as in MIRP, a slice without voxels has no
//! matrix, and a matrix that does not define a feature is left out of that feature's average, in
//! which all others weigh the same. Where none defines it, the value is NaN.

use super::{Dimension, Directions};
use crate::catalogue::Feature;
use crate::texture::{DirectionMean, LevelGrid, Neighbourhood, Segment};

/// An entry of a matrix that is not 0.
pub(super) trait Cell: Copy {
    /// Row and column.
    fn place(&self) -> (u16, usize);
    /// How often the two occur.
    fn count(&mut self) -> &mut f64;
}

/// A family whose matrices are counted along directions.
pub(super) trait DirectionMatrices {
    /// A matrix ready for features.
    type Matrix: 'static;
    /// An entry of one.
    type Cell: Cell;
    /// What is computed from it.
    const FEATURES: &'static [Feature<Self::Matrix>];

    /// Says in which of the grid's voxels the next counts are made.
    fn within(&mut self, _segments: &[Segment]) {}

    /// The cells of one direction, in the order of their places.
    fn count(&mut self, segments: &[Segment], step: [i32; 3]) -> Vec<Self::Cell>;

    /// The matrix of cells in the order of their places; `None` where there are none.
    fn matrix(&mut self, cells: &[Self::Cell]) -> Option<&Self::Matrix>;
}

/// Tags and values of a family, dimensions as they are given, then directions, then features.
pub(super) fn features<M: DirectionMatrices>(
    grid: &LevelGrid,
    mut matrices: M,
    dimensions: &[Dimension],
) -> Vec<(String, f64)> {
    let wanted = |dimension| dimensions.contains(&dimension);
    let [mut slices, mut merged, mut volume] = [Means::new(), Means::new(), Means::new()];
    // Steps that leave a flat region have matrices too.
    let steps = Neighbourhood::default().directions([3; 3]);
    let (within, across): (Vec<_>, Vec<_>) = steps.into_iter().partition(|step| step[2] == 0);
    let in_plane = wanted(Dimension::Slices) || wanted(Dimension::MergedSlices);
    let parts: Vec<&[Segment]> = if in_plane {
        grid.slices().collect()
    } else {
        vec![grid.segments()]
    };
    let mut along: Vec<Vec<M::Cell>> = vec![Vec::new(); within.len()];
    for part in parts {
        matrices.within(part);
        let mut slice = Vec::new();
        for (&step, along) in within.iter().zip(&mut along) {
            let cells = matrices.count(part, step);
            if wanted(Dimension::Slices) {
                slices.add(&mut matrices, Directions::Averaged, &cells);
                slice.extend_from_slice(&cells);
            }
            if wanted(Dimension::MergedSlices) || wanted(Dimension::Volume) {
                along.extend(cells);
            }
        }
        if wanted(Dimension::Slices) {
            slices.add(&mut matrices, Directions::Merged, &sum(slice));
        }
    }
    let mut along: Vec<Vec<M::Cell>> = along.into_iter().map(sum).collect();
    if wanted(Dimension::MergedSlices) {
        merged.join(&mut matrices, &along);
    }
    if wanted(Dimension::Volume) {
        matrices.within(grid.segments());
        let count = |&step| matrices.count(grid.segments(), step);
        along.extend(across.iter().map(count));
        volume.join(&mut matrices, &along);
    }
    let mut values = Vec::new();
    for &dimension in dimensions {
        let means = match dimension {
            Dimension::Slices => &slices,
            Dimension::MergedSlices => &merged,
            Dimension::Volume => &volume,
        };
        for (directions, mean) in Directions::ALL.into_iter().zip(&means.of) {
            let ends = [dimension.suffix(), directions.suffix()].concat();
            let tags = M::FEATURES
                .iter()
                .map(|feature| [feature.name, &ends].concat());
            values.extend(tags.zip(mean.values()));
        }
    }
    values
}

/// Averages of every feature, with directions averaged and with directions merged.
struct Means<M: DirectionMatrices> {
    of: [DirectionMean; 2],
    features: Vec<&'static Feature<M::Matrix>>,
}

impl<M: DirectionMatrices> Means<M> {
    fn new() -> Self {
        Self {
            of: Directions::ALL.map(|_| DirectionMean::new(M::FEATURES.len())),
            features: M::FEATURES.iter().collect(),
        }
    }

    /// Adds the features of one matrix.
    fn add(&mut self, matrices: &mut M, directions: Directions, cells: &[M::Cell]) {
        let [averaged, merged] = &mut self.of;
        let mean = match directions {
            Directions::Averaged => averaged,
            Directions::Merged => merged,
        };
        if let Some(matrix) = matrices.matrix(cells) {
            mean.add(&self.features, matrix);
        }
    }

    /// Adds those of each direction, and of their sum.
    fn join(&mut self, matrices: &mut M, directions: &[Vec<M::Cell>]) {
        for cells in directions {
            self.add(matrices, Directions::Averaged, cells);
        }
        self.add(matrices, Directions::Merged, &sum(directions.concat()));
    }
}

/// The sum of matrices whose cells follow one another.
fn sum<C: Cell>(mut cells: Vec<C>) -> Vec<C> {
    // The stable sort finds what is in order already, and only merges.
    cells.sort_by_key(Cell::place);
    cells.dedup_by(|next, kept| {
        let same = next.place() == kept.place();
        if same {
            *kept.count() += *next.count();
        }
        same
    });
    cells
}
