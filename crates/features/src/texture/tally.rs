//! Counting pairs of small numbers, as fast as memory takes them.

/// Places that 16 bits can name: a table of so many needs no check of a place.
const PLACES: usize = 1 << 16;

/// Pairs whose places are computed side by side before they are counted.
const BLOCK: usize = 32;

/// The most copies of a table. A place that is met again and again would have to wait for itself;
/// neighbours in a row go to different copies.
const COPIES: usize = 4;

/// How often each pair of numbers occurs; the pair `a`, `b` is counted at row `a`, column `b`.
pub(crate) struct Tally {
    table: Box<[u32; PLACES]>,
    /// Places of one copy.
    used: usize,
    width: u16,
    copies: usize,
}

impl Tally {
    /// For first numbers below `rows` and second ones below `width`; `None` where the table would
    /// be too large.
    pub(super) fn new(rows: usize, width: usize) -> Option<Self> {
        let used = rows.checked_mul(width).filter(|&used| used <= PLACES)?;
        let table = vec![0; PLACES].try_into().ok()?;
        Some(Self {
            table,
            used,
            width: u16::try_from(width).ok()?,
            copies: (4096 / used.max(1)).clamp(1, COPIES),
        })
    }

    pub(super) fn clear(&mut self) {
        let all = self.copies * self.used;
        if let Some(table) = self.table.get_mut(..all) {
            table.fill(0);
        }
    }

    /// Counts `pair` of every first and second number.
    #[inline(always)]
    pub(super) fn count(
        &mut self,
        first: &[u16],
        second: &[u16],
        pair: impl Fn(u16, u16) -> (u16, u16),
    ) {
        let mut places = [0_u16; BLOCK];
        let starts: [u16; BLOCK] =
            std::array::from_fn(|place| (place % self.copies * self.used) as u16);
        for (first, second) in first.chunks(BLOCK).zip(second.chunks(BLOCK)) {
            let numbers = first.iter().zip(second).zip(&starts);
            for (place, ((&a, &b), &start)) in places.iter_mut().zip(numbers) {
                let (a, b) = pair(a, b);
                *place = a
                    .wrapping_mul(self.width)
                    .wrapping_add(b)
                    .wrapping_add(start);
            }
            for &place in places.iter().take(first.len()) {
                self.table[usize::from(place)] += 1;
            }
        }
    }

    /// The counts, row by row.
    pub(super) fn rows(&mut self) -> impl Iterator<Item = &[u32]> {
        let (sum, others) = self.table.split_at_mut(self.used);
        for copy in others
            .chunks_exact_mut(self.used.max(1))
            .take(self.copies - 1)
        {
            for (sum, count) in sum.iter_mut().zip(copy) {
                *sum += std::mem::take(count);
            }
        }
        let used = self.table.get(..self.used).unwrap_or_default();
        used.chunks_exact(usize::from(self.width).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_in_one_copy_and_in_several() {
        for (rows, width) in [(3, 5), (100, 100)] {
            let mut tally = Tally::new(rows, width).unwrap();
            let first: Vec<u16> = (0..1000).map(|i| i % 3).collect();
            let second: Vec<u16> = (0..1000).map(|i| i / 7 % 5).collect();
            for _ in 0..2 {
                tally.clear();
                tally.count(&first, &second, |a, b| (a, b));
                for (a, row) in tally.rows().enumerate() {
                    for (b, &count) in row.iter().enumerate() {
                        let pairs = first.iter().zip(&second);
                        let alike = |(x, y): &(&u16, &u16)| **x as usize == a && **y as usize == b;
                        assert_eq!(count as usize, pairs.filter(alike).count());
                    }
                }
            }
        }
        assert!(Tally::new(300, 300).is_none());
    }
}
