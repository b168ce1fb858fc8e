//! Locally weighted parabolas (Cleveland and Grosse, 1991).

use serde::Serialize;

/// Share of the neighbours that a cell of the interpolated surface may hold (R's `cell`).
const CELL: f64 = 0.2;
/// The outermost vertices lie beyond the data by this share of their range.
const MARGIN: f64 = 0.005;
/// A power of x whose part not explained by the lower ones is smaller than this is left out.
const RANK_TOLERANCE: f64 = 1e-14;

/// How a loess curve is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoessSurface {
    /// A local fit at each point.
    Direct,
    /// Local fits at a few vertices, joined by cubics of their values and slopes: R's default.
    Interpolate,
}

/// A loess curve of y over one x.
#[derive(Debug, Clone)]
pub struct Loess<'a> {
    x: &'a [f64],
    y: &'a [f64],
    neighbours: usize,
    /// Place, value and slope of each vertex; empty for the direct surface.
    vertices: Vec<[f64; 3]>,
}

impl<'a> Loess<'a> {
    /// Loess of degree 2 with least squares (R's `loess(y ~ x, span, surface =)`).
    ///
    /// `x` ascending, both finite and of one length. At a point z a parabola is fitted to its
    /// q = floor(n span + 1e-5) nearest neighbours (at most n), weighted by (1 - (d / h)^3)^3 with h
    /// the distance of the q-th; its value at z is the curve. Interpolated: the range of x, 0.5 per
    /// cent wider on both sides, is cut at the median of its points until no cell holds more than
    /// floor(0.2 n span) of them; ties stay in one cell, so the cut moves to their nearer end.
    ///
    /// `None` for a span that is not positive, fewer than three neighbours, or a vertex whose
    /// neighbours all lie on it; R refuses these as well.
    #[must_use]
    pub fn fit(x: &'a [f64], y: &'a [f64], span: f64, surface: LoessSurface) -> Option<Self> {
        let n = x.len();
        let neighbours = ((n as f64 * span + 1e-5).floor() as usize).min(n);
        if n != y.len() || neighbours < 3 {
            return None;
        }
        let mut curve = Self {
            x,
            y,
            neighbours,
            vertices: Vec::new(),
        };
        if surface == LoessSurface::Interpolate {
            let largest = (n as f64 * span * CELL).floor() as usize;
            let vertices = vertices(x, largest.max(1)).into_iter();
            let at_vertex = |z: f64| curve.parabola(z).map(|(value, slope)| [z, value, slope]);
            curve.vertices = vertices.map(at_vertex).collect::<Option<_>>()?;
        }
        Some(curve)
    }

    /// The curve at `z`; NaN where no parabola is defined, and of the interpolated surface outside
    /// the range of x.
    #[must_use]
    pub fn at(&self, z: f64) -> f64 {
        if self.vertices.is_empty() {
            return self.parabola(z).map_or(f64::NAN, |(value, _)| value);
        }
        let range = self.x.first().zip(self.x.last());
        if range.is_none_or(|(first, last)| !(*first <= z && z <= *last)) {
            return f64::NAN;
        }
        let right = self.vertices.partition_point(|vertex| vertex[0] <= z);
        let right = right.clamp(1, self.vertices.len() - 1);
        let ([z0, v0, s0], [z1, v1, s1]) = (self.vertices[right - 1], self.vertices[right]);
        let width = z1 - z0;
        let h = (z - z0) / width;
        let g = 1.0 - h;
        g * g * (1.0 + 2.0 * h) * v0
            + h * h * (3.0 - 2.0 * h) * v1
            + (h * g * g * s0 - h * h * g * s1) * width
    }

    /// Value and slope at `z` of the parabola through its neighbours.
    ///
    /// In orthogonal polynomials, which need no more than sums: u = (x - z) / h, p1 = u - a,
    /// p2 = (u - b) p1 - c. With fewer than three distinct neighbours, the polynomial of lower degree.
    fn parabola(&self, z: f64) -> Option<(f64, f64)> {
        let (left, right) = self.window(z);
        let (x, y) = (&self.x[left..right], &self.y[left..right]);
        let h = (z - x.first()?).abs().max((x.last()? - z).abs());
        if h <= 0.0 {
            return None;
        }
        let points = || {
            x.iter().zip(y).filter_map(|(x, y)| {
                let u = (x - z) / h;
                let rest = 1.0 - u.abs().powi(3);
                (rest > 0.0).then_some((u, rest * rest * rest, *y))
            })
        };
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points().map(|(u, weight, y)| weight * of(u, y)).sum()
        };
        let n0 = sum(&|_, _| 1.0);
        if n0 <= 0.0 {
            return None;
        }
        let a = sum(&|u, _| u) / n0;
        let mut value = sum(&|_, y| y) / n0;
        let mut slope = 0.0;
        let p1 = |u: f64| u - a;
        let n1 = sum(&|u, _| p1(u) * p1(u));
        if n1 > RANK_TOLERANCE * n0 {
            let t1 = sum(&|u, y| p1(u) * y) / n1;
            value -= t1 * a;
            slope += t1;
            let b = sum(&|u, _| u * p1(u) * p1(u)) / n1;
            let c = n1 / n0;
            let p2 = |u: f64| (u - b) * p1(u) - c;
            let n2 = sum(&|u, _| p2(u) * p2(u));
            if n2 > RANK_TOLERANCE * n0 {
                let t2 = sum(&|u, y| p2(u) * y) / n2;
                value += t2 * (a * b - c);
                slope -= t2 * (a + b);
            }
        }
        Some((value, slope / h))
    }

    /// The places of the nearest neighbours of `z`: from the first to the one past the last.
    fn window(&self, z: f64) -> (usize, usize) {
        let (mut low, mut high) = (0, self.x.len() - self.neighbours);
        while low < high {
            let middle = usize::midpoint(low, high);
            if z - self.x[middle] > self.x[middle + self.neighbours] - z {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low, low + self.neighbours)
    }
}

/// The ends of the cells, ascending.
fn vertices(x: &[f64], largest: usize) -> Vec<f64> {
    let (first, last) = (x[0], x[x.len() - 1]);
    let size = first.abs().max(last.abs());
    let margin = MARGIN * (last - first).max(size * 1e-3 + 1e-30);
    let (low, high) = (first - margin, last + margin);
    let mut found = vec![low, high];
    // a cell: its points, from the first to the last, and its ends
    let mut cells = vec![(0, x.len() - 1, low, high)];
    while let Some((from, to, low, high)) = cells.pop() {
        if to - from < largest {
            continue;
        }
        let middle = median_gap(x, from, to);
        let cut = x[middle];
        if cut == low || cut == high {
            continue;
        }
        found.push(cut);
        cells.push((from, middle, low, cut));
        cells.push((middle + 1, to, cut, high));
    }
    found.sort_unstable_by(f64::total_cmp);
    found
}

/// The point nearest to the median of `from..=to` after which x rises, the right one first; the
/// median where the search meets an end.
fn median_gap(x: &[f64], from: usize, to: usize) -> usize {
    let median = usize::midpoint(from, to);
    let rises = |place: usize| x[place] < x[place + 1];
    for step in 0.. {
        if median + step >= to {
            break;
        }
        if rises(median + step) {
            return median + step;
        }
        if median < from + step {
            break;
        }
        if rises(median - step) {
            return median - step;
        }
    }
    median
}
