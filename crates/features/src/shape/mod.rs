//! The form of a region, whatever the values in it.
//!
//! Where PyRadiomics departs from IBSI:
//! - The mesh joins the middles of the edges between voxels inside and outside with PyRadiomics'
//!   own table of triangles; other tables give other areas and volumes. Where voxels touch by an
//!   edge only it is not closed ([`crate::ibsi::morphology`] has one that is).
//! - Axis lengths come from the voxel centres' covariance divided by the number of voxels; IBSI's
//!   reference values hold for the number less 1. Elongation and flatness are ratios of axes, so 1 is round.
//! - Diameters are distances between mesh vertices, half a voxel outside the outermost voxel
//!   centres. The three in planes have no IBSI code: "slice" compares vertices of equal z,
//!   "column" of equal y, "row" of equal x, in index axes and not in the patient's.
//! - Lengths follow the spacing alone; the direction cosines do not enter.

pub(crate) mod bit_mask;
pub(crate) mod diameter;
pub(crate) mod marching_cubes;

use std::f64::consts::PI;

use nalgebra::Matrix3;

use crate::catalogue::Feature;
use bit_mask::BitMask;
use marching_cubes::Surface;

/// What the shape features are computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Volume inside the mesh, mm³.
    pub mesh_volume: f64,
    /// Area of the mesh, mm².
    pub surface_area: f64,
    /// Number of voxels times the volume of one, mm³.
    pub voxel_volume: f64,
    /// Largest distance between vertices in one plane of equal z, y and x, mm.
    pub planar_diameters: [f64; 3],
    /// Largest distance between any two vertices, mm.
    pub diameter: f64,
    /// Eigenvalues of the voxel centres' covariance, ascending, mm².
    pub eigenvalues: [f64; 3],
}

impl Shape {
    /// Measures a region: whether each voxel of a grid of `size` (x, y, z; x runs fastest) belongs
    /// to it, and the `spacing` in mm.
    ///
    /// A region without voxels has volumes, areas and diameters of 0 and NaN for the rest.
    #[must_use]
    pub fn new(inside: &[bool], size: [usize; 3], spacing: [f64; 3]) -> Self {
        let mask = BitMask::padded(inside, size);
        let surface = marching_cubes::surface(&mask, spacing);
        Self::with_surface(&mask, surface, spacing)
    }

    /// Measures a mask whose surface is known.
    pub(crate) fn with_surface(mask: &BitMask, surface: Surface, spacing: [f64; 3]) -> Self {
        let diameters = diameter::diameters(mask, spacing);
        Self {
            mesh_volume: surface.volume,
            surface_area: surface.area,
            voxel_volume: mask.voxel_count() as f64 * spacing.iter().product::<f64>(),
            planar_diameters: diameters.in_plane,
            diameter: diameters.overall,
            eigenvalues: eigenvalues(mask, spacing),
        }
    }

    /// Four times the root of an eigenvalue.
    pub(crate) fn axis_length(&self, index: usize) -> f64 {
        4.0 * self.eigenvalues[index].sqrt()
    }

    pub(crate) fn axis_ratio(&self, index: usize) -> f64 {
        (self.eigenvalues[index] / self.eigenvalues[2]).sqrt()
    }

    /// Area of the sphere that has the mesh's volume.
    pub(crate) fn sphere_area(&self) -> f64 {
        (36.0 * PI * self.mesh_volume.powi(2)).cbrt()
    }
}

/// Eigenvalues of the covariance of the voxel centres, ascending.
///
/// The sums are of whole numbers and exact; only the eigenvalues are rounded.
fn eigenvalues(mask: &BitMask, spacing: [f64; 3]) -> [f64; 3] {
    let mut count = 0_i128;
    let mut sums = [0_i128; 3];
    let mut products = [[0_i128; 3]; 3];
    mask.each_run(|[start, y, z], length| {
        // Along a run only x changes: x = start + k, k = 0 to n - 1.
        let [a, n, y, z] = [start, length, y, z].map(|number| number as i64);
        let steps = n * (n - 1) / 2;
        let sum = n * a + steps;
        let square = n * a * a + 2 * a * steps + (n - 1) * n * (2 * n - 1) / 6;
        count += i128::from(n);
        for (total, term) in sums.iter_mut().zip([sum, n * y, n * z]) {
            *total += i128::from(term);
        }
        for (a, b, term) in [
            (0, 0, square),
            (0, 1, sum * y),
            (0, 2, sum * z),
            (1, 1, n * y * y),
            (1, 2, n * y * z),
            (2, 2, n * z * z),
        ] {
            products[a][b] += i128::from(term);
        }
    });
    let covariance = Matrix3::from_fn(|a, b| {
        let (low, high) = (a.min(b), a.max(b));
        let exact = count * products[low][high] - sums[a] * sums[b];
        exact as f64 / (count * count) as f64 * spacing[a] * spacing[b]
    });
    if count == 0 {
        return [f64::NAN; 3];
    }
    let mut eigenvalues: [f64; 3] = covariance.symmetric_eigenvalues().into();
    eigenvalues.sort_unstable_by(f64::total_cmp);
    // A covariance has no negative eigenvalue; what is below 0 is rounding.
    eigenvalues.map(|value| value.max(0.0))
}

/// The shape features, in PyRadiomics' order.
pub const FEATURES: &[Feature<Shape>] = &[
    Feature::new(
        "Compactness1",
        "SKGS",
        "volume over area to the power 3/2, over root pi",
        |s: &Shape| s.mesh_volume / (s.surface_area.powf(1.5) * PI.sqrt()),
    )
    .deprecated(),
    Feature::new(
        "Compactness2",
        "BQWJ",
        "cube of the sphericity",
        |s: &Shape| 36.0 * PI * s.mesh_volume.powi(2) / s.surface_area.powi(3),
    )
    .deprecated(),
    Feature::new("Elongation", "Q3CK", "minor over major axis", |s| {
        s.axis_ratio(1)
    }),
    Feature::new("Flatness", "N17B", "least over major axis", |s| {
        s.axis_ratio(0)
    }),
    Feature::new(
        "LeastAxisLength",
        "7J51",
        "shortest axis of the ellipsoid of the voxel centres, mm",
        |s| s.axis_length(0),
    ),
    Feature::new(
        "MajorAxisLength",
        "TDIC",
        "longest axis of the ellipsoid of the voxel centres, mm",
        |s| s.axis_length(2),
    ),
    Feature::without_code(
        "Maximum2DDiameterColumn",
        "largest distance between vertices of equal y, mm",
        |s| s.planar_diameters[1],
    ),
    Feature::without_code(
        "Maximum2DDiameterRow",
        "largest distance between vertices of equal x, mm",
        |s| s.planar_diameters[2],
    ),
    Feature::without_code(
        "Maximum2DDiameterSlice",
        "largest distance between vertices of equal z, mm",
        |s| s.planar_diameters[0],
    ),
    Feature::new(
        "Maximum3DDiameter",
        "L0JK",
        "largest distance between vertices, mm",
        |s| s.diameter,
    ),
    Feature::new("MeshVolume", "RNU0", "volume inside the mesh, mm³", |s| {
        s.mesh_volume
    }),
    Feature::new(
        "MinorAxisLength",
        "P9VJ",
        "middle axis of the ellipsoid of the voxel centres, mm",
        |s| s.axis_length(1),
    ),
    Feature::new(
        "SphericalDisproportion",
        "KRCK",
        "area over that of the sphere of the same volume",
        |s: &Shape| s.surface_area / s.sphere_area(),
    )
    .deprecated(),
    Feature::new(
        "Sphericity",
        "QCFX",
        "area of the sphere of the same volume over the area",
        |s| s.sphere_area() / s.surface_area,
    ),
    Feature::new("SurfaceArea", "C0JK", "area of the mesh, mm²", |s| {
        s.surface_area
    }),
    Feature::new(
        "SurfaceVolumeRatio",
        "2PR5",
        "area over mesh volume, 1/mm",
        |s| s.surface_area / s.mesh_volume,
    ),
    Feature::new(
        "VoxelVolume",
        "YEKZ",
        "number of voxels times the volume of one, mm³",
        |s| s.voxel_volume,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_voxels_side_by_side() {
        // Centres 3 mm apart along x: variance 1.5² and nothing else.
        let shape = Shape::new(&[true, true], [2, 1, 1], [3.0, 1.0, 1.0]);
        assert!((shape.eigenvalues[2] - 2.25).abs() < 1e-12);
        assert_eq!(shape.eigenvalues[..2], [0.0, 0.0]);
        assert_eq!(shape.voxel_volume, 6.0);
        // Vertices half a voxel beyond both centres.
        assert_eq!(shape.diameter, 6.0);
        assert_eq!(shape.planar_diameters, [6.0, 6.0, 1.0]);
    }

    #[test]
    fn a_slice_is_flat() {
        let shape = Shape::new(&[true; 12], [4, 3, 1], [1.0; 3]);
        assert_eq!(
            (FEATURES[3].name, (FEATURES[3].value)(&shape)),
            ("Flatness", 0.0)
        );
        assert!(shape.mesh_volume > 0.0);
    }

    #[test]
    fn nothing_is_not_a_panic() {
        let shape = Shape::new(&[false; 8], [2, 2, 2], [1.0; 3]);
        assert_eq!(shape.mesh_volume, 0.0);
        assert!((FEATURES[2].value)(&shape).is_nan());
        assert!(Shape::new(&[], [0, 0, 0], [1.0; 3]).eigenvalues[0].is_nan());
    }
}
