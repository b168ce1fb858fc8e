//! Dates and times as DICOM writes them.

/// Seconds on a scale without leap seconds; only differences mean something.
///
/// A date is `YYYYMMDD` (or `YYYY.MM.DD` as the predecessor of DICOM wrote it), a time
/// `HH[MM[SS[.FFFFFF]]]`, a moment the two together with an optional offset from UTC, which is
/// passed over: the times that are compared come from one scanner.
pub(crate) fn seconds(date: &str, time: &str) -> Option<f64> {
    Some(f64::from(day(date)?) * 86_400.0 + time_of_day(time)?)
}

/// The moment in an attribute of type DT.
pub(crate) fn moment(text: &str) -> Option<f64> {
    let end = text.find(['+', '-']).unwrap_or(text.len());
    let text = text.get(..end)?;
    seconds(text.get(..8)?, text.get(8..)?)
}

/// Seconds since midnight.
pub(crate) fn time_of_day(text: &str) -> Option<f64> {
    let text = text.trim().replace(':', "");
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.as_str(), None),
    };
    if !matches!(whole.len(), 2 | 4 | 6) || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |place: usize| -> Option<f64> {
        match whole.get(place..place + 2) {
            Some(digits) => digits.parse().ok(),
            None => Some(0.0),
        }
    };
    let (hours, minutes, mut seconds) = (part(0)?, part(2)?, part(4)?);
    if hours >= 24.0 || minutes >= 60.0 || seconds > 60.0 {
        return None;
    }
    if let Some(fraction) = fraction {
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        seconds += format!("0.{fraction}").parse::<f64>().ok()?;
    }
    Some(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn day(text: &str) -> Option<i32> {
    let text = text.trim().replace('.', "");
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i32 = text.get(..4)?.parse().ok()?;
    let month: i32 = text.get(4..6)?.parse().ok()?;
    let day: i32 = text.get(6..)?.parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March put the leap day last.
    let year = year - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from Python's `datetime` (naive moments taken as UTC).
    #[test]
    fn moments_as_in_python() {
        assert_eq!(seconds("19700101", "00"), Some(0.0));
        assert_eq!(seconds("20000229", "235959.5"), Some(951_868_799.5));
        assert_eq!(seconds("19691231", "2359"), Some(-60.0));
        assert_eq!(moment("20261128140507.250+0100"), Some(1_795_874_707.25));
        assert_eq!(time_of_day("12:30:15"), Some(45_015.0));
    }

    #[test]
    fn what_is_no_time() {
        for text in ["", "1", "2460", "25", "1x", "12.a", "123"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
        for text in ["", "2000", "20001301", "2000010a"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(moment("2000"), None);
    }
}
