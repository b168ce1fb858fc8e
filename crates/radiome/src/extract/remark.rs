//! What reading a case showed that is harmless, or cannot be undone, and should be known.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use radiome_dicom::ContourRemark;

use super::{Case, Observed};

/// Cases that are named in one line; of more, the number is told.
const NAMED: usize = 10;

/// Something that reading an image or a mask showed. It names no file and no patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its stable name, for programs.
    pub code: &'static str,
    /// What was found.
    pub text: String,
}

impl From<&radiome_dicom::Remark> for Remark {
    fn from(remark: &radiome_dicom::Remark) -> Self {
        Self {
            code: remark.code(),
            text: remark.to_string(),
        }
    }
}

impl From<&ContourRemark> for Remark {
    fn from(remark: &ContourRemark) -> Self {
        Self {
            code: remark.code(),
            text: remark.to_string(),
        }
    }
}

/// Gathers remarks while cases are read, in any order.
#[derive(Debug, Default)]
pub struct Remarks {
    of_places: Mutex<BTreeMap<usize, Vec<Remark>>>,
}

impl Remarks {
    /// Takes what reading a case showed.
    pub fn take(&self, observed: &Observed<'_>) {
        if !observed.remarks.is_empty() {
            let mut all = self
                .of_places
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.insert(observed.place, observed.remarks.to_vec());
        }
    }

    /// All that was taken, in the order of the cases; see [`remark_lines`].
    #[must_use]
    pub fn lines(self, cases: &[Case]) -> Vec<Remark> {
        let all = self.of_places.into_inner();
        let all = all.unwrap_or_else(PoisonError::into_inner).into_iter();
        let of_cases: Vec<(String, Remark)> = all
            .filter_map(|(place, remarks)| Some((cases.get(place)?.id.clone(), remarks)))
            .flat_map(|(id, remarks)| remarks.into_iter().map(move |remark| (id.clone(), remark)))
            .collect();
        remark_lines(&of_cases)
    }
}

/// The remarks of many cases, one line a code in the order in which codes first occur: each says
/// which cases it is of. What was said of a case is not said again.
#[must_use]
pub fn remark_lines(of_cases: &[(String, Remark)]) -> Vec<Remark> {
    let mut codes: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (case, remark) in of_cases {
        let said = format!("{case}: {}", remark.text);
        match codes.iter_mut().find(|(code, _)| *code == remark.code) {
            Some((_, lines)) if lines.contains(&said) => {}
            Some((_, lines)) => lines.push(said),
            None => codes.push((remark.code, vec![said])),
        }
    }
    let line = |(code, lines): (&'static str, Vec<String>)| {
        let mut text = lines[..lines.len().min(NAMED)].join("; ");
        if lines.len() > NAMED {
            text += &format!("; and {} more of the kind", lines.len() - NAMED);
        }
        Remark { code, text }
    };
    codes.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_one_line() {
        let remark = |case: &str, code, text: &str| {
            let text = text.to_owned();
            (case.to_owned(), Remark { code, text })
        };
        let mut all = vec![
            remark("P2", "a", "two copies"),
            remark("P1", "b", "a gap"),
            remark("P3", "a", "one copy"),
            remark("P2", "a", "two copies"),
        ];
        let lines = remark_lines(&all);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["P2: two copies; P3: one copy", "P1: a gap"]);
        assert_eq!(lines[1].code, "b");
        all.extend((10..20).map(|number| remark(&format!("P{number}"), "b", "a gap")));
        assert!(
            remark_lines(&all)[1]
                .text
                .ends_with("P18: a gap; and 1 more of the kind")
        );
    }
}
