//! From scans to a validated nomogram.
//!
//! The way of the data: [`study`] reads a study file and its [`table`]s, [`extract`]s the features
//! of the images, and hands rows to the [`pipeline`], which learns from training rows and nothing
//! else. [`validation`] refits it on resamples, [`evaluation`] turns fits and predictions into
//! [`results`], the [`report`] draws them, and the [`run_folder`] holds all of it.

// Commands name the library as any program that uses it would.
extern crate self as radiome;

pub mod coded;
pub mod command;
pub mod conformity;
pub mod correction;
pub mod demo;
pub mod evaluation;
pub mod extract;
mod input_hash;
pub mod inspect;
pub mod interruption;
pub mod model;
mod parts;
pub mod pipeline;
pub mod prediction;
pub mod quality;
pub mod reader_agreement;
pub mod report;
pub mod results;
mod resumption;
pub mod run_folder;
pub mod study;
pub mod table;
pub mod validation;

pub use resumption::Stopped;
