//! Operations on lists of numbers, in a fixed order and in lanes that vectorise.

/// Sum of products, in eight fixed lanes so that it vectorises and never depends on anything else.
#[inline(always)]
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
    joined(&lanes) + rest
}

#[inline(always)]
fn joined(lanes: &[f64; 8]) -> f64 {
    // even and odd lanes apart, so that pairs of them stay together in a register
    ((lanes[0] + lanes[2]) + (lanes[4] + lanes[6]))
        + ((lanes[1] + lanes[3]) + (lanes[5] + lanes[7]))
}

/// The sums of products of four lists of the same length with one, each to the bit as [`dot`] gives
/// it. The one is read once, and the four sums do not wait for each other.
#[inline(always)]
pub(super) fn four_dots(a: &[f64], others: [&[f64]; 4]) -> [f64; 4] {
    let mut lanes = [[0.0_f64; 8]; 4];
    let (a8, a_rest) = a.as_chunks::<8>();
    let whole = a8.len();
    let chunks = others.map(|other| &other.as_chunks::<8>().0[..whole]);
    for (k, x) in a8.iter().enumerate() {
        for (lanes, chunk) in lanes.iter_mut().zip(&chunks) {
            let y = &chunk[k];
            for l in 0..8 {
                lanes[l] += x[l] * y[l];
            }
        }
    }
    let mut sums = [0.0; 4];
    for ((sum, lanes), other) in sums.iter_mut().zip(&lanes).zip(others) {
        let mut rest = 0.0;
        for (x, y) in a_rest.iter().zip(&other[8 * whole..]) {
            rest += x * y;
        }
        *sum = joined(lanes) + rest;
    }
    sums
}

/// The sum of products of `a` with each of several lists: `out[k] = dot(a, other(k))`.
pub(super) fn dots<'b>(
    arch: pulp::Arch,
    a: &[f64],
    other: impl Fn(usize) -> &'b [f64],
    out: &mut [f64],
) {
    arch.dispatch(Dots { a, other, out });
}

struct Dots<'a, F> {
    a: &'a [f64],
    other: F,
    out: &'a mut [f64],
}

impl<'b, F: Fn(usize) -> &'b [f64]> pulp::WithSimd for Dots<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let (fours, rest) = self.out.as_chunks_mut::<4>();
        let alone = 4 * fours.len();
        for (k, four) in fours.iter_mut().enumerate() {
            let first = 4 * k;
            let other = &self.other;
            let others = [
                other(first),
                other(first + 1),
                other(first + 2),
                other(first + 3),
            ];
            *four = four_dots(self.a, others);
        }
        for (k, one) in rest.iter_mut().enumerate() {
            *one = dot(self.a, (self.other)(alone + k));
        }
    }
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
