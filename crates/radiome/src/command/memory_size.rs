//! An amount of memory on the command line.

use std::str::FromStr;

use thiserror::Error;

/// Bytes, written as a number with `K`, `M`, `G` or `T` behind it, each 1024 of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemorySize(pub(crate) u64);

/// A text that is no amount of memory.
#[derive(Debug, Error)]
#[error("`{0}` is no amount of memory: write it as in 4G or 500M")]
pub(crate) struct MemorySyntax(String);

impl FromStr for MemorySize {
    type Err = MemorySyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || MemorySyntax(text.to_owned());
        let upper = text.trim().to_uppercase();
        let short = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B'));
        let short = short.unwrap_or(&upper);
        let power = short.chars().next_back().and_then(|unit| "KMGT".find(unit));
        let (number, power) = match power {
            Some(power) => (&short[..short.len() - 1], power as u32 + 1),
            None => (short, 0),
        };
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let bytes = number * 1024_f64.powi(power as i32);
        match bytes >= 1.0 && bytes < 2_f64.powi(63) {
            true => Ok(Self(bytes as u64)),
            false => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_1024() {
        let bytes = |text: &str| text.parse::<MemorySize>().map(|size| size.0).ok();
        assert_eq!(bytes("4G"), Some(4 << 30));
        assert_eq!(bytes("500m"), Some(500 << 20));
        assert_eq!(bytes("1.5 GiB"), Some(3 << 29));
        assert_eq!(bytes("64KB"), Some(64 << 10));
        assert_eq!(bytes("2T"), Some(2 << 40));
        assert_eq!(bytes("1048576"), Some(1 << 20));
        for text in ["", "G", "-1G", "0", "4X", "nan", "1e30"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
