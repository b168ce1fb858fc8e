//! One series of images, and the image that it makes.

use std::fmt;
use std::path::PathBuf;

use crate::tags;
use radiome_image::read::MAX_VOXELS;
use radiome_image::{Geometry, Image, PixelType};
use rayon::prelude::*;

use crate::object::Object;
use crate::pixels::{self, Codec, Frames, Sample};
use crate::plane::{Plane, planes};
use crate::source::Source;
use crate::stack::{Placed, Stack, stack};
use crate::{DicomError, Identity};

/// Objects that are decoded at a time, so that few lie in memory twice.
const AT_ONCE: usize = 64;

/// Planes, each with the number of its object in the series.
type Numbered<'a> = Vec<(usize, &'a Plane)>;

/// Images of one series in one frame of reference.
///
/// It displays as a line that tells it from others without saying whose it is:
/// `patient 1, study 1, series 2: MR, 25 files, "T1 TSE axial" (dicom/000001.dcm)`.
#[derive(Clone, Debug)]
pub struct Series {
    pub(crate) patient: usize,
    pub(crate) study: usize,
    pub(crate) number: usize,
    pub(crate) uid: String,
    pub(crate) frame_of_reference: Option<String>,
    pub(crate) modality: String,
    pub(crate) description: Option<String>,
    pub(crate) instances: Vec<Instance>,
}

/// One object of a series.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) source: Source,
    /// `None` if the header does not make it a slice; reading it says why.
    form: Option<(Frames, Vec<Plane>)>,
    lossy: bool,
    /// Bytes of the data set, and how many its voxels need where they are not compressed.
    bytes: u64,
    needed: Option<u64>,
}

impl Instance {
    pub(crate) fn of(source: &Source, object: &Object) -> Self {
        let form = form(object).ok();
        Self {
            source: source.clone(),
            bytes: object.total,
            needed: form
                .as_ref()
                .and_then(|(frames, _)| native_bytes(object, *frames)),
            form,
            lossy: object
                .attributes()
                .text(tags::LOSSY_IMAGE_COMPRESSION)
                .as_deref()
                == Some("01"),
        }
    }
}

fn form(object: &Object) -> Result<(Frames, Vec<Plane>), DicomError> {
    let Some((tag, _)) = &object.pixel_data else {
        return Err(DicomError::Missing {
            place: object.place.clone(),
            attribute: "Pixel Data",
            why: "there are no voxels without it",
        });
    };
    let frames = Frames::of(object.attributes(), *tag)?;
    if frames.count.saturating_mul(frames.area()) > MAX_VOXELS {
        return Err(DicomError::TooLarge {
            place: object.place.clone(),
            what: format!("{} frames of {} voxels", frames.count, frames.area()),
            limit: MAX_VOXELS as u64,
        });
    }
    Ok((frames, planes(object.attributes(), frames)?))
}

/// Bytes of the voxels of an object that is not compressed.
fn native_bytes(object: &Object, frames: Frames) -> Option<u64> {
    let codec = Codec::of(&object.syntax, &object.place).ok()?;
    let voxels = frames.count.saturating_mul(frames.area());
    let bytes = match frames.sample {
        Sample::Bit => voxels.div_ceil(8),
        sample => voxels.saturating_mul(sample.bytes()),
    };
    (codec == Codec::None).then_some(bytes as u64)
}

/// What was found and is harmless, or cannot be undone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Remark {
    /// Copies of slices, equal to the last voxel, were passed over.
    DuplicatesDropped {
        /// How many.
        count: usize,
    },
    /// The voxels were compressed with loss before they were written.
    LossyCompression,
    /// Slices lie a little beside their places on the even and straight grid that was made of them.
    Straightened {
        /// The largest distance along the slices' normal, in mm.
        along: f64,
        /// The largest distance in their plane, in mm.
        across: f64,
    },
}

impl Remark {
    /// Its stable name, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicatesDropped { .. } => "dicom_duplicates",
            Self::LossyCompression => "dicom_lossy",
            Self::Straightened { .. } => "dicom_straightened",
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicatesDropped { count } => {
                write!(f, "{count} exact copies of slices were passed over")
            }
            Self::LossyCompression => f.write_str(
                "the image was compressed with loss: texture features may differ from those of the original",
            ),
            Self::Straightened { along, across } => write!(
                f,
                "slices lie up to {along:.3} mm along and {across:.3} mm across from their places on an even, straight grid, on which they were put"
            ),
        }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modality = match self.modality.as_str() {
            "" => "unknown modality",
            modality => modality,
        };
        let files = self.instances.len();
        write!(
            f,
            "patient {}, study {}, series {}: {modality}, {files} {}",
            self.patient,
            self.study,
            self.number,
            if files == 1 { "file" } else { "files" }
        )?;
        if let Some(description) = &self.description {
            write!(f, ", \"{description}\"")?;
        }
        match self.instances.first() {
            Some(instance) => write!(f, " ({})", instance.source),
            None => Ok(()),
        }
    }
}

impl Series {
    /// The numbers of its patient, of the study of this patient, and of the series in this study.
    #[must_use]
    pub fn numbers(&self) -> (usize, usize, usize) {
        (self.patient, self.study, self.number)
    }

    /// Modality (0008,0060): CT, MR, PT and so on.
    #[must_use]
    pub fn modality(&self) -> &str {
        &self.modality
    }

    /// Series Description (0008,103E): free text of the scanner.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Series Instance UID (0020,000E).
    #[must_use]
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Frame of Reference UID (0020,0052): objects that share it share their coordinates.
    #[must_use]
    pub fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// Number of files.
    #[must_use]
    pub fn files(&self) -> usize {
        self.instances.len()
    }

    /// Its files; none where it lies in an archive.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let sources = self.instances.iter().map(|instance| &instance.source);
        sources
            .filter_map(|source| source.path().cloned())
            .collect()
    }

    /// Whether every file says where its slices lie; a screenshot does not.
    #[must_use]
    pub fn has_positions(&self) -> bool {
        self.instances
            .iter()
            .all(|instance| instance.form.is_some())
    }

    /// Whose it is; the first file is read for it.
    ///
    /// # Errors
    /// As [`image`](Self::image), for that file.
    pub fn identity(&self) -> Result<Identity, DicomError> {
        let first = self.first_object()?;
        Ok(Identity::of(first.attributes()))
    }

    pub(crate) fn first_object(&self) -> Result<Object, DicomError> {
        match self.instances.first() {
            Some(instance) => Object::read_header(&instance.source),
            None => Err(DicomError::NoSeries {
                place: self.uid.clone(),
                files: 0,
            }),
        }
    }

    /// The grid of its image, without reading voxels.
    ///
    /// # Errors
    /// As [`image`](Self::image), as far as headers tell.
    pub fn geometry(&self) -> Result<Geometry, DicomError> {
        Ok(self.stacked()?.1.geometry)
    }

    /// Reads the image: slices sorted along their normal, stored numbers turned into values by each
    /// slice's own Rescale Slope and Intercept (CT: Hounsfield units).
    ///
    /// The pixel type is the one that ITK gives the image.
    ///
    /// # Errors
    /// A file that cannot be read or decoded; slices that make no even, straight grid
    /// ([`DicomError::MissingSlices`], [`UnevenSlices`](DicomError::UnevenSlices),
    /// [`TiltedGantry`](DicomError::TiltedGantry), [`Inconsistent`](DicomError::Inconsistent),
    /// [`SeveralAtPosition`](DicomError::SeveralAtPosition)).
    ///
    /// # Examples
    /// ```no_run
    /// let catalog = radiome_dicom::Catalog::scan("dicom")?;
    /// if let [series] = catalog.series() {
    ///     let (image, remarks) = series.image()?;
    ///     println!("{:?} voxels; {remarks:?}", image.geometry.size);
    /// }
    /// # Ok::<(), radiome_dicom::DicomError>(())
    /// ```
    pub fn image(&self) -> Result<(Image, Vec<Remark>), DicomError> {
        let (planes, stack) = self.stacked()?;
        let straightened = stack.straightened();
        let Stack {
            geometry, slices, ..
        } = stack;
        let area = geometry.size[0] * geometry.size[1];
        let total = area.saturating_mul(slices.len());
        if total > MAX_VOXELS {
            return Err(DicomError::TooLarge {
                place: self.name(),
                what: format!("the series has {:?} voxels", geometry.size),
                limit: MAX_VOXELS as u64,
            });
        }
        let pixel_type = pixel_type(planes.iter().map(|&(instance, plane)| {
            let sample = self
                .form(instance)
                .map_or(Sample::Double, |(frames, _)| frames.sample);
            (sample, plane)
        }));
        // The slice of each plane, and whether it is the first there.
        let mut slice_of = vec![(0, true); planes.len()];
        for (slice, places) in slices.iter().enumerate() {
            for (rank, &place) in places.iter().enumerate() {
                if let Some(entry) = slice_of.get_mut(place) {
                    *entry = (slice, rank == 0);
                }
            }
        }
        let mut first_plane = Vec::with_capacity(self.instances.len());
        let mut count = 0;
        for instance in 0..self.instances.len() {
            first_plane.push(count);
            count += self.form(instance).map_or(0, |(_, planes)| planes.len());
        }
        // Copies are compared when all first ones are there.
        let mut values: Vec<f64> = Vec::new();
        let mut copies: Vec<(usize, usize, Vec<f64>)> = Vec::new();
        let numbers: Vec<usize> = (0..self.instances.len()).collect();
        for some in numbers.chunks(AT_ONCE) {
            let decoded: Vec<Result<Vec<Vec<f64>>, DicomError>> = some
                .par_iter()
                .map(|&instance| self.decode(instance))
                .collect();
            for (&instance, decoded) in some.iter().zip(decoded) {
                let decoded = decoded?;
                // Not before the first voxels are there: headers alone reserve no image.
                if values.is_empty() {
                    self.check_lengths()?;
                    values = vec![0.0; total];
                }
                let first = first_plane.get(instance).copied().unwrap_or_default();
                for (plane, found) in decoded.into_iter().enumerate() {
                    let place = first + plane;
                    let (slice, is_first) = slice_of.get(place).copied().unwrap_or_default();
                    match values.get_mut(slice * area..(slice + 1) * area) {
                        Some(slice) if is_first && found.len() == area => {
                            slice.copy_from_slice(&found);
                        }
                        _ => copies.push((slice, place, found)),
                    }
                }
            }
        }
        for (slice, _, found) in &copies {
            if values.get(slice * area..(slice + 1) * area) != Some(found) {
                return Err(self.several(&planes, slices.get(*slice), &geometry));
            }
        }
        let mut remarks = Vec::new();
        if !copies.is_empty() {
            let count = copies.len();
            remarks.push(Remark::DuplicatesDropped { count });
        }
        if self.instances.iter().any(|instance| instance.lossy) {
            remarks.push(Remark::LossyCompression);
        }
        if let Some([along, across]) = straightened {
            remarks.push(Remark::Straightened { along, across });
        }
        let image = Image {
            geometry,
            pixel_type,
            values,
        };
        Ok((image, remarks))
    }

    pub(crate) fn name(&self) -> String {
        self.to_string()
    }

    fn form(&self, instance: usize) -> Option<(Frames, &[Plane])> {
        let form = self.instances.get(instance)?.form.as_ref()?;
        Some((form.0, &form.1))
    }

    /// Refuses objects with fewer bytes than their voxels need, before room is made for the image.
    fn check_lengths(&self) -> Result<(), DicomError> {
        let short = |instance: &&Instance| instance.needed > Some(instance.bytes);
        match self.instances.iter().find(short) {
            None => Ok(()),
            Some(instance) => Err(DicomError::Truncated {
                place: instance.source.to_string(),
                needed: instance.needed.unwrap_or_default(),
                available: instance.bytes,
            }),
        }
    }

    /// All planes with the number of their instance, and how they lie.
    fn stacked(&self) -> Result<(Numbered<'_>, Stack), DicomError> {
        for instance in &self.instances {
            if instance.form.is_none() {
                form(&Object::read_header(&instance.source)?)?;
            }
        }
        let mut planes = Vec::new();
        let mut placed = Vec::new();
        for (number, instance) in self.instances.iter().enumerate() {
            let Some((frames, own)) = &instance.form else {
                continue;
            };
            for plane in own {
                planes.push((number, plane));
                placed.push(Placed {
                    plane,
                    size: [frames.columns, frames.rows],
                    place: &instance.source,
                });
            }
        }
        let stack = stack(&self.name(), &placed)?;
        Ok((planes, stack))
    }

    /// The values of every plane of an instance.
    fn decode(&self, instance: usize) -> Result<Vec<Vec<f64>>, DicomError> {
        let (Some((frames, planes)), Some(instance)) =
            (self.form(instance), self.instances.get(instance))
        else {
            return Ok(Vec::new());
        };
        let object = Object::read(&instance.source)?;
        let wanted: Vec<usize> = planes.iter().map(|plane| plane.frame).collect();
        let mut found = Vec::with_capacity(planes.len());
        pixels::read(&object, frames, &wanted, |frame, stored| {
            if let Some(plane) = planes.get(frame) {
                let values = stored.iter().map(|&stored| plane.rescale.apply(stored));
                found.push(values.collect());
            }
        })?;
        Ok(found)
    }

    fn several(
        &self,
        planes: &[(usize, &Plane)],
        slice: Option<&Vec<usize>>,
        geometry: &Geometry,
    ) -> DicomError {
        let places = slice.cloned().unwrap_or_default();
        let planes: Vec<&Plane> = places
            .iter()
            .filter_map(|&place| Some(planes.get(place)?.1))
            .collect();
        let mut differs: Vec<String> = Vec::new();
        for (name, text) in planes.iter().flat_map(|plane| &plane.telling) {
            let other = |plane: &&Plane| {
                let own = plane.telling.iter().find(|(other, _)| other == name);
                own.is_none_or(|(_, own)| own != text)
            };
            if planes.iter().any(other) && !differs.iter().any(|known| known == name) {
                differs.push((*name).to_owned());
            }
        }
        let normal = geometry.direction.map(|row| row[2]);
        let position = planes.first().map_or([f64::NAN; 3], |plane| plane.position);
        DicomError::SeveralAtPosition {
            place: self.name(),
            count: planes.len(),
            position: crate::plane::dot(position, normal),
            differs,
        }
    }
}

/// The type in which ITK holds the values: that of the stored numbers where they are the values;
/// else the smallest whole-number type for every value that could be stored, if slopes and
/// intercepts are whole; else 64-bit float.
fn pixel_type<'a>(planes: impl Iterator<Item = (Sample, &'a Plane)>) -> PixelType {
    let mut samples = Vec::new();
    for (sample, plane) in planes {
        let entry = (sample, plane.rescale.slope, plane.rescale.intercept);
        if !samples.contains(&entry) {
            samples.push(entry);
        }
    }
    if let [(sample, 1.0, 0.0)] = samples.as_slice() {
        return match *sample {
            Sample::Single => PixelType::F32,
            Sample::Double => PixelType::F64,
            Sample::Bit => PixelType::U8,
            Sample::Whole {
                allocated, signed, ..
            } => match (allocated, signed) {
                (8, false) => PixelType::U8,
                (8, true) => PixelType::I8,
                (16, false) => PixelType::U16,
                (16, true) => PixelType::I16,
                (_, false) => PixelType::U32,
                (_, true) => PixelType::I32,
            },
        };
    }
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    for (sample, slope, intercept) in samples {
        let Some((low, high)) = sample.range() else {
            return PixelType::F64;
        };
        if slope.fract() != 0.0 || intercept.fract() != 0.0 {
            return PixelType::F64;
        }
        for stored in [low, high] {
            lowest = lowest.min(slope * stored + intercept);
            highest = highest.max(slope * stored + intercept);
        }
    }
    let types = [
        (PixelType::U8, 0.0, f64::from(u8::MAX)),
        (PixelType::U16, 0.0, f64::from(u16::MAX)),
        (PixelType::U32, 0.0, f64::from(u32::MAX)),
        (PixelType::I8, f64::from(i8::MIN), f64::from(i8::MAX)),
        (PixelType::I16, f64::from(i16::MIN), f64::from(i16::MAX)),
        (PixelType::I32, f64::from(i32::MIN), f64::from(i32::MAX)),
    ];
    types
        .into_iter()
        .find(|&(_, low, high)| lowest >= low && highest <= high)
        .map_or(PixelType::F64, |(found, _, _)| found)
}
