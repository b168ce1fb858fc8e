//! Writing data sets: explicit VR, little endian, lengths defined.

use std::collections::BTreeMap;

use super::uid::uid;
use crate::tags::Tag;

/// Elements by their tags, which is the order in which they are written.
#[derive(Clone, Debug, Default)]
pub(super) struct DataSet {
    elements: BTreeMap<Tag, ([u8; 2], Vec<u8>)>,
}

impl DataSet {
    fn with(mut self, tag: Tag, vr: &[u8; 2], mut value: Vec<u8>) -> Self {
        if value.len() % 2 == 1 {
            value.push(if vr == b"UI" { 0 } else { b' ' });
        }
        self.elements.insert(tag, (*vr, value));
        self
    }

    /// Text of a type; what its type cannot hold is cut off at a whole letter.
    pub(super) fn text(self, tag: Tag, vr: &[u8; 2], text: &str) -> Self {
        let letters = match vr {
            b"SH" | b"CS" | b"DS" => 16,
            b"IS" => 12,
            b"LO" | b"UI" => 64,
            b"UT" | b"UC" => 1 << 24,
            _ => 1024,
        };
        let text: String = text.chars().take(letters).collect();
        self.with(tag, vr, text.into_bytes())
    }

    /// A number of 16 bits.
    pub(super) fn short(self, tag: Tag, number: u16) -> Self {
        self.with(tag, b"US", number.to_le_bytes().to_vec())
    }

    /// A number of 64 bits.
    pub(super) fn double(self, tag: Tag, number: f64) -> Self {
        self.with(tag, b"FD", number.to_le_bytes().to_vec())
    }

    /// A sequence of data sets.
    pub(super) fn sequence(self, tag: Tag, items: &[Self]) -> Self {
        let mut bytes = Vec::new();
        for item in items {
            let item = item.bytes();
            bytes.extend([0xFE, 0xFF, 0x00, 0xE0]);
            bytes.extend(length(&item).to_le_bytes());
            bytes.extend(item);
        }
        self.with(tag, b"SQ", bytes)
    }

    /// The elements as they stand in a file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, (vr, value)) in &self.elements {
            bytes.extend(tag.0.to_le_bytes());
            bytes.extend(tag.1.to_le_bytes());
            bytes.extend(vr);
            match vr {
                b"SQ" | b"UT" | b"UC" | b"OB" => {
                    bytes.extend([0, 0]);
                    bytes.extend(length(value).to_le_bytes());
                }
                _ => {
                    let short = u16::try_from(value.len()).unwrap_or(u16::MAX);
                    bytes.extend(short.to_le_bytes());
                }
            }
            bytes.extend(value);
        }
        bytes
    }

    /// A file: the preamble, the file meta information and the data set.
    pub(super) fn file(&self, class: &str, instance: &str) -> Vec<u8> {
        let meta = Self::default()
            .with(Tag(2, 1), b"OB", vec![0, 1])
            .text(Tag(2, 2), b"UI", class)
            .text(Tag(2, 3), b"UI", instance)
            .text(Tag(2, 0x10), b"UI", "1.2.840.10008.1.2.1")
            .text(Tag(2, 0x12), b"UI", &uid(&[b"radiome"]))
            .text(Tag(2, 0x13), b"SH", "RADIOME")
            .bytes();
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        bytes.extend([2, 0, 0, 0, b'U', b'L', 4, 0]);
        bytes.extend(length(&meta).to_le_bytes());
        bytes.extend(meta);
        bytes.extend(self.bytes());
        bytes
    }
}

/// Reports stay far below the 4 GiB that a length can say.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// A number as a decimal string of at most 16 letters, as near to it as these allow.
pub(super) fn decimal(number: f64) -> String {
    let plain = number.to_string();
    if plain.len() <= 16 {
        return plain;
    }
    let forms = (0..16).rev().flat_map(|digits| {
        let fixed = format!("{number:.digits$}");
        [format!("{number:.digits$e}"), fixed]
    });
    // The nearest form that fits; of equals the first.
    let mut best: Option<(f64, String)> = None;
    for form in forms.filter(|form| form.len() <= 16) {
        let away = form
            .parse::<f64>()
            .map_or(f64::INFINITY, |near| (near - number).abs());
        if best.as_ref().is_none_or(|(least, _)| away < *least) {
            best = Some((away, form));
        }
    }
    best.map_or_else(|| "0".to_owned(), |(_, form)| form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_fit_and_are_near() {
        for number in [
            0.0,
            -0.1,
            1.0 / 3.0,
            -1.0 / 3.0 * 1e-7,
            123_456_789.123_456_79,
            -2.0e300 / 3.0,
            5e-324,
            f64::MAX,
            -1e22 / 7.0,
        ] {
            let text = decimal(number);
            assert!(text.len() <= 16, "{text}");
            let near: f64 = text.parse().unwrap();
            // Sixteen letters less a sign, a point and an exponent of five leave nine digits.
            assert!(
                (near - number).abs() <= 1e-8 * number.abs(),
                "{text} for {number}"
            );
        }
        assert_eq!(decimal(0.25), "0.25");
    }
}
