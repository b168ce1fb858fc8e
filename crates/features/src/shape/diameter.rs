//! The largest distance between two vertices of a mask's surface.
//!
//! The vertices lie midway between a voxel inside and a neighbour outside, so on a lattice of half
//! voxels. The point of a plane that is farthest from any other point is a corner of the convex
//! hull of that plane's points; only those corners are compared. The distance itself is computed
//! as PyRadiomics computes it, so the result has the same bits as comparing all pairs.

use super::bit_mask::{BitMask, each_bit, next_along};

/// Index axes (z, y, x).
type Lattice = [i32; 3];

/// The diameters of a surface, in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Diameters {
    /// Between vertices in one plane of equal z, y and x.
    pub(crate) in_plane: [f64; 3],
    /// Between any two vertices.
    pub(crate) overall: f64,
}

/// The diameters of a mask; `spacing` (x, y, z) in mm.
pub(crate) fn diameters(mask: &BitMask, spacing: [f64; 3]) -> Diameters {
    let spacing = [spacing[2], spacing[1], spacing[0]];
    let outermost = Outermost::new(mask);
    let planes = [
        outermost.across_z(),
        outermost.across_y(),
        outermost.across_x(),
    ];
    let in_plane = planes.each_ref().map(|planes| {
        let planes = planes.iter();
        planes.fold(0.0, |largest, plane| farthest(plane, spacing, largest))
    });
    let [across_z, ..] = &planes;
    Diameters {
        in_plane: in_plane.map(f64::sqrt),
        overall: farthest(&across_z.concat(), spacing, 0.0).sqrt(),
    }
}

/// Vertices (x, y, z; in half voxels of the mask with its margin) among which all corners of the
/// surface's convex hull are; one may occur twice.
pub(crate) fn outermost_vertices(mask: &BitMask) -> Vec<[i32; 3]> {
    let planes = Outermost::new(mask).across_z();
    let vertices = planes.into_iter().flatten();
    vertices.map(|[z, y, x]| [x, y, z]).collect()
}

/// The vertices that can be corners of a plane's hull: on every line the first and the last.
struct Outermost {
    /// Number of lattice places along z, y, x.
    size: [usize; 3],
    /// For each line of equal z and y (y runs fastest): the lowest and highest x of a vertex.
    along_x: Vec<Option<[i32; 2]>>,
    /// For each line of equal z and x (x runs fastest): the lowest and highest y of a vertex.
    along_y: Vec<Option<[i32; 2]>>,
}

impl Outermost {
    fn new(mask: &BitMask) -> Self {
        let [width, height, depth] = mask.size;
        let size = [2 * depth, 2 * height, 2 * width];
        let mut outermost = Self {
            size,
            along_x: vec![None; size[0] * size[1]],
            along_y: vec![None; size[0] * size[2]],
        };
        // Bits: where a voxel differs from the next along x, y and z.
        let mut differs = vec![0; mask.row(0, 0).len()];
        for z in 0..depth {
            for y in 0..height {
                let here = mask.row(y, z);
                for axis in 0..3 {
                    let beyond = match axis {
                        0 => here,
                        1 => mask.row(if y + 1 < height { y + 1 } else { y }, z),
                        _ => mask.row(y, if z + 1 < depth { z + 1 } else { z }),
                    };
                    for (word, differs) in differs.iter_mut().enumerate() {
                        let next = if axis == 0 {
                            next_along(here, word)
                        } else {
                            beyond[word]
                        };
                        *differs = here[word] ^ next;
                    }
                    let step = |along: usize| usize::from(axis == along);
                    let place = [2 * z + step(2), 2 * y + step(1), step(0)];
                    outermost.meet(&differs, place);
                }
            }
        }
        outermost
    }

    /// Takes in the vertices of a row: bit x of `differs` is the vertex at 2 x + `x`.
    fn meet(&mut self, differs: &[u64], [z, y, x]: [usize; 3]) {
        let meet = |range: &mut Option<[i32; 2]>, at: usize| {
            let at = at as i32;
            *range = Some(range.map_or([at; 2], |[low, high]| [low.min(at), high.max(at)]));
        };
        for (word, &bits) in differs.iter().enumerate() {
            if bits == 0 {
                continue;
            }
            let last = 64 * word + 63 - bits.leading_zeros() as usize;
            let first = 64 * word + bits.trailing_zeros() as usize;
            for end in [first, last] {
                meet(&mut self.along_x[z * self.size[1] + y], 2 * end + x);
            }
            each_bit(word, bits, |place| {
                meet(&mut self.along_y[z * self.size[2] + 2 * place + x], y);
            });
        }
    }

    /// The hulls of the planes of equal z.
    fn across_z(&self) -> Vec<Vec<Lattice>> {
        let plane = |z: usize| {
            let lines = self.along_x[z * self.size[1]..].iter().take(self.size[1]);
            let lines = lines.enumerate();
            ends(
                lines.map(|(y, range)| (range, move |x| [z as i32, y as i32, x])),
                1,
                2,
            )
        };
        planes((0..self.size[0]).map(plane))
    }

    /// The hulls of the planes of equal y.
    fn across_y(&self) -> Vec<Vec<Lattice>> {
        let plane = |y: usize| {
            let lines = self
                .along_x
                .iter()
                .skip(y)
                .step_by(self.size[1])
                .enumerate();
            ends(
                lines.map(|(z, range)| (range, move |x| [z as i32, y as i32, x])),
                0,
                2,
            )
        };
        planes((0..self.size[1]).map(plane))
    }

    /// The hulls of the planes of equal x.
    fn across_x(&self) -> Vec<Vec<Lattice>> {
        let plane = |x: usize| {
            let lines = self
                .along_y
                .iter()
                .skip(x)
                .step_by(self.size[2])
                .enumerate();
            ends(
                lines.map(|(z, range)| (range, move |y| [z as i32, y, x as i32])),
                0,
                1,
            )
        };
        planes((0..self.size[2]).map(plane))
    }
}

/// The planes that have vertices.
fn planes(all: impl Iterator<Item = Vec<Lattice>>) -> Vec<Vec<Lattice>> {
    all.filter(|plane| !plane.is_empty()).collect()
}

/// The hull of the ends of lines in ascending order along `u`; a line's vertices differ along `v`.
fn ends<'a, F: Fn(i32) -> Lattice>(
    lines: impl Iterator<Item = (&'a Option<[i32; 2]>, F)>,
    u: usize,
    v: usize,
) -> Vec<Lattice> {
    let mut points = Vec::new();
    for (range, vertex) in lines {
        if let Some([low, high]) = *range {
            points.push(vertex(low));
            if high > low {
                points.push(vertex(high));
            }
        }
    }
    hull(&points, u, v)
}

/// Andrew's monotone chain over points sorted by (u, v); collinear points are left out.
fn hull(points: &[Lattice], u: usize, v: usize) -> Vec<Lattice> {
    let turns_left = |a: &Lattice, b: &Lattice, c: &Lattice| {
        let [ab_u, ab_v] = [b[u] - a[u], b[v] - a[v]].map(i64::from);
        let [ac_u, ac_v] = [c[u] - a[u], c[v] - a[v]].map(i64::from);
        ab_u * ac_v - ab_v * ac_u > 0
    };
    let mut corners: Vec<Lattice> = Vec::new();
    let mut chain = |points: &mut dyn Iterator<Item = &Lattice>| {
        let start = corners.len();
        for point in points {
            while let [.., a, b] = &corners[start..] {
                if turns_left(a, b, point) {
                    break;
                }
                corners.pop();
            }
            corners.push(*point);
        }
    };
    chain(&mut points.iter());
    chain(&mut points.iter().rev());
    corners
}

/// The largest squared distance between two of some vertices, or `at_least` where it is not larger.
///
/// Two points that are far apart, found by going to the farthest from the farthest, give a middle
/// $c$ and a radius $R$ around it that holds all points. A point at $r$ from the middle is at most
/// $r + R$ from any other: only points that can so beat what is known are compared with each other.
fn farthest(vertices: &[Lattice], spacing: [f64; 3], at_least: f64) -> f64 {
    let position = |vertex: &Lattice| -> [f64; 3] {
        std::array::from_fn(|axis| f64::from(vertex[axis]) / 2.0 * spacing[axis])
    };
    let points: Vec<[f64; 3]> = vertices.iter().map(position).collect();
    let from = |centre: [f64; 3]| {
        let farther = |best: (f64, [f64; 3]), point: &[f64; 3]| {
            let distance = squared_distance(&centre, point);
            if distance > best.0 {
                (distance, *point)
            } else {
                best
            }
        };
        points.iter().fold((0.0, centre), farther)
    };
    let Some(&first) = points.first() else {
        return at_least;
    };
    let (_, one) = from(first);
    let (apart, other) = from(one);
    let largest = apart.max(at_least);
    let middle: [f64; 3] = std::array::from_fn(|axis| 0.5 * (one[axis] + other[axis]));
    let radius = from(middle).0.sqrt();
    // The margin covers the rounding of the bound.
    let can_beat = |point: &&[f64; 3]| {
        let reach = squared_distance(&middle, point).sqrt() + radius;
        reach * (1.0 + 1e-12) > largest.sqrt()
    };
    let candidates: Vec<&[f64; 3]> = points.iter().filter(can_beat).collect();
    let mut largest = largest;
    for (number, a) in candidates.iter().enumerate() {
        for b in &candidates[number + 1..] {
            largest = largest.max(squared_distance(a, b));
        }
    }
    largest
}

fn squared_distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let squares: [f64; 3] = std::array::from_fn(|axis| {
        let difference = a[axis] - b[axis];
        difference * difference
    });
    squares[0] + squares[1] + squares[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest squared distance by comparing all pairs.
    fn of_all_pairs(vertices: &[Lattice], spacing: [f64; 3]) -> f64 {
        let position = |vertex: &Lattice| -> [f64; 3] {
            std::array::from_fn(|axis| f64::from(vertex[axis]) / 2.0 * spacing[axis])
        };
        let points: Vec<[f64; 3]> = vertices.iter().map(position).collect();
        let others = |a| points.iter().map(move |b| squared_distance(a, b));
        points.iter().flat_map(others).fold(0.0, f64::max)
    }

    /// All vertices of a mask of a size, in half voxels of the padded mask.
    fn vertices(inside: &[bool], size: [usize; 3]) -> Vec<Lattice> {
        let voxel = |x: usize, y: usize, z: usize| {
            let within = (1..=size[0]).contains(&x)
                && (1..=size[1]).contains(&y)
                && (1..=size[2]).contains(&z);
            within && inside[((z - 1) * size[1] + y - 1) * size[0] + x - 1]
        };
        let mut vertices = Vec::new();
        for z in 0..=size[2] {
            for y in 0..=size[1] {
                for x in 0..=size[0] {
                    let neighbours = [(x, y, z + 1), (x, y + 1, z), (x + 1, y, z)];
                    for (axis, (nx, ny, nz)) in neighbours.into_iter().enumerate() {
                        if voxel(x, y, z) != voxel(nx, ny, nz) {
                            let mut vertex = [2 * z as i32, 2 * y as i32, 2 * x as i32];
                            vertex[axis] += 1;
                            vertices.push(vertex);
                        }
                    }
                }
            }
        }
        vertices
    }

    #[test]
    fn as_comparing_all_pairs() {
        // A fixed scatter of voxels from a linear congruential generator, in several densities.
        let mut state = 12345_u64;
        for (density, size) in [
            (2, [9, 8, 7]),
            (5, [9, 8, 7]),
            (20, [9, 8, 7]),
            (40, [90, 3, 3]),
        ] {
            let inside: Vec<bool> = (0..size.iter().product::<usize>())
                .map(|_| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    (state >> 33).is_multiple_of(density)
                })
                .collect();
            let spacing = [0.7, 1.1, 2.9];
            let found = diameters(&BitMask::padded(&inside, size), spacing);
            let all = vertices(&inside, size);
            let reversed = [spacing[2], spacing[1], spacing[0]];
            assert_eq!(found.overall, of_all_pairs(&all, reversed).sqrt());
            for axis in 0..3 {
                let expected = (0..200)
                    .map(|at| {
                        let plane: Vec<_> = all
                            .iter()
                            .copied()
                            .filter(|vertex| vertex[axis] == at)
                            .collect();
                        of_all_pairs(&plane, reversed)
                    })
                    .fold(0.0, f64::max);
                assert_eq!(found.in_plane[axis], expected.sqrt());
            }
        }
    }

    #[test]
    fn of_nothing_is_zero() {
        let nothing = BitMask::padded(&[false; 27], [3; 3]);
        assert_eq!(diameters(&nothing, [1.0; 3]).overall, 0.0);
    }
}
