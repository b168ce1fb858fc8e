//! What the findings do not show.

use super::super::format::{count, fixed, is_empty_model, percent, split, the_model};
use super::{Answer, FEW, chief};
use crate::results::{Performance, Results};

/// An interval of an AUC is called wide from here on.
const WIDE: f64 = 0.2;

pub(super) fn cannot_say(results: &Results) -> Answer {
    let mut points = Vec::new();
    for (split, counts) in &results.cohort.analysed {
        points.extend(small_class(split, counts.positive, true, results));
        points.extend(small_class(split, counts.negative, false, results));
    }
    if let Some(train) = results.cohort.analysed.get("train")
        && results.study.features > train.n
    {
        points.push(format!(
            "There are {} features for {} training patients. With so many, some tell the classes \
             apart by chance; which features a signature holds is less certain than how well it \
             does.",
            results.study.features, train.n
        ));
    }
    for (model, validation) in &results.internal_validation {
        if let Some(resampled) = &validation.resampled
            && resampled.empty >= 0.05
            && !is_empty_model(results, model)
        {
            points.push(format!(
                "In {} of the refits {} had no predictor at all: it hangs on few patients.",
                percent(resampled.empty),
                the_model(model)
            ));
        }
    }
    if let Some(survival) = &results.survival {
        for (set, summary) in results.cohort.follow_up.iter().flatten() {
            if summary.events < FEW && summary.n > 0 {
                points.push(format!(
                    "{} patients: only {} ({}); survival comparisons there show little.",
                    split(set),
                    count(summary.events, "event", "events"),
                    survival.event
                ));
            }
        }
    }
    if results
        .cohort
        .analysed
        .get("external")
        .is_none_or(|counts| counts.n == 0)
    {
        points.push(
            "Without an external set nothing is known of other hospitals or other scanners."
                .to_owned(),
        );
    }
    points.push(
        "It says nothing of any one patient's care. It is for research only and is no medical \
         device."
            .to_owned(),
    );
    Answer {
        question: "What it cannot say",
        points,
        ..Answer::default()
    }
}

/// What fewer than ten patients of one class can show.
///
/// With all `n` classified rightly, the lower Clopper-Pearson 95 % limit is `0.025^(1/n)`.
fn small_class(split: &str, n: usize, positive: bool, results: &Results) -> Option<String> {
    if n >= FEW {
        return None;
    }
    let (class, share) = if positive {
        ("positive", "sensitivity")
    } else {
        ("negative", "specificity")
    };
    let whose = match split {
        "train" => "The training set",
        "external" => "The external set",
        _ => split,
    };
    if n == 0 {
        return Some(format!(
            "{whose} has no {class} patient, so there is no AUC and no {share}."
        ));
    }
    let lower = 0.025_f64.powf(1.0 / n as f64);
    let mut text = format!(
        "{whose} has only {}. Were {} classified rightly, the 95% interval of the {share} would \
         still reach down to {}",
        count(n, &format!("{class} patient"), &format!("{class} patients")),
        if n == 1 { "this one" } else { "all of them" },
        percent(lower)
    );
    if n > 1 {
        text.push_str(&format!(
            "; one patient more or fewer moves it by {}",
            points(n)
        ));
    }
    text.push('.');
    if let Some(auc) = chief(results)
        .and_then(|model| results.performance.get(model)?.get(split))
        .and_then(width_of_auc)
    {
        text.push_str(&format!(
            " The interval of the AUC{} is {} wide there.",
            if split == "train" { " (apparent)" } else { "" },
            fixed(auc, 2)
        ));
    }
    Some(text)
}

fn points(n: usize) -> String {
    format!("{} percentage points", fixed(100.0 / n as f64, 0))
}

fn width_of_auc(performance: &Performance) -> Option<f64> {
    match performance.ci {
        [Some(lower), Some(upper)] if upper - lower >= WIDE => Some(upper - lower),
        _ => None,
    }
}
