//! The discrete wavelets by name, and their decomposition filters.

use super::super::FilterError;
use crate::nearest_name;

/// Name, scale and one or two low-pass filters of every wavelet but `haar` and the `rbio`.
const TABLE: &str = include_str!("../../../data/wavelets.csv");

/// A discrete wavelet: a pair of decomposition filters.
///
/// ```
/// use radiome_image::filter::Wavelet;
///
/// let haar = Wavelet::named("haar")?;
/// let half = 0.5_f64.sqrt();
/// assert_eq!(haar.low_pass(), [half, half]);
/// assert_eq!(haar.high_pass(), [-half, half]);
/// # Ok::<(), radiome_image::filter::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Wavelet {
    name: String,
    /// Decomposition filters, still to be multiplied by `scale` in the precision of the image.
    low: Vec<f64>,
    high: Vec<f64>,
    scale: f64,
}

/// One line of the table.
struct Row<'a> {
    name: &'a str,
    scale: &'a str,
    /// Low-pass filter of the reconstruction.
    lowpass: &'a str,
    /// Low-pass filter of the decomposition, where it is not the same reversed.
    dual: &'a str,
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    TABLE.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        Some(Row {
            name: cells.next()?,
            scale: cells.next()?,
            lowpass: cells.next()?,
            dual: cells.next()?,
        })
    })
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split(' ').map(|number| number.parse().ok()).collect()
}

fn reversed(filter: &[f64]) -> Vec<f64> {
    filter.iter().rev().copied().collect()
}

impl Wavelet {
    /// The wavelet of that name, as PyWavelets calls it: `haar`, `db1` to `db38`, `sym2` to
    /// `sym20`, `coif1` to `coif17`, `bior1.1` to `bior6.8`, `rbio1.1` to `rbio6.8`, `dmey`.
    ///
    /// # Errors
    /// [`FilterError::UnknownWavelet`], with the name it most resembles.
    pub fn named(name: &str) -> Result<Self, FilterError> {
        Self::from_table(name).ok_or_else(|| {
            let names = Self::names();
            FilterError::UnknownWavelet {
                name: name.into(),
                nearest: nearest_name(name, names.iter().map(String::as_str)).map(Into::into),
            }
        })
    }

    fn from_table(name: &str) -> Option<Self> {
        let (listed, exchanged) = match name.strip_prefix("rbio") {
            Some(order) => (format!("bior{order}"), true),
            None if name == "haar" => ("db1".into(), false),
            None => (name.into(), false),
        };
        let row = rows().find(|row| row.name == listed)?;
        let mut reconstruction = numbers(row.lowpass)?;
        let mut low = if row.dual.is_empty() {
            reversed(&reconstruction)
        } else {
            numbers(row.dual)?
        };
        if exchanged {
            (low, reconstruction) = (reversed(&reconstruction), reversed(&low));
        }
        // The alternating flip of quadrature mirror filters.
        let last = reconstruction.len().saturating_sub(1);
        let high = reconstruction
            .iter()
            .enumerate()
            .map(|(i, &value)| if (last - i) % 2 == 1 { -value } else { value })
            .collect();
        Some(Self {
            name: name.into(),
            low,
            high,
            scale: row.scale.parse().ok()?,
        })
    }

    /// All names, in PyWavelets' order (`pywt.wavelist(kind="discrete")`).
    #[must_use]
    pub fn names() -> Vec<String> {
        let listed = |family: &'static str| {
            rows()
                .map(|row| row.name)
                .filter(move |name| name.starts_with(family))
        };
        let orders = listed("bior").filter_map(|name| name.strip_prefix("bior"));
        ["bior", "coif", "db", "dmey"]
            .into_iter()
            .flat_map(listed)
            .map(Into::into)
            .chain(["haar".into()])
            .chain(orders.map(|order| format!("rbio{order}")))
            .chain(listed("sym").map(Into::into))
            .collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The low-pass decomposition filter (`pywt.Wavelet.dec_lo`).
    #[must_use]
    pub fn low_pass(&self) -> Vec<f64> {
        self.low.iter().map(|value| value * self.scale).collect()
    }

    /// The high-pass decomposition filter (`pywt.Wavelet.dec_hi`).
    #[must_use]
    pub fn high_pass(&self) -> Vec<f64> {
        self.high.iter().map(|value| value * self.scale).collect()
    }

    /// Low-pass and high-pass filter before scaling, and the scale: coiflets are scaled in the
    /// precision of the image, which for 32 bits is not the same as rounding the 64-bit filter.
    pub(super) fn unscaled(&self) -> (&[f64], &[f64], f64) {
        (&self.low, &self.high, self.scale)
    }
}
