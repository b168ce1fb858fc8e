//! The kernel around a voxel, and the grid over which it slides.

use crate::discretize::GrayLevels;
use crate::region::Region;
use crate::texture::{LevelGridError, Neighbourhood};

/// The pairs of neighbours in a kernel along one direction.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    /// The step (x, y, z) from the first voxel of a pair to the second.
    pub(super) step: [i32; 3],
    /// The same in places of the window; opposite directions are left out, so it is positive.
    pub(super) stride: usize,
    /// Places of the first voxels, ascending.
    pub(super) firsts: Vec<u32>,
}

/// The straight lines through a kernel along one direction.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// The step (x, y, z) from voxel to voxel.
    pub(super) step: [i32; 3],
    /// The same in places of the window.
    pub(super) stride: usize,
    /// Place of the first voxel and number of voxels of every line.
    pub(super) starts: Vec<(u32, u32)>,
}

/// A box of voxels whose middle is the voxel that gets the features.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// How far it reaches along each axis.
    pub(super) radius: [usize; 3],
    /// Number of voxels along each axis.
    pub(super) size: [usize; 3],
}

impl Kernel {
    /// A kernel of so many voxels to each side, flat where `neighbourhood` is, and no wider than
    /// it takes to see a whole image of `size` from every voxel.
    pub(super) fn new(radius: usize, neighbourhood: &Neighbourhood, size: [usize; 3]) -> Self {
        let radius: [usize; 3] = std::array::from_fn(|axis| {
            if neighbourhood.flat_axis == Some(axis) {
                0
            } else {
                radius.min(size[axis].saturating_sub(1))
            }
        });
        Self {
            radius,
            size: radius.map(|radius| 2 * radius + 1),
        }
    }

    /// The pairs along every direction of a neighbourhood. Both voxels lie in the kernel: a
    /// neighbour outside it does not count.
    pub(super) fn pairs(&self, neighbourhood: &Neighbourhood) -> Vec<Pairs> {
        let directions = neighbourhood.directions(self.size);
        directions
            .into_iter()
            .map(|step| self.along(step))
            .collect()
    }

    fn stride(&self, step: [i32; 3]) -> usize {
        let [width, height, _] = self.size;
        let along = (step[2] as isize * height as isize + step[1] as isize) * width as isize;
        (along + step[0] as isize).unsigned_abs()
    }

    fn along(&self, step: [i32; 3]) -> Pairs {
        let [width, height, _] = self.size;
        // Where a first voxel may lie along an axis so that the second is inside too.
        let range = |axis: usize| {
            let length = step[axis].unsigned_abs() as usize;
            let room = self.size[axis].saturating_sub(length);
            if step[axis] < 0 {
                length..length + room
            } else {
                0..room
            }
        };
        let mut firsts = Vec::new();
        for z in range(2) {
            for y in range(1) {
                let line = (z * height + y) * width;
                firsts.extend(range(0).map(|x| (line + x) as u32));
            }
        }
        Pairs {
            step,
            stride: self.stride(step),
            firsts,
        }
    }

    /// The straight lines of direct neighbours through the kernel along every direction that
    /// `neighbourhood` allows.
    pub(super) fn lines(&self, neighbourhood: &Neighbourhood) -> Vec<Lines> {
        let directions = neighbourhood.direct().directions(self.size);
        let lines = directions.into_iter().map(|step| {
            let [width, height, depth] = self.size;
            let mut starts = Vec::new();
            for z in 0..depth {
                for y in 0..height {
                    for x in 0..width {
                        let at = [x, y, z];
                        // How many more steps stay inside along each axis.
                        let ahead = |axis: usize| match step[axis] {
                            0 => usize::MAX,
                            1.. => self.size[axis] - 1 - at[axis],
                            _ => at[axis],
                        };
                        let starts_here = (0..3).any(|axis| match step[axis] {
                            0 => false,
                            1.. => at[axis] == 0,
                            _ => at[axis] + 1 == self.size[axis],
                        });
                        if starts_here {
                            let steps = ahead(0).min(ahead(1)).min(ahead(2));
                            let start = (z * height + y) * width + x;
                            starts.push((start as u32, steps as u32 + 1));
                        }
                    }
                }
            }
            Lines {
                step,
                stride: self.stride(step),
                starts,
            }
        });
        lines.collect()
    }
}

/// The grey levels of an image, with a border that lets the kernel reach over its edge.
#[derive(Clone, Debug)]
pub(super) struct SlidingGrid {
    /// Number of each voxel's level, from 1; 0 does not count. x runs fastest.
    cells: Vec<u16>,
    /// Places in `cells` between lines and between slices.
    strides: [usize; 2],
    size: [usize; 3],
    /// Size of the kernel.
    window: [usize; 3],
    radius: [usize; 3],
    /// The grey level that each number stands for; entry 0 belongs to number 1.
    gray_levels: Vec<u32>,
}

impl SlidingGrid {
    /// Lays out the grey levels of the voxels of `region` that count.
    pub(super) fn new(
        region: &Region,
        levels: &GrayLevels,
        kernel: &Kernel,
    ) -> Result<Self, LevelGridError> {
        let (gray_levels, numbers) = numbered(levels)?;
        let voxels = region.inside.iter().filter(|&&inside| inside).count();
        if voxels != levels.levels.len() {
            return Err(LevelGridError::Mismatch {
                levels: levels.levels.len(),
                voxels,
            });
        }
        let mut grid = Self {
            cells: Vec::new(),
            strides: [0; 2],
            size: region.size,
            window: kernel.size,
            radius: kernel.radius,
            gray_levels,
        };
        let padded: [usize; 3] =
            std::array::from_fn(|axis| region.size[axis] + 2 * kernel.radius[axis]);
        grid.strides = [padded[0], padded[0] * padded[1]];
        grid.cells = vec![0; padded.iter().product()];
        let mut next = levels.levels.iter();
        for (offset, _) in region
            .inside
            .iter()
            .enumerate()
            .filter(|(_, inside)| **inside)
        {
            let middle = grid.middle(offset);
            let number = next
                .next()
                .and_then(|&level| numbers.get((level as usize).wrapping_sub(1)));
            if let (Some(cell), Some(&number)) = (grid.cells.get_mut(middle), number) {
                *cell = number;
            }
        }
        Ok(grid)
    }

    /// The grey levels that occur, ascending.
    pub(super) fn gray_levels(&self) -> &[u32] {
        &self.gray_levels
    }

    /// Number of places, border and all.
    pub(super) fn place_count(&self) -> usize {
        self.cells.len()
    }

    /// The place of a voxel of the image.
    pub(super) fn middle(&self, offset: usize) -> usize {
        self.corner(offset)
            + self.radius[0]
            + self.radius[1] * self.strides[0]
            + self.radius[2] * self.strides[1]
    }

    /// The place of the first voxel of the kernel around a voxel of the image.
    pub(super) fn corner(&self, offset: usize) -> usize {
        let [width, height, _] = self.size.map(|size| size.max(1));
        let line = offset / width;
        offset % width + line % height * self.strides[0] + line / height * self.strides[1]
    }

    /// The places of the kernel's lines, each the start of so many voxels, from its corner on.
    pub(super) fn lines(&self, corner: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let [width, height, depth] = self.window;
        let [line, slice] = self.strides;
        (0..depth).flat_map(move |z| {
            (0..height).map(move |y| {
                let start = corner + y * line + z * slice;
                start..start + width
            })
        })
    }

    /// Where a place of the kernel's window lies after the kernel's corner.
    pub(super) fn after_corner(&self, place: usize) -> usize {
        let [width, height, _] = self.window;
        let line = place / width;
        place % width + line % height * self.strides[0] + line / height * self.strides[1]
    }

    /// From a voxel's place to that a step further.
    pub(super) fn stride(&self, step: [i32; 3]) -> isize {
        let [line, slice] = self.strides.map(|stride| stride as isize);
        step[0] as isize + step[1] as isize * line + step[2] as isize * slice
    }

    /// Whether counts are to slide with the kernel as it moves on by a voxel along x. Of three planes
    /// nearly all voxels get or lose a neighbour: such a kernel is counted anew.
    pub(super) fn slides(&self) -> bool {
        self.window[0] >= 5
    }

    /// The same where each voxel counts with its neighbours: of the planes that stay, the first and the
    /// last change too, so that counts of fewer than nine planes are sooner made anew (measured).
    pub(super) fn slides_with_neighbours(&self) -> bool {
        self.window[0] >= 9
    }

    /// The level numbers from a corner on.
    pub(super) fn from(&self, corner: usize) -> &[u16] {
        self.cells.get(corner..).unwrap_or_default()
    }

    /// Gives the level number of every voxel of the kernel whose corner is given to `take`.
    pub(super) fn each(&self, corner: usize, mut take: impl FnMut(u16)) {
        for line in self.lines(corner) {
            let line = self.cells.get(line).unwrap_or_default();
            line.iter().for_each(|&number| take(number));
        }
    }

    /// The same of the voxels that are no longer in the kernel when it moves on by one along x.
    pub(super) fn each_leaving(&self, corner: usize, mut take: impl FnMut(u16)) {
        for line in self.lines(corner) {
            take(self.cells.get(line.start).copied().unwrap_or(0));
        }
    }

    /// The same of the voxels that were not in the kernel before it moved on to this corner.
    pub(super) fn each_entering(&self, corner: usize, mut take: impl FnMut(u16)) {
        for line in self.lines(corner) {
            let last = line.end - 1;
            take(self.cells.get(last).copied().unwrap_or(0));
        }
    }

    /// Copies the level numbers in the kernel whose corner is given.
    pub(super) fn look(&self, corner: usize, window: &mut Vec<u16>) {
        window.clear();
        for line in self.lines(corner) {
            window.extend_from_slice(self.cells.get(line).unwrap_or_default());
        }
    }
}

/// The grey levels that occur, and the number from 1 of each grey level (0 where it does not).
fn numbered(levels: &GrayLevels) -> Result<(Vec<u32>, Vec<u16>), LevelGridError> {
    let mut gray_levels = Vec::new();
    let mut numbers = Vec::with_capacity(levels.counts.len());
    for (level, &count) in (1..).zip(&levels.counts) {
        if count > 0 {
            gray_levels.push(level);
        }
        numbers.push(if count > 0 {
            gray_levels.len() as u16
        } else {
            0
        });
    }
    let limit = usize::from(u16::MAX);
    if gray_levels.len() > limit {
        let found = gray_levels.len();
        return Err(LevelGridError::TooManyLevels { found, limit });
    }
    Ok((gray_levels, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_stay_in_the_kernel() {
        let kernel = Kernel::new(1, &Neighbourhood::default(), [9; 3]);
        let pairs = kernel.pairs(&Neighbourhood::default());
        // 3 axes of 18 pairs, 6 diagonals of faces of 12, 4 of the box of 8.
        let mut counts: Vec<usize> = pairs.iter().map(|pairs| pairs.firsts.len()).collect();
        counts.sort_unstable();
        assert_eq!(counts, [8, 8, 8, 8, 12, 12, 12, 12, 12, 12, 18, 18, 18]);
        for Pairs {
            step,
            stride,
            firsts,
        } in &pairs
        {
            for &first in firsts {
                let [a, b] = [first as usize, first as usize + stride]
                    .map(|place| [place % 3, place / 3 % 3, place / 9].map(|at| at as i32));
                assert_eq!([b[0] - a[0], b[1] - a[1], b[2] - a[2]], *step);
            }
        }
    }

    #[test]
    fn lines_cover_the_kernel_once() {
        let kernel = Kernel::new(2, &Neighbourhood::default(), [9, 9, 2]);
        for Lines { stride, starts, .. } in kernel.lines(&Neighbourhood::default()) {
            let mut places: Vec<usize> = starts
                .iter()
                .flat_map(|&(start, length)| {
                    (0..length as usize).map(move |n| start as usize + n * stride)
                })
                .collect();
            places.sort_unstable();
            assert!(places.into_iter().eq(0..75));
        }
    }

    #[test]
    fn kernels_are_flat_and_no_wider_than_the_image() {
        let flat = Neighbourhood {
            distances: vec![1, 2],
            flat_axis: Some(2),
        };
        let kernel = Kernel::new(4, &flat, [3, 20, 20]);
        assert_eq!((kernel.radius, kernel.size), ([2, 4, 0], [5, 9, 1]));
        assert!(kernel.pairs(&flat).iter().all(|pairs| pairs.step[2] == 0));
    }
}
