//! What the results know, in the words of an answer. `None`: a person must write it.

use super::super::format::{
    count, estimate, feature_class, fixed, is_empty_model, listed, model, models, number, plain,
    term, with_interval,
};
use super::super::sections::{harmonization_method, icc_form};
use crate::results::{Results, SequenceSummary};

/// The record does not know.
pub(super) fn blank(_: &Results) -> Option<String> {
    None
}

pub(super) fn software(results: &Results) -> Option<String> {
    if results.study.from_tables {
        return None;
    }
    Some(format!("radiome {}", results.study.version))
}

/// Which program analysed the features, wherever they came from.
pub(super) fn analysis_software(results: &Results) -> Option<String> {
    Some(format!(
        "radiome {}; study file, seeds and hashes of the input in record.json",
        results.study.version
    ))
}

pub(super) fn flow(results: &Results) -> Option<String> {
    let cohort = &results.cohort;
    Some(format!(
        "{} in the tables, {} left out (reasons in tables/exclusions.csv); {}; figure cohort_flow",
        cohort.enrolled,
        cohort.excluded.len(),
        sets(results)?
    ))
}

/// Who was analysed.
pub(super) fn sets(results: &Results) -> Option<String> {
    let sets: Vec<String> = results
        .cohort
        .analysed
        .iter()
        .map(|(split, counts)| format!("{split}: {} ({} positive)", counts.n, counts.positive))
        .collect();
    (!sets.is_empty()).then(|| sets.join("; "))
}

pub(super) fn split(results: &Results) -> Option<String> {
    let how = if results.cohort.analysed.contains_key("external") {
        "divided by a column of the study file, not at random"
    } else {
        "no external set"
    };
    Some(format!("{}; {how}", sets(results)?))
}

pub(super) fn outcome(results: &Results) -> Option<String> {
    let study = &results.study;
    let time = study.survival_time.as_ref();
    let survival = time.map_or_else(String::new, |time| format!("; time to event: {time}"));
    Some(format!(
        "column {}, positive where it is {}{survival}",
        study.outcome, study.positive
    ))
}

pub(super) fn clinical(results: &Results) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for term in &results.clinical_model.univariate {
        if !names.contains(&term.variable) {
            names.push(term.variable.clone());
        }
    }
    (!names.is_empty()).then(|| format!("columns {}", listed(&names)))
}

pub(super) fn baseline(results: &Results) -> Option<String> {
    (!results.table_one.rows.is_empty())
        .then(|| "by set and outcome in tables/table_one.csv".to_owned())
}

pub(super) fn sample_size(results: &Results) -> Option<String> {
    let size = results.sample_size.as_ref()?;
    let needed = size.required.iter().find(|one| one.model == "candidates")?;
    Some(format!(
        "{} training patients, {} positive, {} candidate parameters; the criteria of Riley and \
         others ask for {} (R² of Nagelkerke {}); tables/sample_size.csv. Not worked out before \
         the study by this record",
        size.n,
        size.positive,
        size.candidates(),
        needed.required,
        fixed(needed.r2_nagelkerke, 2)
    ))
}

pub(super) fn workflow(_: &Results) -> Option<String> {
    Some("figure workflow".to_owned())
}

/// The value of settings in every sequence; `None` where no sequence records one of them.
pub(super) fn settings(results: &Results, names: &[&str]) -> Option<String> {
    let of = |sequence: &SequenceSummary| {
        let told: Vec<String> = names
            .iter()
            .filter_map(|name| {
                let value = sequence.settings.get(*name)?;
                Some(format!("{name} {value}"))
            })
            .collect();
        (!told.is_empty()).then(|| format!("{}: {}", sequence.name, told.join(", ")))
    };
    let told: Vec<String> = results.study.sequences.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// One step of the image processing in every sequence; where none is recorded, these settings.
fn step(results: &Results, name: &str, or: &[&str]) -> Option<String> {
    let told: Vec<String> = results
        .study
        .sequences
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.name, one.processing.get(name)?)))
        .collect();
    if told.is_empty() {
        settings(results, or)
    } else {
        Some(told.join("; "))
    }
}

pub(super) fn preprocessing(results: &Results) -> Option<String> {
    let parts = [
        ("normalisation", normalization(results)),
        ("resampling", resampling(results)),
        ("re-segmentation", resegmentation(results)),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, text)| Some(format!("{name} ({})", text?)))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(super) fn normalization(results: &Results) -> Option<String> {
    step(
        results,
        "normalisation",
        &["normalize", "normalizeScale", "removeOutliers"],
    )
}

pub(super) fn resampling(results: &Results) -> Option<String> {
    let parts = [spacing(results), interpolator(results)];
    let told: Vec<String> = parts.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(super) fn interpolator(results: &Results) -> Option<String> {
    step(results, "interpolation", &["interpolator"])
}

pub(super) fn spacing(results: &Results) -> Option<String> {
    step(results, "voxel_size", &["resampledPixelSpacing"])
}

pub(super) fn mask_interpolation(results: &Results) -> Option<String> {
    step(results, "mask_interpolation", &[])
}

pub(super) fn discretization(results: &Results) -> Option<String> {
    step(results, "discretisation", &["binWidth", "binCount"])
}

pub(super) fn resegmentation(results: &Results) -> Option<String> {
    step(
        results,
        "resegmentation",
        &["resegmentRange", "resegmentMode"],
    )
}

pub(super) fn image_types(results: &Results) -> Option<String> {
    step(results, "images", &["imageType"])
}

pub(super) fn directions(results: &Results) -> Option<String> {
    step(results, "directions", &["distances"])
}

pub(super) fn cooccurrence(results: &Results) -> Option<String> {
    step(
        results,
        "cooccurrence",
        &["symmetricalGLCM", "weightingNorm"],
    )
}

pub(super) fn size_zones(results: &Results) -> Option<String> {
    step(results, "size_zones", &[])
}

pub(super) fn dependence(results: &Results) -> Option<String> {
    step(results, "dependence", &["gldm_a"])
}

pub(super) fn every_setting(results: &Results) -> Option<String> {
    let some = results
        .study
        .sequences
        .iter()
        .any(|one| !one.settings.is_empty());
    (some && !results.study.from_tables).then(|| {
        "every setting that differs from PyRadiomics' default is in the report's settings table \
         and, with the parameter file's text, in record.json"
            .to_owned()
    })
}

pub(super) fn feature_classes(results: &Results) -> Option<String> {
    let of = |sequence: &SequenceSummary| {
        let classes: Vec<String> = sequence
            .classes
            .iter()
            .map(|(class, n)| format!("{} {n}", feature_class(class)))
            .collect();
        (!classes.is_empty()).then(|| format!("{}: {}", sequence.name, classes.join(", ")))
    };
    let told: Vec<String> = results.study.sequences.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(super) fn feature_count(results: &Results) -> Option<String> {
    let each: Vec<String> = results
        .study
        .sequences
        .iter()
        .map(|one| format!("{} {}", one.name, one.features))
        .collect();
    Some(format!(
        "{} in all ({})",
        results.study.features,
        each.join(", ")
    ))
}

pub(super) fn reliability(results: &Results) -> Option<String> {
    let found = results.reliability.as_ref()?;
    let again: Vec<String> = found
        .patients
        .iter()
        .map(|(comparison, n)| format!("{comparison}: {n} patients"))
        .collect();
    Some(format!(
        "{} above {} by its {} ({}): {} of {} features kept; tables/reliability.csv",
        icc_form(&found.form),
        fixed(found.threshold, 2),
        if found.bound == "lower" {
            "lower 95% limit"
        } else {
            "estimate"
        },
        again.join(", "),
        found.kept,
        found.features.len()
    ))
}

pub(super) fn harmonization(results: &Results) -> Option<String> {
    let found = results.harmonization.as_ref()?;
    Some(format!(
        "{} by {} ({}), estimated from {}",
        harmonization_method(&found.method),
        found.batch,
        count(found.batches.len(), "batch", "batches"),
        if found.fit == "pooled" {
            "training and external patients together, without their outcome"
        } else {
            "the training patients"
        }
    ))
}

pub(super) fn scaling(_: &Results) -> Option<String> {
    Some("each feature by its mean and standard deviation in the training patients".to_owned())
}

pub(super) fn selection(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let kept: Vec<String> = results
        .signatures
        .iter()
        .map(|(name, one)| {
            let n = one.coefficients.as_ref().map_or(0, |kept| kept.len());
            format!("{} {n}", model(name))
        })
        .collect();
    Some(format!(
        "mRMR ({}) to {} features, then a penalised logistic regression (α = {}) with non-zero \
         coefficients in: {}",
        learning.scheme,
        results.study.k,
        plain(learning.alpha),
        kept.join(", ")
    ))
}

pub(super) fn algorithm(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let penalty = if learning.alpha == 1.0 {
        "LASSO"
    } else {
        "elastic net"
    };
    Some(format!(
        "signatures: logistic regression with the {penalty} penalty; clinical model and nomogram: \
         logistic regression"
    ))
}

pub(super) fn tuning(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let folds = match &learning.folds_column {
        Some(column) => format!("the folds of the column {column}"),
        None => format!("{} folds", learning.inner_folds),
    };
    Some(format!(
        "λ by cross-validation of the deviance over {folds} ({} rule); seed {}",
        learning.lambda, results.study.seed
    ))
}

pub(super) fn nomogram_choice(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    Some(format!(
        "fixed in the study file: the nomogram may hold {}; clinical variables by P < {} alone and \
         together",
        listed(&learning.nomogram),
        plain(results.clinical_model.p)
    ))
}

pub(super) fn testing(results: &Results) -> Option<String> {
    let study = &results.study;
    let mut parts = Vec::new();
    if study.is_resampled() {
        parts.push(format!(
            "{} × {}-fold cross-validation",
            study.repeats, study.folds
        ));
    }
    if study.bootstrap > 0 {
        parts.push(format!("{} bootstrap samples", study.bootstrap));
    }
    if results.cohort.analysed.contains_key("external") {
        parts.push("external patients".to_owned());
    }
    if parts.is_empty() {
        return Some("apparent performance only".to_owned());
    }
    Some(format!(
        "{}; every step learnt from training patients only",
        parts.join(", ")
    ))
    .filter(|_| study.mode == "honest")
    .or_else(|| Some(format!("{} (mode as_published)", parts.join(", "))))
}

pub(super) fn measures(_: &Results) -> Option<String> {
    Some(
        "AUC, accuracy, sensitivity, specificity, predictive values, calibration slope and \
         intercept, Brier score, Hosmer-Lemeshow test, net benefit"
            .to_owned(),
    )
}

pub(super) fn uncertainty(results: &Results) -> Option<String> {
    let mut text =
        "95% intervals: DeLong for AUCs, Clopper-Pearson for shares, bootstrap bands of \
                    the ROC curves"
            .to_owned();
    if results.study.is_resampled() {
        text.push_str(", influence curves for cross-validated AUCs");
    }
    Some(text)
}

pub(super) fn comparisons(results: &Results) -> Option<String> {
    (!results.delong.is_empty()).then(|| {
        "DeLong's test of every pair in each set, with Holm's correction; tables/delong.csv"
            .to_owned()
    })
}

/// What a figure of a split is.
fn view(split: &str) -> &str {
    if split == "train" { "apparent" } else { split }
}

/// Whether a model without radiomics stands beside those with it.
pub(super) fn non_radiomic(results: &Results) -> Option<String> {
    let clinical = results.performance.get("clinical")?;
    let told: Vec<String> = clinical
        .iter()
        .map(|(split, one)| format!("{} AUC {}", view(split), with_interval(one.auc, one.ci)))
        .collect();
    Some(format!("clinical model: {}", told.join("; ")))
}

pub(super) fn calibration(results: &Results) -> Option<String> {
    (!results.calibration.is_empty())
        .then(|| "tables/calibration.csv, calibration curves in the report".to_owned())
}

pub(super) fn feature_statistics(results: &Results) -> Option<String> {
    (!results.signatures.is_empty()).then(|| {
        "tables/signature_features.csv, tables/signature_selected.csv, tables/reliability.csv where \
         readings were compared"
            .to_owned()
    })
}

/// The AUC of every model in every view, never mixed.
pub(super) fn performance(results: &Results) -> Option<String> {
    let mut told = Vec::new();
    for name in models(results) {
        if is_empty_model(results, name) {
            continue;
        }
        let mut parts = Vec::new();
        for (split, one) in results.performance.get(name).into_iter().flatten() {
            parts.push(format!(
                "{} {}",
                view(split),
                with_interval(one.auc, one.ci)
            ));
        }
        let validated = results.internal_validation.get(name);
        if let Some(auc) = validated.and_then(|one| one.cross_validated.as_ref()) {
            parts.push(format!("cross-validated {}", estimate(auc)));
        }
        if !parts.is_empty() {
            told.push(format!("{}: {}", model(name), parts.join(", ")));
        }
    }
    (!told.is_empty()).then(|| format!("AUC of the {}", told.join("; ")))
}

/// What was left out or filled in, as the warnings tell it.
pub(super) fn missing_data(results: &Results) -> Option<String> {
    let excluded = results.cohort.excluded.len();
    let left_out = (excluded > 0)
        .then(|| format!("{excluded} patients left out, with reasons in tables/exclusions.csv"));
    let about = |code: &str| {
        [
            "undefined_features",
            "missing_feature_value",
            "missing_clinical_value",
        ]
        .contains(&code)
            || code.contains("imput")
    };
    let warned = results
        .warnings
        .iter()
        .filter(|warning| about(&warning.code))
        .map(|warning| warning.text.clone());
    let told: Vec<String> = left_out.into_iter().chain(warned).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(super) fn class_balance(results: &Results) -> Option<String> {
    Some(format!(
        "{}; no resampling or weighting of classes",
        sets(results)?
    ))
}

pub(super) fn thresholds(results: &Results) -> Option<String> {
    Some(format!(
        "probability, and two classes at the cut-off with the largest Youden index in the training \
         patients ({})",
        if results.study.mode == "honest" {
            "out-of-fold rad-scores"
        } else {
            "fitted probabilities"
        }
    ))
}

pub(super) fn full_model(results: &Results) -> Option<String> {
    let terms = results.nomogram.terms.as_ref()?;
    let mut sum: Vec<String> = results.nomogram.intercept.map(number).into_iter().collect();
    sum.extend(
        terms
            .iter()
            .map(|one| format!("{} × {}", number(one.coef), term(&one.name, &one.variable))),
    );
    Some(format!(
        "log-odds of the nomogram = {}; all models with every digit in model.json; calculator \
         nomogram.html",
        sum.join(" + ")
    ))
}

pub(super) fn follow_up(results: &Results) -> Option<String> {
    let told: Vec<String> = results
        .cohort
        .follow_up
        .as_ref()?
        .iter()
        .map(|(split, one)| {
            let median = one.median.map_or_else(|| "not reached".to_owned(), plain);
            format!(
                "{split}: {} events in {}, median follow-up {median}",
                one.events, one.n
            )
        })
        .collect();
    Some(told.join("; "))
}

/// Patients and follow-up together.
pub(super) fn flow_and_follow_up(results: &Results) -> Option<String> {
    let flow = flow(results)?;
    Some(match follow_up(results) {
        Some(follow_up) => format!("{flow}; {follow_up}"),
        None => flow,
    })
}

pub(super) fn dimensionality(results: &Results) -> Option<String> {
    let train = results.cohort.analysed.get("train")?;
    Some(format!(
        "{} features before and {} after selection by mRMR for each signature, {} training patients",
        results.study.features, results.study.k, train.n
    ))
}

pub(super) fn predictors_start(results: &Results) -> Option<String> {
    let clinical = clinical(results).map_or_else(String::new, |text| format!("; clinical {text}"));
    Some(format!("{}{clinical}", feature_count(results)?))
}

pub(super) fn batches(results: &Results) -> Option<String> {
    let told: Vec<String> = results
        .cohort
        .analysed
        .iter()
        .filter(|(_, counts)| !counts.batches.is_empty())
        .map(|(split, counts)| {
            let each: Vec<String> = counts
                .batches
                .iter()
                .map(|(name, n)| format!("{name} ({n})"))
                .collect();
            format!("{split}: {}", each.join(", "))
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(super) fn single_sequences(results: &Results) -> Option<String> {
    (results.study.sequences.len() > 1).then(|| {
        "a signature of each sequence alone beside the combined one; tables/performance.csv, \
         tables/delong.csv"
            .to_owned()
    })
}

pub(super) fn external(results: &Results) -> Option<String> {
    let counts = results.cohort.analysed.get("external")?;
    Some(format!(
        "{} patients of the external set ({} positive); whether from another institution must be \
         said",
        counts.n, counts.positive
    ))
}

pub(super) fn model_steps(results: &Results) -> Option<String> {
    Some(format!(
        "{}; {}; {}",
        selection(results)?,
        tuning(results)?,
        testing(results)?
    ))
}

/// The baseline table holds both sets.
pub(super) fn side_by_side(results: &Results) -> Option<String> {
    let both = results.table_one.splits.len() > 1;
    baseline(results).filter(|_| both)
}

pub(super) fn tripod(_: &Results) -> Option<String> {
    Some("checklists/tripod_ai.csv".to_owned())
}
