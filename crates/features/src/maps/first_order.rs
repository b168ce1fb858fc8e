//! First-order features of kernels.

use radiome_image::PixelType;

use super::engine::AroundVoxel;
use super::kernel::{Kernel, SlidingGrid};
use super::{MapError, PreparedImage};
use crate::catalogue::Feature;
use crate::discretize::discretize;
use crate::first_order::FirstOrder;
use crate::settings::ImagePlan;

/// What the first-order features of all kernels are computed from.
pub(super) struct FirstOrderMaps<'a> {
    grid: SlidingGrid,
    /// The values at the places of the grid.
    values: Vec<f64>,
    plan: &'a ImagePlan,
    voxel_volume: f64,
    features: Vec<&'static Feature<FirstOrder>>,
}

impl<'a> FirstOrderMaps<'a> {
    pub(super) fn new(
        image: &PreparedImage<'_>,
        plan: &'a ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<FirstOrder>>,
    ) -> Result<Self, MapError> {
        // PyRadiomics turns values to 64 bits before it bins them here, not for the matrices.
        let levels = discretize(&image.region.values, PixelType::F64, plan.binning)?;
        let grid = SlidingGrid::new(image.region, &levels, kernel)?;
        let mut values = vec![0.0; grid.place_count()];
        let inside = image.region.inside.iter().enumerate();
        let offsets = inside
            .filter(|(_, inside)| **inside)
            .map(|(offset, _)| offset);
        for (offset, &value) in offsets.zip(&image.region.values) {
            if let Some(place) = values.get_mut(grid.middle(offset)) {
                *place = value;
            }
        }
        Ok(Self {
            grid,
            values,
            plan,
            voxel_volume: image.region.voxel_volume(),
            features,
        })
    }
}

/// Room for one kernel.
#[derive(Default)]
pub(super) struct Room {
    window: Vec<u16>,
    values: Vec<f64>,
    prepared: FirstOrder,
}

impl AroundVoxel for FirstOrderMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room::default()
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.values.clear();
        let mut window = room.window.as_slice();
        for line in self.grid.lines(corner) {
            let values = self.values.get(line).unwrap_or_default();
            let (levels, rest) = window.split_at(values.len().min(window.len()));
            let inside = levels.iter().zip(values).filter(|(n, _)| **n != 0);
            room.values.extend(inside.map(|(_, &value)| value));
            window = rest;
        }
        room.values.sort_unstable_by(f64::total_cmp);
        room.window.sort_unstable();
        let levels = room.window.chunk_by(|a, b| a == b);
        let counts = levels.filter(|same| same.first() != Some(&0));
        let counts = counts.map(<[u16]>::len);
        let (shift, volume) = (self.plan.shift, self.voxel_volume);
        room.prepared
            .fill_sorted(&room.values, counts, shift, volume);
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.prepared);
        }
    }
}
