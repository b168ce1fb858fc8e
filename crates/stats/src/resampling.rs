//! Folds and bootstrap samples, drawn from a seeded generator.
//!
//! The same seed gives the same draw on every machine. Only the raw output of ChaCha is used; the
//! steps from there to an index are written here, so that a new release of a random number library
//! does not change published folds.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;

/// Why there are no folds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResamplingError {
    /// Fewer than two folds asked for.
    #[error("cross-validation needs at least two folds, asked for {0}")]
    TooFewFolds(usize),
    /// A class has fewer members than there are folds.
    #[error(
        "class {class} has {members} members, fewer than the {folds} folds; use at most {members} folds"
    )]
    ClassTooSmall {
        /// The class.
        class: usize,
        /// Its members.
        members: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// No rows.
    #[error("there are no rows to draw from")]
    Empty,
}

/// A generator seeded with a number.
pub fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// An index from 0 to `bound - 1`, each equally likely: draws that would favour low values are
/// thrown away. `bound` must not be 0.
pub(crate) fn index_below(bound: usize, rng: &mut impl RngCore) -> usize {
    let bound = bound as u64;
    let excess = (u64::MAX % bound + 1) % bound;
    loop {
        let draw = rng.next_u64();
        if draw <= u64::MAX - excess {
            return (draw % bound) as usize;
        }
    }
}

/// Shuffles in place (Fisher and Yates); every order is equally likely.
pub fn shuffle<T>(items: &mut [T], rng: &mut impl RngCore) {
    for i in (1..items.len()).rev() {
        items.swap(i, index_below(i + 1, rng));
    }
}

/// Assigns each row to one of `folds` folds (counted from 0), stratified by class.
///
/// Within a class the shuffled rows are dealt in turn, and each class starts where the one before
/// it stopped: in every fold a class has its share to within one row, and so has the whole.
///
/// # Errors
/// Fewer than two folds, no rows, or a class with fewer members than folds.
pub fn stratified_folds(
    labels: &[usize],
    folds: usize,
    rng: &mut impl RngCore,
) -> Result<Vec<usize>, ResamplingError> {
    if folds < 2 {
        return Err(ResamplingError::TooFewFolds(folds));
    }
    if labels.is_empty() {
        return Err(ResamplingError::Empty);
    }
    let mut classes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, &class) in labels.iter().enumerate() {
        classes.entry(class).or_default().push(row);
    }
    if let Some((&class, rows)) = classes.iter().find(|(_, rows)| rows.len() < folds) {
        return Err(ResamplingError::ClassTooSmall {
            class,
            members: rows.len(),
            folds,
        });
    }
    let mut assigned = vec![0; labels.len()];
    let mut next = 0;
    for rows in classes.values_mut() {
        shuffle(rows, rng);
        for &row in rows.iter() {
            assigned[row] = next;
            next = (next + 1) % folds;
        }
    }
    Ok(assigned)
}

/// [`stratified_folds`] drawn `repeats` times, one after the other from the same generator.
///
/// # Errors
/// As [`stratified_folds`].
pub fn repeated_stratified_folds(
    labels: &[usize],
    folds: usize,
    repeats: usize,
    rng: &mut impl RngCore,
) -> Result<Vec<Vec<usize>>, ResamplingError> {
    (0..repeats)
        .map(|_| stratified_folds(labels, folds, rng))
        .collect()
}

/// Rows of a bootstrap sample: `n` draws with replacement from 0 to `n - 1`.
pub fn bootstrap(n: usize, rng: &mut impl RngCore) -> Vec<usize> {
    (0..n).map(|_| index_below(n, rng)).collect()
}

/// Rows that a bootstrap sample left out, in ascending order.
pub fn out_of_bag(sample: &[usize], n: usize) -> Vec<usize> {
    let mut drawn = vec![false; n];
    for &row in sample {
        if let Some(seen) = drawn.get_mut(row) {
            *seen = true;
        }
    }
    (0..n).filter(|&row| !drawn[row]).collect()
}
