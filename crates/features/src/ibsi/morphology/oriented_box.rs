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

use super::surroundings::Body;
use super::vector::{Vector, across, cross, dot, length, unit};

/// Largest step of an axis's angle in the first look, in radians: 2 degrees.
const STEP: f64 = std::f64::consts::PI / 90.0;

/// So many of the best places of the first look are followed.
const FOLLOWED: usize = 24;

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

/// The lengths of the sides of the least box found around a body, ascending.
pub(super) fn least_box(body: &Body) -> Vector {
    let axes_at_edges: Vec<(Vector, usize)> = first_look(body);
    let mut looked_at: Vec<(f64, usize)> = axes_at_edges
        .par_iter()
        .map(|&(axis, _)| least_around_axis(body, axis).volume())
        .zip(0..axes_at_edges.len())
        .collect();
    // Of equal volumes the first: the same choice for any number of threads.
    looked_at.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    looked_at.truncate(FOLLOWED);
    let found: Vec<Oriented> = looked_at
        .par_iter()
        .filter_map(|&(_, place)| axes_at_edges.get(place))
        .map(|&(axis, edge)| follow(body, axis, edge))
        .collect();
    let least = found.into_iter().min_by(|a, b| a.volume().total_cmp(&b.volume()));
    let mut sides = least.map_or([f64::NAN; 3], |least| least.sides);
    sides.sort_unstable_by(f64::total_cmp);
    sides
}

/// Axes between the normals at every edge, each with the number of its edge.
fn first_look(body: &Body) -> Vec<(Vector, usize)> {
    let mut axes = Vec::new();
    for edge in 0..body.edges.len() {
        let angle = body.angle(edge);
        let steps = (angle / STEP).ceil();
        // The normal where the arc ends begins others.
        let shares = (0..steps as usize).map(|step| step as f64 / steps);
        axes.extend(shares.map(|share| (body.axis_at(edge, share), edge)));
    }
    axes
}

/// From an axis at an edge down to a box that no single turn makes smaller.
fn follow(body: &Body, axis: Vector, edge: usize) -> Oriented {
    let along = golden_section(body, axis, edge);
    let mut best = least_around_axis(body, along);
    let mut unchanged = 0;
    let mut turn = 0;
    // Each turn about one of the box's axes is to the least rectangle.
    while unchanged < 3 {
        turn = (turn + 1) % 3;
        let turned = least_around_axis(body, best.axes[turn]);
        unchanged = if turned.volume() < best.volume() * (1.0 - 1e-12) {
            best = turned;
            0
        } else {
            unchanged + 1
        };
    }
    best
}

/// The best axis within a step of one at an edge.
fn golden_section(body: &Body, axis: Vector, edge: usize) -> Vector {
    let angle = body.angle(edge);
    let [first, last] = [0.0, 1.0].map(|share| body.axis_at(edge, share));
    let place = length(cross(first, axis)).atan2(dot(first, axis)) / angle;
    let volume = |share: f64| least_around_axis(body, body.axis_at(edge, share)).volume();
    let (mut low, mut high) = ((place - STEP / angle).max(0.0), (place + STEP / angle).min(1.0));
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let mut inner = [high - ratio * (high - low), low + ratio * (high - low)];
    let mut volumes = inner.map(volume);
    // 40 steps narrow the angle by a factor of 10⁸.
    for _ in 0..40 {
        if volumes[0] <= volumes[1] {
            high = inner[1];
            inner = [high - ratio * (high - low), inner[0]];
            volumes = [volume(inner[0]), volumes[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + ratio * (high - low)];
            volumes = [volumes[1], volume(inner[1])];
        }
    }
    let middle = body.axis_at(edge, 0.5 * (low + high));
    [axis, first, last, middle]
        .into_iter()
        .map(|axis| (least_around_axis(body, axis).volume(), axis))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(axis, |(_, axis)| axis)
}

/// The least box with one axis given.
fn least_around_axis(body: &Body, axis: Vector) -> Oriented {
    let [u, v] = across(axis);
    let outline = body.outline(axis);
    let corners: Vec<[f64; 2]> = outline
        .iter()
        .flat_map(|&edge| body.ends(edge))
        .map(|point| [dot(u, point), dot(v, point)])
        .collect();
    let mut least = (f64::INFINITY, [1.0, 0.0], [0.0; 2]);
    for ends in corners.chunks_exact(2) {
        let [a, b] = [ends[0], ends[1]];
        let side = [b[0] - a[0], b[1] - a[1]];
        let long = side[0].hypot(side[1]);
        if long <= body.smallest_side {
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
