//! Discrimination within subgroups.

use radiome_figures::figure::forest::{Forest, ForestKind, ForestRow, forest};
use radiome_figures::{Estimate, Theme};

use super::super::format::{model, ordered, p_in_sentence, split, the_model};
use super::{Drawn, INTERVAL};
use crate::results::{self, Results, SubgroupsOfModel};

/// One figure a set of patients, of the model that comes first.
pub(super) fn subgroups(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(first) = results.subgroups.first() else {
        return;
    };
    let Some(key) = ordered(results, &first.models).first().copied() else {
        return;
    };
    for name in ["cross_validated", "external"] {
        let mut rows: Vec<ForestRow> = whole(results, key, name).into_iter().collect();
        let before = rows.len();
        for column in &results.subgroups {
            let found = column.models.get(key).and_then(|splits| splits.get(name));
            rows.extend(
                found
                    .into_iter()
                    .flat_map(|found| group(&column.column, found)),
            );
        }
        if rows.len() == before {
            continue;
        }
        let data = Forest {
            name: format!("{}: {}", model(key), split(name).to_lowercase()),
            kind: ForestKind::Area,
            effect: "AUC".to_owned(),
            interval: INTERVAL.to_owned(),
            columns: vec!["n (positive)".to_owned()],
            rows,
        };
        drawn.add(
            format!("subgroups/{name}"),
            format!("AUC within subgroups: {}", split(name).to_lowercase()),
            format!(
                "AUC of {} in all patients and within subgroups, with 95% intervals; a \
                 subgroup without one has too few patients of a class. The dashed line is chance. P: \
                 test of equal AUC in the subgroups of a column.",
                the_model(key)
            ),
            forest(&data, theme),
        );
    }
}

/// The row of all patients.
fn whole(results: &Results, key: &str, name: &str) -> Option<ForestRow> {
    let (n, positive, auc) = if name == "external" {
        let one = results.performance.get(key)?.get(name)?;
        (one.n, one.positive, area(one.auc, one.ci))
    } else {
        let one = results.internal_validation.get(key)?;
        let auc = one.cross_validated.as_ref()?;
        let n = one.resampled.as_ref()?.n;
        let positive = results.cohort.analysed.get("train")?.positive;
        (n, positive, area(auc.estimate, auc.ci))
    };
    Some(ForestRow {
        name: "All patients".to_owned(),
        heading: false,
        cells: vec![format!("{n} ({positive})")],
        estimate: auc,
    })
}

/// The rows of a column: its name with the test over its values.
fn group(column: &str, found: &SubgroupsOfModel) -> Vec<ForestRow> {
    let test = &found.interaction;
    let heading = match test.p_value {
        Some(p) => format!("{column} ({})", p_in_sentence(Some(p))),
        None => column.to_owned(),
    };
    let heading = ForestRow {
        name: heading,
        heading: true,
        cells: vec![String::new()],
        estimate: None,
    };
    let level = |one: &results::Subgroup| ForestRow {
        name: one.level.clone(),
        heading: false,
        cells: vec![format!("{} ({})", one.n, one.positive)],
        estimate: area(one.auc.estimate, one.auc.ci),
    };
    std::iter::once(heading)
        .chain(found.levels.iter().filter(|one| one.n > 0).map(level))
        .collect()
}

fn area(value: Option<f64>, ci: [Option<f64>; 2]) -> Option<Estimate> {
    let value = value?;
    Some(Estimate {
        value,
        low: ci[0].unwrap_or(value),
        high: ci[1].unwrap_or(value),
    })
}
