//! `radiome icc`: agreement between readers.

mod readings;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::reliability::icc::{Icc, IccError, IccEstimate, IccForm, icc};
use serde_json::{Map, Value, json};

use super::tabular::{Cell, Columns, Findings, Output, Rows, Warning};
use super::{Common, Status};
use readings::Readings;

/// Intraclass correlation of features that were measured more than once
///
/// Takes one table for each reader (or repeat), whose rows meet by id, or one long table with
/// a row for each subject and reader. All six forms of Shrout and Fleiss with F test and confidence
/// interval, as R's psych::ICC gives them. A subject without every reading of a feature is left out
/// for that feature. `kept` lists the features whose coefficient lies above the threshold.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// One table for each reader, or one long table
    #[arg(value_name = "TABLE", required = true)]
    tables: Vec<PathBuf>,
    /// Of a long table, the column that names the subject
    #[arg(long, value_name = "COL", requires = "reader", conflicts_with = "id")]
    subject: Option<String>,
    /// Of a long table, the column that names the reader
    #[arg(long, value_name = "COL", requires = "subject")]
    reader: Option<String>,
    /// A feature is kept above this coefficient
    #[arg(long, value_name = "ICC", default_value_t = 0.75)]
    threshold: f64,
    /// Which coefficient the threshold is for, and the table on the screen shows
    #[arg(long, value_enum, default_value = "icc2_1")]
    form: Form,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    conf_level: f64,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    output: Output,
}

/// The forms by Shrout and Fleiss's numbers: model, and one reading or the mean of k.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// One-way random, single reading
    #[value(name = "icc1_1")]
    OneWaySingle,
    /// Two-way random, absolute agreement, single reading
    #[value(name = "icc2_1")]
    AgreementSingle,
    /// Two-way mixed, consistency, single reading
    #[value(name = "icc3_1")]
    ConsistencySingle,
    /// One-way random, mean of the readings
    #[value(name = "icc1_k")]
    OneWayAverage,
    /// Two-way random, absolute agreement, mean of the readings
    #[value(name = "icc2_k")]
    AgreementAverage,
    /// Two-way mixed, consistency, mean of the readings
    #[value(name = "icc3_k")]
    ConsistencyAverage,
}

const EXAMPLES: &str = "\
Examples:
  Two readers, features as `radiome extract` writes them
    radiome icc reader1.csv reader2.csv --threshold 0.75 --out icc.csv

  One long table
    radiome icc readings.csv --subject patient --reader reader --features 'original_*'

  Test and retest, agreement of the mean of both
    radiome icc test.csv retest.csv --form icc2_k --json

Exit status: 0 all done; 2 the request is wrong.";

impl Form {
    fn icc_form(self) -> IccForm {
        match self {
            Self::OneWaySingle => IccForm::OneWaySingle,
            Self::AgreementSingle => IccForm::AgreementSingle,
            Self::ConsistencySingle => IccForm::ConsistencySingle,
            Self::OneWayAverage => IccForm::OneWayAverage,
            Self::AgreementAverage => IccForm::AgreementAverage,
            Self::ConsistencyAverage => IccForm::ConsistencyAverage,
        }
    }
}

/// The key of a form in the results.
fn key(form: IccForm) -> &'static str {
    match form {
        IccForm::OneWaySingle => "icc1_1",
        IccForm::AgreementSingle => "icc2_1",
        IccForm::ConsistencySingle => "icc3_1",
        IccForm::OneWayAverage => "icc1_k",
        IccForm::AgreementAverage => "icc2_k",
        IccForm::ConsistencyAverage => "icc3_k",
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        return Err(miette!(
            help = "write it as in --conf-level 0.95",
            "--conf-level {} does not lie between 0 and 1",
            options.conf_level
        ));
    }
    let tables = options.tables.iter().map(|path| Table::read(path));
    let tables: Vec<Table> = tables.collect::<Result<_, _>>()?;
    let (Some(first), others) = (tables.first(), tables.get(1..).unwrap_or_default()) else {
        return Err(miette!("no table is given"));
    };
    let long = options.subject.as_deref().zip(options.reader.as_deref());
    if long.is_some() && !others.is_empty() {
        return Err(miette!(
            help = "give one long table with --subject and --reader, or a table for each reader",
            "--subject and --reader are for one long table, but {} are given",
            tables.len()
        ));
    }
    if long.is_none() && others.is_empty() {
        return Err(miette!(
            help = "radiome icc R1.csv R2.csv, or of a long table radiome icc TABLE --subject COL \
                    --reader COL",
            "one table alone ({}) has one reading of each subject",
            first.source()
        ));
    }
    let columns = &options.columns;
    options.output.run(first, common, |table| {
        let by = options.output.by(table)?;
        let mut warnings = Vec::new();
        let readings = match long {
            Some((subject, reader)) => Readings::long(table, subject, reader, by, columns)?,
            None => Readings::wide(table, others, by, columns, &mut warnings)?,
        };
        found(&readings, options, warnings)
    })
}

fn found(
    readings: &Readings<'_>,
    options: &Options,
    mut warnings: Vec<Warning>,
) -> miette::Result<Findings> {
    let form = options.form.icc_form();
    let mut results = Rows::new(&[
        "feature", "form", "n", "k", "icc", "f", "df1", "df2", "p_value", "lower", "upper", "kept",
    ]);
    let mut shown = Rows::new(&["feature", "n", "k", key(form), "lower", "upper", "kept"]);
    let (mut features, mut kept) = (Vec::new(), Vec::new());
    for feature in &readings.features {
        let found = match icc(&readings.matrix(feature)?, options.conf_level) {
            Ok(found) => found,
            Err(IccError::NotFinite { subject, reader }) => {
                return Err(readings.infinite(feature, subject, reader));
            }
            Err(error @ IccError::TooFewSubjects { .. }) => {
                let told = format!("{feature} has no coefficient: {error}");
                warnings.push(Warning::new("too_few_subjects", told));
                features.push(undefined(feature, readings.readers()));
                continue;
            }
            Err(error) => return Err(miette!("{}: {error}", readings.source())),
        };
        if found.is_degenerate() {
            let told = format!("{feature} is constant, so its coefficients are not defined");
            warnings.push(Warning::new("constant_feature", told));
        }
        // NaN is not above the threshold.
        let keep = found.value(form) > options.threshold;
        if keep {
            kept.push(feature.clone());
        }
        features.push(feature_json(feature, &found));
        let answer = if keep { "yes" } else { "no" };
        for estimate in &found.estimates {
            results.push(row(feature, &found, estimate, answer));
            if estimate.form == form {
                shown.push(vec![
                    feature.as_str().into(),
                    found.subjects_used.into(),
                    found.readers.into(),
                    estimate.value.into(),
                    estimate.lower.into(),
                    estimate.upper.into(),
                    answer.into(),
                ]);
            }
        }
    }
    let mut json = Map::new();
    json.insert("form".to_owned(), key(form).into());
    json.insert("threshold".to_owned(), number_json(options.threshold));
    json.insert("readers".to_owned(), json!(readings.reader_names()));
    json.insert("features".to_owned(), Value::Array(features));
    json.insert("kept".to_owned(), json!(kept));
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}

fn feature_json(name: &str, found: &Icc) -> Value {
    let mut object = Map::new();
    object.insert("name".to_owned(), name.into());
    object.insert("n".to_owned(), found.subjects_used.into());
    object.insert("k".to_owned(), found.readers.into());
    for (key, value) in [
        ("ms_subjects", found.mean_square_subjects),
        ("ms_readers", found.mean_square_readers),
        ("ms_error", found.mean_square_error),
        ("ms_within", found.mean_square_within),
    ] {
        object.insert(key.to_owned(), number_json(value));
    }
    for estimate in &found.estimates {
        let value = json!({
            "icc": number_json(estimate.value),
            "f": number_json(estimate.f),
            "df1": number_json(estimate.df1),
            "df2": number_json(estimate.df2),
            "p_value": number_json(estimate.p_value),
            "ci": [number_json(estimate.lower), number_json(estimate.upper)],
        });
        object.insert(key(estimate.form).to_owned(), value);
    }
    Value::Object(object)
}

/// A feature without enough readings: every form is null.
fn undefined(name: &str, readers: usize) -> Value {
    let forms = IccForm::ALL.map(|form| (key(form).to_owned(), Value::Null));
    let mut object = Map::new();
    object.insert("name".to_owned(), name.into());
    object.insert("n".to_owned(), Value::Null);
    object.insert("k".to_owned(), readers.into());
    object.extend(forms);
    Value::Object(object)
}

fn row(feature: &str, found: &Icc, estimate: &IccEstimate, kept: &str) -> Vec<Cell> {
    vec![
        feature.into(),
        key(estimate.form).into(),
        found.subjects_used.into(),
        found.readers.into(),
        estimate.value.into(),
        estimate.f.into(),
        estimate.df1.into(),
        estimate.df2.into(),
        estimate.p_value.into(),
        estimate.lower.into(),
        estimate.upper.into(),
        kept.into(),
    ]
}
