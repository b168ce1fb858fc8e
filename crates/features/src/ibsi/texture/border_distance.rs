//! How far the voxels of a mask lie from its border.

use super::Levels;
use crate::texture::LevelGrid;

/// For every cell of the grid, the number of steps along axes to the nearest voxel outside the
/// morphological mask; 1 on its edge and 0 outside. Beyond the box is outside. With `within_slices`
/// no step leads from slice to slice.
///
/// A voxel of the intensity mask belongs to the morphological mask; one that does not all the same
/// is taken as if it did, so that every zone has a distance of at least 1.
///
/// Two passes, one with the order of the voxels and one against it, find city-block distances
/// exactly: the shortest way to a voxel can be walked so that all steps ahead come before those
/// back (Rosenfeld and Pfaltz, J. ACM 13:471, 1966).
pub(super) fn border_distances(
    grid: &LevelGrid,
    levels: &Levels<'_>,
    within_slices: bool,
) -> Vec<u32> {
    let [x, y, z] = grid.strides();
    let strides = [x, y, if within_slices { y } else { z }];
    let mut distances = vec![0_u32; grid.cells().len()];
    let [width, height, depth] = levels.region.size;
    let width = width.max(1);
    let (intensity, morphological) = (&levels.region.inside, levels.morphological);
    let rows = intensity.chunks_exact(width);
    let rows = rows.zip(morphological.chunks_exact(width)).enumerate();
    let rows = rows.take(height * depth);
    for (row, (intensity, morphological)) in rows {
        let inside = intensity.iter().zip(morphological);
        for (place, (&intensity, &morphological)) in (grid.row_start(row)..).zip(inside) {
            if intensity || morphological {
                let behind = strides.map(|stride| distances[place - stride]);
                distances[place] = 1 + nearest(behind);
            }
        }
    }
    for row in (0..height * depth).rev() {
        let start = grid.row_start(row);
        for place in (start..start + width).rev() {
            if distances[place] > 0 {
                let ahead = strides.map(|stride| distances[place + stride]);
                distances[place] = distances[place].min(1 + nearest(ahead));
            }
        }
    }
    distances
}

fn nearest(distances: [u32; 3]) -> u32 {
    let [x, y, z] = distances;
    x.min(y).min(z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discretize::GrayLevels;
    use crate::region::Region;
    use crate::texture::Neighbourhood;
    use radiome_image::PixelType;

    #[test]
    fn distances_are_those_of_the_nearest_voxel_outside() {
        // A mask with holes, of which the intensity mask is every third voxel and one more.
        let size = [9, 8, 7];
        let voxels = size.iter().product();
        let mut morphological = vec![true; voxels];
        for hole in [0, 100, 111, 250, 387, 500] {
            morphological[hole] = false;
        }
        let inside: Vec<bool> = (0..voxels)
            .map(|voxel| voxel == 100 || morphological[voxel] && voxel % 3 == 0)
            .collect();
        let count = inside.iter().filter(|&&inside| inside).count();
        let region = Region {
            size,
            spacing: [1.0; 3],
            pixel_type: PixelType::U8,
            inside: inside.clone(),
            values: Vec::new(),
        };
        let gray = GrayLevels {
            levels: vec![1; count],
            counts: vec![count],
        };
        let grid = LevelGrid::new(&region, &gray, &Neighbourhood::default()).unwrap();
        let levels = Levels {
            region: &region,
            levels: &gray,
            morphological: &morphological,
        };
        let outside = |x: i32, y: i32, z: i32| {
            let [width, height, depth] = size.map(|length| length as i32);
            let beyond = x < 0 || y < 0 || z < 0 || x >= width || y >= height || z >= depth;
            let voxel = || ((z * height + y) * width + x) as usize;
            beyond || !(morphological[voxel()] || inside[voxel()])
        };
        for within_slices in [true, false] {
            let found = border_distances(&grid, &levels, within_slices);
            for z in 0..7 {
                for y in 0..8 {
                    for x in 0..9 {
                        let mut expected = i32::MAX;
                        for other_z in -1..=7 {
                            for other_y in -1..=8 {
                                for other_x in -1..=9 {
                                    let steps = [x - other_x, y - other_y, z - other_z];
                                    let length = steps.map(i32::abs).iter().sum();
                                    let flat = !within_slices || z == other_z;
                                    if flat && outside(other_x, other_y, other_z) {
                                        expected = expected.min(length);
                                    }
                                }
                            }
                        }
                        let row = (z * 8 + y) as usize;
                        let place = grid.row_start(row) + x as usize;
                        assert_eq!(found[place], expected as u32, "{x} {y} {z}");
                    }
                }
            }
        }
    }
}
