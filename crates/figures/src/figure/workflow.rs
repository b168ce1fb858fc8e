//! The way of a study from images to validated models.

use crate::axis;
use crate::font::{self, ASCENT, LINE_HEIGHT, Weight};
use crate::scene::{Anchor, Bounds, Fill, Point, Scene, Text};
use crate::theme::Theme;

/// Stages from the top to the bottom, and the arrows between their boxes.
#[derive(Clone, Debug, Default)]
pub struct Workflow {
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// Arrows, each to a box of a later stage.
    pub arrows: Vec<Arrow>,
}

/// One stage: boxes side by side.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// What is done, for example "Selection".
    pub label: String,
    /// The boxes, from the left; they do not overlap.
    pub boxes: Vec<StageBox>,
}

/// A box of a stage.
#[derive(Clone, Debug, Default)]
pub struct StageBox {
    /// Heading, for example "T1".
    pub title: String,
    /// What there is or what was found, a paragraph each.
    pub lines: Vec<String>,
    /// Left and right edge as shares of the width that boxes have.
    pub span: (f64, f64),
}

/// An arrow between two boxes, each named by its stage and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Where it starts.
    pub from: (usize, usize),
    /// Where it ends, in a later stage.
    pub to: (usize, usize),
}

const PADDING: f64 = 5.0;
const LABEL_WIDTH: f64 = 66.0;
const GAP: f64 = 16.0;
/// Room kept free on either side of a box.
const ASIDE: f64 = 4.0;

/// Draws the stages as rows of boxes joined by arrows.
#[must_use]
pub fn workflow(data: &Workflow, theme: &Theme) -> Scene {
    let title = "From images to validated models";
    let description = "Rows of boxes joined by arrows: what each stage of the study started from \
                       and what it found.";
    let width = theme.page_width - 2.0 * theme.margin;
    let stages: Vec<&Stage> = data.stages.iter().filter(|s| !s.boxes.is_empty()).collect();
    if stages.len() < data.stages.len() || stages.is_empty() {
        let panel = axis::sentence(theme, width, "", "No stages.");
        return axis::grid(theme, 1, vec![panel], title, description);
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let place = |share: f64| LABEL_WIDTH + share.clamp(0.0, 1.0) * (width - LABEL_WIDTH);
    let mut places: Vec<Vec<Bounds>> = Vec::new();
    let mut y = 1.0;
    for stage in stages {
        let written: Vec<Vec<Line>> = stage
            .boxes
            .iter()
            .map(|one| {
                let room = place(one.span.1) - place(one.span.0) - 2.0 * (ASIDE + PADDING);
                lines(one, theme, room)
            })
            .collect();
        let label = font::wrap(
            &stage.label,
            theme.label_size,
            Weight::Bold,
            LABEL_WIDTH - 6.0,
        );
        let most = written.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let of_boxes = most * theme.tick_size * LINE_HEIGHT + 2.0 * PADDING;
        let of_label = label.len() as f64 * theme.label_size * LINE_HEIGHT;
        let height = of_boxes.max(of_label);
        for (i, content) in label.iter().enumerate() {
            let top = y + (height - of_label) / 2.0;
            let base = top + (i as f64 * LINE_HEIGHT + ASCENT) * theme.label_size;
            let text = Text::new(0.0, base, content.clone(), theme.label_size);
            scene.text(text.bold().color(theme.ink));
        }
        let areas = stage.boxes.iter().zip(written).map(|(one, lines)| {
            let area = Bounds {
                left: place(one.span.0) + ASIDE,
                top: y,
                right: place(one.span.1) - ASIDE,
                bottom: y + height,
            };
            fill(&mut scene, theme, area, &lines);
            area
        });
        places.push(areas.collect());
        y += height + GAP;
    }
    scene.height = y - GAP + 1.0;
    for arrow in &data.arrows {
        let at = |(stage, place): (usize, usize)| places.get(stage)?.get(place).copied();
        if let (Some(from), Some(to)) = (at(arrow.from), at(arrow.to))
            && from.bottom < to.top
        {
            draw_arrow(&mut scene, theme, &corners(from, to));
        }
    }
    axis::grid(theme, 1, vec![scene], title, description)
}

/// A line of a box.
struct Line {
    content: String,
    weight: Weight,
}

fn lines(one: &StageBox, theme: &Theme, room: f64) -> Vec<Line> {
    let head = (!one.title.is_empty()).then_some((&one.title, Weight::Bold));
    let rest = one.lines.iter().map(|line| (line, Weight::Regular));
    head.into_iter()
        .chain(rest)
        .flat_map(|(text, weight)| {
            font::wrap(text, theme.tick_size, weight, room.max(1.0))
                .into_iter()
                .map(move |content| Line { content, weight })
        })
        .collect()
}

/// The box with its lines, in the middle of its height.
fn fill(scene: &mut Scene, theme: &Theme, area: Bounds, lines: &[Line]) {
    let back = Fill {
        color: theme.fill(0),
        opacity: 0.06,
    };
    scene.rect(area, Some(theme.axis_stroke()), Some(back));
    let step = theme.tick_size * LINE_HEIGHT;
    let top = (area.top + area.bottom - lines.len() as f64 * step) / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let text = Text::new(
            (area.left + area.right) / 2.0,
            top + i as f64 * step + ASCENT * theme.tick_size,
            line.content.clone(),
            theme.tick_size,
        );
        let text = text.weight(line.weight).anchor(Anchor::Middle);
        scene.text(text.color(theme.ink));
    }
}

/// From the bottom of one box to the top of another: straight where one lies above the middle of
/// the other, else with a bend close above the second.
fn corners(from: Bounds, to: Bounds) -> Vec<Point> {
    let middle = |area: Bounds| (area.left + area.right) / 2.0;
    let within = |x: f64, area: Bounds| x > area.left && x < area.right;
    let (start, end) = (middle(from), middle(to));
    if within(start, to) {
        return vec![(start, from.bottom), (start, to.top)];
    }
    if within(end, from) {
        return vec![(end, from.bottom), (end, to.top)];
    }
    let bend = to.top - GAP / 2.0;
    vec![
        (start, from.bottom),
        (start, bend),
        (end, bend),
        (end, to.top),
    ]
}

/// A line through corners that ends in an arrow head.
fn draw_arrow(scene: &mut Scene, theme: &Theme, corners: &[Point]) {
    let &[.., (x, tip)] = corners else { return };
    let base = tip - 5.0;
    let mut line = corners[..corners.len() - 1].to_vec();
    line.push((x, base));
    scene.polyline(line, &theme.axis_stroke());
    scene.area(vec![(x, tip), (x - 2.2, base), (x + 2.2, base)], theme.ink);
}
