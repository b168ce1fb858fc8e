//! Perturbed images and contours against SimpleITK, SciPy and closed forms.
//!
//! Fixtures: `reference/perturbation/perturbation.py`.

mod support;

use std::collections::BTreeSet;

use radiome_image::perturb::{
    Perturbation, RigidMotion, Supervoxels, add_noise, change_volume, move_rigidly, neighbourhood,
    noise_level, randomise_contour,
};
use radiome_image::{BoundingBox, Geometry, Image, Mask, PixelType};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const SIZE: [usize; 3] = [23, 19, 9];

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The image and the region of the fixtures.
fn formula() -> (Image, Mask) {
    let geometry = Geometry::axis_aligned(SIZE, [0.9, 1.2, 3.0]);
    let voxels =
        || (0..geometry.voxel_count()).map(|place| geometry.index(place).map(|i| i as i64));
    let value = |[x, y, z]: [i64; 3]| {
        let sum = 7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z;
        (sum % 211 - 50) as f64
    };
    let inside =
        |[x, y, z]: [i64; 3]| (x - 11) * (x - 11) + (y - 9) * (y - 9) + 6 * (z - 4) * (z - 4) < 40;
    let image = Image {
        values: voxels().map(value).collect(),
        pixel_type: PixelType::F64,
        geometry: geometry.clone(),
    };
    let mask = Mask {
        inside: voxels().map(inside).collect(),
        geometry: geometry.clone(),
    };
    (image, mask)
}

fn fixture(name: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    support::table(support::reference("perturbation").join(name))
}

#[test]
fn a_motion_is_simpleitks() {
    let (image, mask) = formula();
    let rows = fixture("motions.csv");
    assert_eq!(rows.len(), 1382);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut known: Option<(RigidMotion, Image, Mask)> = None;
    let mut largest = 0.0_f64;
    for row in &rows {
        let motion = RigidMotion {
            rotation: number(&row["rotation"]),
            translation: number(&row["translation"]),
        };
        if known.as_ref().is_none_or(|(other, ..)| *other != motion) {
            let (image, mask) = move_rigidly(&image, &mask, &motion, 1000.0).unwrap();
            assert_eq!(image.geometry, formula().0.geometry);
            known = Some((motion, image, mask));
        }
        let (_, image, mask) = known.as_ref().unwrap();
        let place = image
            .geometry
            .offset(["x", "y", "z"].map(|axis| row[axis].parse().unwrap()));
        largest = largest.max((image.values[place] - number(&row["value"])).abs());
        let share = number(&row["share"]);
        // Half a voxel to the last digits may round either way.
        if (share - 0.5).abs() > 1e-9 {
            assert_eq!(mask.inside[place], share > 0.5, "{row:?}");
        }
    }
    // Values of up to 161 from the same spline; positions come from sines rounded on other ways.
    assert!(largest < 1e-10, "{largest}");
}

#[test]
fn voxels_far_from_the_region_do_not_move() {
    let (image, mask) = formula();
    let motion = RigidMotion {
        rotation: 0.0,
        translation: 0.5,
    };
    let (moved, _) = move_rigidly(&image, &mask, &motion, 0.0).unwrap();
    let corner = |image: &Image| image.values[..3].to_vec();
    assert_eq!(corner(&moved), corner(&image));
    let middle = image.geometry.offset([11, 9, 4]);
    assert_ne!(moved.values[middle], image.values[middle]);
}

#[test]
fn the_grid_grows_where_the_region_would_leave_it() {
    // A bar along the lower edge of the image; turned by a right angle it stands upright.
    let geometry = Geometry::axis_aligned([21, 5, 2], [1.0, 1.0, 2.0]);
    let mask = Mask {
        inside: (0..geometry.voxel_count())
            .map(|place| geometry.index(place)[1] < 3)
            .collect(),
        geometry: geometry.clone(),
    };
    let image = Image {
        values: (0..geometry.voxel_count())
            .map(|p| geometry.index(p)[0] as f64)
            .collect(),
        pixel_type: PixelType::I16,
        geometry,
    };
    let motion = RigidMotion {
        rotation: 90.0,
        translation: 0.0,
    };
    let (turned, region) = move_rigidly(&image, &mask, &motion, 0.0).unwrap();
    assert_eq!(region.voxel_count(), mask.voxel_count());
    let bounds = region.bounding_box().unwrap();
    assert_eq!(bounds.size(), [3, 21, 2]);
    // What was along x now runs along y, from the first axis towards the second.
    let along: Vec<f64> = (bounds.lower[1]..=bounds.upper[1])
        .map(|y| turned.values[turned.geometry.offset([10, y, 0])])
        .collect();
    for (y, value) in along.iter().enumerate() {
        // The spline through a straight line bends a little at its mirrored ends only.
        assert!((value - y as f64).abs() < 1e-9, "{y}: {value}");
    }
    // The centre of the region stays where it was in the patient.
    let centre = |grid: &Geometry, bounds: &BoundingBox| {
        grid.position(std::array::from_fn(|axis| {
            (bounds.lower[axis] + bounds.upper[axis]) as f64 / 2.0
        }))
    };
    let before = centre(&image.geometry, &mask.bounding_box().unwrap());
    assert_eq!(centre(&turned.geometry, &bounds), before);
}

#[test]
fn the_noise_level_is_that_of_mirp() {
    let (image, _) = formula();
    let rows = fixture("noise.csv");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let corner = |name: &str| support::three(&row[name]).map(|index| index as usize);
        let part = BoundingBox {
            lower: corner("lower"),
            upper: corner("upper"),
        };
        let median: f64 = row["median"].parse().unwrap();
        // MIRP's 0.6754 is 0.6745, the upper quartile of the normal distribution (R: qnorm(0.75)).
        let expected = median / 0.674_489_750_196_082;
        let found = noise_level(&image, &part);
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn noise_that_is_added_is_found_again() {
    let geometry = Geometry::axis_aligned([80, 80, 10], [1.0, 1.0, 3.0]);
    // A smooth image: what the wavelet leaves of it is far below the noise.
    let smooth = |place: usize| {
        let [x, y, z] = geometry.index(place).map(|index| index as f64 / 40.0);
        100.0 * (x.sin() + y.cos() + z)
    };
    let image = Image {
        values: (0..geometry.voxel_count()).map(smooth).collect(),
        pixel_type: PixelType::F64,
        geometry: geometry.clone(),
    };
    let part = BoundingBox {
        lower: [0, 0, 1],
        upper: [79, 79, 9],
    };
    let mut noisy = image.clone();
    add_noise(&mut noisy, &part, 4.0, &mut generator(1));
    let difference: Vec<f64> = noisy
        .values
        .iter()
        .zip(&image.values)
        .map(|(a, b)| a - b)
        .collect();
    let (outside, within) = difference.split_at(80 * 80);
    assert!(outside.iter().all(|&d| d == 0.0));
    let n = within.len() as f64;
    let mean = within.iter().sum::<f64>() / n;
    let deviation = (within.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    // Five standard errors: sigma / sqrt(n) of the mean, sigma / sqrt(2 n) of the deviation.
    assert!(mean.abs() < 5.0 * 4.0 / n.sqrt(), "{mean}");
    assert!(
        (deviation - 4.0).abs() < 5.0 * 4.0 / (2.0 * n).sqrt(),
        "{deviation}"
    );
    // A normal tail: 4.55 % beyond two sigma.
    let beyond = within.iter().filter(|d| d.abs() > 8.0).count() as f64 / n;
    assert!(
        (beyond - 0.0455).abs() < 5.0 * (0.0455 * 0.9545 / n).sqrt(),
        "{beyond}"
    );
    // The standard error of a median of |N| is 0.79 sigma / sqrt(n); the band's values are
    // correlated between neighbours, so several of them are allowed.
    let found = noise_level(&noisy, &part);
    assert!((found - 4.0).abs() < 0.1, "{found}");
}

#[test]
fn growth_gives_the_volume_asked_for_by_the_nearest_voxels() {
    let (_, mask) = formula();
    // Signed distances by SciPy: to the region outside of it, to the rest inside (negative).
    let distance: Vec<f64> = fixture("distances.csv")
        .iter()
        .map(|row| row["distance"].parse().unwrap())
        .collect();
    let volume = mask.voxel_count() as f64;
    for fraction in [-0.5, -0.1, -0.03, 0.05, 0.1, 0.8, 3.0] {
        let changed = change_volume(&mask, fraction, &mut generator(7));
        let wanted = (volume * (1.0 + fraction)).round() as usize;
        assert_eq!(changed.voxel_count(), wanted, "{fraction}");
        let membership = &changed.inside;
        let split = |inside: bool| {
            let places = (0..distance.len()).filter(move |&p| membership[p] == inside);
            places.map(|p| distance[p]).collect::<Vec<f64>>()
        };
        let farthest = split(true).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let nearest = split(false).into_iter().fold(f64::INFINITY, f64::min);
        // Equal distances come from the same sums of squares but for the root.
        assert!(
            farthest <= nearest + 1e-12,
            "{fraction}: {farthest} {nearest}"
        );
    }
    let few = change_volume(&mask, -1.0, &mut generator(7));
    assert_eq!(few.voxel_count(), 1);
    let all = change_volume(&mask, 1e6, &mut generator(7));
    assert!(all.inside.iter().all(|&inside| inside));
    // Chance decides among equals only, and the same seed decides alike.
    let grown = |seed| change_volume(&mask, 0.1, &mut generator(seed));
    assert_eq!(grown(1), grown(1));
    assert_ne!(grown(1), grown(2));
}

#[test]
fn supervoxels_keep_to_edges_and_hang_together() {
    let geometry = Geometry::axis_aligned([60, 50, 8], [1.0, 1.0, 2.5]);
    let place = |p: usize| geometry.index(p);
    // A bright ball in a dark surrounding; the region is a little larger than the ball.
    let radius = |p: usize| {
        let [x, y, z] = place(p).map(|i| i as f64);
        ((x - 30.0).powi(2) + (y - 25.0).powi(2) + (2.5 * (z - 3.5)).powi(2)).sqrt()
    };
    let image = Image {
        values: (0..geometry.voxel_count())
            .map(|p| if radius(p) < 14.0 { 100.0 } else { 0.0 })
            .collect(),
        pixel_type: PixelType::F64,
        geometry: geometry.clone(),
    };
    let mask = Mask {
        inside: (0..geometry.voxel_count())
            .map(|p| radius(p) < 15.0)
            .collect(),
        geometry: geometry.clone(),
    };
    let found = Supervoxels::around(&image, &mask).unwrap();
    let size = found.part.size();
    assert_eq!(found.labels.len(), size.iter().product::<usize>());
    assert_eq!(
        found.labels.iter().collect::<BTreeSet<_>>().len(),
        found.count
    );
    let labels = &found.labels;
    let voxels = |label: usize| (0..labels.len()).filter(move |&p| labels[p] == label);
    let mut mixed = 0;
    for label in 0..found.count {
        let own: BTreeSet<usize> = voxels(label).collect();
        // 500 mm³ of 2.5 mm³ voxels: 200 each, and none is smaller than half of that.
        assert!(own.len() >= 100, "{label}: {}", own.len());
        // Reached from its first voxel across faces.
        let mut reached = BTreeSet::from([*own.first().unwrap()]);
        let mut front = vec![*own.first().unwrap()];
        while let Some(p) = front.pop() {
            let strides = [1, size[0], size[0] * size[1]];
            for stride in strides {
                for next in [p.wrapping_sub(stride), p + stride] {
                    if own.contains(&next) && reached.insert(next) {
                        front.push(next);
                    }
                }
            }
        }
        assert_eq!(reached.len(), own.len(), "{label}");
        let bright = own.iter().filter(|&&p| {
            let index = [
                found.part.lower[0] + p % size[0],
                found.part.lower[1] + p / size[0] % size[1],
                found.part.lower[2] + p / (size[0] * size[1]),
            ];
            image.values[geometry.offset(index)] > 50.0
        });
        let share = bright.count() as f64 / own.len() as f64;
        mixed += (share.min(1.0 - share) * own.len() as f64) as usize;
    }
    // Smoothing by one voxel blurs the edge. With the same settings scikit-image leaves 660 of the
    // ball's 4,096 voxels on the wrong side, a grid of cubes of 8 mm 1,416 (`supervoxels.py`).
    assert!(
        mixed < 660,
        "{mixed} voxels lie in a supervoxel of the other side"
    );
    let redrawn = randomise_contour(&mask, &found, &mut generator(3));
    let both = mask.inside.iter().zip(&redrawn.inside);
    let common = both.filter(|(a, b)| **a && **b).count() as f64;
    let dice = 2.0 * common / (mask.voxel_count() + redrawn.voxel_count()) as f64;
    assert!(dice > 0.8, "{dice}");
}

#[test]
fn a_supervoxel_is_taken_as_often_as_it_overlaps() {
    // A row of ten supervoxels of six voxels; the contour holds all of two, four sixths of the
    // third, two sixths of the fourth and one sixth of the fifth.
    let geometry = Geometry::axis_aligned([60, 1, 1], [1.0; 3]);
    let within = |x: usize| match x / 6 {
        0 | 1 => true,
        4 => x % 6 < 4,
        6 => x % 6 < 2,
        8 => x % 6 < 1,
        _ => false,
    };
    let mask = Mask {
        geometry: geometry.clone(),
        inside: (0..60).map(within).collect(),
    };
    let supervoxels = Supervoxels {
        part: neighbourhood(&geometry, &mask.bounding_box().unwrap(), 100.0),
        labels: (0..60).map(|x| x / 6).collect(),
        count: 10,
    };
    let draws = 4000;
    let mut taken = [0_usize; 10];
    let mut generator = generator(11);
    for _ in 0..draws {
        let redrawn = randomise_contour(&mask, &supervoxels, &mut generator);
        for (label, count) in taken.iter_mut().enumerate() {
            let own = &redrawn.inside[6 * label..6 * label + 6];
            // Whole or not at all: closing fills no gap as wide as a supervoxel.
            assert!(own.iter().all(|&inside| inside == own[0]));
            *count += usize::from(own[0]);
        }
    }
    let expected = [1.0, 1.0, 0.0, 0.0, 4.0 / 6.0, 0.0, 2.0 / 6.0, 0.0, 0.0, 0.0];
    for (count, share) in taken.iter().zip(expected) {
        let found = *count as f64 / f64::from(draws);
        // Five standard errors of a binomial share.
        let error = 5.0 * (share * (1.0 - share) / f64::from(draws)).sqrt();
        assert!((found - share).abs() <= error, "{found} for {share}");
    }
}

#[test]
fn a_chain_is_the_same_for_the_same_seed() {
    let (image, mask) = formula();
    let chain = Perturbation {
        noise: true,
        motion: RigidMotion {
            rotation: 4.0,
            translation: 0.5,
        },
        growth: 0.1,
        supervoxels: true,
    };
    let apply = |seed| chain.apply(&image, &mask, &mut generator(seed)).unwrap();
    assert_eq!(apply(5), apply(5));
    assert_ne!(apply(5), apply(6));
    let (moved, region) = apply(5);
    assert_eq!(moved.geometry, region.geometry);
    let nothing = Perturbation::default();
    let (same, region) = nothing.apply(&image, &mask, &mut generator(1)).unwrap();
    assert_eq!((same, region), (image.clone(), mask.clone()));
    let empty = Mask {
        inside: vec![false; mask.inside.len()],
        ..mask
    };
    assert!(chain.apply(&image, &empty, &mut generator(1)).is_err());
}
