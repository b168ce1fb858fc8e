//! Predictive mean matching: a missing number is a number that another row has.

use super::error::ImputationError;
use super::linear::{LinearModel, linear_predictor};
use crate::resampling::index_below;
use nalgebra::DMatrix;
use rand_chacha::rand_core::RngCore;

/// Imputes the numbers of the rows of `missing` from those of the rows of `known` with their
/// values (mice's `pmm`, matching of type 1; Little 1988).
///
/// A row with a value is predicted by the least-squares coefficients, a row without by coefficients
/// drawn from their posterior; each row without takes the value of one of the `donors` rows whose
/// predictions are nearest to its own, drawn at random. So only values that were seen are imputed.
///
/// # Errors
/// Lengths that differ, no row with a value, no donor.
pub fn predictive_mean_matching(
    known: &DMatrix<f64>,
    values: &[f64],
    missing: &DMatrix<f64>,
    donors: usize,
    rng: &mut impl RngCore,
) -> Result<Vec<f64>, ImputationError> {
    if donors == 0 {
        return Err(ImputationError::TooFew {
            setting: "donors",
            found: 0,
            needed: 1,
        });
    }
    let model = LinearModel::fit(known, values)?;
    let estimate = model.coefficients();
    let drawn = model.draw(rng);
    let predicted: Vec<f64> = known
        .row_iter()
        .map(|row| linear_predictor(&estimate, row.iter()))
        .collect();
    let impute = |row: nalgebra::DMatrixView<'_, f64>| {
        let target = linear_predictor(&drawn, row.iter());
        let nearest = nearest_donors(&predicted, target, donors, rng);
        values[nearest[index_below(nearest.len(), rng)]]
    };
    Ok((0..missing.nrows())
        .map(|row| missing.rows(row, 1))
        .map(impute)
        .collect())
}

/// The places of the `donors` predictions nearest to the target, the nearest first; all of them
/// where there are fewer. Among equally near ones chance decides.
pub fn nearest_donors(
    predicted: &[f64],
    target: f64,
    donors: usize,
    rng: &mut impl RngCore,
) -> Vec<usize> {
    let mut order: Vec<(f64, u64, usize)> = predicted
        .iter()
        .enumerate()
        .map(|(place, value)| ((value - target).abs(), rng.next_u64(), place))
        .collect();
    let before = |a: &(f64, u64, usize), b: &(f64, u64, usize)| {
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    if order.len() > donors {
        order.select_nth_unstable_by(donors, before);
        order.truncate(donors);
    }
    order.sort_unstable_by(before);
    order.into_iter().map(|(_, _, place)| place).collect()
}
