//! From scans to a validated nomogram.

pub mod demo;
pub mod results;
pub mod table;
