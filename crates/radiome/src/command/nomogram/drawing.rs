//! The drawing and the calculator of a nomogram.

use std::ffi::OsStr;
use std::path::Path;

use miette::IntoDiagnostic;
use radiome::report::axis_value;
use radiome::report::calculator::{
    Calculator, CalculatorLevel, CalculatorOutcome, CalculatorSpline, CalculatorVariable,
};
use radiome_figures::figure::nomogram::{self as figure, NomogramAxis, NomogramTick};
use radiome_figures::{Scene, Theme};
use radiome_stats::nomogram::{self, Nomogram};

use super::model::{Effect, Family, Model, Part};
use super::{OutcomeAxis, write};

/// Dots per inch of the PNG file, as in a study.
const DPI: f64 = 300.0;

/// All that a drawing shows.
pub(super) struct Drawing<'a> {
    pub(super) model: &'a Model,
    pub(super) nomogram: &'a Nomogram,
    pub(super) outcomes: &'a [OutcomeAxis],
    pub(super) max_points: f64,
}

impl Drawing<'_> {
    /// Writes the files that are asked for.
    pub(super) fn write(
        &self,
        svg: Option<&Path>,
        png: Option<&Path>,
        html: Option<&Path>,
    ) -> miette::Result<()> {
        let scene = self.scene();
        if let Some(path) = svg {
            write(path, scene.to_svg().as_bytes())?;
        }
        if let Some(path) = png {
            write(path, &scene.to_png(DPI).into_diagnostic()?)?;
        }
        if let Some(path) = html {
            write(
                path,
                self.calculator(&scene)
                    .render()
                    .into_diagnostic()?
                    .as_bytes(),
            )?;
        }
        Ok(())
    }

    fn scene(&self) -> Scene {
        let mut scene = figure::nomogram(&self.figure(), &Theme::default());
        scene.title = self.title();
        scene
    }

    fn figure(&self) -> figure::Nomogram {
        let tick = |label: String, points: f64| NomogramTick { label, points };
        let variables = self.parts().map(|(part, axis)| NomogramAxis {
            name: part.label.clone(),
            categorical: matches!(part.effect, Effect::Factor { .. }),
            ticks: axis
                .marks
                .iter()
                .map(|mark| tick(axis_value(&mark.label), mark.points))
                .collect(),
        });
        let number = |value: f64| axis_value(&value.to_string());
        let end = self
            .nomogram
            .total_points_axis
            .last()
            .copied()
            .unwrap_or(0.0);
        let marks = &self.nomogram.linear_predictor_axis;
        let linear_predictor = NomogramAxis {
            name: "Linear predictor".to_owned(),
            categorical: false,
            ticks: marks
                .iter()
                .filter(|(_, points)| (0.0..=end).contains(points))
                .map(|&(value, points)| tick(number(value), points))
                .collect(),
        };
        let outcomes = self.outcomes.iter().map(|outcome| NomogramAxis {
            name: outcome.name.clone(),
            categorical: false,
            ticks: outcome
                .marks
                .iter()
                .map(|&(value, points)| tick(number(value), points))
                .collect(),
        });
        figure::Nomogram {
            name: String::new(),
            max_points: self.max_points,
            variables: variables.collect(),
            max_total_points: end,
            outcomes: std::iter::once(linear_predictor).chain(outcomes).collect(),
        }
    }

    fn title(&self) -> String {
        match &self.model.family {
            Family::Logistic { outcome, positive } => {
                format!("Nomogram for {outcome} = {positive}")
            }
            Family::Cox { .. } => "Nomogram for the time to the event".to_owned(),
        }
    }

    fn calculator(&self, scene: &Scene) -> Calculator<'_> {
        // The page may go elsewhere than the folders of this machine.
        let source = self.model.source.as_str();
        let source = Path::new(source)
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or(source);
        let of = match (self.model.counts, &self.model.family) {
            (Some((n, events)), Family::Logistic { outcome, positive }) => format!(
                "The model was fitted to {n} rows of {source}, {events} of them with {outcome} = \
                 {positive}."
            ),
            (Some((n, events)), Family::Cox { .. }) => {
                format!("The model was fitted to {n} rows of {source} with {events} events.")
            }
            (None, _) => format!("The model is that of {source}."),
        };
        let (purpose, outcomes) = match &self.model.family {
            Family::Logistic { outcome, positive } => {
                let label = "Probability".to_owned();
                let baseline = None;
                (
                    format!("The probability of {outcome} = {positive} for one patient."),
                    vec![CalculatorOutcome { label, baseline }],
                )
            }
            Family::Cox { .. } => {
                let survivals = self
                    .outcomes
                    .iter()
                    .filter(|outcome| outcome.time.is_some());
                (
                    "The probability of no event up to a time, for one patient.".to_owned(),
                    survivals
                        .map(|outcome| CalculatorOutcome {
                            label: outcome.name.clone(),
                            baseline: outcome.baseline,
                        })
                        .collect(),
                )
            }
        };
        Calculator {
            name: source,
            version: env!("CARGO_PKG_VERSION"),
            purpose,
            performance: format!(
                "{of} How well it does on patients that it has not seen is not known."
            ),
            variables: self
                .parts()
                .map(|(part, axis)| self.variable(part, axis))
                .collect(),
            intercept: self.model.intercept,
            outcomes,
            cutoff: None,
            svg: scene.to_svg(),
            places: figure::places(&self.figure(), &Theme::default()),
        }
    }

    fn variable(&self, part: &Part, axis: &nomogram::NomogramAxis) -> CalculatorVariable {
        let mut marks: Vec<(f64, f64)> = axis
            .marks
            .iter()
            .filter_map(|mark| Some((mark.value?, mark.points)))
            .collect();
        marks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ends = marks.first().zip(marks.last()).map(|(&a, &b)| [a, b]);
        let label = part.label.clone();
        let variable = match &part.effect {
            Effect::Number { coefficient, .. } => {
                CalculatorVariable::number(label, *coefficient, ends)
            }
            Effect::Spline {
                knots,
                coefficients,
                ..
            } => {
                let (straight, bends) = coefficients.split_first().unwrap_or((&0.0, &[]));
                let mut variable = CalculatorVariable::number(label, *straight, ends);
                variable.spline = Some(CalculatorSpline {
                    knots: knots.clone(),
                    coefficients: bends.to_vec(),
                    least_effect: axis.least_effect,
                    points_per_unit: self.nomogram.points_per_unit,
                });
                variable
            }
            Effect::Factor { levels } => {
                let points = |name: &str| axis.marks.iter().find(|mark| mark.label == name);
                let levels = levels.iter().filter_map(|(name, coefficient)| {
                    Some(CalculatorLevel {
                        name: name.clone(),
                        coefficient: *coefficient,
                        points: points(name)?.points,
                    })
                });
                CalculatorVariable::factor(label, levels.collect())
            }
        };
        CalculatorVariable {
            name: part.variable.clone(),
            ..variable
        }
    }

    /// Each predictor with its axis.
    fn parts(&self) -> impl Iterator<Item = (&Part, &nomogram::NomogramAxis)> {
        self.model.parts.iter().zip(&self.nomogram.axes)
    }
}
