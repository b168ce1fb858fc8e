//! Voxels spread over several files: a list of names, or a pattern with a number in it.

use std::path::{Path, PathBuf};

use super::ReadError;

/// Most files that one header may name.
const MAX_FILES: usize = 1 << 16;

/// The file names that a pattern such as `slice.%03d.raw` stands for, for the numbers from `first`
/// to `last` in steps of `step`.
pub(super) fn numbered(
    path: &Path,
    pattern: &str,
    [first, last, step]: [i64; 3],
) -> Result<Vec<PathBuf>, ReadError> {
    let bad = |what: String| ReadError::Header {
        path: path.into(),
        what,
    };
    let Some((before, width, after)) = parts(pattern) else {
        return Err(bad(format!(
            "the file name pattern `{pattern}` needs one number such as %d or %03d"
        )));
    };
    let span = match step.signum() {
        1 => last.checked_sub(first),
        -1 => first.checked_sub(last),
        _ => None,
    };
    let count = span
        .filter(|&span| span >= 0)
        .map(|span| span.unsigned_abs() / step.unsigned_abs() + 1)
        .and_then(|count| usize::try_from(count).ok())
        .filter(|&count| count <= MAX_FILES);
    let Some(count) = count else {
        return Err(bad(format!(
            "numbers from {first} to {last} in steps of {step} name no 1 to {MAX_FILES} files"
        )));
    };
    let numbers = (0..count as i64).map(|place| first + place * step);
    let name = |number: i64| match width {
        Width::Blanks(width) => format!("{before}{number:width$}{after}"),
        Width::Zeros(width) => format!("{before}{number:0width$}{after}"),
    };
    Ok(beside(path, numbers.map(name)))
}

/// Files that are named relative to the header.
pub(super) fn beside(path: &Path, names: impl Iterator<Item = impl AsRef<Path>>) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    names.map(|name| folder.join(name)).collect()
}

/// How wide a number is written, filled up from the left.
#[derive(Clone, Copy)]
enum Width {
    Blanks(usize),
    Zeros(usize),
}

/// What stands before and after the only conversion of a C format, and its width.
fn parts(pattern: &str) -> Option<(&str, Width, &str)> {
    let (before, rest) = pattern.split_once('%')?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, after) = rest.split_at(end);
    let after = after
        .strip_prefix('d')
        .or_else(|| after.strip_prefix('i'))
        .or_else(|| after.strip_prefix('u'))?;
    if after.contains('%') || digits.len() > 3 {
        return None;
    }
    let width = digits.parse().unwrap_or(0);
    let width = match digits.starts_with('0') {
        true => Width::Zeros(width),
        false => Width::Blanks(width),
    };
    Some((before, width, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_printf() {
        let names = |pattern, range| {
            let files = numbered(Path::new("a/head.mhd"), pattern, range).unwrap();
            let name = |file: &PathBuf| file.display().to_string();
            files.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(
            names("s%d.raw", [9, 11, 1]),
            ["a/s9.raw", "a/s10.raw", "a/s11.raw"]
        );
        assert_eq!(names("%03d", [4, 1, -2]), ["a/004", "a/002"]);
        assert_eq!(names("x%3i", [7, 7, 5]), ["a/x  7"]);
    }

    #[test]
    fn other_patterns_are_errors() {
        for (pattern, range) in [
            ("s", [1, 2, 1]),
            ("s%f", [1, 2, 1]),
            ("%d%d", [1, 2, 1]),
            ("%s", [1, 2, 1]),
            ("%9999d", [1, 2, 1]),
            ("%d", [2, 1, 1]),
            ("%d", [1, 2, 0]),
            ("%d", [0, i64::MAX, 1]),
            ("%d", [i64::MIN, i64::MAX, 1]),
        ] {
            let error = numbered(Path::new("head.mhd"), pattern, range).unwrap_err();
            assert!(matches!(error, ReadError::Header { .. }), "{error}");
        }
    }
}
