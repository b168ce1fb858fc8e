//! Cubic spline interpolation with mirrored borders, in scipy's arithmetic.
//!
//! It is the spline of [`crate::preprocess`]' resampling, but with the products and sums in
//! scipy's order: z first instead of x, weights multiplied one by one, the start of the recursion
//! never cut off.

/// √3 − 2.
const POLE: f64 = -0.267_949_192_431_122_7;

/// The coefficients of the spline through an image.
pub(super) struct Spline {
    size: [usize; 3],
    coefficients: Vec<f64>,
}

/// The four coefficients along one axis on which a value depends, and their weights.
pub(super) struct Support {
    places: [usize; 4],
    weights: [f64; 4],
}

impl Support {
    /// For a position on an axis of that length; `None` beyond the centres of the border voxels.
    pub(super) fn at(position: f64, length: usize) -> Option<Self> {
        let last = length.checked_sub(1)?;
        #[allow(clippy::cast_precision_loss)]
        if !(position >= 0.0 && position <= last as f64) {
            return None;
        }
        let floor = position.floor();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let base = floor as usize;
        let places = std::array::from_fn(|step| mirrored(base + step, last));
        let y = position - floor;
        let z = 1.0 - y;
        let first = z * z * z / 6.0;
        let second = (y * y * (y - 2.0) * 3.0 + 4.0) / 6.0;
        let third = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
        let fourth = 1.0 - first - second - third;
        Some(Self {
            places,
            weights: [first, second, third, fourth],
        })
    }
}

/// The voxel that stands for the one at `place` − 1, mirrored at the centres of the border voxels.
fn mirrored(place: usize, last: usize) -> usize {
    let period = (2 * last).max(1);
    let place = (place + period - 1) % period;
    place.min(period - place).min(last)
}

impl Spline {
    /// Finds the coefficients, first along z, then y, then x.
    pub(super) fn through(values: &[f64], size: [usize; 3]) -> Self {
        let mut coefficients = values.to_vec();
        let [width, height, depth] = size;
        let plane = width * height;
        if plane > 0 {
            filter(&mut coefficients, depth, plane);
            for slice in coefficients.chunks_exact_mut(plane) {
                filter(slice, height, width);
            }
            for line in coefficients.chunks_exact_mut(width) {
                filter(line, width, 1);
            }
        }
        Self { size, coefficients }
    }

    /// The value at a place, from its supports along x, y and z.
    pub(super) fn value_at(&self, x: &Support, y: &Support, z: &Support) -> f64 {
        let [width, height, _] = self.size;
        let [first, .., last] = x.places;
        let contiguous = first + 3 == last && x.places.is_sorted();
        let mut sum = 0.0;
        for (&place_z, weight_z) in z.places.iter().zip(&z.weights) {
            for (&place_y, weight_y) in y.places.iter().zip(&y.weights) {
                let start = (place_z * height + place_y) * width;
                let line = self.coefficients.get(start..start + width);
                let line = line.unwrap_or_default();
                let mut add = |coefficient: f64, weight_x: f64| {
                    sum += coefficient * weight_z * weight_y * weight_x;
                };
                if contiguous
                    && let Some(four) = line.get(first..).and_then(<[f64]>::first_chunk::<4>)
                {
                    for (&coefficient, &weight_x) in four.iter().zip(&x.weights) {
                        add(coefficient, weight_x);
                    }
                } else {
                    for (&place_x, &weight_x) in x.places.iter().zip(&x.weights) {
                        add(line.get(place_x).copied().unwrap_or(0.0), weight_x);
                    }
                }
            }
        }
        sum
    }
}

/// Turns samples into coefficients along an axis of `count` steps, each step a contiguous group
/// of `stride` values that are filtered side by side.
fn filter(data: &mut [f64], count: usize, stride: usize) {
    if count < 2 || stride == 0 {
        return;
    }
    let gain = (1.0 - POLE) * (1.0 - 1.0 / POLE);
    for value in &mut *data {
        *value *= gain;
    }
    #[allow(clippy::cast_precision_loss)]
    let power_last = POLE.powf((count - 1) as f64);

    // The first step, as if the samples mirrored themselves without end.
    let (first, others) = data.split_at_mut(stride);
    let (between, last) = others.split_at((count - 2) * stride);
    for (value, last) in first.iter_mut().zip(last) {
        *value += power_last * *last;
    }
    let mut power = POLE;
    let ahead = between.chunks_exact(stride);
    let back = between.chunks_exact(stride).rev();
    for (ahead, back) in ahead.zip(back) {
        for ((value, ahead), back) in first.iter_mut().zip(ahead).zip(back) {
            *value += power * (ahead + power_last * back);
        }
        power *= POLE;
    }
    for value in first {
        *value /= 1.0 - power_last * power_last;
    }

    // Forward.
    for step in 1..count {
        let (before, after) = data.split_at_mut(step * stride);
        let before = before.get((step - 1) * stride..).unwrap_or_default();
        for (value, before) in after.iter_mut().zip(before) {
            *value += POLE * before;
        }
    }
    // The last step, then backward.
    let (before, last) = data.split_at_mut((count - 1) * stride);
    let before = before.get((count - 2) * stride..).unwrap_or_default();
    for (value, before) in last.iter_mut().zip(before) {
        *value = (POLE * before + *value) * POLE / (POLE * POLE - 1.0);
    }
    for step in (0..count - 1).rev() {
        let (before, after) = data.split_at_mut((step + 1) * stride);
        let before = before.get_mut(step * stride..).unwrap_or_default();
        for (value, after) in before.iter_mut().zip(after) {
            *value = POLE * (*after - *value);
        }
    }
}
