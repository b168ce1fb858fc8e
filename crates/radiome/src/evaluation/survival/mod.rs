//! Time to an event by the groups and the scores of the models.

mod cox_nomogram;
mod decision;
mod estimates;
mod folds;
mod hazard;
mod strata;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use radiome_stats::describe::{median, standard_deviation};

use super::column_groups::ColumnGroups;
use super::{Evidence, View};
use crate::results::{AucAtTime, Estimate, StratifiedSurvival, Survival};
pub(super) use estimates::{Times, curves, follow_up};

/// Curves of more values of the stage than this would hide each other.
const MOST_STAGES: usize = 6;
/// The names of the two groups that a model makes.
const RISKS: [&str; 2] = ["low risk", "high risk"];
/// The names of the classes of the true outcome.
const CLASSES: [&str; 2] = ["negative", "positive"];

/// A grouping of the rows of a view, with the names of its groups.
struct Grouping<'a> {
    model: &'a str,
    of_row: Vec<Option<usize>>,
    names: Vec<&'a str>,
}

impl Evidence<'_> {
    /// Everything about survival; `None` where the study names no endpoint.
    pub(super) fn survival(&self, views: &[View<'_>]) -> Option<Survival> {
        let columns = self.study.file.survival.as_ref()?;
        let mut found = Survival {
            time: columns.time_name(),
            event: columns.event_name().to_owned(),
            kaplan_meier: IndexMap::new(),
            log_rank: IndexMap::new(),
            concordance: IndexMap::new(),
            concordance_differences: IndexMap::new(),
            cox: IndexMap::new(),
            hazard_ratios: IndexMap::new(),
            score_sd: IndexMap::new(),
            cutoffs: IndexMap::new(),
            strata: Vec::new(),
            nomogram_stage: None,
            auc_at: IndexMap::new(),
            decision_curve: IndexMap::new(),
        };
        let stage: Option<Vec<f64>> = self.stage.map(|column| estimates::ordered(&column.values));
        let stage_of = |rows: &[usize]| -> Option<Vec<f64>> {
            stage
                .as_ref()
                .map(|stage| rows.iter().map(|&row| stage[row]).collect())
        };
        let named = |name: &str| views.iter().find(|view| view.name == name);
        if let Some(train) = named("train") {
            for (model, score) in &train.score {
                let known: Vec<f64> = score.iter().copied().filter(|s| s.is_finite()).collect();
                let sd = standard_deviation(&known);
                found.score_sd.insert(model.clone(), sd);
            }
        }
        // The nomogram's predictor of a training patient comes from folds without that patient,
        // unless the study is one as published, without folds.
        let learnt = named("cross_validated").or_else(|| named("train"));
        let nomogram = learnt.and_then(|view| view.score.get("nomogram").map(Vec::as_slice));
        let train_stage = stage_of(self.train);
        let times: &Times = learnt.map_or(&[], |view| &view.times);
        let at = columns.horizons(times);
        let mut fit = |name: &str, columns: &[(&str, &[f64])]| {
            found
                .cox
                .insert(name.to_owned(), estimates::cox(times, columns));
        };
        if let Some(nomogram) = nomogram {
            fit("nomogram", &[("nomogram", nomogram)]);
        }
        if let Some(stage) = &train_stage {
            fit("stage", &[("stage", stage)]);
            if let Some(nomogram) = nomogram {
                fit(
                    "nomogram_stage",
                    &[("nomogram", nomogram), ("stage", stage)],
                );
            }
        }
        if let (Some(nomogram), Some(stage), Some(column)) = (nomogram, &train_stage, self.stage) {
            let labels = estimates::stage_labels(&column.values);
            found.nomogram_stage = Some(cox_nomogram::cox_nomogram(
                times,
                nomogram,
                (&column.name, stage, &labels),
                &at,
            ));
            let combined = found
                .cox
                .get("nomogram_stage")
                .and_then(|model| estimates::cox_score(model, &[nomogram, stage.as_slice()]));
            let known: Vec<f64> = combined
                .into_iter()
                .flatten()
                .filter(|score| score.is_finite())
                .collect();
            if !known.is_empty() {
                let (model, cutoff) = ("nomogram_stage".to_owned(), median(&known));
                found
                    .score_sd
                    .insert(model.clone(), standard_deviation(&known));
                found.cutoffs.insert(model, cutoff);
            }
        }
        let of_training = decision::Learnt {
            times,
            nomogram,
            stage: train_stage.as_deref(),
            validation: self.cross_validation,
        };
        if let Some(view) = learnt {
            let curves = of_training.of_training(&at);
            found.decision_curve.insert(view.name.to_owned(), curves);
        }
        if let Some(view) = named("external") {
            let nomogram = view.score.get("nomogram").map(Vec::as_slice);
            let stage = stage_of(view.rows);
            let curves = of_training.of_others(&view.times, nomogram, stage.as_deref(), &at);
            found.decision_curve.insert(view.name.to_owned(), curves);
        }
        let stages = self
            .stage
            .map(|column| ColumnGroups::of(column, self.train));
        let stages = stages.filter(|stages| (2..=MOST_STAGES).contains(&stages.names.len()));
        let strata: Vec<ColumnGroups> = self
            .strata
            .iter()
            .map(|column| ColumnGroups::of(column, self.train))
            .collect();
        found.strata = strata
            .iter()
            .map(|groups| StratifiedSurvival {
                column: groups.column.clone(),
                cut: groups.cut,
                models: IndexMap::new(),
            })
            .collect();

        for view in views {
            let mut scores: Vec<(String, Vec<f64>)> = view
                .score
                .iter()
                .map(|(model, score)| (model.clone(), score.clone()))
                .collect();
            let mut combined_high = None;
            if let Some(stage) = stage_of(view.rows) {
                let of_folds = self
                    .cross_validation
                    .filter(|_| view.name == "cross_validated");
                let (combined, cutoff) = match of_folds {
                    Some(validation) => {
                        let folds = folds::Folds {
                            validation,
                            times: &view.times,
                            stage: Some(&stage),
                        };
                        let scores = Some(folds.scores());
                        let known = |scores: &Vec<f64>| scores.iter().any(|s| s.is_finite());
                        (scores.filter(known), Some(0.0))
                    }
                    None => {
                        let combined = found.cox.get("nomogram_stage").and_then(|model| {
                            let nomogram = view.score.get("nomogram")?;
                            estimates::cox_score(model, &[nomogram, &stage])
                        });
                        (combined, found.cutoffs.get("nomogram_stage").copied())
                    }
                };
                if let (Some(combined), Some(cutoff)) = (&combined, cutoff) {
                    let high =
                        |&score: &f64| score.is_finite().then(|| usize::from(score >= cutoff));
                    combined_high = Some(combined.iter().map(high).collect());
                }
                scores.push(("stage".to_owned(), stage));
                scores.extend(combined.map(|combined| ("nomogram_stage".to_owned(), combined)));
            }
            let groupings = groupings(view, stages.as_ref(), combined_high);
            for grouping in &groupings {
                let score = scores.iter().find(|(model, _)| model == grouping.model);
                let sd = found.score_sd.get(grouping.model).copied();
                draw(
                    &mut found,
                    view,
                    grouping,
                    score.map(|(_, score)| score.as_slice()).zip(sd),
                );
                for (groups, stratified) in strata.iter().zip(&mut found.strata) {
                    if grouping.names.len() != 2 {
                        continue;
                    }
                    let strata = strata::strata(groups, view.rows, &view.times, grouping);
                    let by_split = stratified.models.entry(grouping.model.to_owned());
                    by_split.or_default().insert(view.name.to_owned(), strata);
                }
            }
            let (concordance, differences) = estimates::concordances(&view.times, &scores);
            found.concordance.insert(view.name.to_owned(), concordance);
            found
                .concordance_differences
                .insert(view.name.to_owned(), differences);
            found
                .auc_at
                .insert(view.name.to_owned(), auc_at(&view.times, &scores, &at));
        }
        Some(found)
    }
}

/// The groupings whose curves are drawn: the true outcome, each model's, the stage's values, and
/// those of the nomogram with the stage.
fn groupings<'a>(
    view: &'a View<'_>,
    stages: Option<&'a ColumnGroups>,
    combined: Option<Vec<Option<usize>>>,
) -> Vec<Grouping<'a>> {
    let mut groupings = Vec::new();
    // The true outcome and the stage are the same whether resampled or not.
    if view.name != "cross_validated" {
        let class = |&positive: &bool| Some(usize::from(positive));
        groupings.push(Grouping {
            model: "outcome",
            of_row: view.outcome.iter().map(class).collect(),
            names: CLASSES.to_vec(),
        });
        groupings.extend(stages.map(|stages| Grouping {
            model: "stage",
            of_row: view.rows.iter().map(|&row| stages.of_row[row]).collect(),
            names: stages.names.iter().map(String::as_str).collect(),
        }));
    }
    groupings.extend(view.high.iter().map(|(model, high)| Grouping {
        model,
        of_row: high.iter().map(|high| high.map(usize::from)).collect(),
        names: RISKS.to_vec(),
    }));
    groupings.extend(combined.map(|of_row| Grouping {
        model: "nomogram_stage",
        of_row,
        names: RISKS.to_vec(),
    }));
    groupings
}

/// Curves, log-rank test and hazard ratios of one grouping in one view.
fn draw(
    found: &mut Survival,
    view: &View<'_>,
    grouping: &Grouping<'_>,
    score: Option<(&[f64], f64)>,
) {
    let (curves, test) = curves(&view.times, &grouping.of_row, &grouping.names);
    let (model, split) = (grouping.model.to_owned(), view.name.to_owned());
    let by_split = found.kaplan_meier.entry(model.clone()).or_default();
    by_split.insert(split.clone(), curves);
    let by_split = found.log_rank.entry(model.clone()).or_default();
    by_split.insert(split.clone(), test);
    if grouping.names.len() == 2 {
        let ratios = hazard::hazard_ratios(&view.times, score, &grouping.of_row);
        let by_split = found.hazard_ratios.entry(model).or_default();
        by_split.insert(split, ratios);
    }
}

/// Cumulative/dynamic AUC of each score at each time.
fn auc_at(times: &Times, scores: &[(String, Vec<f64>)], at: &[f64]) -> Vec<AucAtTime> {
    use radiome_stats::survival::{CensoringTies, time_dependent_auc};
    let mut found = Vec::new();
    for (name, score) in scores {
        let (time, event, score) = estimates::complete(times, &[score]);
        for &horizon in at {
            let auc = time_dependent_auc(
                &time,
                &event,
                &score[0],
                horizon,
                CensoringTies::EventsFirst,
                super::performance::LEVEL,
            );
            let reason = auc.as_ref().err().map(ToString::to_string);
            let known = |value: f64| value.is_finite().then_some(value);
            let auc = auc.ok();
            found.push(AucAtTime {
                score: name.clone(),
                time: horizon,
                cases: auc.as_ref().map_or(0, |auc| auc.cases),
                controls: auc.as_ref().map_or(0, |auc| auc.controls),
                auc: auc.as_ref().map_or(Estimate::UNKNOWN, |auc| Estimate {
                    estimate: known(auc.auc),
                    ci: [known(auc.lower), known(auc.upper)],
                }),
                reason,
            });
        }
    }
    found
}
