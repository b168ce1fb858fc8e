//! How the grids of two files lie to each other, and how one lies in the patient.

use radiome_image::{Geometry, GeometryDifference};

/// How far grids may differ and still be the same to PyRadiomics.
const TOLERANCE: f64 = 1e-6;

/// How another file's grid lies to that of the image.
#[derive(Clone, Debug, PartialEq)]
pub enum Agreement {
    /// The same grid.
    Same,
    /// A difference that rounding in a header explains (under a thousandth of a voxel).
    Rounding(GeometryDifference),
    /// Another grid.
    Different(GeometryDifference),
}

impl Agreement {
    /// What differs, if anything does.
    #[must_use]
    pub fn difference(&self) -> Option<&GeometryDifference> {
        match self {
            Self::Same => None,
            Self::Rounding(difference) | Self::Different(difference) => Some(difference),
        }
    }
}

/// Compares the grid of a mask with that of its image.
#[must_use]
pub fn agreement(image: &Geometry, mask: &Geometry) -> Agreement {
    match image.difference(mask, TOLERANCE) {
        None => Agreement::Same,
        Some(difference) if image.difference(mask, 1e-3).is_none() => {
            Agreement::Rounding(difference)
        }
        Some(difference) => Agreement::Different(difference),
    }
}

/// The sides of the patient that the index axes run towards, such as `LPS`: to the left, to the
/// back, to the head. Of a turned grid, the sides that are nearest.
#[must_use]
pub fn orientation(geometry: &Geometry) -> String {
    let places = patient_axes(geometry);
    (0..3)
        .map(|axis| {
            let patient = places[axis];
            let up = geometry.direction[patient][axis] >= 0.0;
            side(patient, up)
        })
        .collect()
}

/// The letter of a side: of the patient's axis x, y or z, the end towards which LPS runs, or the
/// other.
pub(super) fn side(patient: usize, up: bool) -> char {
    match (patient, up) {
        (0, true) => 'L',
        (0, false) => 'R',
        (1, true) => 'P',
        (1, false) => 'A',
        (_, true) => 'S',
        (_, false) => 'I',
    }
}

/// For each index axis, the axis of the patient (0 left, 1 back, 2 head) that it runs along: the
/// assignment of one to each with the largest sum of cosines.
pub(super) fn patient_axes(geometry: &Geometry) -> [usize; 3] {
    const ALL: [[usize; 3]; 6] = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let along = |places: &[usize; 3]| -> f64 {
        (0..3)
            .map(|axis| geometry.direction[places[axis]][axis].abs())
            .sum()
    };
    let mut best = ALL[0];
    for places in ALL {
        if along(&places) > along(&best) + 1e-9 {
            best = places;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientations() {
        let mut grid = Geometry::axis_aligned([2; 3], [1.0; 3]);
        assert_eq!(orientation(&grid), "LPS");
        // Index x runs to the head, y to the right, z to the back.
        grid.direction = [[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]];
        assert_eq!(orientation(&grid), "SRP");
        // 40 degrees about z: still nearest to where it came from.
        let (c, s) = (0.766_044_443_118_978, 0.642_787_609_686_539_4);
        grid.direction = [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, -1.0]];
        assert_eq!(orientation(&grid), "LPI");
    }

    #[test]
    fn agreement_knows_rounding() {
        let grid = Geometry::axis_aligned([4; 3], [0.5, 0.5, 3.0]);
        assert_eq!(agreement(&grid, &grid), Agreement::Same);
        let mut other = grid.clone();
        other.origin[2] = 1e-4;
        assert!(matches!(agreement(&grid, &other), Agreement::Rounding(_)));
        other.origin[2] = 1e-2;
        assert!(matches!(agreement(&grid, &other), Agreement::Different(_)));
        other = grid.clone();
        other.size = [4, 4, 5];
        assert!(matches!(agreement(&grid, &other), Agreement::Different(_)));
    }
}
