//! Tail probabilities and quantiles of the distributions that the tests use.
