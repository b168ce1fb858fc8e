//! Two scores of the same rows compared.

use radiome::table::number_json;
use radiome_stats::discrimination::{
    Direction, DiscordantCalls, DiscriminationError, IntegratedDiscrimination, NetMoves,
    NetReclassification, ReclassificationTable, compare_decisions, delong_paired,
    integrated_discrimination, net_reclassification, reclassification_table,
};
use serde_json::{Value, json};

use super::curve::{Curve, Design, pair, undefined};
use crate::command::tabular::{Rows, Warning};

/// What was found of every two scores.
pub(super) struct Pairs {
    pub(super) delong: Vec<Value>,
    pub(super) mcnemar: Vec<Value>,
    pub(super) reclassification: Vec<Value>,
    /// Tables on the screen, each with a title.
    pub(super) shown: Vec<(&'static str, Rows)>,
}

/// What a probability changes against another.
struct Reclassified {
    idi: IntegratedDiscrimination,
    continuous: NetReclassification,
    categorical: Option<(NetReclassification, ReclassificationTable)>,
}

pub(super) fn compare(
    class: &[bool],
    curves: &[Curve],
    cuts: &[f64],
    design: &Design,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Pairs> {
    let wrong = |error: DiscriminationError| undefined(&error);
    let (mut delong, mut mcnemar, mut reclassification) = (Vec::new(), Vec::new(), Vec::new());
    let mut areas = Rows::new(&["first", "second", "difference", "lower", "upper", "z", "P"]);
    let mut calls = Rows::new(&["first", "second", "P of sensitivity", "P of specificity"]);
    let mut gains = Rows::new(&[
        "from",
        "to",
        "IDI",
        "P of IDI",
        "continuous NRI",
        "P of it",
        "categorical NRI",
        "P of it ",
    ]);
    for (place, a) in curves.iter().enumerate() {
        for b in curves.iter().skip(place + 1) {
            let (first, second) = (a.name.as_str(), b.name.as_str());
            match delong_paired(class, &a.score, &b.score, design.level) {
                Ok(test) => {
                    delong.push(json!({
                        "a": first,
                        "b": second,
                        "auc_a": number_json(test.auc_first),
                        "auc_b": number_json(test.auc_second),
                        "difference": number_json(test.difference),
                        "se": number_json(test.standard_error),
                        "covariance": number_json(test.covariance),
                        "ci": pair((test.lower, test.upper)),
                        "z": number_json(test.z),
                        "p_value": number_json(test.p),
                    }));
                    areas.push(vec![
                        first.into(),
                        second.into(),
                        test.difference.into(),
                        test.lower.into(),
                        test.upper.into(),
                        test.z.into(),
                        test.p.into(),
                    ]);
                }
                // The curves have said that a class has a single row.
                Err(DiscriminationError::TooFew { .. }) => {}
                Err(error) => return Err(wrong(error)),
            }
            let found = compare_decisions(class, &a.calls(), &b.calls()).map_err(wrong)?;
            let p = |calls: &DiscordantCalls| calls.test.as_ref().map(|test| test.exact_p_value);
            calls.push(vec![
                first.into(),
                second.into(),
                p(&found.sensitivity).into(),
                p(&found.specificity).into(),
            ]);
            mcnemar.push(json!({
                "a": first,
                "b": second,
                "sensitivity": calls_json(&found.sensitivity),
                "specificity": calls_json(&found.specificity),
            }));
            let Some(found) = reclassified(class, a, b, cuts, design.level)? else {
                if !cuts.is_empty() {
                    let told = format!(
                        "{first} and {second}: no reclassification, which needs probabilities of \
                         the positive class and two rows of each class"
                    );
                    warnings.push(Warning::new("no_probabilities", told));
                }
                continue;
            };
            let categorical = found.categorical.as_ref().map(|(found, _)| found);
            gains.push(vec![
                first.into(),
                second.into(),
                found.idi.estimate.into(),
                found.idi.p.into(),
                found.continuous.estimate.into(),
                found.continuous.p.into(),
                categorical.map(|found| found.estimate).into(),
                categorical.map(|found| found.p).into(),
            ]);
            reclassification.push(found.to_json(first, second, cuts));
        }
    }
    Ok(Pairs {
        delong,
        mcnemar,
        reclassification,
        shown: vec![
            ("Areas compared (DeLong)", areas),
            ("Decisions at the cut-offs compared (McNemar, exact)", calls),
            ("Reclassification", gains),
        ],
    })
}

/// What changes from one score to another; none where they are no probabilities of the positive
/// class.
fn reclassified(
    class: &[bool],
    a: &Curve,
    b: &Curve,
    cuts: &[f64],
    level: f64,
) -> miette::Result<Option<Reclassified>> {
    if [a, b]
        .iter()
        .any(|curve| curve.direction == Direction::Lower)
    {
        return Ok(None);
    }
    let (from, to) = (&a.score, &b.score);
    let found = || -> Result<Reclassified, DiscriminationError> {
        let categorical = if cuts.is_empty() {
            None
        } else {
            Some((
                net_reclassification(class, from, to, Some(cuts), level)?,
                reclassification_table(class, from, to, cuts)?,
            ))
        };
        Ok(Reclassified {
            idi: integrated_discrimination(class, from, to, level)?,
            continuous: net_reclassification(class, from, to, None, level)?,
            categorical,
        })
    };
    match found() {
        Ok(found) => Ok(Some(found)),
        Err(DiscriminationError::NotProbability { .. } | DiscriminationError::TooFew { .. }) => {
            Ok(None)
        }
        Err(error) => Err(undefined(&error)),
    }
}

fn calls_json(found: &DiscordantCalls) -> Value {
    let of = |value: fn(&radiome_stats::compare::mcnemar::McNemar) -> f64| {
        found.test.as_ref().map(|test| number_json(value(test)))
    };
    json!({
        "a_alone": found.first_alone,
        "b_alone": found.second_alone,
        "p_value": of(|test| test.exact_p_value),
        "chi_square": of(|test| test.uncorrected_statistic),
        "chi_square_p_value": of(|test| test.uncorrected_p_value),
        "chi_square_corrected": of(|test| test.statistic),
        "chi_square_corrected_p_value": of(|test| test.p_value),
    })
}

impl Reclassified {
    fn to_json(&self, from: &str, to: &str, cuts: &[f64]) -> Value {
        let idi = &self.idi;
        let categorical = self.categorical.as_ref().map(|(found, table)| {
            let mut object = nri_json(found);
            if let Some(object) = object.as_object_mut() {
                object.insert("cuts".to_owned(), json!(cuts));
                object.insert("table_positive".to_owned(), json!(table.cases));
                object.insert("table_negative".to_owned(), json!(table.controls));
            }
            object
        });
        json!({
            "from": from,
            "to": to,
            "idi": {
                "estimate": number_json(idi.estimate),
                "se": number_json(idi.standard_error),
                "ci": pair((idi.lower, idi.upper)),
                "z": number_json(idi.z),
                "p_value": number_json(idi.p),
                "sensitivity_gain": number_json(idi.sensitivity_gain),
                "specificity_gain": number_json(idi.specificity_gain),
            },
            "nri_continuous": nri_json(&self.continuous),
            "nri_categorical": categorical,
        })
    }
}

fn nri_json(found: &NetReclassification) -> Value {
    let moves = |moves: &NetMoves| {
        json!({
            "estimate": number_json(moves.estimate),
            "se": number_json(moves.standard_error),
            "z": number_json(moves.z),
            "up": number_json(moves.up),
            "down": number_json(moves.down),
        })
    };
    json!({
        "estimate": number_json(found.estimate),
        "se": number_json(found.standard_error),
        "ci": pair((found.lower, found.upper)),
        "z": number_json(found.z),
        "p_value": number_json(found.p),
        "se_null": number_json(found.null_standard_error),
        "z_null": number_json(found.null_z),
        "p_value_null": number_json(found.null_p),
        "positive": moves(&found.cases),
        "negative": moves(&found.controls),
    })
}
