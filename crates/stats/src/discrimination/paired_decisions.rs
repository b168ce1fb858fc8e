//! Two decisions on the same samples.

use super::error::DiscriminationError;
use crate::compare::mcnemar::{McNemar, mcnemar_of_discordant};
use serde::Serialize;

/// The samples of a class that two decisions call differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiscordantCalls {
    /// Called positive by the first decision alone.
    pub first_alone: usize,
    /// Called positive by the second decision alone.
    pub second_alone: usize,
    /// McNemar's test; `None` where no sample is called differently.
    pub test: Option<McNemar>,
}

/// Sensitivity and specificity of two decisions compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedDecisions {
    /// Among the cases.
    pub sensitivity: DiscordantCalls,
    /// Among the controls.
    pub specificity: DiscordantCalls,
}

/// McNemar's tests of the sensitivities and of the specificities of two decisions on the same
/// samples (R's `mcnemar.test` and `binom.test` within a class).
///
/// # Errors
/// Lengths that differ.
pub fn compare_decisions(
    class: &[bool],
    first: &[bool],
    second: &[bool],
) -> Result<PairedDecisions, DiscriminationError> {
    for calls in [first, second] {
        if calls.len() != class.len() {
            return Err(DiscriminationError::Length {
                scores: calls.len(),
                classes: class.len(),
            });
        }
    }
    let discordant = |wanted: bool| {
        let calls = first.iter().zip(second).zip(class);
        let calls = calls.filter(|(_, case)| **case == wanted);
        let (mut first_alone, mut second_alone) = (0, 0);
        for (pair, _) in calls {
            match pair {
                (true, false) => first_alone += 1,
                (false, true) => second_alone += 1,
                _ => {}
            }
        }
        DiscordantCalls {
            first_alone,
            second_alone,
            test: mcnemar_of_discordant(first_alone as u64, second_alone as u64).ok(),
        }
    };
    Ok(PairedDecisions {
        sensitivity: discordant(true),
        specificity: discordant(false),
    })
}
