//! From scans to a validated nomogram.

pub mod demo;
pub mod evaluation;
pub mod extract;
pub mod model;
pub mod pipeline;
pub mod results;
pub mod study;
pub mod table;
pub mod validation;
