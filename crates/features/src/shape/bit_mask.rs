//! A mask with one bit a voxel: 64 voxels of a row are compared with their neighbours at once.

/// A mask with one voxel outside it on all sides; rows along x begin at a word.
#[derive(Clone, Debug)]
pub(crate) struct BitMask {
    /// Number of voxels along x, y, z, with the margin.
    pub(crate) size: [usize; 3],
    words: usize,
    bits: Vec<u64>,
}

impl BitMask {
    /// Surrounds a mask of a size (x, y, z; x runs fastest) with one voxel outside it.
    pub(crate) fn padded(inside: &[bool], [width, height, depth]: [usize; 3]) -> Self {
        let size = [width + 2, height + 2, depth + 2];
        let words = size[0].div_ceil(64);
        let mut mask = Self {
            size,
            words,
            bits: vec![0; words * size[1] * size[2]],
        };
        for (line, row) in inside.chunks_exact(width.max(1)).enumerate() {
            let (y, z) = (line % height.max(1) + 1, line / height.max(1) + 1);
            let start = (z * size[1] + y) * words;
            let target = mask.bits.get_mut(start..start + words);
            // One bit of the first word is margin.
            let (first, rest) = row.split_at(row.len().min(63));
            let pack = |part: &[bool]| {
                let bits = part.iter().enumerate();
                bits.fold(0, |word, (bit, &inside)| word | u64::from(inside) << bit)
            };
            let words = std::iter::once(pack(first) << 1).chain(rest.chunks(64).map(pack));
            for (target, word) in target.into_iter().flatten().zip(words) {
                *target = word;
            }
        }
        mask
    }

    /// The words of a row along x; empty beyond the mask.
    pub(crate) fn row(&self, y: usize, z: usize) -> &[u64] {
        let start = (z * self.size[1] + y) * self.words;
        self.bits.get(start..start + self.words).unwrap_or_default()
    }

    /// Number of voxels of the region.
    pub(crate) fn voxel_count(&self) -> usize {
        self.bits
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Every run of voxels of the region along x: its first voxel (x, y, z) and its length.
    pub(crate) fn each_run(&self, mut take: impl FnMut([usize; 3], usize)) {
        for (line, row) in self.bits.chunks_exact(self.words).enumerate() {
            let (y, z) = (line % self.size[1], line / self.size[1]);
            for (number, &word) in row.iter().enumerate() {
                let mut left = word;
                while left != 0 {
                    let start = left.trailing_zeros();
                    let length = (left >> start).trailing_ones();
                    take([64 * number + start as usize, y, z], length as usize);
                    let run = (u64::MAX >> (64 - length)) << start;
                    left &= !run;
                }
            }
        }
    }
}

/// The bits of the voxels one step ahead along x of those of a word.
pub(crate) fn next_along(row: &[u64], word: usize) -> u64 {
    let at = |word: usize| row.get(word).copied().unwrap_or(0);
    at(word) >> 1 | at(word + 1) << 63
}

/// Calls `take` with x of every set bit of a word of a row, ascending.
pub(crate) fn each_bit(word: usize, mut bits: u64, mut take: impl FnMut(usize)) {
    while bits != 0 {
        take(64 * word + bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rows_keep_their_voxels() {
        // Two rows of 130 voxels: every third one, and all.
        let inside: Vec<bool> = (0..260).map(|i| i >= 130 || i % 3 == 0).collect();
        let mask = BitMask::padded(&inside, [130, 2, 1]);
        assert_eq!(mask.voxel_count(), 44 + 130);
        for (y, row) in inside.chunks(130).enumerate() {
            let words = mask.row(y + 1, 1);
            for (x, &inside) in row.iter().enumerate() {
                let bit = |x: usize| words[x / 64] >> (x % 64) & 1 == 1;
                assert_eq!(bit(x + 1), inside);
                assert_eq!(next_along(words, x / 64) >> (x % 64) & 1 == 1, bit(x + 1));
            }
        }
        let mut voxels = 0;
        mask.each_run(|_, length| voxels += length);
        assert_eq!(voxels, 174);
    }
}
