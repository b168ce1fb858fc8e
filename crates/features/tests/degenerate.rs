//! Regions at the edge of what can be measured: a value, NaN or an error, as PyRadiomics has it.
//!
//! Values by hand, unless a comment names another source.

use radiome_features::{
    DiscretizeError, ExtractError, Extractor, FeatureRow, Settings, UndefinedReason,
};
use radiome_image::preprocess::{MaskError, PreprocessError};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

/// Extracts from a grid of voxels given as (value, label).
fn extract(
    size: [usize; 3],
    voxel: impl Fn([usize; 3]) -> (f64, u32),
    settings: &str,
) -> Result<FeatureRow, ExtractError> {
    let geometry = Geometry::axis_aligned(size, [1.0, 1.0, 2.0]);
    let voxels: Vec<(f64, u32)> = (0..geometry.voxel_count())
        .map(|offset| voxel(geometry.index(offset)))
        .collect();
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::I16,
        values: voxels.iter().map(|voxel| voxel.0).collect(),
    };
    let labels = LabelMap {
        geometry,
        labels: voxels.iter().map(|v| v.1).collect(),
        segments: Vec::new(),
    };
    let plan = Settings::from_yaml(settings).unwrap().plan().unwrap();
    Extractor::new(plan).extract(&image, &labels, None)
}

const DEFAULT: &str = "setting: {binWidth: 1}";

#[test]
fn a_single_voxel_is_an_error() {
    let result = extract([3; 3], |index| (1.0, u32::from(index == [1; 3])), DEFAULT);
    let expected = PreprocessError::Mask(MaskError::SingleVoxel);
    assert_eq!(result, Err(ExtractError::from(expected)));
}

#[test]
fn an_absent_label_is_an_error_that_lists_the_others() {
    let error = extract([3; 3], |_| (1.0, 7), DEFAULT).unwrap_err();
    assert!(error.to_string().contains("labels present: 7"), "{error}");
}

#[test]
fn a_line_needs_permission() {
    let line = |[_, y, z]: [usize; 3]| (1.0, u32::from(y == 1 && z == 1));
    let error = extract([4, 3, 3], line, DEFAULT).unwrap_err();
    assert!(
        error.to_string().contains("minimumROIDimensions"),
        "{error}"
    );
    let row = extract([4, 3, 3], line, "setting: {minimumROIDimensions: 1}").unwrap();
    assert_eq!(row.feature("original_shape_Elongation"), Some(0.0));
    // Four voxels in a row: variance of 0, 1, 2, 3 is 1.25.
    let major = row.feature("original_shape_MajorAxisLength").unwrap();
    assert!((major - 4.0 * 1.25_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn a_flat_region_that_fills_the_grid() {
    // PyRadiomics' arbitrary values for a homogeneous region; the mask touches every border.
    let row = extract([4, 3, 2], |_| (5.0, 1), DEFAULT).unwrap();
    for (name, expected) in [
        ("firstorder_Variance", 0.0),
        ("firstorder_Skewness", 0.0),
        ("firstorder_Kurtosis", 0.0),
        ("firstorder_Uniformity", 1.0),
        ("glcm_Contrast", 0.0),
        ("glcm_Correlation", 1.0),
        ("glcm_MCC", 1.0),
        ("glcm_Imc1", 0.0),
        ("glcm_Imc2", 0.0),
        ("glcm_JointAverage", 1.0),
        ("glszm_ZonePercentage", 1.0 / 24.0),
        ("glszm_LargeAreaEmphasis", 576.0),
        ("ngtdm_Coarseness", 1e6),
        ("ngtdm_Contrast", 0.0),
        ("ngtdm_Busyness", 0.0),
        ("ngtdm_Complexity", 0.0),
        ("ngtdm_Strength", 0.0),
        ("shape_VoxelVolume", 48.0),
    ] {
        let value = row.feature(&format!("original_{name}")).unwrap();
        assert!((value - expected).abs() < 1e-12, "{name}: {value}");
    }
    assert!(row.features.iter().all(|(_, value)| value.is_finite()));
}

#[test]
fn two_voxels_that_do_not_touch() {
    // In opposite corners: no pair, so no co-occurrence; on no common line, so no runs.
    let corners = |index: [usize; 3]| {
        (
            index[0] as f64,
            u32::from(index == [0; 3] || index == [3, 2, 2]),
        )
    };
    let row = extract([4, 3, 3], corners, DEFAULT).unwrap();
    for (name, value) in &row.features {
        // Neither value lies between the 10th and the 90th percentile.
        let undefined = ["_glcm_", "_glrlm_", "RobustMeanAbsoluteDeviation"];
        let undefined = undefined.iter().any(|part| name.contains(part));
        assert_eq!(value.is_nan(), undefined, "{name}: {value}");
    }
    assert_eq!(row.feature("original_glszm_ZonePercentage"), Some(1.0));
    assert_eq!(
        row.feature("original_gldm_LargeDependenceEmphasis"),
        Some(1.0)
    );
    assert_eq!(
        row.diagnostic("diagnostics_Mask-original_VolumeNum"),
        Some("2")
    );
}

#[test]
fn two_blobs_count_as_two_volumes() {
    let blobs = |[x, y, _]: [usize; 3]| ((x + y) as f64, u32::from(x != 2));
    let row = extract([5, 2, 2], blobs, DEFAULT).unwrap();
    assert_eq!(
        row.diagnostic("diagnostics_Mask-original_VolumeNum"),
        Some("2")
    );
    assert_eq!(row.feature("original_shape_VoxelVolume"), Some(32.0));
    assert!(row.features.iter().all(|(_, value)| value.is_finite()));
}

#[test]
fn values_that_are_no_numbers_are_an_error() {
    let error = extract(
        [3; 3],
        |[x, ..]| (if x == 0 { f64::NAN } else { 1.0 }, 1),
        DEFAULT,
    );
    assert!(
        matches!(
            error,
            Err(ExtractError::Discretize { ref image, .. }) if image == "original"
        ),
        "{error:?}"
    );
}

#[test]
fn too_many_grey_levels_are_an_error() {
    let each = |[x, y, z]: [usize; 3]| ((x + 30 * (y + 30 * z)) as f64, 1);
    let error = extract([30, 30, 30], each, DEFAULT).unwrap_err();
    assert!(matches!(error, ExtractError::Levels { .. }), "{error}");
    // Of 2700 levels, each in one voxel, every pair beside each other occurs once.
    let row = extract([30, 30, 3], each, DEFAULT).unwrap();
    assert_eq!(row.feature("original_glszm_ZonePercentage"), Some(1.0));
    assert!(row.feature("original_glcm_MCC").is_some_and(f64::is_finite));
    // First-order features do not mind.
    let first_order = "featureClass: {firstorder: [Mean]}\nsetting: {binWidth: 1}";
    assert!(extract([30, 30, 30], each, first_order).is_ok());
}

#[test]
fn values_that_do_not_fit_the_grid_are_an_error() {
    let geometry = Geometry::axis_aligned([2; 3], [1.0; 3]);
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::U8,
        values: vec![1.0; 7],
    };
    let labels = LabelMap {
        geometry,
        labels: vec![1; 8],
        segments: Vec::new(),
    };
    let extractor = Extractor::new(Settings::default().plan().unwrap());
    let error = extractor.extract(&image, &labels, None).unwrap_err();
    assert_eq!(
        error,
        ExtractError::VoxelCount {
            what: "image",
            expected: 8,
            found: 7
        }
    );
}

#[test]
fn diagnostics_can_be_left_out_and_the_label_chosen() {
    let quiet = extract(
        [3; 3],
        |[x, ..]| (x as f64, 1),
        "setting: {additionalInfo: false}",
    );
    assert!(quiet.unwrap().diagnostics.is_empty());
    let geometry = Geometry::axis_aligned([3; 3], [1.0; 3]);
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::U8,
        values: (0..27).map(f64::from).collect(),
    };
    let labels = LabelMap {
        geometry,
        labels: (0..27).map(|i| 1 + i / 9).collect(),
        segments: Vec::new(),
    };
    let extractor = Extractor::new(Settings::default().plan().unwrap());
    let row = extractor.extract(&image, &labels, Some(3)).unwrap();
    assert_eq!(row.feature("original_firstorder_Mean"), Some(22.0));
    let settings = row
        .diagnostic("diagnostics_Configuration_Settings")
        .unwrap();
    assert!(
        settings.contains("'label': 3, 'additionalInfo': True"),
        "{settings}"
    );
}

#[test]
fn a_slice_is_asked_of_a_volume() {
    let settings = "featureClass: {shape2D: }\nsetting: {force2D: true}";
    let error = extract([3; 3], |_| (1.0, 1), settings).unwrap_err();
    assert_eq!(
        error,
        ExtractError::NotASlice {
            axis: 2,
            size: [3; 3]
        }
    );
}

#[test]
fn a_flat_region_says_which_values_are_conventions() {
    let row = extract([4, 3, 2], |_| (5.0, 1), DEFAULT).unwrap();
    assert_eq!(
        row.undefined_text(),
        "original_firstorder_Kurtosis=flat; original_firstorder_Skewness=flat; \
         original_glcm_Correlation=flat; original_glcm_Imc1=flat; original_glcm_Imc2=flat; \
         original_glcm_MCC=flat; original_ngtdm_Busyness=flat; original_ngtdm_Coarseness=flat; \
         original_ngtdm_Contrast=flat; original_ngtdm_Strength=flat"
    );
    // Values that differ within one grey level have a distribution.
    let row = extract(
        [4, 3, 2],
        |[x, ..]| (x as f64, 1),
        "setting: {binWidth: 25}",
    )
    .unwrap();
    assert!(!row.undefined_text().contains("firstorder"));
    assert!(row.undefined_text().contains("original_glcm_MCC=flat"));
    // An ordinary region has nothing to say.
    let row = extract([4, 3, 2], |[x, y, z]| ((x * y + 3 * z) as f64, 1), DEFAULT).unwrap();
    assert_eq!(row.undefined_text(), "");
}

#[test]
fn scattered_voxels_say_what_they_lack() {
    let corners = |index: [usize; 3]| {
        (
            index[0] as f64,
            u32::from(index == [0; 3] || index == [3, 2, 2]),
        )
    };
    let row = extract([4, 3, 3], corners, DEFAULT).unwrap();
    assert_eq!(
        row.undefined_text(),
        "original_firstorder_RobustMeanAbsoluteDeviation=no_values_in_range; \
         original_glcm_*=no_neighbours; original_glrlm_*=no_runs; \
         original_ngtdm_Coarseness=no_neighbours; original_ngtdm_Strength=no_neighbours"
    );
    let no_runs = (
        "original_glrlm_RunVariance".to_owned(),
        UndefinedReason::NoRuns,
    );
    assert!(row.undefined.contains(&no_runs));
}

#[test]
fn values_left_by_convention_say_what_the_region_lacks() {
    // Two voxels in opposite corners, on no common line. Values of PyRadiomics, which leaves a
    // few sums over nothing at 0; with one grey level and a matrix a direction, MCC is 1.
    let corners = |index: [usize; 3]| {
        let label = u32::from(index == [0; 3] || index == [3, 2, 2]);
        (f64::from(index[0] as u8), label)
    };
    for (settings, by_convention) in [
        ("{binWidth: 1}", &[][..]),
        ("{binWidth: 100}", &[("glcm_MCC", 1.0, "no_neighbours")]),
        (
            "{binWidth: 100, weightingNorm: euclidean}",
            &[
                ("glcm_InverseVariance", 0.0, "no_neighbours"),
                ("glrlm_RunEntropy", 0.0, "no_runs"),
                ("glrlm_RunVariance", 0.0, "no_runs"),
            ],
        ),
    ] {
        let row = extract([4, 3, 3], corners, &format!("setting: {settings}")).unwrap();
        for (name, value) in &row.features {
            let Some((class, _)) = name.trim_start_matches("original_").split_once('_') else {
                panic!("{name}");
            };
            let known = by_convention.iter().find(|known| name.ends_with(known.0));
            let why = row.undefined.iter().find(|(known, _)| known == name);
            let why = why.map(|(_, reason)| reason.code());
            let (expected, reason) = match (known, class) {
                (Some(&(_, value, reason)), _) => (value, Some(reason)),
                (None, "glcm") => (f64::NAN, Some("no_neighbours")),
                (None, "glrlm") => (f64::NAN, Some("no_runs")),
                (None, _) => continue,
            };
            assert!(
                *value == expected || value.is_nan() && expected.is_nan(),
                "{name}: {value}"
            );
            assert_eq!(why, reason, "{name}");
        }
    }
}

#[test]
fn a_count_of_bins_that_rounding_would_fill_is_an_error() {
    // One value, and the number beside it.
    let beside = f64::from_bits(100.0_f64.to_bits() + 1);
    let voxel = |[x, ..]: [usize; 3]| (if x == 0 { 100.0 } else { beside }, 1);
    let error = extract([3; 3], voxel, "setting: {binCount: 8}").unwrap_err();
    let ExtractError::Discretize { source, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        matches!(source, DiscretizeError::TooClose { count: 8, .. }),
        "{error}"
    );
}

#[test]
fn images_that_cannot_be_made_are_columns_of_nan_with_a_reason() {
    let yaml = "imageType: {LoG: {sigma: [1, 9]}, Original: {}, Logarithm: {}, Wavelet: {}}\n\
                featureClass: {firstorder: [Mean, Minimum], ngtdm: [Contrast]}\n\
                setting: {binWidth: 1}\n";
    // Three slices are too few for a Gaussian; a sigma of 9 mm is too wide for 8 voxels of 1 mm;
    // nothing but zeros has no range to scale a logarithm to.
    let cases: [([usize; 3], f64, &str); 3] = [
        (
            [8, 8, 3],
            1.0,
            "log-sigma-1-mm-3D_*=filter_too_small; log-sigma-9-mm-3D_*=filter_too_small",
        ),
        ([8, 8, 8], 1.0, "log-sigma-9-mm-3D_*=filter_too_small"),
        (
            [8, 8, 8],
            0.0,
            "log-sigma-1-mm-3D_ngtdm_Contrast=flat; log-sigma-9-mm-3D_*=filter_too_small; \
             original_ngtdm_Contrast=flat; logarithm_*=not_finite",
        ),
    ];
    for (size, scale, expected) in cases {
        let voxel = |[x, y, z]: [usize; 3]| (scale * ((x * x + y * z) % 7) as f64, 1);
        let row = extract(size, voxel, yaml).unwrap();
        let plan = Settings::from_yaml(yaml).unwrap().plan().unwrap();
        let names: Vec<&String> = row.features.iter().map(|(name, _)| name).collect();
        let planned = plan.features();
        assert_eq!(names, planned.iter().map(|f| &f.name).collect::<Vec<_>>());
        let text = row.undefined_text();
        assert!(text.starts_with(expected), "{text}");
        for (name, value) in &row.features {
            let undefined = row.undefined.iter().any(|(known, _)| known == name);
            assert!(value.is_finite() || undefined, "{name}");
        }
    }
}

/// Of `square`, `squareroot`, `logarithm` and `exponential`, the square root alone does not divide
/// by the largest value. PyRadiomics 3.1 gives it the features of an image of zeros, which are
/// those of the original, and stops at the others.
#[test]
fn an_image_of_zeros_has_a_square_root() {
    let yaml = "imageType: {Exponential: {}, Logarithm: {}, Original: {}, Square: {}, \
                SquareRoot: {}}\n\
                featureClass: {firstorder: , glcm: , gldm: , glrlm: , glszm: , ngtdm: }\n\
                setting: {binCount: 32}\n";
    let row = extract([6, 5, 4], |_| (0.0, 1), yaml).unwrap();
    for (name, value) in &row.features {
        let (image, feature) = name.split_once('_').unwrap();
        let why = |name: &str| row.undefined.iter().find(|(known, _)| known == name);
        let why = |name: &str| why(name).map(|(_, reason)| reason.code());
        if image == "squareroot" {
            let original = format!("original_{feature}");
            let of_original = row.features.iter().find(|(known, _)| *known == original);
            assert_eq!(*value, of_original.unwrap().1, "{name}");
            assert_eq!(why(name), why(&original), "{name}");
        } else if image != "original" {
            assert!(value.is_nan(), "{name}");
            assert_eq!(why(name), Some("not_finite"), "{name}");
        }
    }
}
