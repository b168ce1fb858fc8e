//! Agreement between readers.

pub mod icc;
