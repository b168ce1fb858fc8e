//! The embedded font, Liberation Sans, and the width of text set in it.
//!
//! Liberation Sans has the advance widths of Arial, so a figure laid out here fits wherever a
//! reader's machine shows it in Arial instead.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// Liberation Sans Regular 2.1.5, as a TrueType file (SIL Open Font License 1.1).
pub const REGULAR: &[u8] = include_bytes!("../assets/LiberationSans-Regular.ttf");
/// Liberation Sans Bold 2.1.5, as a TrueType file (SIL Open Font License 1.1).
pub const BOLD: &[u8] = include_bytes!("../assets/LiberationSans-Bold.ttf");
/// The family name written in SVG, with the fonts of the same widths to fall back on.
pub const FAMILY: &str = "Liberation Sans, Arial, Helvetica, sans-serif";

/// Height of a text box above its baseline, in units of the font size.
pub const ASCENT: f64 = 0.76;
/// Depth of a text box below its baseline, in units of the font size.
pub const DESCENT: f64 = 0.22;
/// Distance between the baselines of two lines, in units of the font size.
pub const LINE_HEIGHT: f64 = 1.22;
/// Half the height of a digit: added to y, it centres text on y. In units of the font size.
pub const HALF_CAP: f64 = 0.345;

/// How heavy text is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Ordinary text.
    #[default]
    Regular,
    /// Titles and headings.
    Bold,
}

static REGULAR_FACE: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::new(REGULAR).ok());
static BOLD_FACE: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::new(BOLD).ok());

/// The glyph of a character and its advance in em, or `None` if the font has no such character.
pub(crate) fn glyph(character: char, weight: Weight) -> Option<(u32, f64)> {
    let face = match weight {
        Weight::Regular => REGULAR_FACE.as_ref()?,
        Weight::Bold => BOLD_FACE.as_ref()?,
    };
    let id = face
        .charmap()
        .map(character)
        .filter(|id| id.to_u32() != 0)?;
    let metrics = face.glyph_metrics(Size::new(1.0), LocationRef::default());
    Some((id.to_u32(), f64::from(metrics.advance_width(id)?)))
}

/// Width of one line of text in points: the sum of the advances, without kerning.
///
/// Kerning mostly tightens text, so this is nearly always an upper bound of what a viewer draws.
/// A character that the font lacks counts as one em, the width of a Chinese character.
#[must_use]
pub fn text_width(content: &str, size: f64, weight: Weight) -> f64 {
    content
        .chars()
        .map(|c| glyph(c, weight).map_or(1.0, |(_, advance)| advance))
        .sum::<f64>()
        * size
}

/// Breaks text into lines no wider than `max_width` points.
///
/// It breaks at spaces; a word that is too long alone breaks after `_`, `-`, `/` or `.`, and where
/// it has none, between any two characters. "n = 5" stays together. Nothing is ever left out. At
/// least one line returns.
#[must_use]
pub fn wrap(content: &str, size: f64, weight: Weight, max_width: f64) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, weight) <= max_width;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    // A no-break space keeps both sides of a sign on one line; it is as wide as a space.
    let mut glued = content.to_string();
    for sign in ["=", "<", ">"] {
        glued = glued.replace(&format!(" {sign} "), &format!("\u{a0}{sign}\u{a0}"));
    }
    for word in glued
        .split(|c: char| c.is_whitespace() && c != '\u{a0}')
        .filter(|w| !w.is_empty())
    {
        let joined = if line.is_empty() {
            word.to_string()
        } else {
            format!("{line} {word}")
        };
        if fits(&joined) {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for piece in pieces(word, fits) {
            let joined = format!("{line}{piece}");
            if line.is_empty() || fits(&joined) {
                line = joined;
            } else {
                lines.push(std::mem::replace(&mut line, piece));
            }
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
        .into_iter()
        .map(|line| line.replace('\u{a0}', " "))
        .collect()
}

/// Text that [`wrap`] keeps on one line if it can.
pub(crate) fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// The parts of a word between which a line may break.
fn pieces(word: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut parts = Vec::new();
    for part in word.split_inclusive(['_', '-', '/', '.']) {
        if fits(part) {
            parts.push(part.to_string());
        } else {
            parts.extend(part.chars().map(String::from));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_arial() {
        // Advance widths of Arial in 1/2048 em (Adobe's Helvetica metrics, in 1/1000 em:
        // A 667, i 222, 0 556, space 278, bold A 722).
        for (c, weight, expected) in [
            ('A', Weight::Regular, 0.667),
            ('i', Weight::Regular, 0.222),
            ('0', Weight::Regular, 0.556),
            (' ', Weight::Regular, 0.278),
            ('A', Weight::Bold, 0.722),
        ] {
            let width = text_width(&c.to_string(), 1.0, weight);
            // The Helvetica table is rounded to a thousandth of an em.
            assert!((width - expected).abs() < 0.0006, "{c}: {width}");
        }
    }

    #[test]
    fn characters_of_statistics_are_in_both_weights() {
        for c in "−–≥≤λχ²±×αβµéüñ°".chars() {
            assert!(glyph(c, Weight::Regular).is_some(), "{c}");
            assert!(glyph(c, Weight::Bold).is_some(), "{c}");
        }
        assert!(glyph('癌', Weight::Regular).is_none());
    }

    #[test]
    fn wrapping_keeps_every_character() {
        let name = "T1_original_glszm_SmallAreaLowGrayLevelEmphasis";
        for width in [1.0, 30.0, 60.0, 90.0, 500.0] {
            let lines = wrap(name, 7.0, Weight::Regular, width);
            assert_eq!(lines.concat(), name);
        }
        let lines = wrap(name, 7.0, Weight::Regular, 60.0);
        assert!(lines.len() > 2);
        assert!(
            lines
                .iter()
                .all(|l| text_width(l, 7.0, Weight::Regular) <= 60.0)
        );
        assert_eq!(wrap("one two", 7.0, Weight::Regular, 20.0), ["one", "two"]);
        assert_eq!(
            wrap("all n = 5", 7.0, Weight::Regular, 24.0),
            ["all", "n = 5"]
        );
        assert_eq!(wrap("", 7.0, Weight::Regular, 20.0), [""]);
    }
}
