//! Percentiles of values.

/// Percentiles (0 to 100) of values that are all numbers: linear between the order statistics at
/// `p / 100 (n − 1)` (Hyndman and Fan's seventh, the default of R and NumPy).
pub(super) fn percentiles(mut values: Vec<f64>, wanted: &[f64]) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = |place: usize| values.get(place.min(last)).copied().unwrap_or(f64::NAN);
    let one = |percentile: &f64| {
        #[allow(clippy::cast_precision_loss)]
        let place = percentile / 100.0 * last as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let below = place.floor().max(0.0) as usize;
        let (low, high) = (at(below), at(below + 1));
        low + (place - place.floor()) * (high - low)
    };
    wanted.iter().map(one).collect()
}
