//! From an image to its sub-bands.

use std::ops::Range;

use super::super::{FilterError, check_input};
use super::Wavelet;
use super::convolve::{Real, Run, Taps, convolve};
use crate::{BoundingBox, Image, PixelType};

/// More steps than this only repeat the smoothing of an image that is flat by then.
const MAX_STEPS: usize = 64;

/// Settings of [`wavelet_decompose`]; the defaults are PyRadiomics'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaveletOptions {
    /// Number of levels whose sub-bands are wanted (`level`).
    pub level: usize,
    /// Number of decompositions before the first of them (`start_level`).
    pub start_level: usize,
    /// Whether x, y and z are transformed. All are, except that with `force2D` the out-of-plane
    /// axis is not: z for `force2Ddimension` 0, y for 1, x for 2.
    pub axes: [bool; 3],
}

impl Default for WaveletOptions {
    fn default() -> Self {
        Self {
            level: 1,
            start_level: 0,
            axes: [true; 3],
        }
    }
}

impl WaveletOptions {
    /// Names of the sub-bands in the order of [`wavelet_decompose`]: level by level from low to
    /// high pass, x slowest, but the approximation (all `L`) of the last level at the very end.
    ///
    /// From the second level on the name holds its number, counted from `start_level`:
    /// `wavelet2-LLH`. Only the transformed axes have a letter.
    #[must_use]
    pub fn sub_bands(&self) -> Vec<String> {
        let axes = self.axes.iter().filter(|&&transformed| transformed).count();
        let mut names = Vec::new();
        for level in 1..=self.level.min(MAX_STEPS) {
            // The binary digits of a number, 1 for H, count through the sub-bands in order.
            names.extend((1..1_usize << axes).map(|number| {
                let letters: String = (0..axes)
                    .rev()
                    .map(|digit| if number >> digit & 1 == 1 { 'H' } else { 'L' })
                    .collect();
                sub_band_name(level, &letters)
            }));
        }
        names.push(sub_band_name(self.level, &"L".repeat(axes)));
        names
    }
}

fn sub_band_name(level: usize, letters: &str) -> String {
    if level == 1 {
        format!("wavelet-{letters}")
    } else {
        format!("wavelet{level}-{letters}")
    }
}

/// Decomposes an image by the stationary wavelet transform (PyRadiomics' `getWaveletImage`) and
/// hands every sub-band to `take` as soon as it is finished, with its name.
///
/// The image repeats itself beyond its borders, so pass the image with its margin; the sub-bands
/// hold the voxels of the box `keep` only. The order is that of [`WaveletOptions::sub_bands`].
/// Images of type `F32` are transformed in 32-bit arithmetic and stay `F32`, all others become
/// `F64`.
///
/// ```
/// use radiome_image::filter::{Wavelet, WaveletOptions, wavelet_decompose};
/// use radiome_image::{BoundingBox, Geometry, Image, PixelType};
///
/// let image = Image {
///     geometry: Geometry::axis_aligned([4, 2, 2], [1.0; 3]),
///     pixel_type: PixelType::I16,
///     values: vec![8.0; 16],
/// };
/// let all = BoundingBox { lower: [0; 3], upper: [3, 1, 1] };
/// let mut names = Vec::new();
/// let haar = Wavelet::named("haar")?;
/// wavelet_decompose(&image, &haar, &WaveletOptions::default(), &all, |name, sub_band| {
///     // A constant is all approximation, scaled by the square root of 2 along each axis.
///     let expected = if name == "wavelet-LLL" { 8.0 * 8.0_f64.sqrt() } else { 0.0 };
///     assert!(sub_band.values.iter().all(|value| (value - expected).abs() < 1e-12));
///     names.push(name);
/// })?;
/// assert_eq!(names, WaveletOptions::default().sub_bands());
/// # Ok::<(), radiome_image::filter::FilterError>(())
/// ```
///
/// # Errors
/// No axis to transform, too many levels, values that are no numbers or do not fill the grid, or
/// a box that is not within the image.
pub fn wavelet_decompose(
    image: &Image,
    wavelet: &Wavelet,
    options: &WaveletOptions,
    keep: &BoundingBox,
    take: impl FnMut(String, Image),
) -> Result<(), FilterError> {
    check_input(image, keep)?;
    if options.axes == [false; 3] {
        return Err(FilterError::NoAxis);
    }
    let levels = options.start_level.saturating_add(options.level);
    if levels > MAX_STEPS {
        return Err(FilterError::TooManyLevels {
            levels,
            maximum: MAX_STEPS,
        });
    }
    match image.pixel_type {
        PixelType::F32 => decompose::<f32>(image, wavelet, options, keep, take),
        _ => decompose::<f64>(image, wavelet, options, keep, take),
    }
    Ok(())
}

/// A box of voxels, the ends not included.
type Window = [Range<usize>; 3];

/// Voxels of a window of the image.
struct Block<T> {
    window: Window,
    values: Vec<T>,
}

fn decompose<T: Real>(
    image: &Image,
    wavelet: &Wavelet,
    options: &WaveletOptions,
    keep: &BoundingBox,
    mut take: impl FnMut(String, Image),
) {
    let padded = image.geometry.size.map(|size| size + size % 2);
    let (low, high, scale) = wavelet.unscaled();
    let filters = [Taps::<T>::new(low, scale), Taps::new(high, scale)];
    let keep_window: Window = std::array::from_fn(|axis| keep.lower[axis]..keep.upper[axis] + 1);
    let steps = options.start_level + options.level;

    // What each step must give for the next one to be complete, last step first.
    let mut windows = vec![keep_window.clone()];
    for _ in 0..steps {
        let Some(after) = windows.last() else { break };
        windows.push(std::array::from_fn(|axis| {
            if options.axes[axis] {
                needed(&filters, padded[axis], &after[axis])
            } else {
                after[axis].clone()
            }
        }));
    }

    let mut hand_over = |name: String, values: Vec<T>| {
        let pixel_type = match image.pixel_type {
            PixelType::F32 => PixelType::F32,
            _ => PixelType::F64,
        };
        // The box is known to lie in the image.
        let Some(geometry) = image.geometry.cropped(keep) else {
            return;
        };
        let values = T::widened(values);
        take(
            name,
            Image {
                geometry,
                pixel_type,
                values,
            },
        );
    };
    let names = options.sub_bands();
    let mut names = names.into_iter();
    let mut approximation: Option<Block<T>> = None;
    for (step, output) in windows.iter().rev().skip(1).enumerate() {
        let skipped = step < options.start_level;
        let input = windows.get(steps - step).unwrap_or(output);
        let axes: [Vec<Vec<Run<T>>>; 3] = std::array::from_fn(|axis| {
            let stride = match axis {
                0 => 1,
                1 => output[0].len(),
                _ => output[0].len() * output[1].len(),
            };
            let runs =
                |taps: &Taps<T>| taps.runs(padded[axis], &input[axis], &output[axis], stride);
            match (options.axes[axis], skipped) {
                (false, _) => vec![runs(&Taps::identity())],
                (true, true) => filters.iter().take(1).map(runs).collect(),
                (true, false) => filters.iter().map(runs).collect(),
            }
        });
        let source = approximation.take();
        let volume = output.iter().map(ExactSizeIterator::len).product();
        let plane = output[0].len() * output[1].len();
        let mut in_plane: Vec<Vec<T>> = axes[1]
            .iter()
            .map(|_| Vec::with_capacity(plane * input[2].len()))
            .collect();
        for along_x in &axes[0] {
            filter_planes(
                input,
                along_x,
                &axes[1],
                |y, z, line| match &source {
                    Some(block) => copy_line(block, y, z, line),
                    None => read_line(image, &input[0], y, z, line),
                },
                &mut in_plane,
            );
            for (response, along_z) in in_plane
                .iter()
                .flat_map(|response| axes[2].iter().map(move |along_z| (response, along_z)))
            {
                let mut values = Vec::with_capacity(volume);
                convolve(along_z, response, &mut values);
                let block = Block {
                    window: output.clone(),
                    values,
                };
                // The first response is low-pass along every axis.
                if approximation.is_none() {
                    approximation = Some(block);
                } else if let Some(name) = names.next() {
                    hand_over(name, cut(block, &keep_window));
                }
            }
        }
    }
    let values = match approximation {
        Some(block) => cut(block, &keep_window),
        // No level at all: the image itself.
        None => read_window(image, &keep_window),
    };
    if let Some(name) = names.next() {
        hand_over(name, values);
    }
}

/// The voxels of an axis that the responses in `output` depend on: all of them as soon as the
/// filter reaches beyond a border.
fn needed<T: Real>(filters: &[Taps<T>], length: usize, output: &Range<usize>) -> Range<usize> {
    let mut lower = output.start;
    let mut upper = output.end;
    for (below, above) in filters.iter().map(Taps::reach) {
        let Some(start) = output.start.checked_sub(below) else {
            return 0..length;
        };
        lower = lower.min(start);
        upper = upper.max(output.end + above);
    }
    if upper > length {
        return 0..length;
    }
    lower..upper
}

/// Filters all planes of the input window along x by one filter, then along y by each of several:
/// one response for each of these, in memory that is used again.
fn filter_planes<T: Real>(
    input: &Window,
    along_x: &[Run<T>],
    along_y: &[Vec<Run<T>>],
    read: impl Fn(usize, usize, &mut Vec<T>),
    responses: &mut [Vec<T>],
) {
    responses.iter_mut().for_each(Vec::clear);
    let (mut line, mut plane) = (Vec::new(), Vec::new());
    for z in input[2].clone() {
        plane.clear();
        for y in input[1].clone() {
            line.clear();
            read(y, z, &mut line);
            convolve(along_x, &line, &mut plane);
        }
        for (runs, response) in along_y.iter().zip(&mut *responses) {
            convolve(runs, &plane, response);
        }
    }
}

/// Appends a line of the image along x; the voxel past the last one of an odd axis is the first.
fn read_line<T: Real>(
    image: &Image,
    along_x: &Range<usize>,
    y: usize,
    z: usize,
    line: &mut Vec<T>,
) {
    let [width, height, depth] = image.geometry.size;
    let start = image.geometry.offset([0, y % height, z % depth]);
    let Some(row) = image.values.get(start..start + width) else {
        return;
    };
    let within = row.get(along_x.start..along_x.end.min(width));
    line.extend(
        within
            .unwrap_or_default()
            .iter()
            .map(|&value| T::rounded(value)),
    );
    if along_x.end > width {
        line.extend(row.first().map(|&value| T::rounded(value)));
    }
}

/// Appends a line of a block along x.
fn copy_line<T: Real>(block: &Block<T>, y: usize, z: usize, line: &mut Vec<T>) {
    let [along_x, along_y, along_z] = &block.window;
    let row = (z - along_z.start) * along_y.len() + y - along_y.start;
    let start = row * along_x.len();
    let source = block.values.get(start..start + along_x.len());
    line.extend_from_slice(source.unwrap_or_default());
}

fn read_window<T: Real>(image: &Image, window: &Window) -> Vec<T> {
    let mut values = Vec::new();
    for z in window[2].clone() {
        for y in window[1].clone() {
            read_line(image, &window[0], y, z, &mut values);
        }
    }
    values
}

/// The part of a block that lies in `window`.
fn cut<T: Real>(block: Block<T>, window: &Window) -> Vec<T> {
    if block.window == *window {
        return block.values;
    }
    let [along_x, along_y, along_z] = &block.window;
    let mut kept = Vec::with_capacity(window.iter().map(ExactSizeIterator::len).product());
    for z in window[2].clone() {
        for y in window[1].clone() {
            let row = (z - along_z.start) * along_y.len() + y - along_y.start;
            let start = row * along_x.len() + window[0].start - along_x.start;
            let line = block.values.get(start..start + window[0].len());
            kept.extend_from_slice(line.unwrap_or_default());
        }
    }
    kept
}
