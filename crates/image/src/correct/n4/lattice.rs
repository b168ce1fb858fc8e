//! A cubic B-spline over the grid: control points, and what they make of every voxel.
//!
//! Along an axis of `n` voxels and `m` control points, voxel `i` lies at `p = i (m − 3) / (n − 1)`;
//! four control points from `⌊p⌋` on reach it, with the weights of the uniform cubic B-spline. A
//! grid is a product of axes, so sums over 64 control points are three sums over 4.

/// The weights of every voxel along each axis.
pub(super) struct Weights {
    pub(super) axes: [Vec<Reach>; 3],
    /// Control points along each axis.
    pub(super) points: [usize; 3],
}

/// The control points that reach a place on an axis: the first, and the weights of it and the
/// three that follow.
#[derive(Clone, Copy)]
pub(super) struct Reach {
    pub(super) first: usize,
    pub(super) weights: [f64; 4],
    /// The sum of the squared weights.
    pub(super) squares: f64,
}

impl Weights {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    pub(super) fn new(size: [usize; 3], points: [usize; 3]) -> Self {
        let axes = std::array::from_fn(|axis| {
            let spans = points[axis] - 3;
            let step = match size[axis] {
                0 | 1 => 0.0,
                count => spans as f64 / (count - 1) as f64,
            };
            let reach = |voxel: usize| {
                // The last voxel belongs to the last span: a thousandth of a voxel before its end.
                let last = spans as f64 - 1e-3 * step;
                let place = (voxel as f64 * step).min(last);
                let first = (place.floor() as usize).min(spans - 1);
                let weights = b_spline(place - first as f64);
                Reach {
                    first,
                    weights,
                    squares: weights.iter().map(|w| w * w).sum(),
                }
            };
            (0..size[axis]).map(reach).collect()
        });
        Self { axes, points }
    }
}

/// The four cubic B-splines that reach the share `u` of a span.
fn b_spline(u: f64) -> [f64; 4] {
    let v = 1.0 - u;
    [
        v * v * v / 6.0,
        (4.0 - 6.0 * u * u + 3.0 * u * u * u) / 6.0,
        (4.0 - 6.0 * v * v + 3.0 * v * v * v) / 6.0,
        u * u * u / 6.0,
    ]
}

/// Control points on a grid; x runs fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lattice {
    size: [usize; 3],
    values: Vec<f64>,
}

/// The control points of one slice: collapsed along z.
pub(super) struct Plane {
    width: usize,
    values: Vec<f64>,
}

/// The control points of one line: collapsed along y and z.
pub(super) struct Line(Vec<f64>);

impl Lattice {
    /// All control points 0.
    pub(super) fn flat(size: [usize; 3]) -> Self {
        Self {
            size,
            values: vec![0.0; size.iter().product()],
        }
    }

    pub(super) fn size(&self) -> [usize; 3] {
        self.size
    }

    /// Adds a plane to the four layers that reach a slice, each with its own weight.
    pub(super) fn spread(&mut self, plane: &[f64], first: usize, weights: [f64; 4]) {
        let layer = self.size[0] * self.size[1];
        let layers = self.values.chunks_mut(layer.max(1)).skip(first);
        for (layer, weight) in layers.zip(weights) {
            for (value, added) in layer.iter_mut().zip(plane) {
                *value += weight * added;
            }
        }
    }

    /// Adds another lattice of the same size.
    pub(super) fn add(&mut self, other: &Self) {
        for (value, added) in self.values.iter_mut().zip(&other.values) {
            *value += added;
        }
    }

    /// Every control point divided by that of another lattice; 0 where no voxel reaches it.
    pub(super) fn over(mut self, density: &Self) -> Self {
        for (value, &weight) in self.values.iter_mut().zip(&density.values) {
            let ratio = *value / weight;
            *value = if ratio.is_finite() { ratio } else { 0.0 };
        }
        self
    }

    /// The same field with the distances of control points halved: of `m` along an axis come
    /// `2 m − 3`, by the two-scale relation of the cubic B-spline, `(1, 4, 6, 4, 1) / 8`.
    pub(super) fn refined(&self) -> Self {
        let mut lattice = self.clone();
        for axis in 0..3 {
            lattice = lattice.refined_along(axis);
        }
        lattice
    }

    fn refined_along(&self, axis: usize) -> Self {
        let mut size = self.size;
        size[axis] = 2 * size[axis] - 3;
        let stride: usize = self.size.iter().take(axis).product();
        let mut values = Vec::with_capacity(size.iter().product());
        for z in 0..size[2] {
            for y in 0..size[1] {
                for x in 0..size[0] {
                    let mut index = [x, y, z];
                    let (half, odd) = (index[axis] / 2, index[axis] % 2 == 1);
                    index[axis] = half;
                    let [x, y, z] = index;
                    let at = (z * self.size[1] + y) * self.size[0] + x;
                    let point = |step: usize| {
                        let place = at + step * stride;
                        self.values.get(place).copied().unwrap_or(0.0)
                    };
                    values.push(match odd {
                        false => 0.5 * (point(0) + point(1)),
                        true => 0.125 * (point(0) + 6.0 * point(1) + point(2)),
                    });
                }
            }
        }
        Self { size, values }
    }

    /// What the control points make of slice `z`.
    pub(super) fn plane(&self, weights: &Weights, z: usize) -> Plane {
        let layer = self.size[0] * self.size[1];
        let mut values = vec![0.0; layer];
        if let Some(reach) = weights.axes[2].get(z) {
            let layers = self.values.chunks(layer.max(1)).skip(reach.first);
            for (points, weight) in layers.zip(reach.weights) {
                for (value, point) in values.iter_mut().zip(points) {
                    *value += weight * point;
                }
            }
        }
        Plane {
            width: self.size[0],
            values,
        }
    }
}

impl Plane {
    /// What they make of line `y` of the slice.
    pub(super) fn line(&self, weights: &Weights, y: usize) -> Line {
        let mut values = vec![0.0; self.width];
        if let Some(reach) = weights.axes[1].get(y) {
            let rows = self.values.chunks(self.width.max(1)).skip(reach.first);
            for (points, weight) in rows.zip(reach.weights) {
                for (value, point) in values.iter_mut().zip(points) {
                    *value += weight * point;
                }
            }
        }
        Line(values)
    }
}

impl Line {
    /// The field in voxel `x` of the line.
    pub(super) fn at(&self, weights: &Weights, x: usize) -> f64 {
        let Some(reach) = weights.axes[0].get(x) else {
            return 0.0;
        };
        let points = self.0.get(reach.first..reach.first + 4).unwrap_or_default();
        let mut sum = 0.0;
        for (point, weight) in points.iter().zip(reach.weights) {
            sum += weight * point;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evaluates the field in every voxel.
    fn field(lattice: &Lattice, size: [usize; 3]) -> Vec<f64> {
        let weights = Weights::new(size, lattice.size());
        let mut values = Vec::new();
        for z in 0..size[2] {
            let plane = lattice.plane(&weights, z);
            for y in 0..size[1] {
                let line = plane.line(&weights, y);
                values.extend((0..size[0]).map(|x| line.at(&weights, x)));
            }
        }
        values
    }

    #[test]
    fn splines_sum_to_one_and_reproduce_a_straight_line() {
        for u in [0.0, 0.2, 0.5, 0.999] {
            let weights = b_spline(u);
            // Closed form: the splines are a partition of unity, and Σ k B(u − k) is linear in u.
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            let first: f64 = (0..4).map(|k| k as f64 * weights[k]).sum();
            assert!((first - (u + 1.0)).abs() < 1e-15, "{u} {first}");
        }
    }

    #[test]
    fn refinement_leaves_the_field_as_it_is() {
        let size = [5, 4, 6];
        let count: usize = size.iter().product();
        let values = (0..count).map(|i| ((i * i * 7 + 3) % 31) as f64 - 15.0);
        let lattice = Lattice {
            size,
            values: values.collect(),
        };
        let refined = lattice.refined();
        assert_eq!(refined.size(), [7, 5, 9]);
        // The last voxel of an axis lies a thousandth of a voxel before its end on both lattices.
        let grid = [11, 1, 8];
        let pairs = field(&lattice, grid).into_iter().zip(field(&refined, grid));
        for (a, b) in pairs {
            // Sums of 64 products of numbers up to 15: 64 roundings of 15 eps.
            assert!((a - b).abs() < 64.0 * 15.0 * f64::EPSILON, "{a} {b}");
        }
    }
}
