//! How much memory a case will need, from headers and the place of its region.
//!
//! The peak is close to
//!
//! $$ 24\,V + 12\,M + 24\,P + 8\,w\,W + (40 + 18\,(t - 1))\,R + 2\,\mathrm{MiB}\,(t - 1) $$
//!
//! bytes, with the voxels $V$ of the image, $M$ of the mask, $P$ of the image that is resampled or
//! cropped around the region (0 where it stays whole), $W$ of the one that is filtered ($P$ or
//! $V$), $R$ of the region's box in it; $t$ is the number of images that are made side by side: as
//! many as the settings ask for, but no more than there are threads; $w$ is the same for filters
//! that make an image as large as theirs (square to gradient), and one more. Under the IBSI's
//! definitions $P$ counts 40 bytes and $t$ is at least 4.
//! The constants are such that no measured case needs more; `bench/memory.py` measures again, and
//! `docs/runs.md` has the table.
//!
//! Corrections of intensity are done before, on the whole image, and take at most
//!
//! $$ 28\,V + 16\,M \qquad\text{or, with N4,}\qquad 44\,V + 16\,M + 52\,S $$
//!
//! bytes, with the voxels $S$ of the image that N4 finds its field on. The larger of the two counts.
//! These constants are counted from what the steps hold at a time; no measured case needs more.

use radiome_features::ibsi::DiagnosticsPlan;
use radiome_features::settings::Filter;
use radiome_features::{Plan, Protocol, ibsi};
use radiome_image::{BoundingBox, Geometry, LabelMap, read};

use super::batch::Group;
use super::{Case, Label, Processing, dicom, find, named};
use crate::correction::Step;

/// The program itself.
pub(super) const PROGRAM: u64 = 28 << 20;
/// Bytes a voxel of the image: the image, its normalised copy, the labels, the mask's values while
/// it is read.
const IMAGE: f64 = 24.0;
/// Bytes a voxel of the mask while it is read: doubles, then labels.
const MASK: f64 = 12.0;
/// Bytes a voxel of the image while it is corrected: before and after, the values that a step looks
/// at, its mask.
const CORRECTED: f64 = 28.0;
/// The same of N4, which holds its field in slices, as a whole and rounded.
const CORRECTED_N4: f64 = 44.0;
/// Bytes a voxel of the image that N4 finds its field on.
const THINNED: f64 = 52.0;
/// Bytes a voxel of the mask while the image is corrected: its labels, and another reading of it.
const MASK_TWICE: f64 = 16.0;
/// Bytes a voxel of the prepared image, where it is no longer the image as it was read.
const PREPARED: f64 = 24.0;
/// The same under the IBSI's definitions, which keep the image with and without rounding.
const PREPARED_IBSI: f64 = 40.0;
/// Families of the IBSI's features that are worked on side by side.
const FAMILIES: usize = 4;
/// Bytes a voxel of the region's box: its mask, its surface, its grey levels.
const REGION: f64 = 40.0;
/// Bytes a voxel of the region's box for each image that is made beside others.
const SIDE_BY_SIDE: f64 = 18.0;
/// Bytes a voxel of the prepared image for each filter that makes all of it anew.
const WHOLE: f64 = 8.0;
/// Bytes for each image that is made beside others, whatever its size.
const THREAD: f64 = (2 << 20) as f64;

/// Bytes that reading the mask alone takes, by its header; 0 where that cannot be read, or where the
/// image cannot, which the reading will say.
pub(super) fn of_mask(case: &Case) -> u64 {
    if dicom::is_dicom(&case.mask) || grid(case, true).is_none() {
        return 0;
    }
    grid(case, false).map_or(0, |grid| bytes(MASK * voxels(&grid)))
}

/// Bytes that the cases of a group will need at most; `None` where a file cannot be read, which the
/// reading will say. The mask is read for it, the image is not.
pub(super) fn of_group(group: &Group<'_>, processing: &Processing, threads: usize) -> Option<u64> {
    let protocol = &processing.protocol;
    let first = group.cases.first()?;
    let image = grid(first, true)?;
    let boxes = match dicom::is_dicom(&first.mask) {
        // Contours are drawn on the image; their box may be all of it.
        true => vec![whole(&image)],
        false => {
            let channel = named::channel_of(first, protocol.label_channel());
            let labels = read::labels_of_channel(&first.mask, channel).ok()?;
            let wanted = group
                .cases
                .iter()
                .map(|case| value(case, &labels, protocol));
            // A label that is not there fails as soon as the mask is read.
            wanted
                .filter_map(|label| on_grid(&labels, label?, &image))
                .collect::<Vec<BoundingBox>>()
        }
    };
    let mask = match dicom::is_dicom(&first.mask) {
        true => voxels(&image),
        false => voxels(&grid(first, false)?),
    };
    let largest = boxes
        .iter()
        .map(|bounds| work(&image, bounds, protocol, threads))
        .fold(0.0, f64::max);
    let features = IMAGE * voxels(&image) + MASK * mask + largest;
    let steps = processing.correction.steps.iter();
    let corrections = steps
        .map(|step| correction(&image, step) + MASK_TWICE * mask)
        .fold(0.0, f64::max);
    Some(bytes(features.max(corrections)))
}

/// Bytes for one correction, beside the mask.
fn correction(image: &Geometry, step: &Step) -> f64 {
    match step {
        Step::N4 { shrink, .. } => {
            // As N4 thins out: an axis keeps at least four voxels.
            let thinned = product(|axis| {
                let size = image.size[axis];
                (size / (*shrink).min(size / 4).max(1)).max(1) as f64
            });
            CORRECTED_N4 * voxels(image) + THINNED * thinned
        }
        Step::ZScore { .. } | Step::Clip { .. } | Step::Nyul { .. } => CORRECTED * voxels(image),
    }
}

/// Bytes for one region, beside the image and the mask.
fn work(image: &Geometry, bounds: &BoundingBox, protocol: &Protocol, threads: usize) -> f64 {
    let work = match protocol {
        Protocol::PyRadiomics(extractor) => Work::of_plan(image, bounds, extractor.plan()),
        Protocol::Ibsi(extractor) => Work::of_ibsi_plan(image, bounds, extractor.plan()),
    };
    let beside = (threads.min(work.images).max(1) - 1) as f64;
    let whole = match threads.min(work.whole_filters) {
        0 => 0.0,
        side_by_side => WHOLE * (side_by_side + 1) as f64 * work.filtered,
    };
    work.prepared + whole + (REGION + SIDE_BY_SIDE * beside) * work.region + THREAD * beside
}

/// What an extraction makes of one region.
struct Work {
    /// Bytes of the prepared image.
    prepared: f64,
    /// Voxels of the image that is filtered.
    filtered: f64,
    /// Voxels of the region's box in it.
    region: f64,
    /// Images that can be worked on side by side.
    images: usize,
    /// Filters that make all of the image anew.
    whole_filters: usize,
}

impl Work {
    fn of_plan(image: &Geometry, bounds: &BoundingBox, plan: &Plan) -> Self {
        let new = plan.resampling.as_ref().map_or(KEPT, |by| by.spacing);
        let pad = 2.0 * plan.pad_distance as f64 + 1.0;
        let prepared = match plan.resampling.is_some() || plan.pre_crop {
            true => product(|axis| edge(bounds, axis) * scale(image, new, axis) + pad),
            false => 0.0,
        };
        let whole_filters = plan.images.iter().filter(|one| makes_all(&one.filter));
        Self {
            prepared: PREPARED * prepared,
            filtered: if prepared > 0.0 {
                prepared
            } else {
                voxels(image)
            },
            region: product(|axis| edge(bounds, axis) * scale(image, new, axis)),
            images: plan.images.iter().map(|one| one.names.len()).sum(),
            whole_filters: whole_filters.count(),
        }
    }

    fn of_ibsi_plan(image: &Geometry, bounds: &BoundingBox, plan: &ibsi::Plan) -> Self {
        let new = plan.interpolation.as_ref().map_or(KEPT, |by| by.spacing);
        let all = product(|axis| image.size[axis] as f64 * scale(image, new, axis));
        let region = product(|axis| edge(bounds, axis) * scale(image, new, axis));
        let prepared = match plan.interpolation {
            Some(_) if keeps_all(plan) => PREPARED_IBSI * all,
            // The mask is interpolated whole.
            Some(_) => PREPARED_IBSI * region + all,
            None => 0.0,
        };
        let images: usize = plan.images.iter().map(|one| one.names.len()).sum();
        let whole_filters = plan.images.iter().filter(|one| makes_all(&one.filter));
        Self {
            prepared,
            filtered: all,
            region,
            images: images.max(FAMILIES),
            whole_filters: whole_filters.count(),
        }
    }
}

/// A spacing that keeps the old one along every axis.
const KEPT: [f64; 3] = [0.0; 3];

fn product(along: impl Fn(usize) -> f64) -> f64 {
    (0..3).map(along).product()
}

/// Voxels of a box along an axis.
fn edge(bounds: &BoundingBox, axis: usize) -> f64 {
    (bounds.upper[axis] + 1 - bounds.lower[axis]) as f64
}

/// Whether a filter makes an image as large as the one that it is given.
fn makes_all(filter: &Filter) -> bool {
    matches!(
        filter,
        Filter::Square
            | Filter::SquareRoot
            | Filter::Logarithm
            | Filter::Exponential
            | Filter::Gradient { .. }
    )
}

/// Whether an IBSI plan interpolates the whole image.
fn keeps_all(plan: &ibsi::Plan) -> bool {
    let filters = plan
        .images
        .iter()
        .any(|image| image.names.iter().any(|name| !name.is_empty()));
    filters || plan.diagnostics == DiagnosticsPlan::WholeImage
}

/// New voxels for an old one along an axis; a new spacing of 0 keeps the old.
fn scale(image: &Geometry, new: [f64; 3], axis: usize) -> f64 {
    match new[axis] {
        new if new > 0.0 => image.spacing[axis] / new,
        _ => 1.0,
    }
}

/// A box of the size of a label's, in voxels of the image, whose grid may not be the mask's; `None`
/// where there is no such label.
fn on_grid(labels: &LabelMap, label: u32, image: &Geometry) -> Option<BoundingBox> {
    let found = labels.mask(label).bounding_box()?;
    let from = &labels.geometry;
    let upper = std::array::from_fn(|axis| {
        let millimetres = edge(&found, axis) * from.spacing[axis];
        let edge = (millimetres / image.spacing[axis]).ceil() as usize;
        edge.clamp(1, image.size[axis].max(1)) - 1
    });
    Some(BoundingBox {
        lower: [0; 3],
        upper,
    })
}

fn whole(image: &Geometry) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.size.map(|size| size.saturating_sub(1)),
    }
}

/// The value of a case's label.
fn value(case: &Case, labels: &LabelMap, protocol: &Protocol) -> Option<u32> {
    let usual = Label::Value(protocol.label());
    find(case, labels, case.label.as_ref().unwrap_or(&usual)).ok()
}

/// The grid of the image or of the mask.
fn grid(case: &Case, image: bool) -> Option<Geometry> {
    let path = if image { &case.image } else { &case.mask };
    match dicom::is_dicom(path) {
        true => radiome_dicom::series(path).ok()?.geometry().ok(),
        false => Some(read::outline(path).ok()?.geometry),
    }
}

fn voxels(grid: &Geometry) -> f64 {
    grid.size.iter().map(|&size| size as f64).product()
}

/// More than any machine has, where a number is out of all bounds.
fn bytes(number: f64) -> u64 {
    number.ceil() as u64
}
