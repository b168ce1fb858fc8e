//! Choosing one label of a mask file by its number or name.

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
    /// The label has no voxel.
    #[error("{path}: nothing is drawn in {wanted}")]
    NotDrawn {
        /// The file.
        path: String,
        /// What was asked for.
        wanted: String,
    },
}

/// The label of a number or a name: a name letter by letter, or else the only one that differs in
/// case or surrounding blanks alone. A number is that of a voxel value in any layer.
///
/// # Errors
/// [`ChoiceError`], with what is there instead.
pub fn label_of<'a>(item: &'a Item, wanted: &Label) -> Result<&'a LabelSummary, ChoiceError> {
    let path = item.path.display().to_string();
    let all = item.labels();
    if all.is_empty() {
        return Err(ChoiceError::Empty { path });
    }
    let list = |labels: &[&LabelSummary]| {
        let shown: Vec<String> = labels.iter().take(20).map(|label| label.title()).collect();
        shown.join(", ")
    };
    let (asked, fitting): (String, Vec<&LabelSummary>) = match wanted {
        Label::Value(value) => {
            let fits = |label: &&LabelSummary| label.value == *value;
            (format!("label {value}"), all.iter().filter(fits).collect())
        }
        Label::Name(name) => {
            let exact = |label: &&LabelSummary| label.name.as_deref() == Some(name);
            let plain = |text: &str| text.trim().to_lowercase();
            let loose = |label: &&LabelSummary| {
                let own = label.name.as_deref().map(plain);
                own == Some(plain(name))
            };
            let exact: Vec<_> = all.iter().filter(exact).collect();
            let fitting = match exact.is_empty() {
                true => all.iter().filter(loose).collect(),
                false => exact,
            };
            (format!("label named \"{name}\""), fitting)
        }
    };
    match fitting[..] {
        [] => Err(ChoiceError::Absent {
            path,
            wanted: asked,
            present: list(&all.iter().collect::<Vec<_>>()),
        }),
        [one] if one.quality.is_none() => Err(ChoiceError::NotDrawn {
            path,
            wanted: asked,
        }),
        [one] => Ok(one),
        _ => Err(ChoiceError::Ambiguous {
            path,
            wanted: asked,
            present: list(&fitting),
        }),
    }
}
