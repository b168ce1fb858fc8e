//! Spherical harmonics at the samples, with PyRadiomics' exchange of their angles.

use std::f64::consts::PI;

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    fn plus(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    fn times(self, other: Self) -> Self {
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }

    /// The real part of the root that has it positive.
    fn root_re(self) -> f64 {
        let modulus = self.re.hypot(self.im);
        if modulus == 0.0 {
            0.0
        } else if self.re >= 0.0 {
            (0.5 * (modulus + self.re)).sqrt()
        } else {
            // Without the difference of nearly equal numbers.
            0.5 * self.im.abs() / (0.5 * (modulus - self.re)).sqrt()
        }
    }
}

/// `Y(n, m)` of all orders at every sample.
pub(super) struct Harmonics {
    levels: usize,
    /// Vertex by vertex; level by level, m from −n to n.
    values: Vec<Complex>,
}

impl Harmonics {
    /// At the points of a sphere, for n below `levels`.
    ///
    /// The polar angle of a point is taken as the azimuth, and its azimuth as the polar angle.
    pub(super) fn new(vertices: &[[f64; 3]], radius: f64, levels: usize) -> Self {
        let values = vertices
            .iter()
            .flat_map(|&[x, y, z]| spherical_harmonics((z / radius).acos(), y.atan2(x), levels));
        Self {
            levels,
            values: values.collect(),
        }
    }

    /// Number of harmonics at each sample.
    pub(super) fn per_vertex(&self) -> usize {
        self.levels * self.levels
    }

    /// `c(n, m) = Σ_v s(v) Y(n, m, v)` of a pattern of bits.
    pub(super) fn project(&self, pattern: &[bool], coefficients: &mut [Complex]) {
        coefficients.fill(Complex::default());
        let vertices = self.values.chunks_exact(self.per_vertex());
        for (values, _) in vertices.zip(pattern).filter(|(_, bit)| **bit) {
            for (coefficient, &value) in coefficients.iter_mut().zip(values) {
                *coefficient = coefficient.plus(value);
            }
        }
    }

    /// `Re √(Σ_v (Σ_m c(n, m) Y(n, m, v))²)`.
    pub(super) fn norm(&self, n: usize, coefficients: &[Complex]) -> f64 {
        let orders = n * n..(n + 1) * (n + 1);
        let coefficients = coefficients.get(orders.clone()).unwrap_or_default();
        let mut sum = Complex::default();
        for values in self.values.chunks_exact(self.per_vertex()) {
            let values = values.get(orders.clone()).unwrap_or_default();
            let response = coefficients
                .iter()
                .zip(values)
                .fold(Complex::default(), |sum, (&coefficient, &value)| {
                    sum.plus(coefficient.times(value))
                });
            sum = sum.plus(response.times(response));
        }
        sum.root_re()
    }
}

/// `Y(n, m) = P̄(n, |m|)(cos polar) e^{i m azimuth}` for n below `levels` and m from −n to n, with
/// the phase of Condon and Shortley: `Y(n, −m) = (−1)^m conj Y(n, m)`.
fn spherical_harmonics(azimuth: f64, polar: f64, levels: usize) -> Vec<Complex> {
    let legendre = normalized_legendre(polar.cos(), polar.sin().abs(), levels);
    let mut values = Vec::with_capacity(levels * levels);
    for (n, row) in legendre.iter().enumerate() {
        let at = |m: usize, conjugate: bool| {
            #[allow(clippy::cast_precision_loss)]
            let (sine, cosine) = (m as f64 * azimuth).sin_cos();
            let magnitude = row.get(m).copied().unwrap_or(0.0);
            let (re, im) = (magnitude * cosine, magnitude * sine);
            match (conjugate, m % 2) {
                (false, _) => Complex { re, im },
                (true, 0) => Complex { re, im: -im },
                (true, _) => Complex { re: -re, im },
            }
        };
        values.extend((1..=n).rev().map(|m| at(m, true)));
        values.extend((0..=n).map(|m| at(m, false)));
    }
    values
}

/// Associated Legendre functions `P̄(n, m)`, m from 0 to n, with the factor
/// `√((2n + 1)/(4π) · (n − m)!/(n + m)!)` that makes spherical harmonics orthonormal, by recursion
/// on m by twos and then on n (NIST Digital Library of Mathematical Functions, 14.10.3 and
/// 14.7.15).
///
/// The products are taken in the order of scipy, so that voxels which are equal in PyRadiomics
/// are equal here.
#[allow(clippy::cast_precision_loss)]
fn normalized_legendre(cosine: f64, sine: f64, levels: usize) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = (0..levels).map(|n| vec![0.0; n + 1]).collect();
    let get = |rows: &[Vec<f64>], n: usize, m: usize| {
        let value = rows.get(n).and_then(|row| row.get(m));
        value.copied().unwrap_or(0.0)
    };
    for n in 0..levels {
        let degree = n as f64;
        for m in 0..=n {
            let order = m as f64;
            let value = match (n - m, m) {
                (0, 0) => 1.0 / (2.0 * PI.sqrt()),
                (0, 1) => -3.0_f64.sqrt() / (2.0 * (2.0 * PI).sqrt()) * sine,
                (0, _) => {
                    let ratio =
                        (2.0 * order + 1.0) * (2.0 * order - 1.0) / (4.0 * order * (order - 1.0));
                    ratio.sqrt() * sine * sine * get(&rows, n - 2, m - 2)
                }
                (1, _) => (2.0 * order + 3.0).sqrt() * cosine * get(&rows, n - 1, m),
                _ => {
                    let (before, orders) = (degree - 1.0, order * order);
                    let divisor = (2.0 * degree - 3.0) * (degree * degree - orders);
                    let factor = 2.0 * degree + 1.0;
                    let second = (factor * (before * before - orders) / divisor).sqrt();
                    let first = (factor * (4.0 * before * before - 1.0) / divisor).sqrt();
                    -second * get(&rows, n - 2, m) + first * cosine * get(&rows, n - 1, m)
                }
            };
            if let Some(place) = rows.get_mut(n).and_then(|row| row.get_mut(m)) {
                *place = value;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_orders_are_the_textbook_s() {
        let (azimuth, polar) = (0.3_f64, -0.5_f64);
        let found = spherical_harmonics(azimuth, polar, 3);
        let (sine, cosine) = (polar.sin().abs(), polar.cos());
        let expected = [
            (0, 0.5 / PI.sqrt()),
            (1, (3.0 / (8.0 * PI)).sqrt() * sine),
            (0, (3.0 / (4.0 * PI)).sqrt() * cosine),
            (1, -(3.0 / (8.0 * PI)).sqrt() * sine),
            (2, (15.0 / (32.0 * PI)).sqrt() * sine * sine),
            (1, (15.0 / (8.0 * PI)).sqrt() * sine * cosine),
            (
                0,
                (5.0 / (16.0 * PI)).sqrt() * (3.0 * cosine * cosine - 1.0),
            ),
            (1, -(15.0 / (8.0 * PI)).sqrt() * sine * cosine),
            (2, (15.0 / (32.0 * PI)).sqrt() * sine * sine),
        ];
        let signs = [0.0, -1.0, 0.0, 1.0, -1.0, -1.0, 0.0, 1.0, 1.0];
        for ((found, (m, magnitude)), sign) in found.iter().zip(expected).zip(signs) {
            let angle = f64::from(m) * azimuth;
            // A few roundings.
            assert!((found.re - magnitude * angle.cos()).abs() < 1e-15);
            assert!((found.im - sign * magnitude * angle.sin()).abs() < 1e-15);
        }
    }

    #[test]
    fn roots_have_a_positive_real_part() {
        let root = |re, im| Complex { re, im }.root_re();
        assert_eq!(root(4.0, 0.0), 2.0);
        assert_eq!(root(-4.0, 0.0), 0.0);
        // (2 + i)² = 3 + 4 i, (1 − 2 i)² = −3 − 4 i.
        assert_eq!(root(3.0, 4.0), 2.0);
        assert_eq!(root(-3.0, -4.0), 1.0);
        assert_eq!(root(0.0, 0.0), 0.0);
    }
}
