//! Images and masks that are DICOM: a folder, an archive or a file of a series; contours and
//! segmentations.

use std::io::ErrorKind;
use std::path::Path;

use radiome_dicom::{DicomError, Regions, Series};
use radiome_image::{Geometry, Image, LabelMap, Segment};

use super::failure::of_opening;
use super::{Case, Failure, Label, Reason, Remark, Stage, Suv};

/// Whether a path is a folder, an archive or a DICOM file.
pub(super) fn is_dicom(path: &Path) -> bool {
    radiome_dicom::is_dicom(path)
}

/// The image of a case, in units of SUV where that is asked for, the series that it was made of, and
/// what reading it showed.
pub(super) fn image(
    case: &Case,
    suv: Option<Suv>,
) -> Result<(Image, Series, Vec<Remark>), Failure> {
    let series = radiome_dicom::series(&case.image).map_err(|error| of_image(case, &error))?;
    let read = match suv {
        None => series.image(),
        Some(Suv::Bw) => series.suv_body_weight(),
    };
    let (image, remarks) = read.map_err(|error| of_image(case, &error))?;
    Ok((image, series, remarks.iter().map(Remark::from).collect()))
}

/// The failure of an image that is no DICOM series and should be brought into units of SUV.
pub(super) fn no_headers(case: &Case) -> Failure {
    let message = format!(
        "{} is no DICOM series, and SUV needs its headers: name the folder of the PET series, or \
         leave suv out where the image holds SUV already",
        case.image.display()
    );
    let (reason, message) = match case.image.try_exists() {
        Ok(false) => (
            Reason::MissingImage,
            format!("no image file {}", case.image.display()),
        ),
        _ => (Reason::Setting, message),
    };
    Failure::new(case, Stage::Read, reason, &message)
}

/// The region of a case on the grid of its image: the one that its label means, by number, name or
/// pattern, or the only one that is drawn. Regions may overlap, so that no other is in the map.
///
/// `series` is what the image was made of, where that is DICOM too.
pub(super) fn labels(
    case: &Case,
    geometry: &Geometry,
    series: Option<&Series>,
    channel: usize,
) -> Result<(LabelMap, Vec<Remark>), Failure> {
    let fail = |reason, message: &str| Failure::new(case, Stage::Mask, reason, message);
    if channel > 0 {
        let message = format!(
            "{} is DICOM, whose regions are chosen by name or number: leave out label_channel",
            case.mask.display()
        );
        return Err(fail(Reason::Setting, &message));
    }
    let regions = Regions::open(&case.mask).map_err(|error| of_mask(case, &error))?;
    let label = match &case.label {
        Some(Label::Value(value)) => *value,
        Some(Label::Name(name)) => regions
            .label_of(name)
            .map_err(|error| of_mask(case, &error))?,
        None => match drawn(&regions).as_slice() {
            [one] => *one,
            [] => {
                let message = format!("{}: nothing is drawn in the mask", case.mask.display());
                return Err(fail(Reason::EmptyMask, &message));
            }
            several => {
                let listed = regions.segments().into_iter();
                let listed = listed.filter(|segment| several.contains(&segment.label));
                let names: Vec<String> = listed
                    .map(|segment| format!("\"{}\"", segment.name))
                    .collect();
                let message = format!(
                    "{} holds {} regions: give the label of one, by name or number; regions there: {}",
                    case.mask.display(),
                    several.len(),
                    names.join(", ")
                );
                return Err(fail(Reason::LabelMissing, &message));
            }
        },
    };
    let frame = series.and_then(Series::frame_of_reference);
    let (mut labels, remarks) = regions
        .label_map(label, geometry, frame)
        .map_err(|error| of_mask(case, &error))?;
    // The region was found by this name or pattern, and is the only one there.
    if let Some(Label::Name(name)) = &case.label {
        labels.segments = vec![Segment {
            name: name.clone(),
            label,
        }];
    }
    Ok((labels, remarks.iter().map(Remark::from).collect()))
}

/// The labels of the regions of a mask in which something is drawn.
pub(super) fn labels_drawn(mask: &Path) -> Result<Vec<u32>, DicomError> {
    Ok(drawn(&Regions::open(mask)?))
}

fn drawn(regions: &Regions) -> Vec<u32> {
    match regions {
        Regions::Contours(contours) => (1..)
            .zip(contours.regions())
            .filter(|(_, region)| !region.contours().is_empty())
            .map(|(label, _)| label)
            .collect(),
        Regions::Segmentation(segmentation) => {
            let segments = segmentation.segments().iter();
            segments.map(|segment| segment.label).collect()
        }
    }
}

fn of_image(case: &Case, error: &DicomError) -> Failure {
    let reason = match error {
        DicomError::Open { source, .. } if source.kind() == ErrorKind::NotFound => {
            Reason::MissingImage
        }
        // The image is good; its headers do not say what SUV needs.
        DicomError::Suv { .. } => Reason::Setting,
        DicomError::Open { source, .. } => of_opening(source, Reason::UnreadableImage),
        _ => Reason::UnreadableImage,
    };
    Failure::new(case, Stage::Read, reason, &words(error))
}

fn of_mask(case: &Case, error: &DicomError) -> Failure {
    let (stage, reason) = match error {
        DicomError::Open { source, .. } if source.kind() == ErrorKind::NotFound => {
            (Stage::Read, Reason::MissingMask)
        }
        DicomError::Open { source, .. } => {
            (Stage::Read, of_opening(source, Reason::UnreadableMask))
        }
        DicomError::NoRegion { .. } | DicomError::SeveralRegions { .. } => {
            (Stage::Mask, Reason::LabelMissing)
        }
        DicomError::EmptyRegion { .. } => (Stage::Mask, Reason::EmptyMask),
        DicomError::ContourAcrossSlices { .. }
        | DicomError::FrameOfReference { .. }
        | DicomError::SegmentationGrid { .. } => (Stage::Mask, Reason::GeometryMismatch),
        DicomError::ContourOutside { .. } => (Stage::Mask, Reason::RoiOutsideImage),
        _ => (Stage::Read, Reason::UnreadableMask),
    };
    Failure::new(case, stage, reason, &words(error))
}

/// What the system says is put in plain words, without its number.
fn words(error: &DicomError) -> String {
    match error {
        DicomError::Open { path, source } => {
            format!("cannot open {}: {}", path.display(), source.kind())
        }
        other => other.to_string(),
    }
}
