//! The IBSI's convolutional filters from a parameter file to features and maps, against the
//! filters of the image crate applied by hand.

use radiome_features::{Extractor, Settings, UndefinedReason, filter_image};
use radiome_image::filter::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, Gabor, LawsKernel, Pass, Pooling,
    RieszOf, SampledLaplacianOfGaussian, Wavelet, respond,
};
use radiome_image::{BoundingBox, Geometry, Image, LabelMap, PixelType};

fn case() -> (Image, LabelMap) {
    let geometry = Geometry::axis_aligned([19, 17, 12], [0.8, 1.3, 2.5]);
    let index = |offset| geometry.index(offset);
    let value =
        |[x, y, z]: [usize; 3]| ((7 * x * x + 13 * y + 29 * z * z + 31 * x * y) % 211) as f64;
    let inside = |[x, y, z]: [usize; 3]| {
        (4..15).contains(&x) && (2..12).contains(&y) && (3..9).contains(&z) && (x + y) % 5 > 0
    };
    let count = geometry.voxel_count();
    let image = Image {
        pixel_type: PixelType::I16,
        values: (0..count).map(|offset| value(index(offset))).collect(),
        geometry: geometry.clone(),
    };
    let labels = (0..count).map(|offset| u32::from(inside(index(offset))));
    let labels = LabelMap {
        labels: labels.collect(),
        geometry: geometry.clone(),
        segments: Vec::new(),
    };
    (image, labels)
}

const PARAMETERS: &str = "
imageType:
  Mean: {support: 5, dimension: 2D, boundary: nearest}
  LaplacianOfGaussian: {sigma: [1.5]}
  Laws: {kernels: [L5E5E5], energyDistance: 2, pooling: max}
  Gabor: {sigma: [2], lambda: [3], gamma: 1.5, thetaStep: 45}
  SeparableWavelet: {wavelet: db3, subBands: [LLH], levels: 1, pooling: average}
  Simoncelli: {levels: 1}
  RieszLaplacianOfGaussian: {sigma: [1.5], orders: [1, 0, 0], boundary: zero}
  RieszSimoncelli: {levels: 1, orders: [0, 2, 0]}
featureClass:
  firstorder: [Mean, Maximum, Energy]
  glcm: [Contrast]
setting:
  binWidth: 10
";

/// The images of the parameters above, by hand.
fn by_hand() -> Vec<(&'static str, Convolution)> {
    use Boundary::{Mirror, Nearest, Periodic, Zero};
    use Dimension::{Slices, Volume};
    let make = |filter, dimension, boundary, rotations| Convolution {
        filter,
        dimension,
        boundary,
        rotations,
    };
    let laplacian = SampledLaplacianOfGaussian {
        sigma: 1.5,
        truncate: 4.0,
    };
    vec![
        (
            "mean-support-5-2D-nearest",
            make(
                ConvolutionalFilter::Mean { support: 5 },
                Slices,
                Nearest,
                None,
            ),
        ),
        (
            "laplacianofgaussian-sigma-1-5-mm-3D",
            make(
                ConvolutionalFilter::LaplacianOfGaussian(laplacian),
                Volume,
                Mirror,
                None,
            ),
        ),
        (
            "laws-L5E5E5-energy-2-max-3D",
            make(
                ConvolutionalFilter::Laws {
                    kernels: LawsKernel::list("L5E5E5").unwrap(),
                    energy_distance: Some(2),
                },
                Volume,
                Mirror,
                Some(Pooling::Maximum),
            ),
        ),
        (
            "gabor-sigma-2-mm-lambda-3-mm-gamma-1-5-theta-0-step-45-average-3D",
            make(
                ConvolutionalFilter::Gabor(Gabor {
                    sigma: 2.0,
                    lambda: 3.0,
                    gamma: 1.5,
                    theta: 0.0,
                    theta_step: Some(45.0),
                }),
                Volume,
                Mirror,
                Some(Pooling::Average),
            ),
        ),
        (
            "separablewavelet-db3-LLH-level-1-average-3D",
            make(
                ConvolutionalFilter::SeparableWavelet {
                    wavelet: Wavelet::named("db3").unwrap(),
                    passes: Pass::list("LLH").unwrap(),
                    level: 1,
                },
                Volume,
                Mirror,
                Some(Pooling::Average),
            ),
        ),
        (
            "simoncelli-level-1-3D",
            make(
                ConvolutionalFilter::Simoncelli { level: 1 },
                Volume,
                Periodic,
                None,
            ),
        ),
        (
            "rieszlaplacianofgaussian-sigma-1-5-mm-order-1-0-0-3D-zero",
            make(
                ConvolutionalFilter::Riesz {
                    of: RieszOf::LaplacianOfGaussian(laplacian),
                    order: [1, 0, 0],
                },
                Volume,
                Zero,
                None,
            ),
        ),
        (
            "rieszsimoncelli-level-1-order-0-2-0-3D",
            make(
                ConvolutionalFilter::Riesz {
                    of: RieszOf::Simoncelli { level: 1 },
                    order: [0, 2, 0],
                },
                Volume,
                Periodic,
                None,
            ),
        ),
    ]
}

fn whole(image: &Image) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    }
}

#[test]
fn features_are_those_of_the_response_in_the_region() {
    let (image, labels) = case();
    let plan = Settings::from_yaml(PARAMETERS).unwrap().plan().unwrap();
    let row = Extractor::new(plan.clone())
        .extract(&image, &labels, None)
        .unwrap();
    assert!(row.undefined.is_empty());
    let expected = by_hand();
    assert_eq!(plan.images.len(), expected.len());
    for (name, convolution) in expected {
        let response = respond(&image, &convolution, &whole(&image)).unwrap();
        let voxels = labels.labels.iter().zip(&response.values);
        let values: Vec<f64> = voxels.filter(|(l, _)| **l > 0).map(|(_, v)| *v).collect();
        let count = values.len() as f64;
        let energy = values.iter().map(|value| value * value).sum::<f64>();
        let largest = values
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let feature = |feature: &str| row.feature(&format!("{name}_{feature}")).unwrap();
        // Sums of a thousand numbers in another order, and transforms of another length: 1e-16
        // each, of the largest value.
        let near = |found: f64, expected: f64, scale: f64| {
            assert!(
                (found - expected).abs() < 1e-11 * scale,
                "{name}: {found} {expected}"
            );
        };
        near(
            feature("firstorder_Mean"),
            values.iter().sum::<f64>() / count,
            largest,
        );
        near(
            feature("firstorder_Maximum"),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            largest,
        );
        near(feature("firstorder_Energy"), energy, energy);
        assert!(feature("glcm_Contrast").is_finite());
    }
}

#[test]
fn a_whole_image_can_be_filtered() {
    let (image, _) = case();
    let plan = Settings::from_yaml(PARAMETERS).unwrap().plan().unwrap();
    let mut found = Vec::new();
    for plan in &plan.images {
        let take = |name: &str, filtered: &Image| found.push((name.to_owned(), filtered.clone()));
        filter_image(plan, &image, take).unwrap();
    }
    let expected = by_hand();
    assert_eq!(found.len(), expected.len());
    for ((name, filtered), (expected, convolution)) in found.iter().zip(expected) {
        assert_eq!(name, expected);
        let response = respond(&image, &convolution, &whole(&image)).unwrap();
        assert!(*filtered == response, "{name}");
    }
    // PyRadiomics' own image types too, with several images each.
    let settings = ["lbp3DLevels:2".to_owned()];
    for (image_type, settings, count) in [
        ("Wavelet", &[][..], 8),
        ("LBP3D", &settings[..], 3),
        ("Original", &[][..], 1),
    ] {
        let plan = Settings::of_image_type(image_type, settings)
            .unwrap()
            .plan()
            .unwrap();
        let mut names = Vec::new();
        for plan in &plan.images {
            let take = |name: &str, filtered: &Image| {
                assert_eq!(filtered.geometry, image.geometry);
                names.push(name.to_owned());
            };
            filter_image(plan, &image, take).unwrap();
        }
        assert_eq!(names.len(), count, "{image_type}");
        assert!(plan.images.iter().flat_map(|plan| &plan.names).eq(&names));
    }
}

#[test]
fn maps_of_a_response_are_maps_of_it() {
    let (image, labels) = case();
    let yaml = "imageType: {Mean: {support: 3}}\nfeatureClass: {firstorder: [Maximum]}\n\
                voxelSetting: {kernelRadius: 1, maskedKernel: false}\n";
    let plan = Settings::from_yaml(yaml).unwrap().plan().unwrap();
    let maps = Extractor::new(plan).maps(&image, &labels, None).unwrap();
    assert_eq!(maps.len(), 1);
    assert_eq!(maps[0].name, "mean-support-3-3D_firstorder_Maximum");
    let mean = &by_hand()[0].1;
    let mean = Convolution {
        filter: ConvolutionalFilter::Mean { support: 3 },
        dimension: Dimension::Volume,
        boundary: Boundary::Mirror,
        ..mean.clone()
    };
    let response = respond(&image, &mean, &whole(&image)).unwrap();
    // The voxel (6, 5, 4) of the region; the map begins one voxel before its box at (4, 2, 3).
    let (x, y, z) = (6, 5, 4);
    let map = &maps[0].image;
    let found = map.values[map.geometry.offset([x - 3, y - 1, z - 2])];
    let mut expected = f64::NEG_INFINITY;
    for k in z - 1..=z + 1 {
        for j in y - 1..=y + 1 {
            for i in x - 1..=x + 1 {
                expected = expected.max(response.values[response.geometry.offset([i, j, k])]);
            }
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn a_level_without_frequencies_leaves_nothing_and_says_so() {
    let (image, labels) = case();
    let yaml = "imageType: {Simoncelli: {levels: [1, 9]}}\nfeatureClass: {firstorder: [Mean]}\n";
    let plan = Settings::from_yaml(yaml).unwrap().plan().unwrap();
    let row = Extractor::new(plan).extract(&image, &labels, None).unwrap();
    assert!(
        row.feature("simoncelli-level-1-3D_firstorder_Mean")
            .unwrap()
            .is_finite()
    );
    let name = "simoncelli-level-9-3D_firstorder_Mean";
    assert!(row.feature(name).unwrap().is_nan());
    assert_eq!(
        row.undefined,
        [(name.to_owned(), UndefinedReason::FilterTooSmall)]
    );
}
