//! Z-scores, clipping, Otsu's threshold and Nyul's scale against other programs; N4 against SimpleITK.

mod support;

use std::collections::BTreeMap;
use std::f64::consts::PI;

use radiome_image::correct::{self, CorrectError, N4, N4Correction, NyulStandard};
use radiome_image::{Geometry, Image, Mask, PixelType, read};

fn fixture() -> BTreeMap<String, Vec<f64>> {
    let rows = support::table(support::reference("correct/correct.csv"));
    let row =
        |row: &BTreeMap<String, String>| (row["what"].clone(), support::numbers(&row["values"]));
    rows.iter().map(row).collect()
}

fn small(values: &[f64]) -> Image {
    Image {
        geometry: Geometry::axis_aligned([8, 6, 4], [1.0; 3]),
        pixel_type: PixelType::F64,
        values: values.to_vec(),
    }
}

fn mask(image: &Image, inside: &[f64]) -> Mask {
    Mask {
        geometry: image.geometry.clone(),
        inside: inside.iter().map(|&inside| inside == 1.0).collect(),
    }
}

fn close(found: f64, expected: f64, tolerance: f64) {
    let difference = (found - expected).abs();
    assert!(
        difference <= tolerance,
        "{found} {expected}: {difference:e}"
    );
}

#[test]
fn z_scores_against_numpy() {
    let fixture = fixture();
    let image = small(&fixture["image"]);
    let body = mask(&image, &fixture["body"]);
    let (scored, [mean, deviation]) = correct::z_score(&image, Some(&body)).unwrap();
    // Sums of a hundred numbers.
    close(mean, fixture["z"][0], 1e-12 * mean);
    close(deviation, fixture["z"][1], 1e-12 * deviation);
    for (value, score) in image.values.iter().zip(&scored.values) {
        close(*score, (value - mean) / deviation, 0.0);
    }
    // Closed form: 1, 2, 3 have mean 2 and standard deviation 1.
    let three = Image {
        geometry: Geometry::axis_aligned([3, 1, 1], [1.0; 3]),
        pixel_type: PixelType::I16,
        values: vec![1.0, 2.0, 3.0],
    };
    let (scored, _) = correct::z_score(&three, None).unwrap();
    assert_eq!(scored.values, [-1.0, 0.0, 1.0]);
    assert_eq!(scored.pixel_type, PixelType::F32);
}

#[test]
fn clipping_against_numpy() {
    let fixture = fixture();
    let image = small(&fixture["image"]);
    let body = mask(&image, &fixture["body"]);
    let (clipped, limits) = correct::clip(&image, Some(&body), [2.5, 97.5]).unwrap();
    close(limits[0], fixture["clip"][0], 1e-12);
    close(limits[1], fixture["clip"][1], 1e-12);
    for (value, found) in image.values.iter().zip(&clipped.values) {
        assert_eq!(*found, value.clamp(limits[0], limits[1]));
    }
    for percentiles in [[2.0, 2.0], [-1.0, 50.0], [0.0, 101.0], [f64::NAN, 5.0]] {
        let error = correct::clip(&image, None, percentiles).unwrap_err();
        assert!(matches!(error, CorrectError::Setting { .. }), "{error}");
    }
}

#[test]
fn otsu_against_scikit_image() {
    let fixture = fixture();
    for (place, name) in ["train_1", "train_2", "train_3", "image"]
        .iter()
        .enumerate()
    {
        let found = correct::otsu_threshold(&fixture[*name], 256).unwrap();
        // The centre of the same bin.
        close(found, fixture["otsu"][place], 1e-12 * found);
        let (body, threshold) = correct::body(&small(&fixture[*name])).unwrap();
        assert_eq!(threshold, found);
        let above = fixture[*name].iter().map(|&value| value > found);
        assert!(above.eq(body.inside));
    }
    assert_eq!(correct::otsu_threshold(&[3.0; 5], 256), None);
    assert_eq!(correct::otsu_threshold(&[1.0, f64::NAN], 256), None);
}

#[test]
fn nyul_against_intensity_normalization() {
    let fixture = fixture();
    let training: Vec<(Image, Mask)> = (1..=3)
        .map(|number| {
            let image = small(&fixture[&format!("train_{number}")]);
            let body = mask(&image, &fixture[&format!("body_{number}")]);
            (image, body)
        })
        .collect();
    let pairs: Vec<_> = training.iter().map(|(i, m)| (i, Some(m))).collect();
    let standard = NyulStandard::fit(&pairs).unwrap();
    // The other program holds intensities in 32 bits, so its numbers have seven digits.
    for (found, expected) in standard.landmarks.iter().zip(&fixture["scale"]) {
        close(*found, *expected, 1e-5);
    }
    let image = small(&fixture["image"]);
    let body = mask(&image, &fixture["body"]);
    let mapped = standard.apply(&image, Some(&body)).unwrap();
    for (found, expected) in mapped.values.iter().zip(&fixture["nyul"]) {
        close(*found, *expected, 2e-5 * expected.abs().max(1.0));
    }
    // A copy of the training image in other units lands where the training image lands.
    let other = Image {
        values: training[0].0.values.iter().map(|v| 3.0 * v + 7.0).collect(),
        ..training[0].0.clone()
    };
    let here = standard
        .apply(&training[0].0, Some(&training[0].1))
        .unwrap();
    let there = standard.apply(&other, Some(&training[0].1)).unwrap();
    for (a, b) in here.values.iter().zip(&there.values) {
        close(*a, *b, 1e-11 * a.abs().max(1.0));
    }
    let text = serde_json::to_string(&standard).unwrap();
    assert_eq!(
        serde_json::from_str::<NyulStandard>(&text).unwrap(),
        standard
    );
}

#[test]
fn what_nyul_cannot_learn_is_an_error() {
    let flat = small(&[5.0; 192]);
    let error = NyulStandard::fit(&[(&flat, None)]).unwrap_err();
    assert!(
        matches!(error, CorrectError::Training { number: 1, .. }),
        "{error}"
    );
    assert_eq!(NyulStandard::fit(&[]).unwrap_err(), CorrectError::NoImages);
    assert_eq!(
        NyulStandard::of_percentiles(&[]).unwrap_err(),
        CorrectError::NoImages
    );
    let rising: Vec<f64> = (0..11).map(f64::from).collect();
    for list in [rising[..3].to_vec(), vec![1.0; 11], vec![f64::NAN; 11]] {
        let error = NyulStandard::of_percentiles(&[rising.clone(), list]).unwrap_err();
        assert!(matches!(error, CorrectError::Training { number: 2, .. }));
    }
    let image = small(&fixture()["image"]);
    let standard = NyulStandard {
        percentiles: vec![1.0, 99.0],
        landmarks: vec![100.0, 1.0],
        images: 1,
    };
    let error = standard.apply(&image, None).unwrap_err();
    assert!(matches!(error, CorrectError::Standard { .. }), "{error}");
    // Ties between landmarks do not divide by 0.
    let mut ties = vec![1.0; 192];
    ties[..10].fill(0.0);
    ties[180..].fill(9.0);
    let standard = NyulStandard::fit(&[(&image, None)]).unwrap();
    let mapped = standard.apply(&small(&ties), None).unwrap();
    assert!(mapped.values.iter().all(|value| value.is_finite()));
}

#[test]
fn unusable_images_are_errors() {
    let image = small(&fixture()["image"]);
    let empty = mask(&image, &[0.0; 192]);
    assert_eq!(
        correct::z_score(&image, Some(&empty)).unwrap_err(),
        CorrectError::EmptyMask
    );
    let error = correct::z_score(&small(&[2.0; 192]), None).unwrap_err();
    assert_eq!(error, CorrectError::Constant { value: 2.0 });
    let mut broken = image.clone();
    broken.values[7] = f64::NAN;
    let error = correct::clip(&broken, None, [1.0, 99.0]).unwrap_err();
    assert!(matches!(error, CorrectError::NotFinite { .. }), "{error}");
    let mut moved = mask(&image, &[1.0; 192]);
    moved.geometry.origin[0] = 1.0;
    let error = correct::z_score(&image, Some(&moved)).unwrap_err();
    assert!(matches!(error, CorrectError::Geometry { .. }), "{error}");
}

/// As in n4.py.
fn known_log_field(geometry: &Geometry, [x, y, z]: [usize; 3]) -> f64 {
    let share = |index: usize, axis: usize| index as f64 / (geometry.size[axis] - 1) as f64;
    0.3 * (PI * share(x, 0)).cos() + 0.2 * (PI * share(y, 1)).sin() - 0.1 * share(z, 2)
}

/// As in n4.py.
fn phantom() -> Image {
    let geometry = Geometry::axis_aligned([40, 36, 20], [1.0, 1.0, 2.0]);
    let value = |offset: usize| {
        let index = geometry.index(offset);
        let [x, y, z] = index.map(|index| index as f64);
        let part = |at: f64, centre: f64, radius: f64| ((at - centre) / radius).powi(2);
        let outer = part(x, 19.5, 18.0) + part(y, 17.5, 16.0) + part(z, 9.5, 9.0) < 1.0;
        let inner = (x - 15.0).powi(2) + (y - 20.0).powi(2) + 4.0 * (z - 9.0).powi(2) < 64.0;
        let texture = ((13 * index[0] + 7 * index[1] + 5 * index[2]) % 11) as f64;
        let base = if outer { 200.0 + texture } else { 10.0 };
        base + if inner { 150.0 } else { 0.0 }
    };
    Image {
        values: (0..geometry.voxel_count()).map(value).collect(),
        pixel_type: PixelType::F32,
        geometry,
    }
}

fn multiplied(mut image: Image) -> Image {
    for offset in 0..image.values.len() {
        let log = known_log_field(&image.geometry, image.geometry.index(offset));
        image.values[offset] = PixelType::F32.stored(image.values[offset] * log.exp());
    }
    image.pixel_type = PixelType::F32;
    image
}

fn above(image: &Image, threshold: f64) -> Mask {
    Mask {
        geometry: image.geometry.clone(),
        inside: image
            .values
            .iter()
            .map(|&value| value > threshold)
            .collect(),
    }
}

fn on(threads: usize, settings: &N4, image: &Image, mask: &Mask) -> N4Correction {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let work = || settings.correct(image, mask, &|_| {}).unwrap();
    pool.build().unwrap().install(work)
}

#[test]
fn n4_against_simpleitk() {
    let data = support::shared();
    let rows = support::table(support::reference("correct/n4.csv"));
    assert_eq!(rows.len(), 450);
    for case in rows.chunk_by(|a, b| a["case"] == b["case"]) {
        let (name, file) = (&case[0]["case"], &case[0]["image"]);
        let image = match (file.as_str(), &data) {
            ("phantom", _) => phantom(),
            (_, None) => continue,
            (file, Some(data)) => read::image(data.join(file)).unwrap(),
        };
        let image = match case[0]["multiplied"].as_str() {
            "1" => multiplied(image),
            _ => image,
        };
        let number = |row: &BTreeMap<String, String>, key: &str| row[key].parse::<f64>().unwrap();
        let mask = above(&image, number(&case[0], "threshold"));
        let settings = N4 {
            shrink: number(&case[0], "shrink") as usize,
            ..N4::default()
        };
        let found = on(2, &settings, &image, &mask);
        let mut worst = 0.0_f64;
        for row in case {
            let index = ["x", "y", "z"].map(|axis| number(row, axis) as usize);
            let offset = image.geometry.offset(index);
            close(
                image.values[offset],
                number(row, "value"),
                1e-6 * image.values[offset],
            );
            let ratio = found.image.values[offset] / number(row, "corrected");
            worst = worst.max((ratio - 1.0).abs());
        }
        let steps: Vec<usize> = found.levels.iter().map(|step| step.iteration).collect();
        println!("n4, {name}: largest difference {worst:.2e}, steps {steps:?}");
        // SimpleITK holds logarithms and fields in 32 bits, so a level may end a step earlier or
        // later, which moves the field by about its threshold of 0.1 %.
        assert!(worst < 0.002, "{name}: {worst}");
    }
}

#[test]
fn n4_recovers_a_known_field() {
    let image = multiplied(phantom());
    let mask = above(&image, 50.0);
    let settings = N4 {
        shrink: 1,
        ..N4::default()
    };
    let found = on(2, &settings, &image, &mask);
    let pairs: Vec<(f64, f64)> = (0..image.values.len())
        .filter(|&offset| mask.inside[offset])
        .map(|offset| {
            let known = known_log_field(&image.geometry, image.geometry.index(offset));
            (found.log_field.values[offset], known)
        })
        .collect();
    // A factor of the whole image is not known to the method: spreads are compared.
    let spread = |values: &dyn Fn(&(f64, f64)) -> f64| {
        let mean = pairs.iter().map(values).sum::<f64>() / pairs.len() as f64;
        let squares = pairs.iter().map(|pair| (values(pair) - mean).powi(2));
        (squares.sum::<f64>() / pairs.len() as f64).sqrt()
    };
    let (before, after) = (spread(&|pair| pair.1), spread(&|pair| pair.0 - pair.1));
    println!("n4: spread of the logarithm of the known field {before:.4}, left {after:.4}");
    // The field varies by a fifth, the texture of the phantom by 1.5 %.
    assert!(before > 0.15, "{before}");
    assert!(after < 0.1 * before, "{after} of {before}");
}

#[test]
fn n4_gives_the_same_bits_on_any_number_of_threads() {
    let image = multiplied(phantom());
    let mask = above(&image, 50.0);
    let settings = N4 {
        shrink: 2,
        iterations: vec![10, 10, 5],
        ..N4::default()
    };
    let one = on(1, &settings, &image, &mask);
    for threads in [2, 3, 7] {
        let other = on(threads, &settings, &image, &mask);
        let same = |a: &Image, b: &Image| {
            let bits = |image: &Image| image.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            bits(a) == bits(b)
        };
        assert!(same(&one.image, &other.image) && same(&one.log_field, &other.log_field));
        assert_eq!(one.levels, other.levels);
    }
    // One slice is no volume, and no error.
    let flat = Image {
        geometry: Geometry::axis_aligned([40, 36, 1], [1.0; 3]),
        values: image.values[40 * 36 * 10..40 * 36 * 11].to_vec(),
        pixel_type: PixelType::F32,
    };
    let found = on(1, &settings, &flat, &above(&flat, 50.0));
    assert!(found.image.values.iter().all(|value| value.is_finite()));
}

#[test]
fn what_n4_cannot_correct_is_an_error() {
    let image = phantom();
    let all = above(&image, 0.0);
    let correct = |settings: N4, image: &Image, mask: &Mask| {
        settings.correct(image, mask, &|_| {}).unwrap_err()
    };
    for settings in [
        N4 {
            shrink: 0,
            ..N4::default()
        },
        N4 {
            iterations: vec![],
            ..N4::default()
        },
        N4 {
            iterations: vec![50, 0],
            ..N4::default()
        },
        N4 {
            convergence: f64::NAN,
            ..N4::default()
        },
        N4 {
            bins: 1,
            ..N4::default()
        },
        N4 {
            wiener_noise: 0.0,
            ..N4::default()
        },
        N4 {
            fwhm: -1.0,
            ..N4::default()
        },
        N4 {
            control_points: 3,
            ..N4::default()
        },
    ] {
        let error = correct(settings, &image, &all);
        assert!(matches!(error, CorrectError::Setting { .. }), "{error}");
    }
    let negative = Image {
        values: image.values.iter().map(|value| -value).collect(),
        ..image.clone()
    };
    let error = correct(N4::default(), &negative, &all);
    assert!(
        matches!(error, CorrectError::NotPositive { positive: 0, .. }),
        "{error}"
    );
    let constant = Image {
        values: vec![3.0; image.values.len()],
        ..image.clone()
    };
    let error = correct(N4::default(), &constant, &all);
    assert!(matches!(error, CorrectError::Constant { .. }), "{error}");
    let none = above(&image, 1e9);
    assert_eq!(
        correct(N4::default(), &image, &none),
        CorrectError::EmptyMask
    );
}
