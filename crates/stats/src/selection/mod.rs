//! Choosing features.

mod association;
pub mod mrmr;
