//! Nomograms: a model as axes of points.

use crate::axis;
use crate::font::{self, ASCENT, LINE_HEIGHT, Weight};
use crate::number;
use crate::scale::{self, Scale};
use crate::scene::{Anchor, Scene, Text};
use crate::theme::Theme;

/// A nomogram. Every place on it is given in points: on the variables' axes the points of that
/// value, on the outcome axes the total points at which the outcome has that value.
#[derive(Clone, Debug, Default)]
pub struct Nomogram {
    /// Name of the figure, for example "Nomogram for response".
    pub name: String,
    /// End of the points axis, usually 100: the most points that one variable gives.
    pub max_points: f64,
    /// The variables, from the top.
    pub variables: Vec<NomogramAxis>,
    /// End of the axis of total points; it starts at 0.
    pub max_total_points: f64,
    /// Axes read from the total points: the linear predictor, probabilities.
    pub outcomes: Vec<NomogramAxis>,
}

/// One axis of a nomogram.
#[derive(Clone, Debug, Default)]
pub struct NomogramAxis {
    /// Name of the variable or outcome.
    pub name: String,
    /// Whether the ticks are levels of a category: then no label is ever left out, while of
    /// numbers those that would overlap are.
    pub categorical: bool,
    /// The ticks, in any order.
    pub ticks: Vec<NomogramTick>,
}

/// A tick on an axis of a nomogram.
#[derive(Clone, Debug, Default)]
pub struct NomogramTick {
    /// What is written, for example "0.3" or "Stage III".
    pub label: String,
    /// Where it stands: points, or total points on an outcome axis.
    pub points: f64,
}

/// Height of the ticks.
const TICK: f64 = 3.0;

/// Where the axes of a drawn nomogram lie, in the units of its scene.
#[derive(Clone, Debug, PartialEq)]
pub struct NomogramPlaces {
    /// Where the axes of points and of total points begin, from the left.
    pub start: f64,
    /// Where they end.
    pub end: f64,
    /// Width of a point.
    pub point: f64,
    /// Width of a point on the axis of total points.
    pub total_point: f64,
    /// Height of the axis of points, from the top.
    pub points: f64,
    /// Heights of the variables' axes.
    pub variables: Vec<f64>,
    /// Height of the axis of total points.
    pub total_points: f64,
    /// Heights of the outcomes' axes.
    pub outcomes: Vec<f64>,
}

/// Draws the nomogram: points, variables, total points and outcomes, from the top.
#[must_use]
pub fn nomogram(data: &Nomogram, theme: &Theme) -> Scene {
    drawn(data, theme).0
}

/// Where the axes of [`nomogram`]'s drawing lie; `None` where nothing has points.
#[must_use]
pub fn places(data: &Nomogram, theme: &Theme) -> Option<NomogramPlaces> {
    drawn(data, theme).1
}

fn drawn(data: &Nomogram, theme: &Theme) -> (Scene, Option<NomogramPlaces>) {
    let description = "Read the points of each variable straight up on the points axis, add them, \
                       and read the outcomes straight down from the total points.";
    let width = theme.page_width - 2.0 * theme.margin;
    let usable = data.max_points > 0.0
        && data.max_points.is_finite()
        && data.max_total_points > 0.0
        && data.max_total_points.is_finite();
    let any = |list: &[NomogramAxis]| {
        list.iter()
            .any(|a| a.ticks.iter().any(|t| t.points.is_finite()))
    };
    if !usable || !any(&data.variables) {
        let panel = axis::sentence(
            theme,
            width,
            &data.name,
            "No nomogram: no variable has points.",
        );
        let scene = axis::grid(theme, 1, vec![panel], &data.name, description);
        return (scene, None);
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let size = theme.label_size;
    let names = data
        .variables
        .iter()
        .chain(&data.outcomes)
        .map(|a| a.name.as_str());
    let widest = names
        .chain(["Total points"])
        .map(|n| font::text_width(n, size, Weight::Regular))
        .fold(0.0, f64::max)
        .min(width * 0.34);
    let range = (widest + 16.0, width - 12.0);
    let points = Scale::linear((0.0, data.max_points), range);
    let total = Scale::linear((0.0, data.max_total_points), range);

    let mut y = axis::title(&mut scene, theme, &data.name) + 2.0;
    let ruler = Ruler {
        names: widest,
        limits: (widest + 8.0, width),
    };
    let mut line;
    (line, y) = ruler.numbers(&mut scene, theme, y, "Points", data.max_points, points);
    // The panel stands inside the margin of the whole figure.
    let inside = |place: f64| place + theme.margin;
    let mut found = NomogramPlaces {
        start: inside(range.0),
        end: inside(range.1),
        point: (range.1 - range.0) / data.max_points,
        total_point: (range.1 - range.0) / data.max_total_points,
        points: inside(line),
        variables: Vec::new(),
        total_points: 0.0,
        outcomes: Vec::new(),
    };
    for variable in &data.variables {
        (line, y) = ruler.axis(&mut scene, theme, y, variable, points);
        found.variables.push(inside(line));
    }
    y += 2.0;
    let most = data.max_total_points;
    (line, y) = ruler.numbers(&mut scene, theme, y, "Total points", most, total);
    found.total_points = inside(line);
    for outcome in &data.outcomes {
        (line, y) = ruler.axis(&mut scene, theme, y, outcome, total);
        found.outcomes.push(inside(line));
    }
    scene.height = y;
    let scene = axis::grid(theme, 1, vec![scene], &data.name, description);
    (scene, Some(found))
}

/// What all axes of a nomogram share.
struct Ruler {
    /// Width of the column of names.
    names: f64,
    /// Where labels may lie.
    limits: (f64, f64),
}

/// A tick with its place and the room its label takes.
struct Placed {
    label: String,
    at: f64,
    left: f64,
    right: f64,
}

impl Ruler {
    /// The axis of points from 0: round numbers with small ticks between them.
    fn numbers(
        &self,
        scene: &mut Scene,
        theme: &Theme,
        y: f64,
        name: &str,
        max: f64,
        scale: Scale,
    ) -> (f64, f64) {
        let ticks = scale::linear_ticks(0.0, max, 10)
            .into_iter()
            .map(|t| NomogramTick {
                label: t.label,
                points: t.value,
            })
            .collect::<Vec<_>>();
        let halves: Vec<f64> = ticks
            .windows(2)
            .map(|w| (w[0].points + w[1].points) / 2.0)
            .collect();
        let whole = NomogramAxis {
            name: name.to_string(),
            categorical: false,
            ticks,
        };
        // The line goes to the end of the axis even where no round number stands there.
        let line = self.line_y(theme, y, &whole.name, 0);
        let last = whole.ticks.last().map_or(0.0, |t| t.points);
        scene.line(
            (scale.position(last), line),
            (scale.position(max), line),
            &theme.axis_stroke(),
        );
        for half in halves {
            let x = scale.position(half);
            scene.line((x, line), (x, line + TICK * 0.6), &theme.axis_stroke());
        }
        self.axis(scene, theme, y, &whole, scale)
    }

    /// Height of an axis line that starts at y and has `above` rows of labels over it.
    fn line_y(&self, theme: &Theme, y: f64, name: &str, above: usize) -> f64 {
        let lines = font::wrap(name, theme.label_size, Weight::Regular, self.names).len();
        let half_name = lines as f64 * theme.label_size * LINE_HEIGHT / 2.0;
        y + half_name
            .max(above as f64 * theme.tick_size * LINE_HEIGHT + TICK)
            .max(4.0)
    }

    /// One axis with its name and labels. Returns the height of its line, and where it ends.
    fn axis(
        &self,
        scene: &mut Scene,
        theme: &Theme,
        y: f64,
        axis: &NomogramAxis,
        scale: Scale,
    ) -> (f64, f64) {
        let size = theme.tick_size;
        let mut ticks = self.places(theme, axis, scale, false);
        let (mut below, mut above) = rows(&ticks, axis.categorical);
        if below.len() > 1 {
            // Far from its tick a label no longer says where it belongs, so its points do.
            ticks = self.places(theme, axis, scale, true);
            (below, above) = rows(&ticks, axis.categorical);
        }
        let line = self.line_y(theme, y, &axis.name, above.len());

        let names = font::wrap(&axis.name, theme.label_size, Weight::Regular, self.names);
        let height = theme.label_size * LINE_HEIGHT;
        let first = line - (names.len() as f64 - 1.0) / 2.0 * height;
        for (i, name) in names.iter().enumerate() {
            let text = Text::new(0.0, first + i as f64 * height, name, theme.label_size);
            scene.text(text.centred().color(theme.ink));
        }
        if let (Some(start), Some(end)) = (ticks.first(), ticks.last()) {
            // A single level still needs a line to be seen on.
            let wide = if end.at - start.at < 1.0 { 1.5 } else { 0.0 };
            let ends = ((start.at - wide, line), (end.at + wide, line));
            scene.line(ends.0, ends.1, &theme.axis_stroke());
        }
        let mut free = f64::NEG_INFINITY;
        for (i, tick) in ticks.iter().enumerate() {
            let labelled = below.iter().any(|row| row.contains(&i));
            // Crowded ticks without a label would run together.
            if labelled || (!axis.categorical && tick.at >= free) {
                scene.line(
                    (tick.at, line),
                    (tick.at, line + TICK),
                    &theme.axis_stroke(),
                );
                free = tick.at + 2.5;
            }
        }
        let mut bottom = line + TICK;
        for (i, row) in below.iter().enumerate() {
            let baseline = line + TICK + 1.0 + i as f64 * size * LINE_HEIGHT + ASCENT * size;
            self.labels(scene, theme, &ticks, row, baseline);
            bottom = baseline + font::DESCENT * size;
        }
        for (i, row) in above.iter().enumerate() {
            for &tick in row {
                let x = ticks[tick].at;
                scene.line((x, line), (x, line - TICK), &theme.axis_stroke());
            }
            let baseline = line - TICK - 1.0 - i as f64 * size * LINE_HEIGHT - font::DESCENT * size;
            self.labels(scene, theme, &ticks, row, baseline);
        }
        let name_end = line + names.len() as f64 * height / 2.0;
        (line, bottom.max(name_end) + 4.0)
    }

    fn labels(
        &self,
        scene: &mut Scene,
        theme: &Theme,
        ticks: &[Placed],
        row: &[usize],
        baseline: f64,
    ) {
        for tick in row.iter().filter_map(|&i| ticks.get(i)) {
            let centre = (tick.left + tick.right) / 2.0;
            let text = Text::new(centre, baseline, &tick.label, theme.tick_size);
            scene.text(text.anchor(Anchor::Middle).color(theme.ink));
        }
    }

    /// The ticks from left to right, with the room each label takes inside the limits. With
    /// `spelled`, the points stand behind each label.
    fn places(
        &self,
        theme: &Theme,
        axis: &NomogramAxis,
        scale: Scale,
        spelled: bool,
    ) -> Vec<Placed> {
        let mut ticks: Vec<Placed> = axis
            .ticks
            .iter()
            .filter(|t| t.points.is_finite())
            .map(|t| {
                let label = if spelled {
                    format!("{} ({})", t.label, number::fixed(t.points, 1))
                } else {
                    t.label.clone()
                };
                let at = scale
                    .position(t.points)
                    .max(self.limits.0 + 4.0)
                    .min(self.limits.1 - 4.0);
                let width = font::text_width(&label, theme.tick_size, Weight::Regular);
                let left = (at - width / 2.0)
                    .min(self.limits.1 - width)
                    .max(self.limits.0);
                Placed {
                    label,
                    at,
                    left,
                    right: left + width,
                }
            })
            .collect();
        ticks.sort_by(|a, b| a.at.total_cmp(&b.at));
        ticks
    }
}
/// Rows of labels below and above the axis line, nearest first, as indices of ticks.
///
/// Numbers get one row below; levels as many rows as they need, below and above in turn.
fn rows(ticks: &[Placed], categorical: bool) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let touches = |a: &Placed, b: &Placed| a.left < b.right + 3.0 && b.left < a.right + 3.0;
    let free = |row: &[usize], tick: &Placed| row.iter().all(|&i| !touches(&ticks[i], tick));
    if !categorical {
        return (vec![numbers(ticks, free)], Vec::new());
    }
    let (mut below, mut above): (Vec<Vec<usize>>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (i, tick) in ticks.iter().enumerate() {
        let mut depth = 0;
        loop {
            for side in [&mut below, &mut above] {
                if side.len() == depth {
                    side.push(Vec::new());
                }
            }
            if free(&below[depth], tick) {
                below[depth].push(i);
                break;
            }
            if free(&above[depth], tick) {
                above[depth].push(i);
                break;
            }
            depth += 1;
        }
    }
    for side in [&mut below, &mut above] {
        side.retain(|row| !row.is_empty());
    }
    (below, above)
}

/// The numbers that are written. Of evenly spaced ones, every second, third ... where all would
/// touch; of others, the two ends and then from the left what has room.
fn numbers(ticks: &[Placed], free: impl Fn(&[usize], &Placed) -> bool) -> Vec<usize> {
    let gaps: Vec<f64> = ticks
        .windows(2)
        .map(|pair| pair[1].at - pair[0].at)
        .collect();
    let even = axis::span(gaps).is_some_and(|(least, most)| most <= least * 1.01);
    if even {
        let spans: Vec<(f64, f64)> = ticks.iter().map(|t| (t.left, t.right)).collect();
        return (0..ticks.len()).step_by(axis::stride(&spans)).collect();
    }
    let mut row: Vec<usize> = Vec::new();
    let last = ticks.len().saturating_sub(1);
    for i in [0, last].into_iter().chain(1..last) {
        if i < ticks.len() && !row.contains(&i) && free(&row, &ticks[i]) {
            row.push(i);
        }
    }
    row
}
