//! The form of a region, and how its intensities lie in it.
//!
//! Source: the IBSI reference manual, section "Morphological features" (family HCUG), always over
//! the volume. Lengths are in mm. Two masks take part. The form is that of the *morphological* mask,
//! the region as it was drawn and resampled; intensities are those of the *intensity* mask, which
//! re-segmentation may have made smaller.
//!
//! Conventions, and where other programs differ:
//! - The surface is a mesh through the middles of the edges between voxels inside and outside. The
//!   manual leaves the table of triangles to the program. Here the surface is closed; two voxels
//!   that touch by an edge or corner only are kept apart. PyRadiomics' own mesh
//!   ([`crate::shape`]) differs from it where there are such voxels.
//! - The box along the grid's axes and the convex hull are those of the mesh's vertices, not of
//!   voxel centres. The hull is exact.
//! - The covariance of the voxel centres, from which the axes come, is divided by the number of
//!   voxels less 1. The manual does not say; its reference values of the digital phantom hold for
//!   that alone. PyRadiomics divides by the number.
//! - The approximate ellipsoid has the semi-axes $2\sqrt{\lambda}$ of that covariance. Areas of
//!   ellipsoids follow the manual's series up to degree 20, which is not their true area: its
//!   eccentricities are others. It is 1.3 % above for axes of 3 : 2.5 : 2, 57 % above for a disc, 12 %
//!   below for 9 : 2 : 1. The reference values hold for the manual's series alone.
//! - The oriented box and the ellipsoid of least volume are not standardised: the manual allows any
//!   approximation. The ellipsoid here is the least one to a part in 10⁸. The box is the least one
//!   found by a search along the edges of the hull.
//! - Moran's I and Geary's C are sums over all pairs of voxels, weighted by the inverse distance.
//!   Programs that take a sample of the pairs differ.
//!
//! A feature that the region does not define is NaN: Moran's I and Geary's C where all intensities
//! are equal, the axes of a single voxel, ratios to an axis or an ellipsoid that has no extent, the
//! shift of the centre of mass where the intensities sum to 0. Of an empty mask volumes, area and
//! diameter are 0 and all else is NaN.

mod autocorrelation;
mod body;
mod ellipsoid;
mod hull;
mod mesh;
mod oriented_box;
mod vector;

use std::f64::consts::PI;
use std::sync::OnceLock;

use crate::catalogue::Feature;
use crate::region::Region;
use crate::shape::Shape;
use crate::shape::bit_mask::BitMask;
use crate::shape::diameter::outermost_vertices;
use autocorrelation::Autocorrelation;
use body::Body;
use vector::{Vector, length, subtract};

/// What the morphological features are computed from.
///
/// What costs time is computed when the first feature asks for it: the hull, the oriented box, the
/// least ellipsoid, the sums over pairs of voxels.
#[derive(Clone, Debug)]
pub struct Morphology {
    region: Region,
    /// The form of the morphological mask, with the closed surface.
    shape: Shape,
    /// Sides of the box of the mesh's vertices along the grid's axes.
    box_sides: Vector,
    /// From the centre of the morphological mask to that of the intensities.
    centre_of_mass_shift: f64,
    /// Vertices of the mesh among which the hull's are, in half voxels.
    outermost: Vec<[i32; 3]>,
    body: OnceLock<Option<Body>>,
    oriented_box_sides: OnceLock<Vector>,
    least_ellipsoid: OnceLock<Vector>,
    autocorrelation: OnceLock<Autocorrelation>,
}

impl Morphology {
    /// Measures a `region`, whose voxels are the intensity mask, and the `morphological` mask:
    /// whether each voxel of the region's box belongs to it (x runs fastest). Voxels that the
    /// slice does not reach are outside.
    #[must_use]
    pub fn new(region: &Region, morphological: &[bool]) -> Self {
        let voxels = morphological.len().min(region.inside.len());
        let morphological = morphological.get(..voxels).unwrap_or_default();
        let mask = BitMask::padded(morphological, region.size);
        let mut shape = Shape::with_surface(
            &mask,
            mesh::closed_surface(&mask, region.spacing),
            region.spacing,
        );
        let count = mask.voxel_count() as f64;
        // What is left of an eigenvalue of 0 is rounding; one voxel beside a line of 10⁴ has more.
        let rounding = 1e-14 * shape.eigenvalues[2];
        for eigenvalue in &mut shape.eigenvalues {
            let of_sample = *eigenvalue * (count / (count - 1.0));
            *eigenvalue = if *eigenvalue < rounding {
                0.0
            } else {
                of_sample
            };
        }
        let outermost = outermost_vertices(&mask);
        let box_sides = std::array::from_fn(|axis| {
            let places = || outermost.iter().map(|vertex| vertex[axis]);
            let reach = places().max().zip(places().min());
            let half_voxels = reach.map_or(f64::NAN, |(high, low)| f64::from(high - low));
            0.5 * half_voxels * region.spacing[axis]
        });
        Self {
            centre_of_mass_shift: centre_of_mass_shift(region, morphological),
            region: region.clone(),
            shape,
            box_sides,
            outermost,
            body: OnceLock::new(),
            oriented_box_sides: OnceLock::new(),
            least_ellipsoid: OnceLock::new(),
            autocorrelation: OnceLock::new(),
        }
    }

    /// The convex hull of the mesh; `None` for an empty mask.
    fn body(&self) -> Option<&Body> {
        let half_voxel = self.region.spacing.map(|step| 0.5 * step);
        let body = self
            .body
            .get_or_init(|| Body::around(&self.outermost, half_voxel));
        body.as_ref()
    }

    fn oriented_box_sides(&self) -> Vector {
        *self
            .oriented_box_sides
            .get_or_init(|| self.body().map_or([f64::NAN; 3], oriented_box::least_box))
    }

    /// Semi-axes of the least ellipsoid.
    fn least_ellipsoid(&self) -> Vector {
        *self.least_ellipsoid.get_or_init(|| {
            self.body().map_or([f64::NAN; 3], |body| {
                ellipsoid::least_around(&body.vertices)
            })
        })
    }

    /// Semi-axes of the approximate ellipsoid.
    fn approximate_ellipsoid(&self) -> Vector {
        [0, 1, 2].map(|axis| 0.5 * self.shape.axis_length(axis))
    }

    fn autocorrelation(&self) -> Autocorrelation {
        *self
            .autocorrelation
            .get_or_init(|| autocorrelation::autocorrelation(&self.region))
    }

    fn volume_over(&self, volume: f64) -> f64 {
        ratio(self.shape.mesh_volume, volume)
    }

    fn area_over(&self, area: f64) -> f64 {
        ratio(self.shape.surface_area, area)
    }
}

/// The distance between the middle of the morphological mask's voxels and that of the intensities,
/// mm.
fn centre_of_mass_shift(region: &Region, morphological: &[bool]) -> f64 {
    let of_form = weighted_centre(region, morphological, std::iter::repeat(1.0));
    let of_intensities = weighted_centre(region, &region.inside, region.values.iter().copied());
    length(subtract(of_form, of_intensities))
}

/// The weighted mean of a mask's voxel centres, in mm from the first voxel of the box; NaN where
/// the weights sum to 0.
fn weighted_centre(region: &Region, mask: &[bool], weights: impl Iterator<Item = f64>) -> Vector {
    let [width, height] = [region.size[0].max(1), region.size[1].max(1)];
    let places = mask
        .iter()
        .enumerate()
        .filter(|(_, inside)| **inside)
        .map(|(offset, _)| offset);
    let (mut total, mut sums) = (0.0, [0.0; 3]);
    for (offset, weight) in places.zip(weights) {
        total += weight;
        let place = [
            offset % width,
            offset / width % height,
            offset / width / height,
        ];
        for (sum, place) in sums.iter_mut().zip(place) {
            *sum += weight * place as f64;
        }
    }
    std::array::from_fn(|axis| ratio(sums[axis], total) * region.spacing[axis])
}

/// NaN where the divisor is 0.
fn ratio(value: f64, divisor: f64) -> f64 {
    if divisor == 0.0 {
        f64::NAN
    } else {
        value / divisor
    }
}

/// Area of a box.
fn box_area([a, b, c]: Vector) -> f64 {
    2.0 * (a * b + b * c + a * c)
}

/// The morphological features, in the IBSI's order.
pub const FEATURES: &[Feature<Morphology>] = &[
    Feature::new("morph_volume", "RNU0", "Volume (mesh)", |m: &Morphology| {
        m.shape.mesh_volume
    }),
    Feature::new("morph_vol_approx", "YEKZ", "Volume (voxel counting)", |m| {
        m.shape.voxel_volume
    }),
    Feature::new("morph_area_mesh", "C0JK", "Surface area (mesh)", |m| {
        m.shape.surface_area
    }),
    Feature::new("morph_av", "2PR5", "Surface to volume ratio", |m| {
        m.area_over(m.shape.mesh_volume)
    }),
    Feature::new("morph_comp_1", "SKGS", "Compactness 1", |m| {
        m.volume_over(m.shape.surface_area.powf(1.5) * PI.sqrt())
    }),
    Feature::new("morph_comp_2", "BQWJ", "Compactness 2", |m| {
        ratio(m.shape.sphere_area(), m.shape.surface_area).powi(3)
    }),
    Feature::new("morph_sph_dispr", "KRCK", "Spherical disproportion", |m| {
        m.area_over(m.shape.sphere_area())
    }),
    Feature::new("morph_sphericity", "QCFX", "Sphericity", |m| {
        ratio(m.shape.sphere_area(), m.shape.surface_area)
    }),
    Feature::new("morph_asphericity", "25C7", "Asphericity", |m| {
        m.area_over(m.shape.sphere_area()) - 1.0
    }),
    Feature::new("morph_com", "KLMA", "Centre of mass shift", |m| {
        m.centre_of_mass_shift
    }),
    Feature::new("morph_diam", "L0JK", "Maximum 3D diameter", |m| {
        m.shape.diameter
    }),
    Feature::new("morph_pca_maj_axis", "TDIC", "Major axis length", |m| {
        m.shape.axis_length(2)
    }),
    Feature::new("morph_pca_min_axis", "P9VJ", "Minor axis length", |m| {
        m.shape.axis_length(1)
    }),
    Feature::new("morph_pca_least_axis", "7J51", "Least axis length", |m| {
        m.shape.axis_length(0)
    }),
    Feature::new("morph_pca_elongation", "Q3CK", "Elongation", |m| {
        m.shape.axis_ratio(1)
    }),
    Feature::new("morph_pca_flatness", "N17B", "Flatness", |m| {
        m.shape.axis_ratio(0)
    }),
    Feature::new(
        "morph_vol_dens_aabb",
        "PBX1",
        "Volume density (AABB)",
        |m| m.volume_over(m.box_sides.iter().product()),
    ),
    Feature::new("morph_area_dens_aabb", "R59B", "Area density (AABB)", |m| {
        m.area_over(box_area(m.box_sides))
    }),
    Feature::new(
        "morph_vol_dens_ombb",
        "ZH1A",
        "Volume density (OMBB)",
        |m| m.volume_over(m.oriented_box_sides().iter().product()),
    ),
    Feature::new("morph_area_dens_ombb", "IQYR", "Area density (OMBB)", |m| {
        m.area_over(box_area(m.oriented_box_sides()))
    }),
    Feature::new("morph_vol_dens_aee", "6BDE", "Volume density (AEE)", |m| {
        m.volume_over(ellipsoid::volume(m.approximate_ellipsoid()))
    }),
    Feature::new("morph_area_dens_aee", "RDD2", "Area density (AEE)", |m| {
        m.area_over(ellipsoid::area(m.approximate_ellipsoid()))
    }),
    Feature::new(
        "morph_vol_dens_mvee",
        "SWZ1",
        "Volume density (MVEE)",
        |m| m.volume_over(ellipsoid::volume(m.least_ellipsoid())),
    ),
    Feature::new("morph_area_dens_mvee", "BRI8", "Area density (MVEE)", |m| {
        m.area_over(ellipsoid::area(m.least_ellipsoid()))
    }),
    Feature::new(
        "morph_vol_dens_conv_hull",
        "R3ER",
        "Volume density (convex hull)",
        |m| m.volume_over(m.body().map_or(f64::NAN, |body| body.volume)),
    ),
    Feature::new(
        "morph_area_dens_conv_hull",
        "7T7F",
        "Area density (convex hull)",
        |m| m.area_over(m.body().map_or(f64::NAN, |body| body.area)),
    ),
    Feature::new("morph_integ_int", "99N0", "Integrated intensity", |m| {
        let values = &m.region.values;
        m.shape.mesh_volume * (values.iter().sum::<f64>() / values.len() as f64)
    }),
    Feature::new("morph_moran_i", "N365", "Moran's I index", |m| {
        m.autocorrelation().moran_i
    }),
    Feature::new("morph_geary_c", "NPT7", "Geary's C measure", |m| {
        m.autocorrelation().geary_c
    }),
];
