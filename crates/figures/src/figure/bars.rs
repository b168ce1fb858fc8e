//! Horizontal bars with names on the left: shared by coefficients and selection frequencies.

use crate::axis::{self, Plot};
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::scale::{self, Scale};
use crate::scene::{Anchor, Bounds, Color, Scene, Text};
use crate::theme::Theme;

/// One bar.
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    pub(super) value: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) color: Color,
    /// Written after the bar.
    pub(super) label: String,
}

/// Draws bars over the page width: names whole on the left, values on the right of the bars.
/// Returns the plotting area.
pub(super) fn bars(
    scene: &mut Scene,
    theme: &Theme,
    bars: &[Bar<'_>],
    domain: (f64, f64),
    axis_label: &str,
) -> Plot {
    let size = theme.tick_size;
    let width = |text: &str| font::text_width(text, size, Weight::Regular);
    let names = bars
        .iter()
        .map(|b| width(b.name))
        .fold(0.0, f64::max)
        .min(scene.width * 0.5);
    let labels = bars.iter().map(|b| width(&b.label)).fold(0.0, f64::max);
    let wrapped: Vec<Vec<String>> = bars
        .iter()
        .map(|b| font::wrap(b.name, size, Weight::Regular, names))
        .collect();
    let height = |lines: &Vec<String>| (lines.len() as f64 * size * LINE_HEIGHT + 2.0).max(11.0);
    let top = 2.0;
    let area = Bounds {
        left: names + 6.0,
        top,
        right: scene.width - labels - 8.0,
        bottom: top + wrapped.iter().map(height).sum::<f64>(),
    };
    let x = Scale::linear(domain, (area.left, area.right));

    let zero = x.position(0.0);
    let mut row_top = top;
    for (bar, lines) in bars.iter().zip(&wrapped) {
        let centre = row_top + height(lines) / 2.0;
        row_top += height(lines);
        let first = centre - (lines.len() as f64 - 1.0) / 2.0 * size * LINE_HEIGHT;
        for (j, line) in lines.iter().enumerate() {
            let y = first + j as f64 * size * LINE_HEIGHT;
            let text = Text::new(names, y, line, size).anchor(Anchor::End);
            scene.text(text.centred().color(theme.ink));
        }
        let end = x.position(bar.value);
        let half = 3.8;
        let fill = Bounds {
            left: zero.min(end),
            top: centre - half,
            right: zero.max(end),
            bottom: centre + half,
        };
        scene.rect(fill, None, Some(bar.color.into()));
        if let Some((low, high)) = bar.interval {
            let (low, high) = (
                x.position(low).max(area.left),
                x.position(high).min(area.right),
            );
            scene.line((low, centre), (high, centre), &theme.axis_stroke());
        }
        let text = Text::new(area.right + 6.0, centre, &bar.label, size);
        scene.text(text.centred().color(theme.ink));
    }
    let axis = theme.axis_stroke();
    scene.line((zero, area.top), (zero, area.bottom), &axis);
    scene.line((area.left, area.bottom), (area.right, area.bottom), &axis);
    let target = ((area.right - area.left) / 40.0).clamp(2.0, 10.0) as usize;
    let ticks = scale::linear_ticks(domain.0, domain.1, target);
    axis::x_ticks(scene, theme, &ticks, x, area);
    let y = area.bottom + 5.0 + size * LINE_HEIGHT;
    let centre = (area.left + area.right) / 2.0;
    let room = 2.0 * (scene.width - centre).min(centre);
    let bottom = axis::paragraph(scene, theme, (centre, y), room, axis_label) + 1.0;
    let y = Scale::linear((0.0, bars.len() as f64), (area.top, area.bottom));
    Plot { area, x, y, bottom }
}

/// The axis over zero and all values and intervals, with a little room at the ends.
pub(super) fn domain(bars: &[Bar<'_>]) -> (f64, f64) {
    let values = bars.iter().flat_map(|b| {
        let (low, high) = b.interval.unwrap_or((b.value, b.value));
        [b.value, low, high]
    });
    let (low, high) = axis::span(values.chain([0.0])).unwrap_or((0.0, 0.0));
    let domain = axis::padded((low, high), 0.04);
    (
        if low < 0.0 { domain.0 } else { 0.0 },
        if high > 0.0 { domain.1 } else { 0.0 },
    )
}
