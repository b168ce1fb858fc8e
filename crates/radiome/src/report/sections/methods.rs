//! How the study was made, from its record.

use super::super::format::{NOT_DEFINED, count, fixed, listed, plain, sentence, the_model};
use super::super::page::{Section, Table};
use super::cohort::{form, keeping, method, rule, unseen};
use super::models::which_lambda;
use super::perturbations::perturbed;
use crate::results::{Results, StudySummary};

pub(super) fn methods<'a>(results: &Results) -> Section<'a> {
    let mut section = Section::new("methods", "How it was made");
    let study = &results.study;
    section.heading("Methods");
    section.paragraph(features(study));
    section.paragraph(learning(results));
    section.paragraph(super::missing_values::sentence(results).unwrap_or_default());
    section.paragraph(validation(study));
    section.paragraph(super::controls::method(results));
    section.paragraph(evaluation(results));
    section.paragraph(format!(
        "Every chance step starts from the seed {}. The study was run with radiome {} in mode \
         “{}”; the same seed and the same input give the same numbers.",
        study.seed, study.version, study.mode
    ));

    let names = settings_of(study);
    if !names.is_empty() {
        let mut table = Table::new("Settings of the features, by sequence", &["Setting"]);
        table
            .columns
            .extend(study.sequences.iter().map(|sequence| sequence.name.clone()));
        for name in names {
            let mut row = vec![name.to_owned()];
            row.extend(study.sequences.iter().map(|sequence| {
                sequence
                    .settings
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| "default".to_owned())
            }));
            table.row(row);
        }
        table.note("Default: PyRadiomics' default value.");
        section.table(table);
    }

    section.table(processing(study));
    section.table(learnt_where(results));

    section.heading("Warnings");
    if results.warnings.is_empty() {
        section.paragraph("There were no warnings.");
    } else {
        section.list(
            results
                .warnings
                .iter()
                .map(|warning| format!("{} ({})", sentence(&warning.text), warning.code))
                .collect(),
        );
    }
    let missing: Vec<String> = results
        .reasons
        .iter()
        .map(|(key, why)| format!("{key}: {}", sentence(why)))
        .collect();
    if !missing.is_empty() {
        section.heading("What is missing, and why");
        section.list(missing);
    }
    section.caution(
        "For research use only. This is not a medical device; no decision on a patient may rest \
         on it.",
    );
    section
}

/// Every step of the image processing, a column a sequence; no rows where none is recorded.
fn processing(study: &StudySummary) -> Table {
    let mut table = Table::new(
        "How images were processed and features computed, defaults included",
        &["Step"],
    );
    table
        .columns
        .extend(study.sequences.iter().map(|sequence| sequence.name.clone()));
    let mut steps: Vec<&str> = Vec::new();
    for step in study.sequences.iter().flat_map(|one| one.processing.keys()) {
        if !steps.contains(&step.as_str()) {
            steps.push(step);
        }
    }
    for step in steps {
        let mut row = vec![step_name(step)];
        row.extend(study.sequences.iter().map(|sequence| {
            let told = sequence.processing.get(step).cloned();
            told.unwrap_or_else(|| NOT_DEFINED.to_owned())
        }));
        table.row(row);
    }
    table
}

/// `voxel_size` as the reader sees it.
fn step_name(step: &str) -> String {
    match step {
        "directions" => "Neighbours (GLCM, GLDM, NGTDM)".to_owned(),
        "cooccurrence" => "Co-occurrence (GLCM)".to_owned(),
        "size_zones" => "Size zones (GLSZM)".to_owned(),
        "dependence" => "Dependence (GLDM)".to_owned(),
        other => sentence(&other.replace('_', " "))
            .trim_end_matches('.')
            .to_owned(),
    }
}

fn settings_of(study: &StudySummary) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in study
        .sequences
        .iter()
        .flat_map(|sequence| sequence.settings.keys())
    {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

fn features(study: &StudySummary) -> String {
    let by_sequence: Vec<String> = study
        .sequences
        .iter()
        .map(|sequence| {
            format!(
                "{} of {}",
                count(sequence.features, "feature", "features"),
                sequence.name
            )
        })
        .collect();
    if by_sequence.is_empty() {
        return format!(
            "{} were used.",
            count(study.features, "feature", "features")
        );
    }
    let source = if study.from_tables {
        "Radiomic features were read from tables"
    } else {
        "Radiomic features were computed from the images and their regions"
    };
    let mut text = format!(
        "{source}: {} ({} in all).",
        listed(&by_sequence),
        study.features
    );
    for sequence in &study.sequences {
        if let Some(units) = sequence.processing.get("units") {
            text.push_str(&format!(
                " Images of {} were brought into units of {units}.",
                sequence.name
            ));
        }
        if let Some(correction) = sequence.processing.get("intensity_correction") {
            text.push_str(&format!(
                " Intensities of {} were corrected before anything else: {correction}.",
                sequence.name
            ));
        }
        let settings: Vec<String> = sequence
            .settings
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        if !settings.is_empty() {
            text.push_str(&format!(" {}: {}.", sequence.name, settings.join("; ")));
        }
    }
    text
}

fn learning(results: &Results) -> String {
    let study = &results.study;
    let mut text = String::new();
    if let Some(reliability) = &results.reliability {
        text.push_str(&format!(
            "Features went on if their {} was above {} {}. ",
            form(&reliability.form),
            fixed(reliability.threshold, 2),
            rule(reliability)
        ));
        if let (Some(summary), Some(&patients)) = (
            &reliability.perturbations,
            reliability.patients.get("perturbations"),
        ) {
            text.push_str(&perturbed(summary, patients));
            text.push(' ');
        }
    }
    if let Some(harmonization) = &results.harmonization {
        let by = method(&harmonization.method);
        text.push_str(&match harmonization.fit.as_str() {
            "pooled" => format!(
                "Scanner effects ({}) were estimated by {by} in training and external patients \
                 together, without their outcome{}. ",
                harmonization.batch,
                keeping(harmonization)
            ),
            _ => format!(
                "Scanner effects ({}) were estimated by {by} in the training patients{}; for a \
                 scanner not among them, {}. ",
                harmonization.batch,
                keeping(harmonization),
                unseen(&harmonization.unseen)
            ),
        });
    }
    text.push_str(&signature(results));
    if !results.clinical_model.univariate.is_empty() {
        text.push_str(&format!(
            "Clinical variables were chosen by univariate and then multivariate logistic \
             regression (P < {p} in both). ",
            p = results.clinical_model.p
        ));
    }
    if results.nomogram.terms.is_some() {
        text.push_str(&format!(
            "The nomogram is a logistic regression on {}",
            nomogram_parts(study)
        ));
        text.push_str(if study.mode == "honest" {
            "; it is fitted on out-of-fold rad-scores, so that no signature is weighed by the \
             patients that it was fitted on. "
        } else {
            "; it is fitted on the rad-scores of the patients that the signatures were fitted on, as \
             papers do, so it leans on them too much. "
        });
    }
    text.push_str("Cut-offs have the largest Youden index in the training patients, by ");
    text.push_str(if study.mode == "honest" {
        "out-of-fold rad-scores."
    } else {
        "the fitted probabilities."
    });
    text.trim_end().to_owned()
}

/// How the features of a signature are chosen and weighed.
fn signature(results: &Results) -> String {
    let study = &results.study;
    let ranked = "Features were standardised, ranked by minimum redundancy and maximum relevance \
                  (mRMR";
    let Some(learning) = &study.learning else {
        // The rule is told only where every signature shows the same one.
        let rules: Vec<&str> = results
            .signatures
            .values()
            .map(|one| which_lambda(one.lambda, &one.path))
            .collect();
        let rule = match rules.split_first() {
            Some((first, rest)) if rest.iter().all(|rule| rule == first) => first,
            _ => "",
        };
        return format!(
            "{ranked}), and the first {} entered a logistic regression with the LASSO penalty, \
             whose λ was chosen by cross-validation{rule}. ",
            study.k
        );
    };
    let scheme = match learning.scheme.as_str() {
        "difference" => ": relevance less mean redundancy",
        "quotient" => ": relevance over mean redundancy",
        _ => "",
    };
    let penalty = if learning.alpha == 1.0 {
        "the LASSO penalty (α = 1)".to_owned()
    } else {
        format!("an elastic-net penalty (α = {})", plain(learning.alpha))
    };
    let rule = match learning.lambda.as_str() {
        "min" => "has the smallest mean deviance",
        "1se" => "is the largest within one standard error of the smallest mean deviance",
        _ => "was chosen",
    };
    let folds = match &learning.folds_column {
        Some(column) => format!("cross-validation over the folds written in the column {column}"),
        None => format!(
            "{}-fold cross-validation, stratified by outcome (fewer folds where a class has fewer \
             patients)",
            learning.inner_folds
        ),
    };
    format!(
        "{ranked}{scheme}), and the first {} entered a logistic regression with {penalty}, whose λ \
         {rule} in {folds}. ",
        study.k
    )
}

/// What the nomogram may hold.
fn nomogram_parts(study: &StudySummary) -> String {
    let Some(learning) = &study.learning else {
        return "the signature and the variables of the clinical model".to_owned();
    };
    let parts: Vec<String> = learning
        .nomogram
        .iter()
        .map(|part| match part.as_str() {
            "clinical" => "the variables of the clinical model".to_owned(),
            signature => the_model(signature),
        })
        .collect();
    listed(&parts)
}

fn validation(study: &StudySummary) -> String {
    if !study.is_resampled() {
        return "Nothing was validated internally: the study follows the order of published papers, \
                in which everything is learnt once, on all training patients."
            .to_owned();
    }
    let mut text = format!(
        "Internal validation refits the whole way from readings to nomogram: {}-fold \
         cross-validation, stratified by outcome, {}; the AUC is the mean of the AUCs within the \
         test folds with an interval by influence curves (LeDell, Petersen and van der Laan 2015).",
        study.folds,
        match study.repeats {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        }
    );
    match study.bootstrap {
        0 => text.push_str(" No bootstrap was done."),
        n => text.push_str(&format!(
            " The optimism of the apparent AUC and net benefit was estimated on {n} bootstrap \
             samples (Harrell)."
        )),
    }
    text
}

fn evaluation(results: &Results) -> String {
    let mut text = if results.table_one.rows.is_empty() {
        String::new()
    } else {
        "In the baseline table numbers are compared by Student's t test where the Shapiro-Wilk \
         test rejects normality in neither group (P ≥ 0.05), else by the Mann-Whitney test; \
         factors, and numbers of at most five values, by the chi-square test without Yates' \
         correction where every expected count is at least 5, else by Fisher's exact test \
         (Freeman-Halton for more than two levels). "
            .to_owned()
    };
    text.push_str(
        "AUCs have DeLong's 95% intervals and are compared by DeLong's test with Holm's \
                    correction; accuracy, sensitivity, specificity and predictive values have \
                    Clopper-Pearson intervals at cut-offs fixed in training. Calibration is \
                    described by slope, intercept, Brier score and the Hosmer-Lemeshow test, \
                    usefulness by decision curves.",
    );
    if results.survival.is_some() {
        text.push_str(
            " Survival is described by Kaplan-Meier curves with the log-rank test, Harrell's \
             concordance, the AUC at given times weighted by the inverse probability of censoring, \
             and Cox regression, whose risks at given times are judged by decision curves.",
        );
    }
    if !results.subgroups.is_empty() {
        text.push_str(
            " AUCs of two subgroups are compared by DeLong's test for different patients, or where \
             they are cross-validated by their difference over its standard error; those of more by \
             Cochran's Q.",
        );
    }
    text
}

fn learnt_where(results: &Results) -> Table {
    let resampled = results.study.is_resampled();
    let mut header = vec!["Step", "Final model learnt from"];
    header.extend(resampled.then_some("Inside each resample learnt from"));
    let mut table = Table::new("What was learnt, and from whom", &header);
    let mut steps: Vec<&str> = Vec::new();
    if results.study.sequences.iter().any(|one| one.learnt_scale) {
        steps.push("Standard scale of intensities (Nyúl)");
    }
    if results.reliability.is_some() {
        steps.push("Features kept by ICC");
    }
    if results.harmonization.is_some() {
        steps.push("Scanner effects");
    }
    steps.extend([
        "Mean and standard deviation of the features",
        "Ranking by mRMR",
        "λ and coefficients of the LASSO",
        "Clinical model",
        "Nomogram",
        "Cut-offs",
    ]);
    let harmonization = results.harmonization.as_ref();
    let pooled = harmonization.is_some_and(|one| one.fit == "pooled");
    for step in steps {
        let mut row = vec![step];
        row.push(if pooled && step == "Scanner effects" {
            "training and external patients, without their outcome"
        } else {
            "all training patients"
        });
        row.extend(resampled.then_some("the patients drawn or not left out"));
        table.row(row);
    }
    let own = results
        .harmonization
        .as_ref()
        .is_some_and(|one| one.unseen == "own" && !one.unseen_batches.is_empty());
    table.note(if pooled {
        "External patients are not learnt from, but for the scanner effects: they come from the \
         features of all patients, without the outcome."
    } else if own {
        "External patients are not learnt from, but for the effect of scanners that training never \
         saw: it comes from their own rows, without the outcome."
    } else {
        "External patients are never learnt from."
    });
    table
}
