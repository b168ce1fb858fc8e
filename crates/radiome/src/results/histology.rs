//! Which diagnoses the patients have.

use serde::{Deserialize, Serialize};

use super::BySplit;

/// Patients by histological type (or another diagnosis), in each split.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Histology {
    /// Column of the diagnosis.
    pub column: String,
    /// Splits in the order of the columns.
    pub splits: Vec<String>,
    /// The types, the most common first; types that are as common by name, the unknown last.
    pub types: Vec<HistologicalType>,
}

/// Patients of one type.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct HistologicalType {
    /// The type as the table spells it; `None` where the cell is empty.
    pub name: Option<String>,
    /// By split: patients of the negative group, of the positive group.
    pub groups: BySplit<[usize; 2]>,
}

impl HistologicalType {
    /// Patients of this type in all splits.
    #[must_use]
    pub fn total(&self) -> usize {
        self.groups.values().flatten().sum()
    }
}
