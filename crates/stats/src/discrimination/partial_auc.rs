//! Part of the area under a ROC curve.

use super::error::DiscriminationError;
use super::roc::roc_curve;
use serde::Serialize;

/// What the range of a partial area is a range of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialAxis {
    /// Specificity: the area is a sum of sensitivity.
    Specificity,
    /// Sensitivity: the area is a sum of specificity.
    Sensitivity,
}

/// Part of an area under a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartialAuc {
    /// What the range is a range of.
    pub axis: PartialAxis,
    /// Lower end of the range.
    pub from: f64,
    /// Upper end of the range.
    pub to: f64,
    /// Area within the range; at most `to - from`.
    pub area: f64,
    /// Area of a score without discrimination there.
    pub of_chance: f64,
    /// Area brought to the scale of a whole one, 0.5 for no discrimination and 1 at best; `None`
    /// where the curve lies below the diagonal.
    pub corrected: Option<f64>,
}

/// Area under the ROC curve within a range of specificity or sensitivity (pROC's
/// `auc(partial.auc = c(to, from), partial.auc.focus =, partial.auc.correct =)`).
///
/// The curve is joined by straight lines, also within the ends of the range. Corrected after McClish
/// (1989): (1 + (area - c) / (to - from - c)) / 2, with c = (to - from)(1 - (from + to) / 2) the area
/// below the diagonal.
///
/// # Errors
/// As [`roc_curve`], and a range that is not `0 <= from < to <= 1`.
pub fn partial_auc(
    class: &[bool],
    score: &[f64],
    axis: PartialAxis,
    from: f64,
    to: f64,
) -> Result<PartialAuc, DiscriminationError> {
    /// An area this little below the diagonal lies on it.
    const ROUNDING: f64 = 1e-12;
    if !(0.0 <= from && from < to && to <= 1.0) {
        return Err(DiscriminationError::BadRange { from, to });
    }
    let curve = roc_curve(class, score)?;
    let area: f64 = curve
        .points
        .windows(2)
        .map(|pair| {
            let [a, b] = [pair[0], pair[1]].map(|point| match axis {
                PartialAxis::Specificity => (point.specificity, point.sensitivity),
                PartialAxis::Sensitivity => (point.sensitivity, point.specificity),
            });
            let (left, right) = if a.0 <= b.0 { (a, b) } else { (b, a) };
            let (start, end) = (left.0.max(from), right.0.min(to));
            if start >= end {
                return 0.0;
            }
            let slope = (right.1 - left.1) / (right.0 - left.0);
            let middle = f64::midpoint(start, end);
            (end - start) * (left.1 + slope * (middle - left.0))
        })
        .sum();
    let most = to - from;
    let of_chance = most * (1.0 - f64::midpoint(from, to));
    let corrected = (area >= of_chance - ROUNDING)
        .then(|| f64::midpoint(1.0, (area - of_chance) / (most - of_chance)));
    Ok(PartialAuc {
        axis,
        from,
        to,
        area,
        of_chance,
        corrected,
    })
}
