//! A region on its image: three planes with the contour, the histogram of its values, and notes.

use crate::axis::{self, Axis, Frame, Height};
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::picture::Picture;
use crate::scene::{Anchor, Bounds, Color, Point, Scene, Stroke, Text};
use crate::theme::{POINTS_PER_MM, Theme};

/// One region of one image.
#[derive(Clone, Debug, Default)]
pub struct RegionOverview {
    /// Heading, for example the patient and the image.
    pub title: String,
    /// The planes, from left to right.
    pub planes: Vec<Plane>,
    /// The values of the region.
    pub histogram: Option<Histogram>,
    /// What is known of the region, a line each.
    pub notes: Vec<String>,
    /// What needs a look, a line each, set in bold.
    pub flags: Vec<String>,
}

/// A plane of the image, as seen on the page.
#[derive(Clone, Debug, Default)]
pub struct Plane {
    /// Heading, for example "Axial, slice 12 of 40".
    pub name: String,
    /// Set below, for example which side of the patient is left.
    pub note: String,
    /// Grey values of a row, 0 black to 255 white.
    pub columns: usize,
    /// All grey values, row by row from the top.
    pub greys: Vec<u8>,
    /// Distance between columns and between rows, in mm.
    pub spacing: [f64; 2],
    /// Lines around the region: column and row of their points, where (0, 0) is the top left corner
    /// of the picture and each value is one wide and one high.
    pub contour: Vec<Vec<Point>>,
}

/// How many voxels of the region have values in bins of equal width.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Name of the values.
    pub label: String,
    /// The lower edge of the first bin.
    pub low: f64,
    /// The upper edge of the last bin.
    pub high: f64,
    /// Voxels in each bin.
    pub counts: Vec<usize>,
}

/// The contour: light enough to be seen on grey, and dark under it to be seen on white.
const CONTOUR: Color = Color::hex(0xe6_9f00);

/// Narrowest column of a plane, so that its words fit.
const NARROWEST: f64 = 96.0;

/// Draws the planes side by side in one scale (a millimetre is as long across as down, and as long
/// in each plane), below them the histogram, the flags and the notes.
#[must_use]
pub fn region_overview(data: &RegionOverview, theme: &Theme) -> Scene {
    let width = theme.page_width - 2.0 * theme.margin;
    let mut scene = Scene::new(width, 0.0, "", "");
    let mut y = title(&mut scene, theme, &data.title);
    y = planes(&mut scene, theme, &data.planes, y);
    let half = (width - theme.gap) / 2.0;
    let mut below = y;
    if let Some(histogram) = &data.histogram {
        let panel = bars(histogram, theme, half);
        below = y + panel.height;
        scene.place(0.0, y, panel.elements);
    }
    let left = match data.histogram {
        Some(_) => half + theme.gap,
        None => 0.0,
    };
    let room = width - left;
    let mut at = flags(&mut scene, theme, (left, y), room, &data.flags);
    if !data.flags.is_empty() {
        at += 4.0;
    }
    at = axis::notes(&mut scene, theme, (left, at), room, &data.notes);
    scene.height = below.max(at);
    let seen = "Three planes of the image with the outline of the region, the histogram of its \
                values, and what is known of it.";
    axis::grid(theme, 1, vec![scene], &data.title, seen)
}

/// The heading over the whole width. Returns where it ends.
fn title(scene: &mut Scene, theme: &Theme, content: &str) -> f64 {
    let size = theme.title_size;
    let mut y = 0.0;
    for line in font::wrap(content, size, Weight::Bold, scene.width) {
        let text = Text::new(0.0, y + font::ASCENT * size, line, size).bold();
        scene.text(text.color(theme.ink));
        y += size * LINE_HEIGHT;
    }
    y + 4.0
}

/// The planes in a row. Returns where they end.
fn planes(scene: &mut Scene, theme: &Theme, planes: &[Plane], top: f64) -> f64 {
    let drawn: Vec<(&Plane, f64, f64)> = planes
        .iter()
        .filter_map(|plane| {
            let rows = plane.greys.len().checked_div(plane.columns)?;
            let width = plane.columns as f64 * plane.spacing[0];
            let height = rows as f64 * plane.spacing[1];
            let usable = |length: f64| length.is_finite() && length > 0.0;
            (usable(width) && usable(height)).then_some((plane, width, height))
        })
        .collect();
    if drawn.is_empty() {
        let panel = axis::sentence(theme, scene.width, "", "No plane of the image to show.");
        let bottom = top + panel.height;
        scene.place(0.0, top, panel.elements);
        return bottom + theme.gap;
    }
    let gaps = theme.gap * (drawn.len() - 1) as f64;
    let tallest = drawn.iter().map(|plane| plane.2).fold(0.0, f64::max);
    // The largest scale at which all fit, and no plane is higher than 85 mm on the page.
    let columns = |scale: f64| {
        drawn
            .iter()
            .map(|p| (p.1 * scale).max(NARROWEST))
            .sum::<f64>()
    };
    let mut scale = 85.0 * POINTS_PER_MM / tallest;
    while columns(scale) + gaps > scene.width && scale > 1e-6 {
        scale *= 0.99;
    }
    let size = theme.tick_size;
    let column = |plane: &(&Plane, f64, f64)| (plane.1 * scale).max(NARROWEST);
    let lines = |text: &str, weight, width| font::wrap(text, size, weight, width);
    let headings = drawn
        .iter()
        .map(|plane| lines(&plane.0.name, Weight::Bold, column(plane)).len())
        .max()
        .unwrap_or(0);
    let top = top + headings as f64 * size * LINE_HEIGHT + 2.0;
    let mut left = 0.0;
    let mut bottom = top;
    for plane in &drawn {
        let (data, width, height) = (plane.0, plane.1 * scale, plane.2 * scale);
        let wide = column(plane);
        let heading = lines(&data.name, Weight::Bold, wide);
        let mut y = top - 2.0 - heading.len() as f64 * size * LINE_HEIGHT;
        for line in heading {
            let text = Text::new(left + wide / 2.0, y + font::ASCENT * size, line, size);
            scene.text(text.bold().anchor(Anchor::Middle).color(theme.ink));
            y += size * LINE_HEIGHT;
        }
        let x = left + (wide - width) / 2.0;
        let area = Bounds {
            left: x,
            top,
            right: x + width,
            bottom: top + height,
        };
        scene.picture(Picture {
            area,
            columns: data.columns,
            greys: data.greys.clone(),
        });
        outline(scene, data, area);
        let mut y = area.bottom + 3.0;
        for line in lines(&data.note, Weight::Regular, wide) {
            let text = Text::new(left + wide / 2.0, y + font::ASCENT * size, line, size);
            scene.text(text.anchor(Anchor::Middle).color(theme.ink));
            y += size * LINE_HEIGHT;
        }
        bottom = bottom.max(y);
        left += wide + theme.gap;
    }
    bottom + theme.gap
}

/// The lines of the contour, dark below light.
fn outline(scene: &mut Scene, plane: &Plane, area: Bounds) {
    let rows = plane.greys.len() / plane.columns.max(1);
    let across = (area.right - area.left) / plane.columns.max(1) as f64;
    let down = (area.bottom - area.top) / rows.max(1) as f64;
    for stroke in [
        Stroke::solid(Color::BLACK, 1.5),
        Stroke::solid(CONTOUR, 0.8),
    ] {
        for line in &plane.contour {
            let place = |&(x, y): &Point| (area.left + x * across, area.top + y * down);
            scene.polyline(line.iter().map(place).collect(), &stroke);
        }
    }
}

/// The histogram of the region's values.
fn bars(data: &Histogram, theme: &Theme, width: f64) -> Scene {
    let most = data.counts.iter().copied().max().unwrap_or(0);
    let usable = data.low.is_finite() && data.high.is_finite() && data.high > data.low;
    if most == 0 || !usable {
        let words = "All values of the region are equal, or none is a number.";
        return axis::sentence(theme, width, "", words);
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let frame = Frame {
        title: "",
        x: Axis::linear(&data.label, (data.low, data.high), 6),
        y: Axis::rounded("Voxels", (0.0, most as f64), 4),
        height: Height::Points(0.6 * theme.plot_height),
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    let step = (data.high - data.low) / data.counts.len() as f64;
    for (bin, &count) in data.counts.iter().enumerate() {
        let (left, top) = plot.at(data.low + bin as f64 * step, count as f64);
        let (right, bottom) = plot.at(data.low + (bin + 1) as f64 * step, 0.0);
        let bar = Bounds {
            left,
            top,
            right,
            bottom,
        };
        if count > 0 {
            scene.rect(bar, None, Some(theme.fill(0).into()));
        }
    }
    axis::closed(scene, plot.bottom)
}

/// What needs a look, bold. Returns where it ends.
fn flags(scene: &mut Scene, theme: &Theme, (x, mut y): Point, width: f64, flags: &[String]) -> f64 {
    let size = theme.tick_size;
    for flag in flags {
        for line in font::wrap(&format!("! {flag}"), size, Weight::Bold, width) {
            let text = Text::new(x, y + font::ASCENT * size, line, size).bold();
            scene.text(text.color(theme.ink));
            y += size * LINE_HEIGHT;
        }
    }
    y
}
