//! The calculator: a page that works out the probability of one patient.

use askama::Template;
use serde::Serialize;

use super::figures::is_factor;
use super::format::{count, cross_validated, in_sentence, level_of, plain, sentence, term};
use super::summary::few_in;
use super::{Figure, ReportError};
use crate::results::{NomogramAxis, NomogramModel, RegressionTerm, Results};

#[derive(Template)]
#[template(path = "nomogram.html")]
struct CalculatorPage<'a> {
    name: &'a str,
    version: &'a str,
    outcome: &'a str,
    positive: &'a str,
    /// Why there is no nomogram, if there is none.
    reason: Option<String>,
    variables: Vec<Variable>,
    svg: String,
    /// How well the nomogram does, in a sentence.
    performance: String,
    /// The model as JSON that is safe inside a script element.
    model: String,
}

/// One input.
#[derive(Serialize)]
struct Variable {
    /// What stands beside the input.
    label: String,
    /// Range of a number's axis.
    range: Option<Range>,
    /// Log odds for one unit; 0 for a factor.
    coefficient: f64,
    /// Points at the lower end of a number's axis, and for one unit.
    points: Option<[f64; 2]>,
    /// Levels of a factor; empty for a number.
    levels: Vec<Level>,
}

impl Variable {
    fn needs_rad_score(&self) -> bool {
        self.label.starts_with("Rad-score")
    }
}

#[derive(Serialize)]
struct Range {
    lower: f64,
    upper: f64,
    /// Step of the slider.
    step: f64,
}

impl Range {
    fn written(&self) -> String {
        format!("{} to {}", plain(self.lower), plain(self.upper))
    }
}

#[derive(Serialize)]
struct Level {
    name: String,
    /// Log odds against the reference level.
    coefficient: f64,
    points: f64,
}

#[derive(Serialize)]
struct Model<'a> {
    intercept: f64,
    cutoff: Option<f64>,
    variables: &'a [Variable],
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
    let model = Model {
        intercept,
        cutoff,
        variables: &variables,
    };
    let model = inside_script(&serde_json::to_string(&model)?);
    let svg = figure
        .filter(|_| reason.is_none())
        .map_or_else(String::new, |f| f.scene.to_svg());
    let page = CalculatorPage {
        name: &results.study.name,
        version: &results.study.version,
        outcome: &results.study.outcome,
        positive: &results.study.positive,
        reason,
        svg,
        performance: performance(results),
        model,
        variables,
    };
    Ok(page.render()?)
}

fn variables(nomogram: &NomogramModel, terms: &[RegressionTerm]) -> Vec<Variable> {
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
            if is_factor(terms, name) {
                factor(label, name, axis, terms)
            } else {
                let coefficient = terms
                    .iter()
                    .filter(|one| one.variable == name)
                    .map(|one| one.coef)
                    .sum();
                number(label, axis, coefficient)
            }
        })
        .collect()
}

fn factor(
    label: String,
    name: &str,
    axis: Option<&NomogramAxis>,
    terms: &[RegressionTerm],
) -> Variable {
    let levels = axis
        .into_iter()
        .flat_map(|axis| &axis.levels)
        .map(|level| Level {
            name: level.value.clone(),
            // The reference level has no term of its own.
            coefficient: terms
                .iter()
                .find(|one| one.variable == name && level_of(&one.name, name) == Some(&level.value))
                .map_or(0.0, |one| one.coef),
            points: level.points,
        })
        .collect();
    Variable {
        label,
        range: None,
        coefficient: 0.0,
        points: None,
        levels,
    }
}

fn number(label: String, axis: Option<&NomogramAxis>, coefficient: f64) -> Variable {
    let mut marks: Vec<(f64, f64)> = axis
        .into_iter()
        .flat_map(|axis| &axis.levels)
        .filter_map(|level| Some((level.value.trim().parse().ok()?, level.points)))
        .filter(|(value, _): &(f64, f64)| value.is_finite())
        .collect();
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (range, points) = match (marks.first(), marks.last()) {
        (Some(&(lower, first)), Some(&(upper, last))) if upper > lower => {
            let step = 10f64.powf(((upper - lower) / 100.0).log10().floor());
            let slope = (last - first) / (upper - lower);
            (Some(Range { lower, upper, step }), Some([first, slope]))
        }
        _ => (None, None),
    };
    Variable {
        label,
        range,
        coefficient,
        points,
        levels: Vec::new(),
    }
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
