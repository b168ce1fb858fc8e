//! `radiome collect`: the shards of a batch as one table.

use std::path::PathBuf;

use clap::Args;
use radiome::extract::{self, Failure};

use super::extract::{Format, failures_beside, list, status, written};
use super::{Common, Status};

/// Put the shards of a batch together
///
/// Reads what `radiome extract CASES.csv --shard I/N --out DIR` has left in one or several folders,
/// in any order, and writes the table that an unbroken run of all cases would have written, byte
/// for byte, with the failed cases beside it. Shards of another table, of other settings or of
/// another version are refused. Where cases are missing they are named, and nothing is written
/// unless --partial asks for it.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The folders that the shards wrote into
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Where to write; failed cases go beside it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Form of the output [default: by the ending of --out, else csv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write what is there although cases are missing
    #[arg(long)]
    partial: bool,
}

const EXAMPLES: &str = "\
Examples:
  Eight shards in one folder
    radiome collect shards --out features.csv

  Shards of several machines, what there is of them
    radiome collect node1 node2 node3 --out features.csv --partial

Exit status: 0 every case is in the table; 1 cases are missing or failed; 2 the request is wrong.";

/// Missing cases that are named on the screen.
const SHOWN: usize = 20;

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let collected = extract::collect(&options.folders)?;
    let missing = collected.missing();
    let out = options.out.display();
    if !missing.is_empty() {
        eprintln!(
            "{} of {} cases are missing:",
            missing.len(),
            collected.listed()
        );
        for case in missing.iter().take(SHOWN) {
            eprintln!(
                "  {} (shard {}/{})",
                case.id, case.shard.number, case.shard.of
            );
        }
        if missing.len() > SHOWN {
            eprintln!("  and {} more", missing.len() - SHOWN);
        }
        let mut shards: Vec<String> = missing
            .iter()
            .map(|case| case.shard.number.to_string())
            .collect();
        shards.dedup();
        shards.sort_unstable_by_key(|number| (number.len(), number.clone()));
        shards.dedup();
        eprintln!(
            "do these shards again, with --resume: {}",
            shards.join(", ")
        );
        if !options.partial {
            common.note(&format!(
                "{out} was not written; --partial writes what is there"
            ));
            return Ok(Status::SomeFailed);
        }
    }
    let form = Format::form(options.format, Some(&options.out));
    collected.write(&options.out, form)?;
    let failures: Vec<&Failure> = collected.failures().iter().collect();
    list(
        &failures,
        collected.found(),
        Some(&failures_beside(&options.out)),
        common,
    )?;
    if !missing.is_empty() {
        let rows = collected.found() - failures.len();
        common.note(&format!(
            "{rows} cases written to {out}, which is not complete"
        ));
        return Ok(Status::SomeFailed);
    }
    if failures.is_empty() {
        written(collected.found(), &options.out, common);
    }
    Ok(status(&failures))
}
