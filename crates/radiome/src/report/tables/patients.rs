//! Patients, readings and scanners.

use super::{Written, limits, number, optional, text};
use crate::results::Results;

pub(super) fn cohort(results: &Results) -> Option<Written> {
    let mut table = Written::new("cohort", &["split", "batch", "n", "positive", "negative"]);
    for (split, counts) in &results.cohort.analysed {
        let all = [counts.n, counts.positive, counts.negative].map(|n| n.to_string());
        table.row([split.clone(), String::new()].into_iter().chain(all));
        for (batch, n) in &counts.batches {
            table.row([
                split.clone(),
                batch.clone(),
                n.to_string(),
                String::new(),
                String::new(),
            ]);
        }
    }
    Some(table)
}

pub(super) fn exclusions(results: &Results) -> Option<Written> {
    let mut table = Written::new("exclusions", &["id", "reason_code", "reason"]);
    for one in &results.cohort.excluded {
        table.row([one.id.clone(), one.reason_code.clone(), one.reason.clone()]);
    }
    Some(table)
}

pub(super) fn follow_up(results: &Results) -> Option<Written> {
    let mut table = Written::new("follow_up", &["split", "n", "events", "median"]);
    for (split, one) in results.cohort.follow_up.as_ref()? {
        table.row([
            split.clone(),
            one.n.to_string(),
            one.events.to_string(),
            optional(one.median),
        ]);
    }
    Some(table)
}

pub(super) fn table_one(results: &Results) -> Option<Written> {
    let mut table = Written::new("table_one", &["variable", "level"]);
    for split in &results.table_one.splits {
        for column in [
            "negative",
            "negative_n",
            "negative_missing",
            "positive",
            "positive_n",
            "positive_missing",
            "test",
            "p_value",
        ] {
            table.header.push(format!("{split}_{column}"));
        }
    }
    for row in &results.table_one.rows {
        let mut cells = vec![row.variable.clone(), text(row.level.as_deref())];
        for split in &results.table_one.splits {
            match row.groups.get(split) {
                Some(groups) => {
                    for group in groups {
                        cells.push(group.text.clone());
                        cells.push(group.n.to_string());
                        cells.push(group.missing.to_string());
                    }
                }
                None => cells.extend((0..6).map(|_| String::new())),
            }
            let test = row.tests.get(split);
            cells.push(text(test.map(|test| test.test.as_str())));
            cells.push(optional(test.and_then(|test| test.p_value)));
        }
        table.row(cells);
    }
    Some(table)
}

pub(super) fn reliability(results: &Results) -> Option<Written> {
    let reliability = results.reliability.as_ref()?;
    let mut table = Written::new("reliability", &["feature", "kept"]);
    for comparison in reliability.patients.keys() {
        for column in ["icc", "lower", "upper"] {
            table.header.push(format!("{comparison}_{column}"));
        }
    }
    for feature in &reliability.features {
        let mut cells = vec![feature.feature.clone(), feature.kept.to_string()];
        for comparison in reliability.patients.keys() {
            cells.push(optional(feature.icc.get(comparison).copied().flatten()));
            cells.extend(limits(
                feature.ci.get(comparison).copied().unwrap_or([None; 2]),
            ));
        }
        table.row(cells);
    }
    Some(table)
}

pub(super) fn harmonization(results: &Results) -> Option<Written> {
    let harmonization = results.harmonization.as_ref()?;
    let mut table = Written::new(
        "harmonization",
        &[
            "batch",
            "seen_in_training",
            "n",
            "adjusted",
            "mean_absolute_shift",
            "median_scale",
        ],
    );
    for batch in &harmonization.batches {
        table.row([
            batch.name.clone(),
            true.to_string(),
            batch.n.to_string(),
            batch.adjusted.to_string(),
            optional(batch.mean_absolute_shift),
            optional(batch.median_scale),
        ]);
    }
    for batch in &harmonization.unseen_batches {
        let adjusted = harmonization.unseen == "own";
        table.row([
            batch.clone(),
            false.to_string(),
            number(0.0),
            adjusted.to_string(),
            String::new(),
            String::new(),
        ]);
    }
    Some(table)
}

pub(super) fn histology(results: &Results) -> Option<Written> {
    let histology = results.histology.as_ref()?;
    let mut table = Written::new("histology", &["type"]);
    for split in &histology.splits {
        for column in ["n", "negative", "positive"] {
            table.header.push(format!("{split}_{column}"));
        }
    }
    for one in &histology.types {
        let mut cells = vec![text(one.name.as_deref())];
        for split in &histology.splits {
            let [negative, positive] = one.groups.get(split).copied().unwrap_or_default();
            cells.extend([negative + positive, negative, positive].map(|n| n.to_string()));
        }
        table.row(cells);
    }
    Some(table)
}

pub(super) fn reader_agreement(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "reader_agreement",
        &[
            "sign",
            "reader_a",
            "reader_b",
            "n",
            "agreement",
            "weights",
            "kappa",
            "se",
            "lower",
            "upper",
            "p_value",
            "reason",
        ],
    );
    for sign in &results.reader_agreement {
        let [a, b] = sign.readers.clone();
        let of_sign = [
            sign.column.clone(),
            a,
            b,
            sign.n.to_string(),
            number(sign.agreement()),
        ];
        for one in &sign.kappa {
            let numbers = [one.kappa, one.standard_error].map(number);
            let own = [one.weights.clone()].into_iter().chain(numbers);
            let rest = limits(one.ci)
                .into_iter()
                .chain([optional(one.p_value), String::new()]);
            table.row(of_sign.clone().into_iter().chain(own).chain(rest));
        }
        if sign.kappa.is_empty() {
            let none = (0..6).map(|_| String::new());
            let reason = [text(sign.reason.as_deref())];
            table.row(of_sign.into_iter().chain(none).chain(reason));
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

pub(super) fn reader_disagreements(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "reader_disagreements",
        &["sign", "id", "first", "second", "used", "kind"],
    );
    for sign in &results.reader_agreement {
        let differ = sign.disagreements.iter().map(|one| (one, "readers_differ"));
        let other = sign
            .discrepancies
            .iter()
            .map(|one| (one, "consensus_differs"));
        for (one, kind) in differ.chain(other) {
            table.row([
                sign.column.clone(),
                one.id.clone(),
                one.first.clone(),
                one.second.clone(),
                text(one.used.as_deref()),
                kind.to_owned(),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}
