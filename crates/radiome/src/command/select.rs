//! `radiome select`: features that say much about the outcome and little twice.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::describe::is_constant;
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};
use serde_json::{Value, json};

use super::tabular::{
    Columns, Findings, Levels, Output, Rows, Warning, complete_rows, finite_or_missing, matrix,
    name_some,
};
use super::{Common, Status};

/// Choose features by minimum redundancy and maximum relevance (mRMR)
///
/// Takes the feature with the largest mutual information with the outcome first, then again and
/// again the one whose information with the outcome, less (or over) its mean information with those
/// chosen, is largest. Information is -ln(1 - r^2) / 2 of the correlation r; with Pearson's and the
/// difference this is what R's mRMRe::mRMR.classic gives. --association binned counts levels instead
/// (MID, MIQ), --association f with --scheme quotient is the FCQ of Python's mrmr_selection; both
/// take each value of the outcome for a class. Ties go to the first column. An outcome of
/// two words counts as 0 and 1. Constant features are never chosen; rows with a missing cell are
/// left out.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column to be predicted: numbers, or two values
    #[arg(long, value_name = "COL")]
    outcome: String,
    /// How many features to choose
    #[arg(short, long, value_name = "K", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
    /// How features are chosen
    #[arg(long, value_enum, default_value = "mrmr")]
    method: Method,
    /// How relevance and redundancy are weighed
    #[arg(long, value_enum, default_value = "difference")]
    scheme: Scheme,
    /// What relevance and redundancy are measured by
    #[arg(long, value_enum, default_value = "pearson")]
    association: Association,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    /// Minimum redundancy, maximum relevance
    Mrmr,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scheme {
    /// Relevance minus mean redundancy
    Difference,
    /// Relevance over mean redundancy
    Quotient,
}

#[derive(Clone, Copy, ValueEnum)]
enum Association {
    /// Information of Pearson's correlation
    Pearson,
    /// Information of Spearman's rank correlation, ties sharing their mean rank
    Spearman,
    /// Information of counts, features cut at their mean less and plus one standard deviation
    Binned,
    /// F statistic with the classes of the outcome, over (or less) the mean absolute correlation
    F,
}

const EXAMPLES: &str = "\
Examples:
  radiome select features.csv --outcome grade -k 30
  radiome select features.csv --outcome grade -k 10 --scheme quotient --association spearman
  radiome select features.csv --outcome grade --features 'T1_*' --out chosen.csv --json

Exit status: 0 all done; 2 the request is wrong.";

impl Scheme {
    fn form(self) -> MrmrForm {
        match self {
            Self::Difference => MrmrForm::Difference,
            Self::Quotient => MrmrForm::Quotient,
        }
    }
}

impl Association {
    fn measure(self) -> MrmrAssociation {
        match self {
            Self::Pearson => MrmrAssociation::Pearson,
            Self::Spearman => MrmrAssociation::Spearman,
            Self::Binned => MrmrAssociation::Binned,
            Self::F => MrmrAssociation::F,
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| select(options, table))
}

fn select(options: &Options, table: &Table) -> miette::Result<Findings> {
    let outcome = table.id_column(Some(&options.outcome))?;
    let mut taken = vec![outcome];
    taken.extend(options.output.by(table)?);
    let features = options.columns.choose(table, &taken)?;
    if features.is_empty() {
        return Err(miette!(
            help = "name columns with --features",
            "{}: no numeric column is left to choose from",
            table.source()
        ));
    }
    let mut warnings = Vec::new();
    let needed = features.iter().map(String::as_str).chain([outcome]);
    let table = &complete_rows(table, &needed.collect::<Vec<_>>(), &mut warnings)?;
    if table.is_empty() {
        return Err(miette!(
            help = "leave out columns that are hardly filled in, with --features",
            "{}: every row has a missing value",
            table.source()
        ));
    }
    let target = target(table, outcome)?;
    let mut columns = Vec::with_capacity(features.len());
    let mut constant: Vec<&str> = Vec::new();
    for feature in &features {
        let values = finite_or_missing(table, feature)?;
        if is_constant(&values) {
            constant.push(feature);
        }
        columns.push(values);
    }
    if !constant.is_empty() {
        let told = format!(
            "{} features are constant and cannot be chosen: {}",
            constant.len(),
            name_some(&constant)
        );
        warnings.push(Warning::new("constant_feature", told));
    }
    let matrix = matrix(table.len(), &columns);
    let form = options.scheme.form();
    let association = options.association.measure();
    let found = mrmr(&matrix, &target, options.k as usize, form, association)
        .map_err(|error| miette!("{}: {error}", table.source()))?;
    if found.selected.len() < options.k as usize {
        let told = format!(
            "{} features can be chosen, fewer than the {} asked for",
            found.selected.len(),
            options.k
        );
        warnings.push(Warning::new("few_features", told));
    }

    let mut rows = Rows::new(&["rank", "feature", "score", "relevance"]);
    let mut shown = Rows::new(&["rank", "feature", "score", "relevance"]);
    let mut selected: Vec<Value> = Vec::new();
    for (place, (&column, &score)) in found.selected.iter().zip(&found.scores).enumerate() {
        let name = features.get(column).map_or("", String::as_str);
        let relevance = found.relevance.get(column).copied().unwrap_or(f64::NAN);
        let row = vec![
            (place + 1).into(),
            name.into(),
            score.into(),
            relevance.into(),
        ];
        rows.push(row.clone());
        shown.push(row);
        selected.push(json!({
            "feature": name,
            "score": number_json(score),
            "relevance": number_json(relevance),
        }));
    }
    let relevance: Vec<Value> = found.relevance.iter().map(|&r| number_json(r)).collect();
    let json = json!({
        "n": table.len(),
        "outcome": outcome,
        "selected": selected,
        "features": features,
        "relevance": relevance,
    });
    Ok(Findings {
        json: json.as_object().cloned().unwrap_or_default(),
        warnings,
        results: rows,
        shown,
    })
}

/// The outcome as numbers; of two words the greater one is 1.
fn target(table: &Table, outcome: &str) -> miette::Result<Vec<f64>> {
    let values = if table.is_numeric(outcome) {
        finite_or_missing(table, outcome)?
    } else {
        let levels = Levels::of(table, outcome)?;
        if levels.names.len() > 2 {
            return Err(miette!(
                help = "give numbers, or two values",
                "{}: the outcome \"{outcome}\" has {} values that are no numbers: {}",
                table.source(),
                levels.names.len(),
                name_some(&levels.names)
            ));
        }
        let places = levels.places.iter();
        places
            .map(|place| place.map_or(f64::NAN, |p| p as f64))
            .collect()
    };
    if is_constant(&values) {
        return Err(miette!(
            help = "choose another column with --outcome, or more rows",
            "{}: the outcome \"{outcome}\" has a single value, so no feature is relevant",
            table.source()
        ));
    }
    Ok(values)
}
