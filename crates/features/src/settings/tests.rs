use radiome_image::filter::Wavelet;
use radiome_image::preprocess::Interpolator;

use super::filter::Filter;
use super::*;
use crate::discretize::Binning;
use crate::texture::WeightingNorm;

fn plan_of(yaml: &str) -> Plan {
    Settings::from_yaml(yaml).unwrap().plan().unwrap()
}

fn error_of(yaml: &str) -> String {
    Settings::from_yaml(yaml)
        .and_then(|settings| settings.plan())
        .unwrap_err()
        .to_string()
}

#[test]
fn an_empty_file_means_the_defaults() {
    let plan = plan_of("");
    assert_eq!(plan.images.len(), 1);
    assert_eq!(plan.images[0].binning, Binning::Width(25.0));
    assert_eq!(
        (
            plan.label,
            plan.requirements.minimum_dimensions,
            plan.pad_distance
        ),
        (1, 2, 5)
    );
    assert_eq!(plan.features().len(), 14 + 93);
    assert_eq!(plan.features()[0].name, "original_shape_Elongation");
    assert_eq!(plan.features()[0].ibsi, Some("Q3CK"));
}

#[test]
fn every_kind_of_setting_is_read() {
    let plan = plan_of(
        "imageType:\n  Original: {binWidth: 3}\nfeatureClass:\n  glcm: []\n  firstorder: [Mean, \
         10Percentile, StandardDeviation]\nsetting:\n  binWidth: 7\n  normalize: true\n  \
         normalizeScale: 100\n  removeOutliers: 3\n  resampledPixelSpacing: [1, 1.5, 0]\n  \
         interpolator: 2\n  distances: [1, 3]\n  force2D: true\n  force2Ddimension: 1\n  \
         resegmentRange: [2, -2]\n  resegmentMode: sigma\n  weightingNorm: infinity\n  label: 4\n",
    );
    assert_eq!(plan.images[0].binning, Binning::Width(3.0));
    assert_eq!(plan.classes[0].features.len(), 24);
    assert_eq!(
        plan.classes[1].features,
        ["Mean", "10Percentile", "StandardDeviation"]
    );
    assert_eq!(
        plan.normalization,
        Some(Normalization {
            scale: 100.0,
            outliers: Some(3.0)
        })
    );
    let resampling = plan.resampling.unwrap();
    assert_eq!(resampling.spacing, [1.0, 1.5, 0.0]);
    assert_eq!(resampling.interpolator, Interpolator::Linear);
    assert_eq!(plan.images[0].neighbourhood.distances, [1, 3]);
    assert_eq!(plan.images[0].neighbourhood.flat_axis, Some(1));
    assert_eq!(plan.images[0].glcm.weighting, Some(WeightingNorm::Infinity));
    let resegmentation = plan.resegmentation.unwrap();
    assert_eq!(resegmentation.range, [2.0, -2.0]);
    assert_eq!(plan.label, 4);
}

#[test]
fn overrides_win() {
    let mut settings = Settings::from_yaml("setting:\n  binWidth: 7\n").unwrap();
    for text in [
        "binWidth:10",
        "resampledPixelSpacing:1,1,2",
        "distances:[2]",
        "label: 3",
        "label_channel:2",
    ] {
        settings.set(text).unwrap();
    }
    let plan = settings.plan().unwrap();
    assert_eq!(plan.images[0].binning, Binning::Width(10.0));
    assert_eq!(plan.resampling.unwrap().spacing, [1.0, 1.0, 2.0]);
    assert_eq!(plan.images[0].neighbourhood.distances, [2]);
    assert_eq!((plan.label, plan.label_channel), (3, 2));
    let message = |text: &str| Settings::default().set(text).unwrap_err().to_string();
    assert_eq!(
        message("binWidth"),
        "override `binWidth` is not of the form key:value, as in binWidth:10"
    );
    assert_eq!(
        message("binwith:5"),
        "override `binwith:5`: unknown setting `binwith`; did you mean `binWidth`?"
    );
    assert_eq!(
        message("binWidth:-1"),
        "override `binWidth:-1`: `binWidth` must be a number above 0, not -1"
    );
}

#[test]
fn null_means_not_set() {
    let plan = plan_of(
        "setting:\n  resampledPixelSpacing: [1, 1, 1]\n  interpolator: null\n  minimumROISize:\n",
    );
    assert_eq!(
        (plan.resampling, plan.requirements.minimum_size),
        (None, None)
    );
}

#[test]
fn errors_name_line_and_remedy() {
    for (yaml, expected) in [
        (
            "settings:\n  label: 1",
            "line 1: unknown section `settings`; did you mean `setting`?",
        ),
        (
            "setting:\n  label: 1\n  Label: 2",
            "line 3: unknown setting `Label`; did you mean `label`?",
        ),
        ("setting:\n  zzzzzz: 1", "line 2: unknown setting `zzzzzz`"),
        (
            "setting:\n  label: 0",
            "line 2: `label` must be a whole number of at least 1, not 0",
        ),
        (
            "setting:\n  normalize: 1",
            "line 2: `normalize` must be true or false, not 1",
        ),
        (
            "setting: 3",
            "line 1: `setting` must be a mapping, not a whole number",
        ),
        (
            "featureClass:\n  glcmm:",
            "line 2: unknown feature class `glcmm`; did you mean `glcm`?",
        ),
        (
            "featureClass:\n  glcm: [contrast]",
            "line 2: unknown feature of glcm `contrast`; did you mean `Contrast`?",
        ),
        (
            "featureClass:\n  shape2D:",
            "line 2: `shape2D` without `force2D: true` is not supported; set it, or ask for `shape`",
        ),
        (
            "featureClass:\n  glcm: [SumVariance]",
            "line 2: feature `SumVariance` of glcm (PyRadiomics gives it no value) is not supported; it equals ClusterTendency",
        ),
        (
            "imageType:\n  Original: {}\n  Wavelets: {}",
            "line 3: unknown image type `Wavelets`; did you mean `Wavelet`?",
        ),
        (
            "imageType:\n  Original: {label: 2}",
            "line 2: `label` for Original alone is not supported; it has no effect there: move it to `setting`",
        ),
        (
            "imageType:\n  LoG: {}",
            "line 2: image type `LoG` needs `sigma`, as in `sigma: [1.0, 3.0, 5.0]`",
        ),
        (
            "imageType:\n  LoG: {sigma: []}",
            "line 2: `sigma` must be a list of at least one number above 0, not []",
        ),
        (
            "imageType:\n  LoG: {sigma: [1, -2]}",
            "line 2: `sigma` must be a list of numbers above 0, not [1, -2]",
        ),
        (
            "imageType:\n  LoG: {sigma: 3}",
            "line 2: `sigma` must be a list of numbers above 0, not 3",
        ),
        (
            "imageType:\n  Wavelet: {wavelet: coif77}",
            "line 2: `wavelet` must be a discrete wavelet of PyWavelets (did you mean coif7?), not coif77",
        ),
        (
            "imageType:\n  Wavelet: {level: 0}",
            "line 2: `level` must be a whole number from 1 to 32, not 0",
        ),
        (
            "imageType:\n  LBP2D: {lbp2DMethod: ror2}",
            "line 2: `lbp2DMethod` must be one of default, ror, uniform, var, not ror2",
        ),
        (
            "imageType:\n  LBP2D: {lbp2DMethod: ror, lbp2DSamples: 32}",
            "line 2: `lbp2DSamples` must be a whole number from 1 to 31 with this lbp2DMethod, not 32",
        ),
        (
            "imageType:\n  LBP3D: {lbp2DRadius: 2}",
            "line 2: `lbp2DRadius` for LBP3D alone is not supported; its own settings are lbp3DLevels, lbp3DIcosphereRadius, lbp3DIcosphereSubdivision",
        ),
        (
            "imageType:\n  Square: {resampledPixelSpacing: [1, 1, 1]}",
            "line 2: `resampledPixelSpacing` for Square alone is not supported; it has no effect there: move it to `setting`",
        ),
        (
            "setting:\n  enableCExtensions: true",
            "line 2: `enableCExtensions` is not supported; PyRadiomics no longer has it: leave it out",
        ),
        (
            "inputImage:\n  Original: {}",
            "line 1: section `inputImage` is not supported; PyRadiomics now calls it `imageType`",
        ),
        (
            "setting:\n  resampledPixelSpacing: [1, 1]",
            "line 2: `resampledPixelSpacing` must be three numbers (x, y, z; 0 keeps the mask's spacing), not [1, 1]",
        ),
        (
            "setting:\n  resegmentRange: [1, 2, 3]",
            "line 2: `resegmentRange` must be one number (the lower limit) or two, not [1, 2, 3]",
        ),
        (
            "setting:\n  distances: [1, 1]",
            "line 2: `distances` must be a list of different whole numbers of at least 1, not [1, 1]",
        ),
        (
            "setting:\n  interpolator: 11",
            "line 2: `interpolator` must be one of sitkNearestNeighbor, sitkLinear, sitkBSpline, sitkGaussian, sitkLabelGaussian, sitkHammingWindowedSinc, sitkCosineWindowedSinc, sitkWelchWindowedSinc, sitkLanczosWindowedSinc, sitkBlackmanWindowedSinc, not 11",
        ),
        (
            "voxelSetting:\n  kernelRadius: 0",
            "line 2: `kernelRadius` must be a whole number of at least 1, not 0",
        ),
    ] {
        assert_eq!(error_of(yaml), expected, "{yaml}");
    }
    assert!(matches!(
        Settings::from_yaml("setting:\n  label: 1\n  label: 2").unwrap_err(),
        SettingsError::Syntax { line: Some(3), .. }
    ));
    assert!(matches!(
        Settings::from_yaml("a: [1\nb: 2"),
        Err(SettingsError::Syntax { .. })
    ));
}

#[test]
fn settings_of_maps_are_read_and_change_nothing_else() {
    let plan = plan_of(
        "voxelSetting: {kernelRadius: 2, maskedKernel: false, initValue: -1, voxelBatch: 9}",
    );
    let voxels = plan.voxels;
    assert_eq!(
        (
            voxels.kernel_radius,
            voxels.masked_kernel,
            voxels.init_value
        ),
        (2, false, -1.0)
    );
    let unset = plan_of("voxelSetting: {initValue: .nan}").voxels.init_value;
    assert!(unset.is_nan());
    let usual = plan_of("");
    assert_eq!(plan.images, usual.images);
    assert_eq!(
        (
            usual.voxels.kernel_radius,
            usual.voxels.masked_kernel,
            usual.voxels.init_value
        ),
        (1, true, 0.0)
    );
}

#[test]
fn every_image_type_names_its_images() {
    let plan = plan_of(
        "imageType:\n  LBP3D: {lbp3DLevels: 3}\n  Wavelet: {level: 2}\n  Original:\n  \
         LoG: {sigma: [3, 2.5, 3.0, 2.5, 1e-5], binWidth: 10}\n  Square: {}\n  SquareRoot: {}\n  \
         Logarithm: {}\n  Exponential: {}\n  Gradient: {gradientUseSpacing: false}\n  \
         LBP2D: {lbp2DMethod: var}\nsetting: {binWidth: 4}\n",
    );
    let names: Vec<&str> = plan
        .images
        .iter()
        .flat_map(|image| image.names.iter().map(String::as_str))
        .collect();
    // The order of the file; names as PyRadiomics 3.1.0 gives them.
    let expected = [
        "lbp-3D-m1",
        "lbp-3D-m2",
        "lbp-3D-m3",
        "lbp-3D-k",
        "wavelet-LLH",
        "wavelet-LHL",
        "wavelet-LHH",
        "wavelet-HLL",
        "wavelet-HLH",
        "wavelet-HHL",
        "wavelet-HHH",
        "wavelet2-LLH",
        "wavelet2-LHL",
        "wavelet2-LHH",
        "wavelet2-HLL",
        "wavelet2-HLH",
        "wavelet2-HHL",
        "wavelet2-HHH",
        "wavelet2-LLL",
        "original",
        "log-sigma-3-mm-3D",
        "log-sigma-2-5-mm-3D",
        "log-sigma-3-0-mm-3D",
        "log-sigma-1e-05-mm-3D",
        "square",
        "squareroot",
        "logarithm",
        "exponential",
        "gradient",
        "lbp-2D",
    ];
    assert_eq!(names, expected);
    for image in &plan.images {
        let width = if image.filter.image_type() == "LoG" {
            10.0
        } else {
            4.0
        };
        assert_eq!(image.binning, Binning::Width(width));
    }
    assert_eq!(plan.features().len(), 14 + 93 * expected.len());
}

#[test]
fn settings_of_filters_may_stand_among_the_common_ones() {
    let plan = plan_of(
        "imageType: {LoG: {}, Wavelet: {wavelet: db2}, LBP2D: {force2Ddimension: 2}}\n\
         setting: {sigma: [2], wavelet: haar, force2D: true, force2Ddimension: 1}\n",
    );
    assert_eq!(
        plan.images[0].filter,
        Filter::LaplacianOfGaussian { sigma: 2.0 }
    );
    assert_eq!(plan.images[0].names, ["log-sigma-2-mm-3D"]);
    // In slices across y the transform runs along x and z.
    let Filter::Wavelet { wavelet, options } = &plan.images[1].filter else {
        panic!("{:?}", plan.images[1].filter);
    };
    assert_eq!(**wavelet, Wavelet::named("db2").unwrap());
    assert_eq!(options.axes, [true, false, true]);
    assert_eq!(
        plan.images[1].names,
        ["wavelet-LH", "wavelet-HL", "wavelet-HH", "wavelet-LL"]
    );
    // PyRadiomics' dimension 2 is x.
    let Filter::LocalBinaryPattern2D(options) = &plan.images[2].filter else {
        panic!("{:?}", plan.images[2].filter);
    };
    assert_eq!(options.across, 0);
    assert_eq!(plan.images[2].neighbourhood.flat_axis, Some(0));
}

#[test]
fn forced_slices_without_classes_ask_for_their_shape_too() {
    let last = |plan: Plan| plan.classes.last().unwrap().class;
    assert_eq!(
        last(plan_of("setting: {force2D: true}")),
        FeatureClass::Shape2D
    );
    assert_eq!(last(plan_of("setting: {label: 1}")), FeatureClass::Shape);
    // Without a parameter file PyRadiomics leaves it out.
    let mut settings = Settings::default();
    settings.set("force2D:true").unwrap();
    assert_eq!(last(settings.plan().unwrap()), FeatureClass::Shape);
}

#[test]
fn the_record_is_python() {
    let mut settings = Settings::from_yaml(
        "imageType: {Original: {}, LoG: {sigma: [1, 2.5], binWidth: 1e-5}}\nsetting:\n  \
         gldm_a: 2\n  binWidth: 12.5\n  normalize: true\n  interpolator: null\n",
    )
    .unwrap();
    settings.set("binWidth:3").unwrap();
    let plan = settings.plan().unwrap();
    // The dictionaries that PyRadiomics 3.1.0 prints for the same file and override.
    assert_eq!(
        plan.settings_text(7),
        "{'minimumROIDimensions': 2, 'minimumROISize': None, 'normalize': True, 'normalizeScale': \
         1, 'removeOutliers': None, 'resampledPixelSpacing': None, 'interpolator': None, \
         'preCrop': False, 'padDistance': 5, 'distances': [1], 'force2D': False, \
         'force2Ddimension': 0, 'resegmentRange': None, 'label': 7, 'additionalInfo': True, \
         'gldm_a': 2, 'binWidth': 3}"
    );
    assert_eq!(
        plan.image_types_text(),
        "{'Original': {}, 'LoG': {'sigma': [1, 2.5], 'binWidth': 1e-05}}"
    );
}

#[test]
fn every_interpolator_has_a_name_and_a_number() {
    for (number, name) in schema::INTERPOLATORS.iter().enumerate() {
        for written in [(*name).to_owned(), (number + 1).to_string()] {
            let yaml =
                format!("setting: {{resampledPixelSpacing: [1, 1, 1], interpolator: {written}}}");
            let found = plan_of(&yaml).resampling.unwrap().interpolator;
            assert_eq!(found.name(), *name);
        }
    }
}
