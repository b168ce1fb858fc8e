//! Regions by name in masks that are no DICOM: whichever layer of the file holds them, or whatever
//! a file beside it calls them.

use std::path::{Path, PathBuf};

use radiome_image::read::{self, ReadError};
use radiome_image::write::Format;
use radiome_image::{RegionNamed, Segment, nearest_first, region_named};

use super::{Case, Label};

/// The label map of a mask file in which the region of a case lies: the case's own, else that of
/// its segment's name if that is in another layer than `channel` alone, else `channel`.
pub(super) fn channel_of(case: &Case, channel: usize) -> usize {
    if let Some(own) = case.channel {
        return own;
    }
    let Some(Label::Name(name)) = &case.label else {
        return channel;
    };
    // A header that cannot be read is told when the file is read.
    let Ok(segments) = read::segments(&case.mask) else {
        return channel;
    };
    let named = |wanted: &dyn Fn(usize) -> bool| -> Option<usize> {
        let there: Vec<_> = segments
            .iter()
            .filter(|(layer, _)| wanted(*layer))
            .collect();
        let names: Vec<&str> = there.iter().map(|(_, s)| s.name.as_str()).collect();
        match region_named(&names, name) {
            RegionNamed::One(place) => there.get(place).map(|(layer, _)| *layer),
            _ => None,
        }
    };
    named(&|layer| layer == channel)
        .or_else(|| named(&|_| true))
        .unwrap_or(channel)
}

/// Whether a pattern fits segments in several layers of a file, where the case names none.
pub(super) fn is_ambiguous(case: &Case, name: &str) -> bool {
    if case.channel.is_some() || !name.contains(['*', '?']) {
        return false;
    }
    let segments = read::segments(&case.mask).unwrap_or_default();
    let names: Vec<&str> = segments.iter().map(|(_, s)| s.name.as_str()).collect();
    matches!(region_named(&names, name), RegionNamed::Several(_))
}

/// The names of labels that ITK-SNAP keeps in a file beside the mask: of the mask's name, ending in
/// `.label` or `.txt`; none where there is no such file.
///
/// # Errors
/// A `.label` file that is no description of labels.
pub fn names_beside(mask: &Path) -> Result<Vec<Segment>, ReadError> {
    let Some((_, stem, _)) = Format::of(mask) else {
        return Ok(Vec::new());
    };
    let file = |ending: &str| -> PathBuf { mask.with_file_name(format!("{stem}{ending}")) };
    let own = file(".label");
    if own.is_file() {
        return read::label_descriptions(own);
    }
    let text = file(".txt");
    match text.is_file() {
        // A text beside a mask may be anything.
        true => Ok(read::label_descriptions(text).unwrap_or_default()),
        false => Ok(Vec::new()),
    }
}

/// Why a mask has no one segment of a name, and what to do.
pub(super) fn unnamed(case: &Case, segments: &[Segment], name: &str) -> String {
    let mask = case.mask.display();
    let everywhere = read::segments(&case.mask).unwrap_or_default();
    let mut names: Vec<&str> = everywhere.iter().map(|(_, s)| s.name.as_str()).collect();
    if names.is_empty() {
        names = segments
            .iter()
            .map(|segment| segment.name.as_str())
            .collect();
    }
    if names.is_empty() {
        return format!(
            "{mask} names no segments: give the label's number instead of \"{name}\", or put \
             ITK-SNAP's label descriptions beside it, under its name ending in .label"
        );
    }
    let quoted = |names: &[&str]| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    };
    match region_named(&names, name) {
        RegionNamed::Several(places) => {
            let fitting: Vec<&str> = places
                .iter()
                .filter_map(|&p| names.get(p).copied())
                .collect();
            format!(
                "{mask}: several segments fit \"{name}\": {}; give one name, or its number",
                quoted(&fitting)
            )
        }
        _ => format!(
            "{mask}: no segment \"{name}\"; segments there: {}",
            quoted(&nearest_first(name, names.iter().copied()))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_lie_beside_the_mask() {
        let folder = tempfile::tempdir().unwrap();
        let mask = folder.path().join("tumour.nii.gz");
        assert_eq!(names_beside(&mask).unwrap(), []);
        let line = "1 255 0 0 1 1 1 \"Core\"\n";
        std::fs::write(folder.path().join("tumour.txt"), "drawn on Monday").unwrap();
        assert_eq!(names_beside(&mask).unwrap(), []);
        std::fs::write(folder.path().join("tumour.txt"), line).unwrap();
        assert_eq!(names_beside(&mask).unwrap()[0].name, "Core");
        std::fs::write(folder.path().join("tumour.label"), "no description").unwrap();
        assert!(names_beside(&mask).is_err());
    }
}
