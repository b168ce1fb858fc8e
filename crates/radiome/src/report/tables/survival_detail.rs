//! Survival within strata, hazard ratios, discrimination at given times, nomogram with the stage.

use super::{Written, limits, number, optional, text};
use crate::results::{Results, Stratum};

pub(super) fn strata(results: &Results) -> Option<Written> {
    let strata = &results.survival.as_ref()?.strata;
    if strata.is_empty() {
        return None;
    }
    let mut table = Written::new(
        "survival_strata",
        &[
            "column",
            "cut",
            "model",
            "split",
            "level",
            "group",
            "n",
            "events",
            "median",
            "lower",
            "upper",
            "chi_square",
            "df",
            "p_value",
            "reason",
        ],
    );
    for one in strata {
        for (model, splits) in &one.models {
            for (split, found) in splits {
                let start = |level: &str| {
                    [
                        one.column.clone(),
                        optional(one.cut),
                        model.clone(),
                        split.clone(),
                        level.to_owned(),
                    ]
                };
                for level in &found.levels {
                    for row in groups(level) {
                        table.row(start(&level.level).into_iter().chain(row));
                    }
                }
                let test = &found.log_rank;
                let pooled = [
                    "all strata".to_owned(),
                    found.n.to_string(),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                    optional(test.chi_square),
                    test.df.to_string(),
                    optional(test.p_value),
                    String::new(),
                ];
                table.row(start("").into_iter().chain(pooled));
            }
        }
    }
    Some(table)
}

fn groups(level: &Stratum) -> Vec<[String; 10]> {
    let test = level.log_rank.as_ref();
    let rest = |cells: [String; 6]| {
        let [group, n, events, median, lower, upper] = cells;
        [
            group,
            n,
            events,
            median,
            lower,
            upper,
            optional(test.and_then(|test| test.chi_square)),
            test.map_or_else(String::new, |test| test.df.to_string()),
            optional(test.and_then(|test| test.p_value)),
            text(level.reason.as_deref()),
        ]
    };
    let Some(curves) = &level.curves else {
        let empty = String::new;
        let (n, events) = (level.n.to_string(), level.events.to_string());
        return vec![rest([empty(), n, events, empty(), empty(), empty()])];
    };
    curves
        .groups
        .iter()
        .map(|group| {
            let [lower, upper] = limits(group.median_ci);
            rest([
                group.name.clone(),
                group.n.to_string(),
                group.events.to_string(),
                optional(group.median),
                lower,
                upper,
            ])
        })
        .collect()
}

pub(super) fn hazard_ratios(results: &Results) -> Option<Written> {
    let survival = results.survival.as_ref()?;
    let mut table = Written::new(
        "hazard_ratios",
        &[
            "model",
            "split",
            "of",
            "score_sd",
            "n",
            "events",
            "hazard_ratio",
            "lower",
            "upper",
            "p_value",
            "reason",
        ],
    );
    for (model, splits) in &survival.hazard_ratios {
        for (split, found) in splits {
            let ratios = [
                ("score", found.per_sd.as_ref()),
                ("group", Some(&found.high_vs_low)),
            ];
            for (of, one) in ratios {
                let Some(one) = one else { continue };
                let sd = survival.score_sd.get(model).filter(|_| of == "score");
                let [lower, upper] = limits(one.ci);
                table.row([
                    model.clone(),
                    split.clone(),
                    of.to_owned(),
                    optional(sd.copied()),
                    one.n.to_string(),
                    one.events.to_string(),
                    optional(one.hazard_ratio),
                    lower,
                    upper,
                    optional(one.p_value),
                    text(one.reason.as_deref()),
                ]);
            }
        }
    }
    Some(table)
}

pub(super) fn auc_at(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "survival_auc",
        &[
            "split", "score", "time", "cases", "controls", "auc", "lower", "upper", "reason",
        ],
    );
    for (split, found) in &results.survival.as_ref()?.auc_at {
        for one in found {
            let [lower, upper] = limits(one.auc.ci);
            table.row([
                split.clone(),
                one.score.clone(),
                number(one.time),
                one.cases.to_string(),
                one.controls.to_string(),
                optional(one.auc.estimate),
                lower,
                upper,
                text(one.reason.as_deref()),
            ]);
        }
    }
    Some(table)
}

pub(super) fn nomogram_stage(results: &Results) -> Option<Written> {
    let found = results.survival.as_ref()?.nomogram_stage.as_ref()?;
    let mut table = Written::new("nomogram_stage", &["axis", "value", "points"]);
    for axis in &found.axes {
        for level in &axis.levels {
            table.row([
                axis.variable.clone(),
                level.value.clone(),
                number(level.points),
            ]);
        }
    }
    for axis in &found.survival {
        for [survival, points] in &axis.marks {
            let name = format!("survival at {}", number(axis.time));
            table.row([name, number(*survival), number(*points)]);
        }
    }
    Some(table)
}
