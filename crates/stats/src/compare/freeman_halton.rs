//! Fisher's exact test of a table of any size (Freeman and Halton 1951).

use super::CompareError;
use super::contingency_table::ContingencyTable;
use super::fisher_exact::RELATIVE_TIE;
use crate::special::ln_factorial;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const TEST: &str = "the Freeman-Halton test";

/// Steps that the search may take: a few seconds.
pub const WORK_LIMIT: u64 = 20_000_000;

/// No table of more cases than this is within the work limit.
const LARGEST_TOTAL: u64 = 1_000_000;

/// No table may have more lines than this, for the search goes as deep.
const MOST_LINES: usize = 1_000;

/// No line may have more fillings than this, for the memory they take.
const LARGEST_LIST: usize = 1_000_000;

/// Partial tables whose log probabilities differ by less than this are counted as one.
const SAME_LOG_PROBABILITY: f64 = 1e-11;

/// Result of the Freeman-Halton test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreemanHalton {
    /// Sum of the probabilities of all tables at most as probable as the observed one.
    pub p_value: f64,
}

/// Fisher's exact test of an `r x c` table. R: `fisher.test`.
///
/// Among the tables with the observed margins, of probability
/// `prod(row!) prod(column!) / (n! prod(cell!))`, the P value sums those at most as probable as
/// the observed one (times `1 + 1e-7`).
///
/// The tables are built line by line along the longer side. A node is what is left of the totals
/// of the shorter side; partial tables that reach a node with the same probability are kept as
/// one. A node whose completions are all probable, or all improbable, enough is settled at once
/// (the idea of Mehta and Patel 1983), and the last two lines are looked up in a sorted list.
///
/// # Errors
/// [`CompareError::TooMuchWork`] above [`WORK_LIMIT`] steps, 1,000,000 cases or 1,000 lines.
pub fn freeman_halton(table: &ContingencyTable) -> Result<FreemanHalton, CompareError> {
    freeman_halton_within(table, WORK_LIMIT)
}

/// The same with another limit of steps, of some 80 ns each, where many tables are tested.
///
/// # Errors
/// [`CompareError::TooMuchWork`] above `limit` steps, of which each case is one, and as
/// [`freeman_halton`].
pub fn freeman_halton_within(
    table: &ContingencyTable,
    limit: u64,
) -> Result<FreemanHalton, CompareError> {
    let total = table.total();
    let longest = table.rows().max(table.columns());
    if total > LARGEST_TOTAL.min(limit) || longest > MOST_LINES {
        return Err(CompareError::TooMuchWork { test: TEST, limit });
    }
    let (mut lines, mut left) = (table.row_totals(), table.column_totals());
    if lines.len() < left.len() {
        std::mem::swap(&mut lines, &mut left);
    }
    // The two largest lines come last, where a whole list costs least.
    lines.sort_unstable();
    let constant: f64 = lines
        .iter()
        .chain(&left)
        .map(|&t| ln_factorial(t))
        .sum::<f64>()
        - ln_factorial(total);
    let observed = constant
        - table
            .counts()
            .iter()
            .flatten()
            .map(|&count| ln_factorial(count))
            .sum::<f64>();
    let mut search = Search {
        lines,
        ln_factorials: (0..=total).map(ln_factorial).collect(),
        bound: observed + RELATIVE_TIE.ln_1p(),
        extremes: BTreeMap::new(),
        work: total,
        limit,
    };
    let p_value = search.run(left, constant)?.clamp(0.0, 1.0);
    Ok(FreemanHalton { p_value })
}

/// A partial table: its log probability so far, and the number of tables like it. Probabilities stay
/// logarithms until they are whole, because a factor alone may underflow.
type Past = (f64, f64);

struct Search {
    lines: Vec<u64>,
    ln_factorials: Vec<f64>,
    /// Log probability up to which a table counts.
    bound: f64,
    /// Smallest and largest log weight of the completions of a node.
    extremes: BTreeMap<(usize, Vec<u64>), (f64, f64)>,
    work: u64,
    limit: u64,
}

impl Search {
    fn run(&mut self, left: Vec<u64>, constant: f64) -> Result<f64, CompareError> {
        let list_from = self.lines.len() - 2;
        let mut nodes = BTreeMap::from([(left, vec![(constant, 1.0)])]);
        let mut settled = 0.0;
        for stage in 0..list_from {
            let mut next: BTreeMap<Vec<u64>, Vec<Past>> = BTreeMap::new();
            for (node, pasts) in nodes {
                let (least, most) = self.extremes(stage, &node)?;
                let all = self.completions(stage, &node);
                let mut open = Vec::new();
                for (log, repeats) in merge(pasts) {
                    if log + most <= self.bound {
                        settled += repeats * (log + all).exp();
                    } else if log + least <= self.bound {
                        open.push((log, repeats));
                    }
                }
                if open.is_empty() {
                    continue;
                }
                let steps = self.allocations(self.lines[stage], &node)?;
                self.spend(steps.len() as u64 * open.len() as u64)?;
                for step in steps {
                    let factor = self.log_weight(&step);
                    let rest = difference(&node, &step);
                    next.entry(rest)
                        .or_default()
                        .extend(open.iter().map(|(log, repeats)| (log + factor, *repeats)));
                }
            }
            nodes = next;
        }
        for (node, pasts) in nodes {
            let pasts = merge(pasts);
            let (largest, list) = self.last_two(&node)?;
            self.spend(pasts.len() as u64)?;
            for (log, repeats) in pasts {
                let within = list.partition_point(|(tail, _)| log + tail <= self.bound);
                if within > 0 {
                    settled += repeats * (log + largest).exp() * list[within - 1].1;
                }
            }
        }
        Ok(settled)
    }

    fn too_much(&self) -> CompareError {
        CompareError::TooMuchWork {
            test: TEST,
            limit: self.limit,
        }
    }

    fn spend(&mut self, steps: u64) -> Result<(), CompareError> {
        self.work = self.work.saturating_add(steps);
        if self.work > self.limit {
            return Err(self.too_much());
        }
        Ok(())
    }

    /// Log of the product of `1 / cell!` of one line.
    fn log_weight(&self, line: &[u64]) -> f64 {
        -line
            .iter()
            .map(|&c| self.ln_factorials[c as usize])
            .sum::<f64>()
    }

    /// Log of the sum over all completions of the product of `1 / cell!`:
    /// `n! / (prod(line!) prod(left!))` with `n` the remaining total.
    fn completions(&self, stage: usize, node: &[u64]) -> f64 {
        let total: u64 = node.iter().sum();
        self.ln_factorials[total as usize]
            + self.log_weight(&self.lines[stage..])
            + self.log_weight(node)
    }

    /// Every way to fill one line with the given total from what is left.
    fn allocations(&mut self, total: u64, left: &[u64]) -> Result<Vec<Vec<u64>>, CompareError> {
        let mut found = Vec::new();
        let mut line = vec![0; left.len()];
        self.allocate(total, left, 0, &mut line, &mut found)?;
        Ok(found)
    }

    fn allocate(
        &mut self,
        total: u64,
        left: &[u64],
        at: usize,
        line: &mut Vec<u64>,
        found: &mut Vec<Vec<u64>>,
    ) -> Result<(), CompareError> {
        if at + 1 == left.len() {
            line[at] = total;
            // Long lines cost more than the step that they are.
            self.spend(1 + left.len() as u64 / 8)?;
            if found.len() >= LARGEST_LIST {
                return Err(self.too_much());
            }
            found.push(line.clone());
            return Ok(());
        }
        let later: u64 = left[at + 1..].iter().sum();
        for count in total.saturating_sub(later)..=total.min(left[at]) {
            line[at] = count;
            self.allocate(total - count, left, at + 1, line, found)?;
        }
        Ok(())
    }

    /// The largest log weight of a filling of the last two lines, and all of them in ascending
    /// order, each with the sum of the weights up to it over the largest.
    fn last_two(&mut self, node: &[u64]) -> Result<(f64, Vec<(f64, f64)>), CompareError> {
        let total = self.lines[self.lines.len() - 2];
        let mut logs: Vec<f64> = Vec::new();
        for step in self.allocations(total, node)? {
            logs.push(self.log_weight(&step) + self.log_weight(&difference(node, &step)));
        }
        logs.sort_by(f64::total_cmp);
        let largest = logs.last().copied().unwrap_or(f64::NEG_INFINITY);
        let mut sum = 0.0;
        let list = logs
            .into_iter()
            .map(|log| {
                sum += (log - largest).exp();
                (log, sum)
            })
            .collect();
        Ok((largest, list))
    }

    /// Smallest and largest log weight of the completions of a node.
    fn extremes(&mut self, stage: usize, node: &[u64]) -> Result<(f64, f64), CompareError> {
        let mut sorted = node.to_vec();
        sorted.sort_unstable();
        let key = (stage, sorted);
        if let Some(&known) = self.extremes.get(&key) {
            return Ok(known);
        }
        let node = key.1.clone();
        let mut found = (f64::INFINITY, f64::NEG_INFINITY);
        for step in self.allocations(self.lines[stage], &node)? {
            let rest = difference(&node, &step);
            let here = self.log_weight(&step);
            let (least, most) = if stage + 2 == self.lines.len() {
                let last = self.log_weight(&rest);
                (last, last)
            } else {
                self.extremes(stage + 1, &rest)?
            };
            found = (found.0.min(here + least), found.1.max(here + most));
        }
        self.extremes.insert(key, found);
        Ok(found)
    }
}

fn difference(node: &[u64], step: &[u64]) -> Vec<u64> {
    node.iter().zip(step).map(|(n, s)| n - s).collect()
}

/// Joins partial tables of equal probability.
fn merge(mut pasts: Vec<Past>) -> Vec<Past> {
    pasts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<Past> = Vec::with_capacity(pasts.len());
    for (log, repeats) in pasts {
        match merged.last_mut() {
            Some(last) if log - last.0 < SAME_LOG_PROBABILITY => last.1 += repeats,
            _ => merged.push((log, repeats)),
        }
    }
    merged
}
