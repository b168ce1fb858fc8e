//! Points spread evenly over a sphere: an icosahedron with its faces divided.

use std::collections::{BTreeMap, BTreeSet};

/// Coordinates of the icosahedron's vertices, 1 / √(1 + φ²) and φ / √(1 + φ²) with the golden
/// ratio φ, to the digits that trimesh carries.
const SHORT: f64 = 0.525_731_112_119_133_6;
const LONG: f64 = 0.850_650_808_352_04;

/// In trimesh's order, on which the rounding of sums over all vertices depends.
const VERTICES: [[f64; 3]; 12] = [
    [-SHORT, LONG, 0.0],
    [SHORT, LONG, 0.0],
    [-SHORT, -LONG, 0.0],
    [SHORT, -LONG, 0.0],
    [0.0, -SHORT, LONG],
    [0.0, SHORT, LONG],
    [0.0, -SHORT, -LONG],
    [0.0, SHORT, -LONG],
    [LONG, 0.0, -SHORT],
    [LONG, 0.0, SHORT],
    [-LONG, 0.0, -SHORT],
    [-LONG, 0.0, SHORT],
];

/// The vertices of an icosahedron after its faces were divided in four some times, every vertex
/// moved onto the sphere of that radius after each division. Midpoints follow the vertices they
/// lie between, ordered by the higher, then the lower number of these.
pub(super) fn icosphere(subdivisions: usize, radius: f64) -> Vec<[f64; 3]> {
    let mut vertices = VERTICES.to_vec();
    let mut edges = icosahedron_edges();
    if subdivisions == 0 {
        move_onto_sphere(&mut vertices, radius);
    }
    for division in 1..=subdivisions {
        let first = vertices.len();
        let midpoints: Vec<[f64; 3]> = edges
            .iter()
            .filter_map(|&(b, a)| {
                let (a, b) = (vertices.get(a)?, vertices.get(b)?);
                Some(std::array::from_fn(|axis| (a[axis] + b[axis]) / 2.0))
            })
            .collect();
        if division < subdivisions {
            edges = divided(&edges, first);
        }
        vertices.extend(midpoints);
        move_onto_sphere(&mut vertices, radius);
    }
    vertices
}

/// Pairs of vertices (higher number first) that an edge joins: those at the smallest distance.
fn icosahedron_edges() -> BTreeSet<(usize, usize)> {
    let mut edges = BTreeSet::new();
    for (b, to) in VERTICES.iter().enumerate() {
        for (a, from) in VERTICES.iter().enumerate().take(b) {
            let square: f64 = to.iter().zip(from).map(|(p, q)| (p - q) * (p - q)).sum();
            // Neighbours are 1.05 apart, the others 1.7 and more.
            if square < 2.0 {
                edges.insert((b, a));
            }
        }
    }
    edges
}

/// The edges after every face was divided at the midpoints of its edges, which are numbered from
/// `first` in the order of `edges`. A face is three vertices joined with each other.
fn divided(edges: &BTreeSet<(usize, usize)>, first: usize) -> BTreeSet<(usize, usize)> {
    let midpoints: BTreeMap<(usize, usize), usize> = edges
        .iter()
        .enumerate()
        .map(|(number, &edge)| (edge, first + number))
        .collect();
    let mut neighbours: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &(b, a) in edges {
        neighbours.entry(b).or_default().push(a);
    }
    let mut finer = BTreeSet::new();
    for (&(b, a), &middle) in &midpoints {
        finer.extend([(middle, a), (middle, b)]);
        // Every third vertex below both, so that each face is met once.
        for third in neighbours.get(&a).into_iter().flatten() {
            let corners = (midpoints.get(&(b, *third)), midpoints.get(&(a, *third)));
            if let (Some(&left), Some(&right)) = corners {
                for (p, q) in [(middle, left), (middle, right), (left, right)] {
                    finer.insert((p.max(q), p.min(q)));
                }
            }
        }
    }
    finer
}

fn move_onto_sphere(vertices: &mut [[f64; 3]], radius: f64) {
    for vertex in vertices {
        let [x, y, z] = *vertex;
        let length = (x * x + y * y + z * z).sqrt();
        *vertex = vertex.map(|value| value + value / length * (radius - length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_are_those_of_trimesh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/icosphere.csv");
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let found = icosphere(cells[0].parse().unwrap(), cells[1].parse().unwrap());
            let expected: Vec<f64> = cells[2].split(' ').map(|n| n.parse().unwrap()).collect();
            // The same operations in the same order.
            assert_eq!(found.concat(), expected, "{} {}", cells[0], cells[1]);
        }
    }

    #[test]
    fn counts_are_euler_s() {
        for (subdivisions, count) in [(0, 12), (1, 42), (2, 162), (3, 642), (4, 2562)] {
            assert_eq!(icosphere(subdivisions, 1.0).len(), count);
        }
    }
}
