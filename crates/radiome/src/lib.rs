//! From scans to a validated nomogram.

pub mod table;
