//! What must hold of an elastic net on any data: its optimality conditions, written out from the
//! definition, and what changes nothing.

use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNet, ElasticNetOptions, ElasticNetOutcome, LambdaPath,
    cross_validate_elastic_net, elastic_net,
};
use radiome_stats::resampling::{seeded, shuffle};
use radiome_stats::survival::{CoxTies, cox_regression};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// A feature table with an outcome of each family.
#[derive(Clone)]
struct Sample {
    x: DMatrix<f64>,
    continuous: Vec<f64>,
    class: Vec<f64>,
    time: Vec<f64>,
    event: Vec<bool>,
}

const FAMILIES: [&str; 3] = ["gaussian", "binomial", "cox"];

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Sample {
    /// Correlated features with few distinct values, one of them twice and one constant; outcomes
    /// that depend on the first features; times with many ties.
    fn draw(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Self {
        let shared: Vec<f64> = (0..rows).map(|_| uniform(rng)).collect();
        let mut x = DMatrix::from_fn(rows, columns, |i, j| {
            let value = 0.3 * shared[i] + uniform(rng);
            (value * 20.0).round() * 10_f64.powi(j as i32 % 5 - 2)
        });
        let copy = x.column(0).into_owned();
        x.set_column(2, &copy);
        x.column_mut(3).fill(-4.2);
        let signal: Vec<f64> = (0..rows)
            .map(|i| 40.0 * x[(i, 0)] - 2.0 * x[(i, 1)] + 10.0 * uniform(rng) - 5.0)
            .collect();
        let mean = signal.iter().sum::<f64>() / rows as f64;
        Self {
            class: signal
                .iter()
                .map(|s| f64::from(s - mean > 8.0 * (uniform(rng) - 0.5)))
                .collect(),
            time: signal
                .iter()
                .map(|s| (30.0 * uniform(rng) * (-(s - mean) / 20.0).exp()).ceil())
                .collect(),
            event: (0..rows).map(|_| uniform(rng) < 0.6).collect(),
            continuous: signal,
            x,
        }
    }

    fn outcome(&self, family: &str) -> ElasticNetOutcome<'_> {
        match family {
            "gaussian" => ElasticNetOutcome::Gaussian(&self.continuous),
            "binomial" => ElasticNetOutcome::Binomial(&self.class),
            _ => ElasticNetOutcome::Cox {
                time: &self.time,
                event: &self.event,
            },
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        let of = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&i| values[i]).collect() };
        Self {
            x: self.x.select_rows(rows),
            continuous: of(&self.continuous),
            class: of(&self.class),
            time: of(&self.time),
            event: rows.iter().map(|&i| self.event[i]).collect(),
        }
    }

    fn fit(&self, family: &str, options: &ElasticNetOptions) -> ElasticNet {
        elastic_net(&self.x, &self.outcome(family), options)
            .unwrap_or_else(|error| panic!("{family} {options:?}: {error}"))
    }

    /// Minus the derivative of the loss by each linear predictor, over weights that sum to one.
    fn residual(&self, family: &str, eta: &[f64], weight: &[f64]) -> Vec<f64> {
        let n = eta.len();
        match family {
            "gaussian" => (0..n)
                .map(|i| weight[i] * (self.continuous[i] - eta[i]))
                .collect(),
            "binomial" => (0..n)
                .map(|i| weight[i] * (self.class[i] - 1.0 / (1.0 + (-eta[i]).exp())))
                .collect(),
            _ => {
                let mut out = vec![0.0; n];
                for event in (0..n).filter(|&i| self.event[i]) {
                    let at_risk: Vec<usize> = (0..n)
                        .filter(|&j| self.time[j] >= self.time[event])
                        .collect();
                    let share = |j: usize| weight[j] * (eta[j] - eta[event]).exp();
                    let sum: f64 = at_risk.iter().map(|&j| share(j)).sum();
                    out[event] += weight[event];
                    for j in at_risk {
                        out[j] -= weight[event] * share(j) / sum;
                    }
                }
                out
            }
        }
    }

    /// Largest violation of the optimality conditions at one penalty, by the definition.
    fn violation(
        &self,
        family: &str,
        path: &ElasticNet,
        k: usize,
        options: &ElasticNetOptions,
    ) -> f64 {
        let (n, p) = self.x.shape();
        let mut weight = options.weights.clone().unwrap_or_else(|| vec![1.0; n]);
        let total: f64 = weight.iter().sum();
        weight.iter_mut().for_each(|w| *w /= total);
        let mut factor = options
            .penalty_factor
            .clone()
            .unwrap_or_else(|| vec![1.0; p]);
        let total: f64 = factor.iter().sum();
        factor.iter_mut().for_each(|f| *f *= p as f64 / total);
        let deviation = |values: &[f64]| {
            let mean: f64 = values.iter().zip(&weight).map(|(v, w)| w * v).sum();
            let square = |(v, w): (&f64, &f64)| w * (v - mean) * (v - mean);
            values.iter().zip(&weight).map(square).sum::<f64>().sqrt()
        };
        let unit = if family == "gaussian" {
            deviation(&self.continuous)
        } else {
            1.0
        };
        let eta = path.linear_predictor(&self.x, k).unwrap();
        let residual = self.residual(family, &eta, &weight);
        let mut worst = if family == "cox" {
            0.0
        } else {
            residual.iter().sum::<f64>().abs()
        };
        for (j, factor) in factor.iter().enumerate() {
            let column: Vec<f64> = self.x.column(j).iter().copied().collect();
            let sd = deviation(&column);
            let coefficient = path.coefficients[k][j];
            if sd < 1e-9 {
                assert_eq!(coefficient, 0.0);
                continue;
            }
            let scale = if options.standardize { sd } else { 1.0 };
            let mean: f64 = column.iter().zip(&weight).map(|(v, w)| w * v).sum();
            let slope: f64 = column
                .iter()
                .zip(&residual)
                .map(|(v, r)| (v - mean) / scale * r)
                .sum();
            let b = coefficient * scale;
            let l1 = options.alpha * path.lambda[k] * factor;
            let l2 = (1.0 - options.alpha) * path.lambda[k] / unit * factor;
            let beyond = if b == 0.0 {
                slope.abs() - l1
            } else {
                (slope - l2 * b - l1 * b.signum()).abs()
            };
            worst = f64::max(worst, beyond);
        }
        worst / unit
    }
}

/// Settings to try: alpha 1 and 0.5, with and without weights, penalty factors, standardisation.
fn settings(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Vec<ElasticNetOptions> {
    let mut all = Vec::new();
    for alpha in [1.0, 0.5] {
        let plain = ElasticNetOptions {
            alpha,
            ..ElasticNetOptions::default()
        };
        all.push(plain.clone());
        all.push(ElasticNetOptions {
            standardize: false,
            ..plain.clone()
        });
        all.push(ElasticNetOptions {
            weights: Some(
                (0..rows)
                    .map(|i| ((i + 1) % 4) as f64 * uniform(rng))
                    .collect(),
            ),
            ..plain.clone()
        });
        all.push(ElasticNetOptions {
            penalty_factor: Some(
                (0..columns)
                    .map(|j| [1.0, 0.0, 2.0, 0.5][j.min(2 + j % 2)])
                    .collect(),
            ),
            ..plain
        });
    }
    all
}

#[test]
fn solutions_meet_the_optimality_conditions() {
    let mut rng = seeded(17);
    let mut worst = [0.0_f64; 3];
    let mut checked = 0;
    for (rows, columns) in [(60, 6), (45, 12), (40, 70), (80, 40)] {
        for _ in 0..2 {
            let sample = Sample::draw(rows, columns, &mut rng);
            for options in settings(rows, columns, &mut rng) {
                for (family, worst) in FAMILIES.iter().zip(&mut worst) {
                    let path = sample.fit(family, &options);
                    for k in 0..path.lambda.len() {
                        let violation = sample.violation(family, &path, k, &options);
                        // The solver aims at 1e-12 and sums of a hundred terms round to about that.
                        assert!(
                            violation < 1e-10,
                            "{family} {rows} x {columns} {options:?} penalty {k}: {violation:e}"
                        );
                        *worst = worst.max(violation);
                        checked += 1;
                    }
                }
            }
        }
    }
    println!("{checked} solutions, worst violation gaussian, binomial, cox: {worst:?}");
}

/// Linear predictors are unique even where columns are copies of each other.
fn assert_same(sample: &Sample, a: &ElasticNet, b: &ElasticNet, what: &str) {
    assert_eq!(a.lambda.len(), b.lambda.len(), "{what}");
    for k in 0..a.lambda.len() {
        let relative = (a.lambda[k] - b.lambda[k]).abs() / a.lambda[0];
        assert!(relative < 1e-12, "{what} penalty {k}: {relative:e}");
        let (first, second) = (
            a.linear_predictor(&sample.x, k).unwrap(),
            b.linear_predictor(&sample.x, k).unwrap(),
        );
        let spread = first.iter().fold(1.0_f64, |m, v| m.max(v.abs()));
        for (u, v) in first.iter().zip(&second) {
            // Rounding, grown by the least curvature of the loss.
            assert!(
                (u - v).abs() < 1e-8 * spread,
                "{what} penalty {k}: {u} and {v}"
            );
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let mut rng = seeded(5);
    for (rows, columns) in [(50, 8), (40, 60)] {
        let sample = Sample::draw(rows, columns, &mut rng);
        let mut order: Vec<usize> = (0..rows).collect();
        shuffle(&mut order, &mut rng);
        let shuffled = sample.select(&order);
        for options in settings(rows, columns, &mut rng) {
            let mut turned = options.clone();
            if let Some(weights) = &options.weights {
                turned.weights = Some(order.iter().map(|&i| weights[i]).collect());
            }
            for family in FAMILIES {
                let (a, b) = (sample.fit(family, &options), shuffled.fit(family, &turned));
                assert_same(&sample, &a, &b, family);
            }
        }
    }
}

#[test]
fn a_weight_of_two_is_a_row_twice() {
    let mut rng = seeded(8);
    let sample = Sample::draw(40, 10, &mut rng);
    let weights: Vec<f64> = (0..40).map(|i| f64::from(i % 3)).collect();
    let repeated: Vec<usize> = (0..40_usize).flat_map(|i| vec![i; i % 3]).collect();
    let repeated = sample.select(&repeated);
    let lambda = LambdaPath::Automatic {
        count: 60,
        ratio: Some(1e-3),
    };
    for alpha in [1.0, 0.5] {
        let plain = ElasticNetOptions {
            alpha,
            lambda: lambda.clone(),
            ..ElasticNetOptions::default()
        };
        let weighted = ElasticNetOptions {
            weights: Some(weights.clone()),
            ..plain.clone()
        };
        for family in FAMILIES {
            let (a, b) = (sample.fit(family, &weighted), repeated.fit(family, &plain));
            let relative = (a.null_deviance - b.null_deviance).abs() / b.null_deviance;
            assert!(relative < 1e-12, "{family}: {relative:e}");
            assert_same(&sample, &a, &b, family);
        }
    }
}

#[test]
fn weights_of_one_judge_as_no_weights() {
    let mut rng = seeded(21);
    let sample = Sample::draw(60, 8, &mut rng);
    let folds: Vec<usize> = (0..60).map(|i| i % 5).collect();
    let weighted = ElasticNetOptions {
        weights: Some(vec![1.0; 60]),
        ..ElasticNetOptions::default()
    };
    for (family, measure) in [
        ("gaussian", CrossValidationMeasure::Mae),
        ("binomial", CrossValidationMeasure::Auc),
        ("binomial", CrossValidationMeasure::Mse),
        ("cox", CrossValidationMeasure::Deviance),
        ("cox", CrossValidationMeasure::Concordance),
    ] {
        let judge = |options: &ElasticNetOptions| {
            let outcome = sample.outcome(family);
            cross_validate_elastic_net(&sample.x, &outcome, &folds, measure, options).unwrap()
        };
        let (a, b) = (judge(&weighted), judge(&ElasticNetOptions::default()));
        for (x, y) in a.cvm.iter().chain(&a.cvsd).zip(b.cvm.iter().chain(&b.cvsd)) {
            assert!(
                (x - y).abs() < 1e-9 * y.abs().max(1.0),
                "{family} {measure:?}: {x} {y}"
            );
        }
    }
}

#[test]
fn without_a_penalty_it_is_cox_regression() {
    let mut rng = seeded(3);
    let mut sample = Sample::draw(70, 5, &mut rng);
    sample.x = sample.x.remove_columns_at(&[2, 3]);
    let options = ElasticNetOptions {
        lambda: LambdaPath::Given(vec![1e-11]),
        ..ElasticNetOptions::default()
    };
    let path = sample.fit("cox", &options);
    let model = cox_regression(
        &sample.x,
        &sample.time,
        &sample.event,
        CoxTies::Breslow,
        0.95,
    )
    .unwrap();
    for (found, expected) in path.coefficients[0].iter().zip(&model.coefficients) {
        let relative = (found - expected.estimate).abs() / expected.estimate.abs();
        assert!(relative < 1e-8, "{found} {}", expected.estimate);
    }
}
