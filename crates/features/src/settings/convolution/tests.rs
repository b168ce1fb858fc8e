use radiome_image::filter::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, Pooling, RieszOf,
};

use crate::Binning;
use crate::settings::{Filter, Plan, Settings};

fn plan_of(yaml: &str) -> Plan {
    Settings::from_yaml(yaml).unwrap().plan().unwrap()
}

fn error_of(yaml: &str) -> String {
    let plan = Settings::from_yaml(yaml).and_then(|settings| settings.plan());
    plan.unwrap_err().to_string()
}

fn names_of(plan: &Plan) -> Vec<&str> {
    let names = plan.images.iter().flat_map(|image| &image.names);
    names.map(String::as_str).collect()
}

fn convolutions(plan: &Plan) -> Vec<&Convolution> {
    let filters = plan.images.iter().map(|image| match &image.filter {
        Filter::Convolution(convolution) => &**convolution,
        other => panic!("{other:?}"),
    });
    filters.collect()
}

/// Every reference setting that can be written: `4.a.1` and the like in phase 1, `4.A` in phase 2.
const REFERENCES: &[(&str, &str)] = &[
    ("1.a.1", "Mean: {support: 15, boundary: zero}"),
    ("1.a.2", "Mean: {support: 15, boundary: nearest}"),
    ("1.a.3", "Mean: {support: 15, boundary: periodic}"),
    ("1.a.4", "Mean: {support: 15}"),
    (
        "1.b.1",
        "Mean: {support: 15, boundary: zero, dimension: 2D}",
    ),
    ("2.a", "LaplacianOfGaussian: {sigma: [3], boundary: zero}"),
    ("2.b", "LaplacianOfGaussian: {sigma: [5.0], truncate: 4}"),
    ("2.c", "LaplacianOfGaussian: {sigma: [5], dimension: 2D}"),
    ("3.a.1", "Laws: {kernels: E5L5S5, boundary: zero}"),
    (
        "3.a.2",
        "Laws: {kernels: E5L5S5, boundary: zero, pooling: max}",
    ),
    (
        "3.a.3",
        "Laws: {kernels: E5L5S5, boundary: zero, pooling: max, energyDistance: 7}",
    ),
    ("3.b.1", "Laws: {kernels: [E3W5R5], pooling: none}"),
    (
        "3.c.3",
        "Laws: {kernels: [L5S5], pooling: max, energyDistance: 7, dimension: 2D}",
    ),
    (
        "4.a.1",
        "Gabor: {sigma: [10], lambda: [4], gamma: 0.5, theta: [60], dimension: 2D, boundary: zero}",
    ),
    (
        "4.b.2",
        "Gabor: {sigma: [20], lambda: [8], gamma: 2.5, thetaStep: 22.5}",
    ),
    (
        "5.a.1",
        "SeparableWavelet: {wavelet: db2, subBands: LHL, levels: 1, boundary: zero}",
    ),
    (
        "6.a.2",
        "SeparableWavelet: {wavelet: coif1, subBands: HHL, levels: 1, boundary: periodic, \
         pooling: average}",
    ),
    (
        "7.a.1",
        "SeparableWavelet: {wavelet: haar, subBands: [LLL], levels: [2], pooling: average}",
    ),
    ("8.a.3", "Simoncelli: {levels: 3}"),
    (
        "9.a",
        "RieszLaplacianOfGaussian: {sigma: [3], orders: [1, 0, 0], boundary: zero}",
    ),
    (
        "10.b.1",
        "RieszSimoncelli: {levels: 1, orders: [[0, 2, 0]]}",
    ),
    ("2.A", "Mean: {support: 5, dimension: 2D}"),
    ("3.B", "LaplacianOfGaussian: {sigma: [1.5]}"),
    (
        "4.B",
        "Laws: {kernels: L5E5E5, energyDistance: 7, pooling: max}",
    ),
    (
        "5.A",
        "Gabor: {sigma: [5], lambda: [2], gamma: 1.5, thetaStep: 22.5, dimension: 2D}",
    ),
    (
        "5.B",
        "Gabor: {sigma: [5], lambda: [2], gamma: 1.5, thetaStep: 22.5}",
    ),
    (
        "6.A",
        "SeparableWavelet: {wavelet: db3, subBands: LH, levels: 1, pooling: average, dimension: 2D}",
    ),
    (
        "7.B",
        "SeparableWavelet: {wavelet: db3, subBands: HHH, levels: 2, pooling: average}",
    ),
    ("9.A", "Simoncelli: {levels: 2, dimension: 2D}"),
];

#[test]
fn reference_settings_can_be_written() {
    for (id, yaml) in REFERENCES {
        let plan = plan_of(&format!("imageType:\n  {yaml}\n"));
        let expected = Convolution::reference(id).unwrap();
        let found = convolutions(&plan);
        assert_eq!(found.first().copied(), expected.as_ref(), "{id}");
        assert_eq!(found.len(), 1, "{id}");
        let image_type = yaml.split(':').next();
        assert_eq!(Some(plan.images[0].filter.image_type()), image_type);
    }
}

#[test]
fn names_tell_the_settings() {
    for (yaml, expected) in [
        ("Mean: {support: 5}", "mean-support-5-3D"),
        (
            "Mean: {support: [5], boundary: zero}",
            "mean-support-5-3D-zero",
        ),
        (
            "LaplacianOfGaussian: {sigma: [1.5]}",
            "laplacianofgaussian-sigma-1-5-mm-3D",
        ),
        (
            "LaplacianOfGaussian: {sigma: [3], truncate: 2.5, dimension: 2D}",
            "laplacianofgaussian-sigma-3-mm-truncate-2-5-2D",
        ),
        (
            "Laws: {kernels: L5E5E5, energyDistance: 7, pooling: max}",
            "laws-L5E5E5-energy-7-max-3D",
        ),
        ("Laws: {kernels: L5E5, dimension: 2D}", "laws-L5E5-2D"),
        (
            "Gabor: {sigma: [5], lambda: [2], gamma: 1.5, thetaStep: 22.5}",
            "gabor-sigma-5-mm-lambda-2-mm-gamma-1-5-theta-0-step-22-5-average-3D",
        ),
        (
            "Gabor: {sigma: [5], lambda: [2], theta: [-30], dimension: 2D, boundary: nearest}",
            "gabor-sigma-5-mm-lambda-2-mm-gamma-1-theta--30-2D-nearest",
        ),
        (
            "SeparableWavelet: {wavelet: bior2.2, subBands: LH, levels: 1, dimension: 2D}",
            "separablewavelet-bior2-2-LH-level-1-2D",
        ),
        ("Simoncelli: {levels: 2}", "simoncelli-level-2-3D"),
        (
            "Simoncelli: {levels: 2, boundary: mirror}",
            "simoncelli-level-2-3D-mirror",
        ),
        (
            "RieszLaplacianOfGaussian: {sigma: [3], orders: [1, 0, 0]}",
            "rieszlaplacianofgaussian-sigma-3-mm-order-1-0-0-3D",
        ),
        (
            "RieszSimoncelli: {levels: 1, orders: [0, 2, 0], pooling: min}",
            "rieszsimoncelli-level-1-order-0-2-0-min-3D",
        ),
    ] {
        let plan = plan_of(&format!("imageType:\n  {yaml}\n"));
        assert_eq!(names_of(&plan), [expected]);
        // A name may hold neither what divides the names of columns nor what ends files' names.
        assert!(!expected.contains(['_', '.', '/', ' ']), "{expected}");
    }
}

#[test]
fn lists_give_an_image_of_every_combination() {
    let plan = plan_of(
        "imageType:\n  Mean: {support: [3, 5, 3], binWidth: 2}\n  Original: {}\n  \
         Gabor: {sigma: [2, 4], lambda: [2], theta: [0, 90], dimension: 2D}\n  \
         SeparableWavelet: {wavelet: haar, subBands: [LLH, HHH], levels: [1, 2]}\n  \
         RieszSimoncelli: {levels: [1, 2], orders: [[1, 0, 0], [0, 0, 1]]}\n\
         setting: {binWidth: 7}\n",
    );
    let expected = [
        "mean-support-3-3D",
        "mean-support-5-3D",
        "original",
        "gabor-sigma-2-mm-lambda-2-mm-gamma-1-theta-0-2D",
        "gabor-sigma-2-mm-lambda-2-mm-gamma-1-theta-90-2D",
        "gabor-sigma-4-mm-lambda-2-mm-gamma-1-theta-0-2D",
        "gabor-sigma-4-mm-lambda-2-mm-gamma-1-theta-90-2D",
        "separablewavelet-haar-LLH-level-1-3D",
        "separablewavelet-haar-LLH-level-2-3D",
        "separablewavelet-haar-HHH-level-1-3D",
        "separablewavelet-haar-HHH-level-2-3D",
        "rieszsimoncelli-level-1-order-1-0-0-3D",
        "rieszsimoncelli-level-1-order-0-0-1-3D",
        "rieszsimoncelli-level-2-order-1-0-0-3D",
        "rieszsimoncelli-level-2-order-0-0-1-3D",
    ];
    assert_eq!(names_of(&plan), expected);
    let names = plan.features();
    assert_eq!(names.len(), 14 + 93 * expected.len());
    assert_eq!(plan.images[0].binning, Binning::Width(2.0));
    assert_eq!(plan.images[3].binning, Binning::Width(7.0));
    let last = plan.images.last().unwrap();
    let Filter::Convolution(convolution) = &last.filter else {
        panic!("{last:?}");
    };
    let of = RieszOf::Simoncelli { level: 2 };
    let order = [0, 0, 1];
    assert_eq!(convolution.filter, ConvolutionalFilter::Riesz { of, order });
}

#[test]
fn common_settings_hold_for_all_that_heed_them() {
    let plan = plan_of(
        "imageType:\n  LoG: {}\n  LaplacianOfGaussian: {}\n  Laws: {kernels: L5E5, pooling: min}\n  \
         Mean: {support: 3, dimension: 3D}\n\
         setting: {sigma: [2.5], force2D: true, boundary: zero, pooling: max}\n",
    );
    assert_eq!(
        names_of(&plan),
        [
            "log-sigma-2-5-mm-3D",
            "laplacianofgaussian-sigma-2-5-mm-2D-zero",
            "laws-L5E5-min-2D-zero",
            "mean-support-3-3D-zero",
        ]
    );
    let Filter::Convolution(laws) = &plan.images[2].filter else {
        panic!("{:?}", plan.images[2]);
    };
    assert_eq!(laws.dimension, Dimension::Slices);
    assert_eq!(laws.boundary, Boundary::Zero);
    assert_eq!(laws.rotations, Some(Pooling::Minimum));
}

#[test]
fn errors_name_line_and_remedy() {
    for (image_type, expected) in [
        ("Laplacian: {}", "line 2: unknown image type `Laplacian`"),
        (
            "Law: {}",
            "line 2: unknown image type `Law`; did you mean `Laws`?",
        ),
        (
            "Mean: {}",
            "line 2: image type `Mean` needs `support`, as in `support: 5`",
        ),
        (
            "Mean: {suport: 5}",
            "line 2: unknown setting `suport`; did you mean `support`?",
        ),
        (
            "Mean: {support: 4}",
            "line 2: `support` must be odd numbers of voxels from 1 to 999, not 4",
        ),
        (
            "Mean: {support: 0}",
            "line 2: `support` must be a whole number from 1 to 999, or a list of such, not 0",
        ),
        (
            "Mean: {support: 5, sigma: [2]}",
            "line 2: `sigma` for Mean alone is not supported; its own settings are boundary, \
             dimension, support",
        ),
        (
            "Mean: {support: 5, boundary: mirrored}",
            "line 2: `boundary` must be one of zero, nearest, periodic, mirror, not mirrored",
        ),
        (
            "Mean: {support: 5, dimension: 3}",
            "line 2: `dimension` must be one of 2D, 3D, not 3",
        ),
        (
            "LaplacianOfGaussian: {sigma: []}",
            "line 2: `sigma` must be a list that is not empty, as in `sigma: [1.5, 3.0]`, not []",
        ),
        (
            "Laws: {kernels: [L5E5E5, L5E5]}",
            "line 2: `kernels` must be 3 Laws kernels one after another with dimension 3D, such as \
             L5E5E5, not [L5E5E5, L5E5]",
        ),
        (
            "Laws: {kernels: L5X5E5}",
            "line 2: `kernels` must be 3 Laws kernels one after another with dimension 3D, such as \
             L5E5E5 (for X5, did you mean L5?), not L5X5E5",
        ),
        (
            "Gabor: {sigma: [2]}",
            "line 2: image type `Gabor` needs `lambda`, as in `lambda: [2.0]`",
        ),
        (
            "Gabor: {sigma: [2], lambda: [2], thetaStep: 50}",
            "line 2: `thetaStep` must be degrees that divide a circle evenly, such as 22.5, not 50",
        ),
        (
            "Gabor: {sigma: [2], lambda: [2], pooling: none}",
            "line 2: `pooling` must be max, average or min for a Gabor filter with thetaStep or \
             dimension 3D, which gives several responses, not none",
        ),
        (
            "SeparableWavelet: {subBands: LLH, levels: 1}",
            "line 2: image type `SeparableWavelet` needs `wavelet`, as in `wavelet: db3`",
        ),
        (
            "SeparableWavelet: {wavelet: dB3, subBands: LLH, levels: 1}",
            "line 2: `wavelet` must be a discrete wavelet of PyWavelets (did you mean db3?), not \
             dB3",
        ),
        (
            "SeparableWavelet: {wavelet: db3, subBands: LHX, levels: 1}",
            "line 2: `subBands` must be 3 letters L or H with dimension 3D, such as LLH, not LHX",
        ),
        (
            "Simoncelli: {levels: 17}",
            "line 2: `levels` must be a whole number from 1 to 16, or a list of such, not 17",
        ),
        (
            "RieszSimoncelli: {levels: 1, orders: [0, 0, 0]}",
            "line 2: `orders` must be orders along x, y and z whose sum is 1 to 32, not [0, 0, 0]",
        ),
        (
            "RieszSimoncelli: {levels: 1, orders: [0, 0, 1], dimension: 2D}",
            "line 2: `orders` must be orders along x, y and z whose sum is 1 to 32, 0 along z with \
             dimension 2D, not [0, 0, 1]",
        ),
        (
            "RieszSimoncelli: {levels: 1, orders: [1, 0]}",
            "line 2: `orders` must be three whole numbers from 0 to 32 (x, y, z), or a list of such \
             lists, not [1, 0]",
        ),
    ] {
        assert_eq!(error_of(&format!("imageType:\n  {image_type}")), expected);
    }
    assert_eq!(
        error_of("imageType:\n  Mean: {support: 3}\nsetting: {force2D: true, force2Ddimension: 1}"),
        "line 2: Mean in slices across x or y is not supported; set `dimension: 3D`, or `2D` for \
         slices across z"
    );
}

#[test]
fn one_image_type_alone_has_its_settings() {
    let of = |name: &str, settings: &[&str]| {
        let settings: Vec<String> = settings.iter().map(|&text| text.to_owned()).collect();
        Settings::of_image_type(name, &settings).and_then(|settings| settings.plan())
    };
    let plan = of(
        "Laws",
        &["kernels:L5E5E5,E5E5E5", "energyDistance:7", "pooling:max"],
    )
    .unwrap();
    assert_eq!(
        names_of(&plan),
        ["laws-L5E5E5-energy-7-max-3D", "laws-E5E5E5-energy-7-max-3D"]
    );
    let plan = of("RieszSimoncelli", &["levels:1", "orders:0,2,0"]).unwrap();
    assert_eq!(names_of(&plan), ["rieszsimoncelli-level-1-order-0-2-0-3D"]);
    let plan = of("Wavelet", &["wavelet:haar", "force2D:true"]).unwrap();
    assert_eq!(names_of(&plan).len(), 4);
    let message = |name, settings: &[&str]| of(name, settings).unwrap_err().to_string();
    assert_eq!(
        message("Lows", &[]),
        "filter `Lows`: unknown image type `Lows`; did you mean `Laws`?"
    );
    assert_eq!(
        message("Laws", &[]),
        "filter `Laws`: image type `Laws` needs `kernels`, as in `kernels: [L5E5E5]`"
    );
    assert_eq!(
        message("Mean", &["support:3", "binWidth:5"]),
        "override `binWidth:5`: `binWidth` for Mean is not supported; its own settings are boundary, \
         dimension, support"
    );
    assert_eq!(
        message("Square", &["sigma:3"]),
        "override `sigma:3`: `sigma` for Square is not supported; it has no settings of its own"
    );
}
