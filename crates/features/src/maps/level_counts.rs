//! How many voxels of a kernel have each grey level, as the kernel moves.

/// The number of voxels of each of a region's level numbers, from 1, and which of them occur.
#[derive(Clone, Debug)]
pub(super) struct LevelCounts {
    counts: Vec<u32>,
    /// A bit for each number that occurs.
    present: Vec<u64>,
}

impl LevelCounts {
    /// For a region of so many levels.
    pub(super) fn new(levels: usize) -> Self {
        Self {
            counts: vec![0; levels + 1],
            present: vec![0; levels / 64 + 1],
        }
    }

    /// Forgets all voxels.
    pub(super) fn clear(&mut self) {
        self.counts.fill(0);
        self.present.fill(0);
    }

    /// Adds a voxel; one of number 0 does not count.
    #[inline]
    pub(super) fn add(&mut self, number: u16) {
        let at = usize::from(number);
        if number != 0 {
            self.counts[at] += 1;
            self.present[at / 64] |= 1 << (at % 64);
        }
    }

    /// Takes away a voxel that was added.
    #[inline]
    pub(super) fn remove(&mut self, number: u16) {
        let at = usize::from(number);
        if number != 0 {
            self.counts[at] -= 1;
            if self.counts[at] == 0 {
                self.present[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// The numbers that occur, ascending, and how often they do.
    pub(super) fn occupied(&self) -> impl Iterator<Item = (usize, u32)> {
        let words = self.present.iter().enumerate();
        words.flat_map(move |(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                let number = index * 64 + bit;
                Some((number, self.counts.get(number).copied()?))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_and_go() {
        let mut counts = LevelCounts::new(130);
        for number in [130, 0, 64, 63, 1, 64] {
            counts.add(number);
        }
        let found: Vec<_> = counts.occupied().collect();
        assert_eq!(found, [(1, 1), (63, 1), (64, 2), (130, 1)]);
        for number in [64, 130, 0] {
            counts.remove(number);
        }
        let found: Vec<_> = counts.occupied().collect();
        assert_eq!(found, [(1, 1), (63, 1), (64, 1)]);
        counts.clear();
        assert_eq!(counts.occupied().count(), 0);
    }
}
