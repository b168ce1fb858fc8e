//! `radiome convert`: images and masks from one format to another.

mod regions;
mod report;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::Label;
use radiome::inspect::{Content, InspectError, Item, Reference, label_of};
use radiome_dicom::DicomError;
use radiome_image::preprocess::{Interpolator, resample_onto};
use radiome_image::write::Format;
use radiome_image::{Geometry, Segment};

use super::extract::SuvKind;
use super::{Common, Status};

/// Convert an image or a mask to NIfTI, NRRD or MetaImage
///
/// Reads NIfTI, NRRD and MetaImage in all their encodings, and DICOM: a series (the folder, the ZIP
/// archive or a file of one), contours (RTSTRUCT) and segmentations (SEG); writes what the ending of
/// --out says. Values, their type, and the place in the patient stay as they are: NIfTI alone rounds
/// positions to 32 bits. Names of segments are kept in .seg.nrrd; the other formats have no place
/// for them.
///
/// With --suv bw, a PET series is brought into units of SUV by body weight, from its DICOM headers: the
/// injected dose and its time, the start of the scan, the weight. What they do not say, or say
/// impossibly, is an error that names it.
///
/// With --reference, the result lies on the grid of another image: an image is interpolated, and 0
/// beyond its edge; a mask takes the nearest voxel. With --roi, one label of a mask becomes a mask
/// of its own, of 0 and 1.
///
/// Contours and segmentations of DICOM are laid on the grid of --reference, the series that they
/// were drawn on; without it, that series is looked for in their folder. A voxel belongs to a region
/// if its centre lies inside its contours. All regions become one label map, each with its number
/// in the file; where they overlap they need a .seg.nrrd, which holds them in layers, or --each, or
/// --roi.
///
/// With --sr, features become a DICOM structured report (Comprehensive 3D SR, TID 1500): a group for
/// each region with the segment or contours it was drawn as, and each feature with its code of the
/// IBSI, its unit, and the filtered image it was measured in. The report belongs to the patient of
/// the series and holds the name and ID from its headers, unless --anonymous is given. Its
/// identifiers follow from its content, and its date is that of the study: the same features give
/// the same file.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The image or mask
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Where to write (.nii, .nii.gz, .nrrd, .seg.nrrd, .mha, .mhd)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Bring it onto the grid of this image
    #[arg(long, value_name = "IMAGE")]
    reference: Option<PathBuf>,
    /// Take this label alone: the name of its segment, a pattern that fits it (GTV*), or its number
    #[arg(long, value_name = "NAME|PATTERN|N")]
    roi: Option<Label>,
    /// Write every region of a mask to a file of its own, of 0 and 1, with its name in the file's
    /// name: masks.nii.gz becomes masks_GTV.nii.gz and so on
    #[arg(long, conflicts_with = "roi")]
    each: bool,
    /// How values between voxels are found with --reference
    #[arg(long, value_enum, default_value = "linear", requires = "reference")]
    interpolation: Interpolation,
    /// Write these features, a table of `radiome extract` on this DICOM series, as a structured
    /// report (--out FILE.dcm)
    #[arg(long, value_name = "FEATURES.csv", conflicts_with_all = ["reference", "roi", "each", "names"])]
    sr: Option<PathBuf>,
    /// Leave blank whose report it is: name, ID, birth date, sex, dates, accession number,
    /// referring physician
    #[arg(long, requires = "sr")]
    anonymous: bool,
    /// Bring a PET series into units of SUV: bw is by body weight
    #[arg(long, value_enum, value_name = "KIND", conflicts_with_all = ["roi", "each", "sr"])]
    suv: Option<SuvKind>,
    /// Names of labels for a mask that has none: a file of label descriptions of ITK-SNAP
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  MetaImage to compressed NIfTI
    radiome convert scan.mha --out scan.nii.gz

  A DICOM series to NRRD
    radiome convert P001/MR_T1 --out P001_t1.nrrd

  Contours of DICOM as a mask on their series
    radiome convert P001/RS.dcm --reference P001/MR_T1 --roi 'GTV*' --out gtv.nii.gz

  All regions with their names, overlapping or not, for 3D Slicer
    radiome convert P001/RS.dcm --reference P001/MR_T1 --out regions.seg.nrrd

  Every segment as a mask of its own
    radiome convert P001/SEG.dcm --reference P001/MR_T1 --each --out masks.nii.gz

  Features of a DICOM series as a structured report beside it
    radiome extract P001/MR_T1 P001/SEG.dcm --label all --out features.csv
    radiome convert P001/MR_T1 --sr features.csv --out P001/report.dcm

  A PET series in units of SUV by body weight
    radiome convert P001/PET --suv bw --out P001_suv.nii.gz

  One segment of 3D Slicer, on the grid of the scan
    radiome convert contours.seg.nrrd --roi Tumour --reference scan.nii.gz --out tumour.nii.gz

  Labels of ITK-SNAP with their names, for 3D Slicer
    radiome convert labels.nii.gz --names labels.txt --out labels.seg.nrrd

  A PET image on the grid of the MR image
    radiome convert pet.nii.gz --reference t1.nii.gz --interpolation bspline --out pet_on_t1.nii.gz

Exit status: 0 written; 1 some regions do not fit the image, the others are written; 2 the request is
wrong or a file cannot be read.";

/// How values between voxels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Interpolation {
    /// Of the nearest voxel
    Nearest,
    /// Straight lines between neighbours
    Linear,
    /// A cubic B-spline through all voxels
    Bspline,
}

impl From<Interpolation> for Interpolator {
    fn from(chosen: Interpolation) -> Self {
        match chosen {
            Interpolation::Nearest => Self::NearestNeighbor,
            Interpolation::Linear => Self::Linear,
            Interpolation::Bspline => Self::BSpline,
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if let Some(features) = &options.sr {
        return report::write(options, features, common);
    }
    let format = output_format(&options.out, &[&options.input])?;
    let names = super::inspect::names(options.names.as_deref())?;
    let reference = match &options.reference {
        Some(path) => Some(
            Reference::open(path)
                .map_err(|error| miette!(help = "check --reference", "{error}"))?,
        ),
        None => None,
    };
    let item = match options.suv {
        Some(SuvKind::Bw) => suv(&options.input)?,
        None => Item::read_on(&options.input, &names, reference.as_ref()).map_err(|error| {
            let help = match error {
                InspectError::Unplaced(_) => {
                    "give the series that it was drawn on with --reference"
                }
                _ => "check the path and the file",
            };
            miette!(help = help, "{error}")
        })?,
    };
    for remark in &item.remarks {
        common.note(&format!("note: {} ({})", remark.text, remark.code));
    }
    // Regions of DICOM lie on the reference already.
    let grid = reference.as_ref().map(|reference| &reference.geometry);
    let grid = grid.filter(|grid| **grid != item.geometry);
    let work = || converted(options, common, format, &item, grid, &names);
    super::in_pool(common, work)
}

/// The image of a PET series in units of SUV by body weight.
fn suv(input: &Path) -> miette::Result<Item> {
    if input.exists() && !radiome_dicom::is_dicom(input) {
        return Err(miette!(
            help = "name the folder of the PET series, or leave --suv out where the image holds SUV already",
            "{} is no DICOM series, and SUV needs its headers",
            input.display()
        ));
    }
    let unreadable = |error| miette!(help = "check the path and the file", "{error}");
    let series = radiome_dicom::series(input).map_err(unreadable)?;
    let (image, _) = series.suv_body_weight().map_err(|error| match error {
        DicomError::Suv { .. } => miette!(
            help = "docs/dicom.md says which headers SUV needs",
            "{}: {error}",
            input.display()
        ),
        other => unreadable(other),
    })?;
    Ok(Item::of_image(input, image))
}

fn converted(
    options: &Options,
    common: &Common,
    format: Format,
    item: &Item,
    grid: Option<&Geometry>,
    names: &[Segment],
) -> miette::Result<Status> {
    let out = &options.out;
    let input = options.input.display();
    if let Some(roi) = &options.roi {
        let label = label_of(item, roi)
            .map_err(|error| miette!(help = "`radiome inspect` lists the labels", "{error}"))?;
        regions::write_alone(options, format, item, label, grid, out)?;
        common.note(&format!("written: {}", out.display()));
        return Ok(Status::Done);
    }
    match &item.content {
        Content::Image { image, .. } => {
            let image = match grid {
                None => image.clone(),
                Some(grid) => resample_onto(image, grid, options.interpolation.into())
                    .map_err(|error| miette!("{input}: {error}"))?,
            };
            written(format.write(out, &image))?;
            common.note(&format!("written: {}", out.display()));
            Ok(Status::Done)
        }
        Content::Labels { layers, labels } => {
            regions::write(options, common, format, item, (layers, labels), grid, names)
        }
    }
}

fn written(done: Result<(), radiome_image::write::WriteError>) -> miette::Result<()> {
    done.into_diagnostic()
        .wrap_err("check that the folder of --out is there, can be written and has room")
}

/// The format that the name of an output stands for; it must be none of the inputs.
pub(crate) fn output_format(out: &Path, inputs: &[&Path]) -> miette::Result<Format> {
    let Some((format, ..)) = Format::of(out) else {
        return Err(miette!(
            help = format!("end its name in {}", Format::KNOWN),
            "--out {} is no name of an image file",
            out.display()
        ));
    };
    let same = |path: &Path| path.canonicalize().ok();
    let own = same(out);
    if own.is_some() && inputs.iter().any(|input| same(input) == own) {
        return Err(miette!(
            help = "give another file with --out",
            "{} would overwrite what it is made from",
            out.display()
        ));
    }
    Ok(format)
}
