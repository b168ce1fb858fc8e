//! Tone difference features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::ngtdm::ToneDifference;

/// What the tone difference features of all kernels are computed from.
pub(super) struct NgtdmMaps<'a> {
    grid: &'a SlidingGrid,
    /// Pairs of neighbours that are not direct ones.
    pairs: Option<Vec<Pairs>>,
    size: [usize; 3],
    features: Vec<&'static Feature<ToneDifference>>,
}

impl<'a> NgtdmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<ToneDifference>>,
    ) -> Self {
        let neighbourhood = &plan.neighbourhood;
        let direct = *neighbourhood == neighbourhood.direct();
        Self {
            grid,
            pairs: (!direct).then(|| kernel.pairs(neighbourhood)),
            size: kernel.size,
            features,
        }
    }
}

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    /// Sum of the neighbours' levels and their number, for every voxel of the kernel.
    neighbours: Vec<(u64, u32)>,
    /// Level and number of voxels at every place, and sums of both along axes.
    packed: [Vec<u64>; 3],
    /// Number of voxels and sum of differences of every level.
    tones: Vec<(u32, f64)>,
    matrix: ToneDifference,
}

/// Bits that hold the number of voxels beside a sum of their levels: up to 27 voxels.
const COUNT_BITS: u32 = 5;

/// Adds to every place of a box those beside it, one axis after the other: then each holds the sum
/// over all places around it, its own among them, that lie in the box.
fn add_beside(sums: &mut [u64], room: &mut Vec<u64>, [width, height, depth]: [usize; 3]) {
    for (count, stride) in [(width, 1), (height, width), (depth, width * height)] {
        if count < 2 {
            continue;
        }
        room.clear();
        room.extend_from_slice(sums);
        let lines = room.chunks_exact(count * stride);
        for (sums, own) in sums.chunks_exact_mut(count * stride).zip(lines) {
            for (sum, before) in sums.iter_mut().skip(stride).zip(own) {
                *sum += before;
            }
            for (sum, after) in sums.iter_mut().zip(own.iter().skip(stride)) {
                *sum += after;
            }
        }
    }
}

/// Adds the levels of neighbours, and counts them, pair by pair.
fn add_pairs(
    window: &[u16],
    directions: &[Pairs],
    level: impl Fn(u16) -> u64,
    neighbours: &mut Vec<(u64, u32)>,
) {
    neighbours.resize(window.len(), (0, 0));
    for pairs in directions {
        for &first in &pairs.firsts {
            let (first, second) = (first as usize, first as usize + pairs.stride);
            let (a, b) = (window[first], window[second]);
            if a != 0 && b != 0 {
                neighbours[first].0 += level(b);
                neighbours[first].1 += 1;
                neighbours[second].0 += level(a);
                neighbours[second].1 += 1;
            }
        }
    }
}

impl AroundVoxel for NgtdmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::new(self.grid.gray_levels().len()),
            neighbours: Vec::new(),
            packed: Default::default(),
            tones: Vec::new(),
            matrix: ToneDifference::default(),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.palette
            .renumber(&mut room.window, self.grid.gray_levels());
        let levels = room.palette.levels();
        let level = |number: u16| u64::from(levels[usize::from(number) - 1]);
        room.neighbours.clear();
        match &self.pairs {
            None => {
                let [packed, sums, between] = &mut room.packed;
                packed.clear();
                let numbers = room.window.iter();
                packed.extend(numbers.map(|&number| match number {
                    0 => 0,
                    _ => level(number) << COUNT_BITS | 1,
                }));
                sums.clone_from(packed);
                add_beside(sums, between, self.size);
                let others = sums.iter().zip(packed).map(|(sum, own)| *sum - *own);
                let others = others.map(|sum| (sum >> COUNT_BITS, sum as u32 % (1 << COUNT_BITS)));
                room.neighbours.extend(others);
            }
            Some(pairs) => add_pairs(&room.window, pairs, level, &mut room.neighbours),
        }
        room.tones.clear();
        room.tones.resize(levels.len(), (0, 0.0));
        let mut voxels = 0;
        for (&number, &(sum, count)) in room.window.iter().zip(&room.neighbours) {
            if number == 0 {
                continue;
            }
            voxels += 1;
            let tone = &mut room.tones[usize::from(number) - 1];
            tone.0 += 1;
            if count > 0 {
                let mean = sum as f64 / f64::from(count);
                tone.1 += (level(number) as f64 - mean).abs();
            }
        }
        let tones = levels.iter().zip(&room.tones);
        let tones = tones.map(|(&level, &(count, difference))| (level, count, difference));
        room.matrix.fill(tones, voxels);
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.matrix);
        }
    }
}
