//! Time to an event that may be censored.
