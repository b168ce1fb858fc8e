//! Contours: where a reader says that the tumour ends.

use radiome_image::{LabelMap, Segment};
use rand_chacha::ChaCha8Rng;

use super::acquisition::Grid;
use super::anatomy::Anatomy;
use super::field::{Field, normal};

/// A reading of the images.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// How far (mm) the drawn line strays from the surface, and how it lies on average.
    stray: f64,
    outwards: f64,
}

/// The first reading of reader 1, which the study uses.
pub(super) const R1: Reader = Reader {
    stray: 0.4,
    outwards: 0.0,
};
/// The second reading of reader 1.
pub(super) const R1B: Reader = Reader {
    stray: 0.5,
    outwards: 0.0,
};
/// Reader 2, who draws a little wider.
pub(super) const R2: Reader = Reader {
    stray: 0.8,
    outwards: 0.4,
};

/// Draws the tumour on a grid: label 1, one connected piece.
pub(super) fn draw(
    rng: &mut ChaCha8Rng,
    anatomy: &Anatomy,
    grid: &Grid,
    reader: Reader,
) -> LabelMap {
    let slip = Field::new(rng, anatomy.half, 5.0);
    let doubt = anatomy.border_doubt();
    let habit = reader.outwards + 0.2 * reader.stray * normal(rng);
    let farthest = doubt * (habit.abs() + 6.0 * reader.stray);
    let [width, height, depth] = grid.geometry.size;
    let mut inside = Vec::with_capacity(grid.geometry.voxel_count());
    for z in 0..depth {
        for y in 0..height {
            for x in 0..width {
                let point = grid.point([x as f64, y as f64, z as f64]);
                let distance = anatomy.distance(point);
                // No reader strays so far: five standard deviations and more.
                let clear = distance.abs() > farthest;
                let line = || doubt * (habit + reader.stray * slip.at(point));
                inside.push(distance < if clear { 0.0 } else { line() });
            }
        }
    }
    LabelMap {
        geometry: grid.geometry.clone(),
        labels: largest_piece(&inside, grid.geometry.size),
        segments: vec![Segment {
            name: "Tumour".to_owned(),
            label: 1,
        }],
    }
}

/// Labels the largest piece of voxels that touch by their faces with 1, all else with 0.
fn largest_piece(inside: &[bool], size: [usize; 3]) -> Vec<u32> {
    let strides = [1, size[0], size[0] * size[1]];
    let mut piece = vec![0_u32; inside.len()];
    let mut largest = (0, 0);
    let mut pieces = 0;
    let mut open = Vec::new();
    for start in 0..inside.len() {
        if !inside[start] || piece[start] != 0 {
            continue;
        }
        pieces += 1;
        let mut count = 0;
        piece[start] = pieces;
        open.push(start);
        while let Some(voxel) = open.pop() {
            count += 1;
            for axis in 0..3 {
                let place = voxel / strides[axis] % size[axis];
                let below = (place > 0).then(|| voxel - strides[axis]);
                let above = (place + 1 < size[axis]).then(|| voxel + strides[axis]);
                for next in below.into_iter().chain(above) {
                    if inside[next] && piece[next] == 0 {
                        piece[next] = pieces;
                        open.push(next);
                    }
                }
            }
        }
        largest = largest.max((count, pieces));
    }
    let chosen = largest.1;
    piece
        .iter()
        .map(|&piece| u32::from(piece != 0 && piece == chosen))
        .collect()
}
