//! The largest distance between two vertices of a mask's surface.
//!
//! The vertices lie midway between a voxel inside and a neighbour outside, so on a lattice of half
//! voxels. The point of a plane that is farthest from any other point is a corner of the convex
//! hull of that plane's points; only those corners are compared. The distance itself is computed
//! as PyRadiomics computes it, so the result has the same bits as comparing all pairs.

/// Index axes (z, y, x).
type Lattice = [i32; 3];

/// The diameters of a surface, in mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Diameters {
    /// Between vertices in one plane of equal z, y and x.
    pub(super) in_plane: [f64; 3],
    /// Between any two vertices.
    pub(super) overall: f64,
}

/// The diameters of a padded mask: `size` is (x, y, z) with at least one voxel of margin on all
/// sides, `spacing` in mm.
pub(super) fn diameters(inside: &[bool], size: [usize; 3], spacing: [f64; 3]) -> Diameters {
    let vertices = vertices(inside, size);
    let spacing = [spacing[2], spacing[1], spacing[0]];
    let planes: [Vec<Vec<Lattice>>; 3] = std::array::from_fn(|axis| hulls(&vertices, axis));
    let in_plane = std::array::from_fn(|axis| {
        let largest = planes[axis]
            .iter()
            .map(|plane| farthest(plane, plane, spacing));
        largest.fold(0.0, f64::max).sqrt()
    });
    Diameters {
        in_plane,
        overall: farthest_between(&planes[0], spacing).sqrt(),
    }
}

/// All vertices in half voxels.
fn vertices(inside: &[bool], [width, height, depth]: [usize; 3]) -> Vec<Lattice> {
    let mut vertices = Vec::new();
    let strides = [width * height, width, 1];
    let mut offset = 0;
    for z in 0..depth {
        for y in 0..height {
            for x in 0..width {
                let here = inside.get(offset).copied().unwrap_or(false);
                let room = [z + 1 < depth, y + 1 < height, x + 1 < width];
                for axis in 0..3 {
                    let next = offset + strides[axis];
                    if room[axis] && inside.get(next).is_some_and(|&next| next != here) {
                        let mut vertex = [2 * z as i32, 2 * y as i32, 2 * x as i32];
                        vertex[axis] += 1;
                        vertices.push(vertex);
                    }
                }
                offset += 1;
            }
        }
    }
    vertices
}

/// The corners of the convex hull of the vertices in each plane across `axis`.
fn hulls(vertices: &[Lattice], axis: usize) -> Vec<Vec<Lattice>> {
    let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut sorted = vertices.to_vec();
    sorted.sort_unstable_by_key(|vertex| (vertex[axis], vertex[u], vertex[v]));
    sorted
        .chunk_by(|a, b| a[axis] == b[axis])
        .map(|plane| hull(plane, u, v))
        .collect()
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

/// The largest squared distance between a point of one list and a point of another.
fn farthest(these: &[Lattice], those: &[Lattice], spacing: [f64; 3]) -> f64 {
    let position = |vertex: &Lattice| -> [f64; 3] {
        std::array::from_fn(|axis| f64::from(vertex[axis]) / 2.0 * spacing[axis])
    };
    let those: Vec<_> = those.iter().map(position).collect();
    let mut largest = 0.0_f64;
    for a in these.iter().map(position) {
        for b in &those {
            let squares: [f64; 3] = std::array::from_fn(|axis| {
                let difference = a[axis] - b[axis];
                difference * difference
            });
            largest = largest.max(squares[0] + squares[1] + squares[2]);
        }
    }
    largest
}

/// The largest squared distance between points of any two planes.
fn farthest_between(planes: &[Vec<Lattice>], spacing: [f64; 3]) -> f64 {
    let boxes: Vec<[[i32; 2]; 3]> = planes
        .iter()
        .map(|plane| {
            std::array::from_fn(|axis| {
                let along = plane.iter().map(|vertex| vertex[axis]);
                [along.clone().min().unwrap_or(0), along.max().unwrap_or(0)]
            })
        })
        .collect();
    // No two points of two planes are farther apart than the far sides of their boxes; the margin
    // covers the rounding of this bound.
    let bound = |a: &[[i32; 2]; 3], b: &[[i32; 2]; 3]| {
        let reach = (0..3).map(|axis| {
            let span = (a[axis][1] - b[axis][0])
                .abs()
                .max((b[axis][1] - a[axis][0]).abs());
            (f64::from(span) / 2.0 * spacing[axis]).powi(2)
        });
        reach.sum::<f64>() * (1.0 + 1e-12)
    };
    let mut largest = 0.0;
    // Planes far apart first: they are likely to hold the largest distance.
    for gap in (0..planes.len()).rev() {
        for first in 0..planes.len() - gap {
            let second = first + gap;
            if bound(&boxes[first], &boxes[second]) > largest {
                largest = farthest(&planes[first], &planes[second], spacing).max(largest);
            }
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_comparing_all_pairs() {
        // A fixed scatter of voxels from a linear congruential generator, in several densities.
        let mut state = 12345_u64;
        for density in [2, 5, 20] {
            let size = [9, 8, 7];
            let inside: Vec<bool> = (0..size.iter().product::<usize>())
                .map(|i| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    let index = [i % 9, i / 9 % 8, i / 72];
                    let margin = (0..3).any(|a| index[a] == 0 || index[a] + 1 == size[a]);
                    !margin && (state >> 33).is_multiple_of(density)
                })
                .collect();
            let spacing = [0.7, 1.1, 2.9];
            let found = diameters(&inside, size, spacing);
            let all = vertices(&inside, size);
            let reversed = [spacing[2], spacing[1], spacing[0]];
            assert_eq!(found.overall, farthest(&all, &all, reversed).sqrt());
            for axis in 0..3 {
                let planes = 0..20;
                let expected = planes
                    .map(|at| {
                        let plane: Vec<_> = all
                            .iter()
                            .copied()
                            .filter(|vertex| vertex[axis] == at)
                            .collect();
                        farthest(&plane, &plane, reversed)
                    })
                    .fold(0.0, f64::max);
                assert_eq!(found.in_plane[axis], expected.sqrt());
            }
        }
    }

    #[test]
    fn of_nothing_is_zero() {
        assert_eq!(diameters(&[false; 27], [3; 3], [1.0; 3]).overall, 0.0);
    }
}
