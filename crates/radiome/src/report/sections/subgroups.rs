//! Discrimination within subgroups.

use super::super::figures::Drawn;
use super::super::format::{
    NOT_DEFINED, estimate, model, optional, ordered, p_value, plain, split, with_interval,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use crate::results::Results;

/// The sets of patients that a model is judged on.
const SETS: [&str; 2] = ["cross_validated", "external"];

/// The section, or `None` where the study names no subgroups.
pub(super) fn subgroups<'a>(results: &Results, drawn: &'a Drawn) -> Option<Section<'a>> {
    if results.subgroups.is_empty() {
        return None;
    }
    let mut section = Section::new("subgroups", "Subgroups");
    section.paragraph(
        "The AUC of each model among patients who are alike in one column: external patients, and \
         training patients as predicted by models that were fitted without them. Subgroups are \
         small and their tests many: they raise questions, they answer none.",
    );
    let cuts = results
        .subgroups
        .iter()
        .filter_map(|one| Some(format!("{} at {}", one.column, plain(one.cut?))));
    let cuts: Vec<String> = cuts.collect();
    if !cuts.is_empty() {
        section.paragraph(format!(
            "Numbers are cut at the median of the training patients: {}.",
            cuts.join(", ")
        ));
    }
    if results
        .subgroups
        .iter()
        .all(|one| one.models.values().all(|splits| splits.is_empty()))
    {
        section.paragraph(
            "There are neither external patients nor predictions of training patients by models \
             that were fitted without them, so there is nothing to show.",
        );
        return Some(section);
    }
    for name in SETS {
        section.figure(drawn.get(&format!("subgroups/{name}")));
    }
    for name in SETS {
        section.table(table(results, name));
    }
    section.table(interactions(results));
    Some(section)
}

fn table(results: &Results, name: &str) -> Table {
    let mut table = Table::new(
        format!("AUC within subgroups: {}", split(name).to_lowercase()),
        &[
            "Column",
            "Subgroup",
            "Model",
            "Patients",
            "Positive",
            "AUC (95% CI)",
        ],
    );
    let mut notes = Footnotes::default();
    for one in &results.subgroups {
        for key in ordered(results, &one.models) {
            let Some(found) = one.models.get(key).and_then(|splits| splits.get(name)) else {
                continue;
            };
            for level in found.levels.iter().filter(|level| level.n > 0) {
                let auc = Cell {
                    text: estimate(&level.auc),
                    mark: level.reason.as_deref().and_then(|why| notes.mark(why)),
                };
                table.rows.push(vec![
                    one.column.clone().into(),
                    level.level.clone().into(),
                    model(key).into(),
                    level.n.to_string().into(),
                    level.positive.to_string().into(),
                    auc,
                ]);
            }
        }
    }
    table.notes.extend(notes.line());
    if name == "cross_validated" {
        table.note("Mean of the AUC within the test folds that hold both classes of the subgroup.");
    }
    table
}

fn interactions(results: &Results) -> Table {
    let mut table = Table::new(
        "Does the AUC differ between the subgroups of a column?",
        &[
            "Column",
            "Set",
            "Model",
            "Test",
            "Difference (95% CI)",
            "Statistic",
            "P",
        ],
    );
    for one in &results.subgroups {
        for name in SETS {
            for key in ordered(results, &one.models) {
                let found = one.models.get(key).and_then(|splits| splits.get(name));
                let Some(test) = found.map(|found| &found.interaction) else {
                    continue;
                };
                let words = match test.test.as_deref() {
                    Some("delong_unpaired") => "DeLong, unpaired",
                    Some("difference") => "difference over its error",
                    Some("cochran_q") => "Cochran's Q",
                    _ => continue,
                };
                table.row([
                    one.column.clone(),
                    split(name),
                    model(key),
                    words.to_owned(),
                    if test.difference.is_some() {
                        with_interval(test.difference, test.ci)
                    } else {
                        NOT_DEFINED.to_owned()
                    },
                    optional(test.statistic),
                    p_value(test.p_value),
                ]);
            }
        }
    }
    table.note(
        "Difference: the second subgroup that has an AUC less the first. P values are not corrected \
         for the number of tests.",
    );
    table
}
