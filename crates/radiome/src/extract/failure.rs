//! Cases that failed, and why.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use radiome_features::{DiscretizeError, ExtractError};
use radiome_image::preprocess::{MaskError, PreprocessError};
use radiome_image::read::ReadError;

use super::Case;
use crate::table::{Table, TableError};

/// Where on its way a case failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading the image or the mask.
    Read,
    /// Finding the region in the mask.
    Mask,
    /// Preparing the image and computing the features.
    Extract,
    /// Keeping what was computed.
    Keep,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Read, Self::Mask, Self::Extract, Self::Keep];

    /// The stage that displays as this name.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.to_string() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Mask => "mask",
            Self::Extract => "extract",
            Self::Keep => "keep",
        })
    }
}

/// Why a case failed, as a code that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such image file.
    MissingImage,
    /// The image file cannot be read.
    UnreadableImage,
    /// There is no such mask file.
    MissingMask,
    /// The mask file cannot be read.
    UnreadableMask,
    /// Other labels or label maps are in the mask, not the one asked for.
    LabelMissing,
    /// Nothing is drawn, or nothing is left of it.
    EmptyMask,
    /// The region is one voxel.
    OneVoxelRoi,
    /// The region has fewer voxels or dimensions than the settings ask for.
    RoiTooSmall,
    /// Image and mask lie on different grids.
    GeometryMismatch,
    /// The region reaches outside the image.
    RoiOutsideImage,
    /// The image holds values that are no numbers, or a single value where more are needed.
    UnusableValues,
    /// The settings do not suit this case.
    Setting,
    /// The file may not be read.
    Permission,
    /// The file was changed while it was read.
    ChangedWhileReading,
    /// The case alone needs more memory than the batch may use.
    TooLargeForMemory,
    /// The disk is full.
    OutOfSpace,
    /// The results could not be written, though there is room.
    Unwritable,
    /// The run was stopped before the case began.
    Interrupted,
    /// A defect of this program.
    Panic,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 19] = [
        Self::MissingImage,
        Self::UnreadableImage,
        Self::MissingMask,
        Self::UnreadableMask,
        Self::LabelMissing,
        Self::EmptyMask,
        Self::OneVoxelRoi,
        Self::RoiTooSmall,
        Self::GeometryMismatch,
        Self::RoiOutsideImage,
        Self::UnusableValues,
        Self::Setting,
        Self::Permission,
        Self::ChangedWhileReading,
        Self::TooLargeForMemory,
        Self::OutOfSpace,
        Self::Unwritable,
        Self::Interrupted,
        Self::Panic,
    ];

    /// The reason of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether the same bytes and settings would fail again for this reason.
    pub(super) fn is_of_the_bytes(self) -> bool {
        matches!(
            self,
            Self::LabelMissing
                | Self::EmptyMask
                | Self::OneVoxelRoi
                | Self::RoiTooSmall
                | Self::GeometryMismatch
                | Self::RoiOutsideImage
                | Self::UnusableValues
                | Self::Setting
        )
    }

    /// The code, in snake case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingImage => "missing_image",
            Self::UnreadableImage => "unreadable_image",
            Self::MissingMask => "missing_mask",
            Self::UnreadableMask => "unreadable_mask",
            Self::LabelMissing => "label_missing",
            Self::EmptyMask => "empty_mask",
            Self::OneVoxelRoi => "one_voxel_roi",
            Self::RoiTooSmall => "roi_too_small",
            Self::GeometryMismatch => "geometry_mismatch",
            Self::RoiOutsideImage => "roi_outside_image",
            Self::UnusableValues => "unusable_values",
            Self::Setting => "setting",
            Self::Permission => "permission",
            Self::ChangedWhileReading => "changed_while_reading",
            Self::TooLargeForMemory => "too_large_for_memory",
            Self::OutOfSpace => "out_of_space",
            Self::Unwritable => "unwritable",
            Self::Interrupted => "interrupted",
            Self::Panic => "panic",
        }
    }

    /// The reason behind an error of the extractor.
    #[must_use]
    pub fn of_extraction(error: &ExtractError) -> Self {
        match error {
            ExtractError::Preprocess(error) => match &**error {
                PreprocessError::Mask(error) => Self::of_mask(error),
                PreprocessError::NotFinite { .. }
                | PreprocessError::Constant { .. }
                | PreprocessError::Overflow { .. } => Self::UnusableValues,
                _ => Self::Setting,
            },
            ExtractError::VoxelCount { .. } => Self::UnreadableImage,
            ExtractError::Discretize {
                source: DiscretizeError::NotFinite(_),
                ..
            } => Self::UnusableValues,
            _ => Self::Setting,
        }
    }

    pub(super) fn of_mask(error: &MaskError) -> Self {
        match error {
            MaskError::LabelAbsent { present, .. } if present.is_empty() => Self::EmptyMask,
            MaskError::LabelAbsent { .. } => Self::LabelMissing,
            MaskError::Geometry { .. } => Self::GeometryMismatch,
            MaskError::SingleVoxel => Self::OneVoxelRoi,
            MaskError::TooFewDimensions { .. } | MaskError::TooSmall { .. } => Self::RoiTooSmall,
            MaskError::OutsideImage { .. } => Self::RoiOutsideImage,
            // Empty from the start, after resampling or after resegmentation.
            _ => Self::EmptyMask,
        }
    }
}

/// A case that gave no features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The case.
    pub id: String,
    /// Where it failed.
    pub stage: Stage,
    /// Why, as a code.
    pub reason: Reason,
    /// What was found and what to do, in words.
    pub message: String,
}

impl Failure {
    pub(super) fn new(case: &Case, stage: Stage, reason: Reason, message: &str) -> Self {
        Self {
            id: case.id.clone(),
            stage,
            reason,
            message: message.to_owned(),
        }
    }

    /// A file that is missing or cannot be read; the reason is the first of the two if it is
    /// missing. What the system says is put in plain words, without its number.
    pub(super) fn of_reading(
        case: &Case,
        kind: &str,
        error: &ReadError,
        [missing, unreadable]: [Reason; 2],
    ) -> Self {
        let (reason, message) = match error {
            // The file is good; what was asked for is not there.
            ReadError::Channel { .. } => {
                (Reason::LabelMissing, format!("{error}; set label_channel"))
            }
            ReadError::Open { path, source } if source.kind() == ErrorKind::NotFound => {
                (missing, format!("no {kind} file {}", path.display()))
            }
            ReadError::Open { path, source } => (
                of_opening(source, unreadable),
                format!("cannot open {}: {}", path.display(), source.kind()),
            ),
            other => (unreadable, other.to_string()),
        };
        Self::new(case, Stage::Read, reason, &message)
    }

    /// A case whose files were changed while they were read.
    pub(super) fn of_change(case: &Case) -> Self {
        let message = format!(
            "{} or {} was changed while it was read: run again when nobody writes to it",
            case.image.display(),
            case.mask.display()
        );
        Self::new(case, Stage::Read, Reason::ChangedWhileReading, &message)
    }

    /// A case that is done but could not be kept.
    pub(super) fn of_keeping(case: &Case, folder: &Path, error: &io::Error) -> Self {
        let message = format!(
            "its features could not be kept in {}: {}",
            folder.display(),
            error.kind()
        );
        Self::new(case, Stage::Keep, of_writing(error), &message)
    }
}

/// Why a file that is there cannot be opened.
pub(super) fn of_opening(error: &io::Error, other: Reason) -> Reason {
    match error.kind() {
        ErrorKind::PermissionDenied => Reason::Permission,
        _ => other,
    }
}

/// Why something cannot be written.
pub(super) fn of_writing(error: &io::Error) -> Reason {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            Reason::OutOfSpace
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Reason::Permission,
        _ => Reason::Unwritable,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.id, self.message, self.reason.code())
    }
}

/// The failures as a table: `id`, `stage`, `reason_code`, `message`.
///
/// # Errors
/// None in practice; the columns are made here.
pub fn failure_table(failures: &[Failure]) -> Result<Table, TableError> {
    let column = |cell: &dyn Fn(&Failure) -> String| failures.iter().map(cell).collect();
    let mut table = Table::new("failures", failures.len());
    table.push_texts("id", column(&|failure| failure.id.clone()))?;
    table.push_texts("stage", column(&|failure| failure.stage.to_string()))?;
    table.push_texts(
        "reason_code",
        column(&|failure| failure.reason.code().to_owned()),
    )?;
    table.push_texts("message", column(&|failure| failure.message.clone()))?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_and_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::of_code(reason.code()), Some(reason));
        }
        for stage in Stage::ALL {
            assert_eq!(Stage::of_name(&stage.to_string()), Some(stage));
        }
    }

    #[test]
    fn what_the_system_says_has_a_code() {
        let case = Case {
            id: "P1".to_owned(),
            image: "scan.nii".into(),
            mask: "mask.nii".into(),
            label: None,
            channel: None,
            protocol: 0,
        };
        let read = |kind: ErrorKind| {
            let path = "scan.nii".into();
            let source = kind.into();
            let error = ReadError::Open { path, source };
            let reasons = [Reason::MissingImage, Reason::UnreadableImage];
            let failure = Failure::of_reading(&case, "image", &error, reasons);
            assert!(failure.message.contains("scan.nii"), "{failure}");
            failure.reason.code()
        };
        assert_eq!(read(ErrorKind::NotFound), "missing_image");
        assert_eq!(read(ErrorKind::PermissionDenied), "permission");
        assert_eq!(read(ErrorKind::IsADirectory), "unreadable_image");
        let write = |kind: ErrorKind| {
            let failure = Failure::of_keeping(&case, Path::new("out.cases"), &kind.into());
            assert!(failure.message.contains("out.cases"), "{failure}");
            failure.reason.code()
        };
        assert_eq!(write(ErrorKind::StorageFull), "out_of_space");
        assert_eq!(write(ErrorKind::QuotaExceeded), "out_of_space");
        assert_eq!(write(ErrorKind::PermissionDenied), "permission");
        assert_eq!(write(ErrorKind::NotFound), "unwritable");
    }
}
