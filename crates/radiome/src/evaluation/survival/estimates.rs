//! Curves, tests, concordance and Cox models of times and groups.

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_stats::survival::{
    CoxTies, SurvivalInterval, compare_concordance, concordance, cox_regression, kaplan_meier,
    log_rank,
};

use super::super::performance::LEVEL;
use super::hazard::SEPARATED;
use crate::results::{
    ConcordanceDifference, ConcordanceOfScore, CoxModel, CoxTerm, Estimate, FollowUp, KaplanMeier,
    KaplanMeierGroup, KaplanMeierStep, LogRank,
};

/// Time and event of each row; `None` where they are not known.
pub(in super::super) type Times = [Option<(f64, bool)>];

/// Curves of groups and their log-rank test. `group` gives the group of each row, as a place in
/// `names`; rows without a group or without a time are left out.
pub(in super::super) fn curves(
    times: &Times,
    group: &[Option<usize>],
    names: &[&str],
) -> (KaplanMeier, LogRank) {
    let mut groups = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let (time, event): (Vec<f64>, Vec<bool>) = times
            .iter()
            .zip(group)
            .filter(|(_, g)| **g == Some(number))
            .filter_map(|(t, _)| *t)
            .unzip();
        let Ok(curve) = kaplan_meier(&time, &event, SurvivalInterval::Log, LEVEL) else {
            continue;
        };
        let median = curve.median();
        let defined = |value: f64| value.is_finite().then_some(value);
        groups.push(KaplanMeierGroup {
            name: (*name).to_owned(),
            n: time.len(),
            events: event.iter().filter(|&&event| event).count(),
            median: median.time,
            median_ci: [median.lower, median.upper],
            steps: (0..curve.time.len())
                .map(|place| KaplanMeierStep {
                    time: curve.time[place],
                    n_risk: curve.at_risk[place],
                    n_event: curve.events[place],
                    n_censor: curve.censored[place],
                    survival: curve.survival[place],
                    ci: [defined(curve.lower[place]), defined(curve.upper[place])],
                })
                .collect(),
        });
    }
    let rows: Vec<(f64, bool, usize)> = times
        .iter()
        .zip(group)
        .filter_map(|(time, group)| {
            time.zip(*group)
                .map(|((time, event), group)| (time, event, group))
        })
        .collect();
    let time: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let event: Vec<bool> = rows.iter().map(|row| row.1).collect();
    let group: Vec<usize> = rows.iter().map(|row| row.2).collect();
    let test = log_rank(&time, &event, &group, None, 0.0).ok();
    let test = test.filter(|test| test.df > 0 && test.chi_square.is_finite());
    let log_rank = LogRank {
        chi_square: test.as_ref().map(|test| test.chi_square),
        df: test.as_ref().map_or(0, |test| test.df),
        p_value: test.as_ref().map(|test| test.p),
    };
    (KaplanMeier { groups }, log_rank)
}

/// Concordance of each score, and the differences between them on the rows that have both.
pub(super) fn concordances(
    times: &Times,
    scores: &[(String, Vec<f64>)],
) -> (Vec<ConcordanceOfScore>, Vec<ConcordanceDifference>) {
    let of = scores.iter().map(|(name, score)| {
        let (time, event, score) = complete(times, &[score]);
        let found = concordance(&time, &event, &score[0], LEVEL).ok();
        ConcordanceOfScore {
            score: name.clone(),
            n: time.len(),
            concordance: found.as_ref().map_or(Estimate::UNKNOWN, |found| Estimate {
                estimate: Some(found.c),
                ci: [Some(found.lower), Some(found.upper)],
            }),
            se: found.map(|found| found.standard_error),
        }
    });
    let mut differences = Vec::new();
    for (place, (a, first)) in scores.iter().enumerate() {
        for (b, second) in &scores[place + 1..] {
            let (time, event, both) = complete(times, &[first, second]);
            let found = compare_concordance(&time, &event, &both[0], &both[1], LEVEL).ok();
            differences.push(ConcordanceDifference {
                a: a.clone(),
                b: b.clone(),
                difference: found.as_ref().map(|found| found.difference),
                z: found
                    .as_ref()
                    .map(|found| found.z)
                    .filter(|z| z.is_finite()),
                p_value: found
                    .as_ref()
                    .map(|found| found.p)
                    .filter(|p| p.is_finite()),
            });
        }
    }
    (of.collect(), differences)
}

/// A Cox model of some columns (Efron's ties), and its linear predictor for any values.
pub(super) fn cox(times: &Times, columns: &[(&str, &[f64])]) -> CoxModel {
    let values: Vec<&[f64]> = columns.iter().map(|(_, values)| *values).collect();
    let (time, event, complete) = complete(times, &values);
    let x = DMatrix::from_fn(time.len(), columns.len(), |row, column| {
        complete[column][row]
    });
    let mut model = CoxModel {
        n: time.len(),
        events: event.iter().filter(|&&event| event).count(),
        terms: Vec::new(),
        reason: None,
    };
    match cox_regression(&x, &time, &event, CoxTies::Efron, LEVEL) {
        Ok(fitted) if fitted.separation => model.reason = Some(SEPARATED.to_owned()),
        Ok(fitted) => {
            model.terms = columns
                .iter()
                .zip(&fitted.coefficients)
                .map(|((name, _), term)| CoxTerm {
                    name: (*name).to_owned(),
                    coef: term.estimate,
                    se: term.standard_error,
                    p_value: term.p.is_finite().then_some(term.p),
                    hazard_ratio: term.hazard_ratio,
                    ci: [term.hazard_ratio_lower, term.hazard_ratio_upper]
                        .map(|limit| limit.is_finite().then_some(limit)),
                })
                .collect();
        }
        Err(error) => model.reason = Some(error.to_string()),
    }
    model
}

/// Linear predictor of a Cox model; NaN where a value is missing. `None` if it was not fitted.
pub(super) fn cox_score(model: &CoxModel, columns: &[&[f64]]) -> Option<Vec<f64>> {
    let rows = columns.first()?.len();
    (!model.terms.is_empty()).then(|| {
        let score = |row| {
            model
                .terms
                .iter()
                .zip(columns)
                .map(|(term, values)| term.coef * values[row])
                .sum()
        };
        (0..rows).map(score).collect()
    })
}

/// Median follow-up by the reverse Kaplan-Meier method (Schemper and Smith 1996).
pub(in super::super) fn follow_up(times: &Times) -> FollowUp {
    let (time, event): (Vec<f64>, Vec<bool>) = times.iter().filter_map(|time| *time).unzip();
    let censored: Vec<bool> = event.iter().map(|event| !event).collect();
    let curve = kaplan_meier(&time, &censored, SurvivalInterval::Log, LEVEL).ok();
    FollowUp {
        n: time.len(),
        events: event.iter().filter(|&&event| event).count(),
        median: curve.and_then(|curve| curve.median().time),
    }
}

/// The rows with a time and every value.
pub(super) fn complete(
    times: &Times,
    columns: &[impl AsRef<[f64]>],
) -> (Vec<f64>, Vec<bool>, Vec<Vec<f64>>) {
    let rows: Vec<usize> = (0..times.len())
        .filter(|&row| {
            times[row].is_some()
                && columns
                    .iter()
                    .all(|column| column.as_ref()[row].is_finite())
        })
        .collect();
    let (time, event) = rows.iter().filter_map(|&row| times[row]).unzip();
    let values = columns
        .iter()
        .map(|column| rows.iter().map(|&row| column.as_ref()[row]).collect());
    (time, event, values.collect())
}

/// Values of a stage column as ordered numbers: numbers as they are, words by their place in
/// alphabetical order (IA, IB, IIA, IIB, III, IV stand in it as they should).
pub(super) fn ordered(values: &crate::pipeline::ClinicalValues) -> Vec<f64> {
    match values {
        crate::pipeline::ClinicalValues::Number(values) => values.clone(),
        crate::pipeline::ClinicalValues::Factor(values) => {
            let levels: std::collections::BTreeSet<&String> = values.iter().flatten().collect();
            let place: IndexMap<&String, f64> = levels
                .into_iter()
                .enumerate()
                .map(|(place, level)| (level, place as f64))
                .collect();
            values
                .iter()
                .map(|value| value.as_ref().map_or(f64::NAN, |value| place[value]))
                .collect()
        }
    }
}

/// What the stage is called at each of its ordered numbers.
pub(super) fn stage_labels(values: &crate::pipeline::ClinicalValues) -> Vec<(f64, String)> {
    let numbers = ordered(values);
    let mut labels: Vec<(f64, String)> = match values {
        crate::pipeline::ClinicalValues::Number(values) => values
            .iter()
            .filter(|value| value.is_finite())
            .map(|&value| (value, crate::table::number_text(value)))
            .collect(),
        crate::pipeline::ClinicalValues::Factor(values) => numbers
            .iter()
            .zip(values)
            .filter_map(|(&number, value)| Some((number, value.clone()?)))
            .collect(),
    };
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    labels.dedup();
    labels
}
