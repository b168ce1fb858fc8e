//! The surface of a mask by marching cubes.
//!
//! A cube of eight neighbouring voxel centres is moved over the mask. Every edge of the cube that
//! joins a voxel inside with one outside carries a vertex at its middle; a table says which
//! triangles join the vertices. As every vertex lies midway, the surface is a sum over the 256
//! possible cubes of how often each occurs, and its volume needs besides only the sum of their
//! positions: both are exact whole numbers until the last step.

use super::bit_mask::{BitMask, each_bit, next_along};

/// Voxels of the corners of the cube as steps along (z, y, x); bit `i` of a cube is corner `i`.
const CORNERS: [[u8; 3]; 8] = [
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 1],
    [0, 1, 0],
    [1, 0, 0],
    [1, 0, 1],
    [1, 1, 1],
    [1, 1, 0],
];

/// The two corners that each edge joins.
const EDGES: [[usize; 2]; 12] = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [4, 5],
    [5, 6],
    [6, 7],
    [7, 4],
    [0, 4],
    [1, 5],
    [2, 6],
    [3, 7],
];

/// The triangles of the cubes 0 to 127, three hexadecimal edge numbers each; cube 255 - i has the
/// triangles of cube i turned inside out.
///
/// The table of Lorensen and Cline (SIGGRAPH 1987;21:163-169) with the choice of diagonals that
/// PyRadiomics makes (`cshape.c`, BSD 3-Clause); another choice gives other areas and volumes.
#[rustfmt::skip]
const TRIANGLES: [&str; 128] = [
    "", "083", "190", "183198", "12a", "08312a", "92a029", "2832a8a98", "b23", "b2008b",
    "190b23", "b2119b98b", "3a1ba3", "a1008a8ba", "9033b9ba9", "98aba8", "478", "043473",
    "190478", "194147173", "12a478", "34730412a", "92a902478", "2a9297273479", "478b23",
    "b47b24204", "190478b23", "47b94bb29192", "3a1ba3478", "ba114b10447b", "4789033b9ba9",
    "47b4b99ba", "954", "954083", "054015", "854835315", "12a954", "08312a954", "2a5542240",
    "2a5325354834", "954b23", "b2008b954", "054015b23", "215258b28548", "3a1ba3954",
    "549a1008a8ba", "54050ba5bb03", "548a58ba8", "789579", "309539357", "780017715", "157173",
    "78957912a", "12a309395357", "0288258572a5", "2a5253357", "579789b23", "579972209b27",
    "b23018178157", "21b17b157", "7895793a1ba3", "5705097b0a10ba0", "ba003ba50078570", "ba557b",
    "65a", "08365a", "19065a", "18319865a", "165126", "165126083", "965906026", "598582526832",
    "b2365a", "b2008b65a", "190b2365a", "b2119b98b65a", "63b653513", "08b0b50515b6",
    "63b036065059", "65969bb98", "47865a", "04347365a", "19047865a", "19414717365a", "478165126",
    "043473165126", "478965906026", "739479329596269", "b2347865a", "b47b2420465a",
    "190b2347865a", "47b94bb2919265a", "47863b653513", "51b5b610b47b04b", "47863b036065059",
    "65969b4797b9", "a4964a", "a4964a083", "01aa60640", "18316886461a", "149124264",
    "149124264083", "024426", "832824426", "b23a4964a", "b2008ba4964a", "b2301aa60640",
    "64161a148b2118b", "964369139b63", "18b081b61149641", "63b036640", "86468b", "67a78a89a",
    "67a0a709a073", "67a1a7178018", "67a1a7173", "126168189678", "269129679309739", "078706602",
    "273267", "b2367a78a89a", "207b2709767a9a7", "67a1a7178018b23", "b2117ba61167",
    "896678169b63136", "09167b", "07870603bb60", "67b",
];

/// Area and volume of a triangulated surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Surface {
    /// In mm².
    pub(crate) area: f64,
    /// In mm³.
    pub(crate) volume: f64,
}

/// How often one kind of cube occurs, and the sum of the positions (z, y, x) where it does.
#[derive(Clone, Copy, Default)]
struct Occurrence {
    count: i64,
    positions: [i64; 3],
}

/// The surface of a mask as PyRadiomics has it; `spacing` (x, y, z) in mm.
///
/// Where two voxels inside touch by an edge only, the cubes above 127 join them and the others do
/// not: such a surface has gaps, and its volume depends on where the mask begins.
pub(crate) fn surface(mask: &BitMask, spacing: [f64; 3]) -> Surface {
    surface_of(mask, spacing, |_| None)
}

/// The surface of a mask; some cubes have `other` triangles than PyRadiomics', facing outwards as
/// those of the table do.
pub(crate) fn surface_of(
    mask: &BitMask,
    spacing: [f64; 3],
    other: impl Fn(usize) -> Option<&'static str>,
) -> Surface {
    let occurrences = occurrences(mask);
    let spacing = [spacing[2], spacing[1], spacing[0]];
    let (mut area, mut six_volumes) = (0.0, 0.0);
    for (cube, occurrence) in occurrences.iter().enumerate() {
        if occurrence.count == 0 {
            continue;
        }
        for triangle in triangles_of(cube, other(cube)) {
            let [a, b, c] = triangle.map(|vertex| -> [f64; 3] {
                std::array::from_fn(|axis| f64::from(vertex[axis]) / 2.0 * spacing[axis])
            });
            let normal = cross(subtract(a, c), subtract(b, c));
            area += 0.5 * dot(normal, normal).sqrt() * occurrence.count as f64;
            // a x b . c of the triangle moved by p is that of the triangle at the origin plus
            // normal . p.
            let moved: [f64; 3] =
                std::array::from_fn(|axis| occurrence.positions[axis] as f64 * spacing[axis]);
            six_volumes += dot(cross(a, b), c) * occurrence.count as f64 + dot(normal, moved);
        }
    }
    Surface {
        area,
        volume: six_volumes / 6.0,
    }
}

/// The triangles of a cube, facing outwards: vertices in half voxels along (z, y, x).
pub(crate) fn triangles_of(
    cube: usize,
    other: Option<&'static str>,
) -> impl Iterator<Item = [[u8; 3]; 3]> {
    let (triangles, inside_out) = match other {
        Some(triangles) => (triangles, false),
        None if cube < 128 => (TRIANGLES[cube], false),
        None => (TRIANGLES[255 - cube], true),
    };
    triangles.as_bytes().chunks_exact(3).map(move |edges| {
        let [a, b, c] = [vertex(edges[0]), vertex(edges[1]), vertex(edges[2])];
        if inside_out { [b, a, c] } else { [a, b, c] }
    })
}

/// Counts the cubes of each kind.
///
/// Most cubes lie all inside or all outside; words of bits tell the others.
fn occurrences(mask: &BitMask) -> Vec<Occurrence> {
    let mut occurrences = vec![Occurrence::default(); 256];
    let [_, height, depth] = mask.size;
    for z in 0..depth.saturating_sub(1) {
        for y in 0..height.saturating_sub(1) {
            let rows = [
                mask.row(y, z),
                mask.row(y + 1, z),
                mask.row(y, z + 1),
                mask.row(y + 1, z + 1),
            ];
            for word in 0..rows[0].len() {
                // The corners of the cubes at their lower x, and at their upper x.
                let lower = rows.map(|row| row.get(word).copied().unwrap_or(0));
                let upper = rows.map(|row| next_along(row, word));
                let corners = || lower.iter().chain(&upper);
                let any = corners().fold(0, |any, bits| any | bits);
                let all = corners().fold(u64::MAX, |all, bits| all & bits);
                each_bit(word, any & !all, |x| {
                    let bit = |bits: u64, corner: u32| (bits >> (x % 64) & 1) << corner;
                    let [a, b, c, d] = lower;
                    let low = bit(a, 0) | bit(b, 3) | bit(c, 4) | bit(d, 7);
                    let [a, b, c, d] = upper;
                    let high = bit(a, 1) | bit(b, 2) | bit(c, 5) | bit(d, 6);
                    let occurrence = &mut occurrences[(low | high) as usize];
                    occurrence.count += 1;
                    occurrence.positions[0] += z as i64;
                    occurrence.positions[1] += y as i64;
                    occurrence.positions[2] += x as i64;
                });
            }
        }
    }
    occurrences
}

/// The middle of an edge, given by its hexadecimal digit, in half voxels along (z, y, x).
fn vertex(digit: u8) -> [u8; 3] {
    let edge = usize::from(if digit.is_ascii_digit() {
        digit - b'0'
    } else {
        digit - b'a' + 10
    });
    let [from, to] = EDGES[edge].map(|corner| CORNERS[corner]);
    std::array::from_fn(|axis| from[axis] + to[axis])
}

fn subtract(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The surface of a box of voxels.
    fn of_box(size: [usize; 3]) -> Surface {
        let inside = vec![true; size.iter().product()];
        surface(&BitMask::padded(&inside, size), [1.0; 3])
    }

    #[test]
    fn one_voxel_is_an_octahedron() {
        // Vertices half a voxel from the centre: volume 4/3 · ½³, area 8 · √3/4 · ½.
        let surface = of_box([1, 1, 1]);
        assert!((surface.volume - 1.0 / 6.0).abs() < 1e-15);
        assert!((surface.area - 3.0_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn a_box_loses_its_edges_and_corners() {
        // n³ voxels: the cube less 12 edges (prisms of cross-section 1/8) and 8 corners (whose
        // octants of the octahedron hold 1/48).
        let n = 5.0;
        let surface = of_box([5, 5, 5]);
        let inner = (n - 1.0_f64).powi(3) + 6.0 * 0.5 * (n - 1.0).powi(2);
        let expected = inner + 12.0 * (n - 1.0) / 8.0 + 8.0 / 48.0;
        assert!((surface.volume - expected).abs() < 1e-12, "{surface:?}");
    }

    #[test]
    fn every_edge_number_of_the_table_joins_inside_and_outside() {
        for (cube, triangles) in TRIANGLES.iter().enumerate() {
            assert_eq!(triangles.len() % 3, 0);
            for digit in triangles.bytes() {
                let edge = usize::from(if digit < b'a' {
                    digit - b'0'
                } else {
                    digit - b'a' + 10
                });
                let [from, to] = EDGES[edge].map(|corner| cube >> corner & 1);
                assert_ne!(from, to, "cube {cube}, edge {edge}");
            }
        }
    }
}
