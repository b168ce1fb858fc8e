//! Interpolation on a grid that shares its centre with the old one, as the IBSI asks for.
//!
//! Along an axis of $n$ voxels of spacing $s$, the new grid has
//! $n' = \lceil n s / s' \rceil$ voxels of spacing $s'$, and its voxel $i$ lies at index
//! $(n-1)/2 + (i - (n'-1)/2)\,s'/s$ of the old one. The outermost of them lie beyond the centres
//! of the old border voxels, by less than half an old voxel. There the trilinear interpolation keeps
//! the border's value and the spline goes on into its mirror image, as in ITK; the IBSI leaves it
//! open.
//!
//! Source: IBSI reference manual, "Image interpolation" (VTM2) and "Aligning grid centers".

use rayon::prelude::*;

use super::bspline::BSpline;
use super::crop::crop_voxels;
use super::{MaskError, PreprocessError, check_finite};
use crate::{BoundingBox, Geometry, Image, Mask, PixelType};

/// How intensities between voxels are found on a [`CentredGrid`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CentredInterpolation {
    /// Linear along each axis.
    #[default]
    Trilinear,
    /// Cubic B-spline along each axis.
    TricubicSpline,
}

/// A grid of another spacing around the centre of an old one.
#[derive(Clone, Debug, PartialEq)]
pub struct CentredGrid {
    source: [usize; 3],
    geometry: Geometry,
    /// The index in the old grid of each voxel along each axis.
    positions: [Vec<f64>; 3],
}

/// A position along an axis: the voxels before and after it, and how far on the way it is.
#[derive(Clone, Copy)]
struct Between {
    before: usize,
    after: usize,
    way: f64,
}

/// Fractions of a voxel that come from rounding.
const ROUNDING: f64 = 1e-9;

impl CentredGrid {
    /// The grid of `spacing` (mm; 0 keeps the old one along that axis).
    ///
    /// # Errors
    /// A spacing that is negative or no number; more voxels than an image may have.
    pub fn new(source: &Geometry, spacing: [f64; 3]) -> Result<Self, PreprocessError> {
        if let Some(&value) = spacing
            .iter()
            .find(|spacing| !(spacing.is_finite() && **spacing >= 0.0))
        {
            return Err(PreprocessError::Setting {
                setting: "resampledPixelSpacing",
                value,
                must: "must be positive, or 0 to keep an axis",
            });
        }
        let spacing: [f64; 3] = std::array::from_fn(|axis| {
            let kept = source.spacing[axis];
            if spacing[axis] == 0.0 {
                kept
            } else {
                spacing[axis]
            }
        });
        let ratio: [f64; 3] = std::array::from_fn(|axis| spacing[axis] / source.spacing[axis]);
        let size: [f64; 3] = std::array::from_fn(|axis| {
            let exact = source.size[axis] as f64 / ratio[axis];
            (exact - ROUNDING * exact).ceil().max(1.0)
        });
        let count: f64 = size.iter().product();
        if count.is_nan() || count > crate::read::MAX_VOXELS as f64 {
            return Err(PreprocessError::TooManyVoxels { spacing, size });
        }
        let first: [f64; 3] = std::array::from_fn(|axis| {
            (source.size[axis] as f64 - 1.0) / 2.0 - (size[axis] - 1.0) / 2.0 * ratio[axis]
        });
        let positions = std::array::from_fn(|axis| {
            (0..size[axis] as usize)
                .map(|i| first[axis] + i as f64 * ratio[axis])
                .collect()
        });
        let geometry = Geometry {
            size: size.map(|size| size as usize),
            spacing,
            origin: source.position(first),
            direction: source.direction,
        };
        Ok(Self {
            source: source.size,
            geometry,
            positions,
        })
    }

    /// Where the new voxels lie.
    #[must_use]
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Whether every new voxel is an old one.
    fn is_source(&self) -> bool {
        self.geometry.size == self.source
            && self.positions.iter().all(|along| {
                let mut along = along.iter().enumerate();
                along.all(|(i, &position)| position == i as f64)
            })
    }

    /// The image at the voxels of a box of the new grid, in 64-bit numbers.
    ///
    /// # Errors
    /// Voxels that are no numbers; an image of another size than the grid was made for; a box that
    /// reaches outside.
    pub fn image(
        &self,
        image: &Image,
        interpolation: CentredInterpolation,
        part: &BoundingBox,
    ) -> Result<Image, PreprocessError> {
        check_finite(image)?;
        let geometry = self.geometry.cropped(part);
        let geometry = geometry.filter(|_| image.geometry.size == self.source);
        let geometry = geometry.ok_or(MaskError::Empty)?;
        let values = if self.is_source() {
            crop_voxels(&image.values, self.source, part)
        } else {
            let axes = self.part(part);
            match interpolation {
                CentredInterpolation::Trilinear => {
                    self.trilinear(&axes, |place| image.values.get(place).copied())
                }
                CentredInterpolation::TricubicSpline => {
                    let ends = |along: &[f64]| {
                        let end = |end: Option<&f64>| end.copied().unwrap_or(0.0);
                        [end(along.first()), end(along.last())]
                    };
                    let spline = BSpline::through(image, &axes.map(ends));
                    let positions = axes.map(|along| along.iter().copied().map(Some).collect());
                    spline.on_grid(&positions, |value| value)
                }
            }
        };
        Ok(Image {
            geometry,
            pixel_type: PixelType::F64,
            values,
        })
    }

    /// The voxels of the new grid of which, by trilinear interpolation, at least the fraction
    /// `threshold` belongs to the mask.
    ///
    /// # Errors
    /// A mask without a voxel, before or after; one of another size than the grid was made for.
    pub fn mask(&self, mask: &Mask, threshold: f64) -> Result<Mask, PreprocessError> {
        if mask.geometry.size != self.source || mask.inside.len() != mask.geometry.voxel_count() {
            return Err(MaskError::Empty.into());
        }
        if self.is_source() {
            return Ok(mask.clone());
        }
        let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
        let part = self.around(&bounds).ok_or(MaskError::LostInResampling)?;
        let part_of_mask = self.trilinear(&self.part(&part), |place| {
            mask.inside
                .get(place)
                .map(|&inside| f64::from(u8::from(inside)))
        });
        let mut inside = vec![false; self.geometry.voxel_count()];
        let [width, ..] = part.size();
        let [left, front, bottom] = part.lower;
        for (row, fractions) in part_of_mask.chunks_exact(width).enumerate() {
            let (y, z) = (row % part.size()[1], row / part.size()[1]);
            let start = self.geometry.offset([left, front + y, bottom + z]);
            let line = inside.get_mut(start..).unwrap_or_default();
            for (inside, fraction) in line.iter_mut().zip(fractions) {
                *inside = fraction + ROUNDING >= threshold;
            }
        }
        if !inside.contains(&true) {
            return Err(MaskError::LostInResampling.into());
        }
        Ok(Mask {
            geometry: self.geometry.clone(),
            inside,
        })
    }

    /// The box of the new voxels that lie less than one old voxel from a box of the old grid.
    fn around(&self, bounds: &BoundingBox) -> Option<BoundingBox> {
        let mut part = BoundingBox {
            lower: [0; 3],
            upper: [0; 3],
        };
        for (axis, along) in self.positions.iter().enumerate() {
            let (low, high) = (bounds.lower[axis] as f64, bounds.upper[axis] as f64);
            let near = |position: &f64| *position > low - 1.0 && *position < high + 1.0;
            part.lower[axis] = along.iter().position(near)?;
            part.upper[axis] = along.iter().rposition(near)?;
        }
        Some(part)
    }

    /// The positions of a box of the new grid along each axis.
    fn part(&self, part: &BoundingBox) -> [&[f64]; 3] {
        std::array::from_fn(|axis| {
            let along = self.positions[axis].get(part.lower[axis]..=part.upper[axis]);
            along.unwrap_or_default()
        })
    }

    /// Linear along x, then y, then z.
    fn trilinear(
        &self,
        axes: &[&[f64]; 3],
        voxel: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Vec<f64> {
        let between = |axis: usize| -> Vec<Between> {
            let last = self.source[axis].saturating_sub(1);
            let place = |&position: &f64| {
                let position = position.clamp(0.0, last as f64);
                let before = position.floor() as usize;
                Between {
                    before,
                    after: (before + 1).min(last),
                    way: position - before as f64,
                }
            };
            axes[axis].iter().map(place).collect()
        };
        let [along_x, along_y, along_z] = [between(0), between(1), between(2)];
        let [width, height, _] = self.source;
        let mix = |a: f64, b: f64, way: f64| a + (b - a) * way;
        let mut values = vec![0.0; along_x.len() * along_y.len() * along_z.len()];
        let slices = values.par_chunks_mut((along_x.len() * along_y.len()).max(1));
        slices.zip(&along_z).for_each(|(slice, z)| {
            for (row, y) in slice.chunks_mut(along_x.len().max(1)).zip(&along_y) {
                let line = |y: usize, z: usize| (z * height + y) * width;
                let lines = [
                    line(y.before, z.before),
                    line(y.after, z.before),
                    line(y.before, z.after),
                    line(y.after, z.after),
                ];
                for (value, x) in row.iter_mut().zip(&along_x) {
                    let [a, b, c, d] = lines.map(|line| {
                        let voxel = |x: usize| voxel(line + x).unwrap_or(0.0);
                        mix(voxel(x.before), voxel(x.after), x.way)
                    });
                    *value = mix(mix(a, b, y.way), mix(c, d, y.way), z.way);
                }
            }
        });
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(size: [usize; 3], spacing: [f64; 3]) -> Image {
        let geometry = Geometry::axis_aligned(size, spacing);
        let values = (0..geometry.voxel_count())
            .map(|place| {
                let [x, y, z] = geometry.index(place).map(|i| i as f64);
                2.0 * x * spacing[0] - y * spacing[1] + 0.5 * z * spacing[2]
            })
            .collect();
        Image {
            geometry,
            pixel_type: PixelType::I16,
            values,
        }
    }

    fn whole(grid: &CentredGrid) -> BoundingBox {
        BoundingBox {
            lower: [0; 3],
            upper: grid.geometry().size.map(|size| size - 1),
        }
    }

    #[test]
    fn the_grid_is_centred_and_covers_the_old_one() {
        let old = Geometry::axis_aligned([204, 201, 60], [0.976_562_5, 0.976_562_5, 3.0]);
        let grid = CentredGrid::new(&old, [2.0; 3]).unwrap();
        assert_eq!(grid.geometry().size, [100, 99, 90]);
        let middle = |g: &Geometry| g.position(g.size.map(|n| (n as f64 - 1.0) / 2.0));
        for (a, b) in middle(&old).into_iter().zip(middle(grid.geometry())) {
            assert!((a - b).abs() < 1e-9);
        }
        let kept = CentredGrid::new(&old, [2.0, 2.0, 0.0]).unwrap();
        assert_eq!(kept.geometry().size, [100, 99, 60]);
        assert_eq!(kept.geometry().spacing, [2.0, 2.0, 3.0]);
    }

    #[test]
    fn both_interpolations_follow_a_plane_away_from_the_border() {
        let image = ramp([40, 41, 42], [1.0, 1.3, 2.0]);
        let grid = CentredGrid::new(&image.geometry, [0.7, 0.9, 1.1]).unwrap();
        let plane = |geometry: &Geometry, index: [usize; 3]| {
            let [x, y, z] = geometry.position(index.map(|i| i as f64));
            2.0 * x - y + 0.5 * z
        };
        for (method, tolerance) in [
            (CentredInterpolation::Trilinear, 1e-12),
            // The spline's mirrored border is felt by 0.27 to the power of the distance.
            (CentredInterpolation::TricubicSpline, 1e-6),
        ] {
            let found = grid.image(&image, method, &whole(&grid)).unwrap();
            let geometry = &found.geometry;
            for (place, value) in found.values.iter().enumerate() {
                let index = geometry.index(place);
                let deep = (0..3).all(|a| index[a] >= 20 && index[a] + 20 < geometry.size[a]);
                if deep {
                    let expected = plane(geometry, index);
                    assert!((value - expected).abs() < tolerance, "{value} {expected}");
                }
            }
            // A box of the grid has the same bits as the whole.
            let part = BoundingBox {
                lower: [30, 3, 20],
                upper: [44, 30, 30],
            };
            let cropped = grid.image(&image, method, &part).unwrap();
            let expected = crop_voxels(&found.values, geometry.size, &part);
            assert_eq!(cropped.values, expected, "{method:?}");
            assert_eq!(Some(cropped.geometry), geometry.cropped(&part));
        }
    }

    #[test]
    fn the_same_spacing_gives_the_same_image_and_mask() {
        let image = ramp([5, 6, 7], [1.0, 1.3, 2.0]);
        let grid = CentredGrid::new(&image.geometry, [1.0, 0.0, 2.0]).unwrap();
        let found = grid.image(&image, CentredInterpolation::TricubicSpline, &whole(&grid));
        assert_eq!(found.unwrap().values, image.values);
        let mask = Mask {
            inside: image.values.iter().map(|x| *x > 3.0).collect(),
            geometry: image.geometry,
        };
        assert_eq!(grid.mask(&mask, 0.5).unwrap().inside, mask.inside);
    }

    #[test]
    fn a_voxel_half_in_the_mask_belongs_to_it() {
        let geometry = Geometry::axis_aligned([2, 1, 4], [1.0, 1.0, 3.0]);
        let inside = vec![false, true, true, true, false, true, false, false];
        let mask = Mask { geometry, inside };
        // Along z the new voxels lie at 0 (beyond the border), 1/2, 7/6, 11/6, 5/2, 3.
        let grid = CentredGrid::new(&mask.geometry, [1.0, 1.0, 2.0]).unwrap();
        assert_eq!(grid.geometry().size, [2, 1, 6]);
        let found = grid.mask(&mask, 0.5).unwrap();
        let expected = [
            [false, true],
            [true, true],
            [true, true],
            [false, true],
            [false, true],
            [false, false],
        ];
        assert_eq!(found.inside, expected.concat());
        assert!(matches!(
            grid.mask(&mask, 1.5),
            Err(PreprocessError::Mask(MaskError::LostInResampling))
        ));
    }

    #[test]
    fn spacings_that_make_no_grid_are_refused() {
        let old = Geometry::axis_aligned([10; 3], [1.0; 3]);
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e-9] {
            assert!(CentredGrid::new(&old, [1.0, bad, 1.0]).is_err(), "{bad}");
        }
    }
}
