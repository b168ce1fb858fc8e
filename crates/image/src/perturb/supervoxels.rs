//! Supervoxels, and a contour put together from them.

use std::collections::BTreeMap;

use rand_core::RngCore;

use super::chance::uniform;
use super::neighbourhood::neighbourhood;
use crate::preprocess::{MaskError, PreprocessError, crop_voxels};
use crate::{BoundingBox, Geometry, Image, Mask};

/// Volume of a supervoxel in mm³, and the fewest voxels that it has.
const VOLUME: f64 = 500.0;
const FEWEST_VOXELS: f64 = 20.0;
/// How far around the region there are supervoxels, in mm.
const MARGIN: f64 = 25.0;
/// Weight of distance in space against distance in intensity, which runs from 0 to 1.
const COMPACTNESS: f64 = 0.05;
/// By how much of the region's range of intensities the range is extended at either end.
const EXTENSION: f64 = 0.1;
/// Rounds of assigning voxels to centres.
const ROUNDS: usize = 10;
/// A piece smaller than this share of the usual supervoxel goes to a neighbour.
const SMALLEST_SHARE: f64 = 0.5;
/// Share of a supervoxel within the contour from which on it is always part of the new one, and
/// below which it never is.
const ALWAYS: f64 = 0.9;
const NEVER: f64 = 0.2;

/// A division of the surroundings of a region into supervoxels: connected groups of voxels that lie
/// together and look alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Supervoxels {
    /// The box that is divided.
    pub part: BoundingBox,
    /// The number of the supervoxel of each voxel of the box, from 0 without gaps; x runs fastest.
    pub labels: Vec<usize>,
    /// How many there are.
    pub count: usize,
}

/// The image of the box, ready to be divided: intensities from 0 to 1, smoothed.
struct Surroundings {
    size: [usize; 3],
    spacing: [f64; 3],
    values: Vec<f64>,
}

/// The centre of a supervoxel: index in the box, and intensity.
#[derive(Clone, Copy)]
struct Centre {
    index: [f64; 3],
    value: f64,
}

impl Supervoxels {
    /// Simple linear iterative clustering (SLIC; Achanta et al., IEEE Transactions on Pattern
    /// Analysis and Machine Intelligence 34:2274, 2012) of the voxels within 25 mm of a region.
    ///
    /// Intensities are cut off at the region's range, extended by a tenth of it at both ends,
    /// scaled to run from 0 to 1, and smoothed by a Gaussian whose sigma is the smallest edge of a
    /// voxel. Centres start on a grid with a step $S$ that gives supervoxels of 500 mm³, or of 20
    /// voxels if that is more. Ten times each voxel goes to the centre with the smallest
    /// $(\Delta I)^2 + (0.05\,\Delta x / S)^2$ (distances in mm) of those less than about $S$ away
    /// along each axis, and centres move to the mean of their voxels. Then pieces that are not
    /// connected by faces, or have less than half of the usual number of voxels, go to the
    /// neighbour with which they share most faces. The settings are those of Zwanenburg et al. as
    /// their program MIRP has them.
    ///
    /// # Errors
    /// An empty region, or one on another grid.
    pub fn around(image: &Image, mask: &Mask) -> Result<Self, PreprocessError> {
        if image.values.len() != mask.inside.len() {
            let (found, expected) = (mask.inside.len(), image.values.len());
            return Err(PreprocessError::ValueCount { found, expected });
        }
        let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
        let part = neighbourhood(&image.geometry, &bounds, MARGIN);
        let surroundings = Surroundings::of(image, mask, &part);
        let wanted = VOLUME.max(FEWEST_VOXELS * image.geometry.voxel_volume());
        let (centres, size) = surroundings.grid_of_centres(wanted.cbrt());
        let step = wanted.cbrt();
        let labels = surroundings.cluster(centres, step, size);
        let usual = wanted / image.geometry.voxel_volume();
        let (labels, count) = connected(&labels, part.size(), SMALLEST_SHARE * usual);
        Ok(Self {
            part,
            labels,
            count,
        })
    }
}

impl Surroundings {
    fn of(image: &Image, mask: &Mask, part: &BoundingBox) -> Self {
        let region = image.values.iter().zip(&mask.inside);
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for (&value, _) in region.filter(|(_, inside)| **inside) {
            lowest = lowest.min(value);
            highest = highest.max(value);
        }
        let extension = EXTENSION * (highest - lowest);
        let (lowest, highest) = (lowest - extension, highest + extension);
        let mut values = crop_voxels(&image.values, image.geometry.size, part);
        for value in &mut values {
            *value = if highest > lowest {
                (value.clamp(lowest, highest) - lowest) / (highest - lowest)
            } else {
                0.0
            };
        }
        let mut surroundings = Self {
            size: part.size(),
            spacing: image.geometry.spacing,
            values,
        };
        let sigma = surroundings
            .spacing
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        for axis in 0..3 {
            surroundings.smooth(axis, sigma / surroundings.spacing[axis]);
        }
        surroundings
    }

    /// Gaussian of `sigma` voxels along an axis, cut off at four sigma; borders are mirrored.
    fn smooth(&mut self, axis: usize, sigma: f64) {
        let reach = (4.0 * sigma + 0.5).floor() as isize;
        let weights: Vec<f64> = (-reach..=reach)
            .map(|i| (-0.5 * (i as f64 / sigma).powi(2)).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        let length = self.size[axis];
        let stride: usize = self.size[..axis].iter().product();
        let mut line = vec![0.0; length];
        for start in 0..self.values.len() {
            if !(start / stride).is_multiple_of(length) {
                continue;
            }
            for (i, value) in line.iter_mut().enumerate() {
                *value = self.values[start + i * stride];
            }
            for i in 0..length {
                let samples = weights.iter().zip(-reach..).map(|(weight, offset)| {
                    let period = (i as isize + offset).rem_euclid(2 * length as isize) as usize;
                    weight * line[period.min(2 * length - 1 - period)]
                });
                self.values[start + i * stride] = samples.sum::<f64>() / total;
            }
        }
    }

    /// Centres on a regular grid with about `step` mm between them, x running fastest, and how many
    /// there are along each axis.
    fn grid_of_centres(&self, step: f64) -> (Vec<Centre>, [usize; 3]) {
        let count: [usize; 3] = std::array::from_fn(|axis| {
            let extent = self.size[axis] as f64 * self.spacing[axis];
            ((extent / step).round() as usize).clamp(1, self.size[axis])
        });
        let mut centres = Vec::with_capacity(count.iter().product());
        for number in 0..count.iter().product() {
            let place = [
                number % count[0],
                number / count[0] % count[1],
                number / (count[0] * count[1]),
            ];
            let index: [f64; 3] = std::array::from_fn(|axis| {
                (place[axis] as f64 + 0.5) * self.size[axis] as f64 / count[axis] as f64 - 0.5
            });
            let value = self.values[self.offset(index.map(|index| index.round() as usize))];
            centres.push(Centre { index, value });
        }
        (centres, count)
    }

    fn offset(&self, [x, y, z]: [usize; 3]) -> usize {
        (z * self.size[1] + y) * self.size[0] + x
    }

    /// The number of the centre that each voxel belongs to after all rounds.
    fn cluster(&self, mut centres: Vec<Centre>, step: f64, count: [usize; 3]) -> Vec<usize> {
        // Centres on a coarse axis may lie further apart than the step: reach the next one.
        let reach: [f64; 3] = std::array::from_fn(|axis| {
            let apart = self.size[axis] as f64 / count[axis] as f64;
            (step / self.spacing[axis]).max(apart) + 1.0
        });
        let weight: [f64; 3] =
            std::array::from_fn(|axis| (COMPACTNESS * self.spacing[axis] / step).powi(2));
        let mut labels = vec![usize::MAX; self.values.len()];
        let mut nearest = vec![f64::INFINITY; self.values.len()];
        let mut along_x = Vec::new();
        for _ in 0..ROUNDS {
            nearest.fill(f64::INFINITY);
            for (number, centre) in centres.iter().enumerate() {
                let [lower, upper]: [[usize; 3]; 2] = [
                    std::array::from_fn(|a| (centre.index[a] - reach[a]).ceil().max(0.0) as usize),
                    std::array::from_fn(|a| {
                        ((centre.index[a] + reach[a]).floor() as usize).min(self.size[a] - 1)
                    }),
                ];
                let along =
                    |axis: usize, i: usize| weight[axis] * (i as f64 - centre.index[axis]).powi(2);
                along_x.clear();
                along_x.extend((lower[0]..=upper[0]).map(|x| along(0, x)));
                for z in lower[2]..=upper[2] {
                    for y in lower[1]..=upper[1] {
                        let across = along(2, z) + along(1, y);
                        let start = self.offset([lower[0], y, z]);
                        let line = start..start + along_x.len();
                        let voxels = self.values[line.clone()].iter().zip(&along_x);
                        let kept = nearest[line.clone()].iter_mut().zip(&mut labels[line]);
                        for ((value, along), (nearest, label)) in voxels.zip(kept) {
                            let apart = value - centre.value;
                            let distance = apart * apart + across + along;
                            // Without a branch, so that two voxels go together.
                            let nearer = distance < *nearest;
                            *nearest = if nearer { distance } else { *nearest };
                            *label = if nearer { number } else { *label };
                        }
                    }
                }
            }
            self.move_centres(&mut centres, &labels);
        }
        labels
    }

    /// Puts each centre at the mean of its voxels; one without voxels stays.
    fn move_centres(&self, centres: &mut [Centre], labels: &[usize]) {
        let mut sums = vec![([0.0; 3], 0.0, 0_usize); centres.len()];
        for (place, (&label, value)) in labels.iter().zip(&self.values).enumerate() {
            let Some((index, sum, count)) = sums.get_mut(label) else {
                continue;
            };
            index[0] += (place % self.size[0]) as f64;
            index[1] += (place / self.size[0] % self.size[1]) as f64;
            index[2] += (place / (self.size[0] * self.size[1])) as f64;
            *sum += value;
            *count += 1;
        }
        for (centre, (index, sum, count)) in centres.iter_mut().zip(sums) {
            if count > 0 {
                centre.index = index.map(|index| index / count as f64);
                centre.value = sum / count as f64;
            }
        }
    }
}

/// The six neighbours by faces of a voxel in a box.
fn neighbours(place: usize, size: [usize; 3]) -> impl Iterator<Item = usize> {
    let index = [
        place % size[0],
        place / size[0] % size[1],
        place / (size[0] * size[1]),
    ];
    let stride = [1, size[0], size[0] * size[1]];
    (0..3).flat_map(move |axis| {
        let before = (index[axis] > 0).then(|| place - stride[axis]);
        let after = (index[axis] + 1 < size[axis]).then(|| place + stride[axis]);
        [before, after].into_iter().flatten()
    })
}

/// Labels of connected pieces of at least `smallest` voxels, numbered in the order of their first
/// voxel, and their number: each smaller piece joins the neighbour with which it shares most faces.
fn connected(labels: &[usize], size: [usize; 3], smallest: f64) -> (Vec<usize>, usize) {
    let mut pieces = vec![usize::MAX; labels.len()];
    let mut voxels: Vec<usize> = Vec::new();
    let mut front = Vec::new();
    for start in 0..labels.len() {
        if pieces[start] != usize::MAX {
            continue;
        }
        let number = voxels.len();
        voxels.push(0);
        pieces[start] = number;
        front.push(start);
        while let Some(place) = front.pop() {
            voxels[number] += 1;
            for next in neighbours(place, size) {
                if pieces[next] == usize::MAX && labels[next] == labels[start] {
                    pieces[next] = number;
                    front.push(next);
                }
            }
        }
    }
    let mut faces: Vec<BTreeMap<usize, usize>> = vec![BTreeMap::new(); voxels.len()];
    for place in 0..labels.len() {
        for next in neighbours(place, size) {
            if pieces[next] != pieces[place] {
                *faces[pieces[place]].entry(pieces[next]).or_default() += 1;
            }
        }
    }

    // The smallest pieces first; each one leads, perhaps over others, to the piece it is now part of.
    let mut part_of: Vec<usize> = (0..voxels.len()).collect();
    let root = |part_of: &[usize], mut piece: usize| {
        while part_of[piece] != piece {
            piece = part_of[piece];
        }
        piece
    };
    let mut order: Vec<usize> = (0..voxels.len()).collect();
    order.sort_by_key(|&piece| (voxels[piece], piece));
    for piece in order {
        let own = root(&part_of, piece);
        if own != piece || voxels[piece] as f64 >= smallest {
            continue;
        }
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for (&next, &count) in &faces[piece] {
            let next = root(&part_of, next);
            if next != piece {
                *shared.entry(next).or_default() += count;
            }
        }
        let most = shared
            .iter()
            .max_by_key(|(next, count)| (**count, std::cmp::Reverse(**next)));
        let Some((&next, _)) = most else { continue };
        part_of[piece] = next;
        voxels[next] += voxels[piece];
        let gone = std::mem::take(&mut faces[piece]);
        for (neighbour, count) in gone {
            *faces[next].entry(neighbour).or_default() += count;
        }
    }

    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let labels = pieces
        .iter()
        .map(|&piece| {
            let count = numbers.len();
            *numbers.entry(root(&part_of, piece)).or_insert(count)
        })
        .collect();
    (labels, numbers.len())
}

/// A region put together from supervoxels: each belongs to it with the probability of its overlap,
/// the share of its voxels that lie in `mask`. Those with nine tenths or more always do, those with
/// less than a fifth never, and the one with the largest overlap does in any case. At last gaps
/// are closed (dilation, then erosion by a voxel across faces); beyond the edge of the grid
/// everything counts as region for the erosion.
#[must_use]
pub fn randomise_contour(
    mask: &Mask,
    supervoxels: &Supervoxels,
    generator: &mut impl RngCore,
) -> Mask {
    let Supervoxels {
        part,
        labels,
        count,
    } = supervoxels;
    let inside = crop_voxels(&mask.inside, mask.geometry.size, part);
    let mut overlap = vec![(0_usize, 0_usize); *count];
    for (&label, &inside) in labels.iter().zip(&inside) {
        if let Some((within, all)) = overlap.get_mut(label) {
            *within += usize::from(inside);
            *all += 1;
        }
    }
    let mut shares: Vec<f64> = overlap
        .iter()
        .map(|&(within, all)| within as f64 / all.max(1) as f64)
        .collect();
    let largest = (0..shares.len()).max_by(|&a, &b| {
        // Of equals the first.
        shares[a].total_cmp(&shares[b]).then(b.cmp(&a))
    });
    if let Some(largest) = largest {
        shares[largest] = 1.0;
    }
    let taken: Vec<bool> = shares
        .iter()
        .map(|&share| {
            let drawn = uniform(generator);
            share >= ALWAYS || (share >= NEVER && drawn < share)
        })
        .collect();
    let chosen: Vec<bool> = labels
        .iter()
        .map(|&label| taken.get(label).copied().unwrap_or(false))
        .collect();
    let closed = closed(&chosen, part.size());
    placed(&closed, part, &mask.geometry)
}

/// Dilation, then erosion, by a voxel across faces.
fn closed(inside: &[bool], size: [usize; 3]) -> Vec<bool> {
    let dilated: Vec<bool> = (0..inside.len())
        .map(|place| inside[place] || neighbours(place, size).any(|next| inside[next]))
        .collect();
    (0..inside.len())
        .map(|place| dilated[place] && neighbours(place, size).all(|next| dilated[next]))
        .collect()
}

/// The voxels of a box as a mask of the whole grid.
fn placed(voxels: &[bool], part: &BoundingBox, geometry: &Geometry) -> Mask {
    let mut inside = vec![false; geometry.voxel_count()];
    let [width, height, _] = part.size();
    for (number, line) in voxels.chunks(width.max(1)).enumerate() {
        let [left, front, bottom] = part.lower;
        let (y, z) = (front + number % height, bottom + number / height);
        let start = geometry.offset([left, y, z]);
        if let Some(places) = inside.get_mut(start..start + line.len()) {
            places.copy_from_slice(line);
        }
    }
    Mask {
        geometry: geometry.clone(),
        inside,
    }
}
