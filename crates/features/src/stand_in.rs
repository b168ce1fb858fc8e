//! Filters until the image crate's land.
#![allow(
    missing_docs,
    clippy::unnecessary_wraps,
    clippy::missing_errors_doc,
    unreachable_pub
)]

use radiome_image::{BoundingBox, Image, Mask};

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FilterError {
    #[error("the image is too small")]
    TooSmall,
    #[error("no wavelet {0}")]
    UnknownWavelet(String),
}
#[derive(Clone, Debug, PartialEq)]
pub struct Wavelet(String);
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveletOptions {
    pub level: usize,
    pub start_level: usize,
    pub axes: [bool; 3],
}
impl Wavelet {
    pub fn named(name: &str) -> Result<Self, FilterError> {
        match name {
            "coif1" | "haar" | "db2" | "sym3" => Ok(Self(name.into())),
            _ => Err(FilterError::UnknownWavelet(name.into())),
        }
    }
}
pub fn sub_bands(o: &WaveletOptions) -> Vec<String> {
    let n = o.axes.iter().filter(|a| **a).count();
    let mut out = Vec::new();
    let word = |bits: usize| -> String {
        (0..n)
            .map(|i| {
                if bits >> (n - 1 - i) & 1 == 1 {
                    'H'
                } else {
                    'L'
                }
            })
            .collect()
    };
    let prefix = |level: usize| {
        if level == 1 {
            "wavelet".to_owned()
        } else {
            format!("wavelet{level}")
        }
    };
    for level in 1..=o.level {
        for bits in 1..1 << n {
            out.push(format!("{}-{}", prefix(level), word(bits)));
        }
    }
    out.push(format!("{}-{}", prefix(o.level), word(0)));
    out
}
