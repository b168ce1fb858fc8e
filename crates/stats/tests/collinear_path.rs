//! Radiomic features are few quantities measured many ways: the LASSO must be exact on them too.

use nalgebra::DMatrix;
use radiome_stats::regression::{ElasticNetOptions, ElasticNetOutcome, elastic_net};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

#[test]
fn nearly_collinear_features_are_solved_to_the_optimality_conditions() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    let (rows, columns, factors) = (60, 30, 6);
    for noise in [0.1, 0.01, 0.001] {
        let factor = DMatrix::from_fn(rows, factors, |_, _| uniform());
        let loading = DMatrix::from_fn(factors, columns, |_, _| uniform());
        let x = &factor * loading + DMatrix::from_fn(rows, columns, |_, _| noise * uniform());
        let y: Vec<f64> = (0..rows)
            .map(|row| 2.0 * factor[(row, 0)] + factor[(row, 1)] + 0.5 * uniform())
            .map(|value| f64::from(u8::from(value > 0.0)))
            .collect();
        let outcome = ElasticNetOutcome::Binomial(&y);
        let path = elastic_net(&x, &outcome, &ElasticNetOptions::default()).unwrap();
        assert!(path.lambda.len() > 50);
        // The conditions themselves, from the definition: with z the columns over their standard
        // deviation (divisor n), |<z, y - p>| / n is lambda where a coefficient is not zero, and at
        // most lambda elsewhere. 1e-9: the solver's own aim is 1e-12.
        for (k, &lambda) in path.lambda.iter().enumerate() {
            let linear = path.linear_predictor(&x, k).unwrap();
            let residual: Vec<f64> = linear
                .iter()
                .zip(&y)
                .map(|(l, y)| y - 1.0 / (1.0 + (-l).exp()))
                .collect();
            for (column, coefficient) in x.column_iter().zip(&path.coefficients[k]) {
                let mean = column.mean();
                let deviation =
                    (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
                let slope = column
                    .iter()
                    .zip(&residual)
                    .map(|(v, r)| (v - mean) * r)
                    .sum::<f64>()
                    / (rows as f64 * deviation);
                if *coefficient == 0.0 {
                    assert!(slope.abs() <= lambda + 1e-9);
                } else {
                    assert!((slope - lambda * coefficient.signum()).abs() <= 1e-9);
                }
            }
        }
    }
}
