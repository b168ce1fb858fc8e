//! Choosing features.
