//! The known name that a mistyped one most resembles, for messages that ask "did you mean".

/// The candidate with the fewest single-letter edits (Levenshtein's distance) from `name`, whatever
/// the case, and the first of equals; `None` if even that one is far off (more than a third of its
/// letters, and more than 2).
///
/// # Examples
/// ```
/// use radiome_image::nearest_name;
///
/// let settings = ["binWidth", "binCount", "label"];
/// assert_eq!(nearest_name("bin_width", settings), Some("binWidth"));
/// assert_eq!(nearest_name("interpolator", settings), None);
/// ```
#[must_use]
pub fn nearest_name<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let edits = strsim::levenshtein(&name, &candidate.to_lowercase());
            (edits, candidate)
        })
        .min_by_key(|(edits, _)| *edits)
        .filter(|(edits, candidate)| *edits <= (candidate.chars().count() / 3).max(2))
        .map(|(_, candidate)| candidate)
}

/// The candidates by the number of single-letter edits from `name`, whatever the case, nearest first;
/// those equally near in their own order.
#[must_use]
pub fn nearest_first<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut sorted: Vec<&str> = candidates.into_iter().collect();
    sorted.sort_by_cached_key(|candidate| strsim::levenshtein(&name, &candidate.to_lowercase()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_nearness() {
        let names = ["Heart", "Oedema", "Tumour core", "Tumour"];
        let sorted = ["Tumour", "Heart", "Oedema", "Tumour core"];
        assert_eq!(nearest_first("tumor", names), sorted);
    }

    #[test]
    fn finds_typing_errors_and_no_more() {
        let wavelets = ["coif1", "db1"];
        assert_eq!(nearest_name("Coif-1", wavelets), Some("coif1"));
        assert_eq!(nearest_name("gaussian", wavelets), None);
        let settings = ["binWidth", "binCount", "label"];
        assert_eq!(nearest_name("bin_width", settings), Some("binWidth"));
        assert_eq!(nearest_name("Binwith", settings), Some("binWidth"));
        assert_eq!(nearest_name("lable", settings), Some("label"));
        assert_eq!(nearest_name("interpolator", settings), None);
    }
}
