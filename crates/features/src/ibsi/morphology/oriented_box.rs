//! The box of least volume around a convex body, in any orientation.
//!
//! O'Rourke (Int J Comput Inf Sci 1985;14:183-199): in a box of least volume two neighbouring
//! sides are each flush with an edge of the body. So one axis of the box is across an edge, between
//! the normals of the two faces that meet there; given that axis, the other two are those of the
//! least rectangle around the body's shadow, which is flush with an edge of the shadow
//! (Freeman and Shapira, CACM 1975;18:409-413). What is left is a search over one angle at every
//! edge: it is looked at in steps of at most [`STEP`], and from the best places on by descent. The
//! box found is always around the body; that none is smaller is not proved.

use rayon::prelude::*;

use super::body::{Body, Edge};
use super::vector::{Vector, across, dot};

/// Largest step of an axis's angle in the first look, in radians: 2 degrees.
const STEP: f64 = std::f64::consts::PI / 90.0;

/// So many of the best places of the first look are followed.
const FOLLOWED: usize = 24;

/// Turns of a box about its axes. Few: where many are needed each gains next to nothing, and the
/// place they lead to is at another edge, which is looked at anyway.
const TURNS: usize = 12;

/// An orientation and the sides of the box around the body in it.
#[derive(Clone, Copy, Debug)]
struct Oriented {
    axes: [Vector; 3],
    sides: [f64; 3],
}

impl Oriented {
    fn volume(&self) -> f64 {
        self.sides.iter().product()
    }
}

/// The lengths of the sides of the least box found around a body, ascending, in mm.
pub(super) fn least_box(body: &Body) -> Vector {
    let places = first_look(body);
    let mut looked_at: Vec<(f64, usize)> = places
        .par_iter()
        .enumerate()
        .map(|(number, (edge, share))| {
            let oriented = least_around_axis(body, edge.direction_at(*share));
            (oriented.volume(), number)
        })
        .collect();
    // Of equal volumes the first: the same choice for any number of threads.
    looked_at.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    looked_at.truncate(FOLLOWED);
    let found: Vec<Oriented> = looked_at
        .par_iter()
        .filter_map(|&(_, number)| places.get(number))
        .map(|&(edge, share)| follow(body, edge, share))
        .collect();
    let least = found
        .into_iter()
        .min_by(|a, b| a.volume().total_cmp(&b.volume()));
    let mut sides = least.map_or([f64::NAN; 3], |least| least.sides);
    sides.sort_unstable_by(f64::total_cmp);
    sides
}

/// Directions between the normals of every edge, as shares of the angle.
fn first_look(body: &Body) -> Vec<(&Edge, f64)> {
    let at_edge = |edge| {
        let steps = steps(edge);
        // The normal where the arc ends begins others.
        (0..steps).map(move |step| (edge, step as f64 / steps as f64))
    };
    body.edges.iter().flat_map(at_edge).collect()
}

/// Number of steps of the first look at an edge.
fn steps(edge: &Edge) -> usize {
    (edge.angle() / STEP).ceil().max(1.0) as usize
}

/// The least box near a direction at an edge, turned about its axes while that makes it smaller.
fn follow(body: &Body, edge: &Edge, share: f64) -> Oriented {
    let mut best = golden_section(body, edge, share);
    // Each turn is to the least rectangle across an axis.
    for turn in 0..TURNS {
        let turned = least_around_axis(body, best.axes[turn % 3]);
        if turned.volume() < best.volume() {
            best = turned;
        }
    }
    best
}

/// The least box with an axis within a step of a direction at an edge.
fn golden_section(body: &Body, edge: &Edge, share: f64) -> Oriented {
    let at = |share: f64| least_around_axis(body, edge.direction_at(share));
    let step = 1.0 / steps(edge) as f64;
    let (mut low, mut high) = ((share - step).max(0.0), (share + step).min(1.0));
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let mut inner = [high - ratio * (high - low), low + ratio * (high - low)];
    let mut volumes = inner.map(|share| at(share).volume());
    // 40 steps narrow the angle by a factor of 10⁸.
    for _ in 0..40 {
        if volumes[0] <= volumes[1] {
            high = inner[1];
            inner = [high - ratio * (high - low), inner[0]];
            volumes = [at(inner[0]).volume(), volumes[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + ratio * (high - low)];
            volumes = [volumes[1], at(inner[1]).volume()];
        }
    }
    // The function has corners: the ends of the arc and the place itself may be lower.
    [share, 0.0, 1.0]
        .map(at)
        .into_iter()
        .fold(at(0.5 * (low + high)), |best, other| {
            if other.volume() < best.volume() {
                other
            } else {
                best
            }
        })
}

/// The least box with one axis given.
fn least_around_axis(body: &Body, axis: Vector) -> Oriented {
    let [u, v] = across(axis);
    let points = body
        .outline(axis)
        .flat_map(|edge| edge.ends)
        .map(|point| [dot(u, point), dot(v, point)]);
    let corners = polygon(points.collect());
    let mut least = (f64::INFINITY, [1.0, 0.0], [f64::NAN; 2]);
    let ends = corners.iter().zip(corners.iter().cycle().skip(1));
    for (a, b) in ends {
        let side = [b[0] - a[0], b[1] - a[1]];
        let long = side[0].hypot(side[1]);
        // An edge along the axis is a point of the shadow; its direction would be rounding.
        if long <= 1e-9 * (a[0].abs() + a[1].abs() + b[0].abs() + b[1].abs()) {
            continue;
        }
        let along = side.map(|part| part / long);
        let sides = extents(&corners, along);
        if sides[0] * sides[1] < least.0 {
            least = (sides[0] * sides[1], along, sides);
        }
    }
    let (_, [c, s], [wide, high]) = least;
    let turned = |c: f64, s: f64| std::array::from_fn(|i| c * u[i] + s * v[i]);
    Oriented {
        axes: [axis, turned(c, s), turned(-s, c)],
        sides: [body.extent(axis), wide, high],
    }
}

/// The corners of the convex hull of points of a plane, in order (Andrew's monotone chain).
fn polygon(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    let mut corners: Vec<[f64; 2]> = Vec::new();
    let mut chain = |points: &mut dyn Iterator<Item = &[f64; 2]>| {
        let start = corners.len();
        for &[x, y] in points {
            while let [.., a, b] = corners.get(start..).unwrap_or_default() {
                if (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) > 0.0 {
                    break;
                }
                corners.pop();
            }
            corners.push([x, y]);
        }
        // The last point begins the way back.
        corners.pop();
    };
    chain(&mut points.iter());
    chain(&mut points.iter().rev());
    corners
}

/// How far points reach along a direction and across it.
fn extents(points: &[[f64; 2]], [c, s]: [f64; 2]) -> [f64; 2] {
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for [x, y] in points {
        let turned = [c * x + s * y, c * y - s * x];
        for axis in 0..2 {
            low[axis] = low[axis].min(turned[axis]);
            high[axis] = high[axis].max(turned[axis]);
        }
    }
    [high[0] - low[0], high[1] - low[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_of_a_turned_block() {
        // The corners of a block of 30 x 10 x 20 along (2, 1, 0), (-1, 2, 0), (0, 0, 1) times 5.
        let mut points = Vec::new();
        for (a, b, c) in [
            (0, 0, 0),
            (6, 0, 0),
            (0, 2, 0),
            (6, 2, 0),
            (0, 0, 4),
            (6, 0, 4),
            (0, 2, 4),
            (6, 2, 4),
        ] {
            points.push([2 * a - b, a + 2 * b, c]);
        }
        let body = Body::around(&points, [1.0; 3]).unwrap();
        let expected = [4.0, 2.0 * 5.0_f64.sqrt(), 6.0 * 5.0_f64.sqrt()];
        for (found, expected) in least_box(&body).into_iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12 * expected,
                "{found} {expected}"
            );
        }
    }

    #[test]
    fn a_tetrahedron_in_a_cube() {
        // Of a regular tetrahedron the least box is the cube whose face diagonals are its edges:
        // each edge is flush, no face is.
        let points = [[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]];
        let body = Body::around(&points, [2.0; 3]).unwrap();
        for side in least_box(&body) {
            assert!((side - 2.0).abs() < 1e-7, "{side}");
        }
    }
}
