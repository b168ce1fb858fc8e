//! Numbers and missing values as text.

/// Whether a cell stands for a missing value: empty, `NA`, or `NaN` in any case.
#[must_use]
pub fn is_missing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty() || cell == "NA" || cell.eq_ignore_ascii_case("nan")
}

/// The number in a cell, written with a decimal point; `Inf` and `-Inf` are infinite.
///
/// Returns `None` where the text is no number. A missing cell is no number either: ask
/// [`is_missing`] first.
#[must_use]
pub fn parse_number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    cell.parse::<f64>().ok().filter(|value| !value.is_nan())
}

/// A number with the fewest digits that read back to the same double; `NaN`, `Inf`, `-Inf`.
#[must_use]
pub fn number_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    // Debug changes to an exponent where plain digits would be long; it ends whole numbers in ".0".
    let text = format!("{value:?}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A number in JSON: NaN is null, infinities are `"Inf"` and `"-Inf"`.
#[must_use]
pub fn number_json(value: f64) -> serde_json::Value {
    if value.is_infinite() {
        return number_text(value).into();
    }
    serde_json::Number::from_f64(value).map_or(serde_json::Value::Null, serde_json::Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_double() {
        for value in [
            0.0,
            -0.0,
            1.0,
            0.1,
            1.0 / 3.0,
            1e300,
            -5e-324,
            123_456_789.0,
            1e-7,
            f64::MAX,
        ] {
            let read = parse_number(&number_text(value)).unwrap();
            assert_eq!(read.to_bits(), value.to_bits(), "{value}");
        }
        assert_eq!(number_text(2.0), "2");
        assert_eq!(number_text(1e300), "1e300");
        assert_eq!(number_text(f64::NEG_INFINITY), "-Inf");
        assert_eq!(parse_number("-Inf"), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn missing_is_not_a_number_and_na_is_case_sensitive() {
        assert!(is_missing("") && is_missing(" ") && is_missing("NA") && is_missing("nan"));
        assert!(!is_missing("na"), "may be a code such as a country's");
        assert_eq!(parse_number("NaN"), None);
        assert_eq!(parse_number("1,5"), None);
    }
}
