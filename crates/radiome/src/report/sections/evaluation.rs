//! How good the models are: discrimination, calibration, net benefit.

use super::super::figures::Drawn;
use super::super::format::{
    NOT_DEFINED, alone_in_nomogram, estimate, is_empty_model, model, models, never_had_predictor,
    number, optional, ordered, p_value, percent, reason, sentence, split, split_order, the_model,
    with_interval,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use super::missing;
use crate::results::{
    BestExternalSignature, BySplit, DelongComparison, InternalValidation, Performance, Results,
};

pub(super) fn discrimination<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("performance", "Discrimination and classification");
    let has_external = results
        .performance
        .values()
        .any(|splits| splits.contains_key("external"));
    let resampled = results.study.is_resampled();
    section.paragraph(if !resampled {
        "Two views that must not be mixed: how well the models do on the patients they were \
         fitted on (apparent, too hopeful), and how well they do elsewhere (external). The study \
         follows the order of published papers: nothing was learnt again without some patients, so \
         there is no internal validation."
    } else if has_external {
        "Three views that must not be mixed: how well the models do on the patients they were \
         fitted on (apparent), how well they do on patients left out of the fit (internal \
         validation), and how well they do elsewhere (external)."
    } else {
        "Two views that must not be mixed: how well the models do on the patients they were \
         fitted on (apparent, too hopeful), and how well they do on patients left out of the fit \
         (internal validation). Without external patients the second is the one to believe."
    });

    section.heading("Apparent performance (training patients)");
    section.table(performance(
        results,
        "train",
        "Apparent performance: the patients that the models were fitted on. Too hopeful; not to be \
         cited alone",
    ));
    section.figure(drawn.get("roc/train"));
    section.figure(drawn.get("roc_band/train"));

    if resampled {
        section.heading("Internal validation (cross-validation and bootstrap)");
        if results.internal_validation.is_empty() {
            section.paragraph(missing(
                results,
                "internal_validation",
                "The models were not validated internally",
            ));
        } else {
            section.table(internal_validation(results));
            section.figure(drawn.get("roc/cross_validated"));
        }
    }

    section.heading("External performance");
    if has_external {
        section.table(performance(
            results,
            "external",
            "External performance: patients whose outcome no step of learning has seen, at the cut-offs \
             fixed in training",
        ));
        section.figure(drawn.get("roc/external"));
        section.figure(drawn.get("roc_band/external"));
    } else {
        section.paragraph(missing(
            results,
            "external",
            "The study has no external patients",
        ));
    }

    section.heading("Comparisons of the models");
    if results.delong.is_empty() {
        section.paragraph(missing(
            results,
            "delong",
            "There were no two models to compare",
        ));
    }
    if let Some(best) = results
        .as_published
        .as_ref()
        .and_then(|one| one.best_external_signature.as_ref())
    {
        section.caution(best_external(best));
    }
    let alone = alone_in_nomogram(results);
    for name in splits_of_delong(results) {
        let mut table = Table::new(
            match name {
                "train" => "DeLong tests in the training patients (apparent)".to_owned(),
                name => format!("DeLong tests: {} patients", split(name).to_lowercase()),
            },
            &["Models", "Difference of AUC (95% CI)", "z", "P", "P (Holm)"],
        );
        for one in results.delong.iter().filter(|one| one.split == name) {
            if alone.is_some_and(|signature| same_pair(one, signature)) {
                continue;
            }
            table.row([
                format!("{} − {}", model(&one.a), model(&one.b)),
                with_interval(one.difference, one.ci),
                optional(one.z),
                p_value(one.p_value),
                p_value(one.p_adjusted),
            ]);
        }
        table.note("Holm: corrected for the number of comparisons in this set of patients.");
        if name == "train" {
            table.note(
                "On the patients that they were fitted on, models with more predictors look \
                 better than they are: these tests do not show which model is better for others.",
            );
        }
        if let Some(signature) = alone {
            table.note(format!(
                "The nomogram is {} on another scale, so the two are not compared.",
                the_model(signature)
            ));
        }
        section.table(table);
    }
    section
}

/// What a choice by the external patients would be.
fn best_external(best: &BestExternalSignature) -> String {
    let also = if best.in_nomogram {
        "It is in the nomogram because the study file says so; were it there for its external AUC, \
         the external patients would have helped in learning, and the nomogram's external figures \
         would be too hopeful."
    } else {
        "To put it into the nomogram for that would be a leak: the external patients would then \
         have helped in learning, and the nomogram's external figures would be too hopeful."
    };
    format!(
        "Of the {} signatures, {} has the largest external AUC ({}). {also} Which signature goes \
         into a nomogram is chosen beforehand, or from the training patients.",
        best.among,
        the_model(&best.model),
        number(best.auc)
    )
}

/// Whether the comparison is of the nomogram with the only signature in it.
fn same_pair(one: &DelongComparison, signature: &str) -> bool {
    (one.a == "nomogram" && one.b == signature) || (one.a == signature && one.b == "nomogram")
}

fn splits_of_delong(results: &Results) -> Vec<&str> {
    let mut splits: Vec<&str> = Vec::new();
    for one in &results.delong {
        if !splits.contains(&one.split.as_str()) {
            splits.push(&one.split);
        }
    }
    splits.sort_by_key(|name| split_order(name));
    splits
}

/// A table with a measure a row and a model a column.
struct ByMeasure<'a, T> {
    table: Table,
    models: Vec<Option<&'a T>>,
}

impl<'a, T> ByMeasure<'a, T> {
    fn new(
        results: &'a Results,
        caption: &str,
        with_empty: bool,
        of_model: impl Fn(&'a str) -> Option<&'a T>,
    ) -> Self {
        let mut table = Table::new(caption, &["Measure"]);
        let mut columns = Vec::new();
        for key in models(results) {
            let value = of_model(key).filter(|_| with_empty || !is_empty_model(results, key));
            if value.is_some() || is_empty_model(results, key) {
                table.columns.push(model(key));
                columns.push(value);
            }
            if is_empty_model(results, key) {
                let why = reason(results, key)
                    .map_or_else(String::new, |why| format!(" {}", sentence(why)));
                table.note(format!("{}: the final model is empty.{why}", model(key)));
            }
        }
        Self {
            table,
            models: columns,
        }
    }

    fn row(&mut self, name: &str, text: impl Fn(&T) -> String) {
        let mut cells = vec![name.to_owned()];
        cells.extend(
            self.models
                .iter()
                .map(|value| value.map_or_else(|| NOT_DEFINED.to_owned(), &text)),
        );
        self.table.row(cells);
    }
}

fn performance(results: &Results, key: &str, caption: &str) -> Table {
    let mut by = ByMeasure::new(results, caption, false, |model| {
        results
            .performance
            .get(model)
            .and_then(|splits| splits.get(key))
    });
    by.row("Patients (positive)", |p: &Performance| {
        format!("{} ({})", p.n, p.positive)
    });
    by.row("AUC", |p| with_interval(p.auc, p.ci));
    by.row("Cut-off (probability)", |p| optional(p.cutoff));
    by.row("Accuracy", |p| estimate(&p.accuracy));
    by.row("Sensitivity", |p| estimate(&p.sensitivity));
    by.row("Specificity", |p| estimate(&p.specificity));
    by.row("PPV", |p| estimate(&p.ppv));
    by.row("NPV", |p| estimate(&p.npv));
    by.row("TP, FP, FN, TN", |p| {
        p.confusion.map(|n| n.to_string()).join(", ")
    });
    by.table.note(
        "In brackets 95% intervals: DeLong for the AUC, Clopper-Pearson for the shares. PPV, NPV: \
         positive and negative predictive value. TP, FP, FN, TN: true positive, false positive, \
         false negative, true negative. The cut-offs were fixed in training.",
    );
    if results.performance.values().any(|splits| {
        splits
            .get(key)
            .is_some_and(|one| one.auc.is_some_and(|auc| auc == 0.0 || auc == 1.0))
    }) {
        by.table.note(
            "An AUC of 1 or 0 has no interval by DeLong; it does not mean that the AUC is certain.",
        );
    }
    by.table
}

fn internal_validation(results: &Results) -> Table {
    let study = &results.study;
    let mut by = ByMeasure::new(
        results,
        "Internal validation: patients left out of the fit (cross-validated), and apparent \
         performance less its optimism",
        // What the same steps found in the resamples can be told even of an empty final model.
        true,
        |model| results.internal_validation.get(model),
    );
    by.row("Cross-validated AUC", |v: &InternalValidation| {
        v.cross_validated
            .as_ref()
            .map_or_else(|| NOT_DEFINED.to_owned(), estimate)
    });
    by.row("Optimism of the AUC", |v| {
        v.optimism
            .as_ref()
            .map_or_else(|| NOT_DEFINED.to_owned(), estimate)
    });
    by.row("Optimism-corrected AUC", |v| {
        v.optimism_corrected
            .as_ref()
            .map_or_else(|| NOT_DEFINED.to_owned(), estimate)
    });
    by.row("Accuracy", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.accuracy))
    });
    by.row("Sensitivity", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.sensitivity))
    });
    by.row("Specificity", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.specificity))
    });
    by.row("PPV", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.ppv))
    });
    by.row("NPV", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.npv))
    });
    by.row("Brier score", |v| {
        optional(v.resampled.as_ref().and_then(|r| r.brier))
    });
    by.row("Refits without a predictor", |v| {
        v.resampled
            .as_ref()
            .map_or_else(|| NOT_DEFINED.to_owned(), |r| percent(r.empty))
    });
    for key in models(results) {
        if results
            .internal_validation
            .get(key)
            .is_some_and(never_had_predictor)
        {
            by.table
                .note(format!("{}: no predictor in any refit.", model(key)));
        }
    }
    by.table.note(format!(
        "Cross-validated: {} × {}-fold; every step of learning is done again without the patients \
         left out; AUC: mean over test folds, interval by influence curves; other rows: means over \
         repeats at the cut-off learnt inside each fold. Optimism: {}.",
        study.repeats,
        study.folds,
        match study.bootstrap {
            0 => "not estimated".to_owned(),
            n => format!("mean over {n} bootstrap samples of apparent less original AUC"),
        }
    ));
    by.table
}

pub(super) fn calibration<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("calibration", "Calibration");
    let splits = splits_of(results.calibration.values());
    if splits.is_empty() {
        section.paragraph(missing(
            results,
            "calibration",
            "Calibration could not be looked at",
        ));
        return section;
    }
    section.paragraph(
        "Calibration asks whether, of patients given a risk of 30%, about 30% are positive. \
         Ideal: slope 1, intercept 0.",
    );
    let smallest = results
        .calibration
        .values()
        .flat_map(|s| s.values())
        .map(|c| c.n)
        .min();
    section.caution(format!(
        "The Hosmer-Lemeshow test has little power with so few patients{}: a large P does not show \
         that a model is well calibrated. Look at the slope and the curve.",
        smallest.map_or_else(String::new, |n| format!(" (down to {n} here)"))
    ));
    for name in splits {
        section.heading(match name {
            "train" => "Training patients (apparent)".to_owned(),
            name => format!("{} predictions", split(name)),
        });
        let mut table = Table::new(
            match name {
                "train" => "Calibration in the training patients (apparent)".to_owned(),
                "cross_validated" => "Calibration of the cross-validated predictions".to_owned(),
                name => format!("Calibration: {} patients", split(name).to_lowercase()),
            },
            &[
                "Model",
                "n",
                "Slope",
                "Intercept",
                "In the large",
                "Brier",
                "Scaled Brier",
                "E50",
                "E90",
                "Hosmer-Lemeshow χ² (df)",
                "P",
            ],
        );
        let mut notes = Footnotes::default();
        for key in ordered(results, &results.calibration) {
            let Some(one) = results
                .calibration
                .get(key)
                .and_then(|splits| splits.get(name))
            else {
                continue;
            };
            let mut cells: Vec<Cell> = vec![
                model(key).into(),
                one.n.to_string().into(),
                optional(one.slope).into(),
                optional(one.intercept).into(),
                optional(one.calibration_in_the_large).into(),
                optional(one.brier).into(),
                optional(one.brier_scaled).into(),
                optional(one.e50).into(),
                optional(one.e90).into(),
            ];
            match &one.hosmer_lemeshow {
                Some(test) => cells.extend([
                    Cell::from(format!("{} ({})", optional(Some(test.chi_square)), test.df)),
                    Cell::from(p_value(Some(test.p_value))),
                ]),
                None => cells.extend([
                    Cell {
                        text: NOT_DEFINED.to_owned(),
                        mark: notes.mark("the groups of the test could not be made."),
                    },
                    Cell::from(NOT_DEFINED),
                ]),
            }
            table.rows.push(cells);
        }
        table.note(
            "In the large: intercept with the slope held at 1; above 0 the risks are too low on \
             the whole, below 0 too high. E50, E90: median and 90% quantile, over the patients, of \
             the distance of the smoothed curve from the diagonal.",
        );
        table.notes.extend(notes.line());
        section.table(table);
    }
    section.heading("Calibration curves");
    for key in ordered(results, &results.calibration) {
        section.figure(drawn.get(&format!("calibration/{key}")));
    }
    section
}

/// The splits that any model has, in the reader's order.
fn splits_of<'a, T: 'a>(models: impl Iterator<Item = &'a BySplit<T>>) -> Vec<&'a str> {
    let mut splits: Vec<&str> = Vec::new();
    for name in models.flat_map(|splits| splits.keys()) {
        if !splits.contains(&name.as_str()) {
            splits.push(name);
        }
    }
    splits.sort_by_key(|name| split_order(name));
    splits
}

pub(super) fn decision<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("decision-curves", "Decision curves");
    let splits = splits_of(results.decision_curve.values());
    if splits.is_empty() {
        section.paragraph(missing(
            results,
            "decision_curve",
            "Net benefit could not be worked out",
        ));
        return section;
    }
    section.paragraph(
        "Net benefit: true positives less false positives, each false one weighted by the odds of \
         the threshold probability, per patient. A model is of use at a threshold where its curve \
         lies above both treating all and treating none. The curves of the training patients are \
         apparent and so too high; where there are bootstrap samples, they are shown corrected for \
         that too.",
    );
    for name in splits {
        section.figure(drawn.get(&format!("decision_curve/{name}")));
    }
    if let Some(mixed) = drawn.get("decision_curve/train_and_external") {
        section.caution(
            "The next figure is what some papers show: one curve over training and external \
             patients. It leaks: part of these patients the models were fitted on, so it looks too \
             good. The figures above keep the sets apart.",
        );
        section.figure(Some(mixed));
    }
    section.paragraph("Every point is in tables/decision_curve.csv.");
    section
}
