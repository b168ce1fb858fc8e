//! Values in a plane across the third axis.

use super::BSpline;

/// A plane of a spline, across its third axis.
pub(crate) struct Plane<'a> {
    spline: &'a BSpline,
    coefficients: Vec<f64>,
}

impl Plane<'_> {
    /// The spline at continuous indices along x and y.
    pub(crate) fn value_at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (self.spline.support(x, 0), self.spline.support(y, 1));
        let width = self.spline.held[0];
        let contiguous = x.places[0] + 3 == x.places[3] && x.places[1] < x.places[2];
        let mut sum = 0.0;
        for (&place_y, &weight_y) in y.places.iter().zip(&y.weights) {
            let line = place_y * width;
            let mut along_x = 0.0;
            if contiguous {
                let start = line + x.places[0];
                let samples = self.coefficients.get(start..start + 4).unwrap_or(&[]);
                for (&coefficient, &weight_x) in samples.iter().zip(&x.weights) {
                    along_x += weight_x * coefficient;
                }
            } else {
                for (&place_x, &weight_x) in x.places.iter().zip(&x.weights) {
                    along_x += weight_x * self.coefficients.get(line + place_x).unwrap_or(&0.0);
                }
            }
            sum += weight_y * along_x;
        }
        sum
    }
}

impl BSpline {
    /// The spline in the plane at a continuous index along z: sixteen coefficients a value
    /// instead of sixty-four. Sums are taken in another order than ITK's.
    pub(crate) fn plane(&self, z: f64) -> Plane<'_> {
        let support = self.support(z, 2);
        let plane = self.held[0] * self.held[1];
        let mut coefficients = vec![0.0; plane];
        for (&place, &weight) in support.places.iter().zip(&support.weights) {
            let slice = self.coefficients.get(place * plane..(place + 1) * plane);
            for (sum, &coefficient) in coefficients.iter_mut().zip(slice.unwrap_or(&[])) {
                *sum += weight * coefficient;
            }
        }
        Plane {
            spline: self,
            coefficients,
        }
    }
}
