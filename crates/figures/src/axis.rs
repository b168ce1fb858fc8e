//! A plotting area with its axes, and the stacking of panels into a figure.

use crate::clip;
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::scale::{self, Scale, Tick};
use crate::scene::{Anchor, Bounds, Color, Fill, Outline, Point, Scene, Stroke, Text};
use crate::theme::{Marker, Theme};

/// One axis before it has a place.
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) domain: (f64, f64),
    pub(crate) ticks: Vec<Tick>,
    pub(crate) log: bool,
}

impl Axis {
    /// A linear axis over exactly this domain.
    pub(crate) fn linear(label: &str, domain: (f64, f64), target: usize) -> Self {
        let ticks = scale::linear_ticks(domain.0, domain.1, target);
        Self {
            label: label.to_string(),
            domain,
            ticks,
            log: false,
        }
    }

    /// A linear axis over the domain widened to round numbers.
    pub(crate) fn rounded(label: &str, domain: (f64, f64), target: usize) -> Self {
        Self::linear(label, scale::nice(domain.0, domain.1, target), target)
    }

    fn scale(&self, range: (f64, f64)) -> Scale {
        if self.log {
            Scale::log(self.domain, range)
        } else {
            Scale::linear(self.domain, range)
        }
    }
}

/// The height of a plotting area.
#[derive(Clone, Copy)]
pub(crate) enum Height {
    /// As wide as high.
    Square,
    /// So many points.
    Points(f64),
}

/// A plotting area on the page.
pub(crate) struct Plot {
    pub(crate) area: Bounds,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    /// Where the axis and its name end and more can be drawn.
    pub(crate) bottom: f64,
}

/// What [`plot`] draws: a titled frame with two axes.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) height: Height,
    /// Room kept above the plotting area, for a second axis.
    pub(crate) headroom: f64,
}

/// Draws the frame at the top of a panel that fills the width of `scene`.
pub(crate) fn plot(scene: &mut Scene, theme: &Theme, frame: &Frame<'_>) -> Plot {
    let size = theme.tick_size;
    let widest = |ticks: &[Tick]| {
        ticks
            .iter()
            .map(|t| font::text_width(&t.label, size, Weight::Regular))
            .fold(0.0, f64::max)
    };
    let top = title(scene, theme, frame.title) + frame.headroom + 0.4 * size;
    let named = if frame.y.label.is_empty() {
        0.0
    } else {
        theme.label_size * LINE_HEIGHT + 2.0
    };
    let left = named + widest(&frame.y.ticks) + 6.0;
    // Half of the last tick label hangs over the right edge.
    let overhang = frame.x.ticks.last().map_or(0.0, |t| {
        font::text_width(&t.label, size, Weight::Regular) / 2.0
    });
    let right = scene.width - overhang.max(4.0);
    let width = (right - left).max(20.0);
    let height = match frame.height {
        Height::Square => width,
        Height::Points(points) => points,
    };
    let area = Bounds {
        left,
        top,
        right: left + width,
        bottom: top + height,
    };
    let (x, y) = (
        frame.x.scale((area.left, area.right)),
        frame.y.scale((area.bottom, area.top)),
    );

    let axis = theme.axis_stroke();
    scene.line((area.left, area.top), (area.left, area.bottom), &axis);
    scene.line((area.left, area.bottom), (area.right, area.bottom), &axis);
    let mut free = f64::INFINITY;
    for tick in &frame.y.ticks {
        let at = y.position(tick.value);
        scene.line((area.left - 2.5, at), (area.left, at), &axis);
        if at + 0.5 * size < free {
            let text = Text::new(area.left - 4.0, at, &tick.label, size).anchor(Anchor::End);
            scene.text(text.centred().color(theme.ink));
            free = at - 0.5 * size;
        }
    }
    x_ticks(scene, theme, &frame.x.ticks, x, area);
    let labels = if frame.x.ticks.is_empty() {
        0.0
    } else {
        size * LINE_HEIGHT
    };
    let mut bottom = area.bottom + 4.0 + labels;
    if !frame.x.label.is_empty() {
        let centre = (area.left + area.right) / 2.0;
        // Centred on the plot, the name may use the space to both edges of the panel.
        let room = 2.0 * (scene.width - centre).min(centre);
        bottom = paragraph(scene, theme, (centre, bottom + 1.0), room, &frame.x.label) + 1.0;
    }
    if named > 0.0 {
        y_name(scene, theme, area, &frame.y.label);
    }
    Plot { area, x, y, bottom }
}

/// Ticks and their labels below `area`. Where labels would touch, every second, third ... is
/// written.
pub(crate) fn x_ticks(scene: &mut Scene, theme: &Theme, ticks: &[Tick], x: Scale, area: Bounds) {
    let size = theme.tick_size;
    for tick in ticks {
        let at = x.position(tick.value);
        scene.line(
            (at, area.bottom),
            (at, area.bottom + 2.5),
            &theme.axis_stroke(),
        );
    }
    let spans: Vec<(f64, f64)> = ticks
        .iter()
        .map(|t| {
            let half = font::text_width(&t.label, size, Weight::Regular) / 2.0;
            (x.position(t.value) - half, x.position(t.value) + half)
        })
        .collect();
    for tick in ticks.iter().step_by(stride(&spans)) {
        let at = x.position(tick.value);
        let text = Text::new(
            at,
            area.bottom + 4.0 + font::ASCENT * size,
            &tick.label,
            size,
        );
        scene.text(text.anchor(Anchor::Middle).color(theme.ink));
    }
}

/// The smallest step through spans from left to right at which none touches the next.
pub(crate) fn stride(spans: &[(f64, f64)]) -> usize {
    let free = |step: usize| {
        let shown: Vec<&(f64, f64)> = spans.iter().step_by(step).collect();
        shown.windows(2).all(|pair| pair[0].1 + 2.0 < pair[1].0)
    };
    (1..=spans.len()).find(|&step| free(step)).unwrap_or(1)
}

/// A dashed line over bars, set off from them by a white one.
pub(crate) fn guide(scene: &mut Scene, theme: &Theme, from: Point, to: Point) {
    scene.line(from, to, &Stroke::solid(Color::WHITE, 1.6));
    scene.line(from, to, &theme.guide_stroke());
}

/// The name of the y axis, turned, on one line; set smaller if it is longer than the panel.
fn y_name(scene: &mut Scene, theme: &Theme, area: Bounds, name: &str) {
    let room = area.bottom - area.top + 16.0;
    let width = font::text_width(name, theme.label_size, Weight::Regular);
    let size = theme.label_size * (room / width).min(1.0);
    let text = Text::new(
        font::ASCENT * size,
        (area.top + area.bottom) / 2.0,
        name,
        size,
    );
    scene.text(text.anchor(Anchor::Middle).rotate(-90.0).color(theme.ink));
}

/// Wrapped text of the size of axis names, centred on x and starting at y. Returns where it ends.
pub(crate) fn paragraph(
    scene: &mut Scene,
    theme: &Theme,
    (x, mut y): Point,
    width: f64,
    content: &str,
) -> f64 {
    let size = theme.label_size;
    for line in font::wrap(content, size, Weight::Regular, width) {
        let text = Text::new(x, y + font::ASCENT * size, line, size).anchor(Anchor::Middle);
        scene.text(text.color(theme.ink));
        y += size * LINE_HEIGHT;
    }
    y
}

/// Wrapped notes of the size of tick labels, from x on, starting at y. Returns where they end.
pub(crate) fn notes(
    scene: &mut Scene,
    theme: &Theme,
    (x, mut y): Point,
    width: f64,
    lines: &[String],
) -> f64 {
    let size = theme.tick_size;
    for note in lines {
        for line in font::wrap(note, size, Weight::Regular, width) {
            scene.text(Text::new(x, y + font::ASCENT * size, line, size).color(theme.ink));
            y += size * LINE_HEIGHT;
        }
    }
    y
}

/// The title of a panel, bold, wrapped. Returns where it ends.
pub(crate) fn title(scene: &mut Scene, theme: &Theme, content: &str) -> f64 {
    let size = theme.label_size;
    let mut y = 0.0;
    if content.trim().is_empty() {
        return y;
    }
    for line in font::wrap(content, size, Weight::Bold, scene.width) {
        let text = Text::new(scene.width / 2.0, y + font::ASCENT * size, line, size);
        scene.text(text.bold().anchor(Anchor::Middle).color(theme.ink));
        y += size * LINE_HEIGHT;
    }
    y + 2.0
}

/// A panel of one sentence in a frame, for what cannot be drawn.
pub(crate) fn sentence(theme: &Theme, width: f64, name: &str, words: &str) -> Scene {
    let mut scene = Scene::new(width, 0.0, "", "");
    let top = title(&mut scene, theme, name);
    let size = theme.label_size;
    let lines = font::wrap(words, size, Weight::Regular, width - 16.0);
    let bottom = top + (lines.len() as f64 * size * LINE_HEIGHT + 16.0).max(60.0);
    let area = Bounds {
        left: 1.0,
        top,
        right: width - 1.0,
        bottom,
    };
    scene.rect(
        area,
        Some(Stroke::solid(theme.muted, theme.axis_width)),
        None,
    );
    let mut y = (top + bottom - lines.len() as f64 * size * LINE_HEIGHT) / 2.0;
    for line in lines {
        let text = Text::new(width / 2.0, y + font::ASCENT * size, line, size);
        scene.text(text.anchor(Anchor::Middle).color(theme.ink));
        y += size * LINE_HEIGHT;
    }
    scene.height = bottom + 1.0;
    scene
}

/// Panels in rows of `columns`, tops aligned, with a margin around. Each row is as high as its
/// highest panel.
pub(crate) fn grid(
    theme: &Theme,
    columns: usize,
    panels: Vec<Scene>,
    title: &str,
    description: &str,
) -> Scene {
    let columns = columns.clamp(1, panels.len().max(1));
    let widths: Vec<f64> = (0..columns)
        .map(|c| {
            panels
                .iter()
                .skip(c)
                .step_by(columns)
                .map(|p| p.width)
                .fold(0.0, f64::max)
        })
        .collect();
    let mut scene = Scene::new(0.0, 0.0, title, description);
    let mut y = theme.margin;
    let mut row_height = 0.0_f64;
    let mut x = theme.margin;
    for (i, panel) in panels.into_iter().enumerate() {
        let column = i % columns;
        if column == 0 && i > 0 {
            y += row_height + theme.gap;
            row_height = 0.0;
            x = theme.margin;
        }
        row_height = row_height.max(panel.height);
        scene.place(x, y, panel.elements);
        x += widths.get(column).copied().unwrap_or(0.0) + theme.gap;
    }
    scene.width =
        widths.iter().sum::<f64>() + theme.gap * (columns as f64 - 1.0) + 2.0 * theme.margin;
    scene.height = y + row_height + theme.margin;
    scene
}

impl Plot {
    /// The place of a pair of numbers.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        (self.x.position(x), self.y.position(y))
    }

    /// A line through pairs of numbers, cut at the edge of the plotting area.
    pub(crate) fn line(
        &self,
        scene: &mut Scene,
        pairs: impl IntoIterator<Item = (f64, f64)>,
        stroke: &Stroke,
    ) {
        let points: Vec<Point> = pairs.into_iter().map(|(x, y)| self.at(x, y)).collect();
        // The tolerance keeps a line that runs along the edge.
        for run in clip::polyline(&points, grown(self.area, 1e-6)) {
            scene.polyline(run, stroke);
        }
    }

    /// The area between two lines over the same x, cut at the edge of the plotting area. Where a
    /// number is missing the band has a gap.
    pub(crate) fn band(&self, scene: &mut Scene, rows: &[(f64, f64, f64)], fill: Fill) {
        for run in
            rows.split(|(x, low, high)| !(x.is_finite() && low.is_finite() && high.is_finite()))
        {
            let there = run.iter().map(|&(x, low, _)| self.at(x, low));
            let back = run.iter().rev().map(|&(x, _, high)| self.at(x, high));
            let outline = there
                .chain(back)
                .map(|p| clip::into(p, self.area))
                .collect();
            scene.area(outline, fill);
        }
    }
}

fn grown(area: Bounds, by: f64) -> Bounds {
    Bounds {
        left: area.left - by,
        top: area.top - by,
        right: area.right + by,
        bottom: area.bottom + by,
    }
}

/// A marker with its centre at `at`, about `size` points wide.
pub(crate) fn marker(scene: &mut Scene, kind: Marker, at: Point, size: f64, color: Color) {
    let (x, y) = at;
    let r = size / 2.0;
    match kind {
        Marker::Circle => scene.shape(
            Outline::Circle { x, y, radius: r },
            None,
            Some(color.into()),
        ),
        Marker::Square => {
            let r = r * 0.89;
            scene.area(
                vec![
                    (x - r, y - r),
                    (x + r, y - r),
                    (x + r, y + r),
                    (x - r, y + r),
                ],
                color,
            );
        }
        Marker::Triangle => {
            scene.area(
                vec![
                    (x, y - 1.15 * r),
                    (x + r, y + 0.75 * r),
                    (x - r, y + 0.75 * r),
                ],
                color,
            );
        }
        Marker::Diamond => {
            let r = r * 1.2;
            scene.area(vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color);
        }
    }
}

/// The smallest and largest finite number, or `None` if there is none.
pub(crate) fn span(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|v| v.is_finite())
        .fold(None, |span: Option<(f64, f64)>, v| {
            let (low, high) = span.unwrap_or((v, v));
            Some((low.min(v), high.max(v)))
        })
}

/// A span widened to each side by a share of itself, and never without width.
pub(crate) fn padded((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let width = high - low;
    let by = if width > 0.0 {
        width * share
    } else {
        low.abs().max(1.0) * 0.1
    };
    (low - by, high + by)
}

/// A panel closed at height `bottom`.
pub(crate) fn closed(mut scene: Scene, bottom: f64) -> Scene {
    scene.height = bottom;
    scene
}
