//! Multiple imputation where the truth is known: a logistic model with a number and a class that
//! are missing at random.

use nalgebra::DMatrix;
use radiome_stats::distribution::{logistic, normal_quantile};
use radiome_stats::imputation::{
    ChainedEquations, CompletedColumn, IncompleteColumn, chained_equations, pool,
};
use radiome_stats::regression::logistic_regression;
use radiome_stats::resampling::seeded;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Simulated studies.
const STUDIES: usize = 300;
/// Patients of each.
const PATIENTS: usize = 300;
/// Intercept, a number that is known, a number and a class that may be missing.
const TRUTH: [f64; 4] = [-0.6, 0.5, 0.8, -0.7];

/// Which values are missing.
#[derive(Clone, Copy)]
enum Missing {
    /// Any, by chance alone.
    Completely,
    /// Those of patients with the outcome and a large known number above all.
    AtRandom,
}

struct Study {
    x: DMatrix<f64>,
    outcome: Vec<bool>,
    lacks: Vec<[bool; 2]>,
}

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn study(missing: Missing, rng: &mut ChaCha8Rng) -> Study {
    let mut x = DMatrix::zeros(PATIENTS, 3);
    let (mut outcome, mut lacks) = (Vec::new(), Vec::new());
    for row in 0..PATIENTS {
        let known = normal_quantile(uniform(rng));
        let number = 0.6 * known + 0.8 * normal_quantile(uniform(rng));
        let class = f64::from(u8::from(uniform(rng) < logistic(0.8 * known)));
        x[(row, 0)] = known;
        x[(row, 1)] = number;
        x[(row, 2)] = class;
        let score = TRUTH[0] + TRUTH[1] * known + TRUTH[2] * number + TRUTH[3] * class;
        let positive = uniform(rng) < logistic(score);
        outcome.push(positive);
        let share = match missing {
            Missing::Completely => 0.25,
            Missing::AtRandom if positive && known > 0.0 => 0.6,
            Missing::AtRandom => 0.1,
        };
        lacks.push([uniform(rng) < share, uniform(rng) < share]);
    }
    Study { x, outcome, lacks }
}

/// Of the slopes: mean error with its standard error, and coverage of the 95 % interval.
#[derive(Default)]
struct Tally {
    errors: Vec<[f64; 3]>,
    covered: [usize; 3],
}

impl Tally {
    fn add(&mut self, estimates: [f64; 3], intervals: [[f64; 2]; 3]) {
        let error = |slope: usize| estimates[slope] - TRUTH[slope + 1];
        self.errors.push([error(0), error(1), error(2)]);
        for (slope, [low, high]) in intervals.into_iter().enumerate() {
            self.covered[slope] += usize::from((low..=high).contains(&TRUTH[slope + 1]));
        }
    }

    fn bias(&self, slope: usize) -> (f64, f64) {
        let n = self.errors.len() as f64;
        let mean = self.errors.iter().map(|one| one[slope]).sum::<f64>() / n;
        let squares = self.errors.iter().map(|one| (one[slope] - mean).powi(2));
        (mean, (squares.sum::<f64>() / (n - 1.0) / n).sqrt())
    }

    fn coverage(&self, slope: usize) -> f64 {
        self.covered[slope] as f64 / self.errors.len() as f64
    }
}

/// Estimates on the rows as they are (Wald).
fn plain(study: &Study, rows: &[usize]) -> ([f64; 3], [[f64; 2]; 3]) {
    let outcome: Vec<bool> = rows.iter().map(|&row| study.outcome[row]).collect();
    let model = logistic_regression(&study.x.select_rows(rows), &outcome, 0.95).unwrap();
    assert!(!model.separation);
    let one = |slope: usize| {
        let term = model.coefficients[slope + 1];
        (
            term.estimate,
            [term.odds_ratio_lower.ln(), term.odds_ratio_upper.ln()],
        )
    };
    let all = [one(0), one(1), one(2)];
    (all.map(|one| one.0), all.map(|one| one.1))
}

fn imputed(study: &Study, rng: &mut ChaCha8Rng) -> ([f64; 3], [[f64; 2]; 3]) {
    let lacks = |row: usize, which: usize| study.lacks[row][which];
    let number = |row: usize| {
        if lacks(row, 0) {
            f64::NAN
        } else {
            study.x[(row, 1)]
        }
    };
    let class = |row: usize| (!lacks(row, 1)).then_some(study.x[(row, 2)] as usize);
    let rows = 0..PATIENTS;
    let columns = [
        IncompleteColumn::Number(study.x.column(0).iter().copied().collect()),
        IncompleteColumn::Number(rows.clone().map(number).collect()),
        IncompleteColumn::Class {
            values: rows.map(class).collect(),
            classes: 2,
        },
    ];
    let outcome = DMatrix::from_fn(PATIENTS, 1, |row, _| {
        f64::from(u8::from(study.outcome[row]))
    });
    let settings = ChainedEquations {
        iterations: 5,
        ..ChainedEquations::default()
    };
    let sets = chained_equations(&columns, &outcome, settings, rng).unwrap();
    let (mut estimates, mut covariances) = (Vec::new(), Vec::new());
    for set in sets {
        let mut x = DMatrix::zeros(PATIENTS, 3);
        for (column, values) in set.iter().enumerate() {
            let values: Vec<f64> = match values {
                CompletedColumn::Number(values) => values.clone(),
                CompletedColumn::Class { values, .. } => values.iter().map(|&c| c as f64).collect(),
            };
            x.set_column(column, &nalgebra::DVector::from_vec(values));
        }
        let model = logistic_regression(&x, &study.outcome, 0.95).unwrap();
        estimates.push(model.estimates());
        covariances.push(DMatrix::from_fn(4, 4, |row, column| {
            model.covariance[row][column]
        }));
    }
    let pooled = pool(&estimates, &covariances, (PATIENTS - 4) as f64).unwrap();
    let one = |slope: usize| {
        let term = pooled.term(slope + 1);
        (term.estimate, term.interval(0.95))
    };
    let all = [one(0), one(1), one(2)];
    (all.map(|one| one.0), all.map(|one| one.1))
}

/// Simulates; gives the tallies of the full data, of complete cases, and of multiple imputation.
fn simulate(missing: Missing, seed: u64) -> [Tally; 3] {
    let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
    for number in 0..STUDIES {
        let mut rng = seeded(seed);
        rng.set_stream(number as u64);
        let study = study(missing, &mut rng);
        let all: Vec<usize> = (0..PATIENTS).collect();
        let complete: Vec<usize> = (0..PATIENTS)
            .filter(|&row| study.lacks[row] == [false, false])
            .collect();
        for (tally, (estimates, intervals)) in tallies.iter_mut().zip([
            plain(&study, &all),
            plain(&study, &complete),
            imputed(&study, &mut rng),
        ]) {
            tally.add(estimates, intervals);
        }
    }
    for (name, tally) in ["full", "complete cases", "imputed"].iter().zip(&tallies) {
        for slope in 0..3 {
            let (bias, error) = tally.bias(slope);
            println!(
                "{name:<15} slope {slope}: bias {bias:+.3} ({error:.3}), coverage {:.3}",
                tally.coverage(slope)
            );
        }
    }
    tallies
}

/// The bias must be that of the full data (maximum likelihood is a little too far from 0 with 300
/// patients) but for 5 % of a coefficient and Monte Carlo error, and 95 % of the intervals must hold
/// the truth but for three Monte Carlo standard errors, sqrt(0.95 * 0.05 / 300) = 0.0126 each.
fn is_right(full: &Tally, imputed: &Tally) {
    for slope in 0..3 {
        let ((of_full, _), (bias, error)) = (full.bias(slope), imputed.bias(slope));
        let allowed = 0.05 * TRUTH[slope + 1].abs() + 3.0 * error;
        assert!(
            (bias - of_full).abs() < allowed,
            "slope {slope}: {bias} {of_full}"
        );
        let coverage = imputed.coverage(slope);
        assert!((0.95 - coverage).abs() < 0.038, "slope {slope}: {coverage}");
    }
}

#[test]
fn missing_completely_at_random() {
    let [full, complete, imputed] = simulate(Missing::Completely, 11);
    is_right(&full, &imputed);
    // Complete cases are unbiased here, and less certain: of four patients two are left.
    for slope in 0..3 {
        assert!(imputed.bias(slope).1 < complete.bias(slope).1);
    }
}

#[test]
fn missing_at_random_given_the_outcome_misleads_complete_cases() {
    let [full, complete, imputed] = simulate(Missing::AtRandom, 12);
    is_right(&full, &imputed);
    // The patients who are left out are those in whom a large known number goes with the outcome.
    let (bias, error) = complete.bias(0);
    assert!(bias < -0.25 - 3.0 * error, "{bias} {error}");
    assert!(complete.coverage(0) < 0.85);
}
