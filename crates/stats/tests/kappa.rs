//! Cohen's kappa against psych and vcd (`tests/reference/kappa/kappa.R`), its test against
//! statsmodels (`kappa.py` there), and closed forms.

mod fixture;

use std::path::PathBuf;

use fixture::Table;
use radiome_stats::reliability::kappa::{KappaError, KappaWeights, cross_table, kappa};

fn read(name: &str) -> Table {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/kappa");
    Table::read_at(&PathBuf::from(folder).join(name))
}

/// Sums of a few dozen products of numbers near 1: a few units in the last place, and the square
/// root of a difference for the standard error.
const TOLERANCE: f64 = 1e-11;

#[track_caller]
fn close(found: f64, expected: f64, place: &str) {
    let scale = expected.abs().max(1e-3);
    assert!(
        (found - expected).abs() <= TOLERANCE * scale,
        "{place}: {found} instead of {expected}"
    );
}

#[test]
fn kappa_agrees_with_psych_vcd_and_statsmodels() {
    let ratings = read("ratings.csv");
    let expected = read("kappa.csv");
    let levels = expected.numbers("levels");
    let [value, se, lower, upper] =
        ["kappa", "se", "lower", "upper"].map(|column| expected.numbers(column));
    let tests = read("z.csv");
    let [z, p] = ["z", "p"].map(|column| tests.numbers(column));
    assert_eq!(tests.text("set"), expected.text("set"));
    assert_eq!(tests.text("weights"), expected.text("weights"));
    let weights = expected.text("weights");
    for (row, set) in expected.text("set").into_iter().enumerate() {
        let of_set = ratings.select("set", set);
        let read = |column: &str| -> Vec<usize> {
            of_set.numbers(column).iter().map(|&v| v as usize).collect()
        };
        let counts = cross_table(&read("a"), &read("b"), levels[row] as usize).unwrap();
        let kind = KappaWeights::ALL["none linear quadratic"
            .split(' ')
            .position(|name| name == weights[row])
            .unwrap()];
        let found = kappa(&counts, kind, 0.95).unwrap();
        let place = format!("{set} {}", weights[row]);
        close(found.kappa, value[row], &place);
        close(found.standard_error, se[row], &format!("{place} se"));
        close(
            found.interval[0],
            lower[row].max(-1.0),
            &format!("{place} lower"),
        );
        close(
            found.interval[1],
            upper[row].min(1.0),
            &format!("{place} upper"),
        );
        close(found.z, z[row], &format!("{place} z"));
        // Far in the tail a P carries the relative error of z squared.
        assert!(
            (found.p - p[row]).abs() <= 1e-10 * p[row] + 1e-300,
            "{place}: P {} instead of {}",
            found.p,
            p[row]
        );
    }
}

/// For two levels kappa is `2 (ad - bc) / ((a + b)(b + d) + (a + c)(c + d))`, whatever the weights.
#[test]
fn two_levels_have_a_closed_form() {
    for [a, b, c, d] in [[20, 5, 10, 15], [1, 9, 9, 1], [97, 1, 1, 1]] {
        let counts = vec![vec![a, b], vec![c, d]];
        let [a, b, c, d] = [a, b, c, d].map(|n| n as f64);
        let expected = 2.0 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d));
        for weights in KappaWeights::ALL {
            let found = kappa(&counts, weights, 0.95).unwrap();
            close(found.kappa, expected, "2 x 2");
        }
    }
}

/// With equal shares of the levels the quadratic kappa is the product-moment correlation of the
/// level numbers (Cohen 1968).
#[test]
fn quadratic_kappa_is_a_correlation_where_shares_agree() {
    let counts = vec![vec![10, 4, 1], vec![4, 12, 3], vec![1, 3, 9]];
    let found = kappa(&counts, KappaWeights::Quadratic, 0.95).unwrap();
    let n = 47.0;
    let (mut mean, mut square, mut product) = (0.0, 0.0, 0.0);
    for (i, row) in counts.iter().enumerate() {
        for (j, &count) in row.iter().enumerate() {
            let (i, j, share) = (i as f64, j as f64, count as f64 / n);
            mean += share * i;
            square += share * i * i;
            product += share * i * j;
        }
    }
    close(
        found.kappa,
        (product - mean * mean) / (square - mean * mean),
        "correlation",
    );
}

#[test]
fn complete_agreement_and_none_at_all() {
    let same = kappa(&[vec![7, 0], vec![0, 3]], KappaWeights::None, 0.95).unwrap();
    assert_eq!((same.kappa, same.standard_error), (1.0, 0.0));
    assert_eq!(same.interval, [1.0, 1.0]);
    let one = kappa(&[vec![7, 0], vec![0, 0]], KappaWeights::None, 0.95);
    assert_eq!(one, Err(KappaError::OneLevel));
    assert_eq!(
        kappa(&[vec![0]], KappaWeights::Linear, 0.95),
        Err(KappaError::NoSubjects)
    );
    // A reader who gives one level only agrees as often as chance does.
    let constant = kappa(&[vec![7, 3], vec![0, 0]], KappaWeights::None, 0.95).unwrap();
    assert_eq!(constant.kappa, 0.0);
    assert!(cross_table(&[0, 1], &[0], 2).is_err());
    assert!(cross_table(&[0, 2], &[0, 1], 2).is_err());
}
