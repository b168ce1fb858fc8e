//! Forest plots: ratios on a log axis, or areas under the curve on a straight one, with their
//! intervals, between columns of text.

use crate::axis;
use crate::font::{self, LINE_HEIGHT, Weight};
use crate::number::{self, Estimate};
use crate::scale::{self, Scale};
use crate::scene::{Anchor, Bounds, Scene, Stroke, Text};
use crate::theme::{Marker, Theme};

/// What the estimates are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForestKind {
    /// Ratios, above zero, on a log axis; the line at 1 is no effect.
    #[default]
    Ratio,
    /// Areas under the curve, from 0 to 1; the line at 0.5 is chance.
    Area,
}

/// Ratios of several variables, or areas of several groups.
#[derive(Clone, Debug, Default)]
pub struct Forest {
    /// Name of the figure, for example "Multivariable logistic regression".
    pub name: String,
    /// What the estimates are.
    pub kind: ForestKind,
    /// Name of the estimates, for example "Odds ratio".
    pub effect: String,
    /// What the intervals are, for example "95% CI".
    pub interval: String,
    /// Headings of the text columns between the names and the plot, for example "n", "p".
    pub columns: Vec<String>,
    /// The rows, from the top.
    pub rows: Vec<ForestRow>,
}

/// One row of a forest plot.
#[derive(Clone, Debug, Default)]
pub struct ForestRow {
    /// Name of the variable and level.
    pub name: String,
    /// Whether the row is a heading over the rows below: bold, without an estimate.
    pub heading: bool,
    /// One text for each of the columns.
    pub cells: Vec<String>,
    /// The estimate with its interval; `None` for a heading, a reference level, or a group without.
    pub estimate: Option<Estimate>,
}

const COLUMN_GAP: f64 = 8.0;

/// Draws each estimate with its interval; an interval that leaves the axis ends in an arrow.
#[must_use]
pub fn forest(data: &Forest, theme: &Theme) -> Scene {
    let description = match data.kind {
        ForestKind::Ratio => format!(
            "{} of each variable with its interval on a logarithmic axis; the line at 1 is no \
             effect.",
            data.effect
        ),
        ForestKind::Area => format!(
            "{} of each group with its interval; the line at 0.5 is chance.",
            data.effect
        ),
    };
    let width = theme.page_width - 2.0 * theme.margin;
    if data.rows.is_empty() {
        let panel = axis::sentence(theme, width, &data.name, "No variables to show.");
        return axis::grid(theme, 1, vec![panel], &data.name, &description);
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let bottom = draw(&mut scene, data, theme);
    scene.height = bottom;
    axis::grid(theme, 1, vec![scene], &data.name, &description)
}

impl ForestKind {
    /// Whether an estimate can stand on the axis.
    fn is_drawable(self, estimate: &Estimate) -> bool {
        let Estimate { value, low, high } = *estimate;
        let has_place = match self {
            Self::Ratio => value > 0.0 && value.is_finite() && low >= 0.0,
            Self::Area => (0.0..=1.0).contains(&value),
        };
        has_place && high >= value && low <= value
    }

    /// What the column right of the plot says.
    fn written(self, estimate: &Estimate) -> String {
        if !self.is_drawable(estimate) {
            return "not estimable".to_string();
        }
        let Estimate { value, low, high } = *estimate;
        let write = |value: f64| match self {
            Self::Ratio => ratio(value),
            Self::Area => number::fixed(value, 2),
        };
        if self == Self::Area && low == high {
            return write(value);
        }
        format!("{} ({}–{})", write(value), write(low), write(high))
    }

    /// The value of no effect.
    fn reference(self) -> f64 {
        match self {
            Self::Ratio => 1.0,
            Self::Area => 0.5,
        }
    }

    /// The ends of the axis. Ratios: every ratio and 1, and intervals up to a factor of 20 beyond
    /// the ratios. Areas: 0.5 to 1, or from the lowest limit in tenths.
    fn domain(self, rows: &[ForestRow]) -> (f64, f64) {
        let known: Vec<Estimate> = rows
            .iter()
            .filter_map(|row| row.estimate)
            .filter(|estimate| self.is_drawable(estimate))
            .collect();
        let lowest = known.iter().map(|e| e.low).fold(0.5, f64::min);
        if self == Self::Area {
            return ((10.0 * lowest + 1e-9).floor() / 10.0, 1.0);
        }
        let (least, most) =
            axis::span(known.iter().map(|e| e.value).chain([1.0])).unwrap_or((1.0, 1.0));
        let ends = known
            .iter()
            .flat_map(|e| [e.low.max(least / 20.0), e.high.min(most * 20.0)]);
        let (low, high) = axis::span(ends.chain([least, most])).unwrap_or((0.5, 2.0));
        let pad = (high / low).powf(0.04).max(1.05);
        (low / pad, high * pad)
    }
}

/// Two decimals, or two significant digits where those would say nothing or too much.
fn ratio(value: f64) -> String {
    let plain = value == 0.0 || !value.is_finite() || (0.01..1000.0).contains(&value);
    if plain {
        number::fixed(value, 2)
    } else {
        number::significant(value, 2)
    }
}

fn draw(scene: &mut Scene, data: &Forest, theme: &Theme) -> f64 {
    let (size, kind) = (theme.tick_size, data.kind);
    let measure = |text: &str, weight: Weight| font::text_width(text, size, weight);
    let row_weight = |row: &ForestRow| {
        if row.heading {
            Weight::Bold
        } else {
            Weight::Regular
        }
    };

    // Column widths: texts whole on the right, names wrapped to what is left, at most 45 %.
    // The interval stays in one piece: the heading breaks before it.
    let effect_heading = format!(
        "{} {}",
        data.effect,
        font::unbroken(&format!("({})", data.interval))
    );
    let effects = data
        .rows
        .iter()
        .filter_map(|r| r.estimate.as_ref())
        .map(|estimate| kind.written(estimate));
    let effect_width = effects
        .map(|t| measure(&t, Weight::Regular))
        .fold(widest_word(&effect_heading, size), f64::max);
    let cell_widths: Vec<f64> = data
        .columns
        .iter()
        .enumerate()
        .map(|(i, heading)| {
            let cells = data.rows.iter().filter_map(|r| r.cells.get(i));
            let widest = cells
                .map(|c| measure(c, Weight::Regular))
                .fold(0.0, f64::max);
            widest
                .max(widest_word(heading, size))
                .min(scene.width * 0.2)
        })
        .collect();
    let cells_width: f64 = cell_widths.iter().map(|w| w + COLUMN_GAP).sum();
    let fixed = cells_width + effect_width + 2.0 * COLUMN_GAP;
    let names = data
        .rows
        .iter()
        .map(|r| measure(&r.name, row_weight(r)))
        .fold(20.0, f64::max)
        .min(scene.width * 0.45)
        .min((scene.width - fixed - 110.0).max(60.0));
    let mut columns = Vec::new();
    let mut x = names + COLUMN_GAP;
    for w in &cell_widths {
        columns.push((x, *w));
        x += w + COLUMN_GAP;
    }
    let area_left = x + COLUMN_GAP;
    let area_right = (scene.width - effect_width - 2.0 * COLUMN_GAP).max(area_left + 40.0);

    // Headings.
    let mut bottom = 0.0_f64;
    for ((x, w), heading) in columns.iter().zip(&data.columns) {
        bottom = bottom.max(lines(scene, theme, (*x, 0.0), *w, heading, Weight::Bold));
    }
    let effect_x = area_right + 2.0 * COLUMN_GAP;
    let end = lines(
        scene,
        theme,
        (effect_x, 0.0),
        effect_width,
        &effect_heading,
        Weight::Bold,
    );
    let top = bottom.max(end) + 3.0;
    scene.line((0.0, top), (scene.width, top), &theme.axis_stroke());

    let domain = kind.domain(&data.rows);
    let scale = match kind {
        ForestKind::Ratio => Scale::log(domain, (area_left, area_right)),
        ForestKind::Area => Scale::linear(domain, (area_left, area_right)),
    };
    let mut y = top + 3.0;
    let mut marks = Vec::new();
    for row in &data.rows {
        let room = if row.heading { scene.width } else { names };
        let mut end = lines(scene, theme, (0.0, y), room, &row.name, row_weight(row));
        let first = y + 0.5 * size * LINE_HEIGHT;
        if !row.heading {
            for ((x, w), cell) in columns.iter().zip(&row.cells) {
                end = end.max(lines(scene, theme, (*x, y), *w, cell, Weight::Regular));
            }
            if let Some(estimate) = &row.estimate {
                let text = Text::new(effect_x, first, kind.written(estimate), size);
                scene.text(text.centred().color(theme.ink));
                if kind.is_drawable(estimate) {
                    marks.push((first, *estimate));
                }
            }
        }
        y = end + 2.5;
    }
    let area = Bounds {
        left: area_left,
        top,
        right: area_right,
        bottom: y + 1.0,
    };
    let reference = scale.position(kind.reference());
    scene.line(
        (reference, area.top),
        (reference, area.bottom),
        &theme.guide_stroke(),
    );
    for (y, estimate) in marks {
        let ends = match kind {
            // Zero has no place on a log axis.
            ForestKind::Ratio if estimate.low <= 0.0 => f64::NEG_INFINITY,
            _ => scale.position(estimate.low),
        };
        interval(scene, theme, scale, area, y, (&estimate, ends));
    }
    scene.line(
        (area.left, area.bottom),
        (area.right, area.bottom),
        &theme.axis_stroke(),
    );
    let target = ((area.right - area.left) / 28.0).clamp(3.0, 10.0) as usize;
    let ticks = match kind {
        ForestKind::Ratio => scale::log_ticks(domain.0, domain.1, target),
        ForestKind::Area => scale::labelled(scale::pretty(domain.0, domain.1, target.min(5))),
    };
    axis::x_ticks(scene, theme, &ticks, scale, area);
    let centre = (area.left + area.right) / 2.0;
    let below = area.bottom + 5.0 + size * LINE_HEIGHT;
    let room = 2.0 * (scene.width - centre).min(centre);
    let label = match kind {
        ForestKind::Ratio => format!("{} (log scale)", data.effect),
        ForestKind::Area => data.effect.clone(),
    };
    axis::paragraph(scene, theme, (centre, below), room, &label) + 1.0
}

fn widest_word(text: &str, size: f64) -> f64 {
    text.split_whitespace()
        .map(|w| font::text_width(w, size, Weight::Bold))
        .fold(0.0, f64::max)
}

/// Wrapped text from x on, starting at y. Returns where it ends.
fn lines(
    scene: &mut Scene,
    theme: &Theme,
    (x, mut y): (f64, f64),
    width: f64,
    content: &str,
    weight: Weight,
) -> f64 {
    let size = theme.tick_size;
    for line in font::wrap(content, size, weight, width) {
        let text = Text::new(x, y + 0.5 * size * LINE_HEIGHT, line, size).weight(weight);
        scene.text(text.anchor(Anchor::Start).centred().color(theme.ink));
        y += size * LINE_HEIGHT;
    }
    y
}

fn interval(
    scene: &mut Scene,
    theme: &Theme,
    scale: Scale,
    area: Bounds,
    y: f64,
    (estimate, low): (&Estimate, f64),
) {
    let color = theme.series(0).color;
    let high = if estimate.high.is_finite() {
        scale.position(estimate.high)
    } else {
        f64::INFINITY
    };
    let (from, to) = (low.max(area.left), high.min(area.right));
    scene.line((from, y), (to, y), &Stroke::solid(color, 1.0));
    if low < area.left {
        scene.area(
            vec![(from, y), (from + 4.0, y - 2.5), (from + 4.0, y + 2.5)],
            color,
        );
    }
    if high > area.right {
        scene.area(
            vec![(to, y), (to - 4.0, y - 2.5), (to - 4.0, y + 2.5)],
            color,
        );
    }
    axis::marker(
        scene,
        Marker::Square,
        (scale.position(estimate.value), y),
        5.0,
        color,
    );
}
