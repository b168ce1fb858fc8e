//! Do predicted probabilities agree with what happened?
