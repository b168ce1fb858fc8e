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
    /// Some labels.
    Several(Vec<Label>),
    /// Every label that occurs, in ascending order.
    All,
}

impl FromStr for LabelChoice {
    type Err = Infallible;

    /// Numbers and names with commas between them are several labels; `all`, alone or among them,
    /// is all of them; anything else is one label. A segment whose name is `all`, or a number, can
    /// be chosen by its value; one with a comma in its name also by a pattern (`node*left`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        if parts.iter().any(|part| part.eq_ignore_ascii_case("all")) {
            return Ok(Self::All);
        }
        if parts.len() < 2 {
            return text.parse().map(Self::One);
        }
        // A label named twice is still one region.
        let mut labels: Vec<Label> = Vec::new();
        for part in parts {
            let label = part.parse()?;
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        Ok(Self::Several(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_of_labels() {
        let choice = |text: &str| text.parse::<LabelChoice>().unwrap();
        let name = |text: &str| Label::Name(text.to_owned());
        assert_eq!(choice(" 7"), LabelChoice::One(Label::Value(7)));
        let numbers = [7, 1, 9].map(Label::Value);
        assert_eq!(choice("7, 1,9,7"), LabelChoice::Several(numbers.to_vec()));
        assert_eq!(choice("All"), LabelChoice::All);
        assert_eq!(choice("1,Tumour,all"), LabelChoice::All);
        assert_eq!(choice("Tumour"), LabelChoice::One(name("Tumour")));
        let both = vec![Label::Value(1), name("Tumour core")];
        assert_eq!(choice("1, Tumour core"), LabelChoice::Several(both));
        assert_eq!(choice(""), LabelChoice::One(name("")));
    }
}
