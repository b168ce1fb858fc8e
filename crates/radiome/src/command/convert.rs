//! `radiome convert`: images and masks from one format to another.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::Label;
use radiome::inspect::{Content, Item, label_of};
use radiome_image::preprocess::{Interpolator, resample_mask_onto, resample_onto};
use radiome_image::write::Format;
use radiome_image::{Geometry, Image, LabelMap, Mask, Segment, read};

use super::{Common, Status};

/// Convert an image or a mask to NIfTI, NRRD or MetaImage
///
/// Reads NIfTI, NRRD and MetaImage in all their encodings, and DICOM series (the folder, the ZIP
/// archive or a file of one); writes what the ending of --out says.
/// Values, their type, and the place in the patient stay as they are: NIfTI alone rounds positions to 32
/// bits. Names of segments are kept in .seg.nrrd; the other formats have no place for them.
///
/// With --reference, the result lies on the grid of another image: an image is interpolated, and 0
/// beyond its edge; a mask takes the nearest voxel. With --roi, one label of a mask becomes a mask
/// of its own, of 0 and 1.
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
    /// Take this label alone: the name of its segment, or its number
    #[arg(long, value_name = "NAME|N")]
    roi: Option<Label>,
    /// How values between voxels are found with --reference
    #[arg(long, value_enum, default_value = "linear", requires = "reference")]
    interpolation: Interpolation,
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

  One segment of 3D Slicer, on the grid of the scan
    radiome convert contours.seg.nrrd --roi Tumour --reference scan.nii.gz --out tumour.nii.gz

  Labels of ITK-SNAP with their names, for 3D Slicer
    radiome convert labels.nii.gz --names labels.txt --out labels.seg.nrrd

  A PET image on the grid of the MR image
    radiome convert pet.nii.gz --reference t1.nii.gz --interpolation bspline --out pet_on_t1.nii.gz

Exit status: 0 written; 2 the request is wrong or a file cannot be read.";

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
    let format = output_format(&options.out, &[&options.input])?;
    let names = super::inspect::names(options.names.as_deref())?;
    let item = Item::read(&options.input, &names)
        .map_err(|error| miette!(help = "check the path and the file", "{error}"))?;
    let grid = match &options.reference {
        Some(path) => Some(
            read::image(path)
                .map_err(|error| miette!(help = "check --reference", "{error}"))?
                .geometry,
        ),
        None => None,
    };
    let work = || converted(options, format, &item, grid.as_ref(), &names);
    super::in_pool(common, work)?;
    common.note(&format!("written: {}", options.out.display()));
    Ok(Status::Done)
}

fn converted(
    options: &Options,
    format: Format,
    item: &Item,
    grid: Option<&Geometry>,
    names: &[Segment],
) -> miette::Result<()> {
    let out = &options.out;
    let input = options.input.display();
    let written = |done: Result<(), radiome_image::write::WriteError>| {
        done.into_diagnostic()
            .wrap_err("check that the folder of --out is there, can be written and has room")
    };
    if let Some(roi) = &options.roi {
        let label = label_of(item, roi)
            .map_err(|error| miette!(help = "`radiome inspect` lists the labels", "{error}"))?;
        let Some(mask) = item.mask(label) else {
            return Err(miette!("{input} is no mask"));
        };
        let mask = on_grid(&mask, grid).map_err(|error| miette!("{input}: {error}"))?;
        if !mask.inside.contains(&true) {
            return Err(miette!(
                help = "its voxels lie outside the reference, or between the reference's",
                "{input}: nothing of {} is left on the grid of --reference",
                label.title()
            ));
        }
        let name = label.name.clone().unwrap_or_else(|| label.title());
        let map = LabelMap {
            geometry: mask.geometry,
            labels: mask.inside.iter().map(|&inside| inside.into()).collect(),
            segments: vec![Segment { name, label: 1 }],
        };
        return written(format.write_labels(out, &map));
    }
    match &item.content {
        Content::Image { image, .. } => {
            let image = match grid {
                None => image.clone(),
                Some(grid) => resample_onto(image, grid, options.interpolation.into())
                    .map_err(|error| miette!("{input}: {error}"))?,
            };
            written(format.write(out, &image))
        }
        Content::Labels { layers, .. } => {
            let [map] = &layers[..] else {
                return Err(miette!(
                    help = "choose one segment with --roi; `radiome inspect` lists them",
                    "{input} holds label maps in {} layers, which do not fit into one",
                    layers.len()
                ));
            };
            let mut map = match grid {
                None => map.clone(),
                Some(grid) => {
                    labels_on_grid(map, grid).map_err(|error| miette!("{input}: {error}"))?
                }
            };
            for segment in names {
                let known = map.segments.iter().any(|own| own.label == segment.label);
                if !known && map.labels.contains(&segment.label) {
                    map.segments.push(segment.clone());
                }
            }
            written(format.write_labels(out, &map))
        }
    }
}

fn on_grid(
    mask: &Mask,
    grid: Option<&Geometry>,
) -> Result<Mask, radiome_image::preprocess::PreprocessError> {
    match grid {
        Some(grid) => resample_mask_onto(mask, grid),
        None => Ok(mask.clone()),
    }
}

/// A label map on another grid by nearest neighbour.
fn labels_on_grid(
    map: &LabelMap,
    grid: &Geometry,
) -> Result<LabelMap, radiome_image::preprocess::PreprocessError> {
    let values = Image {
        geometry: map.geometry.clone(),
        pixel_type: radiome_image::PixelType::U32,
        values: map.labels.iter().map(|&label| label.into()).collect(),
    };
    let moved = resample_onto(&values, grid, Interpolator::NearestNeighbor)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let labels = moved.values.iter().map(|&value| value as u32).collect();
    Ok(LabelMap {
        geometry: moved.geometry,
        labels,
        segments: map.segments.clone(),
    })
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
