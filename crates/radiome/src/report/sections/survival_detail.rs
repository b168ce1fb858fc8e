//! Hazard ratios, survival within strata, discrimination at given times, nomogram with the stage.

use super::super::figures::{Drawn, model_of_strata};
use super::super::format::{
    NOT_DEFINED, estimate, model, number, ordered, p_value, plain, ratio, sentence, split,
    split_order, the_model,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use crate::results::{BySplit, HazardRatio, Results, StratifiedSurvival, Survival};

/// Hazard ratios of the scores, beside those of the groups.
pub(super) fn hazard_ratios(results: &Results, survival: &Survival) -> Table {
    let mut table = Table::new(
        "Hazard ratios of the scores and of the groups",
        &[
            "Model",
            "Set",
            "Patients",
            "Events",
            "Score, per SD (95% CI)",
            "P",
            "High against low (95% CI)",
            "P",
        ],
    );
    let mut notes = Footnotes::default();
    for key in ordered(results, &survival.hazard_ratios) {
        for (name, found) in by_split(&survival.hazard_ratios[key]) {
            let counted = found.per_sd.as_ref().unwrap_or(&found.high_vs_low);
            let mut cells = |one: Option<&HazardRatio>| {
                let Some(one) = one else {
                    return [NOT_DEFINED.into(), NOT_DEFINED.into()];
                };
                let mark = one.reason.as_deref().and_then(|why| notes.mark(why));
                let text = ratio(one.hazard_ratio, one.ci);
                [Cell { text, mark }, p_value(one.p_value).into()]
            };
            let mut row: Vec<Cell> = vec![
                model(key).into(),
                split(name).into(),
                counted.n.to_string().into(),
                counted.events.to_string().into(),
            ];
            row.extend(cells(found.per_sd.as_ref()));
            row.extend(cells(Some(&found.high_vs_low)));
            table.rows.push(row);
        }
    }
    table.notes.extend(notes.line());
    table.note(
        "Cox models of one column. SD: one standard deviation of the final model's scores in the \
         training patients, in every set; the score tells more than its two groups. High against \
         low: the two sides of the cut-off, or the positive against the negative outcome. Training: \
         apparent.",
    );
    table
}

/// The strata: a figure and a table a column.
pub(super) fn strata<'a>(section: &mut Section<'a>, survival: &Survival, drawn: &'a Drawn) {
    if survival.strata.is_empty() {
        return;
    }
    section.heading("Survival within strata");
    let cuts = survival.strata.iter().filter_map(|one| {
        let cut = plain(one.cut?);
        Some(format!("{} at {cut}", one.column))
    });
    let cuts: Vec<String> = cuts.collect();
    section.paragraph(format!(
        "Do the groups of a model still differ among patients who are alike in one column? Each \
         value of the column has its own curves and log-rank test; the stratified test takes all \
         values together.{}",
        if cuts.is_empty() {
            String::new()
        } else {
            format!(
                " Numbers are cut at the median of the training patients: {}.",
                cuts.join(", ")
            )
        }
    ));
    for one in &survival.strata {
        section.figure(drawn.get(&format!("strata/{}", one.column)));
        section.table(levels(one));
    }
    section.table(pooled(survival));
}

/// The strata of the model that is drawn.
fn levels(one: &StratifiedSurvival) -> Table {
    let key = model_of_strata(one).unwrap_or_default();
    let mut table = Table::new(
        format!("Groups of {} within {}", the_model(key), one.column),
        &[
            "Set", "Stratum", "Group", "Patients", "Events", "Median", "P",
        ],
    );
    let mut notes = Footnotes::default();
    for (name, found) in one.models.get(key).map(by_split).into_iter().flatten() {
        for level in &found.levels {
            let mark = level.reason.as_deref().and_then(|why| notes.mark(why));
            let start = |first: bool| {
                let text = level.level.clone();
                let mark = mark.filter(|_| first);
                [split(name).into(), Cell { text, mark }]
            };
            let Some(curves) = &level.curves else {
                let rest = [
                    NOT_DEFINED.to_owned(),
                    level.n.to_string(),
                    level.events.to_string(),
                    NOT_DEFINED.to_owned(),
                    NOT_DEFINED.to_owned(),
                ];
                let row = start(true).into_iter().chain(rest.map(Cell::from));
                table.rows.push(row.collect());
                continue;
            };
            for (place, group) in curves.groups.iter().enumerate() {
                let p = level.log_rank.as_ref().and_then(|test| test.p_value);
                let rest = [
                    group.name.clone(),
                    group.n.to_string(),
                    group.events.to_string(),
                    group.median.map_or_else(|| "not reached".to_owned(), plain),
                    if place == 0 {
                        p_value(p)
                    } else {
                        String::new()
                    },
                ];
                let row = start(place == 0).into_iter().chain(rest.map(Cell::from));
                table.rows.push(row.collect());
            }
        }
    }
    table.notes.extend(notes.line());
    table
}

/// The stratified log-rank tests of every model and column.
fn pooled(survival: &Survival) -> Table {
    let mut table = Table::new(
        "Log-rank tests stratified by one column",
        &["Stratified by", "Model", "Set", "Patients", "χ² (df)", "P"],
    );
    for one in &survival.strata {
        for (key, splits) in &one.models {
            for (name, found) in by_split(splits) {
                let test = &found.log_rank;
                let chi_square = test.chi_square.map_or_else(
                    || NOT_DEFINED.to_owned(),
                    |value| format!("{} ({})", number(value), test.df),
                );
                table.row([
                    one.column.clone(),
                    model(key),
                    split(name),
                    found.n.to_string(),
                    chi_square,
                    p_value(test.p_value),
                ]);
            }
        }
    }
    table
}

/// The nomogram with the stage: its figure, or why there is none.
pub(super) fn nomogram_stage<'a>(section: &mut Section<'a>, survival: &Survival, drawn: &'a Drawn) {
    let Some(found) = &survival.nomogram_stage else {
        return;
    };
    section.heading("Nomogram with the stage");
    if let Some(reason) = &found.reason {
        section.paragraph(sentence(&format!("it cannot be drawn: {reason}")));
        return;
    }
    let cutoff = survival.cutoffs.get("nomogram_stage");
    section.paragraph(format!(
        "A Cox model of the nomogram's linear predictor and the stage, counted in steps, fitted on \
         the training patients{}.",
        cutoff.map_or_else(String::new, |cutoff| format!(
            "; its groups are the two sides of the median of its linear predictor there, {}",
            number(*cutoff)
        ))
    ));
    section.figure(drawn.get("nomogram_stage"));
    let few: Vec<String> = found
        .survival
        .iter()
        .filter(|axis| axis.marks.is_empty())
        .map(|axis| plain(axis.time))
        .collect();
    if !few.is_empty() {
        section.paragraph(format!(
            "No round survival falls on the axis of total points at {}.",
            few.join(", ")
        ));
    }
}

/// Discrimination at given times.
pub(super) fn auc_at(survival: &Survival) -> Table {
    let mut table = Table::new(
        "Discrimination at given times",
        &[
            "Set",
            "Model",
            "Time",
            "Events by then",
            "Followed beyond",
            "AUC (95% CI)",
        ],
    );
    let mut notes = Footnotes::default();
    for (name, found) in by_split(&survival.auc_at) {
        for one in found {
            table.rows.push(vec![
                split(name).into(),
                model(&one.score).into(),
                plain(one.time).into(),
                one.cases.to_string().into(),
                one.controls.to_string().into(),
                Cell {
                    text: estimate(&one.auc),
                    mark: one.reason.as_deref().and_then(|why| notes.mark(why)),
                },
            ]);
        }
    }
    table.notes.extend(notes.line());
    table.note(
        "Cumulative/dynamic AUC with weights by the inverse probability of censoring. Training: \
         apparent.",
    );
    table
}

fn by_split<T>(part: &BySplit<T>) -> Vec<(&str, &T)> {
    let mut pairs: Vec<(&str, &T)> = part
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    pairs.sort_by_key(|(name, _)| split_order(name));
    pairs
}
