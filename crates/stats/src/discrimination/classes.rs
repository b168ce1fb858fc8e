//! The samples of one class.

/// The values of the samples of a class, in order.
pub(super) fn members<T: Copy>(values: &[T], class: &[bool], wanted: bool) -> Vec<T> {
    let both = values.iter().zip(class);
    both.filter(|(_, case)| **case == wanted)
        .map(|(value, _)| *value)
        .collect()
}
