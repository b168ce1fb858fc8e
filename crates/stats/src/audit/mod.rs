//! Whether published numbers can be true together.
//!
//! A table prints rounded numbers that are bound to each other: counts to their totals and to a
//! P value, rates of a decision to whole numbers of patients, an interval to its estimate and its
//! P value. Each file here has the rules of one family. A rule asks whether *any* exact numbers
//! that round to the printed ones agree, so a table that is merely rounded is never blamed.

pub mod auc_difference;
pub mod confusion;
pub mod counts;
pub mod interval;
pub mod means;
pub mod odds_ratio;
mod printed;

pub use printed::{PrintedNumber, PrintedP};
