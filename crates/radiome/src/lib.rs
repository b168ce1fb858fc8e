//! From scans to a validated nomogram.

pub mod demo;
pub mod table;
