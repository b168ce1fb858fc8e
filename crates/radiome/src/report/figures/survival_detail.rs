//! Survival within strata, and the nomogram with the stage.

use radiome_figures::Theme;
use radiome_figures::figure::kaplan_meier::{KaplanMeier, KaplanMeierPanel, kaplan_meier};
use radiome_figures::figure::nomogram::{Nomogram, NomogramAxis, NomogramTick, nomogram};

use super::super::format::{axis_value, model, plain, split, the_model};
use super::survival::panel;
use super::{Drawn, PROBABILITIES, beside};
use crate::results::{CoxNomogram, Results, StratifiedSurvival};

/// The model whose groups are drawn: the nomogram, or else the first that has groups.
pub(crate) fn model_of_strata(one: &StratifiedSurvival) -> Option<&str> {
    let models = || one.models.keys().map(String::as_str);
    models()
        .find(|key| *key == "nomogram")
        .or_else(|| models().find(|key| *key != "outcome"))
}

/// One figure a column: the strata of each set of patients, but not of the training patients as the
/// models that were fitted on them see them, where there is something better.
pub(super) fn strata(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(survival) = &results.survival else {
        return;
    };
    for one in &survival.strata {
        let Some(key) = model_of_strata(one) else {
            continue;
        };
        let Some(splits) = one.models.get(key) else {
            continue;
        };
        let inner = if splits.contains_key("cross_validated") {
            "cross_validated"
        } else {
            "train"
        };
        let mut panels: Vec<KaplanMeierPanel> = Vec::new();
        let mut across = 1;
        for name in [inner, "external"] {
            let before = panels.len();
            for level in splits.get(name).into_iter().flat_map(|found| &found.levels) {
                let Some(curves) = &level.curves else {
                    continue;
                };
                panels.push(panel(
                    format!("{}, {} (n = {})", split(name), level.level, level.n),
                    curves,
                    level.log_rank.as_ref().and_then(|test| test.p_value),
                    Vec::new(),
                ));
            }
            across = across.max(panels.len() - before);
        }
        if panels.is_empty() {
            continue;
        }
        let data = KaplanMeier {
            time_label: format!("Time ({})", survival.time),
            survival_label: "Survival".to_owned(),
            interval: super::INTERVAL.to_owned(),
            panels,
        };
        // One set of patients a row, where its strata fit side by side.
        let theme = beside(theme, across.min(3));
        drawn.add(
            format!("strata/{}", one.column),
            format!("Survival by group of {} within {}", the_model(key), one.column),
            format!(
                "Kaplan-Meier curves of the groups of {} among patients of one value of {}, with \
                 95% bands. Values with few patients or no event are left out; the table says which.",
                the_model(key),
                one.column
            ),
            kaplan_meier(&data, &theme),
        );
    }
}

/// The nomogram of the Cox model of the nomogram's linear predictor and the stage.
pub(super) fn nomogram_stage(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(survival) = &results.survival else {
        return;
    };
    let Some(found) = survival
        .nomogram_stage
        .as_ref()
        .filter(|found| !found.axes.is_empty())
    else {
        return;
    };
    let reach = found.total_points.last().copied().unwrap_or(0.0);
    let variables: Vec<NomogramAxis> = found
        .axes
        .iter()
        .enumerate()
        .map(|(place, axis)| {
            let ticks = axis.levels.iter().map(|level| NomogramTick {
                label: axis_value(&level.value),
                points: level.points,
            });
            NomogramAxis {
                name: match place {
                    0 => "Nomogram: probability".to_owned(),
                    _ => axis.variable.clone(),
                },
                categorical: place > 0,
                ticks: match place {
                    0 => probability_ticks(found),
                    _ => ticks.collect(),
                },
            }
        })
        .collect();
    let most = found
        .axes
        .iter()
        .flat_map(|axis| &axis.levels)
        .map(|level| level.points)
        .fold(100.0, f64::max);
    let outcomes = found.survival.iter().map(|axis| NomogramAxis {
        name: format!("Survival at {}", plain(axis.time)),
        categorical: false,
        ticks: axis
            .marks
            .iter()
            .map(|[survival, points]| NomogramTick {
                label: survival.to_string(),
                points: *points,
            })
            .collect(),
    });
    let data = Nomogram {
        name: String::new(),
        max_points: most,
        variables,
        max_total_points: reach,
        outcomes: outcomes.collect(),
    };
    drawn.add(
        "nomogram_stage".to_owned(),
        model("nomogram_stage"),
        format!(
            "For the probability that the nomogram gives and for the stage read the points straight \
             up, add them, and read the probability of no event up to each time straight down from \
             the total points. Times as in {}; Cox model of the training patients.",
            survival.time
        ),
        nomogram(&data, theme),
    );
}

/// Ticks at round probabilities of the nomogram. Points are a line in the linear predictor, which
/// the ends of its axis give.
fn probability_ticks(found: &CoxNomogram) -> Vec<NomogramTick> {
    let marks: Vec<(f64, f64)> = found.axes.first().map_or_else(Vec::new, |axis| {
        let mark =
            |level: &crate::results::NomogramLevel| Some((level.value.parse().ok()?, level.points));
        axis.levels.iter().filter_map(mark).collect()
    });
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Vec::new();
    };
    let slope = (last.1 - first.1) / (last.0 - first.0);
    PROBABILITIES
        .iter()
        .map(|&p| ((p / (1.0 - p)).ln(), p))
        .filter(|(logit, _)| (first.0..=last.0).contains(logit))
        .map(|(logit, p)| NomogramTick {
            label: p.to_string(),
            points: first.1 + slope * (logit - first.0),
        })
        .collect()
}
