//! What a look at the images and contours showed, in a sentence.

use crate::quality::{FLAGS, NOT_USED};
use crate::results::Results;

/// Where the pictures are, and how many regions have which mark; nothing for results that do not say.
pub(super) fn words(results: &Results) -> String {
    let Some(quality) = &results.quality else {
        return match results.reasons.get("quality") {
            Some(reason) => format!("There is no page of images and contours: {reason}."),
            None => String::new(),
        };
    };
    let title = |code: &str| {
        let mut known = [NOT_USED].into_iter().chain(FLAGS);
        let found = known.find(|(own, _)| *own == code);
        found.map_or(code.to_owned(), |(_, title)| title.to_lowercase())
    };
    let marks: Vec<String> = (quality.flags.iter())
        .map(|(code, count)| format!("{} ({count})", title(code)))
        .collect();
    let marked = match marks.is_empty() {
        true => "Nothing was marked".to_owned(),
        false => format!("Marked for a look: {}", marks.join(", ")),
    };
    format!(
        "quality.html shows the {} regions on their images, as they were measured. {marked}.",
        quality.regions
    )
}
