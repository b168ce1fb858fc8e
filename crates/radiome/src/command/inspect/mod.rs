//! `radiome inspect`: what is in image and mask files.

mod json;
mod picture;
mod reading;
mod text;

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use radiome::extract::{Label, Remark, remark_lines};
use radiome::inspect::{Agreement, Content, Flag, Item, LabelSummary, Unplaced, agreement, flags};
use radiome_image::{Image, Segment, read};
use serde_json::json;

use super::{Common, Status};

/// Say what is in image and mask files, and whether they fit together
///
/// Of every file: size, spacing, origin, directions (LPS, as in ITK), the range of intensities, or the
/// labels and segments with their voxels and volumes. A file counts as a mask if it names segments,
/// holds several label maps, or holds at most twenty whole numbers beside 0. Other files are compared with the first image: whether
/// their grids agree, and how they differ.
///
/// Regions are looked at too. What needs a look is marked: a grid that differs from the image's
/// (geometry_differs; geometry_rounding where a thousandth of a voxel explains it), the edge of the
/// image (meets_edge), fewer than 64 voxels (tiny), several separate pieces (several_pieces), a
/// single slice (flat), slices more than twice as thick as pixels are wide (thick_slices), values
/// that are all equal (constant) or no numbers (not_finite).
///
/// Of a DICOM folder or ZIP archive, every series, set of contours (RTSTRUCT) and segmentation (SEG)
/// is an item of its own. Regions are laid on the image that --reference gives, or else on the
/// series among the files that they were drawn on, or else on the first image, or else on their
/// series in the folder of their file; without any, their names are listed. A region that does
/// not fit the image is marked geometry_differs. What reading DICOM files shows, such as copies of
/// slices that were passed over, is said once, on standard error too.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// Files: images and masks in any order, DICOM folders and ZIP archives
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Draw three planes of the first image, with the outline of the region of the first mask; of
    /// several regions, each beside it with its own name (.png, or .svg)
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Draw this label alone: its number, or the name of its segment or a pattern (GTV*)
    #[arg(long, value_name = "N|NAME", requires = "png")]
    label: Option<Label>,
    /// Lay contours and segmentations of DICOM on the grid of this image or series
    #[arg(long, value_name = "IMAGE")]
    reference: Option<PathBuf>,
    /// Names of labels for masks that have none: a file of label descriptions of ITK-SNAP
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  An image and its mask: do they fit?
    radiome inspect scan.nii.gz tumour.nii.gz

  The same as a picture
    radiome inspect scan.nii.gz tumour.nii.gz --png tumour.png

  What is in a DICOM folder: series, contours and segmentations
    radiome inspect P001

  A DICOM series with contours drawn on it, each as a picture
    radiome inspect P001/MR_T1 P001/RS.dcm --png contours.png

  Names that ITK-SNAP keeps in a file of its own
    radiome inspect scan.nii.gz labels.nii.gz --names labels.txt

  For a program
    radiome inspect *.nii.gz --json

Exit status: 0 all files are read, whatever is marked; 1 some files could not be read; 2 none could,
or the request is wrong.";

/// A file that could not be read.
struct Unread {
    path: PathBuf,
    message: String,
}

/// What there is to say of all files.
struct Found<'a> {
    items: &'a [Item],
    /// Regions whose image is not at hand.
    unplaced: &'a [Unplaced],
    unread: &'a [Unread],
    /// The first image.
    image: Option<&'a Item>,
    /// Every other file beside the first image, and how its grid lies to it.
    grids: Vec<(&'a Item, Agreement)>,
}

impl Found<'_> {
    /// What needs a look in a region of a mask file.
    fn flags(&self, item: &Item, label: &LabelSummary) -> Vec<Flag> {
        if let Some(problem) = &label.problem {
            return vec![Flag {
                code: "geometry_differs",
                text: problem.clone(),
            }];
        }
        let (Some(mask), Some(quality)) = (item.mask(label), &label.quality) else {
            return Vec::new();
        };
        flags(self.image.and_then(image_of), &mask, quality)
    }
}

fn image_of(item: &Item) -> Option<&Image> {
    match &item.content {
        Content::Image { image, .. } => Some(image),
        Content::Labels { .. } => None,
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let names = names(options.names.as_deref())?;
    let reading::AllRead {
        items,
        unplaced,
        unread,
    } = reading::read_all(options, &names)?;
    if items.is_empty()
        && unplaced.is_empty()
        && let Some(first) = unread.first()
    {
        return Err(miette!(
            help = "check the path and the file",
            "{}",
            first.message
        ));
    }
    let image = items.iter().find(|item| image_of(item).is_some());
    let others = items
        .iter()
        .filter(|item| image.is_some_and(|image| !std::ptr::eq(image, *item)));
    let grids = others
        .filter_map(|item| Some((item, agreement(&image?.geometry, &item.geometry))))
        .collect();
    let found = Found {
        items: &items,
        unplaced: &unplaced,
        unread: &unread,
        image,
        grids,
    };
    if options.json {
        super::print(&format!("{:#}\n", json!(json::object(&found))))?;
    } else {
        super::print(&text::page(&found))?;
    }
    for file in &unread {
        eprintln!("{}", file.message);
    }
    let remarks: Vec<(String, Remark)> = (items.iter())
        .flat_map(|item| item.remarks.iter().map(move |remark| (item, remark)))
        .map(|(item, remark)| (item.path.display().to_string(), remark.clone()))
        .collect();
    for remark in remark_lines(&remarks) {
        common.note(&format!("note: {} ({})", remark.text, remark.code));
    }
    if let Some(out) = &options.png {
        picture::draw(&found, out, options.label.as_ref(), common)?;
    }
    Ok(match unread.is_empty() {
        true => Status::Done,
        false => Status::SomeFailed,
    })
}

/// Names of labels from a file of ITK-SNAP, if one is given.
pub(crate) fn names(path: Option<&std::path::Path>) -> miette::Result<Vec<Segment>> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    read::label_descriptions(path).map_err(|error| {
        miette!(
            help = "save it with ITK-SNAP: Save Label Descriptions",
            "--names: {error}"
        )
    })
}
