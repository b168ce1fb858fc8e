//! The two criteria that keep a model from fitting noise.

use super::error::within;
use super::{Criterion, CriterionName, SampleSizeError, Targets, participants};

/// `n = P / ((S - 1) ln(1 - R² / S))`: the sample in which `P` parameters are shrunk by `S`.
fn size(parameters: f64, r2: f64, shrinkage: f64) -> f64 {
    parameters / ((shrinkage - 1.0) * (-r2 / shrinkage).ln_1p())
}

/// The criteria of shrinkage and of optimism. The second has the shrinkage
/// `S = R² / (R² + optimism * max R²)`.
pub(super) fn criteria(
    parameters: usize,
    r2: f64,
    maximum_r2: f64,
    targets: &Targets,
) -> Result<Vec<Criterion>, SampleSizeError> {
    if parameters == 0 {
        return Err(SampleSizeError::NoParameters);
    }
    within("the R² of Cox and Snell", r2, 0.0, 1.0)?;
    within("the shrinkage", targets.shrinkage, 0.0, 1.0)?;
    within("the optimism", targets.optimism, 0.0, 1.0)?;
    within("the margin", targets.margin, 0.0, 1.0)?;
    if r2 >= maximum_r2 {
        return Err(SampleSizeError::AboveMaximum {
            r2,
            maximum: maximum_r2,
        });
    }
    let of_optimism = r2 / (r2 + targets.optimism * maximum_r2);
    let pairs = [
        (CriterionName::Shrinkage, targets.shrinkage),
        (CriterionName::Optimism, of_optimism),
    ];
    let criterion = |(name, shrinkage)| {
        if r2 >= shrinkage {
            return Err(SampleSizeError::AboveShrinkage { r2, shrinkage });
        }
        let n = participants(size(parameters as f64, r2, shrinkage))?;
        Ok(criterion_of(name, n, parameters, r2))
    };
    pairs.into_iter().map(criterion).collect()
}

/// A criterion with the shrinkage that its sample brings.
pub(super) fn criterion_of(name: CriterionName, n: usize, parameters: usize, r2: f64) -> Criterion {
    Criterion {
        name,
        n,
        shrinkage: expected_shrinkage(parameters, r2, n),
    }
}

/// The shrinkage expected of `n` participants: the `S` whose sample is `n`, by bisection. The sample
/// grows with `S`, from 0 where `S = R²` to infinity where `S = 1`.
fn expected_shrinkage(parameters: usize, r2: f64, n: usize) -> f64 {
    let (mut low, mut high) = (r2, 1.0);
    let needed = |shrinkage: f64| size(parameters as f64, r2, shrinkage);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if needed(middle) < n as f64 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
