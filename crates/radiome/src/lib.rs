//! From scans to a validated nomogram.
