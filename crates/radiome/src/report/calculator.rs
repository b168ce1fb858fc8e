//! The calculator: a page that works out the probability of one patient.

use askama::Template;
use radiome_figures::figure::nomogram::NomogramPlaces;
use serde::Serialize;

use super::figures::{is_factor, nomogram_places};
use super::format::{count, cross_validated, in_sentence, level_of, plain, sentence, term};
use super::summary::few_in;
use super::{Figure, ReportError};
use crate::results::{NomogramAxis, NomogramModel, RegressionTerm, Results};

/// A calculator of one model, ready to be written as a page.
#[derive(Clone, Debug)]
pub struct Calculator<'a> {
    /// Title of the page.
    pub name: &'a str,
    /// Version of radiome that made the model.
    pub version: &'a str,
    /// What is worked out, as a sentence.
    pub purpose: String,
    /// How well it does, as a sentence.
    pub performance: String,
    /// The inputs.
    pub variables: Vec<CalculatorVariable>,
    /// Constant of the linear predictor.
    pub intercept: f64,
    /// What is shown of the linear predictor.
    pub outcomes: Vec<CalculatorOutcome>,
    /// A cut-off on the first outcome.
    pub cutoff: Option<f64>,
    /// The drawing of the nomogram; empty for none.
    pub svg: String,
    /// Where its axes lie, in the order of the inputs; `None` for a drawing that no line is drawn
    /// through.
    pub places: Option<NomogramPlaces>,
}

#[derive(Template)]
#[template(path = "nomogram.html")]
struct CalculatorPage<'a> {
    name: &'a str,
    version: &'a str,
    purpose: &'a str,
    /// Why there is no nomogram, if there is none.
    reason: Option<String>,
    variables: &'a [CalculatorVariable],
    outcomes: &'a [CalculatorOutcome],
    svg: &'a str,
    /// Whether lines are drawn through the drawing.
    has_places: bool,
    /// How well the nomogram does, in a sentence.
    performance: &'a str,
    /// The model as JSON that is safe inside a script element.
    model: String,
}

/// A probability that is worked out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatorOutcome {
    /// What stands beside it.
    pub label: String,
    /// Of a Cox model, the survival at linear predictor 0; `None` for a logistic model.
    pub baseline: Option<f64>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatorVariable {
    /// Its name in the address of the page: `nomogram.html#age=61&margin=1`.
    pub name: String,
    /// What stands beside the input.
    pub label: String,
    /// Range of a number's axis.
    pub range: Option<CalculatorRange>,
    /// Smallest and largest value of a number that the model was fitted on, where it is known.
    pub training: Option<[f64; 2]>,
    /// Contribution of one unit to the linear predictor; 0 for a factor.
    pub coefficient: f64,
    /// Points at the lower end of a number's axis, and for one unit.
    pub points: Option<[f64; 2]>,
    /// Bends of a number's effect between knots.
    pub spline: Option<CalculatorSpline>,
    /// Levels of a factor; empty for a number.
    pub levels: Vec<CalculatorLevel>,
}

impl CalculatorVariable {
    /// A number with the points at two values of its axis, the first below the second; without the
    /// second there is no range.
    #[must_use]
    pub fn number(label: String, coefficient: f64, ends: Option<[(f64, f64); 2]>) -> Self {
        let ends = ends.filter(|[(lower, _), (upper, _)]| upper > lower);
        Self {
            name: label.clone(),
            training: None,
            label,
            range: ends.map(|[(lower, _), (upper, _)]| CalculatorRange {
                lower,
                upper,
                step: 10f64.powf(((upper - lower) / 100.0).log10().floor()),
            }),
            coefficient,
            points: ends
                .map(|[(lower, first), (upper, last)]| [first, (last - first) / (upper - lower)]),
            spline: None,
            levels: Vec::new(),
        }
    }

    /// A factor.
    #[must_use]
    pub fn factor(label: String, levels: Vec<CalculatorLevel>) -> Self {
        Self {
            name: label.clone(),
            training: None,
            label,
            range: None,
            coefficient: 0.0,
            points: None,
            spline: None,
            levels,
        }
    }

    fn needs_rad_score(&self) -> bool {
        self.label.starts_with("Rad-score")
    }

    /// Which values the model was made for.
    fn hint(&self) -> Option<String> {
        let written = |[low, high]: [f64; 2]| format!("{} to {}", plain(low), plain(high));
        match (&self.range, self.training) {
            (_, Some(training)) => Some(format!("{} in training.", written(training))),
            (Some(range), None) => Some(format!(
                "{} on the axis.",
                written([range.lower, range.upper])
            )),
            (None, None) => None,
        }
    }
}

/// Range of a number's axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatorRange {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Step of the slider.
    pub step: f64,
}

/// What a restricted cubic spline adds to the straight effect of a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatorSpline {
    /// Its knots, ascending.
    pub knots: Vec<f64>,
    /// One coefficient for each knot but the last two.
    pub coefficients: Vec<f64>,
    /// Effect that has no points.
    pub least_effect: f64,
    /// Points for one unit of the linear predictor.
    pub points_per_unit: f64,
}

/// A level of a factor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalculatorLevel {
    /// Its name.
    pub name: String,
    /// Contribution to the linear predictor, against the reference level.
    pub coefficient: f64,
    /// Its points.
    pub points: f64,
}

#[derive(Serialize)]
struct Model<'a> {
    intercept: f64,
    cutoff: Option<f64>,
    outcomes: &'a [CalculatorOutcome],
    variables: &'a [CalculatorVariable],
    places: Option<Places<'a>>,
}

/// Where the axes of the drawing lie.
#[derive(Serialize)]
struct Places<'a> {
    start: f64,
    end: f64,
    point: f64,
    total_point: f64,
    points: f64,
    variables: &'a [f64],
    total_points: f64,
    outcomes: &'a [f64],
}

impl<'a> Places<'a> {
    fn of(places: &'a NomogramPlaces) -> Self {
        Self {
            start: places.start,
            end: places.end,
            point: places.point,
            total_point: places.total_point,
            points: places.points,
            variables: &places.variables,
            total_points: places.total_points,
            outcomes: &places.outcomes,
        }
    }
}

impl Calculator<'_> {
    /// The page.
    ///
    /// # Errors
    /// [`ReportError`] if it cannot be put together.
    pub fn render(&self) -> Result<String, ReportError> {
        self.page(None)
    }

    fn page(&self, reason: Option<String>) -> Result<String, ReportError> {
        let model = Model {
            intercept: self.intercept,
            cutoff: self.cutoff,
            outcomes: &self.outcomes,
            variables: &self.variables,
            places: self.places.as_ref().map(Places::of),
        };
        let page = CalculatorPage {
            name: self.name,
            version: self.version,
            purpose: &self.purpose,
            reason,
            variables: &self.variables,
            outcomes: &self.outcomes,
            svg: &self.svg,
            has_places: self.places.is_some(),
            performance: &self.performance,
            model: inside_script(&serde_json::to_string(&model)?),
        };
        Ok(page.render()?)
    }
}

pub(super) fn calculator(
    results: &Results,
    figure: Option<&Figure>,
) -> Result<String, ReportError> {
    let nomogram = &results.nomogram;
    let (variables, intercept) = match (&nomogram.terms, nomogram.intercept) {
        (Some(terms), Some(intercept)) if !terms.is_empty() => {
            (variables(nomogram, terms), intercept)
        }
        _ => (Vec::new(), 0.0),
    };
    let reason = variables.is_empty().then(|| {
        let given = nomogram
            .reason
            .as_ref()
            .or_else(|| results.reasons.get("nomogram"));
        sentence(given.map_or("the study found no predictor", String::as_str))
    });
    let cutoff = results
        .performance
        .get("nomogram")
        .and_then(|splits| splits.get("train"))
        .and_then(|one| one.cutoff)
        .filter(|cutoff| cutoff.is_finite());
    let study = &results.study;
    let calculator = Calculator {
        name: &study.name,
        version: &study.version,
        purpose: format!(
            "The probability of {} = {} for one patient.",
            study.outcome, study.positive
        ),
        performance: performance(results),
        variables,
        intercept,
        outcomes: vec![CalculatorOutcome {
            label: "Probability".to_owned(),
            baseline: None,
        }],
        cutoff,
        svg: figure
            .filter(|_| reason.is_none())
            .map_or_else(String::new, |f| f.scene.to_svg()),
        places: nomogram_places(results),
    };
    calculator.page(reason)
}

fn variables(nomogram: &NomogramModel, terms: &[RegressionTerm]) -> Vec<CalculatorVariable> {
    let mut names: Vec<&str> = Vec::new();
    for one in terms {
        if !names.contains(&one.variable.as_str()) {
            names.push(&one.variable);
        }
    }
    names
        .into_iter()
        .map(|name| {
            let axis = nomogram.axes.iter().find(|axis| axis.variable == name);
            let label = term(name, name);
            let variable = if is_factor(terms, name) {
                factor(label, name, axis, terms)
            } else {
                let coefficient = terms
                    .iter()
                    .filter(|one| one.variable == name)
                    .map(|one| one.coef)
                    .sum();
                number(label, axis, coefficient)
            };
            CalculatorVariable {
                name: name.to_owned(),
                training: axis.and_then(|axis| axis.training_range),
                ..variable
            }
        })
        .collect()
}

fn factor(
    label: String,
    name: &str,
    axis: Option<&NomogramAxis>,
    terms: &[RegressionTerm],
) -> CalculatorVariable {
    let levels = axis
        .into_iter()
        .flat_map(|axis| &axis.levels)
        .map(|level| CalculatorLevel {
            name: level.value.clone(),
            // The reference level has no term of its own.
            coefficient: terms
                .iter()
                .find(|one| one.variable == name && level_of(&one.name, name) == Some(&level.value))
                .map_or(0.0, |one| one.coef),
            points: level.points,
        })
        .collect();
    CalculatorVariable::factor(label, levels)
}

fn number(label: String, axis: Option<&NomogramAxis>, coefficient: f64) -> CalculatorVariable {
    let mut marks: Vec<(f64, f64)> = axis
        .into_iter()
        .flat_map(|axis| &axis.levels)
        .filter_map(|level| Some((level.value.trim().parse().ok()?, level.points)))
        .filter(|(value, _): &(f64, f64)| value.is_finite())
        .collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = marks.first().zip(marks.last());
    CalculatorVariable::number(
        label,
        coefficient,
        ends.map(|(&first, &last)| [first, last]),
    )
}

fn performance(results: &Results) -> String {
    let validated = results
        .internal_validation
        .get("nomogram")
        .and_then(cross_validated);
    let external = results
        .performance
        .get("nomogram")
        .and_then(|splits| splits.get("external"));
    let mut parts = Vec::new();
    if let Some(text) = validated.and_then(|auc| in_sentence(auc.estimate, auc.ci)) {
        parts.push(format!("cross-validated AUC {text}"));
    }
    if let Some(text) = external.and_then(|one| in_sentence(one.auc, one.ci)) {
        let of_few = match few_in(results, "external") {
            Some((n, class)) => format!(
                ", with only {}",
                count(n, &format!("{class} patient"), &format!("{class} patients"))
            ),
            None => String::new(),
        };
        parts.push(format!("external AUC {text}{of_few}"));
    }
    if parts.is_empty() {
        return "How well it does on patients that it has not seen is not known.".to_owned();
    }
    sentence(&parts.join("; "))
}

/// JSON that cannot end the script element it stands in, nor start a comment or an entity.
fn inside_script(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(c),
        }
    }
    out
}
