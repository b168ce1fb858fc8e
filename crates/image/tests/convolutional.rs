//! Convolutional filters against the response maps of the IBSI, against scipy and numpy on images
//! made by a formula, and by hand.
//!
//! Fixture: `reference/convolutional.py`.

mod support;

use std::path::Path;

use radiome_image::filter::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, FilterError, Gabor, LawsKernel, Pass,
    Pooling, RieszOf, SampledLaplacianOfGaussian, Wavelet, respond,
};
use radiome_image::{BoundingBox, Geometry, Image, PixelType, read};

fn whole(image: &Image) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    }
}

fn phantom(folder: &Path, name: &str) -> Image {
    let folder = folder.join("digital_phantom").join(name).join("image");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    read::image(file.path()).unwrap()
}

/// Largest difference from the reference, in percent of the reference's range.
fn percent_of_range(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let least = expected.iter().copied().fold(f64::INFINITY, f64::min);
    let most = expected.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let pairs = found.iter().zip(expected);
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    100.0 * worst / (most - least)
}

#[test]
fn the_reference_response_maps() {
    let Some(data) = support::shared() else {
        return;
    };
    let folder = data.join("ibsi2");
    let mut failed = Vec::new();
    let mut compared = 0;
    for row in support::table(folder.join("phase1_filters.csv")) {
        let id = row["filter_id"].as_str();
        let image = phantom(&folder, &row["phantom"]);
        let expected = read::image(folder.join(&row["response_map"])).unwrap();
        let convolution = Convolution::reference(id).unwrap().unwrap();
        let found = respond(&image, &convolution, &whole(&image)).unwrap();
        let percent = percent_of_range(&found.values, &expected.values);
        println!("{id:7} {percent:.5} %");
        // The IBSI's criterion: every voxel within 1 % of the range of the map.
        if percent.is_nan() || percent > 1.0 {
            failed.push(format!("{id}: {percent} %"));
        }
        compared += 1;
    }
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(compared, 33);
}

fn value(x: i64, y: i64, z: i64) -> i64 {
    (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
}

fn made_by_formula(size: [usize; 3], spacing: [f64; 3]) -> Image {
    let geometry = Geometry::axis_aligned(size, spacing);
    let values = (0..geometry.voxel_count()).map(|offset| {
        let [x, y, z] = geometry.index(offset).map(|index| index as i64);
        value(x, y, z) as f64
    });
    Image {
        values: values.collect(),
        pixel_type: PixelType::I16,
        geometry,
    }
}

fn named<T: Copy>(name: &str, names: &[(&str, T)]) -> Option<T> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|&(_, value)| value)
}

/// A filter as the fixture writes it.
fn filter(text: &str) -> ConvolutionalFilter {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let number = |i: usize| parts[i].parse::<f64>().unwrap();
    let count = |i: usize| parts[i].parse::<usize>().unwrap();
    let laplacian = || SampledLaplacianOfGaussian {
        sigma: number(1),
        truncate: number(2),
    };
    let order = |i: usize| -> [usize; 3] {
        let digits = parts[i].chars().map(|l| l.to_digit(10).unwrap() as usize);
        digits.collect::<Vec<_>>().try_into().unwrap()
    };
    match parts[0] {
        "mean" => ConvolutionalFilter::Mean { support: count(1) },
        "log" => ConvolutionalFilter::LaplacianOfGaussian(laplacian()),
        "laws" => ConvolutionalFilter::Laws {
            kernels: LawsKernel::list(parts[1]).unwrap(),
            energy_distance: Some(count(2)).filter(|&distance| distance > 0),
        },
        "gabor" => ConvolutionalFilter::Gabor(Gabor {
            sigma: number(1),
            lambda: number(2),
            gamma: number(3),
            theta: number(4),
            theta_step: parts[5].parse().ok(),
        }),
        "wavelet" => ConvolutionalFilter::SeparableWavelet {
            wavelet: Wavelet::named(parts[1]).unwrap(),
            passes: Pass::list(parts[2]).unwrap(),
            level: count(3),
        },
        "simoncelli" => ConvolutionalFilter::Simoncelli { level: count(1) },
        "riesz_simoncelli" => ConvolutionalFilter::Riesz {
            of: RieszOf::Simoncelli { level: count(1) },
            order: order(2),
        },
        "riesz_log" => ConvolutionalFilter::Riesz {
            of: RieszOf::LaplacianOfGaussian(laplacian()),
            order: order(3),
        },
        other => panic!("{other}"),
    }
}

struct Case {
    name: String,
    image: Image,
    convolution: Convolution,
    expected: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let rows = support::table(support::reference("convolutional.csv"));
    let cases = rows.iter().map(|row| Case {
        name: format!("{} {} {}", row["filter"], row["boundary"], row["pooling"]),
        image: made_by_formula(
            support::three(&row["size"]).map(|size| size as usize),
            support::three(&row["spacing"]),
        ),
        convolution: Convolution {
            filter: filter(&row["filter"]),
            dimension: match row["dimension"].as_str() {
                "2D" => Dimension::Slices,
                _ => Dimension::Volume,
            },
            boundary: named(&row["boundary"], Boundary::NAMES).unwrap(),
            rotations: named(&row["pooling"], Pooling::NAMES),
        },
        expected: support::numbers(&row["values"]),
    });
    cases.collect()
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn every_voxel_is_the_one_of_scipy_and_numpy() {
    let cases = cases();
    assert_eq!(cases.len(), 27);
    for case in cases {
        let found = respond(&case.image, &case.convolution, &whole(&case.image)).unwrap();
        assert_eq!(found.geometry, case.image.geometry);
        let largest = case.expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let difference = largest_difference(&found.values, &case.expected);
        println!("{:44} {:.1e}", case.name, difference / largest);
        let tolerance = match case.convolution.filter {
            // Its kernel ends at six standard deviations, where the envelope is 2e-8; the
            // reference goes on to eight.
            ConvolutionalFilter::Gabor(_) => 1e-7,
            // Printed with 13 digits; sums of some hundred products in another order.
            _ => 1e-12,
        };
        assert!(difference <= tolerance * largest, "{}", case.name);
    }
}

#[test]
fn a_part_is_cut_from_the_whole() {
    let image = made_by_formula([19, 17, 12], [0.8, 1.3, 2.5]);
    let keep = BoundingBox {
        lower: [3, 0, 5],
        upper: [9, 4, 8],
    };
    for case in cases() {
        for (_, boundary) in Boundary::NAMES {
            let convolution = Convolution {
                boundary: *boundary,
                ..case.convolution.clone()
            };
            let all = respond(&image, &convolution, &whole(&image)).unwrap();
            let part = respond(&image, &convolution, &keep).unwrap();
            assert_eq!(Some(&part.geometry), image.geometry.cropped(&keep).as_ref());
            let cut: Vec<f64> = (0..part.values.len())
                .map(|offset| {
                    let index = part.geometry.index(offset);
                    let index = std::array::from_fn(|axis| index[axis] + keep.lower[axis]);
                    all.values[all.geometry.offset(index)]
                })
                .collect();
            let difference = largest_difference(&cut, &part.values);
            match convolution.filter {
                // Transforms of another length round otherwise: some hundred digits of 1e-16, of
                // values below 1e4.
                ConvolutionalFilter::Gabor(_) => assert!(difference < 1e-10, "{difference}"),
                _ => assert_eq!(difference, 0.0, "{} {boundary:?}", case.name),
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let image = made_by_formula([33, 29, 21], [1.0; 3]);
    for case in cases() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| respond(&image, &case.convolution, &whole(&image)).unwrap())
        };
        assert!(with(1) == with(3), "{}", case.name);
    }
}

#[test]
fn a_flat_image_gives_its_value_or_nothing() {
    // Odd sizes: only these have the frequency 0 where frequencies are spread from -1 to 1.
    let mut image = made_by_formula([9, 7, 5], [0.8, 1.3, 2.5]);
    image.values.fill(40.0);
    for case in cases() {
        let fourier = matches!(
            case.convolution.filter,
            ConvolutionalFilter::Simoncelli { .. } | ConvolutionalFilter::Riesz { .. }
        );
        for boundary in [Boundary::Periodic, Boundary::Mirror, Boundary::Nearest] {
            // Others make sizes even, and then a wide image alone has frequencies near 0.
            if fourier && boundary != Boundary::Periodic {
                continue;
            }
            let convolution = Convolution {
                boundary,
                ..case.convolution.clone()
            };
            let expected = match &convolution.filter {
                ConvolutionalFilter::Mean { .. } => 40.0,
                // A Gabor filter's kernel does not sum to 0.
                ConvolutionalFilter::Gabor(_) => continue,
                _ => 0.0,
            };
            let response = respond(&image, &convolution, &whole(&image)).unwrap();
            for value in response.values {
                // A few hundred products below 40 whose sum is 0.
                assert!((value - expected).abs() < 1e-11, "{} {value}", case.name);
            }
        }
    }
}

#[test]
fn the_response_to_a_shifted_periodic_image_is_shifted() {
    let image = made_by_formula([9, 8, 7], [1.0; 3]);
    let shift = [4, 1, 3];
    let shifted = |image: &Image| -> Image {
        let mut moved = image.clone();
        for (offset, &value) in image.values.iter().enumerate() {
            let index = image.geometry.index(offset);
            let size = image.geometry.size;
            let index = std::array::from_fn(|axis| (index[axis] + shift[axis]) % size[axis]);
            moved.values[image.geometry.offset(index)] = value;
        }
        moved
    };
    for case in cases() {
        let convolution = Convolution {
            boundary: Boundary::Periodic,
            ..case.convolution.clone()
        };
        let after = shifted(&respond(&image, &convolution, &whole(&image)).unwrap());
        let before = respond(&shifted(&image), &convolution, &whole(&image)).unwrap();
        let difference = largest_difference(&after.values, &before.values);
        // Fourier transforms round otherwise, values lie below 1e4.
        assert!(difference < 1e-10, "{} {difference}", case.name);
    }
}

#[test]
fn laws_kernels_have_the_energy_1() {
    for name in ["L3", "L5", "E3", "E5", "S3", "S5", "W5", "R5"] {
        let kernel: LawsKernel = name.parse().unwrap();
        let energy: f64 = kernel.weights().iter().map(|weight| weight * weight).sum();
        assert!((energy - 1.0).abs() < 1e-15, "{name} {energy}");
        assert_eq!(kernel.name(), name);
        // All but the level see no flat image.
        let sum: f64 = kernel.weights().iter().sum();
        assert_eq!(sum.abs() < 1e-15, !name.starts_with('L'), "{name} {sum}");
    }
    let weights = "E5".parse::<LawsKernel>().unwrap().weights();
    assert_eq!(weights[4], 1.0 / 10.0_f64.sqrt());
    let error = "l5".parse::<LawsKernel>().unwrap_err().to_string();
    assert_eq!(error, "Laws kernel `l5` is not known: did you mean `L5`?");
}

#[test]
fn an_impulse_gives_the_kernel() {
    let mut image = made_by_formula([5, 5, 1], [1.0; 3]);
    image.values.fill(0.0);
    image.values[12] = 6.0_f64.sqrt() * 2.0_f64.sqrt();
    let mut convolution = Convolution {
        filter: filter("laws L3E3 0"),
        dimension: Dimension::Slices,
        boundary: Boundary::Zero,
        rotations: None,
    };
    let found = respond(&image, &convolution, &whole(&image)).unwrap();
    #[rustfmt::skip]
    let expected = [
        0.0,  0.0,  0.0,  0.0, 0.0,
        0.0, -1.0, -2.0, -1.0, 0.0,
        0.0,  0.0,  0.0,  0.0, 0.0,
        0.0,  1.0,  2.0,  1.0, 0.0,
        0.0,  0.0,  0.0,  0.0, 0.0,
    ];
    // Roots multiplied and divided: a last digit or two.
    assert!(largest_difference(&found.values, &expected) < 1e-15);
    // The largest over four rotations: the edge in every direction.
    convolution.rotations = Some(Pooling::Maximum);
    let found = respond(&image, &convolution, &whole(&image)).unwrap();
    #[rustfmt::skip]
    let expected = [
        0.0, 0.0, 0.0, 0.0, 0.0,
        0.0, 1.0, 2.0, 1.0, 0.0,
        0.0, 2.0, 0.0, 2.0, 0.0,
        0.0, 1.0, 2.0, 1.0, 0.0,
        0.0, 0.0, 0.0, 0.0, 0.0,
    ];
    assert!(largest_difference(&found.values, &expected) < 1e-15);
}

#[test]
fn riesz_transforms_turn_with_their_image() {
    // An odd size has the frequency 0 and is the same from both sides.
    let image = made_by_formula([7, 7, 7], [1.0; 3]);
    let convolution = |order, rotations| Convolution {
        filter: ConvolutionalFilter::Riesz {
            of: RieszOf::Simoncelli { level: 1 },
            order,
        },
        dimension: Dimension::Volume,
        boundary: Boundary::Periodic,
        rotations,
    };
    let along = |order| {
        let convolution = convolution(order, None);
        respond(&image, &convolution, &whole(&image))
            .unwrap()
            .values
    };
    let (x, y, z) = (along([1, 0, 0]), along([0, 1, 0]), along([0, 0, 1]));
    let largest = convolution([1, 0, 0], Some(Pooling::Maximum));
    let largest = respond(&image, &largest, &whole(&image)).unwrap().values;
    // Six directions: three axes, up and down.
    let expected: Vec<f64> = (0..x.len())
        .map(|i| x[i].abs().max(y[i].abs()).max(z[i].abs()))
        .collect();
    assert!(largest_difference(&largest, &expected) < 1e-12);
    let average = convolution([1, 0, 0], Some(Pooling::Average));
    let average = respond(&image, &average, &whole(&image)).unwrap().values;
    assert!(average.iter().all(|value| value.abs() < 1e-12));
}

#[test]
fn settings_that_make_no_filter_are_refused() {
    let image = made_by_formula([6, 5, 4], [1.0; 3]);
    let refused = |text: &str, dimension| {
        let convolution = Convolution {
            filter: filter(text),
            dimension,
            boundary: Boundary::Mirror,
            rotations: None,
        };
        respond(&image, &convolution, &whole(&image)).unwrap_err()
    };
    for (text, expected) in [
        (
            "mean 4",
            "support 4 must be an odd number of voxels from 1 to 999",
        ),
        (
            "mean 0",
            "support 0 must be an odd number of voxels from 1 to 999",
        ),
        ("log -1 4", "sigma -1 must be a number above 0"),
        ("log nan 4", "sigma NaN must be a number above 0"),
        (
            "log 1e9 4",
            "sigma 1000000000 mm gives a kernel that reaches further than 1000 voxels",
        ),
        (
            "laws L5E5 0",
            "there are 2 Laws kernels for a filter along 3 axes",
        ),
        (
            "gabor 2 3 1 0 50",
            "theta step 50 degrees do not divide a circle evenly",
        ),
        ("wavelet db2 LHL 0", "level 0 must be from 1 to 16"),
        (
            "wavelet db2 LH 1",
            "there are 2 letters of a sub-band for a filter along 3 axes",
        ),
        ("simoncelli 99", "level 99 must be from 1 to 16"),
        (
            "riesz_simoncelli 1 000",
            "Riesz order 0 must be from 1 to 32 in sum",
        ),
    ] {
        let error = refused(text, Dimension::Volume).to_string();
        assert_eq!(error, expected, "{text}");
    }
    let error = refused("gabor 2 3 1 0 45", Dimension::Slices);
    assert_eq!(error, FilterError::NoPooling);
    let error = refused("riesz_simoncelli 1 001", Dimension::Slices).to_string();
    assert_eq!(error, "Riesz order 1 along z must be 0 for slices");
    assert!(Pass::list("LHX").is_err());
}

#[test]
fn filters_that_would_give_nothing_or_too_much_are_refused() {
    let image = made_by_formula([6, 5, 4], [1.0; 3]);
    let message = |text: &str, boundary, image: &Image| {
        let convolution = Convolution {
            filter: filter(text),
            dimension: Dimension::Volume,
            boundary,
            rotations: None,
        };
        let error = respond(image, &convolution, &whole(image)).unwrap_err();
        error.to_string()
    };
    for (text, boundary, expected) in [
        (
            "log 0.1 4",
            Boundary::Mirror,
            "sigma 0.1 mm and truncate 4 give a kernel that ends within the voxel of [1.0, 1.0, \
             1.0] mm: every response would be 0",
        ),
        (
            "simoncelli 3",
            Boundary::Periodic,
            "level 3 lets no frequency of an image of [6, 5, 4] voxels pass: every response would \
             be 0",
        ),
        (
            "riesz_simoncelli 3 100",
            Boundary::Periodic,
            "level 3 lets no frequency of an image of [6, 5, 4] voxels pass: every response would \
             be 0",
        ),
        (
            "simoncelli 12",
            Boundary::Mirror,
            "the filter looks [32768, 32768, 32768] voxels beyond an image of [6, 5, 4] voxels: \
             together more than 536870912 voxels",
        ),
        (
            "wavelet db2 LHL 14",
            Boundary::Zero,
            "the filter looks [16384, 16384, 16384] voxels beyond an image of [6, 5, 4] voxels: \
             together more than 536870912 voxels",
        ),
    ] {
        assert_eq!(message(text, boundary, &image), expected);
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut image = image.clone();
        image.geometry.spacing[1] = bad;
        let found = message("mean 3", Boundary::Mirror, &image);
        assert!(found.contains("must be numbers of mm above 0"), "{found}");
    }
    let mut none = image.clone();
    none.values[7] = f64::NAN;
    assert!(message("mean 3", Boundary::Zero, &none).contains("which is no number"));
    none.values.pop();
    assert!(message("mean 3", Boundary::Zero, &none).contains("119 values"));
}

#[test]
fn images_smaller_than_the_filter_go_on_beyond_their_borders() {
    // One slice, one row and one voxel, under every condition: what the definition gives.
    for (size, count) in [([7, 6, 1], 42), ([5, 1, 1], 5), ([1, 1, 1], 1)] {
        let image = made_by_formula(size, [1.0, 1.0, 2.5]);
        for case in cases() {
            for (_, boundary) in Boundary::NAMES {
                let convolution = Convolution {
                    boundary: *boundary,
                    ..case.convolution.clone()
                };
                match respond(&image, &convolution, &whole(&image)) {
                    Ok(found) => {
                        assert_eq!(found.values.len(), count);
                        assert!(found.values.iter().all(|value| value.is_finite()));
                    }
                    Err(error) => assert!(
                        matches!(error, FilterError::NoFrequency { .. }),
                        "{} {boundary:?} {size:?}: {error}",
                        case.name
                    ),
                }
            }
        }
        // Mirrored, one slice is a stack of the same: a cube's mean is the square's.
        let mean = |dimension| {
            let convolution = Convolution {
                filter: filter("mean 5"),
                dimension,
                boundary: Boundary::Mirror,
                rotations: None,
            };
            respond(&image, &convolution, &whole(&image)).unwrap()
        };
        let (cube, square) = (mean(Dimension::Volume), mean(Dimension::Slices));
        // Sums of five equal numbers, divided by five.
        assert!(largest_difference(&cube.values, &square.values) < 1e-12);
    }
}

/// All 18 statistics of sorted values by their names in the IBSI's table.
fn statistics(values: &[f64]) -> [(&'static str, f64); 18] {
    let mean_of = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let deviation = |values: &[f64], from: f64| {
        let deviations: Vec<f64> = values.iter().map(|v| (v - from).abs()).collect();
        mean_of(&deviations)
    };
    let percentile = |p: f64| {
        let place = p / 100.0 * (values.len() - 1) as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        values[below] + (values[above] - values[below]) * place.fract()
    };
    let mean = mean_of(values);
    let count = values.len() as f64;
    let moment = |power| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| v * v).sum();
    let variance = moment(2);
    let (p10, p25, median) = (percentile(10.0), percentile(25.0), percentile(50.0));
    let (p75, p90) = (percentile(75.0), percentile(90.0));
    let between = values.iter().copied().filter(|v| (p10..=p90).contains(v));
    let between: Vec<f64> = between.collect();
    let (least, most) = (values[0], values[values.len() - 1]);
    [
        ("stat_mean", mean),
        ("stat_var", variance),
        ("stat_skew", moment(3) / variance.powf(1.5)),
        ("stat_kurt", moment(4) / (variance * variance) - 3.0),
        ("stat_median", median),
        ("stat_min", least),
        ("stat_p10", p10),
        ("stat_p90", p90),
        ("stat_max", most),
        ("stat_iqr", p75 - p25),
        ("stat_range", most - least),
        ("stat_mad", deviation(values, mean)),
        ("stat_rmad", deviation(&between, mean_of(&between))),
        ("stat_medad", deviation(values, median)),
        ("stat_cov", variance.sqrt() / mean),
        ("stat_qcod", (p75 - p25) / (p75 + p25)),
        ("stat_energy", squares),
        ("stat_rms", (squares / count).sqrt()),
    ]
}

#[test]
fn the_reference_features_of_slices() {
    let Some(data) = support::shared() else {
        return;
    };
    let folder = data.join("ibsi1/ct_phantom");
    let image = read::image(folder.join("image.nii.gz")).unwrap();
    let labels = read::labels(folder.join("mask.nii.gz")).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_path(data.join("ibsi2/reference_values.csv"))
        .unwrap();
    let rows: Vec<[String; 5]> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    let mut compared = 0;
    for id in ["2.A", "3.A", "4.A", "5.A", "6.A", "7.A", "8.A", "9.A"] {
        let convolution = Convolution::reference(id).unwrap().unwrap();
        let response = respond(&image, &convolution, &whole(&image)).unwrap();
        // Resegmented by the intensities of the unfiltered image.
        let voxels = labels.labels.iter().zip(&image.values);
        let mut values: Vec<f64> = voxels
            .zip(&response.values)
            .filter(|((label, hu), _)| **label > 0 && (-1000.0..=400.0).contains(*hu))
            .map(|(_, value)| *value)
            .collect();
        values.sort_by(f64::total_cmp);
        for (tag, found) in statistics(&values) {
            let row = rows.iter().find(|row| row[0] == id && row[2] == tag);
            let [_, _, _, expected, tolerance] = row.unwrap();
            // The IBSI's tolerance for this feature.
            let difference = (found - expected.parse::<f64>().unwrap()).abs();
            let within = difference <= tolerance.parse::<f64>().unwrap();
            assert!(within, "{id} {tag}: {found} against {expected}");
            compared += 1;
        }
    }
    assert_eq!(compared, 8 * 18);
}
