//! Which labels of a mask are regions.

use std::convert::Infallible;
use std::str::FromStr;

/// A label of a mask: its value, or the name of its segment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// The value of its voxels.
    Value(u32),
    /// The name in the mask file.
    Name(String),
}

impl FromStr for Label {
    type Err = Infallible;

    /// A whole number is a value, all else a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Ok(text
            .parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Value))
    }
}

/// The labels asked for: one, several, or whatever the mask holds. Each gives a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelChoice {
    /// One label.
    One(Label),
    /// Some values.
    Several(Vec<u32>),
    /// Every label that occurs, in ascending order.
    All,
}

impl FromStr for LabelChoice {
    type Err = Infallible;

    /// Whole numbers with commas between them are values, `all` is all of them; anything else is
    /// one label. A segment whose name is `all`, or numbers with commas, can be chosen by its
    /// value.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::All);
        }
        let values: Result<Vec<u32>, _> = text
            .split(',')
            .map(|part| part.trim().parse::<u32>())
            .collect();
        match values {
            Ok(mut values) if values.len() > 1 => {
                // A label named twice is still one region.
                let mut seen = Vec::new();
                values.retain(|value| {
                    let first = !seen.contains(value);
                    seen.push(*value);
                    first
                });
                Ok(Self::Several(values))
            }
            _ => text.parse().map(Self::One),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_of_labels() {
        let choice = |text: &str| text.parse::<LabelChoice>().unwrap();
        assert_eq!(choice(" 7"), LabelChoice::One(Label::Value(7)));
        assert_eq!(choice("7, 1,9,7"), LabelChoice::Several(vec![7, 1, 9]));
        assert_eq!(choice("All"), LabelChoice::All);
        let name = |text: &str| LabelChoice::One(Label::Name(text.to_owned()));
        assert_eq!(choice("Tumour"), name("Tumour"));
        assert_eq!(choice("node, left"), name("node, left"));
        assert_eq!(choice("1,x"), name("1,x"));
    }
}
