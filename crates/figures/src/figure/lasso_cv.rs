//! The cross-validated error along the LASSO penalty.

use super::lasso_path;
use crate::axis::{self, Axis, Frame, Height};
use crate::legend::legend;
use crate::scene::{Scene, Stroke};
use crate::theme::{Marker, Theme};

/// Cross-validated error along the penalty.
#[derive(Clone, Debug, Default)]
pub struct LassoCv {
    /// Name of the error, for example "Binomial deviance".
    pub measure: String,
    /// Natural logarithm of each penalty lambda.
    pub log_lambda: Vec<f64>,
    /// Mean error over the folds at each lambda (glmnet's `cvm`).
    pub mean: Vec<f64>,
    /// Standard error of the mean at each lambda (glmnet's `cvsd`).
    pub standard_error: Vec<f64>,
    /// Number of non-zero coefficients at each lambda.
    pub nonzero: Vec<usize>,
    /// ln(lambda.min), marked by a dashed line.
    pub log_lambda_min: Option<f64>,
    /// ln(lambda.1se), marked by a dotted line.
    pub log_lambda_1se: Option<f64>,
}

/// Draws the mean error with bars of one standard error against ln(lambda).
#[must_use]
pub fn lasso_cv(data: &LassoCv, theme: &Theme) -> Scene {
    let panel = panel(data, theme);
    axis::grid(
        theme,
        1,
        vec![panel],
        "LASSO cross-validation",
        "Cross-validated error against the logarithm of lambda with one standard error to each \
         side; lines mark lambda.min and lambda.1se.",
    )
}

fn panel(data: &LassoCv, theme: &Theme) -> Scene {
    let width = theme.panel_width;
    let rows: Vec<(f64, f64, f64)> = data
        .log_lambda
        .iter()
        .zip(&data.mean)
        .enumerate()
        .map(|(i, (&l, &m))| {
            (
                l,
                m,
                data.standard_error.get(i).copied().unwrap_or(f64::NAN),
            )
        })
        .filter(|(l, m, _)| l.is_finite() && m.is_finite())
        .collect();
    let domain = axis::span(rows.iter().map(|r| r.0)).filter(|d| d.1 > d.0);
    let limits = rows.iter().flat_map(|&(_, m, se)| [m, m - se, m + se]);
    let (Some(domain), Some(errors)) = (domain, axis::span(limits)) else {
        return axis::sentence(
            theme,
            width,
            "",
            "No cross-validation: fewer than two penalties.",
        );
    };
    let mut scene = Scene::new(width, 0.0, "", "");
    let frame = Frame {
        title: "",
        x: Axis::linear("ln(λ)", axis::padded(domain, 0.02), 6),
        y: Axis::linear(&data.measure, axis::padded(errors, 0.05), 6),
        height: Height::Points(theme.plot_height),
        headroom: lasso_path::top_axis_height(theme),
    };
    let plot = axis::plot(&mut scene, theme, &frame);
    if data.nonzero.len() == data.log_lambda.len() {
        lasso_path::top_axis(&mut scene, theme, &plot, &data.log_lambda, &data.nonzero);
    }
    let entries = lasso_path::lambda_lines(
        &mut scene,
        theme,
        &plot,
        data.log_lambda_min,
        data.log_lambda_1se,
    );
    let bar = Stroke::solid(theme.muted, 0.5);
    for &(l, mean, se) in rows.iter().filter(|r| r.2.is_finite()) {
        plot.line(&mut scene, [(l, mean - se), (l, mean + se)], &bar);
        let x = plot.x.position(l);
        for end in [mean - se, mean + se] {
            let y = plot.y.position(end);
            scene.line((x - 1.0, y), (x + 1.0, y), &bar);
        }
    }
    let color = theme.series(1).color;
    for &(l, mean, _) in &rows {
        axis::marker(&mut scene, Marker::Circle, plot.at(l, mean), 2.4, color);
    }
    let bottom = legend(&mut scene, theme, (0.0, plot.bottom + 3.0), width, &entries);
    axis::closed(scene, bottom)
}
