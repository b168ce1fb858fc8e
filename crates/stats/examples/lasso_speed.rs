//! Times a LASSO path and its cross-validation: `cargo run --release -p radiome-stats --example
//! lasso_speed`. The data are made here: 109 samples, 30 or 300 correlated features.

use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNetFamily, ElasticNetOptions, cross_validate_elastic_net,
    elastic_net,
};
use std::hint::black_box;
use std::time::Instant;

fn data(rows: usize, columns: usize) -> (DMatrix<f64>, Vec<f64>) {
    // a linear congruential generator; sums of 12 uniforms are close to normal
    let mut state = 42_u64;
    let mut normal = || {
        let sum: f64 = (0..12)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            })
            .sum();
        sum - 6.0
    };
    let shared: Vec<f64> = (0..rows).map(|_| normal()).collect();
    let x = DMatrix::from_fn(rows, columns, |i, j| {
        let share = if j % 3 == 0 { 0.7 } else { 0.2 };
        share * shared[i] + normal()
    });
    let y = (0..rows)
        .map(|i| {
            let signal = x[(i, 0)] + 0.7 * x[(i, 1)] - 0.7 * x[(i, 4)] + 1.5 * normal();
            f64::from(u8::from(signal > 0.0))
        })
        .collect();
    (x, y)
}

fn report(what: &str, rounds: usize, mut work: impl FnMut()) {
    let mut milliseconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            1e3 * start.elapsed().as_secs_f64()
        })
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.3} ms (least), {:.3} ms (median of {rounds})",
        milliseconds[0],
        milliseconds[rounds / 2]
    );
}

fn main() {
    let options = ElasticNetOptions::new(ElasticNetFamily::Binomial);
    for (rows, columns) in [(109, 30), (109, 300)] {
        let (x, y) = data(rows, columns);
        let folds: Vec<usize> = (0..rows).map(|i| i % 10).collect();
        let penalties = elastic_net(&x, &y, &options).map_or(0, |path| path.lambda.len());
        report(
            &format!("{rows} x {columns}, path of {penalties}"),
            201,
            || {
                let _ = black_box(elastic_net(black_box(&x), &y, &options));
            },
        );
        report(&format!("{rows} x {columns}, 10 folds"), 21, || {
            let measure = CrossValidationMeasure::Deviance;
            let fit = cross_validate_elastic_net(black_box(&x), &y, &folds, measure, &options);
            let _ = black_box(fit);
        });
    }
}
