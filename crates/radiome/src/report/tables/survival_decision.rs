//! Decision curves of survival.

use super::{Written, number, optional, text};
use crate::results::Results;

pub(super) fn decision_curve(results: &Results) -> Option<Written> {
    let curves = &results.survival.as_ref()?.decision_curve;
    let mut table = Written::new(
        "survival_decision_curve",
        &[
            "split",
            "time",
            "n",
            "events",
            "event_probability",
            "model",
            "threshold",
            "net_benefit",
            "treat_all",
            "short_from",
            "reason",
        ],
    );
    for (split, all) in curves {
        for one in all {
            let start = [
                split.clone(),
                number(one.time),
                one.n.to_string(),
                one.events.to_string(),
                optional(one.event_probability),
            ];
            for of_model in &one.models {
                for point in &of_model.points {
                    table.row(start.clone().into_iter().chain([
                        of_model.model.clone(),
                        number(point.threshold),
                        number(point.net_benefit),
                        number(point.treat_all),
                        optional(of_model.short_from),
                        String::new(),
                    ]));
                }
            }
            if one.models.is_empty() {
                let empty = std::iter::repeat_n(String::new(), 5);
                let why = text(one.reason.as_deref());
                table.row(start.into_iter().chain(empty).chain([why]));
            }
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
