//! An image and its mask from paths, as a user gives them.

use std::path::Path;

use radiome_image::{Geometry, Image, LabelMap, Segment};

use crate::catalog::{Catalog, MaskFile, MaskKind};
use crate::object::Object;
use crate::report::Referenced;
use crate::source::Source;
use crate::{ContourRemark, Contours, DicomError, Segmentation, Series};

/// Whether a path is a folder, a ZIP archive (`.zip`) or a DICOM file, and so one for this crate.
#[must_use]
pub fn is_dicom(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    if path.is_dir() {
        return true;
    }
    let source = Source::File(path.to_owned());
    let Ok(head) = source.head(132) else {
        return false;
    };
    // Spreadsheets are archives too.
    let named_archive = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    head.bytes.get(128..132) == Some(b"DICM")
        || (named_archive && head.bytes.starts_with(b"PK\x03\x04"))
}

/// The one series of images that a path means: that of a folder or archive with a single one, or
/// the one to which a file belongs, together with the other files of its folder.
///
/// Series without positions, such as screenshots, are passed over where there are others.
///
/// # Errors
/// [`DicomError::NoSeries`], [`DicomError::SeveralSeries`]; and the first broken file, for it could
/// be a slice of the image.
pub fn series(path: impl AsRef<Path>) -> Result<Series, DicomError> {
    let path = path.as_ref();
    let place = path.display().to_string();
    let (catalog, wanted) = match is_single_file(path) {
        true => {
            let object = Object::read_header(&Source::File(path.to_owned()))?;
            let uid = object.attributes().text(crate::tags::SERIES_INSTANCE_UID);
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            (Catalog::scan_folder(folder)?, Some(uid.unwrap_or_default()))
        }
        false => (Catalog::scan(path)?, None),
    };
    let mut found: Vec<&Series> = catalog.series().iter().collect();
    if let Some(uid) = &wanted {
        found.retain(|series| series.uid() == uid);
    }
    if found.iter().any(|series| series.has_positions()) {
        found.retain(|series| series.has_positions());
    }
    let found = match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(DicomError::NoSeries {
            place,
            files: catalog.files(),
        }),
        several => Err(DicomError::SeveralSeries {
            place,
            series: several.iter().map(|series| format!("  {series}")).collect(),
        }),
    };
    // A broken file may be a slice of this very image.
    match catalog.into_broken() {
        Some(broken) => Err(broken),
        None => found,
    }
}

/// The image that a path means; see [`series`].
///
/// # Errors
/// As [`series`] and [`Series::image`].
///
/// # Examples
/// ```no_run
/// let image = radiome_dicom::image("P001/MR_T1")?;
/// println!("{:?} voxels of {:?} mm", image.geometry.size, image.geometry.spacing);
/// # Ok::<(), radiome_dicom::DicomError>(())
/// ```
pub fn image(path: impl AsRef<Path>) -> Result<Image, DicomError> {
    Ok(series(path)?.image()?.0)
}

fn is_single_file(path: &Path) -> bool {
    let mut start = [0; 4];
    path.is_file()
        && !std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
            .is_ok_and(|()| start == *b"PK\x03\x04")
}

/// The contour set or the segmentation that a path means: a file, or a folder or archive that holds
/// one.
#[derive(Debug)]
pub enum Regions {
    /// Contours.
    Contours(Contours),
    /// Voxels.
    Segmentation(Box<Segmentation>),
}

impl Regions {
    /// Reads it.
    ///
    /// # Errors
    /// [`DicomError::NoMask`], [`DicomError::SeveralMasks`], and whatever is wrong with the file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DicomError> {
        let path = path.as_ref();
        let place = path.display().to_string();
        let catalog = Catalog::scan(path)?;
        let found: Result<MaskFile, DicomError> = match catalog.masks() {
            [one] => Ok(one.clone()),
            [] => Err(DicomError::NoMask { place }),
            several => Err(DicomError::SeveralMasks {
                place,
                found: several.iter().map(MaskFile::place).collect(),
            }),
        };
        let found = match found {
            Ok(found) => found,
            // What could not be read may have been the mask.
            Err(error) => return Err(catalog.into_broken().unwrap_or(error)),
        };
        Self::of(&found)
    }

    /// The file, or the archive and the name in it.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::Contours(contours) => contours.place(),
            Self::Segmentation(segmentation) => segmentation.place(),
        }
    }

    pub(crate) fn referenced(&self) -> &Referenced {
        match self {
            Self::Contours(contours) => contours.referenced(),
            Self::Segmentation(segmentation) => segmentation.referenced(),
        }
    }

    /// Series Instance UIDs of the images that it says it was drawn on; a file may name none.
    #[must_use]
    pub fn referenced_series(&self) -> &[String] {
        match self {
            Self::Contours(contours) => contours.referenced_series(),
            Self::Segmentation(segmentation) => segmentation.referenced_series(),
        }
    }

    /// The one of several series that it was drawn on: the one that it names, or, where it names none
    /// that is there, the only one in its frame of reference.
    ///
    /// # Errors
    /// [`DicomError::ReferencedSeries`], where none or several are there.
    pub fn series_in<'a>(&self, series: &'a [Series]) -> Result<&'a Series, DicomError> {
        let placed = || series.iter().filter(|series| series.has_positions());
        let named = self.referenced_series();
        let mut found: Vec<&Series> = placed()
            .filter(|series| named.iter().any(|uid| uid == series.uid()))
            .collect();
        if found.is_empty() {
            let frames: Vec<&str> = match self {
                Self::Contours(contours) => {
                    let frames = contours.frames_of_reference().iter();
                    frames.map(String::as_str).collect()
                }
                Self::Segmentation(segmentation) => {
                    segmentation.frame_of_reference().into_iter().collect()
                }
            };
            let same = |series: &&Series| {
                let own = series.frame_of_reference();
                own.is_some_and(|own| frames.contains(&own))
            };
            found = placed().filter(same).collect();
        }
        match found[..] {
            [one] => Ok(one),
            _ => Err(DicomError::ReferencedSeries {
                place: self.place().to_owned(),
                found: found.len(),
            }),
        }
    }

    /// Reads one that a catalogue found.
    ///
    /// # Errors
    /// Whatever is wrong with the file.
    pub fn of(file: &MaskFile) -> Result<Self, DicomError> {
        Ok(match file.kind() {
            MaskKind::Contours => Self::Contours(Contours::read(&file.source)?),
            MaskKind::Segmentation => {
                Self::Segmentation(Box::new(Segmentation::read(&file.source)?))
            }
        })
    }

    /// Names and labels of the regions, in the order of the file. The label of a contour set's
    /// region is its place in the file, from 1; that of a segment is its number.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        match self {
            Self::Contours(contours) => (1..)
                .zip(contours.regions())
                .map(|(label, region)| Segment {
                    name: region.name().to_owned(),
                    label,
                })
                .collect(),
            Self::Segmentation(segmentation) => segmentation.segments().to_vec(),
        }
    }

    /// The label of a region by its name or a pattern; see [`Contours::region`].
    ///
    /// # Errors
    /// [`DicomError::NoRegion`] or [`DicomError::SeveralRegions`].
    pub fn label_of(&self, name: &str) -> Result<u32, DicomError> {
        match self {
            Self::Contours(contours) => {
                let number = contours.region(name)?.number();
                let regions = (1..).zip(contours.regions());
                let mut found = regions.filter(|(_, region)| region.number() == number);
                Ok(found.next().map_or(0, |(label, _)| label))
            }
            Self::Segmentation(segmentation) => Ok(segmentation.segment(name)?.label),
        }
    }

    /// The label map of one region, by its label, on the grid of an image, and what is to be said of
    /// its contours. Regions of one file may overlap, so that each is read alone.
    ///
    /// `frame_of_reference` is that of the image, where it is known: a mask that was drawn in
    /// another is refused.
    ///
    /// # Errors
    /// [`DicomError::FrameOfReference`], [`DicomError::NoRegion`]; as [`Contours::mask`] and
    /// [`Segmentation::label_map`].
    pub fn label_map(
        &self,
        label: u32,
        geometry: &Geometry,
        frame_of_reference: Option<&str>,
    ) -> Result<(LabelMap, Vec<ContourRemark>), DicomError> {
        let missing = |place: &str| DicomError::NoRegion {
            place: place.to_owned(),
            name: label.to_string(),
            present: self
                .segments()
                .iter()
                .map(|segment| format!("{}: {}", segment.label, segment.name))
                .collect(),
        };
        match self {
            Self::Contours(contours) => {
                let place = (label as usize).wrapping_sub(1);
                let region = contours.regions().get(place);
                let region = region.ok_or_else(|| missing(contours.place()))?;
                contours.check_frame_of_reference(region, frame_of_reference)?;
                contours.label_map(region, geometry)
            }
            Self::Segmentation(segmentation) => {
                let mut segments = segmentation.segments().iter();
                let segment = segments.find(|segment| segment.label == label);
                let segment = segment.ok_or_else(|| missing(segmentation.place()))?;
                let own = segmentation.frame_of_reference();
                if own
                    .zip(frame_of_reference)
                    .is_some_and(|(own, image)| own != image)
                {
                    return Err(DicomError::FrameOfReference {
                        place: segmentation.place().to_owned(),
                    });
                }
                Ok((segmentation.label_map(segment, geometry)?, Vec::new()))
            }
        }
    }
}
