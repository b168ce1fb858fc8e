//! Numbers and names as a reader sees them.

use indexmap::IndexMap;

use crate::results::{Estimate, InternalValidation, Results};

/// What stands in a cell whose value is not defined.
pub(crate) const NOT_DEFINED: &str = "–";

/// A number with `decimals` digits after the point and a true minus sign.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return infinite(value);
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|byte| byte == b'0' || byte == b'.');
    if value < 0.0 && !is_zero {
        format!("−{text}")
    } else {
        text
    }
}

fn infinite(value: f64) -> String {
    if value.is_nan() {
        NOT_DEFINED.to_owned()
    } else if value > 0.0 {
        "∞".to_owned()
    } else {
        "−∞".to_owned()
    }
}

/// Below this a number is what rounding left of 0.
pub(crate) const ROUNDING: f64 = 1e-10;

/// A number with three decimals, or with a power of ten where it would not fit a cell. What is
/// below the printed precision is 0.000.
pub(crate) fn number(value: f64) -> String {
    if value.is_finite() && value.abs() >= 1e5 {
        return power_of_ten(value);
    }
    fixed(value, 3)
}

/// A number whose size depends on the unit of a column, such as a coefficient: as [`number`], but
/// with a power of ten where three decimals would hide it.
pub(crate) fn scaled(value: f64) -> String {
    if (ROUNDING..0.0005).contains(&value.abs()) {
        return power_of_ten(value);
    }
    number(value)
}

fn power_of_ten(value: f64) -> String {
    format!("{value:.1e}").replace('-', "−")
}

/// A number with the fewest digits that a reader needs: 24, 24.5, 812.33.
pub(crate) fn plain(value: f64) -> String {
    let text = fixed(value, 2);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// A number, where there is one.
pub(crate) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NOT_DEFINED.to_owned(), number)
}

/// `lower to upper`, where both are defined and differ. Limits that agree come from a value that
/// never varied, such as the AUC of a model without predictors, and tell nothing of its precision.
fn interval(ci: [Option<f64>; 2], write: fn(f64) -> String) -> Option<String> {
    let [Some(lower), Some(upper)] = ci else {
        return None;
    };
    if lower.is_nan() || upper.is_nan() || (upper - lower).abs() < ROUNDING {
        return None;
    }
    Some(format!("{} to {}", write(lower), write(upper)))
}

/// `0.812 (0.701 to 0.893)`.
pub(crate) fn with_interval(estimate: Option<f64>, ci: [Option<f64>; 2]) -> String {
    written(estimate, ci, number)
}

/// A ratio of odds or hazards with its interval: as [`with_interval`], but written as [`scaled`].
pub(crate) fn ratio(estimate: Option<f64>, ci: [Option<f64>; 2]) -> String {
    written(estimate, ci, scaled)
}

fn written(estimate: Option<f64>, ci: [Option<f64>; 2], write: fn(f64) -> String) -> String {
    match (estimate, interval(ci, write)) {
        (None, _) => NOT_DEFINED.to_owned(),
        (Some(estimate), None) => write(estimate),
        (Some(estimate), Some(interval)) => format!("{} ({interval})", write(estimate)),
    }
}

/// An estimate with its interval, as in a table.
pub(crate) fn estimate(estimate: &Estimate) -> String {
    with_interval(estimate.estimate, estimate.ci)
}

/// An estimate with its interval, as in a sentence: `0.812 (95% CI 0.701 to 0.893)`.
pub(crate) fn in_sentence(value: Option<f64>, ci: [Option<f64>; 2]) -> Option<String> {
    let value = number(value?);
    Some(match interval(ci, number) {
        Some(interval) => format!("{value} (95% CI {interval})"),
        None => value,
    })
}

/// A P value: three decimals, or `<0.001`.
pub(crate) fn p_value(p: Option<f64>) -> String {
    match p {
        Some(p) if p < 0.001 => "<0.001".to_owned(),
        // What rounds to 1.000 need not be 1.
        Some(p) if (0.9995..1.0).contains(&p) => ">0.999".to_owned(),
        Some(p) if p.is_finite() => fixed(p, 3),
        _ => NOT_DEFINED.to_owned(),
    }
}

/// A P value in a sentence: `P = 0.032`, `P < 0.001`.
pub(crate) fn p_in_sentence(p: Option<f64>) -> String {
    let text = p_value(p);
    match text.strip_prefix(['<', '>']) {
        Some(rest) => format!("P {} {rest}", &text[..1]),
        None if text == NOT_DEFINED => "P not defined".to_owned(),
        None => format!("P = {text}"),
    }
}

/// A share as a percentage without decimals, or with one below 10 %.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = usize::from(percent.abs() < 10.0 && (percent - percent.round()).abs() > 0.05);
    format!("{}%", fixed(percent, decimals))
}

/// `1 patient`, `2 patients`.
pub(crate) fn count(n: usize, singular: &str, plural: &str) -> String {
    format!("{n} {}", if n == 1 { singular } else { plural })
}

/// The words with commas and a last `and`.
pub(crate) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A text whose words of a table or file stand in quotation marks instead of backticks.
pub(crate) fn quoted(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is no pair.
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(if index % 2 == 1 { '“' } else { '”' });
        }
        out.push_str(part);
    }
    out
}

/// A text as a sentence: a capital in front and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let text = quoted(text.trim());
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    // A name such as `rs_T1` keeps its case.
    let word = text.split_whitespace().next().unwrap_or_default();
    let is_name = word.contains('_');
    let mut out: String = if is_name {
        first.to_string()
    } else {
        first.to_uppercase().collect()
    };
    out.push_str(letters.as_str());
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// A model as the reader sees it.
pub(crate) fn model(key: &str) -> String {
    match key {
        "clinical" => "Clinical model".to_owned(),
        "nomogram" => "Nomogram".to_owned(),
        "rs_combined" => "Combined signature".to_owned(),
        "stage" => "Stage".to_owned(),
        "nomogram_stage" => "Nomogram with stage".to_owned(),
        "volume" => "Volume (control)".to_owned(),
        "shuffled_voxels" => "Shuffled voxels (control)".to_owned(),
        "outcome" => "True outcome".to_owned(),
        _ => match key.strip_prefix("rs_") {
            Some(sequence) => format!("{sequence} signature"),
            None => key.to_owned(),
        },
    }
}

/// A model inside a sentence: `the nomogram`.
pub(crate) fn the_model(key: &str) -> String {
    match key {
        "clinical" | "nomogram" | "stage" | "nomogram_stage" | "rs_combined" => {
            let name = model(key);
            let mut letters = name.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_lowercase)
                .collect();
            format!("the {first}{}", letters.as_str())
        }
        "volume" => "the volume alone (a control)".to_owned(),
        "shuffled_voxels" => "the shuffled voxels (a control)".to_owned(),
        _ => format!("the {}", model(key)),
    }
}

/// A predictor as the reader sees it: a signature by its name, a factor level as `site: thigh`.
pub(crate) fn term(name: &str, variable: &str) -> String {
    match level_of(name, variable) {
        Some(level) => format!("{variable}: {level}"),
        None if variable.starts_with("rs_") => format!("Rad-score ({variable})"),
        None => name.to_owned(),
    }
}

/// A value on an axis: a number with a true minus sign, a level as it was written.
#[must_use]
pub fn axis_value(value: &str) -> String {
    match value.strip_prefix('-') {
        Some(size) if value.parse::<f64>().is_ok() => format!("−{size}"),
        _ => value.to_owned(),
    }
}

/// The level of a factor that a design column stands for; `None` for a number.
pub(crate) fn level_of<'a>(name: &'a str, variable: &str) -> Option<&'a str> {
    name.strip_prefix(variable)?.strip_prefix('=')
}

/// A class of features as the reader sees it.
pub(crate) fn feature_class(class: &str) -> &str {
    match class {
        "shape2D" => "2D shape",
        "firstorder" => "first order",
        "glcm" | "cm" => "GLCM",
        "glrlm" | "rlm" => "GLRLM",
        "glszm" | "szm" => "GLSZM",
        "dzm" => "GLDZM",
        "gldm" => "GLDM",
        "ngl" => "NGLDM",
        "ngtdm" | "ngt" => "NGTDM",
        "morph" => "morphology",
        "loc" => "local intensity",
        "stat" => "statistics",
        "ih" => "histogram",
        "ivh" => "intensity-volume histogram",
        other => other,
    }
}

/// A set of patients as the reader sees it.
pub(crate) fn split(key: &str) -> String {
    match key {
        "train" => "Training".to_owned(),
        "external" => "External".to_owned(),
        "cross_validated" => "Cross-validated".to_owned(),
        "optimism_corrected" => "Corrected for optimism".to_owned(),
        _ => key.to_owned(),
    }
}

/// The splits in which the reader meets them: training, cross-validated, external, others.
pub(crate) fn split_order(key: &str) -> usize {
    match key {
        "train" => 0,
        "optimism_corrected" => 1,
        "cross_validated" => 2,
        "external" => 3,
        _ => 4,
    }
}

/// The models in the order of a reader: nomogram, signatures, clinical model, the rest.
pub(crate) fn models(results: &Results) -> Vec<&str> {
    let mut keys: Vec<&str> = Vec::new();
    let all = results
        .performance
        .keys()
        .chain(results.internal_validation.keys())
        .chain(results.signatures.keys())
        .map(String::as_str);
    for key in ["nomogram", "clinical"].into_iter().chain(all) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys.sort_by_key(|key| match *key {
        "nomogram" => 0,
        "rs_combined" => 1,
        "clinical" => 3,
        key if key.starts_with("rs_") => 2,
        _ => 4,
    });
    keys
}

/// The models of a part of the results in the reader's order.
pub(crate) fn ordered<'a, T>(results: &'a Results, part: &'a IndexMap<String, T>) -> Vec<&'a str> {
    let known = models(results);
    let mut keys: Vec<&str> = part.keys().map(String::as_str).collect();
    keys.sort_by_key(|key| {
        known
            .iter()
            .position(|model| model == key)
            .unwrap_or(known.len())
    });
    keys
}

/// Why a model is not there, where the results say so.
pub(crate) fn reason<'a>(results: &'a Results, model: &str) -> Option<&'a str> {
    let own = match model {
        "nomogram" if results.nomogram.terms.is_none() => results.nomogram.reason.as_deref(),
        "clinical" if results.clinical_model.terms.is_none() => {
            results.clinical_model.reason.as_deref()
        }
        _ => results
            .signatures
            .get(model)
            .filter(|signature| signature.coefficients.is_none())
            .and_then(|signature| signature.reason.as_deref()),
    };
    own.or_else(|| results.reasons.get(model).map(String::as_str))
}

/// Whether the model has no predictor.
pub(crate) fn is_empty_model(results: &Results, model: &str) -> bool {
    match model {
        "nomogram" => results.nomogram.terms.is_none(),
        "clinical" => results.clinical_model.terms.is_none(),
        _ => results
            .signatures
            .get(model)
            .is_some_and(|s| s.coefficients.is_none()),
    }
}

/// The signature that is the only term of the nomogram: the two rank patients alike.
pub(crate) fn alone_in_nomogram(results: &Results) -> Option<&str> {
    match results.nomogram.terms.as_deref()? {
        [one] if one.variable.starts_with("rs_") => Some(&one.variable),
        _ => None,
    }
}

/// Whether no refit of the model had a predictor.
pub(crate) fn never_had_predictor(validation: &InternalValidation) -> bool {
    validation
        .resampled
        .as_ref()
        .is_some_and(|resampled| resampled.empty >= 1.0)
}

/// The cross-validated AUC of a model, if there is one.
pub(crate) fn cross_validated(validation: &InternalValidation) -> Option<&Estimate> {
    validation
        .cross_validated
        .as_ref()
        .filter(|auc| auc.estimate.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_as_in_journals() {
        for (p, text) in [
            (Some(0.000_9), "<0.001"),
            (Some(0.032_4), "0.032"),
            (Some(0.999_9), ">0.999"),
            (Some(1.0), "1.000"),
            (None, "–"),
            (Some(f64::NAN), "–"),
        ] {
            assert_eq!(p_value(p), text);
        }
        assert_eq!(p_in_sentence(Some(1e-9)), "P < 0.001");
        assert_eq!(p_in_sentence(Some(0.5)), "P = 0.500");
    }

    #[test]
    fn estimates_with_their_interval() {
        let ci = [Some(-0.25), Some(1.0)];
        assert_eq!(with_interval(Some(0.812_34), ci), "0.812 (−0.250 to 1.000)");
        assert_eq!(with_interval(Some(0.5), [None, Some(1.0)]), "0.500");
        assert_eq!(with_interval(None, ci), "–");
        assert_eq!(number(123_456.0), "1.2e5");
        assert_eq!(number(-8.0e-16), "0.000");
        assert_eq!(number(-0.000_02), "0.000");
        assert_eq!(scaled(-0.000_02), "−2.0e−5");
        assert_eq!(scaled(3.0e-15), "0.000");
        assert_eq!(with_interval(Some(0.5), [Some(0.5), Some(0.5)]), "0.500");
        assert_eq!(
            ratio(Some(0.000_2), [Some(0.000_1), Some(0.1)]),
            "2.0e−4 (1.0e−4 to 0.100)"
        );
        assert_eq!(number(f64::INFINITY), "∞");
        assert_eq!(percent(0.064), "6.4%");
        assert_eq!(percent(0.64), "64%");
    }

    #[test]
    fn names_of_models_and_terms() {
        assert_eq!(model("rs_T1"), "T1 signature");
        assert_eq!(the_model("nomogram"), "the nomogram");
        assert_eq!(term("site=thigh", "site"), "site: thigh");
        assert_eq!(term("a=b", "a=b"), "a=b");
        assert_eq!(axis_value("-1.5"), "−1.5");
        assert_eq!(axis_value("G2-3"), "G2-3");
        assert_eq!(sentence("no feature was kept"), "No feature was kept.");
        assert_eq!(quoted("`grade` and `age`"), "“grade” and “age”");
        assert_eq!(quoted("an odd `one"), "an odd `one");
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
