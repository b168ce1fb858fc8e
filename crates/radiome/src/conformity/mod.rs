//! The conformity run: what this program computes against the reference values of the Image
//! Biomarker Standardisation Initiative (IBSI).
//!
//! The digital phantom is part of the program. Everything else comes from a folder:
//! - `ibsi1/`: `reference_values.csv`, `reference_diagnostics.csv`, and under `ct_phantom/` the CT
//!   phantom, `image.nii.gz` and `mask.nii.gz`;
//! - `ibsi2/`: `reference_values.csv` of the filters, response maps under `response_maps/` and
//!   phantoms under `digital_phantom/`;
//! - `sts/`: `manifest.csv` of MR images with the values that several teams agree on under
//!   `ibsi1_cross_team/`.
//!
//! What is not there is left out, and said.

mod chapter_1;
mod chapter_2;
mod json;
mod markdown;
mod page;
mod summary;
mod text;
mod validation;

pub use summary::{Cell, PartSummary, Row};

use std::path::{Path, PathBuf};

use radiome_features::ibsi::Family;
use radiome_features::ibsi::catalogue::{Entry, entries};
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_image::{Image, read};
use thiserror::Error;

use crate::extract::Progress;
use crate::table::TableError;

/// What a comparison belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Features of chapter 1, on the digital phantom and the CT phantom.
    Features,
    /// What image and region look like on the way to them.
    Diagnostics,
    /// Features of MR images on which several teams agree.
    Validation,
    /// Response maps of chapter 2, on digital phantoms.
    ResponseMaps,
    /// Features of chapter 2, of the filtered CT phantom.
    FilteredFeatures,
}

impl Part {
    /// All parts, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Features,
        Self::Diagnostics,
        Self::Validation,
        Self::ResponseMaps,
        Self::FilteredFeatures,
    ];

    /// The word for it in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::Diagnostics => "diagnostics",
            Self::Validation => "validation",
            Self::ResponseMaps => "response_maps",
            Self::FilteredFeatures => "filtered_features",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Features => "Chapter 1: features",
            Self::Diagnostics => "Chapter 1: diagnostics of the image processing",
            Self::ResponseMaps => "Chapter 2: response maps",
            Self::FilteredFeatures => "Chapter 2: features of the filtered CT phantom",
            Self::Validation => {
                "Chapter 1: features of MR images of 46 patients on which teams agree"
            }
        }
    }

    /// When a value passes, in words.
    #[must_use]
    pub fn criterion(self) -> &'static str {
        match self {
            Self::ResponseMaps => {
                "A map passes if every voxel differs from the reference map by at most 1 % of that \
                 map's range."
            }
            Self::Features | Self::Diagnostics | Self::FilteredFeatures => {
                "A value passes if it, or it rounded to three significant digits, differs from the \
                 reference value by at most the IBSI's tolerance."
            }
            Self::Validation => {
                "A value passes if it differs by at most 0.1 % from the median of the largest group \
                 of teams that agree within 0.1 %, where that group has at least three teams."
            }
        }
    }
}

/// One value against its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What it belongs to.
    pub part: Part,
    /// The family of the feature, or the stage of the image processing.
    pub family: String,
    /// The phantom and configuration: `digital`, `A`, ...
    pub configuration: String,
    /// The patient, where there are several.
    pub patient: Option<String>,
    /// The IBSI's tag.
    pub tag: String,
    /// The IBSI's name of it.
    pub name: String,
    /// The code in the manual, where it has one.
    pub ibsi: Option<String>,
    /// What was computed; `None` where it was not.
    pub found: Option<f64>,
    /// The reference.
    pub expected: ReferenceValue,
    /// Whether the two agree.
    pub passes: bool,
}

/// All comparisons of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conformity {
    /// Every value that has a reference.
    pub comparisons: Vec<Comparison>,
    /// What could not be compared, and why.
    pub skipped: Vec<String>,
}

/// Why a run could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConformityError {
    /// The folder holds none of the data.
    #[error("{} holds none of the folders ibsi1, ibsi2 and sts", .0.display())]
    NoData(PathBuf),
    /// A table cannot be used.
    #[error(transparent)]
    Table(#[from] Box<TableError>),
    /// An image or mask cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: radiome_image::read::ReadError,
    },
    /// A filter cannot be applied.
    #[error("filter {id}: {source}")]
    Filter {
        /// Its name in the reference.
        id: String,
        /// What is wrong.
        source: radiome_image::filter::FilterError,
    },
    /// Features cannot be computed.
    #[error("{what}: {source}")]
    Extract {
        /// The configuration.
        what: String,
        /// What is wrong.
        source: Box<radiome_features::ExtractError>,
    },
}

impl From<TableError> for ConformityError {
    fn from(error: TableError) -> Self {
        Self::Table(Box::new(error))
    }
}

/// Compares everything that there is: the digital phantom, and what lies in `data`; patients on
/// `jobs` threads (`None`: all cores).
///
/// # Errors
/// See [`ConformityError`].
pub fn run(
    data: Option<&Path>,
    jobs: Option<usize>,
    progress: Progress,
) -> Result<Conformity, ConformityError> {
    let mut run = Conformity::default();
    chapter_1::digital_phantom(&mut run)?;
    let Some(data) = data else {
        run.skipped
            .push("without --data, only the digital phantom is compared".to_owned());
        return Ok(run);
    };
    let part = |name: &str| {
        let folder = data.join(name);
        folder.is_dir().then_some(folder)
    };
    let (first, patients) = (part("ibsi1"), part("sts"));
    if first.is_none() && patients.is_none() && part("ibsi2").is_none() {
        return Err(ConformityError::NoData(data.to_owned()));
    }
    match &first {
        Some(folder) => chapter_1::ct_phantom(folder, &mut run)?,
        None => run
            .skipped
            .push("no folder ibsi1: the CT phantom is not compared".to_owned()),
    }
    match (&first, part("ibsi2")) {
        (_, None) => {
            run.skipped
                .push("no folder ibsi2: filters are not compared".to_owned());
        }
        (first, Some(folder)) => {
            chapter_2::response_maps(&folder, &mut run)?;
            if let Some(first) = first {
                chapter_2::features(first, &folder, &mut run)?;
            }
        }
    }
    match patients {
        Some(folder) => validation::compare(&folder, jobs, progress, &mut run)?,
        None => run
            .skipped
            .push("no folder sts: MR images are not compared".to_owned()),
    }
    Ok(run)
}

fn read_image(path: &Path) -> Result<Image, ConformityError> {
    read::image(path).map_err(|source| ConformityError::Read {
        path: path.to_owned(),
        source,
    })
}

/// The entry of a tag, whatever a texture matrix adds to it.
fn entry_of(tag: &str) -> Option<Entry> {
    let of_tag = |entry: &Entry| {
        let rest = tag.strip_prefix(entry.tag);
        rest.is_some_and(|rest| match entry.family.is_texture() {
            true => ["_2D", "_2_5D", "_3D"]
                .iter()
                .any(|dimension| rest.starts_with(dimension)),
            false => rest.is_empty(),
        })
    };
    Family::ALL.into_iter().flat_map(entries).find(of_tag)
}
