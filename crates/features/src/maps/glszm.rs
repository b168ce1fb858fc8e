//! Size zone features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::LevelBySize;

/// What the size zone features of all kernels are computed from.
pub(super) struct GlszmMaps<'a> {
    grid: &'a SlidingGrid,
    pairs: Vec<Pairs>,
    features: Vec<&'static Feature<LevelBySize>>,
}

impl<'a> GlszmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<LevelBySize>>,
    ) -> Self {
        Self {
            grid,
            pairs: kernel.pairs(&plan.neighbourhood.direct()),
            features,
        }
    }
}

/// Room for one kernel.
#[derive(Default)]
pub(super) struct Room {
    window: Vec<u16>,
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
        for pairs in &self.pairs {
            for &first in &pairs.firsts {
                let second = first + pairs.stride as u32;
                let level = room.window[first as usize];
                if level != 0 && level == room.window[second as usize] {
                    let a = leader(&mut room.leaders, first);
                    let b = leader(&mut room.leaders, second);
                    room.leaders[a.max(b) as usize] = a.min(b);
                }
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
