//! A convex body in mm: the hull of a mesh's vertices.

use super::hull::{Hull, Point, convex_hull};
use super::vector::{Vector, cross, dot, length, subtract, unit};

/// A convex body that is not flat.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// Its corners; rarely also a point in an edge or a face.
    pub(super) vertices: Vec<Vector>,
    /// Where two faces meet at an angle.
    pub(super) edges: Vec<Edge>,
    /// In mm³.
    pub(super) volume: f64,
    /// In mm².
    pub(super) area: f64,
}

/// An edge of a convex body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) ends: [Vector; 2],
    /// Outward normals of the two faces, of length 1.
    pub(super) normals: [Vector; 2],
}

impl Body {
    /// The hull of points of a lattice with the given `steps` in mm along its axes; `None` where
    /// all lie in one plane.
    pub(super) fn around(points: &[Point], steps: Vector) -> Option<Self> {
        let hull = convex_hull(points)?;
        let in_mm =
            |point: &Point| std::array::from_fn(|axis| f64::from(point[axis]) * steps[axis]);
        let vertices: Vec<Vector> = hull.vertices.iter().map(in_mm).collect();
        // An area across an axis is stretched along the other two.
        let cell: f64 = steps.iter().product();
        let stretched = |normal: [i64; 3]| -> Vector {
            std::array::from_fn(|axis| normal[axis] as f64 * cell / steps[axis])
        };
        let areas =
            (0..hull.triangles.len()).map(|face| 0.5 * length(stretched(hull.normal(face))));
        let area = areas.sum();
        let edges = hull.edges().into_iter().map(|(ends, faces)| Edge {
            ends: ends.map(|end| vertices[end]),
            // Of least whole numbers, so the triangles of one plane have the same bits.
            normals: faces.map(|face| unit(stretched(Hull::least_multiple(hull.normal(face))))),
        });
        Some(Self {
            edges: edges.collect(),
            volume: hull.six_volumes() as f64 / 6.0 * cell,
            area,
            vertices,
        })
    }

    /// How far the body reaches along a direction of length 1.
    pub(super) fn extent(&self, along: Vector) -> f64 {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for &vertex in &self.vertices {
            let place = dot(along, vertex);
            low = low.min(place);
            high = high.max(place);
        }
        high - low
    }

    /// The edges that the outline of the body's shadow along `axis` consists of.
    pub(super) fn outline(&self, axis: Vector) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |edge| {
            let [first, second] = edge.normals.map(|normal| dot(normal, axis) > 0.0);
            first != second
        })
    }
}

impl Edge {
    /// The angle between the normals.
    pub(super) fn angle(&self) -> f64 {
        let [first, second] = self.normals;
        length(cross(first, second)).atan2(dot(first, second))
    }

    /// A direction of length 1 between the normals, at a `share` of the angle from the first.
    pub(super) fn direction_at(&self, share: f64) -> Vector {
        let [first, second] = self.normals;
        let across = subtract(second, first.map(|part| part * dot(first, second)));
        let across = unit(across);
        let (sin, cos) = (share * self.angle()).sin_cos();
        std::array::from_fn(|axis| cos * first[axis] + sin * across[axis])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretched_block() {
        let points: Vec<Point> = (0..27).map(|i| [i % 3, i / 3 % 3, i / 9]).collect();
        let body = Body::around(&points, [0.5, 1.0, 3.0]).unwrap();
        assert_eq!((body.volume, body.area), (12.0, 2.0 * (2.0 + 6.0 + 12.0)));
        assert_eq!(body.extent([0.0, 0.0, 1.0]), 6.0);
        let right = std::f64::consts::FRAC_PI_2;
        assert!(
            body.edges
                .iter()
                .all(|edge| (edge.angle() - right).abs() < 1e-15)
        );
        // From above, the shadow is a rectangle: sides along x and y alone.
        let length_of_outline: f64 = body
            .outline(unit([0.1, 0.2, 1.0]))
            .map(|edge| length(subtract(edge.ends[1], edge.ends[0])))
            .sum();
        // Of a generic direction: a hexagon of two edges of each kind.
        assert_eq!(length_of_outline, 2.0 * (1.0 + 2.0 + 6.0));
    }

    #[test]
    fn directions_between_normals() {
        let edge = Edge {
            ends: [[0.0; 3], [0.0, 0.0, 1.0]],
            normals: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        };
        let middle = edge.direction_at(0.5);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert!(length(subtract(middle, [half, half, 0.0])) < 1e-15);
        assert!(length(subtract(edge.direction_at(1.0), [0.0, 1.0, 0.0])) < 1e-15);
    }
}
