//! A second table: its areas against those of the first, and the first's cut-offs on it.

use radiome::table::{Table, number_json};
use radiome_stats::discrimination::{DiscriminationError, delong_unpaired};
use serde_json::json;
use serde_json::{Map, Value};

use super::Scored;
use super::curve::{Curve, Design, pair, shown_rows, undefined};
use crate::command::tabular::{Cell, Rows, Warning};

/// What was found of the second table.
pub(super) struct Second {
    pub(super) json: Map<String, Value>,
    pub(super) results: Vec<Vec<Cell>>,
    pub(super) shown: Vec<(String, Rows)>,
}

pub(super) fn compare(
    table: &Table,
    first: &Scored,
    curves: &[Curve],
    design: &Design,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Second> {
    let mut own = Vec::new();
    let positive = Some(first.outcome.positive.as_str());
    let outcome = &first.outcome.column;
    let scored = Scored::of(table, outcome, positive, &first.names, &mut own)?;
    let class = &scored.outcome.is_positive;
    let (mut of_curves, mut tests, mut results) = (Vec::new(), Vec::new(), Vec::new());
    let mut decisions = shown_rows();
    let mut areas = Rows::new(&[
        "score",
        "first",
        "second",
        "difference",
        "lower",
        "upper",
        "t",
        "df",
        "P",
    ]);
    for (curve, score) in curves.iter().zip(&scored.scores) {
        let here = curve.carried_to(class, score, design, &mut own)?;
        results.push(here.result(design, Some(table.source())));
        decisions.push(here.shown());
        let sides = (
            (&first.outcome.is_positive[..], &curve.score[..]),
            (&class[..], &here.score[..]),
        );
        match delong_unpaired(sides.0, sides.1, design.level) {
            Ok(test) => {
                let z = test.statistic;
                tests.push(json!({
                    "score": curve.name,
                    "auc_first": number_json(curve.auc()),
                    "auc_second": number_json(here.auc()),
                    "difference": number_json(test.difference),
                    "se": number_json(test.standard_error),
                    "ci": pair((test.lower, test.upper)),
                    "statistic": number_json(test.statistic),
                    "df": number_json(test.df),
                    "p_value": number_json(test.p),
                    "z": number_json(z),
                    "p_value_normal": number_json(test.p_normal),
                }));
                areas.push(vec![
                    curve.name.as_str().into(),
                    curve.auc().into(),
                    here.auc().into(),
                    test.difference.into(),
                    test.lower.into(),
                    test.upper.into(),
                    test.statistic.into(),
                    test.df.into(),
                    test.p.into(),
                ]);
            }
            // The curves have said that a class has a single row.
            Err(DiscriminationError::TooFew { .. }) => {}
            Err(error) => return Err(undefined(&error)),
        }
        of_curves.push(here.to_json(design));
    }
    let told = own.iter().map(|warning| warning.within(table.source()));
    warnings.extend(told);
    let mut object = Map::new();
    object.insert("source".to_owned(), table.source().into());
    object.insert("curves".to_owned(), of_curves.into());
    object.insert("delong".to_owned(), tests.into());
    let title = format!("{}, with the cut-offs of the first table", table.source());
    Ok(Second {
        json: object,
        results,
        shown: vec![
            (title, decisions),
            (
                "Areas of the two tables compared (DeLong, unpaired)".to_owned(),
                areas,
            ),
        ],
    })
}
