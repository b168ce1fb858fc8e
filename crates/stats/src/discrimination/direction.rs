//! Which end of a score goes with the cases.

use super::classes::members;
use super::error::{DiscriminationError, check};
use crate::describe::median;
use serde::{Deserialize, Serialize};

/// Which end of a score goes with the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// High scores mean case (pROC's `"<"`: controls below cases).
    Higher,
    /// Low scores mean case (pROC's `">"`).
    Lower,
}

/// The direction in which the medians of the classes lie (pROC's `direction = "auto"`).
///
/// Higher if the median of the controls is at most that of the cases. Chosen on the samples whose
/// area is then reported, the area is too good: near 0.5 always the better side is shown.
///
/// # Errors
/// Lengths that differ, a score that is not finite, or an empty class.
pub fn direction_of_medians(
    class: &[bool],
    score: &[f64],
) -> Result<Direction, DiscriminationError> {
    check(class, score)?;
    let cases = members(score, class, true);
    let controls = members(score, class, false);
    if cases.is_empty() || controls.is_empty() {
        return Err(DiscriminationError::TooFew {
            cases: cases.len(),
            controls: controls.len(),
            needed: 1,
        });
    }
    if median(&controls) <= median(&cases) {
        Ok(Direction::Higher)
    } else {
        Ok(Direction::Lower)
    }
}
