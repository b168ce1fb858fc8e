//! Rotation within the slices and translation by less than a voxel.

use rayon::prelude::*;

use super::neighbourhood::neighbourhood;
use crate::preprocess::bspline::BSpline;
use crate::preprocess::{MaskError, PreprocessError, check_finite};
use crate::{BoundingBox, Geometry, Image, Mask};

/// Least share of a voxel that the region covers after the motion for the voxel to belong to it.
const HALF: f64 = 0.5;

/// A rigid motion of the patient against the grid of voxels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RigidMotion {
    /// Rotation within the slices, about the centre of the region, in degrees; positive from the
    /// first axis of the grid towards the second.
    pub rotation: f64,
    /// Shift along each of the three axes of the grid, as a fraction of the smallest edge of a
    /// voxel.
    pub translation: f64,
}

/// A motion of indices: `centre + rotation(index - centre) + shift`, distances in mm.
struct Motion {
    sine: f64,
    cosine: f64,
    centre: [f64; 3],
    spacing: [f64; 3],
    /// In voxels.
    shift: [f64; 3],
}

impl Motion {
    fn new(motion: &RigidMotion, geometry: &Geometry, bounds: &BoundingBox) -> Self {
        let (sine, cosine) = motion.rotation.to_radians().sin_cos();
        let smallest = geometry
            .spacing
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        Self {
            sine,
            cosine,
            centre: std::array::from_fn(|axis| {
                (bounds.lower[axis] + bounds.upper[axis]) as f64 / 2.0
            }),
            spacing: geometry.spacing,
            shift: geometry
                .spacing
                .map(|spacing| motion.translation * smallest / spacing),
        }
    }

    /// Turns a distance in voxels; `sine` is that of the angle.
    fn turned(&self, [x, y, z]: [f64; 3], sine: f64) -> [f64; 3] {
        let [width, height, _] = self.spacing;
        let (x, y) = (x * width, y * height);
        [
            (self.cosine * x - sine * y) / width,
            (sine * x + self.cosine * y) / height,
            z,
        ]
    }

    /// Where a voxel comes to lie.
    fn forth(&self, index: [f64; 3]) -> [f64; 3] {
        let away = std::array::from_fn(|axis| index[axis] - self.centre[axis]);
        let turned = self.turned(away, self.sine);
        std::array::from_fn(|axis| turned[axis] + self.centre[axis] + self.shift[axis])
    }

    /// Where the voxel of an index was before.
    fn back(&self, index: [f64; 3]) -> [f64; 3] {
        let away = std::array::from_fn(|axis| index[axis] - self.shift[axis] - self.centre[axis]);
        let turned = self.turned(away, -self.sine);
        std::array::from_fn(|axis| turned[axis] + self.centre[axis])
    }
}

/// The image and the region after a motion, on the same grid; the grid grows where the region would
/// leave it.
///
/// Intensities are found by cubic B-spline, the region by linear interpolation: a voxel belongs to
/// it if at least half of it does. Beyond the edge of the image its border goes on, but not the
/// region. Only voxels
/// within `margin` mm of the region move; the others keep their values.
///
/// Zwanenburg et al. rotate and shift the grid on which features are computed, in one interpolation
/// with the change of spacing. Here the image moves on its own grid, whatever the settings of the
/// features are; a later change of spacing is a second interpolation, the same for all motions.
///
/// # Errors
/// An empty region, or voxels that are no numbers.
pub fn move_rigidly(
    image: &Image,
    mask: &Mask,
    motion: &RigidMotion,
    margin: f64,
) -> Result<(Image, Mask), PreprocessError> {
    check_finite(image)?;
    let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
    let old = &image.geometry;
    let motion = Motion::new(motion, old, &bounds);

    // The box of the moved region, in voxels of the old grid, and how far it reaches beyond it.
    let corners: [[f64; 3]; 8] = std::array::from_fn(|number| {
        // The outer edges of the first and of the last voxel.
        motion.forth(std::array::from_fn(|axis| match number >> axis & 1 {
            0 => bounds.lower[axis] as f64 - HALF,
            _ => bounds.upper[axis] as f64 + HALF,
        }))
    });
    let lowest = |axis: usize| {
        corners
            .iter()
            .map(|c| c[axis])
            .fold(f64::INFINITY, f64::min)
    };
    let highest = |axis: usize| {
        let along = corners.iter().map(|c| c[axis]);
        along.fold(f64::NEG_INFINITY, f64::max)
    };
    let lower: [i64; 3] = std::array::from_fn(|axis| (lowest(axis) + HALF).floor() as i64);
    let upper: [i64; 3] = std::array::from_fn(|axis| (highest(axis) - HALF).ceil() as i64);
    let before: [usize; 3] = lower.map(|lower| usize::try_from(-lower).unwrap_or(0));
    let after: [usize; 3] = std::array::from_fn(|axis| {
        usize::try_from(upper[axis] + 1 - old.size[axis] as i64).unwrap_or(0)
    });
    let geometry = Geometry {
        size: std::array::from_fn(|axis| before[axis] + old.size[axis] + after[axis]),
        origin: old.position(before.map(|before| -(before as f64))),
        ..old.clone()
    };
    let moved_box = BoundingBox {
        lower: std::array::from_fn(|axis| (lower[axis] + before[axis] as i64).max(0) as usize),
        upper: std::array::from_fn(|axis| {
            ((upper[axis] + before[axis] as i64).max(0) as usize).min(geometry.size[axis] - 1)
        }),
    };
    let part = neighbourhood(&geometry, &moved_box, margin);

    let last = old.size.map(|size| size as f64 - 1.0);
    let clamped = |index: [f64; 3]| -> [f64; 3] {
        std::array::from_fn(|axis| index[axis].clamp(0.0, last[axis]))
    };
    // Up to the outer edge of the border voxels.
    let in_image =
        |index: [f64; 3]| (0..3).all(|axis| (-HALF..=last[axis] + HALF).contains(&index[axis]));
    // Only the coefficients that are looked at: between the places where the corners of the part
    // come from, and a voxel around them for the rounding of positions.
    let sources = corners_of(&part).map(|corner| {
        clamped(motion.back(std::array::from_fn(|axis| {
            corner[axis] as f64 - before[axis] as f64
        })))
    });
    let looked_at = std::array::from_fn(|axis| {
        let along = sources.iter().map(|source| source[axis]);
        let lowest = along.clone().fold(f64::INFINITY, f64::min);
        let highest = along.fold(f64::NEG_INFINITY, f64::max);
        [(lowest - 1.0).max(0.0), (highest + 1.0).min(last[axis])]
    });
    let spline = BSpline::through(image, &looked_at);
    let [width, height, _] = geometry.size;
    let mut values = vec![0.0; geometry.voxel_count()];
    let mut inside = vec![false; geometry.voxel_count()];
    let within = |part: &BoundingBox, axis: usize, place: usize| {
        (part.lower[axis]..=part.upper[axis]).contains(&place)
    };
    let slices = values
        .par_chunks_mut(width * height)
        .zip(inside.par_chunks_mut(width * height))
        .enumerate();
    slices.for_each(|(z, (values, inside))| {
        let index = |x: usize, y: usize| {
            std::array::from_fn(|axis| [x, y, z][axis] as f64 - before[axis] as f64)
        };
        // A rotation within the slices leaves a slice in one plane.
        let level = clamped(motion.back(index(0, 0)))[2];
        let plane = within(&part, 2, z).then(|| spline.plane(level));
        let lines = values
            .par_chunks_mut(width)
            .zip(inside.par_chunks_mut(width))
            .enumerate();
        lines.for_each(|(y, (values, inside))| {
            let plane = plane.as_ref().filter(|_| within(&part, 1, y));
            let near = within(&moved_box, 1, y) && within(&moved_box, 2, z);
            for (x, (value, inside)) in values.iter_mut().zip(inside).enumerate() {
                let index = index(x, y);
                let Some(plane) = plane.filter(|_| within(&part, 0, x)) else {
                    let place = old.offset(clamped(index).map(|index| index as usize));
                    *value = image.values[place];
                    continue;
                };
                let source = motion.back(index);
                let [x_before, y_before, _] = clamped(source);
                *value = plane.value_at(x_before, y_before);
                *inside = near
                    && within(&moved_box, 0, x)
                    && in_image(source)
                    && share(mask, clamped(source)) >= HALF;
            }
        });
    });
    let mask = Mask {
        geometry: geometry.clone(),
        inside,
    };
    let image = Image {
        geometry,
        pixel_type: crate::PixelType::F64,
        values,
    };
    Ok((image, mask))
}

/// The eight corners of a box.
fn corners_of(part: &BoundingBox) -> [[usize; 3]; 8] {
    std::array::from_fn(|number| {
        std::array::from_fn(|axis| match number >> axis & 1 {
            0 => part.lower[axis],
            _ => part.upper[axis],
        })
    })
}

/// The share of the region at a continuous index within the grid, by linear interpolation.
fn share(mask: &Mask, index: [f64; 3]) -> f64 {
    let size = mask.geometry.size;
    let floor: [usize; 3] = index.map(|index| index as usize);
    let mut share = 0.0;
    for corner in 0..8 {
        let mut weight = 1.0;
        let voxel = std::array::from_fn(|axis| {
            let fraction = index[axis] - floor[axis] as f64;
            if corner >> axis & 1 == 1 {
                weight *= fraction;
                (floor[axis] + 1).min(size[axis] - 1)
            } else {
                weight *= 1.0 - fraction;
                floor[axis]
            }
        });
        if weight > 0.0 && mask.inside[mask.geometry.offset(voxel)] {
            share += weight;
        }
    }
    share
}
