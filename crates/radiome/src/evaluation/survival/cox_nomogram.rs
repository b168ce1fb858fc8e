//! The nomogram of the Cox model of the nomogram's linear predictor and the stage.

use nalgebra::DMatrix;
use radiome_stats::nomogram::{self as points, NomogramPredictor, NomogramValues};
use radiome_stats::survival::{CoxTies, cox_regression};

use super::super::models::{MAX_POINTS, training_range};
use super::super::performance::LEVEL;
use super::estimates::{Times, complete};
use super::hazard::SEPARATED;
use crate::results::{CoxNomogram, NomogramAxis, NomogramLevel, SurvivalAxis};

/// Survivals that are marked, as far as the points reach.
const MARKS: [f64; 13] = [
    0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.01,
];

/// Points of a Cox model as `rms::nomogram` gives them: the linear predictor is centred at the means
/// of the columns, and the survival at a time is `baseline ^ exp(linear predictor)`.
///
/// `stage` is the column's name, each patient's value as an ordered number, and the label of each
/// such number.
pub(super) fn cox_nomogram(
    times: &Times,
    nomogram: &[f64],
    (name, stage, labels): (&str, &[f64], &[(f64, String)]),
    at: &[f64],
) -> CoxNomogram {
    fitted(times, nomogram, (name, stage, labels), at).unwrap_or_else(|reason| CoxNomogram {
        reason: Some(reason),
        ..CoxNomogram::default()
    })
}

fn fitted(
    times: &Times,
    nomogram: &[f64],
    (name, stage, labels): (&str, &[f64], &[(f64, String)]),
    at: &[f64],
) -> Result<CoxNomogram, String> {
    let (time, event, columns) = complete(times, &[nomogram, stage]);
    let x = DMatrix::from_fn(time.len(), 2, |row, column| columns[column][row]);
    let model = cox_regression(&x, &time, &event, CoxTies::Efron, LEVEL)
        .map_err(|error| error.to_string())?;
    if model.separation {
        return Err(SEPARATED.to_owned());
    }
    let (Some(baseline), [of_nomogram, of_stage]) =
        (model.baseline.first(), model.coefficients.as_slice())
    else {
        return Err("the model has no baseline".to_owned());
    };
    let center: f64 = x
        .column_iter()
        .zip(&model.coefficients)
        .map(|(column, term)| column.mean() * term.estimate)
        .sum();
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (low, high) = range(&mut columns[0].iter().copied());
    let mut stages: Vec<f64> = columns[1].clone();
    stages.sort_by(f64::total_cmp);
    stages.dedup();
    let predictors = [
        NomogramPredictor {
            name: "nomogram".to_owned(),
            values: NomogramValues::Range {
                low,
                high,
                coefficient: of_nomogram.estimate,
            },
        },
        NomogramPredictor {
            name: name.to_owned(),
            values: NomogramValues::Values {
                values: stages,
                coefficient: of_stage.estimate,
            },
        },
    ];
    let seen = range(&mut model.linear_predictor.iter().map(|score| score - center));
    let drawn = points::nomogram(&predictors, -center, seen, MAX_POINTS)
        .map_err(|error| error.to_string())?;
    let reach = drawn.total_points_axis.last().copied().unwrap_or(0.0);
    let label = |value: Option<f64>, written: &str| {
        let named = labels.iter().find(|(number, _)| Some(*number) == value);
        named.map_or_else(|| written.to_owned(), |(_, label)| label.clone())
    };
    let axes = drawn.axes.iter().enumerate().map(|(place, axis)| {
        let levels = axis.marks.iter().map(|mark| NomogramLevel {
            value: match place {
                0 => mark.label.clone(),
                _ => label(mark.value, &mark.label),
            },
            points: mark.points,
        });
        NomogramAxis {
            training_range: predictors.get(place).and_then(training_range),
            variable: axis.name.clone(),
            levels: levels.collect(),
        }
    });
    let survival = at.iter().map(|&horizon| {
        let survival = baseline.survival_at(horizon, center);
        let marks = MARKS.iter().filter_map(|&mark| {
            let points = drawn.total_points_at_survival(mark, survival)?;
            (0.0..=reach).contains(&points).then_some([mark, points])
        });
        SurvivalAxis {
            time: horizon,
            baseline: survival,
            at_risk: time.iter().filter(|&&time| time >= horizon).count(),
            marks: marks.collect(),
        }
    });
    Ok(CoxNomogram {
        axes: axes.collect(),
        points_per_unit: drawn.points_per_unit,
        linear_predictor_at_zero: drawn.linear_predictor_at_zero,
        total_points: drawn.total_points_axis.clone(),
        survival: survival.collect(),
        reason: None,
    })
}
