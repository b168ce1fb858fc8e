//! `radiome correct`: intensities made comparable.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::{CaseTable, Label, LabelChoice, names_beside};
use radiome::inspect::{Content, InspectError, Item, Reference, label_of};
use radiome_image::correct::{self, CorrectError, N4, NyulStandard};
use radiome_image::{Image, Mask, read};

use super::{Common, Status};

/// Correct the intensities of an image
///
/// n4: takes out the bias field, the smooth shading of MR images (Tustison 2010, as ITK does it).
/// The field is found in the mask and divided out everywhere.
///
/// zscore: (x - mean) / standard deviation of the mask: of the region of interest, the body, or a
/// tissue that looks alike in all patients.
///
/// nyul: maps percentiles onto a standard scale (Nyul 2000) that was learnt from other images, with
/// --train, or is read from a file, with --standard. Learn it from training patients alone.
///
/// clip: cuts off values beyond two percentiles of the mask.
///
/// Without --mask, the body is found by Otsu's threshold. All voxels of the mask count, unless
/// --label chooses. Image and mask may be DICOM, and so may those of --train: the folder, an archive
/// or a file of a series; contours (RTSTRUCT) or a segmentation (SEG) drawn on it. What is written is
/// an image of another format.
#[derive(Args)]
#[command(after_long_help = EXAMPLES, verbatim_doc_comment)]
pub(crate) struct Options {
    /// The image, or the folder of a DICOM series
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// What to do
    #[arg(long, value_enum)]
    method: Method,
    /// Where to write (.nii, .nii.gz, .nrrd, .mha, .mhd)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The voxels that count, on the image's grid [default: the body, by Otsu's threshold]
    #[arg(long, value_name = "MASK")]
    mask: Option<PathBuf>,
    /// Which label of the mask counts: its number, or the name of its segment [default: all]
    #[arg(long, value_name = "N|NAME", requires = "mask")]
    label: Option<Label>,
    /// n4: find the field on every n-th voxel along each axis
    #[arg(long, value_name = "N", default_value_t = 4)]
    shrink: usize,
    /// n4: most steps of each level, coarsest first
    #[arg(
        long,
        value_name = "N,...",
        value_delimiter = ',',
        default_value = "50,50,50,50"
    )]
    iterations: Vec<usize>,
    /// n4: end a level when the field changes by less (coefficient of variation)
    #[arg(long, value_name = "X", default_value_t = 0.001)]
    convergence: f64,
    /// n4: bins of the histogram
    #[arg(long, value_name = "N", default_value_t = 200)]
    bins: usize,
    /// n4: noise of the Wiener filter
    #[arg(long, value_name = "X", default_value_t = 0.01)]
    noise: f64,
    /// n4: full width at half maximum of the field's blur, in logarithms
    #[arg(long, value_name = "X", default_value_t = 0.15)]
    fwhm: f64,
    /// n4: control points along each axis on the first level
    #[arg(long, value_name = "N", default_value_t = 4)]
    control_points: usize,
    /// n4: write the field too
    #[arg(long, value_name = "FILE")]
    field: Option<PathBuf>,
    /// clip: the percentiles
    #[arg(
        long,
        value_name = "LOW,HIGH",
        value_delimiter = ',',
        default_value = "1,99"
    )]
    percentiles: Vec<f64>,
    /// nyul: learn the scale from the images of this table (columns Image and Mask, the mask of what
    /// counts)
    #[arg(long, value_name = "CASES", conflicts_with = "standard")]
    train: Option<PathBuf>,
    /// nyul: read the scale from this file
    #[arg(long, value_name = "FILE")]
    standard: Option<PathBuf>,
    /// nyul: write the scale that --train learnt
    #[arg(long, value_name = "FILE", requires = "train")]
    standard_out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  The shading of a T1-weighted image, found in the brain
    radiome correct t1.nii.gz --mask brain.nii.gz --method n4 --out t1_n4.nii.gz

  The same more finely, with the field as an image
    radiome correct t1.nii.gz --method n4 --shrink 2 --field field.nrrd --out t1_n4.nii.gz

  Standardised by the muscle
    radiome correct t1.nii.gz --mask tissues.seg.nrrd --label Muscle --method zscore --out t1_z.nii.gz

  A DICOM series standardised by one of its contours
    radiome correct P001/MR_T1 --mask P001/RS.dcm --label Muscle --method zscore --out t1_z.nii.gz

  A scale learnt from training patients, applied to one more
    radiome correct t1.nii.gz --method nyul --train training.csv --standard-out scale.json \\
      --out t1_nyul.nii.gz
    radiome correct other.nii.gz --method nyul --standard scale.json --out other_nyul.nii.gz

Exit status: 0 written; 1 the image cannot be corrected; 2 the request is wrong or a file cannot be
read.";

/// What is done with the intensities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Take out the bias field
    N4,
    /// Standardise by mean and standard deviation
    Zscore,
    /// Map percentiles onto a learnt scale
    Nyul,
    /// Cut off values beyond two percentiles
    Clip,
}

/// Why there is no corrected image: the request, or the image.
enum Failed {
    Request(miette::Report),
    Image(CorrectError),
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let mut inputs = vec![options.image.as_path()];
    inputs.extend(options.mask.as_deref());
    let format = super::convert::output_format(&options.out, &inputs)?;
    let field = match &options.field {
        None => None,
        Some(path) if options.method == Method::N4 => {
            let mut taken = inputs.clone();
            taken.push(&options.out);
            Some((super::convert::output_format(path, &taken)?, path))
        }
        Some(_) => {
            return Err(miette!(
                help = "leave it out",
                "--field has no effect without --method n4"
            ));
        }
    };
    if options.method != Method::Nyul && (options.train.is_some() || options.standard.is_some()) {
        return Err(miette!(
            help = "leave them out",
            "--train and --standard have no effect without --method nyul"
        ));
    }
    let (image, grid) = scan(&options.image, common)?;
    let mask = match &options.mask {
        Some(path) => Some(mask(path, options.label.as_ref(), &grid)?),
        None => None,
    };
    let work = || corrected(options, common, &image, mask.as_ref());
    let (result, log_field) = match super::in_pool(common, work) {
        Ok(done) => done,
        Err(Failed::Request(report)) => return Err(report),
        Err(Failed::Image(error @ CorrectError::Setting { .. })) => {
            return Err(miette!(
                help = "`radiome correct --help` lists the settings",
                "{error}"
            ));
        }
        Err(Failed::Image(error)) => {
            eprintln!("{} cannot be corrected: {error}", options.image.display());
            return Ok(Status::SomeFailed);
        }
    };
    let written = |done: Result<(), radiome_image::write::WriteError>| {
        done.into_diagnostic()
            .wrap_err("check that the folder of --out is there, can be written and has room")
    };
    if let (Some((format, path)), Some(mut log_field)) = (field, log_field) {
        for value in &mut log_field.values {
            *value = log_field.pixel_type.stored(value.exp());
        }
        written(format.write(path, &log_field))?;
    }
    written(format.write(&options.out, &result))?;
    common.note(&format!("written: {}", options.out.display()));
    Ok(Status::Done)
}

/// The image after the method, and the logarithm of the field if it has one.
fn corrected(
    options: &Options,
    common: &Common,
    image: &Image,
    mask: Option<&Mask>,
) -> Result<(Image, Option<Image>), Failed> {
    let otsu;
    let mask = match mask {
        Some(mask) => mask,
        None => {
            let (found, threshold) = correct::body(image).map_err(Failed::Image)?;
            let share = found.voxel_count();
            common.note(&format!(
                "no --mask: the {share} voxels above {threshold} count (Otsu's threshold)"
            ));
            otsu = found;
            &otsu
        }
    };
    match options.method {
        Method::N4 => n4(options, common, image, mask),
        Method::Zscore => {
            let (scored, [mean, deviation]) =
                correct::z_score(image, Some(mask)).map_err(Failed::Image)?;
            common.note(&format!("mean {mean}, standard deviation {deviation}"));
            Ok((scored, None))
        }
        Method::Clip => {
            let [low, high] = options.percentiles[..] else {
                return Err(Failed::Request(miette!(
                    help = "as in --percentiles 1,99",
                    "--percentiles needs two numbers"
                )));
            };
            let (clipped, [low, high]) =
                correct::clip(image, Some(mask), [low, high]).map_err(Failed::Image)?;
            common.note(&format!("values from {low} to {high}"));
            Ok((clipped, None))
        }
        Method::Nyul => {
            let standard = standard(options, common).map_err(Failed::Request)?;
            let mapped = standard.apply(image, Some(mask)).map_err(Failed::Image)?;
            Ok((mapped, None))
        }
    }
}

fn n4(
    options: &Options,
    common: &Common,
    image: &Image,
    mask: &Mask,
) -> Result<(Image, Option<Image>), Failed> {
    let settings = N4 {
        shrink: options.shrink,
        iterations: options.iterations.clone(),
        convergence: options.convergence,
        bins: options.bins,
        wiener_noise: options.noise,
        fwhm: options.fwhm,
        control_points: options.control_points,
    };
    let most = settings.iterations.iter().sum();
    let bar = common.progress().bar(most, "Correcting");
    let before = |level: usize| -> usize { settings.iterations.iter().take(level).sum() };
    let done = settings.correct(image, mask, &|step| {
        bar.set_position((before(step.level) + step.iteration) as u64);
    });
    bar.finish_and_clear();
    let done = done.map_err(Failed::Image)?;
    let levels: Vec<String> = done
        .levels
        .iter()
        .map(|step| format!("{} steps to {:.2e}", step.iteration, step.change))
        .collect();
    common.note(&format!("levels: {}", levels.join(", ")));
    Ok((done.image, Some(done.log_field)))
}

/// The scale of Nyul's method: learnt, or read.
fn standard(options: &Options, common: &Common) -> miette::Result<NyulStandard> {
    if let Some(path) = &options.standard {
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read the standard {}", path.display()))?;
        return serde_json::from_str(&text).map_err(|error| {
            miette!(
                help = "make it with --train and --standard-out",
                "{} is no standard: {error}",
                path.display()
            )
        });
    }
    let Some(path) = &options.train else {
        return Err(miette!(
            help = "give training images with --train CASES.csv, or a learnt scale with --standard FILE",
            "--method nyul needs a scale that is learnt from training images"
        ));
    };
    let label = options.label.clone().map(LabelChoice::One);
    let cases = CaseTable::read(path, label.as_ref(), 0)?.cases;
    let mut training = Vec::new();
    for case in &cases {
        let (image, grid) = scan(&case.image, common).wrap_err("--train")?;
        let mask = mask(&case.mask, case.label.as_ref(), &grid).wrap_err("--train")?;
        training.push((image, mask));
    }
    let pairs: Vec<(&Image, Option<&Mask>)> = training
        .iter()
        .map(|(image, mask)| (image, Some(mask)))
        .collect();
    let standard = NyulStandard::fit(&pairs).map_err(|error| miette!("--train: {error}"))?;
    if let Some(out) = &options.standard_out {
        let text = serde_json::to_string_pretty(&standard).into_diagnostic()?;
        std::fs::write(out, text + "\n")
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write {}", out.display()))?;
    }
    Ok(standard)
}

/// An image with the grid that regions are laid on: a file, or a DICOM series.
fn scan(path: &Path, common: &Common) -> miette::Result<(Image, Reference)> {
    let unreadable = |error: String| miette!(help = "check the path and the file", "{error}");
    if !radiome_dicom::is_dicom(path) {
        let image = read::image(path).map_err(|error| unreadable(error.to_string()))?;
        let grid = Reference {
            geometry: image.geometry.clone(),
            frame_of_reference: None,
        };
        return Ok((image, grid));
    }
    let series = radiome_dicom::series(path).map_err(|error| unreadable(error.to_string()))?;
    let (image, remarks) = series
        .image()
        .map_err(|error| unreadable(error.to_string()))?;
    for remark in &remarks {
        common.note(&format!("warning: {}: {remark}", path.display()));
    }
    let grid = Reference {
        geometry: image.geometry.clone(),
        frame_of_reference: series.frame_of_reference().map(str::to_owned),
    };
    Ok((image, grid))
}

/// All that is drawn in a mask file, or one label of it; regions of DICOM on the grid of the image.
fn mask(path: &Path, label: Option<&Label>, grid: &Reference) -> miette::Result<Mask> {
    let unreadable = |error: InspectError| miette!(help = "check the path and the file", "{error}");
    let dicom = radiome_dicom::is_dicom(path);
    if label.is_none() && !dicom {
        let map = read::labels(path).map_err(|error| unreadable(error.into()))?;
        return Ok(Mask {
            inside: map.labels.iter().map(|&label| label != 0).collect(),
            geometry: map.geometry,
        });
    }
    let names = names_beside(path).map_err(|error| unreadable(error.into()))?;
    let item = Item::read_on(path, &names, Some(grid)).map_err(unreadable)?;
    let Content::Labels { layers, .. } = &item.content else {
        return Err(miette!(
            help = "give the file of the contours",
            "{} is an image, no mask",
            path.display()
        ));
    };
    let Some(label) = label else {
        let misfit = item.labels().iter().find_map(|one| one.problem.as_ref());
        if let Some(why) = misfit {
            return Err(miette!(help = "choose a region with --label", "{why}"));
        }
        let mut inside = vec![false; item.geometry.voxel_count()];
        for layer in layers {
            for (inside, &label) in inside.iter_mut().zip(&layer.labels) {
                *inside |= label != 0;
            }
        }
        return Ok(Mask {
            geometry: item.geometry,
            inside,
        });
    };
    let chosen = label_of(&item, label)
        .map_err(|error| miette!(help = "`radiome inspect` lists the labels", "{error}"))?;
    item.mask(chosen)
        .ok_or_else(|| miette!("{} is no mask", path.display()))
}
