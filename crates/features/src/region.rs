//! The part of an image from which features are computed.

use radiome_image::{BoundingBox, Image, Mask, PixelType};

/// An image and a mask on one grid, cropped to the mask's bounding box.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Number of voxels of the box along x, y, z.
    pub size: [usize; 3],
    /// Distance between voxel centres along each axis, in mm.
    pub spacing: [f64; 3],
    /// The type of the image's values.
    pub pixel_type: PixelType,
    /// Whether each voxel of the box belongs to the region; x runs fastest.
    pub inside: Vec<bool>,
    /// The image's values at the voxels of the region, in the order of the grid.
    pub values: Vec<f64>,
}

impl Region {
    /// The bounding box of `mask` with the image's values in it; `None` where the mask is empty or
    /// the two have not the same number of voxels along every axis.
    #[must_use]
    pub fn new(image: &Image, mask: &Mask) -> Option<Self> {
        let count = image.geometry.voxel_count();
        if image.geometry.size != mask.geometry.size
            || image.values.len() != count
            || mask.inside.len() != count
        {
            return None;
        }
        Place::new(mask, mask.bounding_box()?)?.in_image(image, [0; 3])
    }

    /// Volume of one voxel in mm³.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        self.spacing.iter().product()
    }
}

/// Where a region lies on a grid: its bounding box, and which voxels of the box belong to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) bounds: BoundingBox,
    /// Whether each voxel of the box belongs to the region; x runs fastest.
    inside: Vec<bool>,
    pub(crate) voxels: usize,
}

impl Place {
    /// The voxels of `mask` within `bounds`; `None` where there are none, or the box lies outside.
    pub(crate) fn new(mask: &Mask, bounds: BoundingBox) -> Option<Self> {
        let mut inside = Vec::with_capacity(bounds.size().iter().product());
        for line in lines(bounds, [0; 3], mask.geometry.size)? {
            inside.extend_from_slice(mask.inside.get(line)?);
        }
        let voxels = inside.iter().filter(|&&inside| inside).count();
        (voxels > 0).then_some(Self {
            bounds,
            inside,
            voxels,
        })
    }

    /// The region with the values of an image whose first voxel is the grid's voxel `first`;
    /// `None` where the image does not cover the box.
    pub(crate) fn in_image(&self, image: &Image, first: [usize; 3]) -> Option<Region> {
        let mut values = Vec::with_capacity(self.voxels);
        let size = self.bounds.size();
        let rows = self.inside.chunks_exact(size[0]);
        for (line, row) in lines(self.bounds, first, image.geometry.size)?.zip(rows) {
            let found = image.values.get(line)?.iter().zip(row);
            values.extend(found.filter(|(_, inside)| **inside).map(|(value, _)| value));
        }
        Some(Region {
            size,
            spacing: image.geometry.spacing,
            pixel_type: image.pixel_type,
            inside: self.inside.clone(),
            values,
        })
    }

    /// The region without values, on a grid of unit spacing.
    pub(crate) fn without_values(&self) -> Region {
        Region {
            size: self.bounds.size(),
            spacing: [1.0; 3],
            pixel_type: PixelType::U8,
            inside: self.inside.clone(),
            values: Vec::new(),
        }
    }

    /// Sets the region's voxels in a mask of the whole grid.
    pub(crate) fn mark(&self, inside: &mut [bool], grid: [usize; 3]) {
        let rows = self.inside.chunks_exact(self.bounds.size()[0]);
        for (line, row) in lines(self.bounds, [0; 3], grid)
            .into_iter()
            .flatten()
            .zip(rows)
        {
            for (target, &own) in inside.get_mut(line).into_iter().flatten().zip(row) {
                *target |= own;
            }
        }
    }
}

/// Where the lines along x of a box lie in memory, on a grid of `size` that begins at `first`.
fn lines(
    bounds: BoundingBox,
    first: [usize; 3],
    size: [usize; 3],
) -> Option<impl Iterator<Item = std::ops::Range<usize>>> {
    let (lower, upper) = (bounds.lower, bounds.upper);
    let fits = (0..3).all(|axis| {
        first[axis] <= lower[axis]
            && lower[axis] <= upper[axis]
            && upper[axis] - first[axis] < size[axis]
    });
    if !fits {
        return None;
    }
    let [x, y, z] =
        std::array::from_fn(|axis| lower[axis] - first[axis]..=upper[axis] - first[axis]);
    let (start, width) = (*x.start(), x.end() - x.start() + 1);
    Some(z.flat_map(move |z| {
        y.clone().map(move |y| {
            let start = (z * size[1] + y) * size[0] + start;
            start..start + width
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use radiome_image::Geometry;

    #[test]
    fn a_place_finds_its_values_in_the_whole_image_and_in_a_crop() {
        let geometry = Geometry::axis_aligned([4, 3, 3], [1.0; 3]);
        let image = Image {
            values: (0..36).map(f64::from).collect(),
            pixel_type: PixelType::F32,
            geometry: geometry.clone(),
        };
        let mut inside = vec![false; 36];
        for offset in [5, 6, 17, 18, 30] {
            inside[offset] = true;
        }
        let mask = Mask { geometry, inside };
        let bounds = mask.bounding_box().unwrap();
        let place = Place::new(&mask, bounds).unwrap();
        let whole = place.in_image(&image, [0; 3]).unwrap();
        assert_eq!(whole.values, [5.0, 6.0, 17.0, 18.0, 30.0]);
        assert_eq!(Some(&whole), Region::new(&image, &mask).as_ref());
        // The same values in an image that begins at (1, 1, 0) and is 2 x 2 x 3.
        let values = [5, 6, 9, 10, 17, 18, 21, 22, 29, 30, 33, 34];
        let crop = Image {
            geometry: Geometry::axis_aligned([2, 2, 3], [1.0; 3]),
            pixel_type: PixelType::F32,
            values: values.map(f64::from).to_vec(),
        };
        assert_eq!(place.in_image(&crop, [1, 1, 0]), Some(whole));
        assert_eq!(place.in_image(&crop, [2, 1, 0]), None);
        let mut marked = vec![false; 36];
        place.mark(&mut marked, [4, 3, 3]);
        assert_eq!(marked, mask.inside);
    }
}
