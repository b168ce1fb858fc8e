//! Which neighbours of a voxel have its grey level: one bit a voxel and direction.
//!
//! Run lengths, zones and dependences all ask the same question of the same pairs of voxels. It is
//! answered once, 64 voxels at a time, and what follows is arithmetic on words of bits.

use super::LevelGrid;

/// For every direction to a direct neighbour, the voxels whose neighbour has the same level.
#[derive(Clone, Debug)]
pub(crate) struct EqualNeighbours {
    /// The first of every pair of opposite steps, as [`super::Neighbourhood::directions`] gives
    /// them; all lead to a later place in the cells.
    pub(crate) directions: Vec<[i32; 3]>,
    /// Each direction as a step in the cells.
    pub(super) strides: Vec<usize>,
    /// The same as shifts of the planes.
    pub(super) shifts: Vec<Shift>,
    /// One plane of bits a direction: whether the voxel and the one a step ahead are equal.
    pub(super) planes: Vec<Vec<u64>>,
    /// The voxels of the region.
    pub(super) inside: Vec<u64>,
}

impl EqualNeighbours {
    pub(super) fn new(grid: &LevelGrid) -> Self {
        let directions = grid.neighbourhood().direct().directions(grid.size());
        let strides: Vec<usize> = directions
            .iter()
            .map(|&step| grid.stride(step).unsigned_abs())
            .collect();
        let cells = grid.cells();
        let words = cells.len().div_ceil(64);
        let mut inside = vec![0_u64; words];
        for segment in grid.segments() {
            set(&mut inside, segment.start, segment.length);
        }
        let plane = |&stride: &usize| {
            let ahead = cells.get(stride..).unwrap_or_default();
            let mut plane = vec![0_u64; words];
            let pairs = cells.chunks(64).zip(ahead.chunks(64));
            for ((word, &inside), (here, ahead)) in plane.iter_mut().zip(&inside).zip(pairs) {
                if inside != 0 {
                    *word = equal(here, ahead) & inside;
                }
            }
            plane
        };
        Self {
            planes: strides.iter().map(plane).collect(),
            directions,
            shifts: strides.iter().map(|&stride| Shift::new(stride)).collect(),
            strides,
            inside,
        }
    }
}

/// Sets `length` bits from `start`.
fn set(words: &mut [u64], start: usize, length: usize) {
    let end = start + length;
    let mut at = start;
    while at < end {
        let (word, bit) = (at / 64, at % 64);
        let count = (64 - bit).min(end - at);
        words[word] |= (u64::MAX >> (64 - count)) << bit;
        at += count;
    }
}

/// Bit `i` says whether the two slices are equal at `i`, for up to 64 places that both have.
fn equal(a: &[u16], b: &[u16]) -> u64 {
    let (Ok(a), Ok(b)) = (<&[u16; 64]>::try_from(a), <&[u16; 64]>::try_from(b)) else {
        let bits = a.iter().zip(b).enumerate();
        return bits.fold(0, |word, (i, (a, b))| word | u64::from(a == b) << i);
    };
    let mut bytes = [0_u8; 64];
    for ((byte, a), b) in bytes.iter_mut().zip(a).zip(b) {
        *byte = u8::from(a == b);
    }
    // Eight bytes of 0 or 1 become eight bits: the product moves byte i to bit 56 + i.
    let (groups, _) = bytes.as_chunks::<8>();
    groups.iter().enumerate().fold(0, |word, (i, &group)| {
        let bits = u64::from_le_bytes(group).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word | bits << (8 * i)
    })
}

/// A distance in the cells as whole words and the bits that are left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    words: usize,
    bits: u32,
}

impl Shift {
    pub(super) fn new(stride: usize) -> Self {
        Self {
            words: stride / 64,
            bits: (stride % 64) as u32,
        }
    }

    /// The bits one stride before those of a word: bit `i` of the result is bit
    /// `64 word + i - stride` of the plane.
    #[inline]
    pub(super) fn behind(self, plane: &[u64], word: usize) -> u64 {
        let at = |back: usize| plane.get(word.wrapping_sub(back)).copied().unwrap_or(0);
        // Shifting twice spares a question: 64 places at once are not allowed.
        at(self.words) << self.bits | at(self.words + 1) >> 1 >> (63 - self.bits)
    }

    /// The bits one stride after those of a word: bit `i` of the result is bit
    /// `64 word + i + stride` of the plane.
    #[inline]
    pub(super) fn ahead(self, plane: &[u64], word: usize) -> u64 {
        let at = |further: usize| plane.get(word + further).copied().unwrap_or(0);
        at(self.words) >> self.bits | at(self.words + 1) << 1 << (63 - self.bits)
    }
}

/// Calls `take` with the place of every set bit of a word, ascending.
#[inline]
pub(super) fn each_bit(word: usize, mut bits: u64, mut take: impl FnMut(usize)) {
    while bits != 0 {
        take(64 * word + bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::{grid_of, scattered};

    fn is_set(plane: &[u64], place: usize) -> bool {
        let word = plane.get(place / 64);
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    #[test]
    fn bits_say_what_the_cells_say() {
        // Enough cells for several words, three levels and holes.
        let size = [17, 6, 5];
        let levels = scattered(size, 4);
        let grid = grid_of(&levels, size, &Neighbourhood::default());
        let equal = EqualNeighbours::new(&grid);
        assert_eq!(equal.directions.len(), 13);
        let cells = grid.cells();
        for (plane, &stride) in equal.planes.iter().zip(&equal.strides) {
            for (place, &cell) in cells.iter().enumerate() {
                let expected = cell != 0 && cells.get(place + stride) == Some(&cell);
                assert_eq!(is_set(plane, place), expected);
                let before = place.checked_sub(stride).is_some_and(|p| is_set(plane, p));
                assert_eq!(
                    Shift::new(stride).behind(plane, place / 64) >> (place % 64) & 1 == 1,
                    before
                );
                assert_eq!(
                    Shift::new(stride).ahead(plane, place / 64) >> (place % 64) & 1 == 1,
                    is_set(plane, place + stride)
                );
            }
        }
        let inside: usize = equal.inside.iter().map(|w| w.count_ones() as usize).sum();
        assert_eq!(inside, grid.voxel_count());
    }
}
