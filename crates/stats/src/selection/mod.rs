//! Choosing features.

mod association;
pub mod mrmr;
pub mod stability;
