//! The convex hull of lattice points, exact.
//!
//! Quickhull (Barber, Dobkin and Huhdanpaa, ACM TOMS 1996;22:469-483) in whole numbers: whether a
//! point lies above, on or below a plane is never a matter of rounding, so the many points of one
//! plane that a grid has do no harm. A hull of lattice points keeps its faces when the lattice is
//! stretched along its axes.

/// A point in units of the lattice.
pub(super) type Point = [i32; 3];

/// A triangulated convex hull.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hull {
    /// All corners; rarely also a point in an edge or a face.
    pub(super) vertices: Vec<Point>,
    /// Numbers of three vertices, anticlockwise seen from outside.
    pub(super) triangles: Vec<[usize; 3]>,
    /// For the side of a triangle that begins at each of its vertices: the triangle beyond.
    pub(super) neighbours: Vec<[usize; 3]>,
}

/// A triangle of the growing hull.
struct Face {
    corners: [usize; 3],
    /// The face beyond the side from corner `i` to the next.
    neighbours: [usize; 3],
    /// Points outwards; its length is twice the area.
    normal: [i64; 3],
    /// Points above the plane that no other face has.
    above: Vec<usize>,
    removed: bool,
}

/// The hull of some points; `None` where all lie in one plane.
pub(super) fn convex_hull(points: &[Point]) -> Option<Hull> {
    let mut points = points.to_vec();
    points.sort_unstable();
    points.dedup();
    let mut growing = Growing::from_tetrahedron(&points)?;
    let mut next = 0;
    while next < growing.faces.len() {
        match growing.farthest_above(next) {
            Some(point) => growing.add(next, point),
            None => next += 1,
        }
    }
    Some(growing.finish())
}

/// The hull of some of the points, and for each other point a face it is above.
struct Growing<'a> {
    points: &'a [Point],
    faces: Vec<Face>,
    /// By point: the new face that begins its outer side there.
    starting: Vec<usize>,
}

impl<'a> Growing<'a> {
    /// Four points that span space; the farther apart they are, the fewer remain outside.
    fn from_tetrahedron(points: &'a [Point]) -> Option<Self> {
        let numbers = || 0..points.len();
        let a = 0;
        let b = points.len().checked_sub(1).filter(|&b| b > 0)?;
        let from = |to: usize| difference(points[a], points[to]);
        let c = numbers().max_by_key(|&c| square(cross(from(b), from(c))))?;
        let normal = cross(from(b), from(c));
        let d = numbers().max_by_key(|&d| dot(normal, from(d)).unsigned_abs())?;
        let side = dot(normal, from(d));
        if side == 0 {
            return None;
        }
        // The triangle a, b, c seen from d is to be clockwise.
        let [b, c] = if side > 0 { [c, b] } else { [b, c] };
        let mut hull = Self {
            points,
            faces: Vec::new(),
            starting: vec![0; points.len()],
        };
        for (corners, neighbours) in [
            ([a, b, c], [1, 2, 3]),
            ([b, a, d], [0, 3, 2]),
            ([c, b, d], [0, 1, 3]),
            ([a, c, d], [0, 2, 1]),
        ] {
            hull.push(corners, neighbours);
        }
        let others = numbers().filter(|point| ![a, b, c, d].contains(point));
        hull.share_out(others.collect(), 0);
        Some(hull)
    }

    fn push(&mut self, corners: [usize; 3], neighbours: [usize; 3]) {
        let [a, b, c] = corners.map(|corner| self.points[corner]);
        self.faces.push(Face {
            corners,
            neighbours,
            normal: cross(difference(a, b), difference(a, c)),
            above: Vec::new(),
            removed: false,
        });
    }

    /// How high a point is above a face, times twice the face's area.
    fn height(&self, face: &Face, point: usize) -> i128 {
        let from = self.points[face.corners[0]];
        dot(face.normal, difference(from, self.points[point]))
    }

    /// The highest of the points above a face.
    fn farthest_above(&self, face: usize) -> Option<usize> {
        let face = &self.faces[face];
        let points = face.above.iter().copied();
        points.max_by_key(|&point| self.height(face, point))
    }

    /// Gives each point to the first face from number `first` on that it is above, if any.
    fn share_out(&mut self, points: Vec<usize>, first: usize) {
        for point in points {
            let above =
                (first..self.faces.len()).find(|&face| self.height(&self.faces[face], point) > 0);
            if let Some(face) = above {
                self.faces[face].above.push(point);
            }
        }
    }

    /// Takes in a point above `face`: the faces it sees give way to faces that join it with the
    /// horizon, the line where the seen end.
    fn add(&mut self, face: usize, point: usize) {
        let mut seen = vec![face];
        self.faces[face].removed = true;
        // A side of the horizon: from, to, the face that stays.
        let mut horizon = Vec::new();
        let mut next = 0;
        while let Some(&face) = seen.get(next) {
            next += 1;
            for side in 0..3 {
                let beyond = self.faces[face].neighbours[side];
                if self.faces[beyond].removed {
                    continue;
                }
                if self.height(&self.faces[beyond], point) > 0 {
                    self.faces[beyond].removed = true;
                    seen.push(beyond);
                } else {
                    let corners = self.faces[face].corners;
                    horizon.push([corners[side], corners[(side + 1) % 3], beyond]);
                }
            }
        }
        let first = self.faces.len();
        for (number, &[from, to, beyond]) in horizon.iter().enumerate() {
            self.starting[from] = first + number;
            let stays = &mut self.faces[beyond];
            // The face that stays has the side the other way round.
            if let Some(side) = stays.corners.iter().position(|&corner| corner == to) {
                stays.neighbours[side] = first + number;
            }
            self.push([from, to, point], [beyond, 0, 0]);
        }
        // The horizon is one closed line: where one side ends the next begins.
        for (number, &[_, to, _]) in horizon.iter().enumerate() {
            let after = self.starting[to];
            self.faces[first + number].neighbours[1] = after;
            self.faces[after].neighbours[2] = first + number;
        }
        let mut homeless = Vec::new();
        for face in seen {
            homeless.append(&mut self.faces[face].above);
        }
        homeless.retain(|&other| other != point);
        self.share_out(homeless, first);
    }

    /// Numbers what is left anew.
    fn finish(self) -> Hull {
        let mut number_of_face = vec![0; self.faces.len()];
        let mut number_of_vertex = vec![usize::MAX; self.points.len()];
        let mut hull = Hull {
            vertices: Vec::new(),
            triangles: Vec::new(),
            neighbours: Vec::new(),
        };
        let kept = || {
            self.faces
                .iter()
                .enumerate()
                .filter(|(_, face)| !face.removed)
        };
        for (number, (face, _)) in kept().enumerate() {
            number_of_face[face] = number;
        }
        for (_, face) in kept() {
            hull.triangles.push(face.corners.map(|corner| {
                if number_of_vertex[corner] == usize::MAX {
                    number_of_vertex[corner] = hull.vertices.len();
                    hull.vertices.push(self.points[corner]);
                }
                number_of_vertex[corner]
            }));
            let neighbours = face.neighbours.map(|face| number_of_face[face]);
            hull.neighbours.push(neighbours);
        }
        hull
    }
}

impl Hull {
    /// Sides between two triangles that are not in one plane, each once: the numbers of its
    /// vertices and of the triangles.
    pub(super) fn edges(&self) -> Vec<([usize; 2], [usize; 2])> {
        let mut edges = Vec::new();
        for (number, (triangle, neighbours)) in
            self.triangles.iter().zip(&self.neighbours).enumerate()
        {
            let a = self.vertices[triangle[0]];
            let normal = self.normal(number);
            for (side, &beyond) in neighbours.iter().enumerate() {
                let bends = || {
                    let mut corners = self.triangles[beyond].iter();
                    corners.any(|&vertex| dot(normal, difference(a, self.vertices[vertex])) != 0)
                };
                if number < beyond && bends() {
                    let ends = [triangle[side], triangle[(side + 1) % 3]];
                    edges.push((ends, [number, beyond]));
                }
            }
        }
        edges
    }

    /// The outward normal of a triangle, in units of the lattice; its length is twice the area.
    pub(super) fn normal(&self, triangle: usize) -> [i64; 3] {
        let [a, b, c] = self.triangles[triangle].map(|vertex| self.vertices[vertex]);
        cross(difference(a, b), difference(a, c))
    }

    /// The shortest vector of whole numbers along another.
    pub(super) fn least_multiple(vector: [i64; 3]) -> [i64; 3] {
        let divisor = vector.iter().fold(0, |divisor, &part| {
            let (mut a, mut b) = (divisor, part.unsigned_abs());
            while b != 0 {
                (a, b) = (b, a % b);
            }
            a
        });
        let divisor = i64::try_from(divisor.max(1)).unwrap_or(1);
        vector.map(|part| part / divisor)
    }

    /// Six times the volume, in units of the lattice.
    pub(super) fn six_volumes(&self) -> i128 {
        let Some(&origin) = self.vertices.first() else {
            return 0;
        };
        let of = |triangle: &[usize; 3]| {
            let [a, b, c] = triangle.map(|vertex| difference(origin, self.vertices[vertex]));
            dot(cross(a, b), c)
        };
        self.triangles.iter().map(of).sum()
    }
}

fn difference(from: Point, to: Point) -> [i64; 3] {
    std::array::from_fn(|axis| i64::from(to[axis]) - i64::from(from[axis]))
}

/// Exact for lattices of up to 2³⁰ places along an axis.
fn cross(a: [i64; 3], b: [i64; 3]) -> [i64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: [i64; 3], b: [i64; 3]) -> i128 {
    a.iter()
        .zip(&b)
        .map(|(&a, &b)| i128::from(a) * i128::from(b))
        .sum()
}

fn square(a: [i64; 3]) -> i128 {
    dot(a, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random_points(count: usize, range: i32, seed: u64) -> Vec<Point> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as i32 % range
        };
        (0..count).map(|_| [next(), next(), next()]).collect()
    }

    /// Every point is on or below every face, and every face's neighbours have its sides.
    fn assert_is_hull_of(hull: &Hull, points: &[Point]) {
        for (number, triangle) in hull.triangles.iter().enumerate() {
            let [a, b, c] = triangle.map(|vertex| hull.vertices[vertex]);
            let normal = cross(difference(a, b), difference(a, c));
            assert_ne!(normal, [0; 3]);
            assert!(
                points
                    .iter()
                    .all(|&point| dot(normal, difference(a, point)) <= 0)
            );
            for side in 0..3 {
                let beyond = hull.neighbours[number][side];
                let back = (0..3)
                    .find(|&back| hull.neighbours[beyond][back] == number)
                    .unwrap();
                assert_eq!(hull.triangles[beyond][back], triangle[(side + 1) % 3]);
                assert_eq!(hull.triangles[beyond][(back + 1) % 3], triangle[side]);
            }
        }
        assert!(hull.vertices.iter().all(|vertex| points.contains(vertex)));
        // Euler: a closed surface of triangles around a body without holes.
        assert_eq!(hull.triangles.len(), 2 * hull.vertices.len() - 4);
    }

    #[test]
    fn all_points_of_a_block_have_its_hull() {
        let mut points: Vec<Point> = Vec::new();
        for x in 0..5 {
            for y in 0..4 {
                points.extend((0..6).map(|z| [x, y, z]));
            }
        }
        let hull = convex_hull(&points).unwrap();
        assert_is_hull_of(&hull, &points);
        assert_eq!(hull.six_volumes(), 6 * 4 * 3 * 5);
        assert_eq!(
            hull.edges()
                .iter()
                .filter(|(ends, _)| {
                    let [a, b] = ends.map(|end| hull.vertices[end]);
                    square(difference(a, b)) > 0
                })
                .count(),
            12
        );
    }

    #[test]
    fn hulls_of_random_points() {
        for (seed, (count, range)) in [(5, 3), (20, 4), (60, 5), (200, 9), (500, 60), (400, 1000)]
            .into_iter()
            .enumerate()
        {
            let points = random_points(count, range, seed as u64);
            assert_is_hull_of(&convex_hull(&points).unwrap(), &points);
        }
    }

    #[test]
    fn points_of_a_plane_have_none() {
        let plane: Vec<Point> = (0..30).map(|i| [i % 6, i / 6, i % 6 + i / 6]).collect();
        assert_eq!(convex_hull(&plane), None);
        assert_eq!(convex_hull(&plane[..6]), None);
        assert_eq!(convex_hull(&plane[..1]), None);
        assert_eq!(convex_hull(&[]), None);
    }
}
