//! The page of features: what each is called, what differs from PyRadiomics, how many of its
//! reference values agree.

use std::fmt::Write;

use radiome_features::ibsi::Family;
use radiome_features::ibsi::catalogue::{Entry, entries};
use radiome_features::ibsi::departures;

use super::{Cell, Conformity, Part, entry_of};

impl Conformity {
    /// A page in Markdown, one row a feature of chapter 1. It depends on the reference values of
    /// the phantoms alone, not on those of patients.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let total = self.agreeing(|_| true);
        let mut text = String::from(INTRODUCTION);
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "\n{} of {} reference values agree.",
            total.passed, total.of
        );
        for family in Family::ALL {
            let _ = writeln!(text, "\n## {}\n", family.title());
            let notes = departures::of_family(family);
            for note in notes {
                let _ = writeln!(text, "- {note}");
            }
            if !notes.is_empty() {
                text.push('\n');
            }
            text.push_str(HEAD);
            for entry in entries(family) {
                self.push_feature(&mut text, &entry);
            }
        }
        text
    }

    fn push_feature(&self, text: &mut String, entry: &Entry) {
        let counterpart = departures::counterpart(entry);
        let counterpart = counterpart
            .map(|other| format!("{}_{}", other.class.name(), other.name))
            .unwrap_or_default();
        let agreeing = self.agreeing(|known| known == entry);
        let agreeing = match agreeing.of {
            0 => "no reference".to_owned(),
            of => format!("{} of {of}", agreeing.passed),
        };
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} | {} | {} |",
            entry.ibsi.unwrap_or_default(),
            capitalised(entry.name),
            entry.tag,
            counterpart,
            departures::of_feature(entry).unwrap_or_default(),
            agreeing,
        );
    }

    /// How many of the reference values of some features agree.
    fn agreeing(&self, counts: impl Fn(&Entry) -> bool) -> Cell {
        let of_features = self.comparisons.iter();
        of_features
            .filter(|comparison| comparison.part == Part::Features)
            .filter(|comparison| entry_of(&comparison.tag).is_some_and(|entry| counts(&entry)))
            .fold(Cell::default(), |sum, comparison| Cell {
                passed: sum.passed + usize::from(comparison.passes),
                of: sum.of + 1,
            })
    }
}

const INTRODUCTION: &str = "\
# Features by the IBSI's definitions

Written by `radiome ibsi --data DIR --markdown FILE`; [ibsi.md](ibsi.md) says what the program does.

The 174 features of chapter 1. Code and name are those of the IBSI's reference manual, the tag is \
that of its reference values; tags of texture matrices are completed by `_2D_avg`, `_3D_comb` and \
the like. PyRadiomics' feature is the one of the same meaning, if it has one, and what differs is \
said where anything does; what differs in all features of a family stands above its table. The last \
column counts the reference values that agree: those of the digital phantom and of the CT phantom \
in configurations A to E, of texture features in every way of joining matrices.
";

const HEAD: &str = "\
| code | feature | tag | PyRadiomics | what differs | agree |
| --- | --- | --- | --- | --- | --- |
";

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
