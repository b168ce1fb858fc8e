//! Multinomial logistic regression, kept finite, with a draw of its coefficients.

use super::chance::{normal, uniform};
use super::column::estimable;
use super::error::ImputationError;
use super::linear::linear_predictor;
use nalgebra::{DMatrix, DVector};
use rand_chacha::rand_core::RngCore;

/// Newton steps before giving up.
const MAX_STEPS: usize = 100;
/// Accepted last change of a linear predictor.
const ACCEPTED_STEP: f64 = 1e-10;
/// Halvings of a step that would lose likelihood.
const MOST_HALVINGS: usize = 30;

/// Log-odds of each class against the first, linear in the columns. With two classes it is the
/// logistic model.
#[derive(Debug, Clone, PartialEq)]
pub struct MultinomialModel {
    columns: usize,
    kept: Vec<usize>,
    means: Vec<f64>,
    scales: Vec<f64>,
    /// By class but the first: intercept and coefficients of the kept, standardised columns.
    estimate: DVector<f64>,
    /// Cholesky factor L of the information: the covariance is (L L')^-1.
    factor: DMatrix<f64>,
    width: usize,
}

/// A row, its class and its weight.
struct Rows {
    z: DMatrix<f64>,
    class: Vec<usize>,
    weight: Vec<f64>,
}

impl MultinomialModel {
    /// Fits classes counted from 0 on the columns of `x` by maximum likelihood.
    ///
    /// So that a class that the columns part from the others without error keeps finite estimates,
    /// light rows are added as mice does (White, Daniel and Royston, Comput Stat Data Anal
    /// 2010;54:2267): for each column one half of its standard deviation above and below its mean,
    /// within its range, the others at their mean, once for each class; their weights sum to the
    /// number of columns plus 1. Columns that are constant or combinations of earlier ones have
    /// coefficients of 0.
    ///
    /// # Errors
    /// Lengths that differ, a class without a row, steps that do not settle.
    pub fn fit(x: &DMatrix<f64>, class: &[usize], classes: usize) -> Result<Self, ImputationError> {
        let n = class.len();
        if x.nrows() != n {
            return Err(ImputationError::Length {
                what: "the classes",
                found: n,
                expected: x.nrows(),
            });
        }
        if classes < 2 || (0..classes).any(|one| !class.contains(&one)) {
            return Err(ImputationError::NothingKnown { column: 0 });
        }
        let kept = estimable(x, n.saturating_sub(3));
        let mut z = x.select_columns(&kept);
        let (mut means, mut scales) = (Vec::new(), Vec::new());
        for mut column in z.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
            let scale = (column.norm_squared() / (n - 1) as f64).sqrt();
            column /= scale;
            means.push(mean);
            scales.push(scale);
        }
        let rows = augmented(&z, class, classes);
        let width = kept.len() + 1;
        let (estimate, factor) = newton(&rows, classes, width)?;
        Ok(Self {
            columns: x.ncols(),
            kept,
            means,
            scales,
            estimate,
            factor,
            width,
        })
    }

    /// By class but the first, intercept and a coefficient for each column.
    #[must_use]
    pub fn coefficients(&self) -> Vec<Vec<f64>> {
        self.unstandardized(&self.estimate)
    }

    /// Coefficients drawn from the normal approximation of their posterior, N(estimate, inverse
    /// information).
    pub fn draw(&self, rng: &mut impl RngCore) -> Vec<Vec<f64>> {
        let z = DVector::from_fn(self.estimate.len(), |_, _| normal(rng));
        // With L L' the information, L'^-1 z has its inverse as covariance. The diagonal of a
        // Cholesky factor has no zero.
        let noise = self
            .factor
            .tr_solve_lower_triangular(&z)
            .unwrap_or_else(|| DVector::zeros(z.len()));
        self.unstandardized(&(&self.estimate + noise))
    }

    fn unstandardized(&self, estimate: &DVector<f64>) -> Vec<Vec<f64>> {
        let of_class = |class: &[f64]| {
            let mut all = vec![0.0; self.columns + 1];
            all[0] = class[0];
            for (place, &column) in self.kept.iter().enumerate() {
                let slope = class[place + 1] / self.scales[place];
                all[column + 1] = slope;
                all[0] -= slope * self.means[place];
            }
            all
        };
        estimate
            .as_slice()
            .chunks(self.width)
            .map(of_class)
            .collect()
    }
}

/// The rows with the light ones of White, Daniel and Royston; columns are standardised, so a
/// mean is 0 and a standard deviation 1.
fn augmented(z: &DMatrix<f64>, class: &[usize], classes: usize) -> Rows {
    let (n, columns) = z.shape();
    let added = 2 * columns * classes;
    let mut rows = Rows {
        z: z.clone().resize_vertically(n + added, 0.0),
        class: class.to_vec(),
        weight: vec![1.0; n],
    };
    let weight = (columns + 1) as f64 / added as f64;
    let mut row = n;
    for column in 0..columns {
        let values = z.column(column);
        for one in 0..classes {
            for side in [0.5, -0.5] {
                rows.z[(row, column)] = f64::clamp(side, values.min(), values.max());
                rows.class.push(one);
                rows.weight.push(weight);
                row += 1;
            }
        }
    }
    rows.z = std::mem::take(&mut rows.z).insert_column(0, 1.0);
    rows
}

/// Estimates and the Cholesky factor of the information there.
fn newton(
    rows: &Rows,
    classes: usize,
    width: usize,
) -> Result<(DVector<f64>, DMatrix<f64>), ImputationError> {
    let size = (classes - 1) * width;
    let failed = |iterations| ImputationError::NotConverged { iterations };
    let mut estimate = DVector::<f64>::zeros(size);
    let (mut likelihood, mut probability) = probabilities_of(rows, &estimate, width);
    for iteration in 0..MAX_STEPS {
        let (score, information) = score_and_information(rows, &probability, width);
        let factor = information.cholesky().ok_or(failed(iteration))?;
        let step = factor.solve(&score);
        let change = (0..classes - 1)
            .map(|one| (&rows.z * step.rows(one * width, width)).amax())
            .fold(0.0, f64::max);
        if change < ACCEPTED_STEP {
            return Ok((estimate + step, factor.unpack()));
        }
        let mut share = 1.0;
        for _ in 0..MOST_HALVINGS {
            let next = &estimate + share * &step;
            let found = probabilities_of(rows, &next, width);
            // At the top the gain is lost in rounding.
            if found.0 >= likelihood - 1e-9 * likelihood.abs() {
                (estimate, (likelihood, probability)) = (next, found);
                break;
            }
            share /= 2.0;
        }
    }
    Err(failed(MAX_STEPS))
}

/// Log-likelihood, and the probability of each class but the first of each row.
fn probabilities_of(rows: &Rows, estimate: &DVector<f64>, width: usize) -> (f64, DMatrix<f64>) {
    let classes = estimate.len() / width;
    let mut eta = DMatrix::zeros(rows.z.nrows(), classes);
    for one in 0..classes {
        eta.set_column(one, &(&rows.z * estimate.rows(one * width, width)));
    }
    let mut likelihood = 0.0;
    for (row, mut eta) in eta.row_iter_mut().enumerate() {
        let largest = eta.iter().copied().fold(0.0, f64::max);
        let own = match rows.class[row] {
            0 => 0.0,
            class => eta[class - 1],
        };
        let sum = (-largest).exp() + eta.iter().map(|eta| (eta - largest).exp()).sum::<f64>();
        likelihood += rows.weight[row] * (own - largest - sum.ln());
        eta.apply(|eta| *eta = (*eta - largest).exp() / sum);
    }
    (likelihood, eta)
}

fn score_and_information(
    rows: &Rows,
    probability: &DMatrix<f64>,
    width: usize,
) -> (DVector<f64>, DMatrix<f64>) {
    let classes = probability.ncols();
    let mut score = DVector::zeros(classes * width);
    let mut information = DMatrix::zeros(classes * width, classes * width);
    for a in 0..classes {
        let residual = DVector::from_fn(rows.z.nrows(), |row, _| {
            let is = f64::from(u8::from(rows.class[row] == a + 1));
            rows.weight[row] * (is - probability[(row, a)])
        });
        score
            .rows_mut(a * width, width)
            .copy_from(&rows.z.tr_mul(&residual));
        for b in 0..=a {
            let mut weighted = rows.z.clone();
            for (row, mut values) in weighted.row_iter_mut().enumerate() {
                let same = f64::from(u8::from(a == b));
                values *= rows.weight[row] * probability[(row, a)] * (same - probability[(row, b)]);
            }
            let block = rows.z.tr_mul(&weighted);
            information
                .view_mut((b * width, a * width), (width, width))
                .copy_from(&block.transpose());
            information
                .view_mut((a * width, b * width), (width, width))
                .copy_from(&block);
        }
    }
    (score, information)
}

/// Probability of each class, the first included, of a row.
pub(super) fn class_probabilities<'a>(
    coefficients: &[Vec<f64>],
    row: impl Iterator<Item = &'a f64> + Clone,
) -> Vec<f64> {
    let eta: Vec<f64> = std::iter::once(0.0)
        .chain(
            coefficients
                .iter()
                .map(|b| linear_predictor(b, row.clone())),
        )
        .collect();
    let largest = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = eta.iter().map(|eta| (eta - largest).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.into_iter().map(|odds| odds / sum).collect()
}

/// A class drawn by its probabilities.
pub(super) fn draw_class(probabilities: &[f64], rng: &mut impl RngCore) -> usize {
    let drawn = uniform(rng);
    let mut sum = 0.0;
    for (class, probability) in probabilities.iter().enumerate() {
        sum += probability;
        if drawn < sum {
            return class;
        }
    }
    // Rounding left the sum below the draw.
    probabilities.len() - 1
}
