//! Mean of the neighbourhood of a voxel.

use super::convolve::Kernel;
use super::window::{Reach, Window, extended, span_of, widened};
use super::{Boundary, Dimension};
use crate::{BoundingBox, Image};

/// The mean of a square or a cube of `support` voxels a side.
pub(super) fn respond(
    image: &Image,
    support: usize,
    dimension: Dimension,
    boundary: Boundary,
    keep: &BoundingBox,
) -> Window {
    let half = support / 2;
    let output = span_of(keep);
    let reach: Reach = std::array::from_fn(|axis| {
        if axis < dimension.axes() {
            (half, half)
        } else {
            (0, 0)
        }
    });
    let mut window = extended(image, &widened(&output, &reach), boundary);
    let mean = Kernel::uniform(half);
    for (axis, output) in output.iter().enumerate().take(dimension.axes()) {
        window = mean.along(axis, &window, output);
    }
    window
}
