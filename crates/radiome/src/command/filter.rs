//! `radiome filter`: an image after one filter.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::table::fits;
use radiome_features::filter_image;
use radiome_features::settings::{Filter, ImagePlan, Settings};
use radiome_image::filter::{Convolution, FilterError, respond};
use radiome_image::write::{Format, WriteError};
use radiome_image::{BoundingBox, Image, read};

use super::{Common, Status};

/// Filter an image and write what comes out, to look at it or to use it elsewhere
///
/// The whole image is filtered as it is, without resampling. A filter is an image type of parameter
/// files, with the same settings: PyRadiomics' LoG, Wavelet, Square, SquareRoot, Logarithm,
/// Exponential, Gradient, LBP2D and LBP3D, and the convolutional filters of the IBSI (chapter 2):
///
/// Mean: support (voxels, odd)
/// LaplacianOfGaussian: sigma (mm), truncate (4 sigma)
/// Laws: kernels (L5E5E5), energyDistance (voxels)
/// Gabor: sigma, lambda (mm), gamma (1), theta, thetaStep (degrees)
/// SeparableWavelet: wavelet (db3), subBands (LLH), levels
/// Simoncelli: levels
/// RieszLaplacianOfGaussian: sigma, truncate, orders (x, y, z)
/// RieszSimoncelli: levels, orders (x, y, z)
///
/// All of the IBSI's have boundary (zero, nearest, periodic, mirror) and dimension (3D, or 2D for
/// slice by slice); those that depend on direction have pooling over right-angle rotations (none,
/// max, average, min). ibsi2:3.a.1 is the filter of a reference response map with all its
/// settings, ibsi2:4.B that of a configuration of the second phase.
#[derive(Args)]
#[command(after_long_help = EXAMPLES, verbatim_doc_comment)]
pub(crate) struct Options {
    /// The image
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The filter: an image type, or ibsi2:ID for a reference setting of the IBSI
    #[arg(long, value_name = "NAME")]
    filter: String,
    /// Where to write (.nrrd, .nii, .nii.gz, .mha, .mhd); of several images, each beside it with its own name
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A setting of the filter, as in -s sigma:2; may be repeated
    #[arg(short = 's', long = "setting", value_name = "KEY:VALUE")]
    settings: Vec<String>,
    /// Of several images, write only those whose name fits: `*` stands for any text, `?` for one
    /// character; may be repeated [default: all]
    #[arg(long, value_name = "PATTERN")]
    images: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  Edges of 2 mm
    radiome filter scan.nii.gz --filter LaplacianOfGaussian -s sigma:2 --out edges.nrrd

  Texture energy, the largest over all rotations
    radiome filter scan.nii.gz --filter Laws -s kernels:L5E5E5 -s energyDistance:7 \\
      -s pooling:max --out energy.nii.gz

  Every sub-band of PyRadiomics' wavelet: bands_wavelet-LLH.nrrd, ..., bands_wavelet-LLL.nrrd
    radiome filter scan.nii.gz --filter Wavelet -s wavelet:db2 --out bands.nrrd

  One of them, as bands.nrrd
    radiome filter scan.nii.gz --filter Wavelet --images wavelet-HHL --out bands.nrrd

  The reference response map 3.a.1 of the IBSI
    radiome filter impulse.nii.gz --filter ibsi2:3.a.1 --out response.nii.gz

Features of filtered images come from `radiome extract`: the same words stand under imageType of
a parameter file, as in `imageType: {Laws: {kernels: [L5E5E5]}}`.

Exit status: 0 all done; 1 the filter cannot be applied to this image; 2 the request is wrong.";

/// What is asked for.
enum Request {
    /// Filters of an image type, with the names of the images that are wanted.
    ImageType(Vec<ImagePlan>),
    /// A reference setting of the IBSI.
    Reference(Box<Convolution>),
}

/// Why not all images are there.
enum Failed {
    Filter(FilterError),
    Write(WriteError),
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let (stem, ending, format) = form(&options.out)?;
    let request = request(options)?;
    let wanted = wanted(&request, options)?;
    let same = |path: &Path| path.canonicalize().ok();
    if same(&options.out).is_some_and(|out| Some(out) == same(&options.image)) {
        return Err(miette!(
            help = "give another file with --out",
            "{} would overwrite the image itself",
            options.out.display()
        ));
    }
    let unreadable =
        |error: &dyn std::error::Error| miette!(help = "check the path and the file", "{error}");
    let image = match radiome_dicom::is_dicom(&options.image) {
        true => radiome_dicom::image(&options.image).map_err(|error| unreadable(&error))?,
        false => read::image(&options.image).map_err(|error| unreadable(&error))?,
    };

    let path = |name: &str| match wanted.len() {
        0 | 1 => options.out.clone(),
        _ => options.out.with_file_name(format!("{stem}_{name}{ending}")),
    };
    let work = || filtered(&request, &image, &wanted, &path, format);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(common.jobs().unwrap_or(0));
    let done = match pool.build() {
        Ok(pool) => pool.install(work),
        // No thread can be started: the current pool has at least this one.
        Err(_) => work(),
    };
    match done {
        Ok(()) => {
            let files: Vec<String> = wanted
                .iter()
                .map(|n| path(n).display().to_string())
                .collect();
            common.note(&format!("written: {}", files.join(", ")));
            Ok(Status::Done)
        }
        Err(Failed::Filter(error)) => {
            eprintln!("{} cannot be filtered: {error}", options.image.display());
            Ok(Status::SomeFailed)
        }
        Err(Failed::Write(error)) => Err(error)
            .into_diagnostic()
            .wrap_err("check that the folder of --out is there, can be written and has room"),
    }
}

/// Filters an image and writes every result that is wanted.
fn filtered(
    request: &Request,
    image: &Image,
    wanted: &[String],
    path: &(impl Fn(&str) -> PathBuf + Sync),
    format: Format,
) -> Result<(), Failed> {
    let plans = match request {
        Request::ImageType(plans) => plans,
        Request::Reference(convolution) => {
            let all = BoundingBox {
                lower: [0; 3],
                upper: image.geometry.size.map(|size| size.saturating_sub(1)),
            };
            let response = respond(image, convolution, &all).map_err(Failed::Filter)?;
            return format.write(&path(""), &response).map_err(Failed::Write);
        }
    };
    for plan in plans {
        if !plan.names.iter().any(|name| wanted.contains(name)) {
            continue;
        }
        let mut written = Ok(());
        let take = |name: &str, filtered: &Image| {
            if written.is_ok() && wanted.iter().any(|wanted| wanted == name) {
                written = format.write(&path(name), filtered);
            }
        };
        filter_image(plan, image, take).map_err(Failed::Filter)?;
        written.map_err(Failed::Write)?;
    }
    Ok(())
}

/// What the options ask for.
fn request(options: &Options) -> miette::Result<Request> {
    let name = options.filter.as_str();
    if let Some(id) = name.strip_prefix("ibsi2:") {
        let help = "1.a.1 to 10.b.1 are filters with a reference response map, 2.A to 9.B those \
                    of the second phase; small and capital letters differ";
        let convolution = Convolution::reference(id)
            .map_err(|error| miette!(help = help, "--filter {name}: {error}"))?;
        if let Some(text) = options.settings.first() {
            return Err(miette!(
                help = "ask for the filter by its image type to choose settings, as in \
                        --filter Mean -s support:5",
                "-s {text} has no effect on {name}, whose settings are the reference's"
            ));
        }
        return match convolution {
            Some(convolution) => Ok(Request::Reference(Box::new(convolution))),
            None => Err(miette!(help = help, "--filter {name}: it filters nothing")),
        };
    }
    let plan = Settings::of_image_type(name, &options.settings)
        .and_then(|settings| settings.plan())
        .map_err(|error| {
            miette!(
                help = "`radiome filter --help` lists the filters and their settings, which are \
                        written as in -s sigma:2",
                "{error}"
            )
        })?;
    if plan
        .images
        .iter()
        .any(|image| image.filter == Filter::Original)
    {
        return Err(miette!(
            help = "name a filter such as LaplacianOfGaussian or Wavelet",
            "--filter {name}: the original image is not filtered"
        ));
    }
    Ok(Request::ImageType(plan.images))
}

/// The names of the images to be written; of a reference setting, its own.
fn wanted(request: &Request, options: &Options) -> miette::Result<Vec<String>> {
    let all: Vec<String> = match request {
        Request::ImageType(plans) => {
            let names = plans.iter().flat_map(|plan| &plan.names);
            names.cloned().collect()
        }
        Request::Reference(_) => vec![options.filter.clone()],
    };
    let patterns = &options.images;
    let chosen = |name: &String| patterns.is_empty() || patterns.iter().any(|p| fits(p, name));
    let wanted: Vec<String> = all.iter().filter(|name| chosen(name)).cloned().collect();
    if wanted.is_empty() {
        return Err(miette!(
            help = "a pattern must fit the whole name, as in --images '*-LLH'",
            "no image to write: the filter gives {}, none is wanted",
            all.join(", ")
        ));
    }
    Ok(wanted)
}

/// The name of the output without its ending, the ending, and its format.
fn form(out: &Path) -> miette::Result<(String, &'static str, Format)> {
    match Format::of(out) {
        Some((format, stem, ending)) => Ok((stem, ending, format)),
        None => Err(miette!(
            help = format!("end its name in {}", Format::KNOWN),
            "--out {} is no name of an image file",
            out.display()
        )),
    }
}
