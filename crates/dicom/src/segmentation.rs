//! Segmentations: voxels of regions, drawn on the grid of an image or a part of it.

use std::path::Path;

use crate::tags;
use radiome_image::read::MAX_VOXELS;
use radiome_image::{Geometry, LabelMap, Segment};

use crate::DicomError;
use crate::index_frame::IndexFrame;
use crate::object::Object;
use crate::pixels::{self, Frames, Sample};
use crate::plane::{Groups, Plane, axes, enhanced};
use crate::report::Referenced;
use crate::rtstruct::find;
use crate::source::Source;

/// How far a voxel of a segmentation may lie from one of the image, in voxels.
const ALIGNED: f64 = 0.05;

/// A DICOM Segmentation: binary, fractional or a label map.
///
/// Segments may overlap; each is read alone. Frames that are left out are empty. A voxel of a
/// fractional segmentation belongs to the segment if its share, or its probability, is at least
/// one half.
pub struct Segmentation {
    object: Object,
    frames: Frames,
    kind: Kind,
    segments: Vec<Segment>,
    planes: Vec<Placed>,
    frame_of_reference: Option<String>,
    referenced_series: Vec<String>,
    own: Referenced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Binary,
    /// With the number that stands for all of a voxel.
    Fractional(u32),
    LabelMap,
}

/// A frame, where it lies and which segment it shows; `None` in a label map, which shows all.
struct Placed {
    plane: Plane,
    segment: Option<u32>,
}

impl std::fmt::Debug for Segmentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmentation")
            .field("place", &self.object.place)
            .field("kind", &self.kind)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

impl Segmentation {
    /// Reads a Segmentation.
    ///
    /// # Errors
    /// [`DicomError`] says what is wrong with the file.
    ///
    /// # Examples
    /// ```no_run
    /// let segmentation = radiome_dicom::Segmentation::open("SEG.dcm")?;
    /// for segment in segmentation.segments() {
    ///     println!("{}: {}", segment.label, segment.name);
    /// }
    /// # Ok::<(), radiome_dicom::DicomError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DicomError> {
        Self::read(&Source::File(path.as_ref().to_owned()))
    }

    pub(crate) fn read(source: &Source) -> Result<Self, DicomError> {
        let object = Object::read(source)?;
        let a = object.attributes();
        let Some((tag, _)) = object.pixel_data else {
            return Err(DicomError::Missing {
                place: object.place.clone(),
                attribute: "Pixel Data",
                why: "there is no segmentation without it",
            });
        };
        let kind = match a.text(tags::SEGMENTATION_TYPE).as_deref() {
            Some("BINARY") => Kind::Binary,
            Some("FRACTIONAL") => {
                let name = "Maximum Fractional Value";
                let most = a.whole(tags::MAXIMUM_FRACTIONAL_VALUE, name)?;
                Kind::Fractional(most.filter(|&most| most > 0).unwrap_or(255))
            }
            Some("LABELMAP") => Kind::LabelMap,
            other => {
                return Err(DicomError::Value {
                    place: object.place.clone(),
                    attribute: "Segmentation Type",
                    found: other.unwrap_or("missing").to_owned(),
                    expected: "BINARY, FRACTIONAL or LABELMAP is needed",
                });
            }
        };
        let frames = Frames::of(a, tag)?;
        let whole = matches!(frames.sample, Sample::Whole { signed: false, .. });
        let fits = match kind {
            Kind::Binary => frames.sample == Sample::Bit || whole,
            Kind::Fractional(_) | Kind::LabelMap => whole,
        };
        if !fits {
            return Err(DicomError::Value {
                place: object.place.clone(),
                attribute: "Bits Allocated",
                found: format!("{:?}", frames.sample),
                expected: "it does not fit the Segmentation Type",
            });
        }
        let mut segments = Vec::new();
        for item in a.items(tags::SEGMENT_SEQUENCE) {
            let number = item.whole(tags::SEGMENT_NUMBER, "Segment Number")?;
            let label = item.needed(number, "Segment Number", "frames refer to it")?;
            // A label map describes its background as segment 0.
            if label > 0 {
                segments.push(Segment {
                    name: item.text(tags::SEGMENT_LABEL).unwrap_or_default(),
                    label,
                });
            }
        }
        let groups = Groups::of(a);
        if groups.per_frame.len() != frames.count {
            return Err(DicomError::Value {
                place: object.place.clone(),
                attribute: "Number of Frames",
                found: frames.count.to_string(),
                expected: "there must be as many per-frame functional groups",
            });
        }
        let mut planes = Vec::with_capacity(frames.count);
        for frame in 0..frames.count {
            let segment = match kind {
                Kind::LabelMap => None,
                _ => {
                    let name = "Referenced Segment Number";
                    let group = groups.find(frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE);
                    let number = match group {
                        Some(group) => group.whole(tags::REFERENCED_SEGMENT_NUMBER, name)?,
                        None => None,
                    };
                    Some(a.needed(number, name, "it says which segment a frame shows")?)
                }
            };
            planes.push(Placed {
                plane: enhanced(a, &groups, frame)?,
                segment,
            });
        }
        let frame_of_reference = a.text(tags::FRAME_OF_REFERENCE_UID);
        let referenced_series = (a.items(tags::REFERENCED_SERIES_SEQUENCE).iter())
            .filter_map(|item| item.text(tags::SERIES_INSTANCE_UID))
            .collect();
        Ok(Self {
            frames,
            kind,
            segments,
            planes,
            frame_of_reference,
            referenced_series,
            own: Referenced::of(object.attributes()),
            object,
        })
    }

    /// The segments: Segment Label (0062,0005) and Segment Number (0062,0004), in the order of the
    /// file.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The frame of reference of its positions.
    #[must_use]
    pub fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// Series Instance UIDs of the images that the file says it was drawn on; it may name none.
    #[must_use]
    pub fn referenced_series(&self) -> &[String] {
        &self.referenced_series
    }

    /// The file itself, for who refers to it.
    pub(crate) fn referenced(&self) -> &Referenced {
        &self.own
    }

    pub(crate) fn place(&self) -> &str {
        &self.object.place
    }

    /// The one segment of a name or pattern, by the rules of [`Contours::region`](crate::Contours::region).
    ///
    /// # Errors
    /// [`DicomError::NoRegion`] or [`DicomError::SeveralRegions`].
    pub fn segment(&self, name: &str) -> Result<&Segment, DicomError> {
        let names: Vec<&str> = self.segments.iter().map(|s| s.name.as_str()).collect();
        let place = find(&self.object.place, &names, name)?;
        self.segments
            .get(place)
            .ok_or_else(|| DicomError::NoRegion {
                place: self.object.place.clone(),
                name: name.to_owned(),
                present: Vec::new(),
            })
    }

    /// The voxels of one segment on the grid of an image. Frames may cover a part of it, and run
    /// along its axes in any order and direction.
    ///
    /// # Errors
    /// [`DicomError::SegmentationGrid`] where a frame does not lie on the voxels of the image.
    pub fn label_map(
        &self,
        segment: &Segment,
        geometry: &Geometry,
    ) -> Result<LabelMap, DicomError> {
        let total = geometry.voxel_count();
        if total > MAX_VOXELS {
            return Err(DicomError::TooLarge {
                place: self.object.place.clone(),
                what: format!("the image has {:?} voxels", geometry.size),
                limit: MAX_VOXELS as u64,
            });
        }
        let mut labels = vec![0_u32; total];
        let index = IndexFrame::of(geometry);
        let wanted: Vec<usize> = self
            .planes
            .iter()
            .enumerate()
            .filter(|(_, placed)| placed.segment.is_none_or(|number| number == segment.label))
            .map(|(frame, _)| frame)
            .collect();
        let mut failed = None;
        pixels::read(&self.object, self.frames, &wanted, |frame, stored| {
            let Some(placed) = self.planes.get(frame) else {
                return;
            };
            let inside = |value: f64| match self.kind {
                Kind::Binary => value != 0.0,
                Kind::Fractional(most) => 2.0 * value >= f64::from(most),
                Kind::LabelMap => value == f64::from(segment.label),
            };
            if !self.lay(
                placed,
                stored,
                &inside,
                &index,
                geometry,
                segment.label,
                &mut labels,
            ) {
                failed.get_or_insert(frame);
            }
        })?;
        match failed {
            Some(frame) => Err(DicomError::SegmentationGrid {
                place: self.object.place.clone(),
                frame: frame + 1,
            }),
            None => Ok(LabelMap {
                geometry: geometry.clone(),
                labels,
                segments: vec![segment.clone()],
            }),
        }
    }

    /// Lays the voxels of a frame onto the grid; false if they do not fit.
    #[allow(clippy::too_many_arguments)]
    fn lay(
        &self,
        placed: &Placed,
        stored: &[f64],
        inside: &dyn Fn(f64) -> bool,
        index: &IndexFrame,
        geometry: &Geometry,
        label: u32,
        labels: &mut [u32],
    ) -> bool {
        let plane = &placed.plane;
        let [row, column] = axes(plane.orientation);
        let start = index.index(plane.position);
        let along_row = index.step(row.map(|cosine| cosine * plane.spacing[0]));
        let along_column = index.step(column.map(|cosine| cosine * plane.spacing[1]));
        #[allow(clippy::cast_precision_loss)]
        let place = |x: usize, y: usize| -> [f64; 3] {
            std::array::from_fn(|axis| {
                start[axis] + x as f64 * along_row[axis] + y as f64 * along_column[axis]
            })
        };
        let aligned = |place: [f64; 3]| place.iter().all(|i| (i - i.round()).abs() <= ALIGNED);
        let (right, bottom) = (self.frames.columns - 1, self.frames.rows - 1);
        let mut corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)].into_iter();
        // Steps of two voxels would be aligned at the corners as well.
        let steps = [along_row, along_column];
        let one = |step: &[f64; 3]| {
            let length: f64 = step.iter().map(|s| s.abs()).sum();
            (length - 1.0).abs() <= ALIGNED
        };
        if !corners.all(|(x, y)| aligned(place(x, y))) || !steps.iter().all(one) {
            return false;
        }
        for (y, line) in stored.chunks(self.frames.columns.max(1)).enumerate() {
            for (x, &value) in line.iter().enumerate() {
                if !inside(value) {
                    continue;
                }
                let place = place(x, y).map(f64::round);
                let within = |axis: usize| {
                    #[allow(clippy::cast_precision_loss)]
                    let size = geometry.size[axis] as f64;
                    place[axis] >= 0.0 && place[axis] < size
                };
                if !(0..3).all(within) {
                    return false;
                }
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let offset = geometry.offset(place.map(|i| i as usize));
                if let Some(voxel) = labels.get_mut(offset) {
                    *voxel = label;
                }
            }
        }
        true
    }
}
