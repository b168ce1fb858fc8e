//! Counting grey levels against sizes, for zones and dependences.

use super::LevelBySize;

/// Sizes below this are counted in a table: small ones are many.
const SMALL: usize = 64;

/// How often each level goes with each size. Levels have the numbers of a [`super::LevelGrid`].
#[derive(Clone, Debug)]
pub(crate) struct SizeCounts {
    /// A row of [`SMALL`] sizes for every level.
    small: Vec<u32>,
    /// Level and size of all others.
    large: Vec<(u16, u32)>,
    /// Whether nothing has been counted.
    empty: bool,
}

impl SizeCounts {
    /// For so many levels.
    pub(crate) fn new(levels: usize) -> Self {
        Self {
            small: vec![0; levels * SMALL],
            large: Vec::new(),
            empty: true,
        }
    }

    /// Counts a size at a level, given by its number: 1 or more.
    #[inline]
    pub(crate) fn add(&mut self, number: u16, size: u32) {
        self.empty = false;
        if (size as usize) < SMALL {
            self.small[(usize::from(number) - 1) * SMALL + size as usize] += 1;
        } else {
            self.large.push((number, size));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Adds all that `other` has counted, and empties it.
    pub(crate) fn take_from(&mut self, other: &mut Self) {
        for (sum, count) in self.small.iter_mut().zip(&mut other.small) {
            *sum += std::mem::take(count);
        }
        self.large.append(&mut other.large);
        self.empty &= other.empty;
        other.empty = true;
    }

    /// Makes the matrix of the counts, in the place of another; `levels` are the grey levels that
    /// the numbers stand for.
    pub(crate) fn fill(&mut self, levels: &[u32], matrix: &mut LevelBySize) {
        self.large.sort_unstable();
        let mut large = self.large.chunk_by(|a, b| a == b).peekable();
        let mut cells = Vec::new();
        for ((row, &level), number) in self.small.chunks_exact(SMALL).zip(levels).zip(1..) {
            let occupied = row.iter().enumerate().filter(|(_, count)| **count > 0);
            cells.extend(occupied.map(|(size, &count)| (level, size, f64::from(count))));
            while let Some(same) = large.next_if(|same| same[0].0 == number) {
                cells.push((level, same[0].1 as usize, same.len() as f64));
            }
        }
        matrix.fill_sorted(cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_sizes_of_two_counts() {
        let levels = [3, 7];
        let (mut first, mut second) = (SizeCounts::new(2), SizeCounts::new(2));
        for (number, size) in [(2, 100), (1, 5), (2, 64), (1, 5)] {
            first.add(number, size);
        }
        for (number, size) in [(1, 63), (2, 100), (1, 5)] {
            second.add(number, size);
        }
        first.take_from(&mut second);
        assert!(second.is_empty() && !first.is_empty());
        let expected = [(3, 5, 3.0), (3, 63, 1.0), (7, 64, 1.0), (7, 100, 2.0)];
        let mut matrix = LevelBySize::default();
        first.fill(&levels, &mut matrix);
        assert_eq!(matrix, LevelBySize::new(expected));
        second.fill(&levels, &mut matrix);
        assert!(matrix.small_size().is_nan());
    }
}
