//! Smooth random fields: the grain of every tissue.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Standard deviation of the smoothing kernel in grid cells, and its reach.
const KERNEL_SIGMA: f64 = 1.25;
const KERNEL_REACH: usize = 4;

/// A Gaussian random field of mean 0 and variance 1 at its nodes, smooth over a given length.
pub(super) struct Field {
    spacing: f64,
    low: [f64; 3],
    size: [usize; 3],
    values: Vec<f64>,
}

impl Field {
    /// White noise smoothed by a Gaussian of standard deviation `length` (mm), over the box from
    /// `-half` to `half` (mm).
    pub(super) fn new(rng: &mut ChaCha8Rng, half: [f64; 3], length: f64) -> Self {
        let spacing = length / KERNEL_SIGMA;
        let cells = |half: f64| (2.0 * half / spacing).ceil() as usize + 2;
        let size = half.map(cells);
        let mut extent = size.map(|cells| cells + 2 * KERNEL_REACH);
        let count = extent.iter().product();
        let mut values = normals(rng, count);
        let kernel = kernel();
        for axis in 0..3 {
            values = smooth(&values, &mut extent, axis, &kernel);
        }
        Self {
            spacing,
            low: half.map(|half| -half - 0.5 * spacing),
            size,
            values,
        }
    }

    /// The value at a point (mm), linear between nodes, constant beyond the box.
    pub(super) fn at(&self, point: [f64; 3]) -> f64 {
        let mut low = [0; 3];
        let mut part = [0.0; 3];
        for axis in 0..3 {
            let last = (self.size[axis] - 1) as f64;
            let place = ((point[axis] - self.low[axis]) / self.spacing).clamp(0.0, last);
            low[axis] = (place as usize).min(self.size[axis] - 2);
            part[axis] = place - low[axis] as f64;
        }
        let row = self.size[0];
        let corner = low[0] + row * (low[1] + self.size[1] * low[2]);
        let block = &self.values[corner..][..row * (self.size[1] + 1) + 2];
        let between = |a: f64, b: f64, part: f64| a + (b - a) * part;
        let along_x = |at: usize| between(block[at], block[at + 1], part[0]);
        let along_y = |at: usize| between(along_x(at), along_x(at + row), part[1]);
        between(along_y(0), along_y(row * self.size[1]), part[2])
    }
}

/// A Gaussian kernel that leaves white noise with variance 1.
fn kernel() -> Vec<f64> {
    let reach = KERNEL_REACH as f64;
    let weight = |at: usize| (-0.5 * ((at as f64 - reach) / KERNEL_SIGMA).powi(2)).exp();
    let weights: Vec<f64> = (0..=2 * KERNEL_REACH).map(weight).collect();
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    weights.into_iter().map(|w| w / norm).collect()
}

/// Convolves along one axis, leaving out the ends that the kernel would reach beyond.
fn smooth(values: &[f64], extent: &mut [usize; 3], axis: usize, kernel: &[f64]) -> Vec<f64> {
    let stride: usize = extent[..axis].iter().product();
    let length = extent[axis];
    let shorter = length - (kernel.len() - 1);
    let outer: usize = extent[axis + 1..].iter().product();
    let mut result = vec![0.0; stride * shorter * outer];
    for block in 0..outer {
        for place in 0..shorter {
            let to = (block * shorter + place) * stride;
            for (step, weight) in kernel.iter().enumerate() {
                let from = (block * length + place + step) * stride;
                let source = &values[from..from + stride];
                for (sum, value) in result[to..to + stride].iter_mut().zip(source) {
                    *sum += weight * value;
                }
            }
        }
    }
    extent[axis] = shorter;
    result
}

/// Two independent standard normal numbers (Box and Muller's method).
pub(super) fn normal_pair(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
    [radius * cos, radius * sin]
}

/// A standard normal number.
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    normal_pair(rng)[0]
}

fn normals(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        values.extend(normal_pair(rng));
    }
    values.truncate(count);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// The mean and variance over many nodes lie near 0 and 1; the values at neighbouring points
    /// are alike and those many lengths apart are not.
    #[test]
    fn a_field_is_standard_and_smooth() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let field = Field::new(&mut rng, [40.0; 3], 2.0);
        let n = field.values.len() as f64;
        let mean = field.values.iter().sum::<f64>() / n;
        let variance = field.values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        // About 8000 independent blobs: four standard errors.
        assert!(
            mean.abs() < 0.05 && (variance - 1.0).abs() < 0.07,
            "{mean} {variance}"
        );
        let mut near = 0.0;
        let mut far = 0.0;
        for step in 0..60 {
            let point = [step as f64 - 30.0, 0.0, 0.0];
            near += (field.at(point) - field.at([point[0] + 0.2, 0.0, 0.0])).abs() / 60.0;
            far += (field.at(point) - field.at([point[0], 20.0, 20.0])).abs() / 60.0;
        }
        assert!(near < 0.2 && far > 0.5, "{near} {far}");
    }
}
