//! Properties of folds and bootstrap samples.

use radiome_stats::resampling::*;

#[test]
fn folds_are_stratified_and_reproducible() {
    let labels: Vec<usize> = (0..109).map(|i| usize::from(i % 11 < 5)).collect();
    let folds = stratified_folds(&labels, 10, &mut seeded(7)).unwrap();
    assert_eq!(
        folds,
        stratified_folds(&labels, 10, &mut seeded(7)).unwrap()
    );
    assert_ne!(
        folds,
        stratified_folds(&labels, 10, &mut seeded(8)).unwrap()
    );
    for class in [None, Some(0), Some(1)] {
        let size = |fold: usize| {
            (0..109)
                .filter(|&i| folds[i] == fold && class.is_none_or(|c| labels[i] == c))
                .count()
        };
        let sizes: Vec<usize> = (0..10).map(size).collect();
        assert!(
            sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1,
            "{sizes:?}"
        );
    }
    let repeated = repeated_stratified_folds(&labels, 10, 3, &mut seeded(7)).unwrap();
    assert_eq!(repeated[0], folds);
    assert_ne!(repeated[1], folds);
}

#[test]
fn too_many_folds_are_refused() {
    let error = stratified_folds(&[0, 0, 0, 1, 1], 3, &mut seeded(1)).unwrap_err();
    assert_eq!(
        error,
        ResamplingError::ClassTooSmall {
            class: 1,
            members: 2,
            folds: 3
        }
    );
    assert!(stratified_folds(&[0, 0], 1, &mut seeded(1)).is_err());
    assert!(stratified_folds(&[], 2, &mut seeded(1)).is_err());
}

#[test]
fn bootstrap_draws_evenly_with_replacement() {
    let mut rng = seeded(3);
    let mut counts = [0.0; 10];
    for _ in 0..10_000 {
        for row in bootstrap(10, &mut rng) {
            counts[row] += 1.0;
        }
    }
    // Chi-square of 100 000 draws on 9 degrees of freedom; 33.7 is passed once in 10 000 seeds.
    let chi_square: f64 = counts.iter().map(|c| (c - 1e4f64).powi(2) / 1e4).sum();
    assert!(chi_square < 33.7, "{chi_square}");
    let sample = bootstrap(50, &mut rng);
    let out = out_of_bag(&sample, 50);
    assert!(!out.is_empty() && out.iter().all(|row| !sample.contains(row)));
    assert!(bootstrap(0, &mut rng).is_empty());
}
