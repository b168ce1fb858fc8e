//! The band of a calibration curve against a bootstrap in R.

use radiome_stats::calibration::calibration_band;
use radiome_stats::resampling::seeded;

#[test]
fn the_band_is_that_of_a_bootstrap_in_r() {
    let table = include_str!("reference/calibration_band/calibration_band.csv");
    let rows: Vec<Vec<f64>> = table
        .lines()
        .skip(1)
        .map(|line| {
            line.split(',')
                .map(|cell| cell.parse().unwrap_or(f64::NAN))
                .collect()
        })
        .collect();
    let outcome: Vec<bool> = rows.iter().map(|row| row[0] == 1.0).collect();
    let probability: Vec<f64> = rows.iter().map(|row| row[1]).collect();
    let mut generator = seeded(5);
    let band = calibration_band(&outcome, &probability, 0.95, 10_000, &mut generator).unwrap();
    let (mut worst, mut compared) = (0.0_f64, 0);
    for (place, row) in rows.iter().enumerate() {
        let (lower, upper) = (band.lower[place], band.upper[place]);
        assert!(lower <= upper || lower.is_nan());
        if row[2].is_nan() || lower.is_nan() {
            continue;
        }
        worst = worst
            .max((lower - row[2]).abs())
            .max((upper - row[3]).abs());
        compared += 1;
    }
    assert!(compared > 50, "{compared} points");
    // Two bootstraps of 10,000 and 20,000 samples. A limit of one has a standard error of about
    // sqrt(0.025 * 0.975 / B) over the density there: 0.003 with a spread of the heights of 0.1,
    // three times that at the ends. The band itself is 0.3 wide.
    eprintln!("largest difference {worst:.4} over {compared} points");
    assert!(worst < 0.015, "{worst}");
}
