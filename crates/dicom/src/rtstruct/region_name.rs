//! Regions by name or pattern.

use crate::DicomError;

/// The place of the one region that a name or pattern means.
pub(crate) fn find(place: &str, names: &[&str], wanted: &str) -> Result<usize, DicomError> {
    let loose = |text: &str| text.trim().to_lowercase();
    let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let places = names.iter().enumerate();
        let places = places.filter(|(_, name)| fits(name));
        places.map(|(place, _)| place).collect()
    };
    let pattern: Vec<char> = loose(wanted).chars().collect();
    let mut found = fitting(&|name| name == wanted);
    if found.is_empty() {
        found = fitting(&|name| loose(name) == loose(wanted));
    }
    if found.is_empty() && wanted.contains(['*', '?']) {
        found = fitting(&|name| {
            let name: Vec<char> = loose(name).chars().collect();
            matches(&pattern, &name)
        });
    }
    let named = |places: &[usize]| -> Vec<String> {
        let names = places.iter().filter_map(|&place| names.get(place));
        names.map(|&name| name.to_owned()).collect()
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(DicomError::NoRegion {
            place: place.to_owned(),
            name: wanted.to_owned(),
            present: names.iter().map(|&name| name.to_owned()).collect(),
        }),
        several => Err(DicomError::SeveralRegions {
            place: place.to_owned(),
            name: wanted.to_owned(),
            fitting: named(several),
        }),
    }
}

/// Whether a text fits a pattern of letters, `*` and `?`.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how much of the text it takes.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&letter) if letter == '?' || Some(&letter) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    p = place + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|&letter| letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_then_loosely_then_by_pattern() {
        let names = ["GTV", "gtv", "GTV-node", "Heart ", "Lung*"];
        let found = |wanted: &str| find("RS.dcm", &names, wanted).ok();
        assert_eq!(found("GTV"), Some(0));
        assert_eq!(found("heart"), Some(3));
        assert_eq!(found("gtv?node"), Some(2));
        assert_eq!(found("*rt"), Some(3));
        assert_eq!(found("Lung*"), Some(4));
        assert_eq!(found("*n*o*e"), Some(2));
        for several_or_none in ["Gtv", "GTV*", "liver", "*", "?"] {
            assert_eq!(found(several_or_none), None, "{several_or_none}");
        }
        let error = find("RS.dcm", &names, "GTV-*e?").unwrap_err().to_string();
        assert!(error.contains("\"GTV-node\""), "{error}");
    }
}
