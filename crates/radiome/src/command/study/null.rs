//! `radiome study null`: the study with its outcome permuted.

use std::path::{Path, PathBuf};

use clap::Args;
use radiome::study::{self, NULL_HEADLINE, NullModel, NullOptions, NullStudy, RunOptions, Study};
use radiome::table::number_json;
use serde_json::{Map, Value, json};

use super::super::tabular::{Rows, Warning};
use super::super::{Common, Status, interruption, print};

/// Permute the outcome and see what the study finds where there is nothing
///
/// The outcome is permuted among the training patients; features, clinical columns and scanner stay
/// with the patient. The whole pipeline is then cross-validated, N times over. A pipeline that
/// never sees the patients it is judged on has a mean AUC of 0.5; one whose interval lies above 0.5
/// has seen them.
///
/// The AUC is the mean over folds of the AUC within each test fold, ties and constant scores counting
/// one half. The interval is Student's, of the mean over permutations. P is one-sided: the share of
/// permutations, the study itself counted in, with an AUC at least as large as the outcome as it is
/// has by the same cross-validation.
///
/// With --out every image and every permutation is kept in FILE.partial until FILE is written, so
/// that a run that is cut off goes on with --resume and gives the same numbers.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The study file
    study: PathBuf,
    /// Permutations of the outcome
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Repeats of the cross-validation of each permutation; one is enough where there are many
    /// permutations
    #[arg(long, value_name = "R", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    cv_repeats: u32,
    /// Where every chance step starts [default: the study's seed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Write the AUC of every permutation and model, with all digits
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on where an earlier run with the same --out was cut off: images and permutations that were
    /// finished are not repeated, also when --repeats is larger now
    #[arg(long, requires = "out")]
    resume: bool,
}

const EXAMPLES: &str = "\
Examples:
  radiome study null study.yaml --repeats 100
  radiome study null study.yaml --repeats 20 --cv-repeats 5 --seed 3 --json
  radiome study null study.yaml --repeats 1000 --out null.csv --resume

Exit status: 0 all done; 1 some cases failed; 2 the request is wrong; 130 stopped by
Ctrl-C, 143 by SIGTERM: with --out, what was finished is kept.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let asked = NullOptions {
        permutations: options.repeats as usize,
        repeats: options.cv_repeats as usize,
        seed: options.seed,
    };
    let study = Study::read(&options.study)?;
    let Some(out) = &options.out else {
        // Nothing is kept, so a signal may end the program at once.
        let found = study::null(study, &asked, common.jobs(), common.progress())?;
        return tell(options, &found, common);
    };
    let how = RunOptions {
        jobs: common.jobs(),
        progress: common.progress(),
        resume: options.resume,
        interruption: interruption(),
    };
    let kept = kept_beside(out);
    let found = match study::null_with(study, &asked, &how, Some(&kept)) {
        Ok(found) => found,
        Err(error) => return super::stopped(error, &how.interruption, &kept),
    };
    if options.resume {
        let reused = found.reused;
        common.note(&format!(
            "{reused} images, folds and permutations were finished before"
        ));
    }
    single_aucs(&found).to_table()?.write(out)?;
    study::discard_kept_null(&kept)?;
    let status = tell(options, &found, common)?;
    common.note(&format!("written: {}", out.display()));
    Ok(status)
}

/// The folder of what is finished beside the table.
fn kept_beside(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Prints what was found.
fn tell(options: &Options, found: &NullStudy, common: &Common) -> miette::Result<Status> {
    for failure in &found.failures {
        common.note(&format!("failed: {failure}"));
    }
    let warnings = warnings(options, found);
    if options.json {
        let json = to_json(options, found, &warnings);
        print(&format!("{:#}\n", Value::Object(json)))?;
    } else {
        print(&text(options, found))?;
        for warning in &warnings {
            common.note(&format!("warning: {}", warning.text));
        }
    }
    Ok(if found.failures.is_empty() {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

/// One row a permutation and model; permutation 0 is the outcome as it is.
fn single_aucs(found: &NullStudy) -> Rows {
    let mut rows = Rows::new(&["permutation", "model", "auc"]);
    for (model, one) in &found.models {
        rows.push(vec![0.into(), model.clone().into(), one.auc.into()]);
    }
    for (number, aucs) in found.permuted.iter().enumerate() {
        for model in found.models.keys() {
            let auc = aucs.get(model).copied().flatten();
            rows.push(vec![(number + 1).into(), model.clone().into(), auc.into()]);
        }
    }
    rows
}

fn warnings(options: &Options, found: &NullStudy) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = found
        .warnings
        .iter()
        .map(|warning| Warning::named(&warning.code, warning.text.clone()))
        .collect();
    if options.repeats < 2 {
        let told = "one permutation has no interval; 20 or more show something";
        warnings.push(Warning::new("one_permutation", told.to_owned()));
    }
    let beside = found.models.iter().filter(|(_, one)| {
        let covers = one.permuted.as_ref().and_then(|n| n.covers_one_half());
        covers == Some(false)
    });
    let beside: Vec<&str> = beside.map(|(model, _)| model.as_str()).collect();
    if !beside.is_empty() {
        warnings.push(Warning::new(
            "interval_beside_one_half",
            format!(
                "the interval does not include 0.5: {}. An interval of 95% misses in 1 of 20 by chance; if it still does with another --seed and more --repeats, what is judged on has been seen in learning",
                beside.join(", ")
            ),
        ));
    }
    warnings
}

fn text(options: &Options, found: &NullStudy) -> String {
    let mut rows = Rows::new(&[
        "model",
        "mean AUC",
        "lower",
        "upper",
        "middle 95% from",
        "to",
        "AUC unpermuted",
        "P",
    ]);
    for (model, one) in &found.models {
        let of = |of: fn(&radiome_stats::discrimination::NullDistribution) -> f64| {
            one.permuted.as_ref().map(of)
        };
        rows.push(vec![
            model.clone().into(),
            of(|n| n.mean).into(),
            of(|n| n.ci[0]).into(),
            of(|n| n.ci[1]).into(),
            of(|n| n.middle[0]).into(),
            of(|n| n.middle[1]).into(),
            one.auc.into(),
            one.p_value.into(),
        ]);
    }
    format!(
        "Cross-validated AUC ({} x {}-fold) with the outcome permuted {} among {} training patients ({} positive):\n{}\n{}\n",
        options.cv_repeats,
        found.folds,
        match options.repeats {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        },
        found.patients,
        found.positive,
        rows.to_text(),
        verdict(found)
    )
}

/// What the headline's interval says.
fn verdict(found: &NullStudy) -> String {
    let headline = found.models.get(NULL_HEADLINE);
    let permuted = headline.and_then(|one| one.permuted.as_ref());
    match permuted.and_then(|n| n.covers_one_half()) {
        Some(true) => format!(
            "The 95% interval of the mean AUC of the {NULL_HEADLINE} includes 0.5: where there is nothing, nothing is found."
        ),
        Some(false) => {
            format!("The 95% interval of the mean AUC of the {NULL_HEADLINE} does not include 0.5.")
        }
        None => format!("The mean AUC of the {NULL_HEADLINE} has no interval."),
    }
}

fn to_json(options: &Options, found: &NullStudy, warnings: &[Warning]) -> Map<String, Value> {
    let models: Map<String, Value> = found
        .models
        .iter()
        .map(|(model, one)| (model.clone(), Value::Object(model_json(one))))
        .collect();
    let mut json = found
        .models
        .get(NULL_HEADLINE)
        .map(model_json)
        .unwrap_or_default();
    let more = json!({
        "repeats": options.repeats,
        "model": NULL_HEADLINE,
        "cv_repeats": options.cv_repeats,
        "folds": found.folds,
        "n": found.patients,
        "positive": found.positive,
        "seed": found.seed,
        "models": models,
        "warnings": warnings.iter().map(Warning::to_json).collect::<Vec<_>>(),
    });
    json.extend(more.as_object().cloned().unwrap_or_default());
    json
}

fn model_json(one: &NullModel) -> Map<String, Value> {
    let optional = |value: Option<f64>| value.map_or(Value::Null, number_json);
    let permuted = one.permuted.as_ref();
    let pair = |pair: Option<[f64; 2]>| match pair {
        Some(limits) => json!(limits.map(number_json)),
        None => json!([null, null]),
    };
    let json = json!({
        "auc_mean": optional(permuted.map(|n| n.mean)),
        "auc_interval": pair(permuted.map(|n| n.ci)),
        "covers_one_half": permuted.and_then(|n| n.covers_one_half()),
        "auc_middle_95": pair(permuted.map(|n| n.middle)),
        "auc_unpermuted": optional(one.auc),
        "p_value": optional(one.p_value),
    });
    json.as_object().cloned().unwrap_or_default()
}
