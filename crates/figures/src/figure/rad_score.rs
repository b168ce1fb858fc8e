//! The rad-score of every patient.

use crate::axis::{self, Axis, Frame, Height};
use crate::legend::{Entry, Key, legend};
use crate::number;
use crate::scale::Category;
use crate::scene::{Bounds, Scene};
use crate::theme::Theme;

/// One bar for each patient, a panel for each set of patients.
#[derive(Clone, Debug, Default)]
pub struct RadScore {
    /// Name of the score, for example "Rad-score".
    pub label: String,
    /// Names of the true classes; a patient's `class` counts into them from 0.
    pub classes: Vec<String>,
    /// The score that divides the patients; bars rise and fall from it (without one, from 0).
    pub cutoff: Option<f64>,
    /// One panel for each set of patients, in reading order.
    pub panels: Vec<RadScorePanel>,
}

/// The scores of one set of patients.
#[derive(Clone, Debug, Default)]
pub struct RadScorePanel {
    /// Heading, for example "Training (n = 109)".
    pub name: String,
    /// The patients, in any order.
    pub patients: Vec<RadScorePatient>,
}

/// The score of one patient.
#[derive(Clone, Copy, Debug, Default)]
pub struct RadScorePatient {
    /// The score; a patient without one is counted in a note.
    pub score: f64,
    /// The true class, an index into `classes`.
    pub class: usize,
}

/// Draws the scores in rising order, coloured by true class, from the cut-off up and down.
#[must_use]
pub fn rad_score(data: &RadScore, theme: &Theme) -> Scene {
    let cutoff = data.cutoff.filter(|c| c.is_finite());
    let base = cutoff.unwrap_or(0.0);
    let scores = data
        .panels
        .iter()
        .flat_map(|p| p.patients.iter().map(|p| p.score));
    // One y axis for all panels, so that they can be compared.
    let domain = axis::span(scores.chain([base])).map(|s| axis::padded(s, 0.04));
    let panels = data
        .panels
        .iter()
        .map(|p| panel(p, data, domain.unwrap_or((-1.0, 1.0)), theme))
        .collect();
    super::figure(
        theme,
        panels,
        &data.label,
        "One bar for each patient in rising order of the score, coloured by true class. Bars rise \
         and fall from the cut-off.",
    )
}

fn panel(data: &RadScorePanel, all: &RadScore, domain: (f64, f64), theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let mut patients: Vec<RadScorePatient> = data
        .patients
        .iter()
        .copied()
        .filter(|p| p.score.is_finite())
        .collect();
    if patients.is_empty() {
        return axis::sentence(theme, width, &data.name, "No patient has a score.");
    }
    patients.sort_by(|a, b| a.score.total_cmp(&b.score));
    let mut scene = Scene::new(width, 0.0, "", "");
    let x = format!("Patients in order of {}", all.label);
    let frame = Frame {
        title: &data.name,
        x: Axis {
            label: x,
            domain: (0.0, 1.0),
            ticks: Vec::new(),
            log: false,
        },
        y: Axis::linear(&all.label, domain, 6),
        height: Height::Points(theme.plot_height),
        headroom: 0.0,
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    let cutoff = all.cutoff.filter(|c| c.is_finite());
    let base = plot.y.position(cutoff.unwrap_or(0.0));
    // Under the bars: patients close to the cut-off have hardly any bar to show.
    scene.line(
        (plot.area.left, base),
        (plot.area.right, base),
        &theme.guide_stroke(),
    );
    // A gap at each end keeps the first bar off the axis.
    let slots = Category::new(
        patients.len(),
        (plot.area.left + 2.0, plot.area.right - 1.0),
    );
    let half = (slots.step() * 0.42).min(9.0);
    for (i, patient) in patients.iter().enumerate() {
        let (centre, end) = (slots.position(i), plot.y.position(patient.score));
        // A bar of no height would hide a patient who lies on the cut-off.
        let (top, bottom) = (base.min(end) - 0.4, base.max(end) + 0.4);
        let bar = Bounds {
            left: centre - half,
            top,
            right: centre + half,
            bottom,
        };
        scene.rect(bar, None, Some(theme.fill(patient.class).into()));
    }

    let mut entries: Vec<Entry> = all
        .classes
        .iter()
        .enumerate()
        .map(|(class, name)| {
            let count = patients.iter().filter(|p| p.class == class).count();
            Entry::new(
                Key::Swatch(theme.fill(class)),
                format!("{name} (n = {count})"),
            )
        })
        .collect();
    if let Some(cutoff) = cutoff {
        let label = format!("Cut-off {}", number::significant(cutoff, 3));
        entries.push(Entry::new(Key::Line(theme.guide_stroke()), label));
    }
    let mut bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    let without = data.patients.len() - patients.len();
    if without > 0 {
        let note = format!("Not shown, without a score: {without}");
        bottom = axis::notes(&mut scene, theme, (0.0, bottom), width, &[note]);
    }
    axis::closed(scene, bottom)
}
