//! `radiome combat`: scanner effects removed from features.

mod covariate;
mod fit;
mod frozen;
mod harmonized;
mod input;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::harmonization::StoppingRule;
use radiome_stats::harmonization::combat::Unseen;

use super::tabular::{Columns, Output};
use super::{Common, Status};

/// Remove from features what a scanner (or centre) adds to them
///
/// ComBat (Johnson, Li and Rabinovic 2007; Fortin and others 2017), as R's sva::ComBat gives it:
/// location and scale of every feature are estimated in each batch, shrunk across features by
/// empirical Bayes, and removed. The effect of covariates is kept. --out writes the table with
/// harmonised features; all other columns are carried through as they are, and so are features that
/// are constant within a batch. Missing feature values stay missing; rows without batch or
/// covariate are left out.
///
/// To harmonise new patients with what was learnt on others, fit with --model-out and use the file
/// with --apply: nothing is learnt again from batches that the fit knows.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column that names the batch: scanner, centre, protocol [default with --apply: as in the
    /// fit]
    #[arg(long, value_name = "COL", required_unless_present = "apply")]
    batch: Option<String>,
    /// Columns whose effect on the features is kept; text counts as categories
    #[arg(long, value_name = "COL,...", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Those of the covariates whose numbers are categories
    #[arg(
        long,
        value_name = "COL,...",
        value_delimiter = ',',
        requires = "covariates"
    )]
    factor: Vec<String>,
    /// Take the priors from the estimates of the other features instead of from distributions
    #[arg(long)]
    non_parametric: bool,
    /// Adjust locations only, not scales (so it is anyway where a batch has one row)
    #[arg(long)]
    mean_only: bool,
    /// Bring the other batches to this one, which does not change
    #[arg(long, value_name = "BATCH")]
    reference: Option<String>,
    /// When the parametric iteration stops
    #[arg(long, value_enum, default_value = "sva")]
    converge: Converge,
    /// Write the fit, for --apply
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    model_out: Option<PathBuf>,
    /// Harmonise with a fit that --model-out wrote
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "covariates", "factor", "non_parametric", "mean_only", "reference", "converge",
            "model_out", "features",
        ]
    )]
    apply: Option<PathBuf>,
    /// With --apply, what happens to batches that the fit does not know
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value = "error",
        requires = "apply"
    )]
    new_batch: NewBatch,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Converge {
    /// Where sva::ComBat stops: no relative change above 1e-4
    Sva,
    /// At the fixed point
    Full,
}

#[derive(Clone, Copy, ValueEnum)]
enum NewBatch {
    /// Refuse
    Error,
    /// Leave their rows as they are
    None,
    /// Estimate them from their own rows, against the grand mean and variance of the fit
    Own,
}

const EXAMPLES: &str = "\
Examples:
  radiome combat features.csv --batch scanner --out harmonised.csv
  radiome combat features.csv --batch scanner --covariates grade,age --features 'T1_*' --out h.csv
  radiome combat features.csv --batch scanner --reference Siemens --non-parametric --json

  Learn on the training patients, apply to others
    radiome combat train.csv --batch scanner --model-out combat.json --out train_h.csv
    radiome combat external.csv --apply combat.json --new-batch own --out external_h.csv

Numeric columns that are no features (age, follow-up) must be kept out with --features, or they are
harmonised too.

Exit status: 0 all done; 2 the request is wrong.";

impl Converge {
    fn rule(self) -> StoppingRule {
        match self {
            Self::Sva => StoppingRule::Sva,
            Self::Full => StoppingRule::Full,
        }
    }
}

impl NewBatch {
    fn unseen(self) -> Unseen {
        match self {
            Self::Error => Unseen::Error,
            Self::None => Unseen::Unadjusted,
            Self::Own => Unseen::Own,
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    if !options.output.writes() {
        common.note("without --out the harmonised table is not written");
    }
    if let Some(path) = &options.apply {
        let model = frozen::FrozenCombat::read(path)?;
        return options.output.run(&table, common, |table| {
            frozen::apply(options, &model, path, table)
        });
    }
    let Some(batch) = options.batch.as_deref() else {
        return Err(miette!(
            help = "name its column with --batch",
            "the batch is not known"
        ));
    };
    let status = options
        .output
        .run(&table, common, |table| fit::fit(options, batch, table))?;
    if let Some(path) = &options.model_out {
        common.note(&format!("written: {}", path.display()));
    }
    Ok(status)
}
