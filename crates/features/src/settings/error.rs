//! What can be wrong with settings.

use std::fmt;

use thiserror::Error;

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the parameter file, from 1.
    Line(u64),
    /// An override such as `binWidth:10`.
    Override(String),
    /// The name of a profile.
    Profile,
    /// An image type asked for by name.
    ImageType(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Override(text) => write!(f, "override `{text}`"),
            Self::Profile => f.write_str("profile"),
            Self::ImageType(name) => write!(f, "filter `{name}`"),
        }
    }
}

/// Why settings cannot be followed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SettingsError {
    /// The file is not YAML.
    #[error("the parameter file is not valid YAML: {message}")]
    Syntax {
        /// The line at fault, where known.
        line: Option<u64>,
        /// What is wrong.
        message: String,
    },
    /// A section, setting, class, image type or feature that PyRadiomics does not know.
    #[error("{place}: unknown {kind} `{name}`{}", hint(.nearest))]
    Unknown {
        /// Where it was written.
        place: Place,
        /// What it was taken for: "setting", "feature of glcm", ...
        kind: String,
        /// The name as written.
        name: String,
        /// The known name that it resembles.
        nearest: Option<&'static str>,
    },
    /// A value of the wrong kind or out of range.
    #[error("{place}: `{key}` must be {expected}, not {found}")]
    Value {
        /// Where it was written.
        place: Place,
        /// The setting.
        key: String,
        /// What it has to be.
        expected: String,
        /// What was written.
        found: String,
    },
    /// A setting that something else needs.
    #[error("{place}: {what} needs `{setting}`, as in `{example}`")]
    Missing {
        /// Where the other was written.
        place: Place,
        /// What needs it.
        what: String,
        /// The setting.
        setting: String,
        /// How to write it.
        example: String,
    },
    /// Two things that cannot both be meant.
    #[error("{place}: `{key}: {value}` contradicts `{other}`; leave one of them out")]
    Conflict {
        /// Where the setting was written.
        place: Place,
        /// The setting.
        key: String,
        /// Its value.
        value: String,
        /// What it contradicts.
        other: String,
    },
    /// Something that PyRadiomics has and this program does not.
    #[error("{place}: {what} is not supported{}", remedy(.advice))]
    Unsupported {
        /// Where it was written.
        place: Place,
        /// What was asked for.
        what: String,
        /// What to do instead, where there is something.
        advice: Option<String>,
    },
    /// An override that is not `key:value`.
    #[error("override `{0}` is not of the form key:value, as in binWidth:10")]
    Override(String),
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

fn remedy(advice: &Option<String>) -> String {
    advice
        .as_ref()
        .map(|advice| format!("; {advice}"))
        .unwrap_or_default()
}
