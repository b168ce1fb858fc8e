//! Texture matrices, joined in all the ways of the IBSI.
