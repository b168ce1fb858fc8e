//! Reading `results.json`: a file that somebody has damaged is refused, not drawn.

use serde_json::Value;
use thiserror::Error;

use super::Results;

/// The largest count that results may hold. Sums and products of two such counts fit into 64 bits,
/// so that no table can show one that has gone round.
const MOST: u64 = u32::MAX as u64;

/// Why a text is not the results of a study.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// It is no JSON, lacks a key, or a value has another type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// More patients, features or resamples than there can be.
    #[error(
        "`{key}` is {count}: no count of a study is above {MOST}; take the file as it was written"
    )]
    Count {
        /// Where, keys from the outermost inwards.
        key: String,
        /// What stands there.
        count: u64,
    },
}

impl Results {
    /// Reads results and checks that their counts can be.
    ///
    /// # Errors
    /// See [`ResultsError`].
    pub fn from_json(text: &str) -> Result<Self, ResultsError> {
        let results = serde_json::from_str(text)?;
        check(&serde_json::from_str(text)?, &mut Vec::new())?;
        Ok(results)
    }
}

/// Compares every whole number but the seed, which may be any, with [`MOST`].
fn check<'a>(value: &'a Value, path: &mut Vec<&'a str>) -> Result<(), ResultsError> {
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(count) if count > MOST && path[..] != ["study", "seed"] => {
                Err(ResultsError::Count {
                    key: path.join("."),
                    count,
                })
            }
            _ => Ok(()),
        },
        Value::Array(values) => values.iter().try_for_each(|value| check(value, path)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, value)| {
            path.push(key);
            check(value, path)?;
            path.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}
