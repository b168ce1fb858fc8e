//! From scans to a validated nomogram.

pub mod demo;
pub mod extract;
pub mod table;
