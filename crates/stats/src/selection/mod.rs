//! Choosing features.

pub mod mrmr;
