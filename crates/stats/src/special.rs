//! Special functions, wrapped from well-tested libraries.
