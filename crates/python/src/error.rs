//! Errors of the library as exceptions of the package.

use pyo3::prelude::*;
use radiome::extract::{Failure, Reason};
use radiome_features::{ExtractError, SettingsError};
use radiome_image::preprocess::PreprocessError;
use radiome_image::read::ReadError;

/// An exception of `radiome.errors`.
pub(crate) fn exception(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let made = py
        .import("radiome.errors")
        .and_then(|errors| errors.getattr(class))
        .and_then(|class| class.call1((message,)));
    match made {
        Ok(made) => PyErr::from_value(made),
        // The package is damaged; what Python says of it is the more telling error.
        Err(error) => error,
    }
}

/// Settings that cannot be used.
pub(crate) fn of_settings(py: Python<'_>, error: &SettingsError) -> PyErr {
    exception(py, "SettingsError", &error.to_string())
}

/// A file that cannot be read.
pub(crate) fn of_reading(py: Python<'_>, error: &ReadError) -> PyErr {
    let class = match error {
        ReadError::Open { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "MissingFileError"
        }
        _ => "ReadError",
    };
    exception(py, class, &error.to_string())
}

/// A case that failed, in the class of its reason.
pub(crate) fn of_failure(py: Python<'_>, failure: &Failure) -> PyErr {
    exception(py, class_of(failure.reason), &failure.message)
}

/// No features could be extracted.
pub(crate) fn of_extraction(py: Python<'_>, error: &ExtractError) -> PyErr {
    let class = class_of(Reason::of_extraction(error));
    exception(py, class, &error.to_string())
}

/// Image or mask could not be prepared.
pub(crate) fn of_preparing(py: Python<'_>, error: PreprocessError) -> PyErr {
    of_extraction(py, &ExtractError::from(error))
}

fn class_of(reason: Reason) -> &'static str {
    match reason {
        Reason::MissingImage | Reason::MissingMask => "MissingFileError",
        Reason::UnreadableImage
        | Reason::UnreadableMask
        | Reason::Permission
        | Reason::ChangedWhileReading => "ReadError",
        Reason::LabelMissing
        | Reason::EmptyMask
        | Reason::OneVoxelRoi
        | Reason::RoiTooSmall
        | Reason::GeometryMismatch
        | Reason::RoiOutsideImage => "MaskError",
        Reason::Setting => "SettingsError",
        _ => "ExtractionError",
    }
}

/// What a command or a study says, with what to do on a line of its own.
pub(crate) fn of_report(py: Python<'_>, report: &miette::Report) -> PyErr {
    let said: Vec<String> = report.chain().map(ToString::to_string).collect();
    let mut text = said.join(": ");
    if let Some(help) = report.help() {
        text.push_str(&format!("\nhint: {help}"));
    }
    exception(py, "InputError", &text)
}
