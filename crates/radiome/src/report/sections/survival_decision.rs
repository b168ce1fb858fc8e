//! Is deciding by the Cox models' risk of an event by a time of use?

use super::super::figures::Drawn;
use super::super::format::{NOT_DEFINED, model, number, plain, sentence, split, split_order};
use super::super::page::{Cell, Footnotes, Section, Table};
use crate::results::{Survival, SurvivalDecision, SurvivalDecisionOfModel};

/// Thresholds at which the table tells the net benefit.
const SHOWN: [f64; 4] = [0.1, 0.2, 0.3, 0.5];

/// Figures and a table; nothing where there are no curves.
pub(super) fn decision<'a>(section: &mut Section<'a>, survival: &Survival, drawn: &'a Drawn) {
    if survival.decision_curve.values().all(Vec::is_empty) {
        return;
    }
    section.heading("Decision curves of survival");
    section.paragraph(
        "Is treating by the risk of an event by a given time better than treating all or none? Net \
         benefit counts the events by then, by Kaplan and Meier's estimate among those treated, so \
         that follow-up may end before. Risks come from Cox models of the nomogram's linear \
         predictor, of the stage, and of both.",
    );
    let mut splits: Vec<&String> = survival.decision_curve.keys().collect();
    splits.sort_by_key(|name| split_order(name));
    let mut times: Vec<f64> = (survival.decision_curve.values().flatten())
        .map(|one| one.time)
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    for time in &times {
        section.figure(drawn.get(&format!("survival_decision/{}", plain(*time))));
    }
    let mut table = Table::new(
        "Net benefit of deciding by the risk of an event by a time",
        &["Time", "Set", "Decision by", "Patients", "Events", "Risk"],
    );
    let thresholds = SHOWN.map(|threshold| format!("at {threshold}"));
    table.columns.extend(thresholds);
    let mut notes = Footnotes::default();
    for time in times {
        for name in &splits {
            let mut all = survival.decision_curve[*name].iter();
            if let Some(one) = all.find(|one| one.time == time) {
                rows(&mut table, &mut notes, name, one);
            }
        }
    }
    table.notes.extend(notes.line());
    table.note(
        "Risk: Kaplan-Meier probability of an event by then. At 0.1: net benefit at the threshold \
         probability 0.1, for each patient; treating none has 0. Every point is in \
         tables/survival_decision_curve.csv.",
    );
    section.table(table);
}

fn rows(table: &mut Table, notes: &mut Footnotes, name: &str, one: &SurvivalDecision) {
    let set = match name {
        "train" => "Training (apparent)".to_owned(),
        name => split(name),
    };
    let start = |by: &str| {
        vec![
            plain(one.time),
            set.clone(),
            by.to_owned(),
            one.n.to_string(),
            one.events.to_string(),
            one.event_probability.map_or(NOT_DEFINED.to_owned(), number),
        ]
    };
    let Some(first) = one.models.first() else {
        let mut row: Vec<Cell> = start(NOT_DEFINED).into_iter().map(Cell::from).collect();
        let why = one.reason.as_deref().unwrap_or("there are no curves");
        row[0].mark = notes.mark(&sentence(why));
        row.extend(SHOWN.map(|_| Cell::from(NOT_DEFINED)));
        table.rows.push(row);
        return;
    };
    let at = |model: &SurvivalDecisionOfModel, all: bool| {
        SHOWN.map(|threshold| {
            let mut points = model.points.iter();
            let point = points.find(|point| (point.threshold - threshold).abs() < 1e-9);
            point.map_or(NOT_DEFINED.to_owned(), |point| {
                number(if all {
                    point.treat_all
                } else {
                    point.net_benefit
                })
            })
        })
    };
    for found in &one.models {
        let mut row: Vec<Cell> = start(&model(&found.model))
            .into_iter()
            .map(Cell::from)
            .collect();
        row[2].mark = found.short_from.and_then(|from| {
            notes.mark(&format!(
                "from the threshold {} on, follow-up of those treated ends before this time, so their \
                 probability is that of its end.",
                plain(from)
            ))
        });
        row.extend(at(found, false).map(Cell::from));
        table.rows.push(row);
    }
    let mut row = start("treating all");
    row.extend(at(first, true));
    table.row(row);
}
