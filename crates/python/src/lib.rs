//! `radiome._native`: what the Python package `radiome` computes with.
//!
//! Nothing here is meant for users: arguments are what the package's own Python code has already
//! made of theirs (settings as JSON, arrays flat and of one type). All computing lets go of the
//! interpreter's lock.

use pyo3::prelude::*;

mod batch;
mod catalogue;
mod command;
mod error;
mod extraction;
mod imageoperations;
mod interrupt;
mod pool;
mod settings;
mod study;
mod table;
mod volume;

/// The compiled part of radiome.
#[pymodule]
mod _native {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_export]
    use super::batch::extract_cases;
    #[pymodule_export]
    use super::catalogue::{features, removed_features};
    #[pymodule_export]
    use super::command::answer;
    #[pymodule_export]
    use super::extraction::{extract, filter, maps};
    #[pymodule_export]
    use super::imageoperations::{check_mask, crop, normalize, resample, resegment};
    #[pymodule_export]
    use super::settings::{check_settings, read_settings};
    #[pymodule_export]
    use super::study::{check_study, run_study};
    #[pymodule_export]
    use super::table::read_table;
    #[pymodule_export]
    use super::volume::{Labels, Volume, read_case, read_image, read_labels};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
