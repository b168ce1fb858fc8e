//! Removing what a scanner adds to a feature.
