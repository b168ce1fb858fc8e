//! The flow of patients through a study.

use crate::axis;
use crate::font::{self, ASCENT, LINE_HEIGHT, Weight};
use crate::scene::{Anchor, Bounds, Point, Scene, Text};
use crate::theme::Theme;

/// Patients from enrolment to the sets that are analysed.
#[derive(Clone, Debug, Default)]
pub struct CohortFlow {
    /// Those looked at, for example "Patients enrolled".
    pub enrolled: FlowCount,
    /// Reasons for exclusion with their counts; their sum stands above them.
    pub excluded: Vec<FlowCount>,
    /// Those that remain, for example "Patients included".
    pub included: FlowCount,
    /// The sets they are divided into, from the left.
    pub splits: Vec<FlowSplit>,
}

/// A number of patients and what they are.
#[derive(Clone, Debug, Default)]
pub struct FlowCount {
    /// What they are.
    pub label: String,
    /// How many.
    pub count: usize,
}

/// One set of patients and its classes.
#[derive(Clone, Debug, Default)]
pub struct FlowSplit {
    /// The set, for example "Training cohort, centre A".
    pub label: String,
    /// How many.
    pub count: usize,
    /// How many of each class.
    pub classes: Vec<FlowCount>,
}

const PADDING: f64 = 6.0;
const ARROW: f64 = 20.0;

/// A line of a box.
struct Line {
    content: String,
    weight: Weight,
}

/// Draws boxes joined by arrows: enrolled, excluded with reasons, included, sets by class.
#[must_use]
pub fn cohort_flow(data: &CohortFlow, theme: &Theme) -> Scene {
    let title = "Flow of patients";
    let description = "Boxes joined by arrows: patients enrolled, excluded with reasons, included, \
                       and divided into sets by class.";
    let width = theme.page_width - 2.0 * theme.margin;
    if data.enrolled.label.is_empty() && data.splits.is_empty() {
        let panel = axis::sentence(theme, width, "", "No patients.");
        return axis::grid(theme, 1, vec![panel], title, description);
    }
    let mut scene = Scene::new(width, 0.0, "", "");
    let main = width * 0.42;
    let centre = main / 2.0;

    // The first box, then the excluded to the right of the arrow that leaves it.
    let mut y = boxed(
        &mut scene,
        theme,
        (0.0, 1.0),
        main,
        &[headed(&data.enrolled)],
        true,
    );
    if !data.excluded.is_empty() {
        let total: usize = data.excluded.iter().map(|e| e.count).sum();
        let mut lines = vec![Line {
            content: format!("Excluded (n = {total})"),
            weight: Weight::Bold,
        }];
        lines.extend(data.excluded.iter().map(counted));
        let side = main + 40.0;
        let top = y + 8.0;
        let bottom = boxed(
            &mut scene,
            theme,
            (side, top),
            width - side - 1.0,
            &lines,
            false,
        );
        let middle = (top + bottom) / 2.0;
        arrow(&mut scene, theme, &[(centre, middle), (side, middle)]);
        arrow(&mut scene, theme, &[(centre, y), (centre, bottom + 8.0)]);
        y = bottom + 8.0;
    } else {
        arrow(&mut scene, theme, &[(centre, y), (centre, y + ARROW)]);
        y += ARROW;
    }
    y = boxed(
        &mut scene,
        theme,
        (0.0, y),
        main,
        &[headed(&data.included)],
        true,
    );

    let count = data.splits.len();
    if count > 0 {
        let gap = 12.0;
        let share = (width - gap * (count as f64 - 1.0)) / count as f64;
        let each = if count == 1 { main } else { share };
        let fork = y + ARROW / 2.0;
        let top = y + ARROW;
        let left = |i: usize| i as f64 * (each + gap);
        let mut bottom = top;
        for (i, split) in data.splits.iter().enumerate() {
            let head = FlowCount {
                label: split.label.clone(),
                count: split.count,
            };
            let mut lines = vec![headed(&head)];
            lines.extend(split.classes.iter().map(counted));
            bottom = bottom.max(boxed(&mut scene, theme, (left(i), top), each, &lines, true));
            let x = left(i) + each / 2.0;
            let corners = [(centre, y), (centre, fork), (x, fork), (x, top)];
            arrow(&mut scene, theme, &corners);
        }
        y = bottom;
    }
    scene.height = y + 1.0;
    axis::grid(theme, 1, vec![scene], title, description)
}

fn headed(count: &FlowCount) -> Line {
    Line {
        content: format!("{} (n = {})", count.label, count.count),
        weight: Weight::Bold,
    }
}

fn counted(count: &FlowCount) -> Line {
    Line {
        content: format!("{} (n = {})", count.label, count.count),
        weight: Weight::Regular,
    }
}

/// A box as high as its wrapped lines. Returns where it ends.
fn boxed(
    scene: &mut Scene,
    theme: &Theme,
    (x, top): Point,
    width: f64,
    lines: &[Line],
    centred: bool,
) -> f64 {
    let size = theme.label_size;
    let room = width - 2.0 * PADDING;
    let mut y = top + PADDING;
    for line in lines {
        // The second and further lines of a reason are set in, so that reasons stay apart.
        let indent = if centred || line.weight == Weight::Bold {
            0.0
        } else {
            8.0
        };
        let wrapped = font::wrap(&line.content, size, line.weight, room - indent);
        for (i, content) in wrapped.into_iter().enumerate() {
            let (x, anchor) = if centred {
                (x + width / 2.0, Anchor::Middle)
            } else {
                (
                    x + PADDING + if i > 0 { indent } else { 0.0 },
                    Anchor::Start,
                )
            };
            let text = Text::new(x, y + ASCENT * size, content, size).weight(line.weight);
            scene.text(text.anchor(anchor).color(theme.ink));
            y += size * LINE_HEIGHT;
        }
        y += 1.0;
    }
    let bottom = y + PADDING - 1.0;
    let area = Bounds {
        left: x + 0.4,
        top,
        right: x + width - 0.4,
        bottom,
    };
    scene.rect(area, Some(theme.axis_stroke()), None);
    bottom
}

/// A line through corners that ends in an arrow head.
fn arrow(scene: &mut Scene, theme: &Theme, corners: &[Point]) {
    let &[.., from, to] = corners else { return };
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length < 1e-9 {
        return;
    }
    let (ux, uy) = (dx / length, dy / length);
    let base = (to.0 - 5.0 * ux, to.1 - 5.0 * uy);
    let mut line = corners[..corners.len() - 1].to_vec();
    line.push(base);
    scene.polyline(line, &theme.axis_stroke());
    let side = |s: f64| (base.0 - s * 2.2 * uy, base.1 + s * 2.2 * ux);
    scene.area(vec![to, side(1.0), side(-1.0)], theme.ink);
}
