//! Checklists of reporting guidelines, filled as far as the results know the answer.
//!
//! The titles of the items are in words of our own; their numbers are those of the guideline, whose
//! reference stands in each file. An item that the results do not know is blank: a person must write
//! it. Nothing is guessed, and an answer is no judgement of quality.

mod clear;
mod facts;
mod ibsi;
mod metrics;
mod tripod_ai;

use super::{ReportError, TableFile};
use crate::results::Results;

/// A checklist.
pub(crate) struct Checklist {
    /// Name of its file without ending.
    pub(crate) name: &'static str,
    /// What it is called.
    pub(crate) title: &'static str,
    /// Where it was published.
    pub(crate) reference: &'static str,
    /// Its items, in order.
    pub(crate) items: &'static [Item],
}

/// An item of a checklist.
pub(crate) struct Item {
    /// Its number in the guideline.
    pub(crate) number: &'static str,
    /// Its part of the guideline.
    pub(crate) section: &'static str,
    /// What is asked, in short.
    pub(crate) title: &'static str,
    /// Its weight, in a guideline that has weights.
    pub(crate) weight: Option<&'static str>,
    /// What the results know of it.
    pub(crate) answer: fn(&Results) -> Option<String>,
}

/// An item without weight.
const fn item(
    number: &'static str,
    section: &'static str,
    title: &'static str,
    answer: fn(&Results) -> Option<String>,
) -> Item {
    Item {
        number,
        section,
        title,
        weight: None,
        answer,
    }
}

/// Every checklist, in the order of the report.
pub(crate) const CHECKLISTS: [&Checklist; 4] = [
    &clear::CLEAR,
    &metrics::METRICS,
    &tripod_ai::TRIPOD_AI,
    &ibsi::IBSI,
];

impl Checklist {
    /// Items that the results answer.
    pub(crate) fn answered(&self, results: &Results) -> usize {
        let answers = self.items.iter().map(|item| (item.answer)(results));
        answers.flatten().count()
    }

    /// The checklist as CSV; the reference stands in a row below the items.
    fn file(&self, results: &Results) -> Result<TableFile, ReportError> {
        let weighted = self.items.iter().any(|item| item.weight.is_some());
        let mut writer = csv::Writer::from_writer(Vec::new());
        let columns = ["item", "section", "title"]
            .into_iter()
            .chain(weighted.then_some("weight"))
            .chain(["from_the_record", "to_be_written"]);
        writer.write_record(columns)?;
        for item in self.items {
            let answer = (item.answer)(results);
            let open = if answer.is_none() { "yes" } else { "" };
            let cells = [item.number, item.section, item.title]
                .into_iter()
                .chain(weighted.then(|| item.weight.unwrap_or_default()))
                .chain([answer.as_deref().unwrap_or_default(), open]);
            writer.write_record(cells)?;
        }
        let last = ["", "reference", self.reference]
            .into_iter()
            .chain(weighted.then_some(""))
            .chain(["", ""]);
        writer.write_record(last)?;
        let bytes = writer
            .into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))?;
        Ok(TableFile {
            name: format!("{}.csv", self.name),
            csv: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }
}

/// The files of the folder `checklists`.
pub(crate) fn files(results: &Results) -> Result<Vec<TableFile>, ReportError> {
    CHECKLISTS.iter().map(|list| list.file(results)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The numbers of items that the guidelines themselves state; of the IBSI's list, the last.
    #[test]
    fn every_item_is_there_once() {
        for list in CHECKLISTS {
            let numbers: HashSet<&str> = list.items.iter().map(|item| item.number).collect();
            assert_eq!(numbers.len(), list.items.len(), "{}", list.name);
            let whole = |item: &Item| -> usize {
                item.number
                    .trim_end_matches(|c: char| c.is_ascii_alphabetic())
                    .parse()
                    .unwrap()
            };
            let mut mains: Vec<usize> = list.items.iter().map(whole).collect();
            assert!(mains.is_sorted(), "{}", list.name);
            mains.dedup();
            let last = match list.name {
                "clear" => 58,
                "metrics" => 30,
                "tripod_ai" => 27,
                _ => 76,
            };
            assert_eq!(mains, (1..=last).collect::<Vec<_>>(), "{}", list.name);
        }
        assert_eq!(tripod_ai::TRIPOD_AI.items.len(), 52);
    }

    /// The weights of all items add up to 1, as the guideline's do to its own rounding, but for
    /// items that exclude each other.
    #[test]
    fn weights_of_metrics_add_up() {
        let sum: f64 = metrics::METRICS
            .items
            .iter()
            .map(|item| item.weight.unwrap().parse::<f64>().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 0.005, "{sum}");
    }
}
