//! Times what is done to a whole table of features: `cargo run --release -p radiome-stats --example
//! feature_table_speed`. The data are made here: 2,260 features with scanner effects, the number that
//! a study of two sequences has.

use nalgebra::DMatrix;
use radiome_stats::harmonization::StoppingRule;
use radiome_stats::harmonization::combat::{Combat, CombatOptions};
use radiome_stats::reliability::icc::icc;
use radiome_stats::selection::mrmr::{MrmrCorrelation, MrmrForm, mrmr};
use std::hint::black_box;
use std::time::Instant;

const FEATURES: usize = 2260;

/// Numbers close to normal: sums of 12 uniforms of a linear congruential generator.
struct Normal(u64);

impl Normal {
    fn draw(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

/// Features that share a part, with a location and a scale of their own on each of three scanners.
fn features(rows: usize) -> DMatrix<f64> {
    let mut normal = Normal(42);
    let shared: Vec<f64> = (0..rows).map(|_| normal.draw()).collect();
    let effects: Vec<[f64; 2]> = (0..3 * FEATURES)
        .map(|_| [normal.draw(), 0.3 * normal.draw()])
        .collect();
    DMatrix::from_fn(rows, FEATURES, |i, j| {
        let [shift, spread] = effects[3 * j + i % 3];
        10.0 + 0.5 * shared[i] + shift + spread.exp() * normal.draw()
    })
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
        "{what}: {:.1} ms (least), {:.1} ms (median of {rounds})",
        milliseconds[0],
        milliseconds[rounds / 2]
    );
}

fn main() {
    let table = features(180);
    let batches: Vec<String> = (0..180).map(|i| format!("scanner {}", i % 3)).collect();
    let covariates = DMatrix::from_fn(180, 2, |i, j| [(i % 2) as f64, (i % 37) as f64][j]);
    for (what, parametric, stopping_rule, rounds) in [
        ("parametric", true, StoppingRule::Sva, 11),
        ("parametric, fixed point", true, StoppingRule::Full, 11),
        ("non-parametric", false, StoppingRule::Sva, 5),
    ] {
        let options = CombatOptions {
            parametric,
            stopping_rule,
            ..CombatOptions::default()
        };
        for with in [None, Some(&covariates)] {
            let covariates = with.map_or(0, DMatrix::ncols);
            report(
                &format!("ComBat, {what}, 180 x {FEATURES}, {covariates} covariates"),
                rounds,
                || {
                    let fit = Combat::fit(black_box(&table), &batches, with, &options);
                    let done = fit.and_then(|combat| combat.apply(&table, &batches, with));
                    assert!(black_box(done).is_ok());
                },
            );
        }
    }
    let table = features(109);
    let outcome: Vec<f64> = (0..109)
        .map(|i| f64::from(u8::from(table[(i, 0)] + table[(i, 1)] > 20.0)))
        .collect();
    for correlation in [MrmrCorrelation::Pearson, MrmrCorrelation::Spearman] {
        report(
            &format!("mRMR, {correlation:?}, 30 of {FEATURES}, 109 rows"),
            21,
            || {
                let form = MrmrForm::Difference;
                let chosen = mrmr(black_box(&table), &outcome, 30, form, correlation);
                assert!(black_box(chosen).is_ok());
            },
        );
    }
    let mut normal = Normal(7);
    let readings: Vec<DMatrix<f64>> = (0..FEATURES)
        .map(|_| {
            let subjects: Vec<f64> = (0..40).map(|_| 2.0 * normal.draw()).collect();
            DMatrix::from_fn(40, 3, |i, _| subjects[i] + normal.draw())
        })
        .collect();
    report(&format!("ICC, {FEATURES} features of 40 x 3"), 11, || {
        for feature in &readings {
            assert!(black_box(icc(black_box(feature), 0.95)).is_ok());
        }
    });
}
