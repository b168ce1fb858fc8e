//! Which format the name of a file stands for.

use std::path::Path;

use super::{WriteError, meta_image, meta_image_labels, nifti, nifti_labels, nrrd, nrrd_labels};
use crate::{Image, LabelMap};

/// The formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// NIfTI-1: `.nii`, `.nii.gz`.
    Nifti,
    /// NRRD: `.nrrd`, with `.seg.nrrd` for segmentations.
    Nrrd,
    /// MetaImage: `.mha`, or `.mhd` with the voxels in a file beside it.
    MetaImage,
}

impl Format {
    /// Endings and their formats, longest first where one is the end of another.
    const ENDINGS: [(&'static str, Self); 6] = [
        (".nii.gz", Self::Nifti),
        (".nii", Self::Nifti),
        (".seg.nrrd", Self::Nrrd),
        (".nrrd", Self::Nrrd),
        (".mha", Self::MetaImage),
        (".mhd", Self::MetaImage),
    ];

    /// The endings that are known, for a message.
    pub const KNOWN: &'static str = ".nii, .nii.gz, .nrrd, .seg.nrrd, .mha or .mhd";

    /// The format that a file name ends in, in capitals or small letters, with the name before the
    /// ending and the ending; `None` for another ending or a name that is nothing else.
    #[must_use]
    pub fn of(path: &Path) -> Option<(Self, String, &'static str)> {
        let name = path.file_name()?.to_string_lossy();
        let lower = name.to_ascii_lowercase();
        Self::ENDINGS.into_iter().find_map(|(ending, format)| {
            let stem = lower.strip_suffix(ending)?;
            let stem = name.get(..stem.len()).filter(|stem| !stem.is_empty())?;
            Some((format, stem.to_owned(), ending))
        })
    }

    /// Writes an image in this format.
    ///
    /// # Errors
    /// [`WriteError`] as of the format's own function.
    pub fn write(self, path: &Path, image: &Image) -> Result<(), WriteError> {
        match self {
            Self::Nifti => nifti(path, image),
            Self::Nrrd => nrrd(path, image),
            Self::MetaImage => meta_image(path, image),
        }
    }

    /// Writes a label map in this format.
    ///
    /// # Errors
    /// [`WriteError`] as of the format's own function.
    pub fn write_labels(self, path: &Path, labels: &LabelMap) -> Result<(), WriteError> {
        match self {
            Self::Nifti => nifti_labels(path, labels),
            Self::Nrrd => nrrd_labels(path, labels),
            Self::MetaImage => meta_image_labels(path, labels),
        }
    }

    /// Whether the names of segments are written with a label map.
    #[must_use]
    pub fn keeps_names(self) -> bool {
        self == Self::Nrrd
    }
}
