//! Times LASSO paths and their cross-validation: `cargo run --release -p radiome-stats --example
//! lasso_speed`. The data are made here: correlated features; with a folder of the shared reference
//! set (`reference/stats/05_glmnet`) as argument, its 500 x 2000 table is timed too.

use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNetOptions, ElasticNetOutcome, LambdaPath,
    cross_validate_elastic_net, elastic_net,
};
use std::hint::black_box;
use std::path::Path;
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

/// Times a path, and its cross-validation by the deviance.
fn time(
    x: &DMatrix<f64>,
    outcome: &ElasticNetOutcome,
    folds: &[usize],
    rounds: usize,
    options: &ElasticNetOptions,
) {
    let penalties = elastic_net(x, outcome, options).map_or(0, |path| path.lambda.len());
    let what = format!("{} x {} {:?}", x.nrows(), x.ncols(), outcome.family());
    report(&format!("{what}, path of {penalties}"), rounds * 5, || {
        let _ = black_box(elastic_net(black_box(x), outcome, options));
    });
    let count = folds.iter().max().map_or(0, |last| last + 1);
    report(&format!("{what}, {count} folds"), rounds, || {
        let measure = CrossValidationMeasure::Deviance;
        let fit = cross_validate_elastic_net(black_box(x), outcome, folds, measure, options);
        let _ = black_box(fit);
    });
}

/// A table of numbers; gzip if its name says so.
fn read(path: &Path) -> Vec<Vec<f64>> {
    let file = std::fs::File::open(path).expect("the table");
    let reader: Box<dyn std::io::Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    csv::Reader::from_reader(reader)
        .deserialize()
        .map(|row| row.expect("numbers"))
        .collect()
}

fn main() {
    let options = ElasticNetOptions::default();
    for (rows, columns) in [(109, 30), (109, 300)] {
        let (x, y) = data(rows, columns);
        let folds: Vec<usize> = (0..rows).map(|i| i % 10).collect();
        time(&x, &ElasticNetOutcome::Binomial(&y), &folds, 21, &options);
    }
    let Some(folder) = std::env::args().nth(1) else {
        return;
    };
    let folder = Path::new(&folder);
    let table = read(&folder.join("lasso_500x2000_x.csv.gz"));
    let x = DMatrix::from_fn(table.len(), table[0].len(), |i, j| table[i][j]);
    // y, yc, time, status, fold10, fold5
    let response = read(&folder.join("lasso_500x2000_response_folds.csv"));
    let column = |j: usize| -> Vec<f64> { response.iter().map(|row| row[j]).collect() };
    let folds = |j: usize| -> Vec<usize> { column(j).iter().map(|f| *f as usize - 1).collect() };
    let with = |count: usize, ratio: f64| ElasticNetOptions {
        lambda: LambdaPath::Automatic {
            count,
            ratio: Some(ratio),
        },
        ..ElasticNetOptions::default()
    };
    let y = column(0);
    time(
        &x,
        &ElasticNetOutcome::Binomial(&y),
        &folds(4),
        5,
        &with(100, 0.01),
    );
    let yc = column(1);
    time(
        &x,
        &ElasticNetOutcome::Gaussian(&yc),
        &folds(4),
        5,
        &with(100, 0.05),
    );
    let event: Vec<bool> = column(3).iter().map(|s| *s == 1.0).collect();
    let time_of = column(2);
    let outcome = ElasticNetOutcome::Cox {
        time: &time_of,
        event: &event,
    };
    time(&x, &outcome, &folds(5), 5, &with(40, 0.2));
}
