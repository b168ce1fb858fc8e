//! Points of a nomogram, as `rms::nomogram` gives them.

mod outcome;

use serde::Serialize;
use thiserror::Error;

/// Number of intervals aimed at on an axis, as in rms (`nint`).
pub const INTERVALS: usize = 10;

/// Why a nomogram could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NomogramError {
    /// There is no predictor.
    #[error("a nomogram needs at least one predictor")]
    NoPredictor,
    /// A predictor has no usable values.
    #[error("predictor {name}: {problem}")]
    BadPredictor {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// No predictor changes the linear predictor over its axis.
    #[error("no predictor changes the risk over its axis, so there is nothing to give points for")]
    NoEffect,
    /// The points of the widest axis have no meaning.
    #[error("the widest axis cannot have {found} points: give a number above 0")]
    BadScale {
        /// What was given.
        found: f64,
    },
    /// A number that must be finite is not.
    #[error("{what} is not a finite number")]
    NonFinite {
        /// Which.
        what: &'static str,
    },
}

/// What an axis spans.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NomogramValues {
    /// A continuous predictor: marks at [`pretty`] values that cover the range of the data.
    Range {
        /// Smallest value in the data.
        low: f64,
        /// Largest value.
        high: f64,
        /// Log odds (or log hazard) a unit.
        coefficient: f64,
    },
    /// Marks at these values, e.g. the grades of a score.
    Values {
        /// The values.
        values: Vec<f64>,
        /// Log odds (or log hazard) a unit.
        coefficient: f64,
    },
    /// A predictor whose effect is not linear in its value, such as a spline: marks at these values.
    Curve {
        /// The values.
        values: Vec<f64>,
        /// Contribution of each to the linear predictor.
        effects: Vec<f64>,
    },
    /// A factor: a label and its effect for each level; 0 for the reference.
    Levels {
        /// Labels.
        labels: Vec<String>,
        /// Log odds ratio of each to the reference.
        effects: Vec<f64>,
    },
}

/// A predictor of the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NomogramPredictor {
    /// Name.
    pub name: String,
    /// Its axis and effect.
    pub values: NomogramValues,
}

/// A mark on a predictor's axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NomogramMark {
    /// What is written there.
    pub label: String,
    /// The value; `None` for the level of a factor.
    pub value: Option<f64>,
    /// Contribution to the linear predictor.
    pub effect: f64,
    /// Points.
    pub points: f64,
}

/// An axis of a predictor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NomogramAxis {
    /// Name of the predictor.
    pub name: String,
    /// Marks, in the order of the values.
    pub marks: Vec<NomogramMark>,
    /// Effect of one unit; `None` for a factor or a curve.
    pub coefficient: Option<f64>,
    /// Smallest effect on the axis: it gets 0 points.
    pub least_effect: f64,
}

/// A nomogram of a model with additive effects on a linear predictor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Nomogram {
    /// Axes, in the order of the predictors.
    pub axes: Vec<NomogramAxis>,
    /// Points a unit of the linear predictor.
    pub points_per_unit: f64,
    /// Linear predictor at 0 points.
    pub linear_predictor_at_zero: f64,
    /// Marks of the linear predictor's axis and their total points.
    pub linear_predictor_axis: Vec<(f64, f64)>,
    /// Marks of the axis of total points.
    pub total_points_axis: Vec<f64>,
}

/// Round numbers that cover a range in about `intervals` steps (R's `pretty` with its defaults).
///
/// The step is 1, 2, 5 or 10 times a power of ten. A range without width, or one that is not finite,
/// gives its lower end alone.
#[must_use]
pub fn pretty(low: f64, high: f64, intervals: usize) -> Vec<f64> {
    if !(low.is_finite() && high.is_finite() && high > low) {
        return vec![low];
    }
    let cell = (high - low) / intervals.max(1) as f64;
    let base = 10.0_f64.powf(cell.log10().floor());
    // R's bias towards rounder steps: h = 1.5, h5 = 0.5 + 1.5 h
    let (h, h5) = (1.5, 2.75);
    let mut unit = base;
    if 2.0 * base - cell < h * (cell - unit) {
        unit = 2.0 * base;
        if 5.0 * base - cell < h5 * (cell - unit) {
            unit = 5.0 * base;
            if 10.0 * base - cell < h * (cell - unit) {
                unit = 10.0 * base;
            }
        }
    }
    let slack = 1e-7;
    let first = (low / unit + slack).floor();
    let last = (high / unit - slack).ceil();
    let count = (last - first) as usize;
    // dividing by a whole number keeps marks such as 0.3 exact
    let whole = (1.0 / unit).round();
    (0..=count)
        .map(|k| {
            let step = first + k as f64;
            if unit < 1.0 {
                step / whole * (whole * unit).round()
            } else {
                step * unit
            }
        })
        .collect()
}

/// Axes and points of a nomogram (`rms::nomogram` with its defaults; `max_points` is its `maxscale`,
/// usually 100).
///
/// With e the effect of a value on the linear predictor, its points are `max_points` (e - least e of
/// the axis) / (widest range of e over the axes). `intercept` is the constant of the linear predictor:
/// that of a logistic model; for a Cox model 0 or, as in rms, minus the effects at the means of the
/// columns. `low` and `high` are the smallest and largest linear predictor in the data, for the axes of
/// the linear predictor and of total points, which runs from 0 to the largest mark of the linear
/// predictor, and at least to `max_points` (with a single predictor just to there). Values outside an
/// axis may have fewer than 0 or more than `max_points` points.
///
/// # Errors
/// No predictor, a predictor without values or with such that are not finite, no effect at all, or
/// `max_points` that are not above 0.
pub fn nomogram(
    predictors: &[NomogramPredictor],
    intercept: f64,
    (low, high): (f64, f64),
    max_points: f64,
) -> Result<Nomogram, NomogramError> {
    if !(max_points.is_finite() && max_points > 0.0) {
        return Err(NomogramError::BadScale { found: max_points });
    }
    if predictors.is_empty() {
        return Err(NomogramError::NoPredictor);
    }
    if !intercept.is_finite() {
        return Err(NomogramError::NonFinite {
            what: "the intercept",
        });
    }
    if !(low.is_finite() && high.is_finite()) {
        return Err(NomogramError::NonFinite {
            what: "the range of the linear predictor",
        });
    }
    let mut axes = Vec::with_capacity(predictors.len());
    let mut widest = 0.0_f64;
    for predictor in predictors {
        let (axis, range) = axis_of(predictor)?;
        widest = widest.max(range);
        axes.push(axis);
    }
    let points_per_unit = max_points / widest;
    if !(points_per_unit.is_finite() && widest > 0.0) {
        return Err(NomogramError::NoEffect);
    }
    let mut zero = intercept;
    for axis in &mut axes {
        zero += axis.least_effect;
        for mark in &mut axis.marks {
            mark.points = points_per_unit * (mark.effect - axis.least_effect);
        }
    }
    let linear_predictor_axis: Vec<(f64, f64)> = pretty(low, high, INTERVALS)
        .into_iter()
        .map(|l| (l, (l - zero) * points_per_unit))
        .collect();
    let top = if axes.len() == 1 {
        max_points
    } else {
        let last = linear_predictor_axis.last().map_or(0.0, |m| m.1);
        last.max(max_points)
    };
    Ok(Nomogram {
        axes,
        points_per_unit,
        linear_predictor_at_zero: zero,
        total_points_axis: pretty(0.0, top, INTERVALS),
        linear_predictor_axis,
    })
}

fn axis_of(predictor: &NomogramPredictor) -> Result<(NomogramAxis, f64), NomogramError> {
    let bad = |problem: &str| NomogramError::BadPredictor {
        name: predictor.name.clone(),
        problem: problem.to_owned(),
    };
    let mark = |label: String, value: Option<f64>, effect: f64| NomogramMark {
        label,
        value,
        effect,
        points: 0.0,
    };
    let numeric = |values: &[f64], coefficient: f64| -> Vec<NomogramMark> {
        values
            .iter()
            .map(|v| mark(v.to_string(), Some(*v), coefficient * v))
            .collect()
    };
    let (marks, coefficient) = match &predictor.values {
        NomogramValues::Range {
            low,
            high,
            coefficient,
        } => {
            if !(low.is_finite() && high.is_finite() && low <= high) {
                return Err(bad("its range must be two finite numbers, the lower first"));
            }
            (
                numeric(&pretty(*low, *high, INTERVALS), *coefficient),
                Some(*coefficient),
            )
        }
        NomogramValues::Values {
            values,
            coefficient,
        } => (numeric(values, *coefficient), Some(*coefficient)),
        NomogramValues::Curve { values, effects } => {
            if values.len() != effects.len() {
                return Err(bad("it has not as many effects as values"));
            }
            let marks = values
                .iter()
                .zip(effects)
                .map(|(v, e)| mark(v.to_string(), Some(*v), *e))
                .collect();
            (marks, None)
        }
        NomogramValues::Levels { labels, effects } => {
            if labels.len() != effects.len() {
                return Err(bad("it has not as many effects as labels"));
            }
            let marks = labels
                .iter()
                .zip(effects)
                .map(|(l, e)| mark(l.clone(), None, *e))
                .collect();
            (marks, None)
        }
    };
    if marks.is_empty() {
        return Err(bad("it has no values"));
    }
    if marks.iter().any(|m| !m.effect.is_finite()) {
        return Err(bad("an effect is not a finite number"));
    }
    let least_effect = marks.iter().map(|m| m.effect).fold(f64::INFINITY, f64::min);
    let largest = marks
        .iter()
        .map(|m| m.effect)
        .fold(f64::NEG_INFINITY, f64::max);
    let axis = NomogramAxis {
        name: predictor.name.clone(),
        marks,
        coefficient,
        least_effect,
    };
    Ok((axis, largest - least_effect))
}

impl Nomogram {
    /// Points of a value on the axis of a numeric predictor; `None` for a factor, a curve, or no such
    /// axis.
    #[must_use]
    pub fn points(&self, axis: usize, value: f64) -> Option<f64> {
        let axis = self.axes.get(axis)?;
        Some(self.points_per_unit * (axis.coefficient? * value - axis.least_effect))
    }

    /// Linear predictor at a sum of points.
    #[must_use]
    pub fn linear_predictor(&self, total_points: f64) -> f64 {
        self.linear_predictor_at_zero + total_points / self.points_per_unit
    }

    /// Sum of points at a linear predictor.
    #[must_use]
    pub fn total_points(&self, linear_predictor: f64) -> f64 {
        (linear_predictor - self.linear_predictor_at_zero) * self.points_per_unit
    }
}
