//! Folds and bootstrap samples, drawn from a seeded generator.
