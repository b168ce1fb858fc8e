//! The list of all features.

use pyo3::prelude::*;
use radiome_features::FeatureClass;
use radiome_features::catalogue::{REMOVED, entries};

/// A feature: class, name, IBSI code, meaning, whether it is computed only when named.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    bool,
);

/// Every feature of PyRadiomics' classes.
#[pyfunction]
pub(crate) fn features() -> Vec<Row> {
    let mut rows = Vec::new();
    for class in FeatureClass::ALL {
        for entry in entries(class) {
            let row = (
                class.name(),
                entry.name,
                entry.ibsi,
                entry.summary,
                entry.deprecated,
            );
            rows.push(row);
        }
    }
    rows
}

/// Names that PyRadiomics accepts and gives no value for: class, name, and what equals it.
#[pyfunction]
pub(crate) fn removed_features() -> Vec<(&'static str, &'static str, &'static str)> {
    let named = REMOVED.iter();
    named
        .map(|(class, name, equal)| (class.name(), *name, *equal))
        .collect()
}
