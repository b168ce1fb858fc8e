//! Which voxels are compared with a voxel.

/// The neighbours of a voxel: those at some distances by the maximum norm, perhaps within a plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbourhood {
    /// Distances in voxels (`distances`).
    pub distances: Vec<u32>,
    /// The index axis (0 = x, 1 = y, 2 = z) along which no step is taken, if any (`force2D`).
    pub flat_axis: Option<usize>,
}

impl Default for Neighbourhood {
    fn default() -> Self {
        Self {
            distances: vec![1],
            flat_axis: None,
        }
    }
}

impl Neighbourhood {
    /// The direct neighbours, whatever the distances (as run lengths and zones use them).
    pub(crate) fn direct(&self) -> Self {
        Self {
            distances: vec![1],
            flat_axis: self.flat_axis,
        }
    }

    /// Whether the neighbours are the direct ones.
    pub(super) fn is_direct(&self) -> bool {
        self.distances == [1]
    }

    /// The farthest distance.
    pub(super) fn reach(&self) -> usize {
        self.distances.iter().copied().max().unwrap_or(1).max(1) as usize
    }

    /// One step (x, y, z) of every pair of opposite ones that fit into a box of `size`, in
    /// PyRadiomics' order: z slowest, from the largest step down.
    pub(crate) fn directions(&self, size: [usize; 3]) -> Vec<[i32; 3]> {
        let mut steps = self.steps(size);
        steps.truncate(steps.len() / 2);
        steps
    }

    /// All steps (x, y, z) that fit into a box of `size`.
    pub(super) fn steps(&self, size: [usize; 3]) -> Vec<[i32; 3]> {
        let limits: [i32; 3] = std::array::from_fn(|axis| {
            let room = size[axis].saturating_sub(1).min(self.reach());
            if self.flat_axis == Some(axis) {
                0
            } else {
                room as i32
            }
        });
        let mut steps = Vec::new();
        for z in (-limits[2]..=limits[2]).rev() {
            for y in (-limits[1]..=limits[1]).rev() {
                for x in (-limits[0]..=limits[0]).rev() {
                    let distance = x.unsigned_abs().max(y.unsigned_abs()).max(z.unsigned_abs());
                    if distance > 0 && self.distances.contains(&distance) {
                        steps.push([x, y, z]);
                    }
                }
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_directions() {
        let direct = Neighbourhood::default();
        assert_eq!(direct.directions([3; 3]).len(), 13);
        assert_eq!(direct.directions([3; 3])[0], [1, 1, 1]);
        assert_eq!(direct.directions([3, 3, 1]).len(), 4);
        assert_eq!(direct.directions([1; 3]).len(), 0);
        let second = Neighbourhood {
            distances: vec![2],
            flat_axis: None,
        };
        assert_eq!(second.directions([5; 3]).len(), 49);
        let flat = Neighbourhood {
            distances: vec![1],
            flat_axis: Some(2),
        };
        assert_eq!(flat.steps([3; 3]).len(), 8);
    }
}
