//! Points of a nomogram, as `rms::nomogram` gives them.
