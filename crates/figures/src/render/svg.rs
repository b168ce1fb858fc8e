//! SVG 1.1. No ids, scripts or style sheets, so any number of figures can stand in one page.

use std::fmt::Write;

use crate::font::{FAMILY, Weight, text_width};
use crate::picture::base64;
use crate::scene::{Anchor, Color, Element, Outline, Picture, Point, Scene, Shape, Text};

/// Text of so few characters is left at the width that a viewer's font gives it.
const SHORT: usize = 4;

/// Who draws a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A browser or a drawing program. It may lack the font, so longer text is held to the width
    /// that it was laid out with: names stay whole, and nothing runs into its neighbour.
    Viewer,
    /// The painter of PNG files, which has the font, a white ground, and draws pictures itself.
    Painter,
}

impl Scene {
    /// The scene as a complete SVG document, text kept as text.
    ///
    /// Width and height are in points; title and description are there for screen readers. There
    /// are no ids in it, so several can be put into one HTML page.
    #[must_use]
    pub fn to_svg(&self) -> String {
        self.svg(Reader::Viewer)
    }

    /// The document, as its reader needs it.
    pub(super) fn svg(&self, reader: Reader) -> String {
        let (width, height) = (coordinate(self.width), coordinate(self.height));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\" \
             font-family=\"{FAMILY}\">\n<title>{label}</title>\n<desc>{description}</desc>\n",
            label = escape(&self.title),
            description = escape(&self.description),
        );
        if reader == Reader::Viewer {
            push(
                &mut out,
                format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"),
            );
            for ((x, y), element) in self.flattened() {
                if let Element::Picture(drawn) = element {
                    picture(&mut out, drawn, (x, y));
                }
            }
        }
        elements(&mut out, &self.elements, reader);
        out.push_str("</svg>\n");
        out
    }
}

fn elements(out: &mut String, list: &[Element], reader: Reader) {
    for element in list {
        match element {
            Element::Shape(drawn) => shape(out, drawn),
            Element::Text(line) => text(out, line, reader),
            // Under everything else, so it is there already.
            Element::Picture(_) => {}
            Element::Group(group) => {
                let (x, y) = (coordinate(group.x), coordinate(group.y));
                push(out, format_args!("<g transform=\"translate({x} {y})\">\n"));
                elements(out, &group.elements, reader);
                out.push_str("</g>\n");
            }
        }
    }
}

/// A picture as a PNG file within the document; left out if it is too large for one.
fn picture(out: &mut String, picture: &Picture, (x, y): Point) {
    let Ok(file) = picture.png() else {
        return;
    };
    let area = picture.area;
    push(
        out,
        format_args!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
             preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>\n",
            coordinate(area.left + x),
            coordinate(area.top + y),
            coordinate(area.right - area.left),
            coordinate(area.bottom - area.top),
            base64(&file),
        ),
    );
}

fn shape(out: &mut String, shape: &Shape) {
    match &shape.outline {
        Outline::Polyline(points) => {
            push(out, format_args!("<polyline points=\"{}\"", list(points)));
        }
        Outline::Polygon(points) => {
            push(out, format_args!("<polygon points=\"{}\"", list(points)));
        }
        Outline::Rect {
            x,
            y,
            width,
            height,
        } => push(
            out,
            format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                coordinate(*x),
                coordinate(*y),
                coordinate(width.max(0.0)),
                coordinate(height.max(0.0)),
            ),
        ),
        Outline::Circle { x, y, radius } => push(
            out,
            format_args!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"",
                coordinate(*x),
                coordinate(*y),
                coordinate(radius.max(0.0)),
            ),
        ),
    }
    match shape.fill {
        Some(fill) => {
            push(out, format_args!(" fill=\"{}\"", color(fill.color)));
            if fill.opacity < 1.0 {
                push(
                    out,
                    format_args!(" fill-opacity=\"{}\"", coordinate(fill.opacity)),
                );
            }
        }
        None => out.push_str(" fill=\"none\""),
    }
    if let Some(stroke) = &shape.stroke {
        push(
            out,
            format_args!(
                " stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"",
                color(stroke.color),
                coordinate(stroke.width)
            ),
        );
        if !stroke.dash.is_empty() {
            let dash: Vec<String> = stroke.dash.iter().map(|&d| coordinate(d)).collect();
            push(
                out,
                format_args!(" stroke-dasharray=\"{}\"", dash.join(" ")),
            );
        }
    }
    out.push_str("/>\n");
}

fn text(out: &mut String, text: &Text, reader: Reader) {
    let (x, y) = (coordinate(text.x), coordinate(text.y));
    push(
        out,
        format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"",
            coordinate(text.size)
        ),
    );
    if text.weight == Weight::Bold {
        out.push_str(" font-weight=\"bold\"");
    }
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if reader == Reader::Viewer && text.content.chars().count() > SHORT {
        let width = coordinate(text_width(&text.content, text.size, text.weight));
        push(
            out,
            format_args!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\""),
        );
    }
    if text.rotation != 0.0 {
        let turn = coordinate(text.rotation);
        push(out, format_args!(" transform=\"rotate({turn} {x} {y})\""));
    }
    push(
        out,
        format_args!(
            " fill=\"{}\">{}</text>\n",
            color(text.color),
            escape(&text.content)
        ),
    );
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(arguments);
}

fn list(points: &[Point]) -> String {
    let written: Vec<String> = points
        .iter()
        .map(|&(x, y)| format!("{},{}", coordinate(x), coordinate(y)))
        .collect();
    written.join(" ")
}

fn color(color: Color) -> String {
    format!("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue)
}

/// A hundredth of a point is finer than any printer, and hides the last bits of `ln` and `exp`,
/// which differ between systems.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_string()
    } else {
        text.to_string()
    }
}

/// Text safe inside XML elements and attributes. Characters that XML 1.0 forbids become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (1.0, "1"),
            (-0.001, "0"),
            (2.346, "2.35"),
            (10.0, "10"),
            (-3.5, "-3.5"),
        ] {
            assert_eq!(coordinate(value), expected);
        }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("<b a=\"1\">R&D's\u{1}\n</b>"),
            "&lt;b a=&quot;1&quot;&gt;R&amp;D&#39;s\u{fffd} &lt;/b&gt;"
        );
    }
}
