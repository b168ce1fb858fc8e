//! Runs of equal grey levels in a kernel, counted as it slides.
//!
//! A run along a line across the planes that leave and enter grows and shrinks by one voxel; one
//! within such a plane comes and goes. Both are whole numbers, the same wherever the kernel comes
//! from.

use super::kernel::{Kernel, Lines, SlidingGrid};

/// A voxel's place after the kernel's corner, and how many steps from it stay in the kernel.
type Start = (u32, u32);

/// The lines of one direction through a kernel, by places after its corner.
pub(super) struct SlidingLines {
    /// From voxel to voxel, along x or within a plane across it.
    stride: isize,
    across: bool,
    /// All lines.
    lines: Vec<Start>,
    /// The voxels of the first plane and the lines ahead of them; where lines do not leave the
    /// plane, its lines.
    leaving: Vec<Start>,
    /// The same of the last plane, and the lines behind.
    entering: Vec<Start>,
}

impl SlidingLines {
    pub(super) fn new(lines: &Lines, kernel: &Kernel, grid: &SlidingGrid) -> Self {
        let [width, height, depth] = kernel.size;
        let upwards = grid.stride(lines.step);
        // Ahead is where x grows.
        let (step, stride) = match lines.step[0] < 0 {
            true => (lines.step.map(|step| -step), -upwards),
            false => (lines.step, upwards),
        };
        let place = |at: [usize; 3]| grid.after_corner((at[2] * height + at[1]) * width + at[0]);
        let mut all = Vec::new();
        let (mut leaving, mut entering) = (Vec::new(), Vec::new());
        let across = step[0] != 0;
        let on_grid = |start: u32| grid.after_corner(start as usize) as u32;
        for &(start, length) in &lines.starts {
            let steps = length - 1;
            all.push((on_grid(start), steps));
            let column = start as usize % width;
            if !across && column == 0 {
                leaving.push((on_grid(start), steps));
            }
            if !across && column + 1 == width {
                entering.push((on_grid(start), steps));
            }
        }
        if across {
            for z in 0..depth {
                for y in 0..height {
                    let room = |axis: usize, at: usize, step: i32| match step {
                        0 => usize::MAX,
                        1.. => kernel.size[axis] - 1 - at,
                        _ => at,
                    };
                    let steps = |sign: i32| {
                        let beside = room(1, y, sign * step[1]).min(room(2, z, sign * step[2]));
                        beside.min(width - 1) as u32
                    };
                    leaving.push((place([0, y, z]) as u32, steps(1)));
                    entering.push((place([width - 1, y, z]) as u32, steps(-1)));
                }
            }
        }
        Self {
            stride,
            across,
            lines: all,
            leaving,
            entering,
        }
    }
}

/// Number of voxels from a place on, along a line, that have its level.
#[inline]
fn run_length(cells: &[u16], place: usize, steps: u32, stride: isize) -> usize {
    let number = cells[place];
    let (mut at, mut run) = (place, 1);
    for _ in 0..steps {
        at = at.wrapping_add_signed(stride);
        if cells[at] != number {
            break;
        }
        run += 1;
    }
    run
}

/// The runs along one direction in a kernel.
#[derive(Clone, Debug)]
pub(super) struct RunCounts {
    /// Number of runs of each number and length, a number's lengths together.
    counts: Vec<u32>,
    longest: usize,
    /// Runs of two and more voxels.
    long: usize,
}

impl RunCounts {
    pub(super) fn new(levels: usize, longest: usize) -> Self {
        Self {
            counts: vec![0; (levels + 1) * longest],
            longest,
            long: 0,
        }
    }

    /// The runs of a number: how many of one voxel, two, and so on.
    pub(super) fn of(&self, number: usize) -> &[u32] {
        let start = number * self.longest;
        let end = start + self.longest;
        self.counts.get(start..end).unwrap_or_default()
    }

    #[inline]
    fn add(&mut self, number: u16, run: usize) {
        self.counts[usize::from(number) * self.longest + run - 1] += 1;
        self.long += usize::from(run > 1);
    }

    #[inline]
    fn remove(&mut self, number: u16, run: usize) {
        self.counts[usize::from(number) * self.longest + run - 1] -= 1;
        self.long -= usize::from(run > 1);
    }

    /// Counts the runs of the kernel at `corner`.
    pub(super) fn count(&mut self, lines: &SlidingLines, grid: &SlidingGrid, corner: usize) {
        self.counts.fill(0);
        self.long = 0;
        let cells = grid.from(corner);
        each_run(cells, &lines.lines, lines.upwards(), |number, run| {
            self.add(number, run);
        });
    }

    /// Goes on from the kernel before `corner` to that at it.
    pub(super) fn slide(&mut self, lines: &SlidingLines, grid: &SlidingGrid, corner: usize) {
        let (old, cells) = (grid.from(corner - 1), grid.from(corner));
        if !lines.across {
            each_run(old, &lines.leaving, lines.stride, |number, run| {
                self.remove(number, run);
            });
            each_run(cells, &lines.entering, lines.stride, |number, run| {
                self.add(number, run);
            });
            return;
        }
        for &(place, steps) in &lines.leaving {
            let number = old[place as usize];
            if number != 0 {
                let run = run_length(old, place as usize, steps, lines.stride);
                self.remove(number, run);
                if run > 1 {
                    self.add(number, run - 1);
                }
            }
        }
        for &(place, steps) in &lines.entering {
            let number = cells[place as usize];
            if number != 0 {
                let run = run_length(cells, place as usize, steps, -lines.stride);
                if run > 1 {
                    self.remove(number, run - 1);
                }
                self.add(number, run);
            }
        }
    }

    /// Whether no line holds two of the kernel's `voxels` that count.
    pub(super) fn lonely(
        &self,
        lines: &SlidingLines,
        grid: &SlidingGrid,
        corner: usize,
        voxels: usize,
    ) -> bool {
        if self.long > 0 || voxels > lines.lines.len() {
            return false;
        }
        let (cells, stride) = (grid.from(corner), lines.upwards());
        lines.lines.iter().all(|&(start, steps)| {
            let line = places(start, steps, stride);
            line.filter(|&place| cells[place] != 0).take(2).count() < 2
        })
    }
}

impl SlidingLines {
    /// From voxel to voxel of a whole line, which starts at its lower place.
    fn upwards(&self) -> isize {
        self.stride.abs()
    }
}

/// The places of a line.
fn places(start: u32, steps: u32, stride: isize) -> impl Iterator<Item = usize> {
    (0..=steps as isize).map(move |n| (start as usize).wrapping_add_signed(n * stride))
}

/// Gives the number and length of every run along some lines to `take`.
#[inline]
fn each_run(cells: &[u16], lines: &[Start], stride: isize, mut take: impl FnMut(u16, usize)) {
    for &(start, steps) in lines {
        let (mut number, mut run) = (0, 0);
        for place in places(start, steps, stride) {
            let next = cells[place];
            if next == number {
                run += 1;
                continue;
            }
            if number != 0 {
                take(number, run);
            }
            (number, run) = (next, 1);
        }
        if number != 0 {
            take(number, run);
        }
    }
}
