//! What lies beyond the border of an image.

/// How an image goes on beyond its borders.
///
/// An axis of four voxels `a b c d` goes on as
///
/// | condition | before | | after |
/// | --- | --- | --- | --- |
/// | `Zero` | `0 0 0` | `a b c d` | `0 0 0` |
/// | `Nearest` | `a a a` | `a b c d` | `d d d` |
/// | `Periodic` | `b c d` | `a b c d` | `a b c` |
/// | `Mirror` | `c b a` | `a b c d` | `d c b` |
///
/// Source: IBSI chapter 2 manual (arXiv 2006.05470), section on boundary conditions: constant
/// value (here 0), nearest value, periodisation, mirror.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// With zeros.
    Zero,
    /// With its outermost voxels.
    Nearest,
    /// It repeats itself.
    Periodic,
    /// Mirrored at the outer edge of its outermost voxels, which so come twice.
    #[default]
    Mirror,
}

impl Boundary {
    /// The conditions and their names.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("zero", Self::Zero),
        ("nearest", Self::Nearest),
        ("periodic", Self::Periodic),
        ("mirror", Self::Mirror),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Nearest => "nearest",
            Self::Periodic => "periodic",
            Self::Mirror => "mirror",
        }
    }

    /// The voxel that stands at an index of an axis of `length` voxels; `None` where a zero does.
    pub(super) fn source(self, index: isize, length: usize) -> Option<usize> {
        let end = isize::try_from(length).ok().filter(|&end| end > 0)?;
        let source = match self {
            Self::Zero if (0..end).contains(&index) => index,
            Self::Zero => return None,
            Self::Nearest => index.clamp(0, end - 1),
            Self::Periodic => index.rem_euclid(end),
            Self::Mirror => {
                let folded = index.rem_euclid(2 * end);
                folded.min(2 * end - 1 - folded)
            }
        };
        usize::try_from(source).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_documentation() {
        let around = |boundary: Boundary| -> String {
            let letter = |index| match boundary.source(index, 4) {
                Some(source) => ["a", "b", "c", "d"][source],
                None => "0",
            };
            (-5..9).map(letter).collect()
        };
        assert_eq!(around(Boundary::Zero), "00000abcd00000");
        assert_eq!(around(Boundary::Nearest), "aaaaaabcdddddd");
        assert_eq!(around(Boundary::Periodic), "dabcdabcdabcda");
        assert_eq!(around(Boundary::Mirror), "ddcbaabcddcbaa");
        // Longer than the axis, several times over.
        assert_eq!(Boundary::Mirror.source(-9, 1), Some(0));
        assert_eq!(Boundary::Zero.source(0, 0), None);
    }
}
