//! The grey levels of one kernel, numbered anew.

/// Numbers the few grey levels that a kernel holds 1, 2, 3, ... in ascending order, so that its
/// matrices are as small as it is and not as large as the whole region's.
#[derive(Clone, Debug)]
pub(super) struct Palette {
    /// A bit for each level number of the region.
    present: Vec<u64>,
    /// The number in the kernel of each number of the region, for those that are present.
    local: Vec<u16>,
    /// Grey level of each number in the kernel; entry 0 belongs to number 1.
    levels: Vec<u32>,
    /// Numbers of the region that are listed whether or not the kernel holds them.
    always: [usize; 2],
}

impl Palette {
    /// For a region of so many levels.
    pub(super) fn new(levels: usize) -> Self {
        Self {
            present: vec![0; levels / 64 + 1],
            local: vec![0; levels + 1],
            levels: Vec::with_capacity(levels.min(256)),
            always: [0; 2],
        }
    }

    /// The same, with the region's lowest and highest level always among the kernel's.
    pub(super) fn with_ends(levels: usize) -> Self {
        Self {
            always: [1.min(levels), levels],
            ..Self::new(levels)
        }
    }

    /// Renumbers a window from numbers of the region to numbers of the kernel; 0 stays 0.
    pub(super) fn renumber(&mut self, window: &mut [u16], gray_levels: &[u32]) {
        self.present.fill(0);
        for &cell in window.iter() {
            if let Some(word) = self.present.get_mut(usize::from(cell) / 64) {
                *word |= 1 << (cell % 64);
            }
        }
        for number in self.always {
            if let Some(word) = self.present.get_mut(number / 64) {
                *word |= 1 << (number % 64);
            }
        }
        if let Some(word) = self.present.first_mut() {
            *word &= !1;
        }
        self.levels.clear();
        for (index, &word) in self.present.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                let number = index * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                self.levels
                    .push(gray_levels.get(number - 1).copied().unwrap_or(0));
                if let Some(local) = self.local.get_mut(number) {
                    *local = self.levels.len() as u16;
                }
            }
        }
        for cell in window {
            *cell = self.local.get(usize::from(*cell)).copied().unwrap_or(0);
        }
    }

    /// The grey levels in the kernel, ascending.
    pub(super) fn levels(&self) -> &[u32] {
        &self.levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_levels() {
        let gray_levels: Vec<u32> = (1..=130).map(|level| 2 * level).collect();
        let mut palette = Palette::new(130);
        let mut window = [130, 0, 64, 63, 1, 64];
        palette.renumber(&mut window, &gray_levels);
        assert_eq!(window, [4, 0, 3, 2, 1, 3]);
        assert_eq!(palette.levels(), [2, 126, 128, 260]);
        let mut window = [0, 7];
        palette.renumber(&mut window, &gray_levels);
        assert_eq!((window, palette.levels()), ([0, 1], &[14][..]));
        let mut palette = Palette::with_ends(130);
        palette.renumber(&mut window, &gray_levels);
        assert_eq!((window, palette.levels()), ([0, 1], &[2, 260][..]));
        window = [0, 7];
        palette.renumber(&mut window, &gray_levels);
        assert_eq!((window, palette.levels()), ([0, 2], &[2, 14, 260][..]));
    }
}
