//! Which classes of features a sequence has, by their names.

use indexmap::IndexMap;

/// Classes by the part of a column's name that tells them: PyRadiomics' classes, and the families
/// of the IBSI's tags.
const CLASSES: [&str; 19] = [
    "shape",
    "shape2D",
    "firstorder",
    "glcm",
    "glrlm",
    "glszm",
    "gldm",
    "ngtdm",
    "morph",
    "loc",
    "stat",
    "ih",
    "ivh",
    "cm",
    "rlm",
    "szm",
    "dzm",
    "ngt",
    "ngl",
];
/// Where a name tells no class.
const OTHER: &str = "other";

/// Number of features of each class, in the order of [`CLASSES`], others last.
pub(super) fn classes<'a>(
    sequence: &str,
    names: impl Iterator<Item = &'a str>,
) -> IndexMap<String, usize> {
    let mut counts: IndexMap<String, usize> = IndexMap::new();
    for name in names {
        *counts.entry(class(sequence, name).to_owned()).or_default() += 1;
    }
    let place = |name: &String| CLASSES.iter().position(|class| class == name);
    counts.sort_by_key(|name, _| place(name).unwrap_or(CLASSES.len()));
    counts
}

/// The class of `T1_original_glcm_Contrast` or `T1_cm_contrast_3D_avg`: the first or second word
/// after the sequence.
fn class(sequence: &str, name: &str) -> &'static str {
    let own = name
        .strip_prefix(sequence)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(name);
    own.split('_')
        .take(2)
        .find_map(|word| CLASSES.into_iter().find(|class| *class == word))
        .unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_told_by_name() {
        let names = [
            "T1_w_wavelet-LLH_glcm_Contrast",
            "T1_w_original_shape_Sphericity",
            "T1_w_log-sigma-3-0-mm-3D_firstorder_Mean",
            "T1_w_cm_contrast_3D_avg",
            "T1_w_deep_17",
            "T1_w_original_glcm_Idm",
        ];
        let found: Vec<(String, usize)> = classes("T1_w", names.into_iter()).into_iter().collect();
        let told: Vec<(&str, usize)> = found.iter().map(|(k, n)| (k.as_str(), *n)).collect();
        assert_eq!(
            told,
            [
                ("shape", 1),
                ("firstorder", 1),
                ("glcm", 2),
                ("cm", 1),
                ("other", 1)
            ]
        );
    }
}
