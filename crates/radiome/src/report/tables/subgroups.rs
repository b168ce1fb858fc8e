//! Discrimination within subgroups.

use super::{Written, limits, optional, text};
use crate::results::Results;

pub(super) fn subgroups(results: &Results) -> Option<Written> {
    if results.subgroups.is_empty() {
        return None;
    }
    let mut table = Written::new(
        "subgroups",
        &[
            "column", "cut", "model", "split", "level", "n", "positive", "auc", "lower", "upper",
            "reason",
        ],
    );
    for one in &results.subgroups {
        for (model, splits) in &one.models {
            for (split, found) in splits {
                for level in &found.levels {
                    let [lower, upper] = limits(level.auc.ci);
                    table.row([
                        one.column.clone(),
                        optional(one.cut),
                        model.clone(),
                        split.clone(),
                        level.level.clone(),
                        level.n.to_string(),
                        level.positive.to_string(),
                        optional(level.auc.estimate),
                        lower,
                        upper,
                        text(level.reason.as_deref()),
                    ]);
                }
            }
        }
    }
    Some(table)
}

pub(super) fn interactions(results: &Results) -> Option<Written> {
    if results.subgroups.is_empty() {
        return None;
    }
    let mut table = Written::new(
        "subgroup_tests",
        &[
            "column",
            "model",
            "split",
            "test",
            "difference",
            "lower",
            "upper",
            "statistic",
            "df",
            "p_value",
        ],
    );
    for one in &results.subgroups {
        for (model, splits) in &one.models {
            for (split, found) in splits {
                let test = &found.interaction;
                let [lower, upper] = limits(test.ci);
                table.row([
                    one.column.clone(),
                    model.clone(),
                    split.clone(),
                    text(test.test.as_deref()),
                    optional(test.difference),
                    lower,
                    upper,
                    optional(test.statistic),
                    optional(test.df),
                    optional(test.p_value),
                ]);
            }
        }
    }
    Some(table)
}
