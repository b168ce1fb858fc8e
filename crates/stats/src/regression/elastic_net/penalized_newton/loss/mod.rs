//! What a model is fitted to: losses of the linear predictors, one file a family.

mod binomial;
mod cox;
mod gaussian;

pub(crate) use binomial::Binomial;
pub(crate) use cox::{Cox, by_descending_time};
pub(crate) use gaussian::Gaussian;

/// A convex loss of the linear predictors of samples whose weights sum to one.
///
/// The solver knows a family by this alone: where it is (deviance), which way is down (residual) and
/// how fast that changes (curvature). Lists of samples may be longer than there are samples; what is
/// beyond is zero and stays so.
pub(crate) trait Loss {
    /// The curvature is the same everywhere.
    const QUADRATIC: bool;

    /// Intercept of the model without features; `None` if the loss does not change when all linear
    /// predictors move together, so that there is no intercept.
    fn intercept(&self) -> Option<f64>;

    /// Deviance, twice the loss less that of a saturated model.
    fn deviance(&self, eta: &[f64]) -> f64;

    /// Writes minus the derivative of the loss by each linear predictor, and remembers the curvature
    /// there.
    fn differentiate(&mut self, eta: &[f64], residual: &mut [f64]);

    /// The matrix of second derivatives at the linear predictors last differentiated at, times a list.
    fn curvature_times(&mut self, z: &[f64], product: &mut [f64]);

    /// What a change of the linear predictors is measured in.
    fn unit(&self, _eta: &[f64]) -> f64 {
        1.0
    }

    /// Size r of a change of the linear predictors such that along it |f'''| <= r f'' holds.
    fn movement(&self, change: &[f64]) -> f64;
}
