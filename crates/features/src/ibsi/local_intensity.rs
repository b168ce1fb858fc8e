//! Local intensity features (IBSI 9ST6): means within a sphere of 1 cm³ around voxels of the
//! region. The sphere sees voxels outside the region too, but none outside the image.

use rayon::prelude::*;

use crate::catalogue::Feature;
use radiome_image::{Image, Mask};

/// Radius of the sphere: $(3/4\pi)^{1/3}$ cm, in mm.
pub const RADIUS: f64 = 6.203_504_908_994;

/// The peaks of a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalIntensity {
    /// Around the brightest voxel; of several, the highest.
    local: f64,
    /// The highest around any voxel of the region.
    global: f64,
}

impl LocalIntensity {
    /// The peaks of the voxels of `mask`, which lies on the image's grid. The image may be a crop,
    /// if it keeps all that lies within [`RADIUS`] of the region.
    ///
    /// Each sphere is a stack of rows along x, and the sum of a row is the difference of two sums
    /// from the start of the line: a voxel costs two additions a row, not one a voxel of the
    /// sphere.
    #[must_use]
    pub fn new(image: &Image, mask: &Mask) -> Self {
        let [width, height, depth] = image.geometry.size;
        let spacing = image.geometry.spacing;
        let brightest = image.values.iter().zip(&mask.inside);
        let brightest = brightest.filter(|(_, inside)| **inside).map(|(x, _)| *x);
        let brightest = brightest.fold(f64::NEG_INFINITY, f64::max);
        let rows = sphere(spacing, [height, depth]);
        // One more than there are voxels: the sum before each, and that of the whole line.
        let sums: Vec<f64> = image
            .values
            .par_chunks(width.max(1))
            .flat_map_iter(|line| {
                let mut sum = 0.0;
                std::iter::once(0.0).chain(line.iter().map(move |value| {
                    sum += value;
                    sum
                }))
            })
            .collect();
        let peaks: Vec<[f64; 2]> = (0..depth)
            .into_par_iter()
            .map(|z| {
                let mut peaks = [f64::NEG_INFINITY; 2];
                for y in 0..height {
                    for x in 0..width {
                        let place = image.geometry.offset([x, y, z]);
                        if mask.inside.get(place) != Some(&true) {
                            continue;
                        }
                        let (mut sum, mut count) = (0.0, 0);
                        for &([dy, dz], reach) in &rows {
                            let (Some(y), Some(z)) =
                                (y.checked_add_signed(dy), z.checked_add_signed(dz))
                            else {
                                continue;
                            };
                            if y >= height || z >= depth {
                                continue;
                            }
                            let (from, to) = (x.saturating_sub(reach), (x + reach + 1).min(width));
                            let line = (z * height + y) * (width + 1);
                            if let (Some(before), Some(after)) =
                                (sums.get(line + from), sums.get(line + to))
                            {
                                sum += after - before;
                                count += to - from;
                            }
                        }
                        let mean = sum / count as f64;
                        let [local, global] = &mut peaks;
                        *global = global.max(mean);
                        if image.values.get(place) == Some(&brightest) {
                            *local = local.max(mean);
                        }
                    }
                }
                peaks
            })
            .collect();
        let highest = |which: usize| {
            let all = peaks.iter().filter_map(|peaks| peaks.get(which));
            let highest = all.copied().fold(f64::NEG_INFINITY, f64::max);
            if highest.is_finite() {
                highest
            } else {
                f64::NAN
            }
        };
        Self {
            local: highest(0),
            global: highest(1),
        }
    }
}

/// The rows along x of the sphere: their place along y and z, and how many voxels they reach to
/// each side. No row is further away than the image has lines along y and z.
fn sphere(spacing: [f64; 3], lines: [usize; 2]) -> Vec<([isize; 2], usize)> {
    // Voxels whose centre lies on the sphere belong to it, in spite of rounding.
    let squared = RADIUS * RADIUS * (1.0 + 1e-12);
    let steps = |axis: usize| ((RADIUS / spacing[axis]) as usize).min(lines[axis - 1]) as isize;
    let mut rows = Vec::new();
    for dz in -steps(2)..=steps(2) {
        for dy in -steps(1)..=steps(1) {
            let beside = (dy as f64 * spacing[1]).powi(2) + (dz as f64 * spacing[2]).powi(2);
            if beside <= squared {
                let reach = ((squared - beside).sqrt() / spacing[0]).floor() as usize;
                rows.push(([dy, dz], reach));
            }
        }
    }
    rows
}

/// The features, in the order of the manual.
pub const FEATURES: &[Feature<LocalIntensity>] = &[
    Feature::new("loc_peak_loc", "VJGA", "Local intensity peak", |p| p.local),
    Feature::new("loc_peak_glob", "0F91", "Global intensity peak", |p| {
        p.global
    }),
];
