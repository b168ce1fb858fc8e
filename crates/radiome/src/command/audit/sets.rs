//! Sets of patients, by names that tables spell differently.

/// Whether two names mean one set: equal but for case, or one is the other cut short. A table
/// without sets is about any.
pub(super) fn same_set(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a.starts_with(&b) || b.starts_with(&a)
}

/// Patients of a set in its two groups.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sizes {
    pub(super) set: String,
    pub(super) first: u64,
    pub(super) second: u64,
}

/// `SET=NEGATIVE,POSITIVE`.
pub(super) fn sizes_of(text: &str) -> Result<Sizes, String> {
    let help = "write it as in train=59,50: the set, its negative and its positive patients";
    let (set, sizes) = text.split_once('=').ok_or(help)?;
    let (first, second) = sizes.split_once(',').ok_or(help)?;
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| help);
    Ok(Sizes {
        set: set.trim().to_owned(),
        first: number(first)?,
        second: number(second)?,
    })
}

/// The sizes of a set: the first that fit. A set without a name needs that all sizes agree.
pub(super) fn sizes_for(all: &[Sizes], set: &str) -> Option<Sizes> {
    let mut fitting = all.iter().filter(|sizes| same_set(&sizes.set, set));
    let first = fitting.next()?;
    let alike = |other: &Sizes| (other.first, other.second) == (first.first, first.second);
    (!set.is_empty() || fitting.all(alike)).then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_may_be_cut_short_and_sizes_must_not_contradict() {
        assert!(same_set("ext", "External") && same_set("Train", "train") && same_set("", "a"));
        assert!(!same_set("train", "test"));
        let all = [
            sizes_of("train=59,50").unwrap(),
            sizes_of("ext=34, 37").unwrap(),
        ];
        assert_eq!(sizes_for(&all, "external").unwrap().second, 37);
        assert_eq!(sizes_for(&all, ""), None);
        assert_eq!(sizes_for(&all[..1], "").unwrap().first, 59);
        assert!(sizes_of("train=59").is_err() && sizes_of("train=a,b").is_err());
    }
}
