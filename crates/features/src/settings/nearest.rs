//! The known name that a mistyped one most resembles.

/// The candidate with the fewest single-letter edits from `name`, whatever the case; `None` if
/// even that one is far off (more than a third of its letters, and more than 2).
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edits(&name, &candidate.to_lowercase()), candidate))
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, candidate)| *edits <= (candidate.chars().count() / 3).max(2))
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_errors_and_no_more() {
        let names = ["binWidth", "binCount", "label"];
        assert_eq!(nearest("bin_width", names), Some("binWidth"));
        assert_eq!(nearest("Binwith", names), Some("binWidth"));
        assert_eq!(nearest("lable", names), Some("label"));
        assert_eq!(nearest("interpolator", names), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
