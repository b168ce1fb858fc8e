//! Properties of ComBat that hold whatever the features.

use nalgebra::DMatrix;
use radiome_stats::harmonization::StoppingRule;
use radiome_stats::harmonization::combat::{Combat, CombatOptions, Unseen};
use radiome_stats::resampling::{seeded, shuffle};
use rand_chacha::rand_core::RngCore;

/// Options in every combination that a fit knows.
fn every_option() -> Vec<CombatOptions> {
    let mut all = Vec::new();
    for parametric in [true, false] {
        for mean_only in [true, false] {
            for reference_batch in [None, Some("b".to_string())] {
                for stopping_rule in [StoppingRule::Sva, StoppingRule::Full] {
                    all.push(CombatOptions {
                        parametric,
                        mean_only,
                        reference_batch: reference_batch.clone(),
                        stopping_rule,
                        unseen: Unseen::Own,
                    });
                }
            }
        }
    }
    all
}

struct Samples {
    features: DMatrix<f64>,
    batches: Vec<String>,
    covariates: DMatrix<f64>,
}

/// Features with batch effects, of very different size, some of them missing where `gaps` is set.
fn samples(seed: u64, rows: usize, columns: usize, gaps: bool) -> Samples {
    let mut rng = seeded(seed);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    let batches: Vec<String> = (0..rows).map(|i| ["a", "b", "c"][i % 3].into()).collect();
    let effects: Vec<[f64; 2]> = (0..3 * columns)
        .map(|_| [2.0 * uniform() - 1.0, 0.5 + uniform()])
        .collect();
    let covariates = DMatrix::from_fn(rows, 2, |_, j| {
        [f64::from(u8::from(uniform() < 0.5)), 60.0 * uniform()][j]
    });
    let features = DMatrix::from_fn(rows, columns, |i, j| {
        let noise: f64 = (0..6).map(|_| uniform()).sum::<f64>() - 3.0;
        let [shift, spread] = effects[3 * j + i % 3];
        let value = 5.0 + covariates[(i, 0)] + shift + spread * noise;
        if gaps && uniform() < 0.05 {
            f64::NAN
        } else {
            value * 10f64.powi((j % 7) as i32 - 3)
        }
    });
    Samples {
        features,
        batches,
        covariates,
    }
}

/// Largest difference of two tables relative to the size of the column; NaN must meet NaN.
fn difference(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let mut largest = 0.0f64;
    for (a, b) in a.column_iter().zip(b.column_iter()) {
        let size = a
            .iter()
            .filter(|v| !v.is_nan())
            .fold(0.0f64, |m, v| m.max(v.abs()));
        for (a, b) in a.iter().zip(b.iter()) {
            assert_eq!(a.is_nan(), b.is_nan());
            if !a.is_nan() {
                largest = largest.max((a - b).abs() / size);
            }
        }
    }
    largest
}

#[test]
fn one_batch_is_left_as_it_is_bit_for_bit() {
    for seed in 0..10 {
        let samples = samples(seed, 12, 9, seed % 2 == 1);
        let alone = vec!["b".to_string(); 12];
        for options in every_option() {
            for with in [None, Some(&samples.covariates)] {
                let combat = Combat::fit(&samples.features, &alone, with, &options).unwrap();
                let result = combat.apply(&samples.features, &alone, with).unwrap();
                for (ours, given) in result.values.iter().zip(samples.features.iter()) {
                    assert_eq!(ours.to_bits(), given.to_bits());
                }
                assert_eq!(combat.options.reference_batch.as_deref(), Some("b"));
                let batch = &combat.batches[0];
                assert!(batch.gamma_star.iter().all(|&g| g == 0.0));
                assert!(batch.delta_star.iter().all(|&d| d == 1.0));
            }
        }
    }
}

#[test]
fn a_batch_that_is_alone_takes_others_to_itself() {
    let samples = samples(3, 60, 20, false);
    let rows =
        |label: &str| -> Vec<usize> { (0..60).filter(|&i| samples.batches[i] == label).collect() };
    let first = samples.features.select_rows(&rows("a"));
    let second = samples.features.select_rows(&rows("b"));
    let options = CombatOptions {
        unseen: Unseen::Own,
        ..CombatOptions::default()
    };
    let combat = Combat::fit(&first, &vec!["a".into(); 20], None, &options).unwrap();
    let brought = combat.apply(&second, &vec!["b".into(); 20], None).unwrap();
    assert_eq!(brought.estimated.len(), 1);
    let apart = |table: &DMatrix<f64>| -> f64 {
        let columns = table.column_iter().zip(first.column_iter());
        columns
            .map(|(a, b)| (a.mean() - b.mean()).abs() / b.variance().sqrt())
            .sum()
    };
    assert!(apart(&brought.values) < 0.5 * apart(&second));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let mut largest = 0.0f64;
    for seed in 0..10 {
        let samples = samples(seed, 45, 12, seed % 2 == 1);
        let mut order: Vec<usize> = (0..45).collect();
        shuffle(&mut order, &mut seeded(100 + seed));
        let features = samples.features.select_rows(&order);
        let covariates = samples.covariates.select_rows(&order);
        let batches: Vec<String> = order.iter().map(|&i| samples.batches[i].clone()).collect();
        for options in every_option() {
            let with = Some(&samples.covariates);
            let combat = Combat::fit(&samples.features, &samples.batches, with, &options).unwrap();
            let before = combat
                .apply(&samples.features, &samples.batches, with)
                .unwrap();
            let combat = Combat::fit(&features, &batches, Some(&covariates), &options).unwrap();
            let after = combat
                .apply(&features, &batches, Some(&covariates))
                .unwrap();
            largest = largest.max(difference(
                &before.values.select_rows(&order),
                &after.values,
            ));
        }
    }
    println!("rows in another order: largest difference {largest:.1e} of the column's size");
    // Rounding: sums run in another order.
    assert!(largest < 1e-11, "{largest:e}");
}

#[test]
fn units_of_a_feature_do_not_matter() {
    // Every column is standardised before anything is shared: a change of unit, or of zero, of
    // one feature changes that feature alone, in the same way.
    let samples = samples(5, 45, 12, false);
    for options in every_option() {
        let fit = |table: &DMatrix<f64>| {
            let with = Some(&samples.covariates);
            let combat = Combat::fit(table, &samples.batches, with, &options).unwrap();
            combat.apply(table, &samples.batches, with).unwrap().values
        };
        let mut changed = samples.features.clone();
        changed.column_mut(4).apply(|v| *v = 1e3 * *v + 7.0);
        let (before, after) = (fit(&samples.features), fit(&changed));
        let mut expected = before.clone();
        expected.column_mut(4).apply(|v| *v = 1e3 * *v + 7.0);
        let difference = difference(&expected, &after);
        assert!(difference < 1e-11, "{difference:e}");
    }
}
