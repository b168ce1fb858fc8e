//! Morphology: the form of a region, and how intensities lie in it.
