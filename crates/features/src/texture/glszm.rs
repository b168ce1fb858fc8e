//! Grey level size zone matrix: how large the patches of one grey level are.
//!
//! A zone is a set of voxels of one grey level that touch by face, edge or corner (26 neighbours;
//! 8 in a plane). `distances` has no effect on zones.
//!
//! Where PyRadiomics departs from IBSI: grey levels are counted from the region's lowest bin, so
//! level-weighted features change with the binning's start; nothing else. PyRadiomics says "area"
//! where IBSI says "zone", in three dimensions too.

use super::equal_neighbours::{Shift, each_bit};
use super::{LevelBySize, LevelGrid, SizeCounts};
use crate::catalogue::Feature;

/// Counts the zones of every grey level and size.
#[must_use]
pub fn matrix(grid: &LevelGrid) -> LevelBySize {
    let levels = grid.gray_levels();
    let mut counts = SizeCounts::new(levels.len());
    for zone in zones(grid, 0, |size, _| *size += 1) {
        counts.add(zone.number, zone.measure);
    }
    let mut matrix = LevelBySize::default();
    counts.fill(levels, &mut matrix);
    matrix
}

/// A zone and something measured of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone<T> {
    /// Place of its first voxel in the cells.
    pub(crate) first: u32,
    /// The number of its level.
    pub(crate) number: u16,
    /// What was asked for: its size, its distance.
    pub(crate) measure: T,
}

/// All zones, in the order of their first voxels. The measure of each begins with `start`, and
/// `add` takes in one voxel after the other, by its place in the cells.
pub(crate) fn zones<T: Copy>(
    grid: &LevelGrid,
    start: T,
    add: impl FnMut(&mut T, usize),
) -> Vec<Zone<T>> {
    Zones::new(grid).measured(grid, start, add)
}

/// A forest over the cells of the grid: the voxels of a zone have one root, its first voxel.
struct Zones {
    /// The parent of every cell; a root is its own.
    parents: Vec<u32>,
}

impl Zones {
    /// Joins every voxel with its equal neighbours, leaving out pairs that others have joined:
    /// where a voxel equals a neighbour on the way to another, the pair of the two neighbours joins
    /// that one. So the steps along one axis come first, and a diagonal step counts only where no
    /// shorter step of its parts leads to an equal voxel.
    fn new(grid: &LevelGrid) -> Self {
        let equal = grid.equal_neighbours();
        let cells = grid.cells();
        let mut zones = Self {
            parents: vec![0; cells.len()],
        };
        let plane = |step: [i32; 3]| {
            let found = equal.directions.iter().position(|&d| d == step);
            found.map(|place| (equal.planes[place].as_slice(), equal.shifts[place]))
        };
        // Along x the root of a run is its first voxel: no search is needed.
        let along_x = plane([1, 0, 0]);
        for segment in grid.segments() {
            let mut root = segment.start;
            for place in segment.start..segment.start + segment.length {
                if place == segment.start || cells[place] != cells[place - 1] || along_x.is_none() {
                    root = place;
                }
                zones.parents[place] = root as u32;
            }
        }
        let steps: Vec<Step<'_>> = equal
            .directions
            .iter()
            .zip(&equal.strides)
            .filter(|(step, _)| **step != [1, 0, 0])
            .filter_map(|(&step, &stride)| {
                let (ahead, _) = plane(step)?;
                // A part that leads back is the plane of its opposite, seen from the other end.
                let shorter = parts(step).into_iter().filter_map(|part| {
                    let forth = plane(part).map(|(plane, _)| (plane, Shift::new(0)));
                    forth.or_else(|| plane(part.map(|along| -along)))
                });
                Some(Step {
                    ahead,
                    stride,
                    shorter: shorter.collect(),
                })
            })
            .collect();
        let one = Shift::new(1);
        // Word by word, so that the voxels that are joined lie close together in memory.
        for word in 0..equal.inside.len() {
            for step in &steps {
                let mut needed = step.ahead[word];
                for &(plane, shift) in &step.shorter {
                    if needed == 0 {
                        break;
                    }
                    needed &= !shift.behind(plane, word);
                }
                if let (Some((x, _)), true) = (along_x, needed != 0) {
                    // The pair one step before along x joins the same two runs.
                    needed &= !(one.behind(step.ahead, word) & one.behind(x, word));
                }
                each_bit(word, needed, |place| zones.join(place, place + step.stride));
            }
        }
        zones
    }

    fn root(&mut self, place: usize) -> u32 {
        let mut at = place as u32;
        loop {
            let parent = self.parents[at as usize];
            if parent == at {
                return at;
            }
            // Every second step of the path is cut short.
            let next = self.parents[parent as usize];
            self.parents[at as usize] = next;
            at = next;
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The earlier voxel stays root.
        self.parents[a.max(b) as usize] = a.min(b);
    }

    /// All zones, each with its measure.
    fn measured<T: Copy>(
        mut self,
        grid: &LevelGrid,
        start: T,
        mut add: impl FnMut(&mut T, usize),
    ) -> Vec<Zone<T>> {
        // A root precedes the voxels of its zone, so every parent is final when it is met: zones
        // are measured in one pass, at the roots.
        let mut zones: Vec<Zone<T>> = Vec::new();
        let cells = grid.cells();
        for place in grid.voxels() {
            let parent = self.parents[place] as usize;
            // From here on the parents of voxels that were passed hold the number of their zone.
            let zone = if parent == place {
                zones.push(Zone {
                    first: place as u32,
                    number: cells[place],
                    measure: start,
                });
                zones.len() as u32 - 1
            } else {
                self.parents[parent]
            };
            self.parents[place] = zone;
            add(&mut zones[zone as usize].measure, place);
        }
        zones
    }
}

/// A direction along which voxels are joined.
struct Step<'a> {
    /// The voxels that equal the one a step ahead.
    ahead: &'a [u64],
    stride: usize,
    /// Planes and how far back they are seen: the voxels that equal one on the way.
    shorter: Vec<(&'a [u64], Shift)>,
}

/// The steps that lead a part of the way of a diagonal step: along fewer of its axes.
fn parts(step: [i32; 3]) -> Vec<[i32; 3]> {
    let moving = step.iter().filter(|&&along| along != 0).count();
    let subsets = (1..7).map(|kept: u32| {
        std::array::from_fn(|axis| if kept >> axis & 1 == 1 { step[axis] } else { 0 })
    });
    let mut parts: Vec<[i32; 3]> = subsets
        .filter(|part: &[i32; 3]| {
            let moved = part.iter().filter(|&&along| along != 0).count();
            (1..moving).contains(&moved)
        })
        .collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The values of some features of a region.
#[must_use]
pub fn values(grid: &LevelGrid, features: &[&Feature<LevelBySize>]) -> Vec<f64> {
    let matrix = matrix(grid);
    features
        .iter()
        .map(|feature| (feature.value)(&matrix))
        .collect()
}

/// The size zone features, in PyRadiomics' order.
pub const FEATURES: &[Feature<LevelBySize>] = &[
    Feature::new(
        "GrayLevelNonUniformity",
        "JNSA",
        "unevenness of the zones over grey levels",
        LevelBySize::level_non_uniformity,
    ),
    Feature::new(
        "GrayLevelNonUniformityNormalized",
        "Y1RO",
        "the same over the number of zones",
        LevelBySize::level_non_uniformity_normalized,
    ),
    Feature::new(
        "GrayLevelVariance",
        "BYLV",
        "variance of the zones' grey levels",
        LevelBySize::level_variance,
    ),
    Feature::new(
        "HighGrayLevelZoneEmphasis",
        "5GN9",
        "weight on zones of high grey levels",
        LevelBySize::high_level,
    ),
    Feature::new(
        "LargeAreaEmphasis",
        "48P8",
        "weight on large zones",
        LevelBySize::large_size,
    ),
    Feature::new(
        "LargeAreaHighGrayLevelEmphasis",
        "J17V",
        "weight on large zones of high grey levels",
        LevelBySize::large_size_high_level,
    ),
    Feature::new(
        "LargeAreaLowGrayLevelEmphasis",
        "YH51",
        "weight on large zones of low grey levels",
        LevelBySize::large_size_low_level,
    ),
    Feature::new(
        "LowGrayLevelZoneEmphasis",
        "XMSY",
        "weight on zones of low grey levels",
        LevelBySize::low_level,
    ),
    Feature::new(
        "SizeZoneNonUniformity",
        "4JP3",
        "unevenness of the zones over sizes",
        LevelBySize::size_non_uniformity,
    ),
    Feature::new(
        "SizeZoneNonUniformityNormalized",
        "VB3A",
        "the same over the number of zones",
        LevelBySize::size_non_uniformity_normalized,
    ),
    Feature::new(
        "SmallAreaEmphasis",
        "5QRC",
        "weight on small zones",
        LevelBySize::small_size,
    ),
    Feature::new(
        "SmallAreaHighGrayLevelEmphasis",
        "HW1V",
        "weight on small zones of high grey levels",
        LevelBySize::small_size_high_level,
    ),
    Feature::new(
        "SmallAreaLowGrayLevelEmphasis",
        "5RAI",
        "weight on small zones of low grey levels",
        LevelBySize::small_size_low_level,
    ),
    Feature::new(
        "ZoneEntropy",
        "GU8N",
        "entropy of grey levels and sizes, bits",
        LevelBySize::entropy,
    ),
    Feature::new(
        "ZonePercentage",
        "P30P",
        "number of zones over number of voxels",
        LevelBySize::percentage,
    ),
    Feature::new(
        "ZoneVariance",
        "3NSA",
        "variance of the zones' sizes",
        LevelBySize::size_variance,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::{grid_of, scattered};

    #[test]
    fn zones_by_hand() {
        // 1 1 2
        // 2 1 2   One zone of three 1s; the lone 2 at the left touches no other 2: sizes 1 and 2,
        // 3 . 3   and the two 3s are apart.
        let grid = grid_of(
            &[1, 1, 2, 2, 1, 2, 3, 0, 3],
            [3, 3, 1],
            &Neighbourhood::default(),
        );
        let expected = LevelBySize::new([(1, 3, 1.0), (2, 1, 1.0), (2, 2, 1.0), (3, 1, 2.0)]);
        assert_eq!(matrix(&grid), expected);
    }

    /// Zones by flooding each from its first voxel.
    fn flooded(grid: &LevelGrid) -> LevelBySize {
        let steps = grid.neighbourhood().steps(grid.size());
        let strides: Vec<isize> = steps.into_iter().map(|step| grid.stride(step)).collect();
        let mut unvisited = grid.cells().to_vec();
        let mut zones: Vec<(u32, usize)> = Vec::new();
        for seed in grid.voxels() {
            let number = std::mem::take(&mut unvisited[seed]);
            if number == 0 {
                continue;
            }
            let (mut stack, mut size) = (vec![seed], 0);
            while let Some(voxel) = stack.pop() {
                size += 1;
                for &stride in &strides {
                    let neighbour = voxel.wrapping_add_signed(stride);
                    if unvisited[neighbour] == number {
                        unvisited[neighbour] = 0;
                        stack.push(neighbour);
                    }
                }
            }
            zones.push((grid.gray_levels()[usize::from(number) - 1], size));
        }
        zones.sort_unstable();
        let same = zones.chunk_by(|a, b| a == b);
        LevelBySize::new(same.map(|same| (same[0].0, same[0].1, same.len() as f64)))
    }

    #[test]
    fn zones_are_those_that_flooding_finds() {
        for (size, below) in [
            ([13, 7, 5], 3),
            ([30, 20, 4], 2),
            ([9, 9, 9], 6),
            ([200, 3, 2], 2),
        ] {
            let levels = scattered(size, below);
            for flat_axis in [None, Some(0), Some(1), Some(2)] {
                let neighbourhood = Neighbourhood {
                    flat_axis,
                    ..Neighbourhood::default()
                };
                let grid = grid_of(&levels, size, &neighbourhood);
                assert_eq!(
                    matrix(&grid),
                    flooded(&grid),
                    "{size:?} {below} {flat_axis:?}"
                );
            }
        }
    }

    #[test]
    fn zones_touch_by_corners_but_not_across_planes_where_flat() {
        let levels = [1, 0, 0, 0, 0, 0, 0, 1];
        let grid = grid_of(&levels, [2; 3], &Neighbourhood::default());
        assert_eq!(matrix(&grid), LevelBySize::new([(1, 2, 1.0)]));
        let flat = Neighbourhood {
            flat_axis: Some(2),
            ..Neighbourhood::default()
        };
        assert_eq!(
            matrix(&grid_of(&levels, [2; 3], &flat)),
            LevelBySize::new([(1, 1, 2.0)])
        );
    }
}
