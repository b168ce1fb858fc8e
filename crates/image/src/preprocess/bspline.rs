//! Cubic B-spline interpolation with mirrored borders, in ITK's arithmetic.
//!
//! A spline through the samples is a sum of B-splines `β³(x − k)` with coefficients `c(k)`, found
//! from the samples by a recursive filter along each axis (pole `z = √3 − 2`, gain 6). Every
//! product and sum is taken in the order of ITK, because a result that is cut off to a whole
//! number can otherwise come out one too low or too high.
//!
//! Sources: M. Unser, Splines: a perfect fit for signal and image processing, IEEE Signal
//! Processing Magazine 16(6), 1999, box 2; `itkBSplineDecompositionImageFilter.hxx` and
//! `itkBSplineInterpolateImageFunction.hxx` of ITK 5.4.

/// Where the start of the causal recursion may be cut off.
const TOLERANCE: f64 = 1e-10;

/// The coefficients of the spline through an image.
pub(super) struct BSpline {
    size: [usize; 3],
    coefficients: Vec<f64>,
}

impl BSpline {
    /// Finds the coefficients, first along x, then y, then z.
    pub(super) fn through(values: &[f64], size: [usize; 3]) -> Self {
        let mut coefficients = values.to_vec();
        let [width, height, depth] = size;
        let plane = width * height;
        if plane > 0 {
            for line in coefficients.chunks_exact_mut(width) {
                filter(line, width, 1);
            }
            for slice in coefficients.chunks_exact_mut(plane) {
                filter(slice, height, width);
            }
            filter(&mut coefficients, depth, plane);
        }
        Self { size, coefficients }
    }

    /// The spline at a continuous index inside the image.
    pub(super) fn value_at(&self, index: [f64; 3]) -> f64 {
        let [width, height, _] = self.size;
        let (places_x, weights_x) = support(index[0], self.size[0]);
        let (places_y, weights_y) = support(index[1], self.size[1]);
        let (places_z, weights_z) = support(index[2], self.size[2]);
        let mut products = [0.0; 16];
        for (row, &weight_y) in products.chunks_exact_mut(4).zip(&weights_y) {
            for (product, &weight_x) in row.iter_mut().zip(&weights_x) {
                *product = weight_x * weight_y;
            }
        }
        let contiguous = places_x[0] + 3 == places_x[3] && places_x[1] < places_x[2];
        let mut sum = 0.0;
        for (&place_z, &weight_z) in places_z.iter().zip(&weights_z) {
            for (&place_y, row) in places_y.iter().zip(products.chunks_exact(4)) {
                let line = (place_z * height + place_y) * width;
                if contiguous {
                    let start = line + places_x[0];
                    let samples = self.coefficients.get(start..start + 4).unwrap_or(&[]);
                    for (&coefficient, &product) in samples.iter().zip(row) {
                        sum += product * weight_z * coefficient;
                    }
                } else {
                    for (&place_x, &product) in places_x.iter().zip(row) {
                        let coefficient = self.coefficients.get(line + place_x).unwrap_or(&0.0);
                        sum += product * weight_z * coefficient;
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
    // One sample stays as it is, as mirrored borders ask for.
    if count < 2 {
        return;
    }
    let pole = 3.0_f64.sqrt() - 2.0;
    let gain = (1.0 - pole) * (1.0 - 1.0 / pole);
    for value in data.iter_mut() {
        *value *= gain;
    }

    let mut first = vec![0.0; stride];
    initial_causal(data, count, stride, pole, &mut first);
    if let Some(group) = data.get_mut(..stride) {
        group.copy_from_slice(&first);
    }
    for step in 1..count {
        let (before, after) = data.split_at_mut(step * stride);
        let previous = before.get((step - 1) * stride..).unwrap_or_default();
        for (value, &previous) in after.iter_mut().zip(previous) {
            *value += pole * previous;
        }
    }

    let (before, last) = data.split_at_mut((count - 1) * stride);
    let previous = before.get((count - 2) * stride..).unwrap_or_default();
    let factor = pole / (pole * pole - 1.0);
    for (value, &previous) in last.iter_mut().zip(previous) {
        *value = factor * (pole * previous + *value);
    }
    for step in (0..count - 1).rev() {
        let (before, after) = data.split_at_mut((step + 1) * stride);
        let group = before.get_mut(step * stride..).unwrap_or_default();
        for (value, &next) in group.iter_mut().zip(after.iter()) {
            *value = pole * (next - *value);
        }
    }
}

/// The first coefficient of the causal recursion: the mirrored samples, weighted by powers of
/// the pole, cut off where these no longer matter.
fn initial_causal(data: &[f64], count: usize, stride: usize, pole: f64, first: &mut [f64]) {
    let group = |step: usize| {
        data.get(step * stride..(step + 1) * stride)
            .unwrap_or_default()
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let horizon = (TOLERANCE.ln() / pole.abs().ln()).ceil() as usize;
    let mut power = pole;
    if horizon < count {
        first.copy_from_slice(group(0));
        for step in 1..horizon {
            for (sum, &value) in first.iter_mut().zip(group(step)) {
                *sum += power * value;
            }
            power *= pole;
        }
        return;
    }
    let inverse = 1.0 / pole;
    #[allow(clippy::cast_precision_loss)]
    let mut mirrored = pole.powf((count - 1) as f64);
    for ((sum, &value), &last) in first.iter_mut().zip(group(0)).zip(group(count - 1)) {
        *sum = value + mirrored * last;
    }
    mirrored = mirrored * (mirrored * inverse);
    for step in 1..count - 1 {
        let weight = power + mirrored;
        for (sum, &value) in first.iter_mut().zip(group(step)) {
            *sum += weight * value;
        }
        power *= pole;
        mirrored *= inverse;
    }
    let scale = 1.0 - power * power;
    for sum in first.iter_mut() {
        *sum /= scale;
    }
}

/// The four samples around `x` along an axis, mirrored at its ends, and their weights.
fn support(x: f64, size: usize) -> ([usize; 4], [f64; 4]) {
    // ITK rounds to 32 bits before the floor: a position a hair below a sample counts as on it.
    #[allow(clippy::cast_possible_truncation)]
    let base = (x as f32).floor() as i64;
    #[allow(clippy::cast_precision_loss)]
    let w = x - base as f64;
    let last = (1.0 / 6.0) * w * w * w;
    let first = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - last;
    let third = w + first - 2.0 * last;
    let second = 1.0 - first - third - last;
    let end = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let places = [base - 1, base, base + 1, base + 2].map(|place| mirror(place, end));
    (places, [first, second, third, last])
}

fn mirror(mut place: i64, end: i64) -> usize {
    if end == 0 {
        return 0;
    }
    // Once is enough but for two samples, whose far mirror image leaves the other end.
    while place < 0 || place > end {
        if place < 0 {
            place = -place;
        }
        if place > end {
            place = 2 * end - place;
        }
    }
    usize::try_from(place).unwrap_or(0)
}
