//! One region on its image, small enough to be kept.

use radiome_figures::figure::region_overview::{Histogram, Plane, RegionOverview};
use radiome_image::preprocess::resample_mask_onto;
use radiome_image::{Image, Mask, RegionQuality};
use serde::{Deserialize, Serialize};

use super::greys::{Greys, mean};
use super::outline::joined;
use crate::inspect::{flags, overview};

/// Most grey values along a side of a picture.
const MOST: usize = 128;

/// What a look at a region of a patient shows, with its picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QualitySheet {
    /// The patient.
    pub id: String,
    /// The sequence.
    pub sequence: String,
    /// Number of voxels of the image along its axes.
    pub size: [usize; 3],
    /// Distance between voxels in mm.
    pub spacing: [f64; 3],
    /// Number of voxels of the region.
    pub voxels: usize,
    /// Its volume in mm³.
    pub volume_mm3: f64,
    /// Number of its separate pieces.
    pub pieces: usize,
    /// What needs a look.
    pub flags: Vec<QualityFlag>,
    /// What its values are, where they are not what the file holds: units of SUV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// Why its features could not be computed, if they could not.
    pub failed: Option<String>,
    notes: Vec<String>,
    planes: Vec<KeptPlane>,
    histogram: KeptHistogram,
}

/// Something that needs a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityFlag {
    /// Its stable name: that of `radiome inspect`.
    pub code: String,
    /// What was found.
    pub text: String,
}

/// A plane of the image with fewer grey values, and the contour in its own voxels.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptPlane {
    name: String,
    note: String,
    columns: usize,
    greys: Greys,
    spacing: [f64; 2],
    /// How many voxels, across and down, one grey value stands for.
    shrunk: [usize; 2],
    /// Lines between corners of voxels: column and row of both ends.
    contour: Vec<[u32; 4]>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptHistogram {
    low: Option<f64>,
    high: Option<f64>,
    counts: Vec<usize>,
}

impl QualitySheet {
    /// Looks at a region; `None` if it is empty. A mask on another grid is shown where it lies in
    /// the patient.
    #[must_use]
    pub fn of(id: &str, sequence: &str, image: &Image, mask: &Mask) -> Option<Self> {
        let quality = RegionQuality::of(mask)?;
        let found = flags(Some(image), mask, &quality);
        let moved = match image.geometry.difference(&mask.geometry, 1e-3) {
            None => None,
            Some(_) => {
                let moved = resample_mask_onto(mask, &image.geometry).ok();
                moved.and_then(|moved| Some((RegionQuality::of(&moved)?, moved)))
            }
        };
        let region = match (&moved, image.values.len() == mask.inside.len()) {
            (Some((quality, moved)), _) => Some((moved, quality)),
            (None, true) => Some((mask, &quality)),
            (None, false) => None,
        };
        let drawn = overview(String::new(), image, region, &[]);
        let histogram = drawn.histogram.unwrap_or_default();
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        Some(Self {
            id: id.to_owned(),
            sequence: sequence.to_owned(),
            size: image.geometry.size,
            spacing: image.geometry.spacing,
            voxels: quality.voxels,
            volume_mm3: quality.volume,
            pieces: quality.pieces.len(),
            flags: (found.into_iter())
                .map(|flag| QualityFlag {
                    code: flag.code.to_owned(),
                    text: flag.text,
                })
                .collect(),
            values: None,
            failed: None,
            notes: drawn.notes,
            planes: drawn.planes.into_iter().map(KeptPlane::of).collect(),
            histogram: KeptHistogram {
                low: finite(histogram.low),
                high: finite(histogram.high),
                counts: histogram.counts,
            },
        })
    }

    /// What is drawn of it.
    pub(super) fn overview(&self) -> RegionOverview {
        let mut flags: Vec<String> = self.flags.iter().map(|flag| flag.text.clone()).collect();
        flags.extend(self.failed.iter().map(|why| format!("not used: {why}")));
        RegionOverview {
            title: format!("{}, {}", self.id, self.sequence),
            planes: self.planes.iter().map(KeptPlane::drawn).collect(),
            histogram: Some(Histogram {
                label: match &self.values {
                    Some(values) => format!("{values} in the region"),
                    None => "Intensity in the region".to_owned(),
                },
                low: self.histogram.low.unwrap_or(f64::NAN),
                high: self.histogram.high.unwrap_or(f64::NAN),
                counts: self.histogram.counts.clone(),
            }),
            notes: self.notes.clone(),
            flags,
        }
    }
}

impl KeptPlane {
    fn of(plane: Plane) -> Self {
        let columns = plane.columns.max(1);
        let rows = plane.greys.len() / columns;
        let shrunk = [columns, rows].map(|side| side.div_ceil(MOST).max(1));
        let [across, down] = [columns.div_ceil(shrunk[0]), rows.div_ceil(shrunk[1])];
        let mut greys = Vec::with_capacity(across * down);
        for row in 0..down {
            for column in 0..across {
                greys.push(mean(&plane.greys, [columns, rows], shrunk, [column, row]));
            }
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let corner = |at: f64| at.round() as u32;
        let line = |line: &Vec<(f64, f64)>| match line[..] {
            [(x1, y1), .., (x2, y2)] => Some([x1, y1, x2, y2].map(corner)),
            _ => None,
        };
        Self {
            name: plane.name,
            note: plane.note,
            columns: across,
            greys: Greys(greys),
            spacing: plane.spacing,
            shrunk,
            contour: plane.contour.iter().filter_map(line).collect(),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn drawn(&self) -> Plane {
        let [across, down] = self.shrunk.map(|step| step as f64);
        let point = |[x, y]: [u32; 2]| (f64::from(x) / across, f64::from(y) / down);
        let lines = joined(&self.contour).into_iter();
        Plane {
            name: self.name.clone(),
            note: self.note.clone(),
            columns: self.columns,
            greys: self.greys.0.clone(),
            spacing: [self.spacing[0] * across, self.spacing[1] * down],
            contour: lines
                .map(|line| line.into_iter().map(point).collect())
                .collect(),
        }
    }
}
