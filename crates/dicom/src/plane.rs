//! One plane of an image: where it lies and what its numbers mean.

use crate::tags::{self, Tag};

use crate::DicomError;
use crate::attributes::Attributes;
use crate::pixels::Frames;

/// A slice in the patient frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    /// Which frame of its object, from 0.
    pub(crate) frame: usize,
    /// The centre of its first voxel, in mm.
    pub(crate) position: [f64; 3],
    /// Unit vectors along a row and along a column.
    pub(crate) orientation: [f64; 6],
    /// Distance of neighbours within a row and within a column, in mm.
    pub(crate) spacing: [f64; 2],
    /// Distance to the next slice as far as the header says it, in mm.
    pub(crate) slice_spacing: Option<f64>,
    /// What turns a stored number into a value.
    pub(crate) rescale: Rescale,
    /// What may tell it from another plane at the same place.
    pub(crate) telling: Vec<(&'static str, String)>,
}

/// A value is `slope * stored + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rescale {
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
}

impl Rescale {
    pub(crate) fn apply(self, stored: f64) -> f64 {
        self.slope * stored + self.intercept
    }
}

const GEOMETRY: &str = "without it nothing says where the slice lies";

/// The planes of an object: one of a classic image, one a frame of an enhanced one.
pub(crate) fn planes(a: Attributes<'_>, frames: Frames) -> Result<Vec<Plane>, DicomError> {
    if a.item(tags::MODALITY_LUT_SEQUENCE).is_some() {
        return Err(DicomError::Unsupported {
            place: a.place(),
            found: "a table of intensities (Modality LUT Sequence)".to_owned(),
            hint: "images with a slope and an intercept are read",
        });
    }
    let groups = Groups::of(a);
    if groups.per_frame.is_empty() && groups.shared.is_none() {
        if frames.count != 1 {
            return Err(DicomError::Unsupported {
                place: a.place(),
                found: format!("{} frames without positions", frames.count),
                hint: "it is no image of slices",
            });
        }
        return Ok(vec![classic(a)?]);
    }
    if groups.per_frame.len() != frames.count {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: "Number of Frames",
            found: frames.count.to_string(),
            expected: "there must be as many per-frame functional groups",
        });
    }
    (0..frames.count)
        .map(|frame| enhanced(a, &groups, frame))
        .collect()
}

fn classic(a: Attributes<'_>) -> Result<Plane, DicomError> {
    let text = |tag: Tag, name| a.text(tag).map(|text| (name, text));
    let telling = [
        text(tags::ACQUISITION_NUMBER, "Acquisition Number"),
        text(tags::ECHO_TIME, "Echo Time"),
        text(
            tags::TEMPORAL_POSITION_IDENTIFIER,
            "Temporal Position Identifier",
        ),
        text(tags::TRIGGER_TIME, "Trigger Time"),
        text(tags::DIFFUSION_B_VALUE, "Diffusion b-value"),
        text(tags::IMAGE_TYPE, "Image Type"),
        text(tags::ACQUISITION_TIME, "Acquisition Time"),
    ];
    Ok(Plane {
        frame: 0,
        position: position(a)?,
        orientation: orientation(a)?,
        spacing: spacing(a)?,
        slice_spacing: slice_spacing(a)?,
        rescale: rescale(a)?,
        telling: telling.into_iter().flatten().collect(),
    })
}

/// The functional groups of an enhanced object.
pub(crate) struct Groups<'a> {
    shared: Option<Attributes<'a>>,
    pub(crate) per_frame: Vec<Attributes<'a>>,
}

impl<'a> Groups<'a> {
    pub(crate) fn of(a: Attributes<'a>) -> Self {
        Self {
            shared: a.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE),
            per_frame: a.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE),
        }
    }

    /// A group of a frame: its own, or the one that all frames share.
    pub(crate) fn find(&self, frame: usize, group: Tag) -> Option<Attributes<'a>> {
        let own = self.per_frame.get(frame).and_then(|own| own.item(group));
        own.or_else(|| self.shared.and_then(|shared| shared.item(group)))
    }
}

/// Where the frame of an enhanced object lies, and what its numbers mean.
pub(crate) fn enhanced(
    a: Attributes<'_>,
    groups: &Groups<'_>,
    frame: usize,
) -> Result<Plane, DicomError> {
    let group = |tag, name| a.needed(groups.find(frame, tag), name, GEOMETRY);
    let measures = group(tags::PIXEL_MEASURES_SEQUENCE, "Pixel Measures Sequence")?;
    let transform = groups.find(frame, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
    let text = |group: Tag, tag: Tag, name| {
        let text = groups.find(frame, group)?.text(tag)?;
        Some((name, text))
    };
    let content = tags::FRAME_CONTENT_SEQUENCE;
    let telling = [
        text(content, tags::STACK_ID, "Stack ID"),
        text(
            content,
            tags::TEMPORAL_POSITION_INDEX,
            "Temporal Position Index",
        ),
        text(
            tags::MR_ECHO_SEQUENCE,
            tags::EFFECTIVE_ECHO_TIME,
            "Effective Echo Time",
        ),
        text(
            tags::MR_DIFFUSION_SEQUENCE,
            tags::DIFFUSION_B_VALUE,
            "Diffusion b-value",
        ),
        text(
            tags::MR_IMAGE_FRAME_TYPE_SEQUENCE,
            tags::FRAME_TYPE,
            "Frame Type",
        ),
        text(
            tags::CT_IMAGE_FRAME_TYPE_SEQUENCE,
            tags::FRAME_TYPE,
            "Frame Type",
        ),
    ];
    Ok(Plane {
        frame,
        position: position(group(
            tags::PLANE_POSITION_SEQUENCE,
            "Plane Position Sequence",
        )?)?,
        orientation: orientation(group(
            tags::PLANE_ORIENTATION_SEQUENCE,
            "Plane Orientation Sequence",
        )?)?,
        spacing: spacing(measures)?,
        slice_spacing: slice_spacing(measures)?,
        rescale: transform.map_or(Ok(IDENTITY), rescale)?,
        telling: telling.into_iter().flatten().collect(),
    })
}

fn position(a: Attributes<'_>) -> Result<[f64; 3], DicomError> {
    let name = "Image Position (Patient)";
    let position = a.array(tags::IMAGE_POSITION_PATIENT, name)?;
    a.needed(position, name, GEOMETRY)
}

fn orientation(a: Attributes<'_>) -> Result<[f64; 6], DicomError> {
    let name = "Image Orientation (Patient)";
    let found = a.array(tags::IMAGE_ORIENTATION_PATIENT, name)?;
    let cosines: [f64; 6] = a.needed(found, name, GEOMETRY)?;
    let [row, column] = axes(cosines);
    let departure = [
        dot(row, row) - 1.0,
        dot(column, column) - 1.0,
        dot(row, column),
    ];
    // A header written with three decimals is still accepted.
    if departure.iter().any(|departure| departure.abs() > 1e-3) {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: name,
            found: format!("{cosines:?}"),
            expected: "two unit vectors at right angles are needed",
        });
    }
    Ok(cosines)
}

/// Distances within a row and within a column; DICOM says the one between rows first.
fn spacing(a: Attributes<'_>) -> Result<[f64; 2], DicomError> {
    let name = "Pixel Spacing";
    let found = a.array(tags::PIXEL_SPACING, name)?;
    let [rows, columns] = a.needed(found, name, GEOMETRY)?;
    if rows <= 0.0 || columns <= 0.0 {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: name,
            found: format!("{rows} and {columns}"),
            expected: "positive distances are needed",
        });
    }
    Ok([columns, rows])
}

fn slice_spacing(a: Attributes<'_>) -> Result<Option<f64>, DicomError> {
    let between = a.number(tags::SPACING_BETWEEN_SLICES, "Spacing Between Slices")?;
    let thickness = a.number(tags::SLICE_THICKNESS, "Slice Thickness")?;
    let usable = |spacing: &f64| *spacing > 0.0;
    Ok(between.filter(usable).or(thickness.filter(usable)))
}

const IDENTITY: Rescale = Rescale {
    slope: 1.0,
    intercept: 0.0,
};

fn rescale(a: Attributes<'_>) -> Result<Rescale, DicomError> {
    let slope = a.number(tags::RESCALE_SLOPE, "Rescale Slope")?;
    let intercept = a.number(tags::RESCALE_INTERCEPT, "Rescale Intercept")?;
    if slope == Some(0.0) {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: "Rescale Slope",
            found: "0".to_owned(),
            expected: "every voxel would have the same value",
        });
    }
    Ok(Rescale {
        slope: slope.unwrap_or(IDENTITY.slope),
        intercept: intercept.unwrap_or(IDENTITY.intercept),
    })
}

/// The unit vectors along a row and along a column.
pub(crate) fn axes([a, b, c, d, e, f]: [f64; 6]) -> [[f64; 3]; 2] {
    [[a, b, c], [d, e, f]]
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

pub(crate) fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}
