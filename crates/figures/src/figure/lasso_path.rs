//! The paths of LASSO coefficients.

use crate::axis::{self, Axis, Frame, Height};
use crate::legend::{Entry, Key, legend};
use crate::number;
use crate::scale;
use crate::scene::{Anchor, Bounds, Scene, Stroke, Text};
use crate::theme::Theme;

/// Coefficients along the penalty.
#[derive(Clone, Debug, Default)]
pub struct LassoPath {
    /// Natural logarithm of each penalty lambda, in order (rising or falling).
    pub log_lambda: Vec<f64>,
    /// The path of each feature.
    pub paths: Vec<CoefficientPath>,
    /// ln(lambda.min), marked by a dashed line.
    pub log_lambda_min: Option<f64>,
    /// ln(lambda.1se), marked by a dotted line.
    pub log_lambda_1se: Option<f64>,
}

/// The coefficient of one feature along the penalty.
#[derive(Clone, Debug, Default)]
pub struct CoefficientPath {
    /// Name of the feature.
    pub name: String,
    /// Coefficient at each lambda.
    pub values: Vec<f64>,
    /// Whether the final signature has it: such paths are coloured and named.
    pub selected: bool,
}

/// Draws each coefficient against ln(lambda), with the number of non-zero ones along the top.
#[must_use]
pub fn lasso_path(data: &LassoPath, theme: &Theme) -> Scene {
    let panel = panel(data, theme);
    axis::grid(
        theme,
        1,
        vec![panel],
        "LASSO coefficient paths",
        "Coefficient of each feature against the logarithm of lambda; selected features are \
         coloured; the number of non-zero coefficients stands along the top.",
    )
}

fn panel(data: &LassoPath, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let domain = axis::span(data.log_lambda.iter().copied()).filter(|d| d.1 > d.0);
    let values = axis::span(
        data.paths
            .iter()
            .flat_map(|p| p.values.iter().copied())
            .chain([0.0]),
    );
    let (Some(domain), Some(values), false) = (domain, values, data.paths.is_empty()) else {
        return axis::sentence(theme, width, "", "No LASSO path: fewer than two penalties.");
    };
    let mut scene = Scene::new(width, 0.0, "", "");
    let frame = Frame {
        title: "",
        x: Axis::linear("ln(λ)", axis::padded(domain, 0.02), 6),
        y: Axis::linear("Coefficient", axis::padded(values, 0.05), 6),
        height: Height::Points(theme.plot_height),
        headroom: top_axis_height(theme),
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    let counts: Vec<usize> = (0..data.log_lambda.len())
        .map(|i| {
            let at = data.paths.iter().filter_map(|p| p.values.get(i));
            at.filter(|v| v.is_finite() && **v != 0.0).count()
        })
        .collect();
    top_axis(&mut scene, theme, &plot, &data.log_lambda, &counts);
    plot.line(
        &mut scene,
        [(domain.0, 0.0), (domain.1, 0.0)],
        &Stroke::solid(theme.muted, 0.5),
    );
    let mut entries = lambda_lines(
        &mut scene,
        theme,
        &plot,
        data.log_lambda_min,
        data.log_lambda_1se,
    );
    let pairs = |p: &CoefficientPath| -> Vec<(f64, f64)> {
        data.log_lambda
            .iter()
            .copied()
            .zip(p.values.iter().copied())
            .collect()
    };
    let others = Stroke::solid(theme.muted, 0.5);
    for path in data.paths.iter().filter(|p| !p.selected) {
        plot.line(&mut scene, pairs(path), &others);
    }
    for (i, path) in data.paths.iter().filter(|p| p.selected).enumerate() {
        let stroke = theme.series(i).stroke;
        plot.line(&mut scene, pairs(path), &stroke);
        entries.push(Entry::new(Key::Line(stroke), &path.name));
    }
    if data.paths.iter().any(|p| !p.selected) {
        entries.push(Entry::new(Key::Line(others), "Not selected"));
    }
    let bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    axis::closed(scene, bottom)
}

/// Room that [`top_axis`] needs above a plot.
pub(super) fn top_axis_height(theme: &Theme) -> f64 {
    2.0 * theme.tick_size * 1.25 + 2.0
}

/// The number of non-zero coefficients at round places along the top of a plot.
pub(super) fn top_axis(
    scene: &mut Scene,
    theme: &Theme,
    plot: &axis::Plot,
    log_lambda: &[f64],
    counts: &[usize],
) {
    let size = theme.tick_size;
    let area: Bounds = plot.area;
    let Some((low, high)) = axis::span(log_lambda.iter().copied()) else {
        return;
    };
    for at in scale::pretty(low, high, 6) {
        // The penalty nearest to the tick stands for it.
        let nearest = log_lambda
            .iter()
            .zip(counts)
            .filter(|(l, _)| l.is_finite())
            .min_by(|a, b| (a.0 - at).abs().total_cmp(&(b.0 - at).abs()));
        let Some((_, count)) = nearest else { continue };
        let x = plot.x.position(at);
        scene.line((x, area.top), (x, area.top - 2.5), &theme.axis_stroke());
        let text = Text::new(x, area.top - 4.5, count.to_string(), size);
        scene.text(text.anchor(Anchor::Middle).color(theme.ink));
    }
    scene.line(
        (area.left, area.top),
        (area.right, area.top),
        &theme.axis_stroke(),
    );
    let centre = (area.left + area.right) / 2.0;
    let name = Text::new(
        centre,
        area.top - 4.5 - 1.25 * size,
        "Non-zero coefficients",
        size,
    );
    scene.text(name.anchor(Anchor::Middle).color(theme.ink));
}

/// The lines of lambda.min and lambda.1se and their entries in the legend.
pub(super) fn lambda_lines(
    scene: &mut Scene,
    theme: &Theme,
    plot: &axis::Plot,
    minimum: Option<f64>,
    one_se: Option<f64>,
) -> Vec<Entry> {
    let marks = [
        ("lambda.min", minimum, [4.0, 2.0]),
        ("lambda.1se", one_se, [1.2, 1.6]),
    ];
    let mut entries = Vec::new();
    for (name, at, dash) in marks {
        let Some(at) = at.filter(|v| v.is_finite()) else {
            continue;
        };
        let stroke = Stroke::solid(theme.ink, 0.8).dashed(&dash);
        let x = plot.x.position(at);
        if (plot.area.left - 0.01..=plot.area.right + 0.01).contains(&x) {
            scene.line((x, plot.area.top), (x, plot.area.bottom), &stroke);
        }
        let label = format!("{name}: λ = {}", number::significant(at.exp(), 3));
        entries.push(Entry::new(Key::Line(stroke), label));
    }
    entries
}
