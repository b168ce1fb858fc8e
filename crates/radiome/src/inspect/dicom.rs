//! What lies at a DICOM path: series, and regions on the series that they were drawn on.

use std::path::{Path, PathBuf};

use radiome_dicom::{Catalog, ContourRemark, DicomError, MaskFile, Regions, Series};
use radiome_image::{Geometry, LabelMap, Mask, RegionQuality, Segment, layers_of, read};

use super::{Content, InspectError, Item, LabelSummary, Unplaced};
use crate::extract::Remark;

/// One thing at a path, before voxels are read.
#[derive(Debug)]
pub enum Part {
    /// A file of another format.
    File(PathBuf),
    /// A series of DICOM images.
    Series(PathBuf, Box<Series>),
    /// Contours or a segmentation, which need the grid of an image.
    Regions(PathBuf, Box<Regions>),
    /// Something that cannot be read.
    Broken(PathBuf, InspectError),
}

/// The grid on which regions are laid.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The grid.
    pub geometry: Geometry,
    /// The frame of reference of a DICOM image.
    pub frame_of_reference: Option<String>,
}

impl Reference {
    /// That of an image file, or of a DICOM series, of which the headers alone are read.
    ///
    /// # Errors
    /// [`InspectError`] if it cannot be read.
    pub fn open(path: &Path) -> Result<Self, InspectError> {
        if radiome_dicom::is_dicom(path) {
            return Self::of_series(&radiome_dicom::series(path)?);
        }
        Ok(Self {
            geometry: read::image(path)?.geometry,
            frame_of_reference: None,
        })
    }

    /// That of a series.
    ///
    /// # Errors
    /// [`InspectError`] if its slices make no grid.
    pub fn of_series(series: &Series) -> Result<Self, InspectError> {
        Ok(Self {
            geometry: series.geometry()?,
            frame_of_reference: series.frame_of_reference().map(str::to_owned),
        })
    }

    /// That of the series that regions were drawn on, if it lies in the folder of their file, or in
    /// the same archive.
    ///
    /// # Errors
    /// [`InspectError`] if it does not.
    pub fn beside(path: &Path, regions: &Regions) -> Result<Self, InspectError> {
        let archive = path.is_dir() || is_archive(path);
        let folder = match path.parent() {
            _ if archive => path,
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let catalog = Catalog::scan(folder)?;
        Self::of_series(regions.series_in(catalog.series())?)
    }
}

fn is_archive(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// All that lies at a path: of a folder or an archive every series of images, and every set of
/// contours and segmentation.
#[must_use]
pub fn parts(path: &Path) -> Vec<Part> {
    if !radiome_dicom::is_dicom(path) {
        return vec![Part::File(path.to_owned())];
    }
    let broken = |error: DicomError| Part::Broken(path.to_owned(), error.into());
    let mut catalog = match Catalog::scan(path) {
        Ok(catalog) => catalog,
        Err(error) => return vec![broken(error)],
    };
    let unreadable = catalog.take_broken();
    let regions = |file: &MaskFile, path: PathBuf| match Regions::of(file) {
        Ok(regions) => Part::Regions(path, Box::new(regions)),
        Err(error) => Part::Broken(path, error.into()),
    };
    let all = catalog.series().iter();
    let series: Vec<&Series> = all.filter(|series| series.has_positions()).collect();
    // A file stands for its series, and a folder of one series needs no closer name.
    if catalog.masks().is_empty() && series.len() < 2 {
        return vec![match radiome_dicom::series(path) {
            Ok(series) => Part::Series(path.to_owned(), Box::new(series)),
            Err(error) => broken(error),
        }];
    }
    if let ([], [one], []) = (&series[..], catalog.masks(), &unreadable[..]) {
        return vec![regions(one, path.to_owned())];
    }
    let mut parts: Vec<Part> = (series.into_iter())
        .map(|series| {
            let first = series.paths().into_iter().next();
            Part::Series(first.unwrap_or(path.to_owned()), Box::new(series.clone()))
        })
        .collect();
    let masks = catalog.masks().iter();
    parts.extend(masks.map(|file| regions(file, file.place().into())));
    parts.extend(unreadable.into_iter().map(broken));
    parts
}

impl Item {
    /// The image of a series.
    ///
    /// # Errors
    /// [`InspectError`] if it cannot be read.
    pub fn of_series(path: &Path, series: &Series) -> Result<Self, InspectError> {
        let (image, remarks) = series.image()?;
        let mut item = Self::of_image(path, image);
        item.remarks = remarks.iter().map(Remark::from).collect();
        item.frame_of_reference = series.frame_of_reference().map(str::to_owned);
        let files = series.files();
        let files = format!("{files} {}", if files == 1 { "file" } else { "files" });
        let modality = match series.modality() {
            "" => "unknown modality",
            modality => modality,
        };
        item.about = Some(match series.description() {
            Some(description) => format!("DICOM {modality}, {files}, \"{description}\""),
            None => format!("DICOM {modality}, {files}"),
        });
        Ok(item)
    }

    /// Regions laid on the grid of an image. One that does not fit it says so, and leaves the
    /// others as they are.
    #[must_use]
    pub fn of_regions(path: &Path, regions: &Regions, on: &Reference) -> Self {
        let mut remarks = Vec::new();
        let mut labels = Vec::new();
        let mut drawn: Vec<(Segment, Mask)> = Vec::new();
        for segment in regions.segments() {
            let frame = on.frame_of_reference.as_deref();
            let found = regions.label_map(segment.label, &on.geometry, frame);
            let mut summary = LabelSummary {
                layer: 0,
                value: segment.label,
                name: Some(segment.name.clone()).filter(|name| !name.is_empty()),
                quality: None,
                problem: None,
            };
            match found {
                Ok((map, said)) => {
                    let mask = map.mask(segment.label);
                    summary.quality = RegionQuality::of(&mask);
                    remarks.extend(said.iter().map(|said| remark(&segment.name, said)));
                    if summary.quality.is_some() {
                        drawn.push((segment, mask));
                    }
                }
                Err(DicomError::EmptyRegion { .. }) => {}
                Err(error) => summary.problem = Some(error.to_string()),
            }
            labels.push(summary);
        }
        let layers = layers_of(&on.geometry, drawn);
        for summary in &mut labels {
            let holds = |layer: &LabelMap| layer.segments.iter().any(|s| s.label == summary.value);
            summary.layer = layers.iter().position(holds).unwrap_or_default();
        }
        let kind = match regions {
            Regions::Contours(_) => "DICOM contours (RTSTRUCT)",
            Regions::Segmentation(_) => "DICOM segmentation (SEG)",
        };
        Self {
            path: path.to_owned(),
            geometry: on.geometry.clone(),
            content: Content::Labels { layers, labels },
            remarks,
            about: Some(kind.to_owned()),
            frame_of_reference: on.frame_of_reference.clone(),
        }
    }

    /// The grid of the item, for regions.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference {
            geometry: self.geometry.clone(),
            frame_of_reference: self.frame_of_reference.clone(),
        }
    }
}

impl Unplaced {
    /// What regions are called, where the image that they were drawn on is not at hand.
    #[must_use]
    pub fn of(path: &Path, regions: &Regions, why: &InspectError) -> Self {
        let names = regions.segments();
        let drawn = match regions {
            Regions::Contours(contours) => {
                let all = contours.regions().iter();
                all.map(|region| Some(region.contours().len())).collect()
            }
            Regions::Segmentation(_) => vec![None; names.len()],
        };
        Self {
            path: path.to_owned(),
            regions: names.into_iter().zip(drawn).collect(),
            why: why.to_string(),
        }
    }
}

fn remark(region: &str, said: &ContourRemark) -> Remark {
    Remark {
        code: said.code(),
        text: format!("\"{region}\": {said}"),
    }
}
