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
        let mut region = Self::of_mask(mask)?;
        region.pixel_type = image.pixel_type;
        region.spacing = image.geometry.spacing;
        let values = mask
            .inside
            .iter()
            .zip(&image.values)
            .filter(|(inside, _)| **inside);
        region.values = values.map(|(_, &value)| value).collect();
        Some(region)
    }

    /// The bounding box of `mask`, without values.
    pub(crate) fn of_mask(mask: &Mask) -> Option<Self> {
        let bounds = mask.bounding_box()?;
        let (low, high, size) = (bounds.lower, bounds.upper, bounds.size());
        let mut inside = Vec::with_capacity(size.iter().product());
        for z in low[2]..=high[2] {
            for y in low[1]..=high[1] {
                let start = mask.geometry.offset([low[0], y, z]);
                inside.extend_from_slice(mask.inside.get(start..start + size[0])?);
            }
        }
        Some(Self {
            size,
            spacing: mask.geometry.spacing,
            pixel_type: PixelType::U8,
            inside,
            values: Vec::new(),
        })
    }

    /// Volume of one voxel in mm³.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        self.spacing.iter().product()
    }
}
