//! Slices of a grid whose axes are the image's, evaluated many voxels of a row side by side.

use super::{BSpline, Support};

/// Voxels of a row evaluated side by side.
const LANES: usize = 16;

/// The supports of a row along x, in groups of neighbours.
pub(super) struct Columns {
    groups: Vec<Group>,
}

struct Group {
    places: [[usize; LANES]; 4],
    weights: [[f64; LANES]; 4],
    /// Whether there is a position at all.
    inside: [bool; LANES],
}

impl Columns {
    pub(super) fn new(supports: &[Option<Support>]) -> Self {
        let groups = supports.chunks(LANES).map(|supports| {
            let support = |lane: usize| supports.get(lane).copied().flatten();
            let known = |lane: usize| support(lane).unwrap_or_default();
            Group {
                places: std::array::from_fn(|k| std::array::from_fn(|lane| known(lane).places[k])),
                weights: std::array::from_fn(|k| {
                    std::array::from_fn(|lane| known(lane).weights[k])
                }),
                inside: std::array::from_fn(|lane| support(lane).is_some()),
            }
        });
        Self {
            groups: groups.collect(),
        }
    }
}

/// Fills some slices, one for each support along z; voxels without a position keep their 0.
pub(super) fn fill(
    spline: &BSpline,
    along_x: &Columns,
    along_y: &[Option<Support>],
    along_z: &[Option<Support>],
    values: &mut [f64],
) {
    pulp::Arch::new().dispatch(Slices {
        spline,
        along_x,
        along_y,
        along_z,
        values,
    });
}

/// Compiled once for every kind of processor; no operation is fused with another.
struct Slices<'a> {
    spline: &'a BSpline,
    along_x: &'a Columns,
    along_y: &'a [Option<Support>],
    along_z: &'a [Option<Support>],
    values: &'a mut [f64],
}

/// What the voxels of a group see of the lines of a plane of coefficients.
type Plane = Vec<[[f64; LANES]; 4]>;

impl pulp::WithSimd for Slices<'_> {
    type Output = ();

    // Inlined, or else it is compiled for the oldest processor.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let height = self.spline.held[1];
        let plane_length = self.values.len() / self.along_z.len().max(1);
        let row_length = plane_length / self.along_y.len().max(1);
        let mut planes: [Plane; 4] = std::array::from_fn(|_| vec![[[0.0; LANES]; 4]; height]);
        for (number, group) in self.along_x.groups.iter().enumerate() {
            let mut held = [None; 4];
            let slices = self.values.chunks_exact_mut(plane_length.max(1));
            for (slice, z) in slices.zip(self.along_z) {
                let Some(z) = z else { continue };
                see(self.spline, group, z, &mut planes, &mut held);
                let rows = slice.chunks_exact_mut(row_length.max(1));
                for (row, y) in rows.zip(self.along_y) {
                    let Some(y) = y else { continue };
                    let sums = sum(group, y, z, &planes);
                    let row = row.get_mut(number * LANES..).unwrap_or_default();
                    for ((voxel, &sum), &inside) in row.iter_mut().zip(&sums).zip(&group.inside) {
                        *voxel = if inside { sum } else { 0.0 };
                    }
                }
            }
        }
    }
}

/// Brings the four planes that a slice needs to their places; neighbouring slices share most.
#[inline(always)]
fn see(
    spline: &BSpline,
    group: &Group,
    z: &Support,
    planes: &mut [Plane; 4],
    held: &mut [Option<usize>; 4],
) {
    let [width, height, _] = spline.held;
    for (k, &place) in z.places.iter().enumerate() {
        if held[k] == Some(place) {
            continue;
        }
        if let Some(other) = (k + 1..4).find(|&other| held[other] == Some(place)) {
            planes.swap(k, other);
            held.swap(k, other);
            continue;
        }
        held[k] = Some(place);
        let start = place * height * width;
        let coefficients = spline.coefficients.get(start..).unwrap_or_default();
        for (seen, line) in planes[k].iter_mut().zip(coefficients.chunks_exact(width)) {
            for (seen, places) in seen.iter_mut().zip(&group.places) {
                for (seen, &place) in seen.iter_mut().zip(places) {
                    *seen = line.get(place).copied().unwrap_or(0.0);
                }
            }
        }
    }
}

/// The 64 products of every voxel of a group, in ITK's order.
#[inline(always)]
fn sum(group: &Group, y: &Support, z: &Support, planes: &[Plane; 4]) -> [f64; LANES] {
    let mut products = [[[0.0; LANES]; 4]; 4];
    for (products, &weight_y) in products.iter_mut().zip(&y.weights) {
        for (products, weights_x) in products.iter_mut().zip(&group.weights) {
            for (product, &weight_x) in products.iter_mut().zip(weights_x) {
                *product = weight_x * weight_y;
            }
        }
    }
    let mut sums = [0.0; LANES];
    for (plane, &weight_z) in planes.iter().zip(&z.weights) {
        for (&place_y, products) in y.places.iter().zip(&products) {
            let Some(seen) = plane.get(place_y) else {
                continue;
            };
            for (seen, products) in seen.iter().zip(products) {
                for ((sum, &coefficient), &product) in sums.iter_mut().zip(seen).zip(products) {
                    *sum += product * weight_z * coefficient;
                }
            }
        }
    }
    sums
}
