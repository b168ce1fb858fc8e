//! From planes to a grid: sorted along their normal, and refused where they make none.

use radiome_image::Geometry;

use crate::DicomError;
use crate::plane::{Plane, axes, cross, dot, minus};

/// Planes nearer than this lie at one place, in mm: half of what the thinnest slices are apart
/// that any scanner makes.
const SAME_PLACE: f64 = 5e-3;
/// How far a slice may lie from its place on the even grid, as a share of the spacing: positions
/// are written with few digits.
const UNEVEN: f64 = 0.02;
/// The same for the absolute distance, in mm.
const UNEVEN_MM: f64 = 0.01;
/// How far slices may be shifted in their own plane, as a share of the smaller pixel spacing.
const SHIFTED: f64 = 0.1;
/// Largest difference of two direction cosines, or relative one of two spacings, that are the same.
const SAME: f64 = 1e-4;

/// A plane with the form of its frame and its file, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) plane: &'a Plane,
    pub(crate) size: [usize; 2],
    pub(crate) place: &'a dyn std::fmt::Display,
}

/// Planes in their order along the third axis.
pub(crate) struct Stack {
    /// The grid that they make.
    pub(crate) geometry: Geometry,
    /// At every place the planes that lie there, as places in the list given.
    pub(crate) slices: Vec<Vec<usize>>,
    /// How far the furthest slices lie from their places on the grid, along its normal and across.
    departure: [f64; 2],
}

impl Stack {
    /// The departure, if it is more than rounding of positions explains.
    pub(crate) fn straightened(&self) -> Option<[f64; 2]> {
        let departs = self.departure.iter().any(|&distance| distance > SAME_PLACE);
        departs.then_some(self.departure)
    }
}

/// Sorts planes along their normal and finds the grid. Several at one place are left to the
/// caller, who can see whether they are the same.
///
/// The grid is ITK's: the direction of the slices is the normal of the planes, their spacing the
/// mean over all of them.
pub(crate) fn stack(name: &str, planes: &[Placed<'_>]) -> Result<Stack, DicomError> {
    let Some(first) = planes.first() else {
        return Err(DicomError::NoSeries {
            place: name.to_owned(),
            files: 0,
        });
    };
    check_alike(name, first, planes)?;
    let [row, column] = axes(first.plane.orientation);
    let normal = cross(row, column);
    let along = |place: usize| {
        let planes = planes.get(place);
        planes.map_or(f64::NAN, |placed| dot(placed.plane.position, normal))
    };
    let mut order: Vec<usize> = (0..planes.len()).collect();
    order.sort_by(|&a, &b| along(a).total_cmp(&along(b)));
    let slices: Vec<Vec<usize>> = order
        .chunk_by(|&a, &b| along(b) - along(a) < SAME_PLACE)
        .map(<[usize]>::to_vec)
        .collect();
    let positions: Vec<[f64; 3]> = slices
        .iter()
        .filter_map(|slice| planes.get(*slice.first()?))
        .map(|placed| placed.plane.position)
        .collect();
    let lowest = positions.first().copied().unwrap_or_default();
    let highest = positions.last().copied().unwrap_or_default();
    let depths: Vec<f64> = positions.iter().map(|&p| dot(p, normal)).collect();
    #[allow(clippy::cast_precision_loss)]
    let spacing = match positions.len() {
        1 => single(name, first.plane)?,
        count => {
            let whole = minus(highest, lowest);
            dot(whole, whole).sqrt() / (count - 1) as f64
        }
    };
    // Positions of 1e300 mm are numbers, but their distances are none.
    let finite = positions.as_flattened().iter().chain(&depths);
    if !finite.chain([&spacing]).all(|number| number.is_finite()) || spacing <= 0.0 {
        return Err(DicomError::Value {
            place: name.to_owned(),
            attribute: "Image Position (Patient)",
            found: format!("from {lowest:?} to {highest:?}"),
            expected: "positions in millimetres are needed",
        });
    }
    check_even(name, &depths)?;
    check_straight(name, &positions, normal, first.plane.spacing)?;
    let [columns, rows] = first.size;
    Ok(Stack {
        geometry: Geometry {
            size: [columns, rows, slices.len()],
            spacing: [first.plane.spacing[0], first.plane.spacing[1], spacing],
            origin: lowest,
            direction: std::array::from_fn(|axis| [row[axis], column[axis], normal[axis]]),
        },
        slices,
        departure: departure(&positions, normal, spacing),
    })
}

/// The largest distances of planes from their places on the even, straight grid.
fn departure(positions: &[[f64; 3]], normal: [f64; 3], spacing: f64) -> [f64; 2] {
    let Some(&first) = positions.first() else {
        return [0.0; 2];
    };
    let mut furthest = [0.0_f64; 2];
    for (slice, &position) in positions.iter().enumerate() {
        let step = minus(position, first);
        let depth = dot(step, normal);
        let across = minus(step, normal.map(|cosine| cosine * depth));
        #[allow(clippy::cast_precision_loss)]
        let along = (depth - slice as f64 * spacing).abs();
        furthest[0] = furthest[0].max(along);
        furthest[1] = furthest[1].max(dot(across, across).sqrt());
    }
    furthest
}

/// The slice spacing of a single slice, which no second one can tell.
fn single(name: &str, plane: &Plane) -> Result<f64, DicomError> {
    plane.slice_spacing.ok_or_else(|| DicomError::Missing {
        place: name.to_owned(),
        attribute: "Spacing Between Slices or Slice Thickness",
        why: "a single slice has no neighbour that tells its thickness",
    })
}

fn check_alike(name: &str, first: &Placed<'_>, planes: &[Placed<'_>]) -> Result<(), DicomError> {
    let far =
        |a: &[f64], b: &[f64], allowed: f64| a.iter().zip(b).any(|(a, b)| (a - b).abs() > allowed);
    for other in planes {
        let (a, b) = (first.plane, other.plane);
        let found = if first.size != other.size {
            let size = |[columns, rows]: [usize; 2]| format!("{columns} x {rows}");
            ("the size of the slices", size(first.size), size(other.size))
        } else if far(&a.orientation, &b.orientation, SAME) {
            let text = |plane: &Plane| format!("{:?}", plane.orientation);
            ("Image Orientation (Patient)", text(a), text(b))
        } else if far(&a.spacing, &b.spacing, SAME * a.spacing[0]) {
            let text = |plane: &Plane| format!("{:?} mm", plane.spacing);
            ("Pixel Spacing", text(a), text(b))
        } else {
            continue;
        };
        let (attribute, first, different) = found;
        return Err(DicomError::Inconsistent {
            place: name.to_owned(),
            attribute,
            first,
            other: different,
            where_other: other.place.to_string(),
        });
    }
    Ok(())
}

/// Whether slices at these depths are evenly spaced; if not, whether some are missing.
fn check_even(name: &str, depths: &[f64]) -> Result<(), DicomError> {
    let (Some(first), Some(last)) = (depths.first(), depths.last()) else {
        return Ok(());
    };
    if depths.len() < 3 {
        return Ok(());
    }
    #[allow(clippy::cast_precision_loss)]
    let spacing = (last - first) / (depths.len() - 1) as f64;
    #[allow(clippy::cast_precision_loss)]
    let uneven = (depths.iter().enumerate())
        .any(|(i, depth)| !near(*depth, first + i as f64 * spacing, spacing));
    if !uneven {
        return Ok(());
    }
    let gaps: Vec<f64> = depths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut sorted = gaps.clone();
    sorted.sort_by(f64::total_cmp);
    // More than half of the gaps are the usual one wherever a few slices are missing.
    let usual = sorted
        .get((sorted.len() - 1) / 2)
        .copied()
        .unwrap_or(spacing);
    let multiple = |gap: f64| (gap / usual).round();
    if gaps
        .iter()
        .all(|&gap| near(gap, multiple(gap) * usual, usual))
    {
        let mut missing = Vec::new();
        for (depth, gap) in depths.iter().zip(&gaps) {
            let mut step = 1.0;
            while step < multiple(*gap) && missing.len() < 10_000 {
                missing.push(depth + step * usual);
                step += 1.0;
            }
        }
        return Err(DicomError::MissingSlices {
            place: name.to_owned(),
            positions: missing,
            spacing: usual,
        });
    }
    Err(DicomError::UnevenSlices {
        place: name.to_owned(),
        smallest: sorted.first().copied().unwrap_or_default(),
        largest: sorted.last().copied().unwrap_or_default(),
    })
}

fn near(depth: f64, expected: f64, spacing: f64) -> bool {
    (depth - expected).abs() <= (UNEVEN * spacing).max(UNEVEN_MM)
}

/// Whether the slices lie above each other.
fn check_straight(
    name: &str,
    positions: &[[f64; 3]],
    normal: [f64; 3],
    spacing: [f64; 2],
) -> Result<(), DicomError> {
    let Some(&first) = positions.first() else {
        return Ok(());
    };
    for &position in positions {
        let step = minus(position, first);
        let depth = dot(step, normal);
        let shift = minus(step, normal.map(|cosine| cosine * depth));
        let shift = dot(shift, shift).sqrt();
        if shift > SHIFTED * spacing[0].min(spacing[1]) {
            return Err(DicomError::TiltedGantry {
                place: name.to_owned(),
                degrees: shift.atan2(depth).to_degrees(),
            });
        }
    }
    Ok(())
}
