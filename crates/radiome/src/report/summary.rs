//! The half page for a clinician, written from the numbers by rules.
//!
//! The rules never say more than the numbers do: an interval that holds 0.5 is said to hold it,
//! and what a small set cannot show is said with its own numbers.

use super::format::{
    alone_in_nomogram, count, cross_validated, fixed, in_sentence, is_empty_model, listed, models,
    never_had_predictor, number, percent, reason, sentence, the_model,
};
use crate::results::{
    Calibration, Estimate, InternalValidation, Performance, Results, SplitCounts,
};

/// Fewer patients than this in one class say little about sensitivity or specificity.
const FEW: usize = 10;
/// An interval of an AUC is called wide from here on.
const WIDE: f64 = 0.2;

/// From this difference on the two ways to correct an AUC are said to disagree.
const DISAGREE: f64 = 0.05;

/// A part of the summary: a question and the sentences that answer it.
pub(crate) struct Answer {
    pub(crate) question: &'static str,
    pub(crate) lead: String,
    /// What must not be overlooked; may be empty.
    pub(crate) caution: String,
    pub(crate) points: Vec<String>,
}

/// The summary.
pub(crate) fn summary(results: &Results) -> Vec<Answer> {
    vec![
        asked(results),
        patients(results),
        found(results),
        sure(results),
        cannot_say(results),
    ]
}

fn asked(results: &Results) -> Answer {
    let study = &results.study;
    let sequences: Vec<String> = study.sequences.iter().map(|s| s.name.clone()).collect();
    let images = match sequences.len() {
        0 => String::new(),
        _ => format!(" of {}", listed(&sequences)),
    };
    let clinical = if results.clinical_model.univariate.is_empty() {
        String::new()
    } else {
        ", with or without clinical data,".to_owned()
    };
    Answer {
        question: "What was asked",
        lead: format!(
            "Whether image features{images}{clinical} tell patients with {} = {} from the others.",
            study.outcome, study.positive
        ),
        caution: super::sections::shortfalls(results),
        points: Vec::new(),
    }
}

fn patients(results: &Results) -> Answer {
    let cohort = &results.cohort;
    let mut lead: Vec<String> = Vec::new();
    for (split, counts) in &cohort.analysed {
        let name = match split.as_str() {
            "train" => "The models were learnt on",
            "external" => "They were then tested on",
            _ => "There were also",
        };
        let external = if split == "external" { "external " } else { "" };
        lead.push(format!(
            "{name} {} ({} positive, {} negative).",
            count(
                counts.n,
                &format!("{external}patient"),
                &format!("{external}patients")
            ),
            counts.positive,
            counts.negative
        ));
    }
    if cohort
        .analysed
        .get("external")
        .is_none_or(|counts| counts.n == 0)
    {
        lead.push("There was no external set.".to_owned());
    }
    if !cohort.excluded.is_empty() {
        let left_out = cohort.excluded.len();
        lead.push(format!(
            "Of {} enrolled, {} left out.",
            count(cohort.enrolled, "patient", "patients"),
            if left_out == 1 {
                "1 was".to_owned()
            } else {
                format!("{left_out} were")
            },
        ));
    }
    Answer {
        question: "On whom",
        lead: lead.join(" "),
        caution: few_patients(results),
        points: Vec::new(),
    }
}

/// The smaller class of a split with fewer than ten of it: its size and its name.
fn few(counts: &SplitCounts) -> Option<(usize, &'static str)> {
    let (n, class) = if counts.negative < counts.positive {
        (counts.negative, "negative")
    } else {
        (counts.positive, "positive")
    };
    (n < FEW && counts.n > 0).then_some((n, class))
}

/// The class of a split with fewer than ten patients, if there is one.
pub(crate) fn few_in(results: &Results, split: &str) -> Option<(usize, &'static str)> {
    few(results.cohort.analysed.get(split)?)
}

/// What a split with too few patients of a class means for all that follows.
fn few_patients(results: &Results) -> String {
    let mut text = Vec::new();
    if let Some((n, class)) = few_in(results, "train") {
        text.push(format!(
            "Only {n} of the training patients {} {class}: models learnt from so few change with \
             every patient.",
            if n == 1 { "is" } else { "are" }
        ));
    }
    if let Some((n, class)) = few_in(results, "external") {
        text.push(format!(
            "Only {n} of the external patients {} {class}. So few cannot show much: the external \
             numbers neither prove nor disprove a model.",
            if n == 1 { "is" } else { "are" }
        ));
    }
    text.join(" ")
}

/// What an interval of an AUC lets one say.
fn verdict(auc: &Estimate) -> &'static str {
    match auc.ci {
        [Some(lower), Some(upper)] if lower <= 0.5 && upper >= 0.5 => {
            "the interval includes 0.5, so it is not shown to be better than chance"
        }
        [Some(lower), _] if lower > 0.5 => "better than chance",
        [_, Some(upper)] if upper < 0.5 => "worse than chance",
        _ => "without an interval, so nothing can be said of chance",
    }
}

fn found(results: &Results) -> Answer {
    let mut points = Vec::new();
    let twin = alone_in_nomogram(results).filter(|signature| same_aucs(results, signature));
    for model in models(results) {
        if twin == Some(model) {
            continue;
        }
        let name = sentence(&the_model(model));
        let mut name = name.trim_end_matches('.').to_owned();
        if let Some(signature) = twin.filter(|_| model == "nomogram") {
            name.push_str(&format!(
                " (without a clinical term it is {} on another scale, so both have the same AUC)",
                the_model(signature)
            ));
        }
        if is_empty_model(results, model) {
            let why =
                reason(results, model).map_or_else(|| "It has no predictor.".to_owned(), sentence);
            let validated = results
                .internal_validation
                .get(model)
                .and_then(cross_validated);
            let validated = validated.and_then(|auc| in_sentence(auc.estimate, auc.ci));
            let never = results
                .internal_validation
                .get(model)
                .is_some_and(never_had_predictor);
            let validated = match validated {
                Some(text) if never => format!(
                    " There was no predictor in any refit either, so its cross-validated AUC is \
                     {text}."
                ),
                Some(text) => {
                    format!(" The same steps, repeated in cross-validation, have an AUC of {text}.")
                }
                None => String::new(),
            };
            points.push(format!("{name}: none could be made. {why}{validated}"));
            continue;
        }
        let validated = results
            .internal_validation
            .get(model)
            .and_then(cross_validated);
        let external = results
            .performance
            .get(model)
            .and_then(|splits| splits.get("external"));
        let mut parts = Vec::new();
        if let Some(auc) = validated
            && let Some(text) = in_sentence(auc.estimate, auc.ci)
        {
            parts.push(format!("cross-validated AUC {text}: {}", verdict(auc)));
        }
        if let Some(performance) = external
            && let Some(text) = in_sentence(performance.auc, performance.ci)
        {
            let auc = Estimate {
                estimate: performance.auc,
                ci: performance.ci,
            };
            let doubt = match few_in(results, "external") {
                Some((n, class)) if verdict(&auc) == "better than chance" => {
                    format!(
                        ", as far as {n} {class} {} can show it",
                        if n == 1 { "patient" } else { "patients" }
                    )
                }
                _ => String::new(),
            };
            parts.push(format!("external AUC {text}: {}{doubt}", verdict(&auc)));
        }
        if !parts.is_empty() {
            points.push(format!("{name}: {}.", parts.join("; ")));
        }
    }
    let lead = if points.is_empty() {
        "No model could be judged.".to_owned()
    } else {
        "The AUC is the chance that a positive patient is ranked above a negative one; 0.5 is a \
         coin, 1 is perfect."
            .to_owned()
    };
    Answer {
        question: "What was found",
        lead,
        caution: to_believe(results),
        points,
    }
}

/// Whether the nomogram and a signature have the same cross-validated and external AUC.
fn same_aucs(results: &Results, signature: &str) -> bool {
    let aucs = |model: &str| {
        let validated = results.internal_validation.get(model);
        let external = results
            .performance
            .get(model)
            .and_then(|splits| splits.get("external"));
        [
            validated
                .and_then(cross_validated)
                .and_then(|auc| auc.estimate),
            external.and_then(|one| one.auc),
        ]
    };
    let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    };
    let (nomogram, signature) = (aucs("nomogram"), aucs(signature));
    nomogram.into_iter().zip(signature).all(|(a, b)| same(a, b))
}

/// Which of the AUCs is the one to believe.
fn to_believe(results: &Results) -> String {
    let Some((model, validation)) = chief(results).and_then(|model| {
        let validation = results.internal_validation.get(model)?;
        cross_validated(validation)?.estimate?;
        Some((model, validation))
    }) else {
        return String::new();
    };
    let apparent = validation.apparent.estimate;
    let hopeful = match (
        apparent,
        validation.cross_validated.and_then(|auc| auc.estimate),
    ) {
        (Some(apparent), Some(validated)) => format!(
            "The apparent AUC, on the patients that the models were fitted on, is too hopeful: {} \
             for {}, against {} in cross-validation.",
            number(apparent),
            the_model(model),
            number(validated)
        ),
        _ => String::new(),
    };
    let has_external = results
        .cohort
        .analysed
        .get("external")
        .is_some_and(|counts| counts.n > 0);
    let believe = match (has_external, few_in(results, "external")) {
        (false, _) => {
            "Believe the cross-validated AUC: it is that of patients left out of the fit."
        }
        (true, Some(_)) => {
            "Believe the cross-validated AUC first, though it is of patients like those of the \
             training set; the external one rests on too few."
        }
        (true, None) => {
            "Believe the external AUC for patients from elsewhere, and the cross-validated one for \
             patients like those of the training set."
        }
    };
    format!("{believe} {hopeful}").trim_end().to_owned()
}

/// The model that the summary speaks of where one must do: the nomogram, else the first that is
/// not empty.
fn chief(results: &Results) -> Option<&str> {
    models(results).into_iter().find(|model| {
        !is_empty_model(results, model) && results.internal_validation.contains_key(*model)
    })
}

fn sure(results: &Results) -> Answer {
    let mut points = Vec::new();
    if let Some(model) = chief(results)
        && let Some(validation) = results.internal_validation.get(model)
    {
        points.extend(optimism(model, validation));
    }
    points.extend(calibration(results));
    let lead = if chief(results).is_none() {
        "There is no model whose numbers could be trusted more or less."
    } else if results.study.is_resampled() {
        "The models were judged on patients that they had not seen: all steps of learning were \
         done again without them."
    } else {
        "Nothing was learnt again without some of the training patients, as in many published \
         papers, so what was found in them says little: it looks too good. Only the external \
         figures are of patients that the models had not seen."
    };
    Answer {
        question: "How sure this is",
        lead: lead.to_owned(),
        caution: String::new(),
        points,
    }
}

fn optimism(model: &str, validation: &InternalValidation) -> Option<String> {
    let apparent = in_sentence(validation.apparent.estimate, validation.apparent.ci)?;
    let mut text = format!(
        "On its own training patients {} has an AUC of {apparent}; such an apparent AUC is too \
         hopeful.",
        the_model(model)
    );
    let bootstrap = validation.bootstrap;
    match (&validation.optimism, &validation.optimism_corrected) {
        (
            Some(Estimate {
                estimate: Some(optimism),
                ..
            }),
            Some(corrected),
        ) => {
            text.push_str(&format!(
                " {} put the excess at {}",
                count(bootstrap, "bootstrap refit", "bootstrap refits"),
                number(*optimism)
            ));
            if let Some(written) = in_sentence(corrected.estimate, corrected.ci) {
                text.push_str(&format!(", which leaves {written}"));
            }
            text.push('.');
            let validated = validation.cross_validated.and_then(|auc| auc.estimate);
            if let (Some(corrected), Some(validated)) = (corrected.estimate, validated)
                && corrected - validated >= DISAGREE
            {
                text.push_str(
                    " That is more than in cross-validation; where the two disagree, the lower is \
                     the safer.",
                );
            }
        }
        _ => text.push_str(" The optimism was not estimated by bootstrap."),
    }
    Some(text)
}

/// What the calibration of the chief model shows: external if there are enough patients, else
/// cross-validated.
fn calibration(results: &Results) -> Option<String> {
    let model = chief(results)?;
    let splits = results.calibration.get(model)?;
    let (split, calibration) = ["external", "cross_validated"]
        .into_iter()
        .filter(|key| few_in(results, key).is_none())
        .find_map(|key| Some((key, splits.get(key)?)))?;
    let slope = calibration.slope.filter(|slope| slope.is_finite())?;
    let of_whom = match split {
        "external" => "In the external patients",
        _ => "In cross-validation",
    };
    let mut text = format!(
        "{of_whom} the calibration slope of {} is {} (1 is ideal): {}.",
        the_model(model),
        fixed(slope, 2),
        slope_means(slope)
    );
    if let Some(large) = calibration
        .calibration_in_the_large
        .filter(|value| value.is_finite())
    {
        text.push_str(&format!(" {}", in_the_large_means(large, calibration)));
    }
    Some(text)
}

fn slope_means(slope: f64) -> &'static str {
    if slope <= 0.0 {
        "the predictions do not follow the outcome at all"
    } else if slope < 0.8 {
        "high risks are given too high and low ones too low, as when a model is overfitted"
    } else if slope > 1.25 {
        "the risks differ more between patients than the model says"
    } else {
        "the spread of the predicted risks is about right, as far as so many patients can show it"
    }
}

fn in_the_large_means(large: f64, calibration: &Calibration) -> String {
    let n = calibration.observed.len();
    let observed = calibration
        .observed
        .iter()
        .filter(|&&positive| positive)
        .count();
    let predicted: f64 = calibration.predicted.iter().sum();
    if n == 0 || calibration.predicted.len() != n {
        return format!(
            "The intercept at slope 1 is {} (0 is ideal).",
            fixed(large, 2)
        );
    }
    format!(
        "On average it gives a risk of {}; {} were positive ({observed} of {n}).",
        percent(predicted / n as f64),
        percent(observed as f64 / n as f64)
    )
}

fn cannot_say(results: &Results) -> Answer {
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
        for (split, summary) in results.cohort.follow_up.iter().flatten() {
            if summary.events < FEW && summary.n > 0 {
                points.push(format!(
                    "{} patients: only {} ({}); survival comparisons there show little.",
                    super::format::split(split),
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
        lead: String::new(),
        caution: String::new(),
        points,
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
