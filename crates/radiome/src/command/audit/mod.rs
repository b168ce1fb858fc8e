//! `radiome audit`: can the numbers of published tables be true together?

mod comparisons;
mod counts;
mod finding;
mod means;
mod odds_ratios;
mod performance;
mod rates;
mod sets;
mod sheet;

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use serde_json::{Map, Value, json};

use super::tabular::{Findings, Output, Rows, Warning, confidence_level};
use super::{Common, Status};
use finding::Report;
use sets::Sizes;
pub(crate) use sheet::Sheet;

/// Find cells of published tables that cannot be true
///
/// Every table is recognised by its columns, and rules that bind its numbers to each other are
/// applied. What is merely rounded is never reported. Names are matched without regard to case;
/// SET is a set of patients such as train or external, and a set may be cut short (ext).
///
/// Counts: variable, level, and a column of counts SET_GROUP for each group; P values in p_SET, there
/// or in a table with the same variables. Means: variable, group, n, mean, sd, published_p, and set
/// if there are several. Odds ratios: variable, or, lower, upper, p, and analysis (univariate ones
/// are compared with the counts). Performance: model, set, auc (or c) with lower and upper, and acc,
/// sen, spe, ppv, npv. Comparisons of AUCs: a, b, set, p, where a and b are models of another table;
/// or diff, se1, se2, p. Of two groups the second is the positive one, if that fits.
#[derive(Args)]
#[command(after_long_help = EXAMPLES, mut_arg("by", |by| by.hide(true)))]
pub(crate) struct Options {
    /// The tables (CSV, TSV, XLSX; a JSON object of objects is a table with a row for each)
    #[arg(value_name = "TABLE", required = true)]
    tables: Vec<PathBuf>,
    /// Patients of a set, negative and positive [default: from the counts or means]
    #[arg(long, value_name = "SET=NEGATIVE,POSITIVE", value_parser = sets::sizes_of)]
    sizes: Vec<Sizes>,
    /// Confidence level of the published intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = confidence_level)]
    conf_level: f64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  radiome audit table2_counts.csv table2_published_p.csv table2_age.csv table3.csv table4.csv
  radiome audit table4.csv --sizes train=59,50 --sizes external=34,37
  radiome audit cindex.csv --json

Rules: count_total, p_of_counts, p_of_means, confusion_cells, confusion_truncated,
auc_operating_point, interval_order, interval_symmetry, interval_copied, ratio_symmetry, p_of_ratio,
crude_odds_ratio, auc_difference. A finding says that the printed numbers contradict each other, not
which of them is wrong, and not why.

Exit status: 0 all done, findings or none; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if options.output.by.is_some() {
        return Err(miette!(
            help = "leave --by away; a column \"set\" tells sets of patients apart",
            "audit looks at all tables together"
        ));
    }
    let sheets = options.tables.iter().map(|path| Sheet::read(path));
    let sheets: Vec<Sheet> = sheets.collect::<miette::Result<_>>()?;
    let Some(first) = sheets.first() else {
        return Err(miette!("no table is given"));
    };
    options.output.run(&first.table, common, |_| {
        audit(&sheets, options.sizes.clone(), options.conf_level)
    })
}

/// Steps that all comparisons with counts may take together: about half a second. Each gets the same
/// share: one whose exact test would take more is left undecided, in whatever order the rows stand.
const EXACT_STEPS: u64 = 6_000_000;

/// Applies every rule to tables that were read.
pub(crate) fn audit(
    sheets: &[Sheet],
    mut sizes: Vec<Sizes>,
    confidence_level: f64,
) -> miette::Result<Findings> {
    let mut report = Report::default();
    let (counts, means) = (counts::read(sheets)?, means::read(sheets)?);
    sizes.extend(counts.iter().flat_map(counts::CountTable::sizes));
    sizes.extend(means.iter().flat_map(means::MeanTable::sizes));
    let comparisons =
        counts::comparisons(sheets, &counts)? + odds_ratios::comparisons(sheets, &counts)?;
    let steps = EXACT_STEPS / comparisons.max(1) as u64;
    counts::audit(sheets, &counts, steps, &mut report)?;
    means::audit(sheets, &means, &mut report)?;
    odds_ratios::audit(sheets, &counts, confidence_level, steps, &mut report)?;
    performance::audit(sheets, &sizes, &mut report)?;
    comparisons::audit(sheets, confidence_level, &mut report)?;
    found(sheets, report)
}

fn found(sheets: &[Sheet], report: Report) -> miette::Result<Findings> {
    let Report {
        mut findings,
        mut warnings,
        checked,
        undecided,
    } = report;
    if undecided > 0 {
        let told = format!(
            "{undecided} comparisons with counts were not made: the exact tests would take too long; \
             audit fewer tables at once"
        );
        warnings.push(Warning::new("undecided", told));
    }
    let place = |name: &str| sheets.iter().position(|sheet| sheet.name == name);
    findings.sort_by_key(|finding| (place(&finding.table), finding.line));
    let unknown = |sheet: &&Sheet| !checked.iter().any(|check| check.table == sheet.name);
    let unknown: Vec<&Sheet> = sheets.iter().filter(unknown).collect();
    if unknown.len() == sheets.len() {
        return Err(miette!(
            help = "`radiome audit --help` names the columns of each kind of table",
            "no table could be checked: {}",
            names(&unknown)
        ));
    }
    for sheet in unknown {
        let told = format!(
            "{}: nothing to check, its columns are those of no known kind of table",
            sheet.name
        );
        warnings.push(Warning::new("not_recognised", told));
    }
    let header = ["table", "row", "column", "printed", "implied"];
    let mut results = Rows::new(&[&header[..], &["line", "rule", "explanation"]].concat());
    let mut shown = Rows::new(&[&["#"][..], &header].concat());
    for (number, finding) in (1usize..).zip(&findings) {
        let row = finding.row();
        results.push([row.clone(), finding.rest()].concat());
        shown.push([vec![number.into()], row].concat());
    }
    for (number, finding) in (1usize..).zip(&findings) {
        let told = &finding.explanation;
        shown.note(&format!("{number}. {}: {told}", finding.rule));
    }
    let cells: usize = checked.iter().map(|check| check.cells).sum();
    shown.note(&format!(
        "cells and bonds checked: {cells}; findings: {}",
        findings.len()
    ));
    let list: Vec<Value> = findings.iter().map(finding::Finding::to_json).collect();
    let tables: Vec<Value> = checked
        .iter()
        .map(|check| json!({"table": check.table, "kind": check.kind, "checked": check.cells}))
        .collect();
    let mut json = Map::new();
    json.insert("findings".to_owned(), list.into());
    json.insert("tables".to_owned(), tables.into());
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}

fn names(sheets: &[&Sheet]) -> String {
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    names.join(", ")
}
