//! Size zone features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, SlidingGrid};
use super::links::{AHEAD, Links};
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::LevelBySize;

/// What the size zone features of all kernels are computed from.
pub(super) struct GlszmMaps<'a> {
    grid: &'a SlidingGrid,
    /// The neighbours of equal level of every voxel.
    links: Option<Links>,
    /// From a voxel of the window to its neighbour ahead along each direction.
    strides: Vec<u32>,
    features: Vec<&'static Feature<LevelBySize>>,
}

impl<'a> GlszmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<LevelBySize>>,
    ) -> Self {
        let pairs = kernel.pairs(&plan.neighbourhood.direct());
        Self {
            grid,
            links: Links::new(grid, kernel, &pairs, |a, b| a == b),
            strides: pairs.iter().map(|pairs| pairs.stride as u32).collect(),
            features,
        }
    }
}

/// Room for one kernel.
#[derive(Default)]
pub(super) struct Room {
    window: Vec<u16>,
    links: Vec<u32>,
    /// For every voxel a voxel of its zone with no higher place; the zone's first leads to itself.
    leaders: Vec<u32>,
    sizes: Vec<u32>,
    /// Level number and size of every zone.
    zones: Vec<(u16, u32)>,
    matrix: LevelBySize,
}

/// The first voxel of a voxel's zone, as far as zones are joined; shortens the way on the way.
fn leader(leaders: &mut [u32], mut voxel: u32) -> u32 {
    while leaders[voxel as usize] != voxel {
        let next = leaders[leaders[voxel as usize] as usize];
        leaders[voxel as usize] = next;
        voxel = next;
    }
    voxel
}

impl AroundVoxel for GlszmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room::default()
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.leaders.clear();
        room.leaders.extend(0..room.window.len() as u32);
        if let Some(links) = &self.links {
            links.look(self.grid, corner, &mut room.links);
        }
        for (first, links) in (0_u32..).zip(&room.links) {
            let mut rest = links & AHEAD;
            while rest != 0 {
                let stride = self.strides[rest.trailing_zeros() as usize];
                rest &= rest - 1;
                let a = leader(&mut room.leaders, first);
                let b = leader(&mut room.leaders, first + stride);
                room.leaders[a.max(b) as usize] = a.min(b);
            }
        }
        room.sizes.clear();
        room.sizes.resize(room.window.len(), 0);
        for voxel in 0..room.window.len() as u32 {
            let zone = leader(&mut room.leaders, voxel);
            room.sizes[zone as usize] += 1;
        }
        room.zones.clear();
        let zones = room.window.iter().zip(&room.sizes);
        let zones = zones.filter(|(number, size)| **number != 0 && **size != 0);
        room.zones
            .extend(zones.map(|(&number, &size)| (number, size)));
        room.zones.sort_unstable();
        let cells = room.zones.chunk_by(|a, b| a == b).map(|same| {
            let (number, size) = same[0];
            (
                self.grid.gray_levels()[usize::from(number) - 1],
                size as usize,
                same.len() as f64,
            )
        });
        room.matrix.fill_sorted(cells);
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.matrix);
        }
    }
}
