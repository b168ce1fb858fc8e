//! Survival by model.

use super::super::figures::Drawn;
use super::super::format::{
    NOT_DEFINED, count, estimate, in_sentence, model, number, optional, ordered, p_in_sentence,
    p_value, plain, ratio, scaled, sentence, split, split_order,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use super::{missing, survival_decision, survival_detail};
use crate::results::{BySplit, Results, Survival};

pub(super) fn survival<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("survival", "Survival");
    let Some(survival) = &results.survival else {
        section.paragraph(missing(
            results,
            "survival",
            "The study names no survival endpoint",
        ));
        return section;
    };
    section.paragraph(format!(
        "Time is {} and the event {}. Patients are grouped by the cut-off of each model that was \
         fixed in training, and by the true outcome.",
        survival.time, survival.event
    ));
    section.paragraph(nomogram_sentence(survival));

    for key in ordered(results, &survival.kaplan_meier) {
        section.figure(drawn.get(&format!("kaplan_meier/{key}")));
    }
    section.table(groups(results, survival));
    section.table(survival_detail::hazard_ratios(results, survival));
    section.table(concordance(survival));
    section.table(differences(survival));
    section.table(survival_detail::auc_at(survival));
    cox(&mut section, survival);
    survival_detail::nomogram_stage(&mut section, survival, drawn);
    survival_decision::decision(&mut section, survival, drawn);
    survival_detail::strata(&mut section, survival, drawn);
    section
}

fn nomogram_sentence(survival: &Survival) -> String {
    let split = if survival.concordance.contains_key("external") {
        "external"
    } else {
        "train"
    };
    let of_whom = if split == "external" {
        "external"
    } else {
        "training"
    };
    let concordance = survival
        .concordance
        .get(split)
        .and_then(|scores| scores.iter().find(|score| score.score == "nomogram"))
        .and_then(|one| in_sentence(one.concordance.estimate, one.concordance.ci));
    let test = survival
        .log_rank
        .get("nomogram")
        .and_then(|splits| splits.get(split))
        .filter(|test| test.p_value.is_some());
    let mut text = String::new();
    if let Some(concordance) = concordance {
        text.push_str(&format!(
            "In the {of_whom} patients the nomogram's concordance with survival is {concordance}; \
             0.5 is chance."
        ));
    }
    if let Some(test) = test {
        text.push_str(&format!(
            " Log-rank test of its two groups there: {}.",
            p_in_sentence(test.p_value)
        ));
    }
    text.trim().to_owned()
}

fn groups(results: &Results, survival: &Survival) -> Table {
    let mut table = Table::new(
        "Survival of the groups, with the log-rank test",
        &[
            "Model",
            "Set",
            "Group",
            "Patients",
            "Events",
            "Median (95% CI)",
            "χ² (df)",
            "P",
        ],
    );
    for key in ordered(results, &survival.kaplan_meier) {
        for (name, curves) in survival.kaplan_meier.get(key).into_iter().flatten() {
            let test = survival
                .log_rank
                .get(key)
                .and_then(|splits| splits.get(name));
            for (index, group) in curves.groups.iter().enumerate() {
                let first = index == 0;
                let (chi_square, p) = match test {
                    Some(test) if first => (
                        test.chi_square.map_or_else(
                            || NOT_DEFINED.to_owned(),
                            |value| format!("{} ({})", number(value), test.df),
                        ),
                        p_value(test.p_value),
                    ),
                    _ => (String::new(), String::new()),
                };
                table.row([
                    model(key),
                    split(name),
                    group.name.clone(),
                    group.n.to_string(),
                    group.events.to_string(),
                    median(group.median, group.median_ci),
                    chi_square,
                    p,
                ]);
            }
        }
    }
    table.note("Median: not reached where survival stays above one half.");
    table
}

fn median(median: Option<f64>, ci: [Option<f64>; 2]) -> String {
    let Some(median) = median else {
        return "not reached".to_owned();
    };
    match ci {
        [Some(lower), Some(upper)] => {
            format!("{} ({} to {})", plain(median), plain(lower), plain(upper))
        }
        [Some(lower), None] => format!("{} ({} to not reached)", plain(median), plain(lower)),
        _ => plain(median),
    }
}

fn by_split<T>(part: &BySplit<T>) -> Vec<(&str, &T)> {
    let mut pairs: Vec<(&str, &T)> = part
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    pairs.sort_by_key(|(name, _)| split_order(name));
    pairs
}

fn concordance(survival: &Survival) -> Table {
    let mut table = Table::new(
        "Concordance of the scores with survival (Harrell's C)",
        &["Set", "Model", "Patients", "C (95% CI)", "SE"],
    );
    for (name, scores) in by_split(&survival.concordance) {
        for one in scores {
            table.row([
                split(name),
                model(&one.score),
                one.n.to_string(),
                estimate(&one.concordance),
                optional(one.se),
            ]);
        }
    }
    table.note("Values of the training patients are apparent and so too high.");
    table
}

fn differences(survival: &Survival) -> Table {
    let mut table = Table::new(
        "Differences of concordance on the same patients",
        &["Set", "Models", "Difference", "z", "P"],
    );
    for (name, differences) in by_split(&survival.concordance_differences) {
        for one in differences {
            table.row([
                split(name),
                format!("{} − {}", model(&one.a), model(&one.b)),
                optional(one.difference),
                optional(one.z),
                p_value(one.p_value),
            ]);
        }
    }
    table
}

fn cox(section: &mut Section<'_>, survival: &Survival) {
    let mut table = Table::new(
        "Cox models of the training patients",
        &[
            "Model",
            "Term",
            "Coefficient",
            "SE",
            "Hazard ratio (95% CI)",
            "P",
        ],
    );
    let mut notes = Footnotes::default();
    for (key, fitted) in &survival.cox {
        let name = format!(
            "{} ({}, {})",
            model(key),
            count(fitted.n, "patient", "patients"),
            count(fitted.events, "event", "events")
        );
        if fitted.terms.is_empty() {
            let why = fitted
                .reason
                .as_deref()
                .unwrap_or("the model could not be fitted");
            let mut cells: Vec<Cell> = vec![Cell {
                text: name,
                mark: notes.mark(&sentence(why)),
            }];
            cells.extend((0..5).map(|_| Cell::from(NOT_DEFINED)));
            table.rows.push(cells);
            continue;
        }
        for one in &fitted.terms {
            table.row([
                name.clone(),
                match one.name.as_str() {
                    "nomogram" => "Linear predictor of the nomogram".to_owned(),
                    other => other.replacen('=', ": ", 1),
                },
                scaled(one.coef),
                scaled(one.se),
                ratio(Some(one.hazard_ratio), one.ci),
                p_value(one.p_value),
            ]);
        }
    }
    table.notes.extend(notes.line());
    section.table(table);
}
