//! From scans to a validated nomogram.

pub mod report;
pub mod results;
