//! How figures look: sizes, widths and colours in one place.

use crate::scene::{Color, Stroke};

/// Points in a millimetre.
pub const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// The shape that marks a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A filled circle.
    Circle,
    /// A filled square.
    Square,
    /// A filled triangle, point up.
    Triangle,
    /// A filled square on its corner.
    Diamond,
}

/// The look of one of several lines: each differs in colour, and in dashes and marker too, so
/// that it is told apart in grey and by the colour-blind.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Colour.
    pub color: Color,
    /// The line.
    pub stroke: Stroke,
    /// The marker.
    pub marker: Marker,
}

/// Sizes, widths and colours of every figure. Lengths are points.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Width of the widest figure.
    pub page_width: f64,
    /// Width of one panel.
    pub panel_width: f64,
    /// Height of the plotting area of a panel that is not square.
    pub plot_height: f64,
    /// Space between panels.
    pub gap: f64,
    /// Space around a figure.
    pub margin: f64,
    /// Most panels side by side in a figure of several.
    pub columns: usize,
    /// Size of titles and panel letters.
    pub title_size: f64,
    /// Size of axis names and headings.
    pub label_size: f64,
    /// Size of tick labels, legends and notes.
    pub tick_size: f64,
    /// Width of axes and frames.
    pub axis_width: f64,
    /// Width of data lines.
    pub line_width: f64,
    /// Colour of axes and text.
    pub ink: Color,
    /// Colour of what stands back: guides, unselected lines, notes.
    pub muted: Color,
    /// Colours of lines, in the order used (Okabe and Ito, 2008).
    pub lines: Vec<Color>,
    /// Colours of filled areas, in the order used; these differ in lightness as well.
    pub fills: Vec<Color>,
    /// Dash patterns, one after the other along with the colours of lines.
    pub dashes: Vec<Vec<f64>>,
    /// Opacity of confidence bands.
    pub band_opacity: f64,
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            page_width: 180.0 * POINTS_PER_MM,
            panel_width: 85.0 * POINTS_PER_MM,
            plot_height: 150.0,
            gap: 14.0,
            margin: 6.0,
            columns: 2,
            title_size: 9.0,
            label_size: 8.0,
            tick_size: 7.0,
            axis_width: 0.6,
            line_width: 1.2,
            ink: Color::hex(0x1a_1a1a),
            muted: Color::hex(0x76_7676),
            // Blue, vermilion, bluish green, reddish purple, orange, sky blue, black. The yellow
            // of the palette is too light for a line on white.
            lines: [
                0x00_72b2, 0xd5_5e00, 0x00_9e73, 0xcc_79a7, 0xe6_9f00, 0x56_b4e9, 0x00_0000,
            ]
            .map(Color::hex)
            .to_vec(),
            // Lightness (CIE L*) 45, 71, 89 and 25: apart in grey.
            fills: [0x00_72b2, 0xe6_9f00, 0xf0_e442, 0x3c_3c3c]
                .map(Color::hex)
                .to_vec(),
            dashes: vec![
                vec![],
                vec![5.0, 2.0],
                vec![1.5, 1.5],
                vec![6.0, 1.8, 1.5, 1.8],
                vec![3.0, 1.2],
                vec![8.0, 2.0, 1.5, 1.5, 1.5, 2.0],
            ],
            band_opacity: 0.16,
        }
    }
}

impl Theme {
    /// The look of line `index`, counted from 0. Colours and dashes have periods without a
    /// common factor, so the first 42 lines differ.
    #[must_use]
    pub fn series(&self, index: usize) -> Series {
        let color = pick(&self.lines, index).copied().unwrap_or(self.ink);
        let dash = pick(&self.dashes, index).cloned().unwrap_or_default();
        let marker = [
            Marker::Circle,
            Marker::Square,
            Marker::Triangle,
            Marker::Diamond,
        ][index % 4];
        Series {
            color,
            stroke: Stroke {
                color,
                width: self.line_width,
                dash,
            },
            marker,
        }
    }

    /// The colour of filled area `index`, counted from 0.
    #[must_use]
    pub fn fill(&self, index: usize) -> Color {
        pick(&self.fills, index).copied().unwrap_or(self.muted)
    }

    /// The line of axes and frames.
    #[must_use]
    pub fn axis_stroke(&self) -> Stroke {
        Stroke::solid(self.ink, self.axis_width)
    }

    /// The dashed line of references: a diagonal, a cut-off.
    #[must_use]
    pub fn guide_stroke(&self) -> Stroke {
        Stroke::solid(self.muted, 0.8).dashed(&[3.0, 2.0])
    }
}

fn pick<T>(list: &[T], index: usize) -> Option<&T> {
    if list.is_empty() {
        None
    } else {
        list.get(index % list.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_two_lines_differ() {
        let theme = Theme::default();
        let all: Vec<Series> = (0..42).map(|i| theme.series(i)).collect();
        for i in 0..42 {
            for j in 0..i {
                assert_ne!(all[i].stroke, all[j].stroke, "{i} {j}");
            }
        }
    }

    #[test]
    fn fills_are_apart_in_grey() {
        let grey = |c: Color| {
            let linear = |v: u8| {
                let v = f64::from(v) / 255.0;
                if v <= 0.040_45 {
                    v / 12.92
                } else {
                    ((v + 0.055) / 1.055).powf(2.4)
                }
            };
            let y = 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
            116.0 * y.cbrt() - 16.0
        };
        let mut lightness: Vec<f64> = Theme::default().fills.into_iter().map(grey).collect();
        lightness.sort_by(f64::total_cmp);
        assert!(
            lightness.windows(2).all(|w| w[1] - w[0] > 15.0),
            "{lightness:?}"
        );
    }
}
