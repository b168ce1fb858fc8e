//! Filters along the axes in all their right-angle rotations, and what is kept of the responses.

use super::convolve::Kernel;
use super::window::{Part, Reach, Span, Window, whole, widened, within};
use super::{Boundary, Dimension};
use crate::Image;

/// What is kept of the responses to the rotations of a filter, voxel by voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// The largest.
    Maximum,
    /// The mean.
    Average,
    /// The smallest.
    Minimum,
}

impl Pooling {
    /// The kinds of pooling and their names.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("max", Self::Maximum),
        ("average", Self::Average),
        ("min", Self::Minimum),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Maximum => "max",
            Self::Average => "average",
            Self::Minimum => "min",
        }
    }
}

/// Responses pooled one after another, always in the same order.
pub(super) struct Pool {
    pooling: Pooling,
    count: f64,
    values: Vec<f64>,
}

impl Pool {
    pub(super) fn new(pooling: Pooling) -> Self {
        Self {
            pooling,
            count: 0.0,
            values: Vec::new(),
        }
    }

    /// Takes a response that stands for `count` equal ones.
    pub(super) fn take(&mut self, response: Vec<f64>, count: f64) {
        let first = self.count == 0.0;
        self.count += count;
        let weighted = self.pooling == Pooling::Average && count != 1.0;
        if first {
            self.values = response;
            if weighted {
                self.values.iter_mut().for_each(|value| *value *= count);
            }
            return;
        }
        let pairs = self.values.iter_mut().zip(response);
        match self.pooling {
            Pooling::Maximum => pairs.for_each(|(value, other)| *value = value.max(other)),
            Pooling::Minimum => pairs.for_each(|(value, other)| *value = value.min(other)),
            Pooling::Average => pairs.for_each(|(value, other)| *value += count * other),
        }
    }

    pub(super) fn finish(mut self) -> Vec<f64> {
        if self.pooling == Pooling::Average && self.count > 1.0 {
            self.values
                .iter_mut()
                .for_each(|value| *value /= self.count);
        }
        self.values
    }
}

/// A rotation by right angles: which axis of the kernel comes to lie along each axis of the
/// image, and whether it is turned around.
type Rotation = [(usize, bool); 3];

/// The four rotations of a slice or the 24 of a volume, the identity first.
fn rotations(dimension: Dimension) -> Vec<Rotation> {
    const ORDERS: [([usize; 3], bool); 6] = [
        ([0, 1, 2], false),
        ([0, 2, 1], true),
        ([1, 0, 2], true),
        ([1, 2, 0], false),
        ([2, 0, 1], false),
        ([2, 1, 0], true),
    ];
    let mut found = Vec::new();
    for (order, odd) in ORDERS {
        for signs in 0..8_u32 {
            // A rotation is no reflection: its determinant is 1.
            let proper = odd == (signs.count_ones() % 2 == 1);
            let in_slice = order[2] == 2 && signs & 4 == 0;
            if proper && (dimension == Dimension::Volume || in_slice) {
                found.push(std::array::from_fn(|axis| {
                    (order[axis], signs >> axis & 1 == 1)
                }));
            }
        }
    }
    found
}

/// The orders of a Riesz transform in all its rotations, and how many of them leave its sign and
/// how many change it.
pub(super) fn rotated_orders(
    dimension: Dimension,
    order: [usize; 3],
) -> Vec<([usize; 3], [f64; 2])> {
    let mut found: Vec<([usize; 3], [f64; 2])> = Vec::new();
    for rotation in rotations(dimension) {
        let rotated = rotation.map(|(from, _)| order[from]);
        let odd = |&(from, flip): &(usize, bool)| flip && order[from] % 2 == 1;
        let negative = rotation.iter().filter(|turn| odd(turn)).count() % 2 == 1;
        let counts = [f64::from(!negative), f64::from(negative)];
        match found.iter_mut().find(|(other, _)| *other == rotated) {
            Some((_, sum)) => *sum = [sum[0] + counts[0], sum[1] + counts[1]],
            None => found.push((rotated, counts)),
        }
    }
    found
}

/// Separable filters applied one after another: in each step one kernel along each axis (x, y,
/// and z for volumes).
///
/// At each step the image goes on beyond its borders anew.
pub(super) struct Cascade {
    pub(super) steps: Vec<Vec<Kernel>>,
    pub(super) dimension: Dimension,
    pub(super) boundary: Boundary,
    pub(super) rotations: Option<Pooling>,
}

/// Kernels by number, for every pass along an axis, step after step; and how many rotations give
/// just these.
type Path = (Vec<usize>, f64);

impl Cascade {
    /// Every kernel that a rotation brings about, and the different orders in which they come.
    fn paths(&self) -> (Vec<Kernel>, Vec<Path>) {
        let identity: Rotation = [(0, false), (1, false), (2, false)];
        let rotations = match self.rotations {
            Some(_) => rotations(self.dimension),
            None => vec![identity],
        };
        let mut kernels: Vec<Kernel> = Vec::new();
        let mut paths: Vec<Path> = Vec::new();
        for rotation in rotations {
            let mut path = Vec::new();
            for step in &self.steps {
                for &(from, flip) in rotation.iter().take(step.len()) {
                    let Some(kernel) = step.get(from) else {
                        continue;
                    };
                    let kernel = if flip {
                        kernel.flipped()
                    } else {
                        kernel.clone()
                    };
                    let known = kernels.iter().position(|other| *other == kernel);
                    path.push(known.unwrap_or(kernels.len()));
                    if known.is_none() {
                        kernels.push(kernel);
                    }
                }
            }
            match paths.iter_mut().find(|(other, _)| *other == path) {
                Some((_, count)) => *count += 1.0,
                None => paths.push((path, 1.0)),
            }
        }
        // What begins alike lies side by side, and is computed once.
        paths.sort_by(|(a, _), (b, _)| a.cmp(b));
        (kernels, paths)
    }

    /// How far each step looks, whatever the rotation.
    fn reaches(&self) -> Vec<Reach> {
        let wider = |a: (usize, usize), b: (usize, usize)| (a.0.max(b.0), a.1.max(b.1));
        self.steps
            .iter()
            .map(|step| {
                let any = step
                    .iter()
                    .flat_map(|kernel| [kernel.reach(), kernel.flipped().reach()])
                    .fold((0, 0), wider);
                std::array::from_fn(|axis| match step.get(axis) {
                    Some(kernel) if self.rotations.is_none() => kernel.reach(),
                    Some(_) => any,
                    None => (0, 0),
                })
            })
            .collect()
    }

    /// The pooled responses at the voxels of `output`, which must lie in the image.
    pub(super) fn respond(&self, image: &Image, output: &Span) -> Window {
        let size = image.geometry.size;
        let (kernels, paths) = self.paths();
        let reaches = self.reaches();
        // What each step must give for the next one to be complete, the last step first.
        let mut outputs = vec![output.clone()];
        for reach in reaches.iter().skip(1).rev() {
            let Some(after) = outputs.last() else { break };
            outputs.push(within(&widened(after, reach), size, self.boundary));
        }
        outputs.reverse();

        let all = whole(size);
        let input = Part {
            span: &all,
            values: &image.values,
            size,
        };
        let axes = self.steps.first().map_or(1, Vec::len).max(1);
        let mut pool = Pool::new(self.rotations.unwrap_or(Pooling::Average));
        // The responses after each pass of the path before.
        let mut done: Vec<Window> = Vec::new();
        let mut before: &[usize] = &[];
        for (path, count) in &paths {
            let pairs = path.iter().zip(before);
            let shared = pairs.take_while(|(a, b)| a == b).count();
            done.truncate(shared);
            for (pass, &kernel) in path.iter().enumerate().skip(done.len()) {
                let (step, axis) = (pass / axes, pass % axes);
                let (Some(kernel), Some(reach), Some(output)) =
                    (kernels.get(kernel), reaches.get(step), outputs.get(step))
                else {
                    continue;
                };
                let next = if axis == 0 {
                    let source = done.last().map_or(input, |window| window.part(size));
                    let extended = source.extended(&widened(output, reach), self.boundary);
                    kernel.along(axis, &extended, &output[axis])
                } else if let Some(last) = done.last() {
                    kernel.along(axis, last, &output[axis])
                } else {
                    continue;
                };
                done.push(next);
            }
            before = path;
            if let Some(response) = done.pop() {
                pool.take(response.values, *count);
            }
        }
        Window {
            span: output.clone(),
            values: pool.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rotations_of_a_slice_and_24_of_a_volume() {
        let slice = rotations(Dimension::Slices);
        assert_eq!(slice.len(), 4);
        assert!(slice.iter().all(|rotation| rotation[2] == (2, false)));
        let volume = rotations(Dimension::Volume);
        assert_eq!(volume.len(), 24);
        assert_eq!(volume[0], [(0, false), (1, false), (2, false)]);
        for (i, rotation) in volume.iter().enumerate() {
            assert!(volume.iter().skip(i + 1).all(|other| other != rotation));
        }
    }

    #[test]
    fn equal_rotations_are_computed_once() {
        let symmetric = Kernel::centred(vec![1.0, 2.0, 1.0]);
        let edge = Kernel::centred(vec![-1.0, 0.0, 1.0]);
        let cascade = Cascade {
            steps: vec![vec![edge, symmetric.clone(), symmetric]],
            dimension: Dimension::Volume,
            boundary: Boundary::Zero,
            rotations: Some(Pooling::Average),
        };
        let (kernels, paths) = cascade.paths();
        // The edge along one of three axes in one of two directions.
        assert_eq!((kernels.len(), paths.len()), (3, 6));
        assert!(paths.iter().all(|&(_, count)| count == 4.0));
    }
}
