//! What is in an image or mask file, and what a look at a region on its image would show.

mod dicom;
mod error;
mod flags;
mod grid;
mod labels;
mod overview;
mod planes;

use std::path::{Path, PathBuf};

use radiome_image::read::{self, ReadError};
use radiome_image::{Geometry, Image, LabelMap, Mask, PixelType, RegionQuality, Segment};

use crate::extract::Remark;

pub use dicom::{Part, Reference, parts};
pub use error::{InspectError, Unplaced};
pub use flags::{Flag, flags, thick_slices};
pub use grid::{Agreement, agreement, orientation};
pub use labels::{ChoiceError, label_of};
pub use overview::overview;

/// Most labels of a file that still counts as a label map, where nothing but its values says so.
const MOST_LABELS: usize = 20;

/// One file.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it lies.
    pub path: PathBuf,
    /// Its grid.
    pub geometry: Geometry,
    /// What it holds.
    pub content: Content,
    /// What reading it showed.
    pub remarks: Vec<Remark>,
    /// Of DICOM, what it is: kind, number of files, the description that the scanner gave it.
    pub about: Option<String>,
    /// The frame of reference of a DICOM image.
    pub(crate) frame_of_reference: Option<String>,
}

/// What a file holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A scalar image.
    Image {
        /// The image.
        image: Image,
        /// The smallest and the largest value that are numbers.
        range: Option<[f64; 2]>,
        /// Voxels that are no numbers.
        not_finite: usize,
    },
    /// One or several label maps.
    Labels {
        /// The maps, on one grid.
        layers: Vec<LabelMap>,
        /// What is drawn, by layer and value.
        labels: Vec<LabelSummary>,
    },
}

/// One label of a map.
#[derive(Clone, Debug)]
pub struct LabelSummary {
    /// The layer that it is in, from 0.
    pub layer: usize,
    /// The value of its voxels.
    pub value: u32,
    /// Its name, where one is known.
    pub name: Option<String>,
    /// What a look at it shows; `None` if a named segment is empty or does not fit the image.
    pub quality: Option<RegionQuality>,
    /// Why a region does not fit the image that it was laid on.
    pub problem: Option<String>,
}

impl LabelSummary {
    /// The name and the value, for a heading.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} (label {})", self.value),
            None => format!("label {}", self.value),
        }
    }
}

impl Item {
    /// Reads a file. Names of labels that the file itself does not give come from `names`.
    ///
    /// A folder, a ZIP archive or a file of a DICOM series is the image of the series; contours and
    /// segmentations of DICOM are laid on the series that they were drawn on, which must lie beside
    /// them.
    ///
    /// A file is a label map if it names segments, holds several numbers a voxel, or holds whole
    /// numbers from 0 on of which at most twenty occur, 0 among them.
    ///
    /// # Errors
    /// [`InspectError`] if it cannot be read.
    pub fn read(path: &Path, names: &[Segment]) -> Result<Self, InspectError> {
        Self::read_on(path, names, None)
    }

    /// As [`read`](Self::read), with contours and segmentations of DICOM laid on the grid of an
    /// image, where one is given.
    ///
    /// # Errors
    /// [`InspectError`] if it cannot be read.
    pub fn read_on(
        path: &Path,
        names: &[Segment],
        reference: Option<&Reference>,
    ) -> Result<Self, InspectError> {
        let mut all = parts(path);
        // A folder may hold the image and what was drawn on it: the image is meant.
        if all.iter().any(|part| matches!(part, Part::Series(..))) {
            all.retain(|part| matches!(part, Part::Series(..)));
        }
        match (all.pop(), all.is_empty()) {
            (Some(Part::File(path)), true) => Ok(Self::of_file(&path, names)?),
            (Some(Part::Series(path, series)), true) => Self::of_series(&path, &series),
            (Some(Part::Regions(path, regions)), true) => {
                let on = match reference {
                    Some(reference) => reference.clone(),
                    None => Reference::beside(&path, &regions)
                        .map_err(|why| Unplaced::of(&path, &regions, &why))?,
                };
                Ok(Self::of_regions(&path, &regions, &on))
            }
            (Some(Part::Broken(_, error)), true) => Err(error),
            // Which are there is in the error.
            (Some(Part::Series(..)), false) => {
                let series = radiome_dicom::series(path)?;
                Self::of_series(path, &series)
            }
            _ => {
                let regions = radiome_dicom::Regions::open(path)?;
                let on = match reference {
                    Some(reference) => reference.clone(),
                    None => Reference::beside(path, &regions)?,
                };
                Ok(Self::of_regions(path, &regions, &on))
            }
        }
    }

    /// Reads a file of another format than DICOM; see [`read`](Self::read).
    ///
    /// # Errors
    /// [`ReadError`] if it cannot be read.
    pub fn of_file(path: &Path, names: &[Segment]) -> Result<Self, ReadError> {
        let named = !read::segments(path)?.is_empty();
        let image = match read::image(path) {
            Ok(image) => image,
            Err(ReadError::Unsupported { .. }) if read::layers(path).is_ok() => {
                return Self::of_layers(path, names);
            }
            Err(error) => return Err(error),
        };
        if named || holds_labels(&image) {
            drop(image);
            return Self::of_layers(path, names);
        }
        Ok(Self::of_image(path, image))
    }

    /// An image that was read from a file.
    #[must_use]
    pub fn of_image(path: &Path, image: Image) -> Self {
        let finite = image.values.iter().filter(|value| value.is_finite());
        let range = finite
            .clone()
            .fold(None, |range: Option<[f64; 2]>, &value| {
                let [low, high] = range.unwrap_or([value; 2]);
                Some([low.min(value), high.max(value)])
            });
        let not_finite = image.values.len() - finite.count();
        Self {
            path: path.into(),
            geometry: image.geometry.clone(),
            content: Content::Image {
                image,
                range,
                not_finite,
            },
            remarks: Vec::new(),
            about: None,
            frame_of_reference: None,
        }
    }

    fn of_layers(path: &Path, names: &[Segment]) -> Result<Self, ReadError> {
        let layers = read::layers(path)?;
        let labels = layers
            .iter()
            .enumerate()
            .flat_map(|(layer, map)| summaries(layer, map, names))
            .collect();
        let grid = layers.first().map(|map| map.geometry.clone());
        Ok(Self {
            path: path.into(),
            geometry: grid.unwrap_or_else(|| Geometry::axis_aligned([0; 3], [1.0; 3])),
            content: Content::Labels { layers, labels },
            remarks: Vec::new(),
            about: None,
            frame_of_reference: None,
        })
    }

    /// The type in which an image is stored.
    #[must_use]
    pub fn pixel_type(&self) -> Option<PixelType> {
        match &self.content {
            Content::Image { image, .. } => Some(image.pixel_type),
            Content::Labels { .. } => None,
        }
    }

    /// What is drawn in a label map.
    #[must_use]
    pub fn labels(&self) -> &[LabelSummary] {
        match &self.content {
            Content::Image { .. } => &[],
            Content::Labels { labels, .. } => labels,
        }
    }

    /// The region of a label of this file.
    #[must_use]
    pub fn mask(&self, label: &LabelSummary) -> Option<Mask> {
        match &self.content {
            Content::Image { .. } => None,
            Content::Labels { layers, .. } => {
                layers.get(label.layer).map(|map| map.mask(label.value))
            }
        }
    }
}

/// Whether the values look like labels.
fn holds_labels(image: &Image) -> bool {
    let mut found: Vec<f64> = Vec::new();
    for run in image.values.chunk_by(|a, b| a == b) {
        let Some(&value) = run.first() else { continue };
        if found.contains(&value) {
            continue;
        }
        let label = value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0;
        if !label || found.len() > MOST_LABELS {
            return false;
        }
        found.push(value);
    }
    found.contains(&0.0) && found.len() > 1 && found.len() <= MOST_LABELS + 1
}

/// The labels of one map: those that occur, and those that are named and empty.
fn summaries(layer: usize, map: &LabelMap, names: &[Segment]) -> Vec<LabelSummary> {
    let known = || map.segments.iter().chain(names);
    let mut values: Vec<u32> = map.voxel_counts().into_keys().collect();
    values.extend(map.segments.iter().map(|segment| segment.label));
    values.sort_unstable();
    values.dedup();
    let summary = |value: u32| LabelSummary {
        layer,
        value,
        name: known()
            .find(|segment| segment.label == value && !segment.name.is_empty())
            .map(|segment| segment.name.clone()),
        quality: RegionQuality::of(&map.mask(value)),
        problem: None,
    };
    values.into_iter().map(summary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(values: &[f64]) -> Image {
        Image {
            geometry: Geometry::axis_aligned([values.len(), 1, 1], [1.0; 3]),
            pixel_type: PixelType::F64,
            values: values.to_vec(),
        }
    }

    #[test]
    fn labels_are_told_from_intensities() {
        assert!(holds_labels(&image(&[0.0, 0.0, 7.0, 1.0])));
        assert!(!holds_labels(&image(&[0.0, 0.0])), "nothing is drawn");
        assert!(!holds_labels(&image(&[1.0, 2.0])), "no background");
        assert!(!holds_labels(&image(&[0.0, -1.0])));
        assert!(!holds_labels(&image(&[0.0, 0.5])));
        assert!(!holds_labels(&image(&[0.0, f64::NAN])));
        let many: Vec<f64> = (0..=MOST_LABELS).map(|value| value as f64).collect();
        assert!(holds_labels(&image(&many)));
        let more: Vec<f64> = (0..=MOST_LABELS + 1).map(|value| value as f64).collect();
        assert!(!holds_labels(&image(&more)));
    }
}
