//! The closed surface of a mask by marching cubes.
//!
//! A face of a cube with two voxels inside on one diagonal and two outside on the other can be cut
//! in two ways. Two cubes that share such a face must cut it alike, or the surface has gaps. Here
//! the voxels inside are always kept apart: two that touch by an edge only are not joined. The
//! IBSI leaves the table to the program; its reference values hold for PyRadiomics' mesh as well.

use crate::shape::bit_mask::BitMask;
use crate::shape::marching_cubes::{Surface, surface_of};

/// The cubes whose triangles differ from PyRadiomics', and their triangles.
///
/// Source: the table of Bourke and Bloyd ("Polygonising a scalar field", 1994) as scikit-image has
/// it in `marching_cubes(method="lorensen")`. All cubes above 127 with a face of two diagonals are
/// here; the others only divide the same polygons by another diagonal.
#[rustfmt::skip]
const CLOSED: [(u8, &str); 76] = [
    (30, "47890b9bab03"), (45, "4950818a18ba"), (51, "153357"), (53, "a12950530573"),
    (60, "958857a13a3b"), (75, "5a61929b298b"), (83, "a65197173794"), (85, "125526304347"),
    (86, "847905065026"), (89, "5a647242027b"), (92, "8473b53515b6"), (101, "308129249264"),
    (105, "08228b49a4a6"), (106, "3b201606461a"), (120, "23ba68a89867"), (129, "308b76"),
    (131, "819831b76"), (132, "a126b7"), (133, "12a3086b7"), (134, "2902a96b7"),
    (135, "6b72a3a83a98"), (138, "276237019"), (146, "86b846901"), (148, "6846b82a1"),
    (149, "12a30b06b046"), (150, "4b846b0292a9"), (151, "a93a32943b36463"), (154, "190234246438"),
    (158, "4634386a3039a93"), (160, "49576b"), (161, "083495b76"), (162, "50154076b"),
    (163, "b76834354315"), (164, "954a1276b"), (165, "6b712a083495"), (166, "76b54a42a402"),
    (167, "348354325a52b76"), (168, "723762549"), (169, "954086062687"), (170, "362376150540"),
    (171, "628687218485158"), (172, "954a16176137"), (173, "16a176107870954"),
    (174, "40a4a503a6a737a"), (175, "76a7a854a48a"), (180, "12a95b9b8b56"),
    (181, "0b306b09656912a"), (182, "b85b56805a52025"), (183, "6b36352a3a53"),
    (186, "158180568382628"), (188, "13616a386569896"), (189, "a10a06950560"), (193, "b5ab75830"),
    (194, "5b75ab190"), (195, "a75ab7981831"), (197, "08312717572b"), (199, "75272b592328982"),
    (202, "9015a35373a2"), (203, "982921872a25752"), (204, "135375"), (210, "01984a8aba45"),
    (211, "ab4a45b34941314"), (213, "04b0b345b2b151b"), (214, "0250592b5458b85"),
    (218, "3a235a385458019"), (219, "5a2524192942"), (222, "845853905035"), (225, "0834979b79ab"),
    (227, "3143481a474bab4"), (229, "9749b791b2b1083"), (231, "b74b42834324"),
    (233, "9a7974a27870207"), (234, "37a3a274a1a040a"), (237, "491417081871"),
    (245, "30939b1292b9"), (250, "23828a0181a8"),
];

/// Area and volume of the closed surface; `spacing` (x, y, z) in mm.
pub(super) fn closed_surface(mask: &BitMask, spacing: [f64; 3]) -> Surface {
    surface_of(mask, spacing, closed)
}

/// Triangles of a cube that differ from PyRadiomics'.
fn closed(cube: usize) -> Option<&'static str> {
    let place = CLOSED.binary_search_by_key(&cube, |&(cube, _)| cube.into());
    let (_, triangles) = place.ok().and_then(|place| CLOSED.get(place))?;
    Some(triangles)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::shape::marching_cubes::triangles_of;

    /// Sides of triangles: from, to; in half voxels.
    type Sides = BTreeSet<[[u8; 3]; 2]>;

    /// A face of a cube: the axis across it, and its voxels inside.
    type Face = (usize, Vec<[u8; 3]>);

    /// The sides of a cube's triangles that no other of its triangles has the other way round.
    fn open_sides(cube: usize) -> Sides {
        let mut sides = Sides::new();
        for triangle in triangles_of(cube, closed(cube)) {
            for side in 0..3 {
                let [from, to] = [triangle[side], triangle[(side + 1) % 3]];
                if !sides.remove(&[to, from]) {
                    assert!(sides.insert([from, to]), "cube {cube} has a side twice");
                }
            }
        }
        sides
    }

    #[test]
    fn two_cubes_cut_the_face_between_them_alike() {
        // Bit i of a cube is the voxel at these steps along (z, y, x).
        let corners = [
            [0, 0, 0],
            [0, 0, 1],
            [0, 1, 1],
            [0, 1, 0],
            [1, 0, 0],
            [1, 0, 1],
            [1, 1, 1],
            [1, 1, 0],
        ];
        // How the cubes before a face cut it, and those behind.
        let mut cuts: BTreeMap<Face, [BTreeSet<Sides>; 2]> = BTreeMap::new();
        for cube in 0..256 {
            let mut open = open_sides(cube);
            for axis in 0..3 {
                for (side, place) in [(0, 2), (1, 0)] {
                    let flat = |mut vertex: [u8; 3]| {
                        vertex[axis] = 0;
                        vertex
                    };
                    let of_face = |vertex: &[u8; 3]| vertex[axis] == place;
                    let (cut, rest): (Sides, Sides) =
                        open.into_iter().partition(|ends| ends.iter().all(of_face));
                    open = rest;
                    let mut inside: Vec<[u8; 3]> = (0..8)
                        .filter(|corner| cube >> corner & 1 == 1)
                        .map(|corner: usize| corners[corner])
                        .filter(|corner| 2 * corner[axis] == place)
                        .map(flat)
                        .collect();
                    inside.sort_unstable();
                    // The cube behind has each side the other way round.
                    let ends = |[from, to]: [[u8; 3]; 2]| {
                        if side == 0 {
                            [from, to].map(flat)
                        } else {
                            [to, from].map(flat)
                        }
                    };
                    let known = cuts.entry((axis, inside)).or_default();
                    known[side].insert(cut.into_iter().map(ends).collect());
                }
            }
            assert!(open.is_empty(), "cube {cube} has a gap within");
        }
        assert_eq!(cuts.len(), 3 * 16);
        for (face, [before, behind]) in cuts {
            assert!(
                before.len() == 1 && before == behind,
                "{face:?}: {before:?} {behind:?}"
            );
        }
    }

    #[test]
    fn the_volume_does_not_depend_on_where_the_mask_begins() {
        // Random voxels of 6 x 6 x 6 touch by edges often; the same ones 40 voxels further.
        let mut state = 1_u64;
        let inside: Vec<bool> = (0..216)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state >> 63 == 1
            })
            .collect();
        let mut moved = vec![false; 46 * 46 * 46];
        for (offset, &inside) in inside.iter().enumerate() {
            let [x, y, z] = [offset % 6, offset / 6 % 6, offset / 36];
            moved[((z + 40) * 46 + y + 40) * 46 + x + 40] = inside;
        }
        let surfaces = [(&inside, 6), (&moved, 46)]
            .map(|(inside, n)| closed_surface(&BitMask::padded(inside, [n; 3]), [0.5, 1.0, 2.0]));
        // The sums are of the same whole numbers and products of powers of two.
        assert_eq!(surfaces[0].volume, surfaces[1].volume);
        assert_eq!(surfaces[0].area, surfaces[1].area);
    }

    #[test]
    fn voxels_that_touch_by_an_edge_are_apart() {
        let inside = [true, false, false, true];
        let surface = closed_surface(&BitMask::padded(&inside, [2, 2, 1]), [1.0; 3]);
        // Two octahedra of volume 1/6.
        assert!((surface.volume - 1.0 / 3.0).abs() < 1e-15, "{surface:?}");
        let inside = [false, true, true, false];
        let surface = closed_surface(&BitMask::padded(&inside, [2, 2, 1]), [1.0; 3]);
        assert!((surface.volume - 1.0 / 3.0).abs() < 1e-15, "{surface:?}");
    }
}
