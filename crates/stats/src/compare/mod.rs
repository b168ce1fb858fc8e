//! Tests between groups, as the baseline table of a study needs them.
