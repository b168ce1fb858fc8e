//! The part of an image from which features are computed.

use radiome_image::{Image, Mask, PixelType};

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
        let bounds = mask.bounding_box()?;
        let (low, high, size) = (bounds.lower, bounds.upper, bounds.size());
        let mut inside = Vec::with_capacity(size.iter().product());
        let mut values = Vec::new();
        for z in low[2]..=high[2] {
            for y in low[1]..=high[1] {
                let start = image.geometry.offset([low[0], y, z]);
                let row = start..start + size[0];
                let (Some(row_mask), Some(row_values)) =
                    (mask.inside.get(row.clone()), image.values.get(row))
                else {
                    return None;
                };
                inside.extend_from_slice(row_mask);
                let kept = row_mask
                    .iter()
                    .zip(row_values)
                    .filter(|(inside, _)| **inside);
                values.extend(kept.map(|(_, value)| value));
            }
        }
        Some(Self {
            size,
            spacing: image.geometry.spacing,
            pixel_type: image.pixel_type,
            inside,
            values,
        })
    }

    /// Volume of one voxel in mm³.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        self.spacing.iter().product()
    }
}
