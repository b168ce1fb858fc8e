//! Scales from data to the page, and round numbers for ticks.

use crate::number;

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it stands, in data units.
    pub value: f64,
    /// What is written beside it.
    pub label: String,
}

/// Whether equal distances mean equal differences or equal ratios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Equal distances are equal differences.
    Linear,
    /// Equal distances are equal ratios; the domain is above zero.
    Log,
}

/// A map from numbers (the domain) to places on the page (the range).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: Kind,
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// A linear scale. A domain without width is widened by a half to each side.
    #[must_use]
    pub fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        let domain = if domain.0 == domain.1 {
            (domain.0 - 0.5, domain.1 + 0.5)
        } else {
            domain
        };
        Self {
            kind: Kind::Linear,
            domain,
            range,
        }
    }

    /// A logarithmic scale. A domain without width is widened by a factor of two to each side.
    #[must_use]
    pub fn log(domain: (f64, f64), range: (f64, f64)) -> Self {
        let domain = if domain.0 == domain.1 {
            (domain.0 / 2.0, domain.1 * 2.0)
        } else {
            domain
        };
        Self {
            kind: Kind::Log,
            domain,
            range,
        }
    }

    /// The place of a value. Values outside the domain lie outside the range; on a log scale a
    /// value that is not above zero gives not-a-number.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let share = match self.kind {
            Kind::Linear => (value - self.domain.0) / (self.domain.1 - self.domain.0),
            Kind::Log if value > 0.0 => {
                (value / self.domain.0).ln() / (self.domain.1 / self.domain.0).ln()
            }
            Kind::Log => f64::NAN,
        };
        self.range.0 + share * (self.range.1 - self.range.0)
    }
}

/// Equal slots for things that have a name and no number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Category {
    count: usize,
    range: (f64, f64),
}

impl Category {
    /// `count` equal slots over the range.
    #[must_use]
    pub fn new(count: usize, range: (f64, f64)) -> Self {
        Self { count, range }
    }

    /// Width of one slot.
    #[must_use]
    pub fn step(&self) -> f64 {
        (self.range.1 - self.range.0) / self.count.max(1) as f64
    }

    /// Centre of slot `index`, counted from 0.
    #[must_use]
    pub fn position(&self, index: usize) -> f64 {
        self.range.0 + (index as f64 + 0.5) * self.step()
    }
}

/// A step of 1, 2, 2.5 or 5 times a power of ten, as (mantissa, exponent).
fn step(low: f64, high: f64, target: usize) -> Option<(f64, i32)> {
    let raw = (high - low) / target.max(1) as f64;
    if !(raw.is_finite() && raw > 0.0) {
        return None;
    }
    let mut exponent = raw.log10().floor() as i32;
    let share = raw / 10f64.powi(exponent);
    let mantissa = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .find(|&m| share <= m * (1.0 + 1e-9));
    let mantissa = mantissa.unwrap_or_else(|| {
        exponent += 1;
        1.0
    });
    Some((mantissa, exponent))
}

/// `index` steps, by one multiplication or division so that 3 steps of 0.1 are the double 0.3.
fn multiple(index: f64, (mantissa, exponent): (f64, i32)) -> f64 {
    if exponent < 0 {
        index * mantissa / 10f64.powi(-exponent)
    } else {
        index * mantissa * 10f64.powi(exponent)
    }
}

/// Round numbers from `low` to `high`, both included where they are round, about `target` apart.
///
/// The step is 1, 2, 2.5 or 5 times a power of ten, the smallest that leaves at most
/// `target` + 1 numbers. Empty if the limits are not finite or not in order.
#[must_use]
pub fn pretty(low: f64, high: f64, target: usize) -> Vec<f64> {
    let Some(step) = step(low, high, target) else {
        return Vec::new();
    };
    let size = multiple(1.0, step);
    let first = (low / size - 1e-9).ceil();
    let last = (high / size + 1e-9).floor();
    // Far from zero a step can be lost in rounding; such an axis goes without.
    if !(last - first).is_finite() || last - first > 1000.0 {
        return Vec::new();
    }
    (0..=(last - first) as usize)
        .map(|i| multiple(first + i as f64, step) + 0.0)
        .collect()
}

/// The limits widened outwards to the next round number of [`pretty`].
#[must_use]
pub fn nice(low: f64, high: f64, target: usize) -> (f64, f64) {
    let Some(step) = step(low, high, target) else {
        return (low, high);
    };
    let size = multiple(1.0, step);
    (
        multiple((low / size + 1e-9).floor(), step) + 0.0,
        multiple((high / size - 1e-9).ceil(), step) + 0.0,
    )
}

/// [`pretty`] numbers as ticks, all with the digits that the step needs.
#[must_use]
pub fn linear_ticks(low: f64, high: f64, target: usize) -> Vec<Tick> {
    labelled(pretty(low, high, target))
}

/// Numbers as ticks, all with as many decimals as the one that needs most (at most six).
#[must_use]
pub fn labelled(values: Vec<f64>) -> Vec<Tick> {
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let decimals = (0..=6).find(|&d| {
        let power = 10f64.powi(d);
        values
            .iter()
            .all(|v| (v * power - (v * power).round()).abs() <= 1e-6 * power * largest / 1e3)
    });
    values
        .iter()
        .map(|&value| {
            let label = match decimals {
                Some(d) if largest < 1e7 => number::fixed(value, d as usize),
                _ if value == 0.0 => "0".to_string(),
                _ => format!("{value:.3e}").replace('-', "−"),
            };
            Tick { value, label }
        })
        .collect()
}

/// Ticks for a log axis: 1, 2 and 5 times powers of ten, or powers of ten alone where those
/// would be too many, or round numbers where the axis spans too little for either.
#[must_use]
pub fn log_ticks(low: f64, high: f64, target: usize) -> Vec<Tick> {
    if !(low > 0.0 && high > low && high.is_finite()) {
        return Vec::new();
    }
    let (from, to) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let inside = |v: &f64| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9);
    let power = |m: f64, e: i32| {
        if e < 0 {
            m / 10f64.powi(-e)
        } else {
            m * 10f64.powi(e)
        }
    };
    for mantissas in [&[1.0, 2.0, 5.0][..], &[1.0][..]] {
        let values: Vec<f64> = (from..=to)
            .flat_map(|e| mantissas.iter().map(move |&m| power(m, e)))
            .filter(inside)
            .collect();
        if values.len() < 3 {
            return linear_ticks(low, high, target);
        }
        if values.len() <= target + 1 {
            return values
                .iter()
                .map(|&value| Tick {
                    value,
                    label: plain(value),
                })
                .collect();
        }
    }
    let stride = (to - from) / target.max(1) as i32 + 1;
    (from..=to)
        // Counted from 1, so that 1 is among them.
        .filter(|e| e % stride == 0)
        .map(|e| power(1.0, e))
        .filter(inside)
        .map(|value| Tick {
            value,
            label: plain(value),
        })
        .collect()
}

fn plain(value: f64) -> String {
    if (1e-3..1e6).contains(&value) {
        format!("{value}")
    } else {
        format!("{value:e}").replace('-', "−")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn round_numbers_on_known_ranges() {
        assert_eq!(pretty(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(pretty(0.0, 1.0, 10)[3], 0.3);
        assert_eq!(pretty(-1.3, 2.2, 5), [-1.0, 0.0, 1.0, 2.0]);
        assert_eq!(
            pretty(0.0, 60.0, 6),
            [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
        );
        assert_eq!(pretty(3.0, 97.0, 5), [20.0, 40.0, 60.0, 80.0]);
        assert_eq!(pretty(0.0, 100.0, 4), [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(pretty(1e-5, 4e-5, 3), [1e-5, 2e-5, 3e-5, 4e-5]);
        assert!(pretty(1.0, 1.0, 5).is_empty());
        assert!(pretty(f64::NAN, 1.0, 5).is_empty());
        assert!(pretty(1e300, 1e300 * (1.0 + 1e-15), 5).len() < 1001);
    }

    #[test]
    fn limits_widen_to_round_numbers() {
        assert_eq!(nice(0.03, 0.97, 5), (0.0, 1.0));
        assert_eq!(nice(-1.3, 2.2, 5), (-2.0, 3.0));
        assert_eq!(nice(0.0, 1.0, 5), (0.0, 1.0));
    }

    #[test]
    fn labels_share_their_decimals() {
        assert_eq!(
            labels(&linear_ticks(0.0, 1.0, 4)),
            ["0.00", "0.25", "0.50", "0.75", "1.00"]
        );
        assert_eq!(labels(&linear_ticks(-0.2, 0.2, 2)), ["−0.2", "0.0", "0.2"]);
        assert_eq!(labels(&linear_ticks(0.0, 60.0, 3)), ["0", "20", "40", "60"]);
        assert_eq!(
            labels(&linear_ticks(0.001, 0.003, 2)),
            ["0.001", "0.002", "0.003"]
        );
    }

    #[test]
    fn log_ticks_on_known_ranges() {
        assert_eq!(
            labels(&log_ticks(0.5, 10.0, 6)),
            ["0.5", "1", "2", "5", "10"]
        );
        assert_eq!(
            labels(&log_ticks(0.01, 100.0, 6)),
            ["0.01", "0.1", "1", "10", "100"]
        );
        assert_eq!(
            labels(&log_ticks(0.9, 1.1, 4)),
            ["0.90", "0.95", "1.00", "1.05", "1.10"]
        );
        assert_eq!(labels(&log_ticks(1e-5, 1e4, 3)), ["1e−4", "1", "10000"]);
        assert!(log_ticks(0.0, 1.0, 5).is_empty());
        assert!(log_ticks(1e-300, 1e300, 5).len() <= 7);
    }

    #[test]
    fn scales_meet_their_ends() {
        let s = Scale::linear((2.0, 4.0), (100.0, 0.0));
        assert_eq!(
            [s.position(2.0), s.position(3.0), s.position(4.0)],
            [100.0, 50.0, 0.0]
        );
        let s = Scale::log((0.1, 10.0), (0.0, 100.0));
        assert!((s.position(1.0) - 50.0).abs() < 1e-12);
        assert!(s.position(0.0).is_nan());
        assert_eq!(Scale::linear((1.0, 1.0), (0.0, 10.0)).position(1.0), 5.0);
        let c = Category::new(4, (0.0, 100.0));
        assert_eq!([c.position(0), c.position(3), c.step()], [12.5, 87.5, 25.0]);
    }
}
