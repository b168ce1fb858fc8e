//! Local binary patterns in three dimensions, described by spherical harmonics.
//!
//! The image is sampled on a small sphere around every voxel of the region, at the vertices of an
//! icosphere, by cubic spline interpolation. A sample that is at least the centre gives 1, the
//! others 0. For this pattern `s` on the sphere, each level n of spherical harmonics gives one
//! image (`lbp-3D-m1` for n = 0, and so on):
//!
//! `c(n, m) = Σ_v s(v) Y(n, m, v)`, `f(n, v) = Σ_m c(n, m) Y(n, m, v)`,
//! `m(n) = Re √(Σ_v f(n, v)²)`
//!
//! and the excess kurtosis of the samples themselves another (`lbp-3D-k`).
//!
//! Traps, all of them PyRadiomics':
//!
//! - The angles of the harmonics are exchanged: scipy's `sph_harm` takes the azimuth first, but
//!   is given the polar angle first. The "harmonics" are therefore not orthogonal, and the
//!   levels not invariant to rotation. The published features are these, so they are kept; the
//!   test `exchanged_angles_make_the_levels_depend_on_rotation` shows it.
//! - `f²` is the square of a complex number, not of its modulus, as is the root.
//! - The x, y, z of a vertex are added to z, y, x of a voxel, and voxels count, not millimetres.
//! - Samples have the type of the image: rounded to whole numbers (halves away from zero) or to
//!   32-bit floats, and so is the arithmetic of the kurtosis.
//! - What lies beyond the centre of a border voxel is 0.
//! - Samples that are all alike have no kurtosis: NaN.
//! - Outside the region PyRadiomics leaves its memory as it was; here it is 0.
//! - One level alone (`lbp3DLevels: 1`) makes PyRadiomics fail; here it works.
//!
//! Samples are the same bits as scipy's, since in flat regions rounding decides whether a sample
//! is at least its centre. Levels are the same bits as PyRadiomics' with numpy's plain arithmetic,
//! so that equal patterns have equal values. Where the processor has fused multiplication numpy
//! uses it, and PyRadiomics' own levels differ in the last digit from one processor to another.
//!
//! Sources: J. Banerjee, A. Moelker, W. J. Niessen, T. van Walsum, 3D LBP-based rotationally
//! invariant region description, ACCV 2012 Workshops, LNCS 7728; PyRadiomics 3.1
//! `imageoperations.getLBP3DImage`; scipy 1.16 `ndimage.map_coordinates` (`ni_splines.c`,
//! `ni_interpolation.c`), `special.sph_harm`, `stats.kurtosis`; trimesh 5.2 `icosphere`.

mod icosphere;
mod kurtosis;
mod spherical_harmonics;
mod spline;

use icosphere::icosphere;
use kurtosis::excess_kurtosis;
use spherical_harmonics::{Complex, Harmonics};
use spline::{Spline, Support};

use super::{FilterError, check_input};
use crate::{BoundingBox, Image, Mask, PixelType};

/// More levels than this need more memory than they can be worth.
const MAX_LEVELS: usize = 32;

/// Number of subdivisions that gives 2562 vertices.
const MAX_SUBDIVISION: usize = 4;

/// Settings of [`local_binary_pattern_3d`]; the defaults are PyRadiomics'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalBinaryPattern3dOptions {
    /// Number of levels of spherical harmonics (`lbp3DLevels`).
    pub levels: usize,
    /// Radius of the sphere in voxels (`lbp3DIcosphereRadius`).
    pub radius: f64,
    /// How often the faces of the icosahedron are divided in four (`lbp3DIcosphereSubdivision`):
    /// 12, 42, 162, 642 or 2562 samples.
    pub subdivision: usize,
}

impl Default for LocalBinaryPattern3dOptions {
    fn default() -> Self {
        Self {
            levels: 2,
            radius: 1.0,
            subdivision: 1,
        }
    }
}

impl LocalBinaryPattern3dOptions {
    /// Names of the images in the order of [`local_binary_pattern_3d`].
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        (1..=self.levels.min(MAX_LEVELS))
            .map(|level| format!("lbp-3D-m{level}"))
            .chain(["lbp-3D-k".into()])
            .collect()
    }

    fn check(&self) -> Result<(), FilterError> {
        let setting = |setting, value, must| FilterError::Setting {
            setting,
            value,
            must,
        };
        #[allow(clippy::cast_precision_loss)]
        if self.levels == 0 || self.levels > MAX_LEVELS {
            let must = "must be 1 to 32";
            Err(setting("lbp3DLevels", self.levels as f64, must))
        } else if !(self.radius.is_finite() && self.radius > 0.0) {
            let must = "must be positive";
            Err(setting("lbp3DIcosphereRadius", self.radius, must))
        } else if self.subdivision > MAX_SUBDIVISION {
            let must = "must be 0 to 4";
            let value = self.subdivision as f64;
            Err(setting("lbp3DIcosphereSubdivision", value, must))
        } else {
            Ok(())
        }
    }
}

/// The local binary patterns around the voxels of a region (PyRadiomics' `getLBP3DImage`), in the
/// box `keep`: one image a level, then the kurtosis. Voxels outside the region are 0.
///
/// The samples see the whole image. All images are 64-bit.
///
/// # Errors
/// A setting out of its range, a mask of another size than the image, values that are no numbers
/// or do not fill the grid, or a box that is not within the image.
pub fn local_binary_pattern_3d(
    image: &Image,
    mask: &Mask,
    options: &LocalBinaryPattern3dOptions,
    keep: &BoundingBox,
) -> Result<Vec<(String, Image)>, FilterError> {
    options.check()?;
    check_input(image, keep)?;
    let size = image.geometry.size;
    if mask.geometry.size != size || mask.inside.len() != image.values.len() {
        return Err(FilterError::MaskSize {
            image: size,
            mask: mask.geometry.size,
        });
    }
    let vertices = icosphere(options.subdivision, options.radius);
    let harmonics = Harmonics::new(&vertices, options.radius, options.levels);
    let spline = Spline::through(&image.values, size);
    // For every voxel along an axis of the box, the supports of all samples around it.
    let supports: [Vec<Option<Support>>; 3] = std::array::from_fn(|axis| {
        (keep.lower[axis]..=keep.upper[axis])
            .flat_map(|voxel| {
                vertices.iter().map(move |vertex| {
                    #[allow(clippy::cast_precision_loss)]
                    let position = voxel as f64 + vertex[2 - axis];
                    Support::at(position, size[axis])
                })
            })
            .collect()
    });
    let count = vertices.len();
    let around = |axis: usize, step: usize| {
        let all = supports.get(axis).map_or(&[][..], Vec::as_slice);
        all.get(step * count..(step + 1) * count)
            .unwrap_or_default()
    };

    let [width, height, depth] = keep.size();
    let mut results = vec![vec![0.0; width * height * depth]; options.levels + 1];
    let mut samples = vec![0.0; count];
    let mut pattern = vec![false; count];
    let mut coefficients = vec![Complex::default(); harmonics.per_vertex()];
    for z in 0..depth {
        for y in 0..height {
            for x in 0..width {
                let step = [x, y, z];
                let voxel = std::array::from_fn(|axis| keep.lower[axis] + step[axis]);
                let offset = image.geometry.offset(voxel);
                if mask.inside.get(offset) != Some(&true) {
                    continue;
                }
                let centre = image.values.get(offset).copied().unwrap_or(0.0);
                let places = around(0, x).iter().zip(around(1, y)).zip(around(2, z));
                for (sample, ((x, y), z)) in samples.iter_mut().zip(places) {
                    let value = match (x, y, z) {
                        (Some(x), Some(y), Some(z)) => spline.value_at(x, y, z),
                        _ => 0.0,
                    };
                    *sample = stored(image.pixel_type, value);
                }
                for (bit, &sample) in pattern.iter_mut().zip(&samples) {
                    *bit = sample >= centre;
                }
                harmonics.project(&pattern, &mut coefficients);
                let kurtosis = match image.pixel_type {
                    PixelType::F32 => excess_kurtosis(&samples, PixelType::F32),
                    _ => excess_kurtosis(&samples, PixelType::F64),
                };
                let levels = (0..options.levels).map(|n| harmonics.norm(n, &coefficients));
                let place = (z * height + y) * width + x;
                for (result, value) in results.iter_mut().zip(levels.chain([kurtosis])) {
                    if let Some(voxel) = result.get_mut(place) {
                        *voxel = value;
                    }
                }
            }
        }
    }
    let geometry = image
        .geometry
        .cropped(keep)
        .ok_or(FilterError::OutsideImage {
            lower: keep.lower,
            upper: keep.upper,
            size,
        })?;
    let images = results.into_iter().map(|values| Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::F64,
        values,
    });
    Ok(options.names().into_iter().zip(images).collect())
}

/// A sample in the type of the image: whole-number types round, halves away from zero.
fn stored(pixel_type: PixelType, value: f64) -> f64 {
    let rounded = if !pixel_type.is_integer() {
        value
    } else if value > 0.0 {
        value + 0.5
    } else {
        value - 0.5
    };
    pixel_type.stored(rounded)
}
