//! Legends below a plot, so that they never cover data and long names stay whole.

use crate::axis;
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::scene::{Bounds, Color, Point, Scene, Stroke, Text};
use crate::theme::{Marker, Theme};

/// The sample drawn before a name.
pub(crate) enum Key {
    /// A piece of line.
    Line(Stroke),
    /// A piece of line with a marker.
    Marked(Stroke, Marker),
    /// A filled rectangle.
    Swatch(Color),
    /// A marker alone.
    Point(Color, Marker),
    /// The upright mark of a censored patient on a line.
    Censored(Color),
}

/// One entry of a legend.
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) label: String,
}

impl Entry {
    pub(crate) fn new(key: Key, label: impl Into<String>) -> Self {
        Self {
            key,
            label: label.into(),
        }
    }
}

const KEY_WIDTH: f64 = 20.0;
const KEY_GAP: f64 = 4.0;

/// Draws a legend from `at` on in as many equal columns as fit `width`. Returns where it ends.
pub(crate) fn legend(
    scene: &mut Scene,
    theme: &Theme,
    at: Point,
    width: f64,
    entries: &[Entry],
) -> f64 {
    let size = theme.tick_size;
    let widest = entries
        .iter()
        .map(|e| font::text_width(&e.label, size, Weight::Regular))
        .fold(0.0, f64::max);
    let full = KEY_WIDTH + KEY_GAP + widest;
    let gap = 10.0;
    let columns = (((width + gap) / (full + gap)).floor() as usize).clamp(1, entries.len().max(1));
    let step = if columns == 1 { width } else { full + gap };
    let room = width - KEY_WIDTH - KEY_GAP;
    let mut y = at.1;
    for row in entries.chunks(columns) {
        let mut lines_in_row = 1;
        for (column, entry) in row.iter().enumerate() {
            let x = at.0 + column as f64 * step;
            key(scene, &entry.key, x, y + 0.5 * size * LINE_HEIGHT, size);
            let lines = font::wrap(&entry.label, size, Weight::Regular, room);
            lines_in_row = lines_in_row.max(lines.len());
            for (i, line) in lines.into_iter().enumerate() {
                let baseline = y + (i as f64 + 0.5) * size * LINE_HEIGHT + font::HALF_CAP * size;
                let text = Text::new(x + KEY_WIDTH + KEY_GAP, baseline, line, size);
                scene.text(text.color(theme.ink));
            }
        }
        y += lines_in_row as f64 * size * LINE_HEIGHT + 1.0;
    }
    y
}

fn key(scene: &mut Scene, key: &Key, x: f64, y: f64, size: f64) {
    let centre = (x + KEY_WIDTH / 2.0, y);
    match key {
        Key::Line(stroke) => scene.line((x, y), (x + KEY_WIDTH, y), stroke),
        Key::Marked(stroke, kind) => {
            scene.line((x, y), (x + KEY_WIDTH, y), stroke);
            axis::marker(scene, *kind, centre, 4.5, stroke.color);
        }
        Key::Swatch(color) => {
            let half = 0.36 * size;
            let area = Bounds {
                left: x,
                top: y - half,
                right: x + KEY_WIDTH,
                bottom: y + half,
            };
            scene.rect(area, None, Some((*color).into()));
        }
        Key::Censored(color) => {
            scene.line((x, y), (x + KEY_WIDTH, y), &Stroke::solid(*color, 0.8));
            scene.line(
                (centre.0, y - 2.2),
                (centre.0, y + 2.2),
                &Stroke::solid(*color, 0.8),
            );
        }
        Key::Point(color, kind) => axis::marker(scene, *kind, centre, 4.5, *color),
    }
}
