//! What lies in a folder: series of images, contours and segmentations, whosever they are.

use std::collections::HashMap;
use std::path::Path;

use crate::tags;
use rayon::prelude::*;

use crate::attributes::Attributes;
use crate::object::Object;
use crate::series::{Instance, Series};
use crate::source::{Source, sources, sources_in_memory};
use crate::{DicomError, Identity};

const RTSTRUCT: &str = "1.2.840.10008.5.1.4.1.1.481.3";
const SEGMENTATION: &str = "1.2.840.10008.5.1.4.1.1.66.4";
const LABEL_MAP_SEGMENTATION: &str = "1.2.840.10008.5.1.4.1.1.66.7";

/// The DICOM objects at a path, grouped.
///
/// Patients, studies and series are numbered from 1 in the order in which their first file comes
/// when files are sorted by name. Names, birth dates and IDs of patients are compared while the
/// files are looked through and then forgotten; [`Series::identity`] reads them anew for who needs
/// them.
///
/// # Examples
/// ```no_run
/// let catalog = radiome_dicom::Catalog::scan("dicom")?;
/// for series in catalog.series() {
///     println!("{series}");
/// }
/// # Ok::<(), radiome_dicom::DicomError>(())
/// ```
#[derive(Debug)]
pub struct Catalog {
    series: Vec<Series>,
    masks: Vec<MaskFile>,
    broken: Vec<DicomError>,
    others: usize,
    files: usize,
}

/// What a mask is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskKind {
    /// Contours: an RT Structure Set.
    Contours,
    /// Voxels: a Segmentation.
    Segmentation,
}

/// A set of contours or a segmentation.
#[derive(Clone, Debug)]
pub struct MaskFile {
    pub(crate) source: Source,
    kind: MaskKind,
    patient: usize,
    study: usize,
}

impl MaskFile {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> MaskKind {
        self.kind
    }

    /// The numbers of its patient and study.
    #[must_use]
    pub fn patient_and_study(&self) -> (usize, usize) {
        (self.patient, self.study)
    }

    /// Its file, or the archive and the name in it.
    #[must_use]
    pub fn place(&self) -> String {
        self.source.to_string()
    }
}

/// What is known of an object after its header was read.
struct Entry {
    patient: Identity,
    study: String,
    found: Found,
}

enum Found {
    Image {
        series: String,
        frame_of_reference: Option<String>,
        modality: String,
        description: Option<String>,
        instance: Box<Instance>,
    },
    Mask(MaskKind),
    Other,
}

impl Catalog {
    /// Looks through a file, a folder with everything below it, or a ZIP archive. Of every file
    /// only what precedes the voxels is read; files that are no DICOM are counted and passed over.
    ///
    /// # Errors
    /// [`DicomError::Open`] if the path cannot be opened. What is wrong with single files is in
    /// [`broken`](Self::broken).
    pub fn scan(path: impl AsRef<Path>) -> Result<Self, DicomError> {
        Ok(Self::of(sources(path.as_ref(), true)?))
    }

    /// Looks through the files of a folder, but not through folders in it.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    pub fn scan_folder(path: impl AsRef<Path>) -> Result<Self, DicomError> {
        Ok(Self::of(sources(path.as_ref(), false)?))
    }

    /// Looks through files that are in memory: their names, which errors name, and their bytes. A
    /// single ZIP archive is opened. Nothing is read from the disk, now or later.
    ///
    /// # Errors
    /// [`DicomError::Open`] for an archive that cannot be opened; otherwise as
    /// [`scan`](Self::scan).
    pub fn of_memory(files: Vec<(String, Vec<u8>)>) -> Result<Self, DicomError> {
        Ok(Self::of(sources_in_memory(files)?))
    }

    fn of(sources: Vec<Source>) -> Self {
        let entries: Vec<Result<Entry, DicomError>> = sources.par_iter().map(entry).collect();
        let mut catalog = Self {
            series: Vec::new(),
            masks: Vec::new(),
            broken: Vec::new(),
            others: 0,
            files: sources.len(),
        };
        let mut patients: HashMap<Identity, usize> = HashMap::new();
        let mut studies: HashMap<(usize, String), usize> = HashMap::new();
        let mut studies_of: HashMap<usize, usize> = HashMap::new();
        let mut places: HashMap<(usize, usize, String, Option<String>), usize> = HashMap::new();
        for (source, entry) in sources.into_iter().zip(entries) {
            let entry = match entry {
                Ok(entry) => entry,
                // An empty or damaged file may be a slice; its name is all that tells.
                Err(DicomError::NotDicom { .. }) if !source.is_named_dicom() => {
                    catalog.others += 1;
                    continue;
                }
                Err(error) => {
                    catalog.broken.push(error);
                    continue;
                }
            };
            let count = patients.len() + 1;
            let patient = *patients.entry(entry.patient).or_insert(count);
            let study = *studies.entry((patient, entry.study)).or_insert_with(|| {
                let count = studies_of.entry(patient).or_insert(0);
                *count += 1;
                *count
            });
            match entry.found {
                Found::Other => catalog.others += 1,
                Found::Mask(kind) => catalog.masks.push(MaskFile {
                    source,
                    kind,
                    patient,
                    study,
                }),
                Found::Image {
                    series,
                    frame_of_reference,
                    modality,
                    description,
                    instance,
                } => {
                    let key = (patient, study, series, frame_of_reference);
                    let place = match places.get(&key) {
                        Some(&place) => place,
                        None => {
                            let number = catalog
                                .series
                                .iter()
                                .filter(|other| other.patient == patient && other.study == study);
                            catalog.series.push(Series {
                                patient,
                                study,
                                number: number.count() + 1,
                                uid: key.2.clone(),
                                frame_of_reference: key.3.clone(),
                                modality,
                                description,
                                instances: Vec::new(),
                            });
                            places.insert(key, catalog.series.len() - 1);
                            catalog.series.len() - 1
                        }
                    };
                    if let Some(series) = catalog.series.get_mut(place) {
                        series.instances.push(*instance);
                    }
                }
            }
        }
        catalog
    }

    /// The series of images, in the order of their first files.
    #[must_use]
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The contour sets and segmentations, in the order of their files.
    #[must_use]
    pub fn masks(&self) -> &[MaskFile] {
        &self.masks
    }

    /// Files that are DICOM but cannot be read.
    #[must_use]
    pub fn broken(&self) -> &[DicomError] {
        &self.broken
    }

    /// Number of files that hold neither images nor masks.
    #[must_use]
    pub fn others(&self) -> usize {
        self.others
    }

    /// Number of files that were looked at.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files
    }

    /// The errors of files that cannot be read, taken out.
    pub fn take_broken(&mut self) -> Vec<DicomError> {
        std::mem::take(&mut self.broken)
    }

    /// The first error of a file, taken out.
    pub(crate) fn into_broken(self) -> Option<DicomError> {
        self.broken.into_iter().next()
    }
}

/// What one file holds.
fn entry(source: &Source) -> Result<Entry, DicomError> {
    let object = Object::read_header(source)?;
    let a = object.attributes();
    let found = match a.text(tags::SOP_CLASS_UID).as_deref() {
        Some(RTSTRUCT) => Found::Mask(MaskKind::Contours),
        Some(SEGMENTATION | LABEL_MAP_SEGMENTATION) => Found::Mask(MaskKind::Segmentation),
        _ if object.pixel_data.is_some() && is_image(a) => Found::Image {
            series: a.text(tags::SERIES_INSTANCE_UID).unwrap_or_default(),
            frame_of_reference: a.text(tags::FRAME_OF_REFERENCE_UID),
            modality: a.text(tags::MODALITY).unwrap_or_default(),
            description: a.text(tags::SERIES_DESCRIPTION),
            instance: Box::new(Instance::of(source, &object)),
        },
        class if is_slice(class) => {
            return Err(DicomError::Missing {
                place: object.place.clone(),
                attribute: "Pixel Data",
                why: "it is an image; copy the file again",
            });
        }
        // The directory of a disc (DICOMDIR) is the one kind of file without a class.
        None if !a.has(tags::DIRECTORY_RECORD_SEQUENCE) => {
            return Err(DicomError::Missing {
                place: object.place.clone(),
                attribute: "SOP Class UID",
                why: "it says what the file is; copy the file again",
            });
        }
        _ => Found::Other,
    };
    Ok(Entry {
        patient: Identity::of(a),
        study: a.text(tags::STUDY_INSTANCE_UID).unwrap_or_default(),
        found,
    })
}

/// Whether objects of a class are slices of CT, MR or PET, classic or enhanced.
fn is_slice(class: Option<&str>) -> bool {
    let storage = class.and_then(|class| class.strip_prefix("1.2.840.10008.5.1.4.1.1."));
    matches!(storage, Some("2" | "2.1" | "4" | "4.1" | "128" | "130"))
}

/// A dose has voxels, but was computed, not seen.
fn is_image(a: Attributes<'_>) -> bool {
    a.text(tags::MODALITY).as_deref() != Some("RTDOSE")
}
