//! `radiome kappa`: agreement between readers on signs and grades.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::reader_agreement::PairedReadings;
use radiome::table::{Table, number_json};
use radiome_stats::reliability::kappa::KappaWeights;
use serde_json::{Value, json};

use super::tabular::{Cell, Findings, Output, Rows, Warning};
use super::{Common, Status};

/// Agreement between readers: Cohen's kappa
///
/// For two readers, or for every pair of several. The interval and the test are those of Fleiss,
/// Cohen and Everitt (1969). Weights count part of the agreement for levels that are close; they
/// need an order, which numbers have and words are given with --levels. Rows that one of the two
/// has not read are left out. A kappa near 0 with a large share of agreement is usual where nearly
/// all patients have one level.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The columns of the readers, two or more
    #[arg(long, value_name = "A,B", value_delimiter = ',', required = true)]
    readers: Vec<String>,
    /// What different levels count as agreement
    #[arg(long, value_enum, ignore_case = true, default_value = "none")]
    weights: Weights,
    /// The levels in their order [default: numbers ascending; words have no order]
    #[arg(long, value_name = "LEVEL,...", value_delimiter = ',')]
    levels: Vec<String>,
    /// The column that names each row [default: ID, id, PatientID or patient_id]
    #[arg(long, value_name = "COL")]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// The weights by name.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Weights {
    /// Only the same level agrees
    None,
    /// Less by the distance of the levels
    Linear,
    /// Less by its square
    Quadratic,
}

const EXAMPLES: &str = "\
Examples:
  radiome kappa signs.csv --readers oedema_R1,oedema_R2
  radiome kappa signs.csv --readers necrosis_R1,necrosis_R2 --weights quadratic \\
    --levels none,little,much
  radiome kappa signs.csv --readers R1,R2,R3 --by sign --json

Exit status: 0 all done; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| work(options, table))
}

fn work(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut readers: Vec<&str> = Vec::new();
    for name in &options.readers {
        let column = table.id_column(Some(name))?;
        if readers.contains(&column) {
            return Err(miette!(
                help = "name two columns or more, each once",
                "--readers names \"{column}\" twice"
            ));
        }
        readers.push(column);
    }
    if readers.len() < 2 {
        return Err(miette!(
            help = "name two columns or more, as in --readers oedema_R1,oedema_R2",
            "--readers names one column"
        ));
    }
    let weights = match options.weights {
        Weights::None => KappaWeights::None,
        Weights::Linear => KappaWeights::Linear,
        Weights::Quadratic => KappaWeights::Quadratic,
    };
    let ids = table.id_column(options.id.as_deref());
    let ids = match (&options.id, ids) {
        (Some(_), Err(error)) => return Err(error.into()),
        (_, found) => found.ok().map(|id| table.cells(id)).transpose()?,
    };
    let header = [
        "reader_a",
        "reader_b",
        "n",
        "agreement",
        "kappa",
        "se",
        "lower",
        "upper",
        "z",
        "p_value",
    ];
    let mut rows = Rows::new(&header);
    let (mut pairs, mut warnings) = (Vec::new(), Vec::new());
    for (place, a) in readers.iter().enumerate() {
        for b in &readers[place + 1..] {
            let found = pair(options, table, [a, b])?;
            let differ: Vec<Value> = found
                .disagreements()
                .into_iter()
                .map(|row| match ids.and_then(|ids| ids.get(row)) {
                    Some(id) => json!(id),
                    None => json!(row + 1),
                })
                .collect();
            let n = found.rows.len();
            let share = (n - differ.len()) as f64 / n as f64;
            let mut told = json!({
                "a": a, "b": b, "n": n,
                "levels": found.levels,
                "counts": found.counts(),
                "agreement": number_json(share),
                "disagreements": differ,
            });
            let mut cells: Vec<Cell> = vec![(*a).into(), (*b).into(), n.into(), share.into()];
            match found.kappa(weights) {
                Ok(kappa) => {
                    told["weighted_agreement"] = number_json(kappa.observed);
                    told["expected"] = number_json(kappa.expected);
                    told["kappa"] = number_json(kappa.kappa);
                    told["se"] = number_json(kappa.standard_error);
                    told["ci"] = json!(kappa.interval.map(number_json));
                    told["z"] = number_json(kappa.z);
                    told["p_value"] = number_json(kappa.p);
                    let [lower, upper] = kappa.interval;
                    let numbers = [
                        kappa.kappa,
                        kappa.standard_error,
                        lower,
                        upper,
                        kappa.z,
                        kappa.p,
                    ];
                    cells.extend(numbers.map(Cell::from));
                }
                Err(error) => {
                    for key in [
                        "weighted_agreement",
                        "expected",
                        "kappa",
                        "se",
                        "z",
                        "p_value",
                    ] {
                        told[key] = Value::Null;
                    }
                    told["ci"] = json!([null, null]);
                    told["reason"] = json!(error.to_string());
                    cells.extend((0..6).map(|_| Cell::Empty));
                    warnings.push(Warning::new("no_kappa", format!("{a} and {b}: {error}")));
                }
            }
            pairs.push(told);
            rows.push(cells);
        }
    }
    let json = json!({"weights": weights, "pairs": pairs});
    Ok(Findings {
        json: json.as_object().cloned().unwrap_or_default(),
        warnings,
        shown: rows.clone(),
        results: rows,
    })
}

/// The readings of two columns.
fn pair(options: &Options, table: &Table, [a, b]: [&str; 2]) -> miette::Result<PairedReadings> {
    let (first, second) = (table.texts(a)?, table.texts(b)?);
    let found = PairedReadings::of(&first, &second, &options.levels).map_err(|error| {
        miette!(
            help = "correct the cell, or name every level with --levels",
            "{}, columns \"{a}\" and \"{b}\": {error}",
            table.source()
        )
    })?;
    if found.rows.is_empty() {
        return Err(miette!(
            help = "name two columns with values in the same rows",
            "{}: no row has a value in both \"{a}\" and \"{b}\"",
            table.source()
        ));
    }
    if options.weights != Weights::None && !found.ordered {
        return Err(miette!(
            help = "give the order, as in --levels none,little,much, or leave --weights out",
            "{}, columns \"{a}\" and \"{b}\": the levels are words ({}), and weights need their order",
            table.source(),
            found.levels.join(", ")
        ));
    }
    Ok(found)
}
