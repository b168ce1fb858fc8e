//! Choosing one label of a mask file by its number or name.

use radiome_image::{RegionNamed, nearest_first, region_named};
use thiserror::Error;

use super::{Item, LabelSummary};
use crate::extract::Label;

/// Why no label could be chosen.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceError {
    /// Nothing is drawn.
    #[error("{path}: nothing is drawn in it")]
    Empty {
        /// The file.
        path: String,
    },
    /// No label of this number or name.
    #[error("{path}: there is no {wanted}; there are {present}")]
    Absent {
        /// The file.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What is there.
        present: String,
    },
    /// Several labels fit.
    #[error("{path}: several labels are {wanted}: {present}")]
    Ambiguous {
        /// The file.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What fits.
        present: String,
    },
    /// The region does not fit the image.
    #[error("{0}")]
    Misfit(String),
    /// The label has no voxel.
    #[error("{path}: nothing is drawn in {wanted}")]
    NotDrawn {
        /// The file.
        path: String,
        /// What was asked for.
        wanted: String,
    },
}

/// The label of a number, or of a name or pattern by the rules of [`region_named`]. A number is that
/// of a voxel value in any layer, or of the region of a DICOM file.
///
/// # Errors
/// [`ChoiceError`], with what is there instead, the nearest first.
pub fn label_of<'a>(item: &'a Item, wanted: &Label) -> Result<&'a LabelSummary, ChoiceError> {
    let path = item.path.display().to_string();
    let all = item.labels();
    if all.is_empty() {
        return Err(ChoiceError::Empty { path });
    }
    let (asked, places) = match wanted {
        Label::Value(value) => {
            let places = all.iter().enumerate();
            let places = places.filter(|(_, label)| label.value == *value);
            let places: Vec<usize> = places.map(|(place, _)| place).collect();
            (format!("label {value}"), places)
        }
        Label::Name(name) => {
            let names = all.iter().map(|label| label.name.as_deref().unwrap_or(""));
            let places = match region_named(&names.collect::<Vec<_>>(), name) {
                RegionNamed::One(place) => vec![place],
                RegionNamed::Absent => Vec::new(),
                RegionNamed::Several(places) => places,
            };
            (format!("label named \"{name}\""), places)
        }
    };
    let fitting: Vec<&LabelSummary> = places.iter().filter_map(|&p| all.get(p)).collect();
    match fitting[..] {
        [] => Err(ChoiceError::Absent {
            path,
            wanted: asked,
            present: present(all, wanted),
        }),
        [
            LabelSummary {
                problem: Some(why), ..
            },
        ] => Err(ChoiceError::Misfit(why.clone())),
        [one] if one.quality.is_none() => Err(ChoiceError::NotDrawn {
            path,
            wanted: asked,
        }),
        [one] => Ok(one),
        _ => Err(ChoiceError::Ambiguous {
            path,
            wanted: asked,
            present: listed(fitting.iter().map(|label| label.title())),
        }),
    }
}

/// What is there, nearest to what was asked for first.
fn present(all: &[LabelSummary], wanted: &Label) -> String {
    let mut sorted: Vec<&LabelSummary> = all.iter().collect();
    match wanted {
        Label::Value(value) => sorted.sort_by_key(|label| label.value.abs_diff(*value)),
        Label::Name(name) => {
            let names = all.iter().filter_map(|label| label.name.as_deref());
            let names = nearest_first(name, names);
            sorted.sort_by_key(|label| {
                let own = label.name.as_deref();
                names
                    .iter()
                    .position(|&name| Some(name) == own)
                    .unwrap_or(names.len())
            });
        }
    }
    listed(sorted.iter().map(|label| label.title()))
}

fn listed(titles: impl Iterator<Item = String>) -> String {
    titles.take(20).collect::<Vec<_>>().join(", ")
}
