//! `radiome maps`: the features around every voxel of a region, as images.

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use radiome::extract::{self, Case, Label, MapsError, Stage};
use radiome::table::fits;
use radiome_features::UndefinedReason;

use super::{Common, Status};

/// Map features: compute them around every voxel of a region and write an image of each
///
/// Each voxel of the region gets the features of the small box of voxels around it (the kernel),
/// as PyRadiomics computes them in voxel mode. A map covers the region's bounding box and the
/// kernel's reach around it, lies where the image lies, and holds 64-bit numbers: NaN where a
/// feature is not defined, 0 (initValue) outside the region. Shape is no feature of a voxel and is
/// left out.
///
/// Settings of voxelSetting: kernelRadius (1), the reach of the kernel in voxels; maskedKernel
/// (true), whether voxels outside the region are left out of it; initValue (0). With force2D the
/// kernel is flat. Without --params the settings are PyRadiomics' defaults.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The image
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The mask drawn on the image
    #[arg(value_name = "MASK")]
    mask: PathBuf,
    /// The folder for the maps, one NRRD file a feature
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// PyRadiomics parameter file (YAML)
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Which label of the mask is the region: its number, or the name of its segment
    #[arg(long, value_name = "N|NAME")]
    label: Option<Label>,
    /// Make only the maps whose name fits: `*` stands for any text, `?` for one character; may be
    /// repeated [default: all that the settings ask for]
    #[arg(long, value_name = "PATTERN")]
    features: Vec<String>,
    /// Override a setting, as in -s kernelRadius:2; may be repeated
    #[arg(short = 's', long = "setting", value_name = "KEY:VALUE")]
    settings: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  Every feature around every voxel of a tumour, settings from a file
    radiome maps scan.nii.gz tumour.nii.gz --params params.yaml --out maps

  Two maps, with a kernel of 5 x 5 x 5 voxels
    radiome maps scan.nii.gz tumour.nii.gz --out maps -s binWidth:10 -s kernelRadius:2 \\
      --features original_firstorder_Entropy --features original_glcm_Contrast

  All co-occurrence maps, with kernels that see beyond the contour
    radiome maps scan.nrrd contours.seg.nrrd --label Tumour --params params.yaml --out maps \\
      -s maskedKernel:false --features '*_glcm_*'

The files are named as PyRadiomics' command names them: maps/Case-1_original_glcm_Contrast.nrrd.
3D Slicer and ITK-SNAP show them over the image. `radiome features` lists the names.

Exit status: 0 all done; 1 the region or the image is not usable; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let (path, overrides) = (options.params.as_deref(), &options.settings);
    let plan = super::settings(path, overrides)?
        .plan()
        .map_err(|error| super::explained(path, &error))?;
    common.note_default_bins(options.params.as_deref(), &options.settings);
    let case = Case {
        id: "1".to_owned(),
        image: options.image.clone(),
        mask: options.mask.clone(),
        label: options.label.clone(),
        channel: None,
        protocol: 0,
    };
    let patterns = &options.features;
    let wanted =
        |name: &str| patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, name));
    let (jobs, progress) = (common.jobs(), common.progress());
    match extract::maps(&case, &plan, &wanted, &options.out, jobs, progress) {
        Ok(written) => {
            for image in &written.missing {
                eprintln!("no maps of {}: {}", image.name, why(image.reason));
            }
            if written.files.is_empty() {
                return Ok(Status::SomeFailed);
            }
            let (maps, folder) = (written.files.len(), options.out.display());
            common.note(&format!("{maps} maps written to {folder}"));
            Ok(Status::Done)
        }
        Err(MapsError::Case(failure)) if failure.stage == Stage::Read => Err(miette!(
            help = "check the path and the file",
            "{}",
            failure.message
        )),
        Err(MapsError::Case(failure)) => {
            eprintln!("no maps: {} ({})", failure.message, failure.reason.code());
            Ok(Status::SomeFailed)
        }
        Err(error @ MapsError::Nothing { planned: 0 }) => Err(miette!(
            help = "shape is no feature of a voxel; ask for other classes under featureClass",
            "{error}"
        )),
        Err(error @ MapsError::Nothing { .. }) => Err(miette!(
            help = "a pattern must fit the whole name, as in --features '*_glcm_Contrast'; \
                    `radiome features` lists the names",
            "{error}"
        )),
        Err(error) => Err(miette!(
            help = "check that the folder of --out can be written and has room",
            "{error}"
        )),
    }
}

/// Why a filter cannot make its image, in words and as a code.
fn why(reason: UndefinedReason) -> String {
    let words = match reason {
        UndefinedReason::FilterTooSmall => "the image is too small for this filter",
        _ => "the filter would divide by 0, for all voxels are 0",
    };
    format!("{words} ({})", reason.code())
}
