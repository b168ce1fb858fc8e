//! Regions by their name, by the rules that masks of every format share.

/// Which of several regions a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionNamed {
    /// The one at this place.
    One(usize),
    /// None.
    Absent,
    /// Several fit equally well.
    Several(Vec<usize>),
}

/// The region that is meant by a name: the one called so letter by letter; or else the one that
/// differs in case or surrounding blanks alone; or else the one that fits a pattern, in which `*`
/// stands for any letters and `?` for one, in any case.
///
/// # Examples
/// ```
/// use radiome_image::{RegionNamed, region_named};
///
/// let names = ["GTV", "GTV node", "Heart"];
/// assert_eq!(region_named(&names, "gtv"), RegionNamed::One(0));
/// assert_eq!(region_named(&names, "*node"), RegionNamed::One(1));
/// assert_eq!(region_named(&names, "GTV*"), RegionNamed::Several(vec![0, 1]));
/// ```
#[must_use]
pub fn region_named(names: &[&str], wanted: &str) -> RegionNamed {
    let loose = |text: &str| text.trim().to_lowercase();
    let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let places = names.iter().enumerate();
        let places = places.filter(|(_, name)| fits(name));
        places.map(|(place, _)| place).collect()
    };
    let mut found = fitting(&|name| name == wanted);
    if found.is_empty() {
        found = fitting(&|name| loose(name) == loose(wanted));
    }
    if found.is_empty() && wanted.contains(['*', '?']) {
        let pattern: Vec<char> = loose(wanted).chars().collect();
        found = fitting(&|name| {
            let name: Vec<char> = loose(name).chars().collect();
            fits(&pattern, &name)
        });
    }
    match found[..] {
        [one] => RegionNamed::One(one),
        [] => RegionNamed::Absent,
        _ => RegionNamed::Several(found),
    }
}

/// Whether a text fits a pattern of letters, `*` and `?`.
fn fits(pattern: &[char], text: &[char]) -> bool {
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
        let found = |wanted: &str| match region_named(&names, wanted) {
            RegionNamed::One(place) => Some(place),
            _ => None,
        };
        assert_eq!(found("GTV"), Some(0));
        assert_eq!(found("heart"), Some(3));
        assert_eq!(found("gtv?node"), Some(2));
        assert_eq!(found("*rt"), Some(3));
        assert_eq!(found("Lung*"), Some(4));
        assert_eq!(found("*n*o*e"), Some(2));
        for several_or_none in ["Gtv", "GTV*", "liver", "*", "?"] {
            assert_eq!(found(several_or_none), None, "{several_or_none}");
        }
        let both = RegionNamed::Several(vec![0, 1]);
        assert_eq!(region_named(&names, "Gtv"), both);
        assert_eq!(region_named(&names, "liver"), RegionNamed::Absent);
    }
}
