//! Operations on lists of numbers, in a fixed order and in lanes that vectorise.

/// Sum of products, in eight fixed lanes so that it vectorises and never depends on anything else.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for l in 0..8 {
            lanes[l] += x[l] * y[l];
        }
    }
    let mut rest = 0.0;
    for (x, y) in a_rest.iter().zip(b_rest) {
        rest += x * y;
    }
    // even and odd lanes apart, so that pairs of them stay together in a register
    ((lanes[0] + lanes[2]) + (lanes[4] + lanes[6]))
        + ((lanes[1] + lanes[3]) + (lanes[5] + lanes[7]))
        + rest
}

/// `a += factor * b`.
#[inline]
pub(super) fn add_multiple(a: &mut [f64], factor: f64, b: &[f64]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += factor * y;
    }
}

/// Sum, in eight fixed lanes.
#[inline]
pub(super) fn total(a: &[f64]) -> f64 {
    let (a8, rest) = a.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for x in a8 {
        for l in 0..8 {
            lanes[l] += x[l];
        }
    }
    lanes.iter().chain(rest).sum()
}

/// Largest absolute value; values that are not numbers are passed over.
#[inline]
pub(super) fn largest_magnitude(a: &[f64]) -> f64 {
    let (a8, rest) = a.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for x in a8 {
        for l in 0..8 {
            let v = x[l].abs();
            lanes[l] = if v > lanes[l] { v } else { lanes[l] };
        }
    }
    let rest = rest.iter().map(|v| v.abs());
    lanes.into_iter().chain(rest).fold(0.0, f64::max)
}
