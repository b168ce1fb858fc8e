//! Parameter files and dictionaries.

use pyo3::prelude::*;
use radiome_features::{Extractor, Plan, Protocol, Settings};

use crate::error;

/// The settings of a parameter file's text (YAML or JSON).
pub(crate) fn parse(py: Python<'_>, text: &str) -> PyResult<Settings> {
    Settings::from_yaml(text).map_err(|error| error::of_settings(py, &error))
}

/// What the settings mean, by the definitions that they ask for.
pub(crate) fn protocol(py: Python<'_>, text: &str) -> PyResult<Protocol> {
    let protocol = parse(py, text)?.protocol();
    protocol.map_err(|error| error::of_settings(py, &error))
}

/// What the settings mean by PyRadiomics' definitions.
pub(crate) fn plan(py: Python<'_>, text: &str) -> PyResult<Plan> {
    let plan = parse(py, text)?.plan();
    plan.map_err(|error| error::of_settings(py, &error))
}

/// An extractor by PyRadiomics' definitions.
pub(crate) fn extractor(py: Python<'_>, text: &str) -> PyResult<Extractor> {
    plan(py, text).map(Extractor::new)
}

/// The content of a parameter file as JSON; it is an error if it is not PyRadiomics' or the IBSI's.
#[pyfunction]
pub(crate) fn read_settings(py: Python<'_>, text: &str) -> PyResult<String> {
    parse(py, text)?;
    let value: serde_json::Value = serde_saphyr::from_str(text)
        .map_err(|error| error::exception(py, "SettingsError", &error.to_string()))?;
    Ok(value.to_string())
}

/// An error if the settings cannot be followed.
#[pyfunction]
pub(crate) fn check_settings(py: Python<'_>, text: &str) -> PyResult<()> {
    protocol(py, text).map(|_| ())
}
