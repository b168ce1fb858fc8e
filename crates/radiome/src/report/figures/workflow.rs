//! The way from images to validated models, with the numbers of the study.

use radiome_figures::Theme;
use radiome_figures::figure::workflow::{Arrow, Stage, StageBox, Workflow, workflow as draw};

use super::super::format::{
    count, cross_validated, feature_class, fixed, listed, model, term, with_interval,
};
use super::Drawn;
use crate::results::{Results, SequenceSummary};

pub(super) fn workflow(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    if results.study.sequences.is_empty() {
        return;
    }
    let lanes = Lanes::of(results);
    let mut data = Workflow {
        stages: vec![
            images(results, &lanes),
            features(results, &lanes),
            one(&lanes, "Agreement", agreement(results)),
            one(&lanes, "Scanners", scanners(results)),
            signatures(results, &lanes),
        ],
        arrows: Vec::new(),
    };
    let nomogram = nomogram(results, &lanes);
    let with_nomogram = !nomogram.boxes.is_empty();
    data.stages.extend(with_nomogram.then_some(nomogram));
    data.stages.push(validation(results));
    data.arrows = arrows(&lanes, with_nomogram);
    drawn.add(
        "workflow".to_owned(),
        "From images to validated models",
        "What each stage started from and what it found, in this study. Selection and models are of \
         the training patients.",
        draw(&data, theme),
    );
}

/// Who stands beside whom: sequences and signatures share the left, the clinical data have a lane
/// of their own.
struct Lanes<'a> {
    sequences: usize,
    signatures: Vec<&'a str>,
    clinical: bool,
    /// Signatures in the nomogram, by place, and whether the clinical model is.
    in_nomogram: (Vec<usize>, bool),
}

impl<'a> Lanes<'a> {
    fn of(results: &'a Results) -> Self {
        let signatures: Vec<&str> = results.signatures.keys().map(String::as_str).collect();
        let terms = results.nomogram.terms.as_deref().unwrap_or_default();
        let is_in = |name: &str| terms.iter().any(|term| term.variable == name);
        let in_nomogram = (0..signatures.len())
            .filter(|&place| is_in(signatures[place]))
            .collect();
        let clinical = terms
            .iter()
            .any(|term| !signatures.contains(&term.variable.as_str()));
        Self {
            sequences: results.study.sequences.len(),
            clinical: !results.clinical_model.univariate.is_empty(),
            in_nomogram: (in_nomogram, clinical),
            signatures,
        }
    }

    /// Share of the width that is left of the clinical lane.
    fn imaging(&self) -> f64 {
        if self.clinical {
            let lanes = self.signatures.len().max(self.sequences) as f64;
            lanes / (lanes + 1.0)
        } else {
            1.0
        }
    }

    fn lane(&self, place: usize, of: usize) -> (f64, f64) {
        let each = self.imaging() / of as f64;
        (place as f64 * each, (place + 1) as f64 * each)
    }

    fn clinical_lane(&self) -> (f64, f64) {
        (self.imaging(), 1.0)
    }
}

fn images(results: &Results, lanes: &Lanes<'_>) -> Stage {
    let patients: usize = results.cohort.analysed.values().map(|c| c.n).sum();
    let patients = count(patients, "patient", "patients");
    let mut boxes: Vec<StageBox> = results
        .study
        .sequences
        .iter()
        .enumerate()
        .map(|(place, sequence)| StageBox {
            title: sequence.name.clone(),
            lines: vec![if results.study.from_tables {
                format!("features of {patients}, read from tables")
            } else {
                format!("image and contour of {patients}")
            }],
            span: lanes.lane(place, lanes.sequences),
        })
        .collect();
    if lanes.clinical {
        let mut names: Vec<&str> = Vec::new();
        for term in &results.clinical_model.univariate {
            if !names.contains(&term.variable.as_str()) {
                names.push(&term.variable);
            }
        }
        boxes.push(StageBox {
            title: "Clinical data".to_owned(),
            lines: vec![count(names.len(), "candidate", "candidates")],
            span: lanes.clinical_lane(),
        });
    }
    Stage {
        label: "Images and contours".to_owned(),
        boxes,
    }
}

fn features(results: &Results, lanes: &Lanes<'_>) -> Stage {
    let of = |(place, sequence): (usize, &SequenceSummary)| {
        let classes: Vec<String> = sequence
            .classes
            .iter()
            // A no-break space: the number stays beside its class.
            .map(|(class, n)| format!("{} {n}", feature_class(class)).replace(' ', "\u{a0}"))
            .collect();
        StageBox {
            title: count(sequence.features, "feature", "features"),
            lines: if classes.is_empty() {
                Vec::new()
            } else {
                vec![classes.join(", ")]
            },
            span: lanes.lane(place, lanes.sequences),
        }
    };
    Stage {
        label: "Features".to_owned(),
        boxes: results.study.sequences.iter().enumerate().map(of).collect(),
    }
}

/// A stage that holds for all sequences together.
fn one(lanes: &Lanes<'_>, label: &str, (title, line): (String, String)) -> Stage {
    Stage {
        label: label.to_owned(),
        boxes: vec![StageBox {
            title,
            lines: vec![line],
            span: (0.0, lanes.imaging()),
        }],
    }
}

fn agreement(results: &Results) -> (String, String) {
    let Some(reliability) = &results.reliability else {
        return (
            "Readings not compared".to_owned(),
            format!("all {} features went on", results.study.features),
        );
    };
    let form = super::super::sections::icc_form(&reliability.form);
    let bound = if reliability.bound == "lower" {
        "lower 95% limit "
    } else {
        ""
    };
    let again: Vec<String> = reliability
        .patients
        .iter()
        .map(|(comparison, n)| match comparison.as_str() {
            "intra" => format!("{n} patients within a reader"),
            "inter" => format!("{n} patients between readers"),
            other => format!("{n} patients, {other}"),
        })
        .collect();
    (
        format!(
            "{bound}{form} > {}: {} of {} features kept",
            fixed(reliability.threshold, 2),
            reliability.kept,
            reliability.features.len()
        ),
        listed(&again),
    )
}

fn scanners(results: &Results) -> (String, String) {
    let Some(harmonization) = &results.harmonization else {
        return (
            "No harmonisation".to_owned(),
            "features left as they were".to_owned(),
        );
    };
    let method = super::super::sections::harmonization_method(&harmonization.method);
    let adjusted = harmonization.batches.iter().filter(|b| b.adjusted).count();
    (
        format!("{method} by {}", harmonization.batch),
        format!(
            "{} of {} adjusted, estimated from {}",
            adjusted,
            count(harmonization.batches.len(), "batch", "batches"),
            if harmonization.fit == "pooled" {
                "all patients"
            } else {
                "the training patients"
            }
        ),
    )
}

fn signatures(results: &Results, lanes: &Lanes<'_>) -> Stage {
    let mut boxes: Vec<StageBox> = results
        .signatures
        .iter()
        .enumerate()
        .map(|(place, (name, signature))| {
            let kept = signature.coefficients.as_ref().map_or(0, |kept| kept.len());
            StageBox {
                title: model(name),
                lines: vec![
                    format!(
                        "mRMR: {}",
                        count(signature.selected.len(), "feature", "features")
                    ),
                    format!("LASSO: {}", count(kept, "feature", "features")),
                ],
                span: lanes.lane(place, lanes.signatures.len()),
            }
        })
        .collect();
    if lanes.clinical {
        let terms = results.clinical_model.terms.as_deref().unwrap_or_default();
        let names: Vec<String> = terms.iter().map(|t| term(&t.name, &t.variable)).collect();
        boxes.push(StageBox {
            title: "Clinical model".to_owned(),
            lines: vec![if names.is_empty() {
                "no predictor stayed".to_owned()
            } else {
                names.join(", ")
            }],
            span: lanes.clinical_lane(),
        });
    }
    Stage {
        label: "Selection and models".to_owned(),
        boxes,
    }
}

/// The nomogram below the models that are in it.
fn nomogram(results: &Results, lanes: &Lanes<'_>) -> Stage {
    let (signatures, clinical) = &lanes.in_nomogram;
    let spans: Vec<(f64, f64)> = signatures
        .iter()
        .map(|&place| lanes.lane(place, lanes.signatures.len()))
        .chain((*clinical && lanes.clinical).then(|| lanes.clinical_lane()))
        .collect();
    let terms = results.nomogram.terms.as_deref().unwrap_or_default();
    let names: Vec<String> = terms
        .iter()
        .map(|one| match one.variable.starts_with("rs_") {
            true => model(&one.variable),
            false => term(&one.name, &one.variable),
        })
        .collect();
    let boxes = spans.first().map(|first| StageBox {
        title: "Nomogram".to_owned(),
        lines: vec![names.join(", ")],
        span: (
            first.0,
            spans.iter().fold(first.1, |right, span| right.max(span.1)),
        ),
    });
    Stage {
        label: "Nomogram".to_owned(),
        boxes: boxes.into_iter().collect(),
    }
}

/// How the nomogram, or where there is none the last signature, did on each set.
fn validation(results: &Results) -> Stage {
    let judged = match &results.nomogram.terms {
        Some(_) => Some("nomogram"),
        None => results.signatures.keys().next_back().map(String::as_str),
    };
    let name = judged.map_or_else(String::new, model);
    let apparent_or_external = |split: &str| {
        let one = results.performance.get(judged?)?.get(split)?;
        Some(with_interval(one.auc, one.ci))
    };
    let validated = judged.and_then(|judged| results.internal_validation.get(judged));
    let study = &results.study;
    let n = |split: &str| results.cohort.analysed.get(split).map_or(0, |c| c.n);
    let mut found: Vec<(String, String, Option<String>)> = vec![(
        format!("Training (n = {})", n("train")),
        "apparent".to_owned(),
        apparent_or_external("train"),
    )];
    if study.is_resampled() {
        found.push((
            "Cross-validation".to_owned(),
            format!("{} × {}-fold", study.repeats, study.folds),
            validated
                .and_then(cross_validated)
                .map(|auc| with_interval(auc.estimate, auc.ci)),
        ));
    }
    if study.bootstrap > 0 {
        found.push((
            "Bootstrap".to_owned(),
            format!("{} samples, optimism-corrected", study.bootstrap),
            validated
                .and_then(|one| one.optimism_corrected.as_ref())
                .map(|auc| with_interval(auc.estimate, auc.ci)),
        ));
    }
    if n("external") > 0 {
        found.push((
            format!("External (n = {})", n("external")),
            "not seen in learning".to_owned(),
            apparent_or_external("external"),
        ));
    }
    let of = found.len() as f64;
    let boxes = found
        .into_iter()
        .enumerate()
        .map(|(place, (title, how, auc))| {
            let auc = auc.map(|auc| format!("{name}: AUC {auc}"));
            StageBox {
                title,
                lines: [Some(how), auc].into_iter().flatten().collect(),
                span: (place as f64 / of, (place + 1) as f64 / of),
            }
        });
    Stage {
        label: "Validation".to_owned(),
        boxes: boxes.collect(),
    }
}

fn arrows(lanes: &Lanes<'_>, nomogram: bool) -> Vec<Arrow> {
    let arrow = |from, to| Arrow { from, to };
    let mut arrows = Vec::new();
    for place in 0..lanes.sequences {
        arrows.push(arrow((0, place), (1, place)));
        arrows.push(arrow((1, place), (2, 0)));
    }
    arrows.push(arrow((2, 0), (3, 0)));
    for place in 0..lanes.signatures.len() {
        arrows.push(arrow((3, 0), (4, place)));
    }
    if lanes.clinical {
        arrows.push(arrow((0, lanes.sequences), (4, lanes.signatures.len())));
    }
    if nomogram {
        let (signatures, clinical) = &lanes.in_nomogram;
        for &place in signatures {
            arrows.push(arrow((4, place), (5, 0)));
        }
        if *clinical && lanes.clinical {
            arrows.push(arrow((4, lanes.signatures.len()), (5, 0)));
        }
    }
    arrows
}
