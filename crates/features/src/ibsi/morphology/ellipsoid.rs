//! Ellipsoids: volume, area, and the least one around a body.

use std::f64::consts::PI;

use nalgebra::{Matrix3, Matrix4, Vector3, Vector4};

use super::vector::Vector;

/// Terms of the series of the area, after the first: where the IBSI stops.
const DEGREE: usize = 20;

/// How much the least ellipsoid may be off its optimality conditions, relative; the volume found
/// is too large by no more than twice this.
const TOLERANCE: f64 = 1e-9;

/// A bound that is not met: convergence is linear.
const MOST_STEPS: usize = 200_000;

/// Volume of an ellipsoid by its semi-axes.
pub(super) fn volume([a, b, c]: Vector) -> f64 {
    4.0 / 3.0 * PI * a * b * c
}

/// Area of an ellipsoid by its semi-axes, by the IBSI's series up to degree 20:
/// $$A = 4\pi ab \sum_{\nu=0}^{20} \frac{(\alpha\beta)^\nu}{1 - 4\nu^2}
/// P_\nu\left(\frac{\alpha^2 + \beta^2}{2\alpha\beta}\right), \quad
/// \alpha^2 = 1 - \frac{b^2}{a^2}, \quad \beta^2 = 1 - \frac{c^2}{a^2}$$
/// with $a \ge b \ge c$ and Legendre's polynomials $P_\nu$.
///
/// Power and polynomial are one term of a recurrence, $Q_\nu = (\alpha\beta)^\nu P_\nu$, so nothing
/// is divided by $\alpha\beta$, which is 0 for two equal axes. The first term left out is below
/// 10⁻³ of the area even of a flat ellipsoid, and below 10⁻¹² where no axis is half another.
pub(super) fn area(semi_axes: Vector) -> f64 {
    let mut sorted = semi_axes;
    sorted.sort_unstable_by(f64::total_cmp);
    let [c, b, a] = sorted;
    if a == 0.0 {
        return 0.0;
    }
    let [alpha, beta] = [b, c].map(|axis| 1.0 - (axis / a).powi(2));
    let (half_sum, product) = (0.5 * (alpha + beta), alpha * beta);
    let (mut before, mut term) = (1.0, half_sum);
    let mut sum = 1.0;
    for degree in 1..=DEGREE {
        let n = degree as f64;
        sum += term / (1.0 - 4.0 * n * n);
        let next = ((2.0 * n + 1.0) * half_sum * term - n * product * before) / (n + 1.0);
        (before, term) = (term, next);
    }
    4.0 * PI * a * b * sum
}

/// Semi-axes, ascending, of the ellipsoid of least volume around points; NaN where they lie in one
/// plane.
///
/// Khachiyan's ascent in the dual problem, with steps that take weight away from points inside:
/// M. J. Todd and E. A. Yıldırım, Discrete Appl Math 2007;155:1731-1744. Weights $u_i$ of the points
/// $q_i = (p_i, 1)$ maximise $\det \sum u_i q_i q_i^T$. The ellipsoid returned has the shape of the
/// weighted covariance and the size that holds every point.
pub(super) fn least_around(points: &[Vector]) -> Vector {
    let count = points.len() as f64;
    let centre = points
        .iter()
        .map(|&point| Vector3::from(point))
        .sum::<Vector3<f64>>()
        / count;
    let centred = points.iter().map(|&point| Vector3::from(point) - centre);
    let centred: Vec<Vector3<f64>> = centred.collect();
    let radius = centred.iter().map(|point| point.norm()).fold(0.0, f64::max);
    // Of size 1, so that the matrices are in balance.
    let lifted: Vec<Vector4<f64>> = centred
        .iter()
        .map(|point| (point / radius).push(1.0))
        .collect();
    let mut weights = vec![1.0 / count; points.len()];
    let mut distances = vec![0.0; points.len()];
    for _ in 0..MOST_STEPS {
        let moments = weights
            .iter()
            .zip(&lifted)
            .filter(|(weight, _)| **weight > 0.0);
        let moments: Matrix4<f64> = moments.map(|(&weight, q)| q * q.transpose() * weight).sum();
        let Some(factor) = moments.cholesky() else {
            return [f64::NAN; 3];
        };
        let inverse = factor.inverse();
        for (distance, q) in distances.iter_mut().zip(&lifted) {
            *distance = q.dot(&(inverse * q));
        }
        let Some(step) = Step::choose(&distances, &weights) else {
            break;
        };
        for weight in &mut weights {
            *weight *= 1.0 - step.share;
        }
        if let Some(weight) = weights.get_mut(step.point) {
            *weight = (*weight + step.share).max(0.0);
            if step.takes_all {
                *weight = 0.0;
            }
        }
    }
    let weighted = || {
        weights
            .iter()
            .zip(&lifted)
            .map(|(&weight, q)| (weight, q.xyz()))
    };
    let centre: Vector3<f64> = weighted().map(|(weight, p)| p * weight).sum();
    let covariance: Matrix3<f64> = weighted()
        .map(|(weight, p)| (p - centre) * (p - centre).transpose() * weight)
        .sum();
    let Some(factor) = covariance.cholesky() else {
        return [f64::NAN; 3];
    };
    let inverse = factor.inverse();
    let from_centre = lifted.iter().map(|q| q.xyz() - centre);
    let farthest = from_centre
        .map(|p| p.dot(&(inverse * p)))
        .fold(0.0, f64::max);
    let squares = covariance.symmetric_eigenvalues() * farthest;
    let mut semi_axes: Vector = squares.map(|square| radius * square.sqrt()).into();
    semi_axes.sort_unstable_by(f64::total_cmp);
    semi_axes
}

/// A change of the weights: all times 1 - `share`, one plus `share`, which may be negative.
struct Step {
    point: usize,
    share: f64,
    takes_all: bool,
}

impl Step {
    /// The best step towards the farthest point or away from the nearest that has weight; `None`
    /// at the optimum, where every point with weight is at a distance of 4 and none is farther.
    fn choose(distances: &[f64], weights: &[f64]) -> Option<Self> {
        const DIMENSION: f64 = 4.0;
        let numbered = || distances.iter().copied().enumerate();
        let (farthest, far) = numbered().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let with_weight = numbered().zip(weights).filter(|(_, weight)| **weight > 0.0);
        let ((nearest, near), &weight) = with_weight.min_by(|a, b| a.0.1.total_cmp(&b.0.1))?;
        let [beyond, within] = [far - DIMENSION, DIMENSION - near];
        if beyond.max(within) <= TOLERANCE * DIMENSION {
            return None;
        }
        if beyond >= within {
            return Some(Self {
                point: farthest,
                share: beyond / (DIMENSION * (far - 1.0)),
                takes_all: false,
            });
        }
        let all = weight / (1.0 - weight);
        let best = within / (DIMENSION * (near - 1.0));
        let takes_all = near <= 1.0 || best >= all;
        Some(Self {
            point: nearest,
            share: -if takes_all { all } else { best },
            takes_all,
        })
    }
}
