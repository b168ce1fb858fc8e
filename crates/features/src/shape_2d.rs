//! The form of a region that is one slice thick.
//!
//! None of these features has an IBSI code: IBSI measures volumes alone. The outline joins the
//! middles of the edges between pixels inside and outside (marching squares); pixels that touch
//! by a corner only are not joined. PyRadiomics computes these features where `force2D` is set,
//! for a region of one slice across `force2Ddimension`.

use std::f64::consts::PI;

use crate::catalogue::Feature;
use crate::shape::Shape;

/// What the features of a slice are computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape2D {
    /// Area inside the outline, mm².
    pub mesh_surface: f64,
    /// Length of the outline, mm.
    pub perimeter: f64,
    /// Number of pixels times the area of one, mm².
    pub pixel_surface: f64,
    /// Largest distance between two vertices of the outline, mm.
    pub diameter: f64,
    /// Eigenvalues of the pixel centres' covariance, ascending, mm².
    pub eigenvalues: [f64; 2],
}

impl Shape2D {
    /// Measures a region as [`Shape::new`] does; `None` if it is thicker than one slice along
    /// `axis` (0 = x, 1 = y, 2 = z).
    #[must_use]
    pub fn new(inside: &[bool], size: [usize; 3], spacing: [f64; 3], axis: usize) -> Option<Self> {
        if axis > 2 || size[axis] != 1 {
            return None;
        }
        let [fast, slow] = [[1, 2], [0, 2], [0, 1]][axis];
        let solid = Shape::new(inside, size, spacing);
        let pixel = spacing[fast] * spacing[slow];
        let (mut pixels, mut perimeter) = (0.0, 0.0);
        for (corners, count) in squares(inside, size[fast]).into_iter().enumerate() {
            let (share, length) = square(corners, [spacing[fast], spacing[slow]]);
            pixels += share * count as f64;
            perimeter += length * count as f64;
        }
        let [least, minor, major] = solid.eigenvalues;
        debug_assert!(least.is_nan() || least <= minor);
        let count = inside.iter().filter(|&&inside| inside).count();
        Some(Self {
            mesh_surface: pixels * pixel,
            perimeter,
            pixel_surface: count as f64 * pixel,
            diameter: solid.planar_diameters[2 - axis],
            eigenvalues: [minor, major],
        })
    }
}

/// How often each arrangement of four neighbouring pixels occurs, with a margin of one pixel
/// outside; bits 0 and 1 are the upper two corners, bits 2 and 3 the lower two, left to right.
fn squares(inside: &[bool], width: usize) -> [usize; 16] {
    let mut counts = [0; 16];
    if width == 0 {
        return counts;
    }
    let outside = vec![false; width];
    let rows = || inside.chunks_exact(width);
    let above = std::iter::once(&outside[..]).chain(rows());
    let below = rows().chain(std::iter::once(&outside[..]));
    for (above, below) in above.zip(below) {
        let column = |x: usize| {
            let pixel = |row: &[bool]| usize::from(row.get(x).copied().unwrap_or(false));
            pixel(above) | pixel(below) << 2
        };
        let mut left = 0;
        for x in 0..=width {
            let right = column(x);
            counts[left | right << 1] += 1;
            left = right;
        }
    }
    counts
}

/// The share of a square that lies inside the outline, and the outline's length in it.
fn square(corners: usize, [width, height]: [f64; 2]) -> (f64, f64) {
    let diagonal = (width * width + height * height).sqrt() / 2.0;
    match corners {
        0b0000 => (0.0, 0.0),
        0b1111 => (1.0, 0.0),
        // Two corners above or below, left or right, or opposite.
        0b0011 | 0b1100 => (0.5, width),
        0b0101 | 0b1010 => (0.5, height),
        0b0110 | 0b1001 => (0.25, 2.0 * diagonal),
        one_or_three if one_or_three.count_ones() == 1 => (0.125, diagonal),
        _ => (0.875, diagonal),
    }
}

/// The features of a slice, in PyRadiomics' order.
pub const FEATURES: &[Feature<Shape2D>] = &[
    Feature::without_code("Elongation", "minor over major axis", |s: &Shape2D| {
        (s.eigenvalues[0] / s.eigenvalues[1]).sqrt()
    }),
    Feature::without_code(
        "MajorAxisLength",
        "longer axis of the ellipse of the pixel centres, mm",
        |s| 4.0 * s.eigenvalues[1].sqrt(),
    ),
    Feature::without_code(
        "MaximumDiameter",
        "largest distance between vertices, mm",
        |s| s.diameter,
    ),
    Feature::without_code("MeshSurface", "area inside the outline, mm²", |s| {
        s.mesh_surface
    }),
    Feature::without_code(
        "MinorAxisLength",
        "shorter axis of the ellipse of the pixel centres, mm",
        |s| 4.0 * s.eigenvalues[0].sqrt(),
    ),
    Feature::without_code("Perimeter", "length of the outline, mm", |s| s.perimeter),
    Feature::without_code("PerimeterSurfaceRatio", "perimeter over area, 1/mm", |s| {
        s.perimeter / s.mesh_surface
    }),
    Feature::without_code(
        "PixelSurface",
        "number of pixels times the area of one, mm²",
        |s| s.pixel_surface,
    ),
    Feature::without_code(
        "SphericalDisproportion",
        "inverse of the sphericity",
        |s: &Shape2D| s.perimeter / (2.0 * (PI * s.mesh_surface).sqrt()),
    )
    .deprecated(),
    Feature::without_code(
        "Sphericity",
        "perimeter of the disc of the same area over the perimeter",
        |s| 2.0 * (PI * s.mesh_surface).sqrt() / s.perimeter,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_is_a_diamond() {
        let shape = Shape2D::new(&[true], [1, 1, 1], [3.0, 4.0, 9.0], 2).unwrap();
        // Half of the pixel's area, four sides of half a diagonal of 5.
        assert_eq!((shape.mesh_surface, shape.perimeter), (6.0, 10.0));
        assert_eq!((shape.pixel_surface, shape.diameter), (12.0, 4.0));
    }

    #[test]
    fn a_rectangle_loses_its_corners_whatever_the_plane() {
        // 2 by 3 pixels of 1 mm: four corners of 1/8 less; four diagonals of 1/root 2, and sides
        // one pixel shorter.
        for (axis, size) in [(0, [1, 2, 3]), (1, [2, 1, 3]), (2, [2, 3, 1])] {
            let shape = Shape2D::new(&[true; 6], size, [1.0; 3], axis).unwrap();
            assert_eq!(shape.mesh_surface, 5.5);
            assert!((shape.perimeter - (6.0 + 2.0 * 2.0_f64.sqrt())).abs() < 1e-12);
        }
    }

    #[test]
    fn pixels_that_touch_by_a_corner_are_apart() {
        let shape = Shape2D::new(&[true, false, false, true], [2, 2, 1], [1.0; 3], 2).unwrap();
        assert_eq!(shape.mesh_surface, 1.0);
    }

    #[test]
    fn a_volume_is_not_a_slice() {
        assert_eq!(Shape2D::new(&[true; 8], [2; 3], [1.0; 3], 2), None);
    }
}
