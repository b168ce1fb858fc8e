//! From contours to voxels, by the centre of each voxel and the even-odd rule.

use std::collections::BTreeMap;
use std::fmt;

use radiome_image::{Geometry, Mask};

use super::Region;
use crate::DicomError;
use crate::index_frame::IndexFrame;

/// How far the points of one contour may spread across the slices, in slices: positions are
/// written with few digits.
const SPREAD: f64 = 0.1;
/// Contours lie in one plane if they are no further apart than this, in slices.
const SAME_PLANE: f64 = 0.02;

/// What is to be said of the contours of a region.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ContourRemark {
    /// Contours lie between slices; the furthest by so much.
    BetweenSlices {
        /// How many.
        count: usize,
        /// The largest distance to the nearest slice, in mm.
        distance: f64,
    },
    /// Contours were passed over because others of the same slice lie nearer to it.
    PlanesDropped {
        /// How many.
        count: usize,
    },
    /// Slices between the first and the last contoured one have no contour.
    SlicesWithoutContour {
        /// Their indices, from 0.
        slices: Vec<usize>,
    },
    /// Contours reach beyond the rows or columns of the image, where there are no voxels.
    BeyondImage {
        /// How many.
        count: usize,
    },
}

impl ContourRemark {
    /// Its stable name, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BetweenSlices { .. } => "contours_between_slices",
            Self::PlanesDropped { .. } => "contours_dropped",
            Self::SlicesWithoutContour { .. } => "slices_without_contour",
            Self::BeyondImage { .. } => "contours_beyond_image",
        }
    }
}

impl fmt::Display for ContourRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BetweenSlices { count, distance } => write!(
                f,
                "{count} contours lie between slices, up to {distance:.3} mm from the nearest, which they were given to"
            ),
            Self::PlanesDropped { count } => write!(
                f,
                "{count} contours were passed over: others of the same slice lie nearer to it"
            ),
            Self::SlicesWithoutContour { slices } => write!(
                f,
                "{} slices between the first and the last contoured one have no contour",
                slices.len()
            ),
            Self::BeyondImage { count } => {
                write!(f, "{count} contours reach beyond the image")
            }
        }
    }
}

/// A contour in the plane of its slice, in voxels.
struct Planar {
    /// Its depth in slices.
    depth: f64,
    points: Vec<[f64; 2]>,
}

pub(super) fn rasterize(
    place: &str,
    region: &Region,
    geometry: &Geometry,
) -> Result<(Mask, Vec<ContourRemark>), DicomError> {
    if region.contours.is_empty() {
        return Err(DicomError::EmptyRegion {
            place: place.to_owned(),
            name: region.name.clone(),
        });
    }
    let [width, height, depth] = geometry.size;
    let spacing = geometry.spacing[2];
    let frame = IndexFrame::of(geometry);
    let mut slices: BTreeMap<usize, Vec<Planar>> = BTreeMap::new();
    let (mut between, mut furthest, mut beyond) = (0, 0.0_f64, 0);
    for (number, contour) in region.contours.iter().enumerate() {
        let points: Vec<[f64; 3]> = contour.iter().map(|&point| frame.index(point)).collect();
        let low = points.iter().map(|p| p[2]).fold(f64::INFINITY, f64::min);
        let high = points
            .iter()
            .map(|p| p[2])
            .fold(f64::NEG_INFINITY, f64::max);
        // Points so far away that their places overflow lie in no slice either.
        let placed = points.as_flattened().iter().all(|place| place.is_finite());
        if !placed || high - low > SPREAD {
            return Err(DicomError::ContourAcrossSlices {
                place: place.to_owned(),
                name: region.name.clone(),
                contour: number + 1,
                spread: (high - low) * spacing,
            });
        }
        let middle = f64::midpoint(low, high);
        let nearest = middle.round();
        #[allow(clippy::cast_precision_loss)]
        let last = depth as f64 - 1.0;
        // A contour a hair beyond half a slice still belongs to the outermost one.
        let nearest = nearest.clamp(0.0, last);
        let distance = (middle - nearest).abs();
        if distance > 0.5 + SAME_PLANE {
            return Err(DicomError::ContourOutside {
                place: place.to_owned(),
                name: region.name.clone(),
                contour: number + 1,
                distance: (distance - 0.5) * spacing,
            });
        }
        if distance > SAME_PLANE {
            between += 1;
            furthest = furthest.max(distance * spacing);
        }
        #[allow(clippy::cast_precision_loss)]
        let outside = |value: f64, size: usize| value < -0.5 || value > size as f64 - 0.5;
        if (points.iter()).any(|p| outside(p[0], width) || outside(p[1], height)) {
            beyond += 1;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        slices.entry(nearest as usize).or_default().push(Planar {
            depth: middle,
            points: points.iter().map(|&[x, y, _]| [x, y]).collect(),
        });
    }
    let mut inside = vec![false; width * height * depth];
    let mut dropped = 0;
    for (&slice, contours) in &slices {
        #[allow(clippy::cast_precision_loss)]
        let away = |contour: &Planar| (contour.depth - slice as f64).abs();
        let nearest = contours
            .iter()
            .min_by(|a, b| away(a).total_cmp(&away(b)))
            .map_or(0.0, |contour| contour.depth);
        let area = slice * width * height..(slice + 1) * width * height;
        let Some(voxels) = inside.get_mut(area) else {
            continue;
        };
        for contour in contours {
            match (contour.depth - nearest).abs() <= SAME_PLANE {
                true => flip_inside(&contour.points, voxels, width),
                false => dropped += 1,
            }
        }
    }
    let mut remarks = Vec::new();
    if between > 0 {
        remarks.push(ContourRemark::BetweenSlices {
            count: between,
            distance: furthest,
        });
    }
    if dropped > 0 {
        remarks.push(ContourRemark::PlanesDropped { count: dropped });
    }
    let first = slices.keys().next().copied().unwrap_or_default();
    let last = slices.keys().next_back().copied().unwrap_or_default();
    let empty: Vec<usize> = (first..last)
        .filter(|slice| !slices.contains_key(slice))
        .collect();
    if !empty.is_empty() {
        remarks.push(ContourRemark::SlicesWithoutContour { slices: empty });
    }
    if beyond > 0 {
        remarks.push(ContourRemark::BeyondImage { count: beyond });
    }
    let mask = Mask {
        geometry: geometry.clone(),
        inside,
    };
    Ok((mask, remarks))
}

/// Flips every voxel whose centre lies inside a polygon, so that the contours of a slice combine by
/// the even-odd rule.
///
/// A centre on an edge belongs to the polygon on its side of larger x or y: two regions that share
/// an edge share no voxel.
fn flip_inside(points: &[[f64; 2]], voxels: &mut [bool], width: usize) {
    let mut crossings: Vec<f64> = Vec::new();
    for (row, line) in voxels.chunks_mut(width.max(1)).enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let y = row as f64;
        crossings.clear();
        let next = points.iter().cycle().skip(1);
        for (&[x0, y0], &[x1, y1]) in points.iter().zip(next) {
            // Half-open, so that a corner on the line counts once.
            if (y0 <= y) != (y1 <= y) {
                crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.as_chunks::<2>().0 {
            let [from, to] = pair.map(|x| x.ceil().max(0.0));
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let (from, to) = ((from as usize).min(width), (to as usize).min(width));
            for voxel in line.get_mut(from..to).unwrap_or_default() {
                *voxel = !*voxel;
            }
        }
    }
}
