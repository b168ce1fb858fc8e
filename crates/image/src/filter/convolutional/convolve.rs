//! Convolution along one axis, as weighted sums of whole stretches of memory.

use std::ops::Range;

use rayon::prelude::*;

use super::window::{Span, Window, length, size_of};

/// Voxels summed side by side.
const LANES: usize = 16;

/// About as many voxels as are worth a task of their own.
const TASK: usize = 1 << 14;

/// The weights of a filter along one axis.
///
/// The response at voxel i is `Σ_m weights[m] · x[i + anchor − m]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kernel {
    pub(super) weights: Vec<f64>,
    pub(super) anchor: usize,
}

impl Kernel {
    /// A kernel with its middle at the voxel itself; of an even number of weights, the first of
    /// the second half.
    pub(super) fn centred(weights: Vec<f64>) -> Self {
        let anchor = weights.len() / 2;
        Self { weights, anchor }
    }

    /// The same weight for all voxels up to a distance.
    pub(super) fn uniform(distance: usize) -> Self {
        let count = 2 * distance + 1;
        #[allow(clippy::cast_precision_loss)]
        let weight = 1.0 / count as f64;
        Self::centred(vec![weight; count])
    }

    /// The kernel that does to an image what this one does to the image turned around.
    pub(super) fn flipped(&self) -> Self {
        Self {
            weights: self.weights.iter().rev().copied().collect(),
            anchor: self.weights.len().saturating_sub(self.anchor + 1),
        }
    }

    /// How far it looks towards lower and higher indices.
    pub(super) fn reach(&self) -> (usize, usize) {
        let before = self.weights.len().saturating_sub(self.anchor + 1);
        (before, self.anchor)
    }

    /// The responses at `output` along one axis. The window must hold all that they need.
    pub(super) fn along(&self, axis: usize, input: &Window, output: &Range<isize>) -> Window {
        let mut span: Span = input.span.clone();
        span[axis] = output.clone();
        let stride: usize = size_of(&input.span).iter().take(axis).product();
        // Where the first response begins to look.
        let (before, _) = self.reach();
        let start = output.start - input.span[axis].start;
        let start = usize::try_from(start).unwrap_or(0).saturating_sub(before);
        let terms: Vec<(usize, f64)> = self
            .weights
            .iter()
            .rev()
            .enumerate()
            .filter(|&(_, &weight)| weight != 0.0)
            .map(|(step, &weight)| ((start + step) * stride, weight))
            .collect();
        let mut values = vec![0.0; size_of(&span).iter().product()];
        let run = stride * length(output);
        let run_held = stride * length(&input.span[axis]);
        weighted_sums(&terms, &input.values, run_held, &mut values, run);
        Window { span, values }
    }
}

/// Fills runs of the output with weighted sums of stretches of the runs of the input: where a
/// stretch starts in its run, and its weight.
fn weighted_sums(
    terms: &[(usize, f64)],
    input: &[f64],
    input_run: usize,
    output: &mut [f64],
    output_run: usize,
) {
    if input_run == 0 || output_run == 0 {
        return;
    }
    let arch = pulp::Arch::new();
    if output_run >= TASK {
        let runs = output.chunks_mut(output_run).zip(input.chunks(input_run));
        for (output, input) in runs {
            let pieces = output.par_chunks_mut(TASK).enumerate();
            pieces.for_each(|(piece, output)| {
                let input = input.get(piece * TASK..).unwrap_or_default();
                arch.dispatch(Runs {
                    terms,
                    input,
                    input_run: input.len().max(1),
                    output_run: output.len(),
                    output,
                });
            });
        }
    } else {
        let runs = TASK / output_run;
        output
            .par_chunks_mut(output_run * runs)
            .zip(input.par_chunks(input_run * runs))
            .for_each(|(output, input)| {
                arch.dispatch(Runs {
                    terms,
                    input,
                    input_run,
                    output,
                    output_run,
                });
            });
    }
}

/// Weighted sums run by run. Compiled once for every kind of processor; no operation is fused
/// with another.
struct Runs<'a> {
    terms: &'a [(usize, f64)],
    input: &'a [f64],
    input_run: usize,
    output: &'a mut [f64],
    output_run: usize,
}

impl pulp::WithSimd for Runs<'_> {
    type Output = ();

    // Inlined, or else it is compiled for the oldest processor.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let runs = self
            .output
            .chunks_mut(self.output_run)
            .zip(self.input.chunks(self.input_run));
        for (output, input) in runs {
            let (blocks, rest) = output.as_chunks_mut::<LANES>();
            let mut at = 0;
            for block in blocks {
                *block = block_sum(self.terms, input, at);
                at += LANES;
            }
            let (blocks, rest) = rest.as_chunks_mut::<4>();
            for block in blocks {
                *block = block_sum(self.terms, input, at);
                at += 4;
            }
            for value in rest {
                let [sum] = block_sum(self.terms, input, at);
                *value = sum;
                at += 1;
            }
        }
    }
}

/// The sums of `N` neighbours, each in the order of the terms.
#[inline(always)]
fn block_sum<const N: usize>(terms: &[(usize, f64)], input: &[f64], at: usize) -> [f64; N] {
    let mut sums = [0.0; N];
    for &(start, weight) in terms {
        let stretch = input.get(start + at..).and_then(<[f64]>::first_chunk::<N>);
        if let Some(stretch) = stretch {
            for (sum, &value) in sums.iter_mut().zip(stretch) {
                *sum += weight * value;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice as wide as it must be, so that wrong offsets show.
    fn window() -> Window {
        let span = [-2..7, 3..12, -4..5];
        let values = (0..729).map(|i| f64::from(i * i % 97)).collect();
        Window { span, values }
    }

    fn at(window: &Window, index: [isize; 3]) -> f64 {
        let [width, height, _] = size_of(&window.span);
        let place: [usize; 3] =
            std::array::from_fn(|axis| (index[axis] - window.span[axis].start) as usize);
        window.values[(place[2] * height + place[1]) * width + place[0]]
    }

    #[test]
    fn the_sum_of_the_definition() {
        let input = window();
        let kernel = Kernel {
            weights: vec![2.0, -3.0, 0.0, 5.0],
            anchor: 1,
        };
        let output = [0..4, 6..10, -1..3];
        for axis in 0..3 {
            let found = kernel.along(axis, &input, &output[axis]);
            for z in found.span[2].clone() {
                for y in found.span[1].clone() {
                    for x in found.span[0].clone() {
                        let expected: f64 = (0..4)
                            .map(|m| {
                                let mut source = [x, y, z];
                                source[axis] += 1 - m;
                                kernel.weights[m as usize] * at(&input, source)
                            })
                            .sum();
                        // Whole numbers: exact.
                        assert_eq!(at(&found, [x, y, z]), expected);
                    }
                }
            }
        }
        assert_eq!(kernel.reach(), (2, 1));
        assert_eq!(kernel.flipped().reach(), (1, 2));
    }
}
