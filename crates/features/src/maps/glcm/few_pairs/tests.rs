use super::*;
use crate::maps::glcm::pair_sums::NAMES;
use crate::maps::kernel::Kernel;
use crate::texture::Neighbourhood;
use crate::texture::glcm::{Cooccurrence, FEATURES as ALL, Pair};

/// The means of one kernel, the maximal correlation among them.
fn means(
    room: &mut FewPairs,
    window: &[u16],
    levels: &[u32],
    pairs: &[Pairs],
    tables: &Tables,
) -> Option<[f64; FEATURES]> {
    if !room.look(window, levels) {
        return None;
    }
    let mut correlations = MaximalCorrelations::new();
    let (mut means, _) = room.means(pairs, tables, Some(&mut correlations));
    correlations.end_kernel();
    correlations.finish(|_, value| means[19] = value);
    Some(means)
}

#[test]
fn names_are_those_of_the_catalogue() {
    assert!(NAMES.iter().all(|name| ALL.iter().any(|f| f.name == *name)));
    assert_eq!((NAMES.len(), NAMES[19]), (ALL.len(), "MCC"));
}

#[test]
fn one_direction_by_hand() {
    // 1 2 2 4 in a row: pairs (1,2), (2,2), (2,4), each counted both ways: 6 in all.
    let pairs = [Pairs {
        step: [1, 0, 0],
        stride: 1,
        firsts: vec![0, 1, 2],
    }];
    let tables = Tables::new(3, 4).unwrap();
    let mut room = FewPairs::new();
    let found = means(&mut room, &[1, 2, 2, 3], &[1, 2, 4], &pairs, &tables).unwrap();
    let log = |x: f64| x * x.log2();
    for (name, expected) in [
        ("Contrast", 10.0 / 6.0),
        ("DifferenceAverage", 1.0),
        ("Autocorrelation", 28.0 / 6.0),
        ("JointAverage", 13.0 / 6.0),
        ("SumAverage", 13.0 / 3.0),
        ("JointEnergy", 8.0 / 36.0),
        ("JointEntropy", -4.0 * log(1.0 / 6.0) - log(1.0 / 3.0)),
        ("SumEntropy", 3.0_f64.log2()),
        ("DifferenceEntropy", 3.0_f64.log2()),
        ("MaximumProbability", 1.0 / 3.0),
        ("Id", (2.0 * 0.5 + 2.0 + 2.0 / 3.0) / 6.0),
        ("Idn", (2.0 / 1.25 + 2.0 + 2.0 / 1.5) / 6.0),
        ("InverseVariance", (2.0 + 2.0 * 0.25) / 6.0),
        // Levels of 1, 4 and 1 voxels.
        (
            "SumSquares",
            (1.0 + 16.0 + 16.0) / 6.0 - (13.0_f64 / 6.0).powi(2),
        ),
    ] {
        let place = NAMES.iter().position(|known| *known == name).unwrap();
        assert!(
            (found[place] - expected).abs() < 1e-14,
            "{name} {}",
            found[place]
        );
    }
}

/// Against the matrices of a region, whose features are checked against PyRadiomics: kernels of
/// radius 1 to 3, of one level and of many, with and without voxels that do not count.
#[test]
fn means_are_those_of_matrices() {
    let mut state = 7_u64;
    let mut random = |below: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u32 % below
    };
    let mut room = FewPairs::new();
    for case in 0..300_usize {
        let neighbourhood = Neighbourhood {
            distances: vec![1, 2],
            ..Neighbourhood::default()
        };
        let kernel = Kernel::new(1 + case % 3, &neighbourhood, [9; 3]);
        let pairs = kernel.pairs(&neighbourhood);
        let count = [1, 2, 3, 6, 14, 31][case % 6];
        let levels: Vec<u32> = (0..count).map(|n| 5 + 3 * n + n * n / 8).collect();
        let highest = levels[levels.len() - 1];
        let places = kernel.size.iter().product();
        let outside = random(3);
        let window: Vec<u16> = (0..places)
            .map(|_| {
                if random(3) < outside {
                    0
                } else {
                    1 + random(count) as u16
                }
            })
            .collect();
        let tables = Tables::new(count as usize, highest).unwrap();
        let found = means(&mut room, &window, &levels, &pairs, &tables).unwrap();

        let mut sums = [0.0; FEATURES];
        let mut used = 0;
        for direction in &pairs {
            let mut table = vec![0.0; (count * count) as usize];
            for &first in &direction.firsts {
                let (a, b) = (
                    window[first as usize],
                    window[first as usize + direction.stride],
                );
                if a > 0 && b > 0 {
                    let (a, b) = (usize::from(a.min(b)) - 1, usize::from(a.max(b)) - 1);
                    table[a * count as usize + b] += 1.0;
                }
            }
            let cells = table
                .iter()
                .enumerate()
                .filter(|(_, weight)| **weight > 0.0);
            let cells: Vec<Pair> = cells
                .map(|(place, &weight)| Pair {
                    first: (place / count as usize) as u16,
                    second: (place % count as usize) as u16,
                    weight,
                })
                .collect();
            if let Some(matrix) = Cooccurrence::new(&cells, true, &levels, highest) {
                used += 1;
                for (sum, name) in sums.iter_mut().zip(NAMES) {
                    let feature = ALL.iter().find(|feature| feature.name == name).unwrap();
                    *sum += (feature.value)(&matrix);
                }
            }
        }
        for ((name, found), sum) in NAMES.iter().zip(found).zip(sums) {
            let expected = sum / f64::from(used);
            // Some hundred roundings; moments of levels around 100 are differences of numbers
            // up to 1e9 times theirs where the matrix is made of shares.
            let close = (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3);
            assert!(
                close || found.is_nan() && expected.is_nan(),
                "{name} of {count} levels, case {case}: {found:e}, expected {expected:e}"
            );
        }
    }
}

#[test]
fn large_kernels_are_left_to_matrices() {
    let mut room = FewPairs::new();
    assert!(room.look(&[1; 511], &[9]));
    assert!(!room.look(&[1; 512], &[9]));
    let levels: Vec<u32> = (1..=32).collect();
    assert!(room.look(&[31; 27], &levels[..31]));
    assert!(!room.look(&[32; 27], &levels));
    assert!(room.look(&[2; 27], &[5, 1028]));
    assert!(!room.look(&[2; 27], &[5, 1029]));
}
