//! Laplacian of Gaussian (LoG): how much a voxel differs from its surroundings, at one scale.

use std::ops::Range;

use super::recursive_gaussian::{MINIMUM_SIZE, RecursiveGaussian};
use super::{FilterError, check_finite};
use crate::lines::{Block, filter_axis};
use crate::{BoundingBox, Image, PixelType};

/// The response to a Laplacian of Gaussian of width `sigma` mm at the voxels of `keep`
/// (PyRadiomics' `log-sigma-…-mm-3D`).
///
/// `σ² ∇²(G_σ * f)`, the sum over the axes of the second derivative along one axis and smoothing
/// along the other two. The factor σ² makes responses at different scales comparable; with it the
/// response has the unit of the image. Bright blobs of a radius near `σ √3` respond most, with
/// negative values. Beyond its border the image goes on with its outermost voxels.
///
/// The whole image is filtered, whatever part is kept. The result is a 32-bit float image on the
/// grid of `keep`; between the passes along the axes values are rounded to 32 bits, as ITK does.
///
/// # Errors
/// [`FilterError::TooFewVoxels`], [`FilterError::Sigma`] and [`FilterError::SigmaTooLarge`] where
/// PyRadiomics gives a warning and no image: an axis of fewer than 4 voxels, a width that is not
/// positive, an axis of fewer than `ceil(σ / spacing) + 1` voxels. Also a box outside the image
/// and voxels that are no numbers.
///
/// Source: `itkLaplacianRecursiveGaussianImageFilter.hxx` of ITK 5.4, with
/// `NormalizeAcrossScale`; `getLoGImage` of PyRadiomics 3.1.
pub fn laplacian_of_gaussian(
    image: &Image,
    sigma: f64,
    keep: &BoundingBox,
) -> Result<Image, FilterError> {
    let (size, spacing) = (image.geometry.size, image.geometry.spacing);
    if size.iter().any(|&size| size < MINIMUM_SIZE) {
        let minimum = MINIMUM_SIZE;
        return Err(FilterError::TooFewVoxels { size, minimum });
    }
    if sigma.is_nan() || sigma <= 0.0 {
        return Err(FilterError::Sigma { sigma });
    }
    #[allow(clippy::cast_precision_loss)]
    let wide_enough = (0..3).all(|axis| size[axis] as f64 >= (sigma / spacing[axis]).ceil() + 1.0);
    if !wide_enough {
        return Err(FilterError::SigmaTooLarge {
            sigma,
            size,
            spacing,
        });
    }
    check_finite(image)?;
    let geometry = image
        .geometry
        .cropped(keep)
        .ok_or(FilterError::OutsideImage {
            lower: keep.lower,
            upper: keep.upper,
            size,
        })?;

    let kept: [Range<usize>; 3] =
        std::array::from_fn(|axis| keep.lower[axis]..keep.upper[axis] + 1);
    let along = |axis: usize| curvature(image, sigma, axis, &kept);
    let (x, (y, z)) = rayon::join(|| along(0), || rayon::join(|| along(1), || along(2)));

    // Summed axis after axis, in 32 bits.
    let weight = spacing.map(|spacing| 1.0 / (spacing * spacing));
    #[allow(clippy::cast_possible_truncation)]
    let add = |sum: f32, part: f32, weight: f64| (f64::from(sum) + f64::from(part) * weight) as f32;
    let values = x.values.iter().zip(&y.values).zip(&z.values);
    let values = values.map(|((&x, &y), &z)| {
        let sum = add(add(add(0.0, x, weight[0]), y, weight[1]), z, weight[2]);
        f64::from(sum)
    });
    Ok(Image {
        geometry,
        pixel_type: PixelType::F32,
        values: values.collect(),
    })
}

/// The second derivative along one axis, then smoothed along the others in their order.
///
/// Every pass filters the lines that the next one reads, and leaves of them what is kept.
fn curvature(image: &Image, sigma: f64, axis: usize, keep: &[Range<usize>; 3]) -> Block<f32> {
    let in_voxels = |axis: usize| sigma / image.geometry.spacing[axis];
    let derivative = RecursiveGaussian::second_derivative(in_voxels(axis), sigma * sigma);
    let mut block = filter_axis(
        image.geometry.size,
        &image.values,
        axis,
        keep[axis].clone(),
        &derivative,
        Vec::new(),
    );
    let mut spare = Vec::new();
    for other in (0..3).filter(|&other| other != axis) {
        let smoothing = RecursiveGaussian::smoothing(in_voxels(other));
        let smoothed = filter_axis(
            block.size,
            &block.values,
            other,
            keep[other].clone(),
            &smoothing,
            spare,
        );
        spare = std::mem::replace(&mut block, smoothed).values;
    }
    block
}
