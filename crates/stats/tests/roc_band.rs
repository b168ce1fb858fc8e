//! Bands of ROC curves against the exact bootstrap distribution and against pROC's `ci.se`
//! (`tests/reference/roc_band/roc_band.R`).

mod fixture;

use std::path::PathBuf;

use fixture::Table;
use radiome_stats::discrimination::{DiscriminationError, RocBand, roc_band};
use radiome_stats::resampling::seeded;

const SPECIFICITIES: [f64; 11] = [0.0, 0.05, 0.1, 0.25, 0.33, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0];
const RESAMPLES: usize = 20_000;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference"))
}

/// Class and score `a` of a set; `apart` makes every score its own, as the script did.
fn samples(set: &str, apart: bool) -> (Vec<bool>, Vec<f64>) {
    let table = Table::read_at(&folder().join("discrimination_data.csv")).select("set", set);
    let class = table.numbers("y").iter().map(|&y| y == 1.0).collect();
    let mut score = table.numbers("a");
    if apart {
        for (place, score) in score.iter_mut().enumerate() {
            *score += (place + 1) as f64 * 1e-9;
        }
    }
    (class, score)
}

fn band(set: &str, apart: bool) -> RocBand {
    let (class, score) = samples(set, apart);
    roc_band(
        &class,
        &score,
        &SPECIFICITIES,
        0.95,
        RESAMPLES,
        &mut seeded(7),
    )
    .unwrap()
}

/// Every limit lies between the quantiles of the reference five standard errors (of a share of
/// 20,000 draws) to either side: a chance of one in two million for each to fail. Interpolation
/// between two equal neighbours rounds in the last place.
fn within(file: &str, apart: bool) {
    let expected = Table::read_at(&folder().join("roc_band").join(file));
    let [at, low, high] = ["specificity", "low", "high"].map(|column| expected.numbers(column));
    let limits = expected.text("limit");
    let mut known: Option<(String, RocBand)> = None;
    let mut compared = 0;
    for (row, set) in expected.text("set").into_iter().enumerate() {
        if known.as_ref().is_none_or(|(name, _)| name != set) {
            known = Some((set.to_owned(), band(set, apart)));
        }
        let (_, band) = known.as_ref().unwrap();
        let place = SPECIFICITIES.iter().position(|&s| s == at[row]).unwrap();
        let found = match limits[row] {
            "lower" => band.lower[place],
            "median" => band.median[place],
            _ => band.upper[place],
        };
        assert!(
            found >= low[row] - 1e-12 && found <= high[row] + 1e-12,
            "{set}, specificity {}: {} {found} is not within {} and {}",
            at[row],
            limits[row],
            low[row],
            high[row]
        );
        compared += 1;
    }
    assert_eq!(compared, 2 * 3 * SPECIFICITIES.len());
}

#[test]
fn without_ties_the_band_is_that_of_the_exact_distribution() {
    within("exact.csv", true);
}

#[test]
fn with_ties_the_band_is_that_of_proc() {
    within("proc.csv", false);
}

#[test]
fn the_same_seed_gives_the_same_band_and_scores_may_be_rescaled() {
    let (class, score) = samples("even", false);
    let draw =
        |score: &[f64]| roc_band(&class, score, &[0.2, 0.9], 0.9, 50, &mut seeded(3)).unwrap();
    let first = draw(&score);
    assert_eq!(first, draw(&score));
    let rescaled: Vec<f64> = score.iter().map(|s| (5.0 * s).exp()).collect();
    assert_eq!(first, draw(&rescaled));
}

#[test]
fn a_perfect_score_has_a_band_without_width_and_bad_requests_are_errors() {
    let class = [false, false, true, true];
    let score = [0.1, 0.2, 0.3, 0.4];
    let band = roc_band(&class, &score, &[0.0, 0.5, 1.0], 0.95, 10, &mut seeded(1)).unwrap();
    assert_eq!((band.lower, band.upper), (vec![1.0; 3], vec![1.0; 3]));
    for wrong in [vec![0.5, 0.5], vec![-0.1], vec![0.9, 1.1], vec![f64::NAN]] {
        let found = roc_band(&class, &score, &wrong, 0.95, 10, &mut seeded(1));
        assert!(matches!(
            found,
            Err(DiscriminationError::BadSpecificities { .. })
        ));
    }
    let none = roc_band(&class, &score, &[0.5], 0.95, 0, &mut seeded(1));
    assert_eq!(none, Err(DiscriminationError::NoResamples));
    let one_class = roc_band(&[true; 2], &[0.1, 0.2], &[0.5], 0.95, 9, &mut seeded(1));
    assert!(matches!(one_class, Err(DiscriminationError::TooFew { .. })));
}
