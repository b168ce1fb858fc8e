//! How well a score separates two classes.
