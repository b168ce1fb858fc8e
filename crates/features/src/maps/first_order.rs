//! First-order features of kernels.

use std::ops::Range;

use radiome_image::PixelType;

use super::engine::AroundVoxel;
use super::kernel::{Kernel, SlidingGrid};
use super::level_counts::LevelCounts;
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
pub(super) struct Room {
    /// Corner of the kernel whose values are sorted.
    corner: Option<usize>,
    levels: LevelCounts,
    /// The values in the kernel, ascending.
    sorted: Vec<f64>,
    /// Those that leave and enter, ascending, and where they are merged.
    leaving: Vec<f64>,
    entering: Vec<f64>,
    merged: Vec<f64>,
    prepared: FirstOrder,
}

/// Takes some values out of others and puts some in; all ascend, and those to be taken out are there.
fn merge(sorted: &[f64], leaving: &[f64], entering: &[f64], merged: &mut Vec<f64>) {
    merged.clear();
    let mut leaving = leaving.iter().peekable();
    let mut entering = entering.iter().copied().peekable();
    for &value in sorted {
        while let Some(new) = entering.next_if(|new| new.total_cmp(&value).is_lt()) {
            merged.push(new);
        }
        let same = |old: &&f64| old.total_cmp(&value).is_eq();
        if leaving.next_if(same).is_none() {
            merged.push(value);
        }
    }
    merged.extend(entering);
}

impl AroundVoxel for FirstOrderMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            corner: None,
            levels: LevelCounts::new(self.grid.gray_levels().len()),
            sorted: Vec::new(),
            leaving: Vec::new(),
            entering: Vec::new(),
            merged: Vec::new(),
            prepared: FirstOrder::default(),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        let before = room.corner.replace(corner);
        let near = before.filter(|before| before + 1 == corner && self.grid.slides());
        if let Some(before) = near {
            self.grid
                .each_leaving(before, |number| room.levels.remove(number));
            self.grid
                .each_entering(corner, |number| room.levels.add(number));
            let first = |line: Range<usize>| line.start..line.start + 1;
            let last = |line: Range<usize>| line.end - 1..line.end;
            self.sort(before, first, &mut room.leaving);
            self.sort(corner, last, &mut room.entering);
            let (leaving, entering) = (&room.leaving, &room.entering);
            merge(&room.sorted, leaving, entering, &mut room.merged);
            std::mem::swap(&mut room.sorted, &mut room.merged);
        } else {
            room.levels.clear();
            self.grid.each(corner, |number| room.levels.add(number));
            self.sort(corner, |line| line, &mut room.sorted);
        }
        let counts = room.levels.occupied().map(|(_, count)| count as usize);
        let (shift, volume) = (self.plan.shift, self.voxel_volume);
        room.prepared
            .fill_sorted(&room.sorted, counts, shift, volume);
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.prepared);
        }
    }
}

impl FirstOrderMaps<'_> {
    /// Lists the values that count in a part of each line of the kernel at `corner`, ascending.
    fn sort(
        &self,
        corner: usize,
        part: impl Fn(Range<usize>) -> Range<usize>,
        sorted: &mut Vec<f64>,
    ) {
        sorted.clear();
        let cells = self.grid.from(0);
        for line in self.grid.lines(corner).map(part) {
            let values = self.values.get(line.clone()).unwrap_or_default();
            let numbers = cells.get(line).unwrap_or_default();
            let inside = numbers.iter().zip(values).filter(|(n, _)| **n != 0);
            sorted.extend(inside.map(|(_, &value)| value));
        }
        sorted.sort_unstable_by(f64::total_cmp);
    }
}
