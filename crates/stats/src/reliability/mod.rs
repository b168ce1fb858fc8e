//! Agreement between readers.
