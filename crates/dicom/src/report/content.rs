//! Content items of structured reports.

use super::data_set::{DataSet, decimal};
use crate::tags::Tag;

/// A coded concept: its value in a coding scheme, and its meaning in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Code Value.
    pub value: String,
    /// Coding Scheme Designator, such as `DCM`, `SCT`, `UCUM`, `IBSI`.
    pub scheme: String,
    /// Code Meaning.
    pub meaning: String,
}

impl Code {
    /// A code.
    #[must_use]
    pub fn new(value: &str, scheme: &str, meaning: &str) -> Self {
        Self {
            value: value.to_owned(),
            scheme: scheme.to_owned(),
            meaning: meaning.to_owned(),
        }
    }

    pub(super) fn item(&self) -> DataSet {
        // A Code Value has 16 letters at most; longer ones have an attribute of their own.
        let set = match self.value.chars().count() <= 16 {
            true => DataSet::default().text(Tag(8, 0x100), b"SH", &self.value),
            false => DataSet::default().text(Tag(8, 0x119), b"UC", &self.value),
        };
        set.text(Tag(8, 0x102), b"SH", &self.scheme)
            .text(Tag(8, 0x104), b"LO", &self.meaning)
    }
}

/// An object that a content item refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Referenced {
    pub(crate) study: String,
    pub(crate) series: String,
    pub(crate) class: String,
    pub(crate) instance: String,
}

/// A concept of DICOM's own.
pub(super) fn dcm(value: &str, meaning: &str) -> Code {
    Code::new(value, "DCM", meaning)
}

fn start(relationship: &str, kind: &str, concept: &Code) -> DataSet {
    let set = match relationship {
        // The root has none.
        "" => DataSet::default(),
        some => DataSet::default().text(Tag(0x40, 0xA010), b"CS", some),
    };
    set.text(Tag(0x40, 0xA040), b"CS", kind)
        .sequence(Tag(0x40, 0xA043), &[concept.item()])
}

fn children(set: DataSet, items: &[DataSet]) -> DataSet {
    match items.is_empty() {
        true => set,
        false => set.sequence(Tag(0x40, 0xA730), items),
    }
}

/// A container, by a template of PS3.16 where one is named.
pub(super) fn container(
    relationship: &str,
    concept: &Code,
    template: Option<&str>,
    items: &[DataSet],
) -> DataSet {
    let mut set =
        start(relationship, "CONTAINER", concept).text(Tag(0x40, 0xA050), b"CS", "SEPARATE");
    if let Some(template) = template {
        let named = DataSet::default().text(Tag(8, 0x105), b"CS", "DCMR").text(
            Tag(0x40, 0xDB00),
            b"CS",
            template,
        );
        set = set.sequence(Tag(0x40, 0xA504), &[named]);
    }
    children(set, items)
}

/// A code that tells something.
pub(super) fn code(relationship: &str, concept: &Code, value: &Code, items: &[DataSet]) -> DataSet {
    let set = start(relationship, "CODE", concept).sequence(Tag(0x40, 0xA168), &[value.item()]);
    children(set, items)
}

/// Words.
pub(super) fn text(relationship: &str, concept: &Code, words: &str) -> DataSet {
    start(relationship, "TEXT", concept).text(Tag(0x40, 0xA160), b"UT", words)
}

/// A unique identifier.
pub(super) fn uid(relationship: &str, concept: &Code, uid: &str) -> DataSet {
    start(relationship, "UIDREF", concept).text(Tag(0x40, 0xA124), b"UI", uid)
}

/// A reference to an image, or to one of its segments, or (`COMPOSITE`) to another object.
pub(super) fn reference(
    kind: &str,
    concept: &Code,
    to: &Referenced,
    segment: Option<u16>,
) -> DataSet {
    let mut object = sop(to);
    if let Some(number) = segment {
        object = object.short(Tag(0x62, 0xB), number);
    }
    start("CONTAINS", kind, concept).sequence(Tag(8, 0x1199), &[object])
}

/// Class and instance of an object.
pub(super) fn sop(of: &Referenced) -> DataSet {
    DataSet::default()
        .text(Tag(8, 0x1150), b"UI", &of.class)
        .text(Tag(8, 0x1155), b"UI", &of.instance)
}

/// A number with its unit. What is no finite number has no value and says why (CID 42).
pub(super) fn number(concept: &Code, value: f64, unit: &Code, items: &[DataSet]) -> DataSet {
    let set = start("CONTAINS", "NUM", concept);
    let set = if value.is_finite() {
        let measured = DataSet::default()
            .sequence(Tag(0x40, 0x8EA), &[unit.item()])
            .double(Tag(0x40, 0xA161), value)
            .text(Tag(0x40, 0xA30A), b"DS", &decimal(value));
        set.sequence(Tag(0x40, 0xA300), &[measured])
    } else {
        let why = match (value.is_nan(), value > 0.0) {
            (true, _) => dcm("114000", "Not a number"),
            (false, true) => dcm("114002", "Positive Infinity"),
            (false, false) => dcm("114001", "Negative Infinity"),
        };
        set.sequence(Tag(0x40, 0xA300), &[])
            .sequence(Tag(0x40, 0xA301), &[why.item()])
    };
    children(set, items)
}
