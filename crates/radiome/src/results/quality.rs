//! What a look at the images and contours showed, in numbers.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// How many regions were looked at, and how many of them need a look by eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualitySummary {
    /// Regions on their images: patients times sequences, as far as files could be read.
    pub regions: usize,
    /// Regions by the code of what needs a look, such as `meets_edge`; those that occur.
    pub flags: IndexMap<String, usize>,
}
