use radiome_image::preprocess::Interpolator;

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
    assert_eq!(plan.feature_names().len(), 14 + 93);
    assert_eq!(plan.feature_names()[0].name, "original_shape_Elongation");
    assert_eq!(plan.feature_names()[0].entry.ibsi, Some("Q3CK"));
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
    ] {
        settings.set(text).unwrap();
    }
    let plan = settings.plan().unwrap();
    assert_eq!(plan.images[0].binning, Binning::Width(10.0));
    assert_eq!(plan.resampling.unwrap().spacing, [1.0, 1.0, 2.0]);
    assert_eq!(plan.images[0].neighbourhood.distances, [2]);
    assert_eq!(plan.label, 3);
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
            "imageType:\n  Wavelet: {}",
            "line 2: image type `Wavelet` is not supported; only `Original` is",
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
            "setting:\n  interpolator: sitkGaussian\n  resampledPixelSpacing: [1, 1, 1]",
            "line 2: interpolator sitkGaussian is not supported; use sitkBSpline, sitkLinear or sitkNearestNeighbor",
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
