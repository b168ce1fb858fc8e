//! Survival by model.

use super::{Written, limits, number, optional, text};
use crate::results::Results;

pub(super) fn kaplan_meier(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "kaplan_meier",
        &[
            "model", "split", "group", "time", "n_risk", "n_event", "n_censor", "survival",
            "lower", "upper",
        ],
    );
    for (model, splits) in &results.survival.as_ref()?.kaplan_meier {
        for (split, curves) in splits {
            for group in &curves.groups {
                for step in &group.steps {
                    let [lower, upper] = limits(step.ci);
                    table.row([
                        model.clone(),
                        split.clone(),
                        group.name.clone(),
                        number(step.time),
                        step.n_risk.to_string(),
                        step.n_event.to_string(),
                        step.n_censor.to_string(),
                        number(step.survival),
                        lower,
                        upper,
                    ]);
                }
            }
        }
    }
    Some(table)
}

pub(super) fn groups(results: &Results) -> Option<Written> {
    let survival = results.survival.as_ref()?;
    let mut table = Written::new(
        "log_rank",
        &[
            "model",
            "split",
            "group",
            "n",
            "events",
            "median",
            "lower",
            "upper",
            "chi_square",
            "df",
            "p_value",
        ],
    );
    for (model, splits) in &survival.kaplan_meier {
        for (split, curves) in splits {
            let test = survival
                .log_rank
                .get(model)
                .and_then(|splits| splits.get(split));
            for group in &curves.groups {
                let [lower, upper] = limits(group.median_ci);
                table.row([
                    model.clone(),
                    split.clone(),
                    group.name.clone(),
                    group.n.to_string(),
                    group.events.to_string(),
                    optional(group.median),
                    lower,
                    upper,
                    optional(test.and_then(|test| test.chi_square)),
                    test.map_or_else(String::new, |test| test.df.to_string()),
                    optional(test.and_then(|test| test.p_value)),
                ]);
            }
        }
    }
    Some(table)
}

pub(super) fn concordance(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "concordance",
        &[
            "split",
            "score",
            "n",
            "concordance",
            "lower",
            "upper",
            "standard_error",
        ],
    );
    for (split, scores) in &results.survival.as_ref()?.concordance {
        for one in scores {
            let [lower, upper] = limits(one.concordance.ci);
            table.row([
                split.clone(),
                one.score.clone(),
                one.n.to_string(),
                optional(one.concordance.estimate),
                lower,
                upper,
                optional(one.se),
            ]);
        }
    }
    Some(table)
}

pub(super) fn differences(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "concordance_differences",
        &["split", "a", "b", "difference", "z", "p_value"],
    );
    for (split, differences) in &results.survival.as_ref()?.concordance_differences {
        for one in differences {
            table.row([
                split.clone(),
                one.a.clone(),
                one.b.clone(),
                optional(one.difference),
                optional(one.z),
                optional(one.p_value),
            ]);
        }
    }
    Some(table)
}

pub(super) fn cox(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "cox",
        &[
            "model",
            "n",
            "events",
            "term",
            "coefficient",
            "standard_error",
            "hazard_ratio",
            "lower",
            "upper",
            "p_value",
            "reason",
        ],
    );
    for (model, fitted) in &results.survival.as_ref()?.cox {
        let reason = text(fitted.reason.as_deref());
        let fit = [
            model.clone(),
            fitted.n.to_string(),
            fitted.events.to_string(),
        ];
        for one in &fitted.terms {
            let [lower, upper] = limits(one.ci);
            let rest = [
                one.name.clone(),
                number(one.coef),
                number(one.se),
                number(one.hazard_ratio),
                lower,
                upper,
                optional(one.p_value),
                reason.clone(),
            ];
            table.row(fit.iter().cloned().chain(rest));
        }
        if fitted.terms.is_empty() {
            let empty = (0..7).map(|_| String::new());
            table.row(fit.into_iter().chain(empty).chain([reason]));
        }
    }
    Some(table)
}
