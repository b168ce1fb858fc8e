//! Patients, readings and scanners.

use super::super::figures::Drawn;
use super::super::format::{
    NOT_DEFINED, count, fixed, listed, optional, p_value, plain, quoted, split,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use super::missing;
use super::perturbations::perturbed;
use super::reader_agreement::reader_agreement;
use crate::results::{GroupSummary, Harmonization, Histology, Reliability, Results, TableOne};

pub(super) fn cohort<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("cohort", "Patients");
    let cohort = &results.cohort;
    section.figure(drawn.get("cohort_flow"));
    section.figure(drawn.get("workflow"));

    let mut analysed = Table::new(
        "Patients analysed",
        &[
            "Set",
            "Patients",
            "Positive",
            "Negative",
            "Scanners (patients)",
        ],
    );
    for (name, counts) in &cohort.analysed {
        let scanners: Vec<String> = counts
            .batches
            .iter()
            .map(|(batch, n)| format!("{batch} ({n})"))
            .collect();
        analysed.row([
            split(name),
            counts.n.to_string(),
            counts.positive.to_string(),
            counts.negative.to_string(),
            if scanners.is_empty() {
                NOT_DEFINED.to_owned()
            } else {
                scanners.join(", ")
            },
        ]);
    }
    analysed.note(format!(
        "Positive: {} = {}.",
        results.study.outcome, results.study.positive
    ));
    section.table(analysed);

    if let Some(follow_up) = &cohort.follow_up {
        let mut table = Table::new(
            "Follow-up",
            &["Set", "Patients", "Events", "Median follow-up"],
        );
        for (name, summary) in follow_up {
            table.row([
                split(name),
                summary.n.to_string(),
                summary.events.to_string(),
                summary.median.map_or_else(|| NOT_DEFINED.to_owned(), plain),
            ]);
        }
        table.note(format!(
            "Median by the reverse Kaplan-Meier method; times as in {}.",
            results
                .study
                .survival_time
                .as_deref()
                .unwrap_or("the clinical table")
        ));
        section.table(table);
    }

    if cohort.excluded.is_empty() {
        section.paragraph("No patient of the tables was left out.");
    } else {
        let mut table = Table::new("Patients left out", &["Patient", "Reason"]);
        for exclusion in &cohort.excluded {
            table.row([exclusion.id.clone(), quoted(&exclusion.reason)]);
        }
        section.table(table);
    }

    section.paragraph(super::quality::words(results));

    if let Some(table) = results.histology.as_ref().map(|it| histology(results, it)) {
        section.table(table);
    }

    match baseline(results, &results.table_one) {
        Some(table) => section.table(table),
        None => section.paragraph(missing(
            results,
            "table_one",
            "There is no baseline table, as no clinical column was named",
        )),
    }
    section
}

/// The types, a column a set and group.
fn histology(results: &Results, histology: &Histology) -> Table {
    let mut table = Table::new(
        format!("Histological types ({})", histology.column),
        &["Type"],
    );
    table.groups.push((String::new(), 1));
    for name in &histology.splits {
        let n = results.cohort.analysed.get(name).map(|counts| counts.n);
        let of = n.map_or_else(String::new, |n| format!(" (n = {n})"));
        table.groups.push((format!("{}{of}", split(name)), 3));
        table
            .columns
            .extend(["All", "Negative", "Positive"].map(str::to_owned));
    }
    for one in &histology.types {
        let name = one.name.as_deref();
        let mut cells = vec![name.unwrap_or("not known").to_owned()];
        for name in &histology.splits {
            let [negative, positive] = one.groups.get(name).copied().unwrap_or_default();
            cells.extend([negative + positive, negative, positive].map(|n| n.to_string()));
        }
        table.row(cells);
    }
    table.note("Patients; the most common type first.");
    table
}

fn baseline(results: &Results, table_one: &TableOne) -> Option<Table> {
    if table_one.rows.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Baseline: negative against positive patients",
        &["Variable"],
    );
    table.groups.push((String::new(), 1));
    for name in &table_one.splits {
        table.groups.push((split(name), 3));
        let counts = results.cohort.analysed.get(name);
        let with_n = |text: &str, n: Option<usize>| match n {
            Some(n) => format!("{text} (n = {n})"),
            None => text.to_owned(),
        };
        table
            .columns
            .push(with_n("Negative", counts.map(|counts| counts.negative)));
        table
            .columns
            .push(with_n("Positive", counts.map(|counts| counts.positive)));
        table.columns.push("P".to_owned());
    }
    let mut notes = Footnotes::default();
    let mut previous: Option<&str> = None;
    for row in &table_one.rows {
        // A factor has one row a level; its name stands once.
        let name = match &row.level {
            Some(level) => format!("{}: {level}", row.variable),
            None => row.variable.clone(),
        };
        let mut cells: Vec<Cell> = vec![name.into()];
        for name in &table_one.splits {
            match row.groups.get(name) {
                Some([negative, positive]) => {
                    // Missing values belong to the variable, so its first row tells them.
                    let first = previous != Some(row.variable.as_str());
                    cells.push(group(negative, first).into());
                    cells.push(group(positive, first).into());
                }
                None => cells.extend([Cell::from(NOT_DEFINED), Cell::from(NOT_DEFINED)]),
            }
            cells.push(match row.tests.get(name) {
                Some(test) => Cell {
                    text: p_value(test.p_value),
                    mark: notes.mark(test_name(&test.test)),
                },
                None => Cell::from(""),
            });
        }
        previous = Some(&row.variable);
        table.rows.push(cells);
    }
    table.note(
        "Numbers are mean ± standard deviation, median (interquartile range) or patients (share).",
    );
    table.notes.extend(notes.line());
    Some(table)
}

fn group(summary: &GroupSummary, tell_missing: bool) -> String {
    let text = if summary.text.trim().is_empty() {
        NOT_DEFINED
    } else {
        summary.text.as_str()
    };
    if tell_missing && summary.missing > 0 {
        format!("{text}; {} missing", summary.missing)
    } else {
        text.to_owned()
    }
}

fn test_name(test: &str) -> &str {
    match test {
        "student_t" => "Student's t test",
        "welch_t" => "Welch's t test",
        "mann_whitney" => "Mann-Whitney test",
        "chi_square" => "chi-square test",
        "fisher_exact" => "Fisher's exact test",
        "log_rank" => "log-rank test",
        other => other,
    }
}

pub(super) fn reliability<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("reliability", "Agreement between readings");
    let Some(reliability) = &results.reliability else {
        section.paragraph(missing(
            results,
            "reliability",
            "No region was drawn a second time, so agreement between readings is not known",
        ));
        reader_agreement(results, &mut section);
        return section;
    };
    let total = reliability.features.len();
    section.paragraph(format!(
        "{} of {} had an {} above {} {} and went on.",
        reliability.kept,
        count(total, "feature", "features"),
        form(&reliability.form),
        fixed(reliability.threshold, 2),
        rule(reliability),
    ));
    if let (Some(summary), Some(&patients)) = (
        &reliability.perturbations,
        reliability.patients.get("perturbations"),
    ) {
        section.paragraph(perturbed(summary, patients));
    }
    section.figure(drawn.get("reliability"));

    let mut table = Table::new(
        "Intraclass correlation of the features, by comparison",
        &[
            "Comparison",
            "Patients read again",
            "Above the threshold",
            "Median ICC",
            "Not defined",
        ],
    );
    for (comparison, patients) in &reliability.patients {
        let mut values: Vec<f64> = reliability
            .features
            .iter()
            .filter_map(|feature| feature.icc.get(comparison).copied().flatten())
            .filter(|icc| !icc.is_nan())
            .collect();
        values.sort_by(f64::total_cmp);
        let above = reliability.features.iter().filter(|feature| {
            let bound = match reliability.bound.as_str() {
                "lower" => feature.ci.get(comparison).and_then(|ci| ci[0]),
                _ => feature.icc.get(comparison).copied().flatten(),
            };
            bound.is_some_and(|bound| bound > reliability.threshold)
        });
        table.row([
            comparison_name(comparison).to_owned(),
            patients.to_string(),
            format!("{} of {total}", above.count()),
            optional(median(&values)),
            (total - values.len()).to_string(),
        ]);
    }
    table.note(
        "Every feature is in tables/reliability.csv. A feature that is the same in all patients \
         has no ICC and is not kept.",
    );
    section.table(table);
    reader_agreement(results, &mut section);
    section
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted.get(middle.wrapping_sub(1))? + upper) / 2.0)
}

pub(crate) fn form(form: &str) -> String {
    // icc2_1 is ICC(2,1) of Shrout and Fleiss.
    match form
        .strip_prefix("icc")
        .and_then(|numbers| numbers.split_once('_'))
    {
        Some((model, readings)) => format!("ICC({model},{readings})"),
        None => form.to_owned(),
    }
}

pub(super) fn rule(reliability: &Reliability) -> String {
    let comparisons: Vec<String> = reliability
        .patients
        .keys()
        .map(|key| comparison_name(key).to_lowercase())
        .collect();
    let bound = if reliability.bound == "lower" {
        " by its lower 95% limit"
    } else {
        ""
    };
    match comparisons.len() {
        0 => bound.trim_start().to_owned(),
        1 => format!("{}{bound}", listed(&comparisons)),
        2 => format!("both {}{bound}", listed(&comparisons)),
        _ => format!("{}{bound}", listed(&comparisons)),
    }
}

fn comparison_name(comparison: &str) -> &str {
    match comparison {
        "intra" => "Within a reader",
        "inter" => "Between readers",
        "perturbations" => "Between perturbed images",
        other => other,
    }
}

pub(super) fn harmonization<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("harmonisation", "Differences between scanners");
    let Some(harmonization) = &results.harmonization else {
        section.paragraph(missing(
            results,
            "harmonization",
            "Scanner effects were not removed, as the study did not ask for it",
        ));
        return section;
    };
    let pooled = harmonization.fit == "pooled";
    section.paragraph(format!(
        "The effect of {} on each feature was estimated by {} in the {} and removed{}.",
        harmonization.batch,
        method(&harmonization.method),
        if pooled {
            "training and external patients together, without their outcome,"
        } else {
            "training patients"
        },
        keeping(harmonization)
    ));
    let mut table = Table::new(
        if pooled {
            "Scanners of all patients"
        } else {
            "Scanners of the training patients"
        },
        &[
            "Scanner",
            "Patients",
            "Adjusted",
            "Mean shift (SD)",
            "Median scale",
        ],
    );
    for batch in &harmonization.batches {
        table.row([
            batch.name.clone(),
            batch.n.to_string(),
            if batch.adjusted { "yes" } else { "no" }.to_owned(),
            optional(batch.mean_absolute_shift),
            optional(batch.median_scale),
        ]);
    }
    table.note(
        "Mean shift: mean over features of the absolute shift, in pooled standard deviations. \
         Median scale: median over features of the scanner's standard deviation over the pooled \
         one. A scanner with one patient cannot be adjusted.",
    );
    section.table(table);
    section.figure(drawn.get("harmonization"));
    if !harmonization.unseen_batches.is_empty() {
        section.caution(format!(
            "{} of the external patients {} not among the training patients: {}.",
            if harmonization.unseen_batches.len() == 1 {
                "One scanner"
            } else {
                "Scanners"
            },
            if harmonization.unseen_batches.len() == 1 {
                "was"
            } else {
                "were"
            },
            format_args!(
                "{} ({})",
                listed(&harmonization.unseen_batches),
                unseen(&harmonization.unseen)
            )
        ));
    }
    section
}

/// Which effects were kept, to be put after what was removed.
pub(super) fn keeping(harmonization: &Harmonization) -> String {
    match harmonization.covariates.as_slice() {
        [] => String::new(),
        kept => format!(", keeping the effect of {}", listed(kept)),
    }
}

pub(crate) fn method(method: &str) -> &str {
    match method {
        "combat" => "ComBat",
        other => other,
    }
}

pub(super) fn unseen(rule: &str) -> &str {
    match rule {
        "none" => "their values were left as they are",
        "own" => "the effect was estimated from their own rows, without the outcome",
        "error" => "the study stops at such a scanner",
        other => other,
    }
}
