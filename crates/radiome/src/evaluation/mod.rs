//! From predictions to results.

mod internal_validation;
mod performance;
