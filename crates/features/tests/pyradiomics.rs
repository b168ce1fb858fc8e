//! Every feature against PyRadiomics 3.1.0, run on the same images with the same parameter files.
//!
//! Expected values: `data/pyradiomics/reference` of the shared data, one CSV for each case and
//! parameter file. Tolerance: 1e-6 relative, because sums run in another order and SimpleITK
//! interpolates in another order too; 1e-9 absolute for values that are 0 but for rounding.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use radiome_features::{Extractor, FeatureRow, Settings};
use radiome_image::{Image, LabelMap, read};

const RELATIVE: f64 = 1e-6;
const ABSOLUTE: f64 = 1e-9;

/// The shared data, or `None` with a word on why the test is skipped.
fn shared() -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var("RADIOME_SHARED").map_or_else(|_| fallback.into(), PathBuf::from);
    if root.join("data/pyradiomics").is_dir() {
        return Some(root);
    }
    println!(
        "skipped: no shared data at {} (set RADIOME_SHARED)",
        root.display()
    );
    None
}

/// Image and mask of a case of the reference outputs.
fn files(shared: &Path, case: &str, parameters: &str) -> [PathBuf; 2] {
    if case.starts_with("STS") {
        let folder = shared.join("data/sts").join(case);
        return [folder.join("t1.nii.gz"), folder.join("t1_mask.nii.gz")];
    }
    let folder = shared.join("data/pyradiomics");
    let mask = match parameters {
        "precrop_label2" | "resample_label3" => "reference/brain1_labels.nrrd".to_owned(),
        "shape2d_slice" => "reference/brain1_mask_slice16.nrrd".to_owned(),
        "correctmask" => "reference/brain1_mask_cropped.nrrd".to_owned(),
        _ => format!("{case}_label.nrrd"),
    };
    [folder.join(format!("{case}_image.nrrd")), folder.join(mask)]
}

fn extract(shared: &Path, case: &str, parameters: &str) -> FeatureRow {
    let file = shared.join(format!("data/pyradiomics/reference/{parameters}.yaml"));
    let yaml = std::fs::read_to_string(file).unwrap();
    let [image, mask] = files(shared, case, parameters);
    let (image, labels) = (read::image(image).unwrap(), read::labels(mask).unwrap());
    let extractor = Extractor::new(Settings::from_yaml(&yaml).unwrap().plan().unwrap());
    extractor.extract(&image, &labels, None).unwrap()
}

fn reference(shared: &Path, case: &str, parameters: &str) -> Vec<(String, String)> {
    let file = shared.join(format!(
        "data/pyradiomics/reference/{case}__{parameters}.csv"
    ));
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader
        .records()
        .map(|r| r.unwrap())
        .map(|r| (r[0].to_owned(), r[1].to_owned()))
        .collect()
}

/// Compares all features of all images, and prints the worst relative difference of each class of
/// each image type.
fn compare(case: &str, parameters: &str) {
    let Some(shared) = shared() else { return };
    let row = extract(&shared, case, parameters);
    let expected: Vec<(String, f64)> = reference(&shared, case, parameters)
        .into_iter()
        .filter(|(name, _)| !name.starts_with("diagnostics_"))
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect();
    let names: Vec<&String> = row.features.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        expected.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    let mut worst: BTreeMap<String, (f64, &str)> = BTreeMap::new();
    let mut failures = Vec::new();
    for ((name, value), (_, expected)) in row.features.iter().zip(&expected) {
        if value.is_nan() && expected.is_nan() {
            continue;
        }
        let difference = (value - expected).abs();
        let relative = difference / expected.abs().max(ABSOLUTE / RELATIVE);
        let mut parts = name.split('_');
        let (image, class) = (parts.next().unwrap(), parts.next().unwrap());
        let kind = image.split('-').next().unwrap();
        let entry = worst.entry(format!("{kind} {class}")).or_insert((0.0, ""));
        if relative > entry.0 {
            *entry = (relative, name);
        }
        // NaN is not close.
        let close = relative <= RELATIVE;
        if !close {
            failures.push(format!("{name}: {value:e}, expected {expected:e}"));
        }
    }
    for (kind, (difference, name)) in worst {
        println!("{case} {parameters} {kind}: {difference:.1e} {name}");
    }
    assert!(
        failures.is_empty(),
        "{case} {parameters}: {} of {} differ\n{}",
        failures.len(),
        expected.len(),
        failures.join("\n")
    );
    let undefined: Vec<&String> = row.undefined.iter().map(|(name, _)| name).collect();
    for (name, value) in &row.features {
        assert!(
            value.is_finite() || undefined.contains(&name),
            "{name} has no reason"
        );
    }
}

macro_rules! cases {
    ($($name:ident: $case:literal $parameters:literal;)*) => {
        $(#[test] fn $name() { compare($case, $parameters); })*
    };
}

cases! {
    sts_001: "STS_001" "mr_1130";
    sts_004: "STS_004" "mr_1130";
    sts_019: "STS_019" "mr_1130";
    brain: "brain1" "mr_1130";
    breast: "breast1" "mr_1130";
    default_bins: "brain1" "default_binwidth25";
    bin_count: "brain1" "nores_bincount32";
    another_grid: "brain1" "correctmask";
    filters: "brain1" "filters_all";
    filters_with_options: "brain1" "filters_options";
    distances_asymmetric: "brain1" "distances_asym";
    weighted_distances: "brain1" "glcm_weighted_distances_asym";
    slices: "brain1" "force2d";
    slices_across_y: "brain1" "force2d_dim1";
    outliers_and_sigma: "brain1" "outliers_reseg_sigma";
    pre_crop: "brain1" "precrop_label2";
    resampled_nearest: "brain1" "resample_label3";
    resegmented_shape: "brain1" "reseg_absolute_shape";
    resegmented_relative: "brain1" "reseg_relative";
    selected: "brain1" "selected_features";
    one_slice: "brain1" "shape2d_slice";
    weighting_euclidean: "brain1" "weighting_euclidean";
    weighting_infinity: "brain1" "weighting_infinity";
    weighting_manhattan: "brain1" "weighting_manhattan";
    weighting_none: "brain1" "weighting_no_weighting";
}

/// The diagnostics that both programs give: all but the versions of PyRadiomics' parts.
///
/// Texts and hashes must be equal, numbers in a text to 1e-9 relative: the reference is written
/// with 17 digits, and sums run in another order.
#[test]
fn diagnostics() {
    let Some(shared) = shared() else { return };
    let numbers = |text: &str| -> Option<Vec<f64>> {
        let inner = text.trim_matches(['(', ')']);
        inner
            .split(", ")
            .map(|number| number.parse().ok())
            .collect()
    };
    for (case, parameters) in [
        ("brain1", "outliers_reseg_sigma"),
        ("brain1", "correctmask"),
        ("brain1", "resample_label3"),
        ("brain1", "selected_features"),
        ("brain1", "weighting_infinity"),
        ("STS_004", "mr_1130"),
    ] {
        let row = extract(&shared, case, parameters);
        let comparable =
            |name: &str| name.starts_with("diagnostics_") && !name.contains("_Versions_");
        let expected = reference(&shared, case, parameters);
        let expected: Vec<_> = expected
            .iter()
            .filter(|(name, _)| comparable(name))
            .collect();
        let found: Vec<_> = row
            .diagnostics
            .iter()
            .filter(|(name, _)| comparable(name))
            .collect();
        let names = |rows: &[&(String, String)]| -> Vec<String> {
            rows.iter().map(|row| row.0.clone()).collect()
        };
        assert_eq!(names(&found), names(&expected), "{case} {parameters}");
        for ((name, text), (_, expected)) in found.into_iter().zip(expected) {
            let (Some(values), Some(wanted)) = (numbers(text), numbers(expected)) else {
                assert_eq!(text, expected, "{case} {parameters} {name}");
                continue;
            };
            for (value, expected) in values.into_iter().zip(wanted) {
                let close = (value - expected).abs() <= 1e-9 * expected.abs().max(1.0);
                assert!(close, "{case} {parameters} {name}: {value} for {expected}");
            }
        }
    }
}

/// Clears all slices but one.
fn keep_slice(labels: &mut LabelMap, z: usize) {
    let slice = labels.geometry.size[0] * labels.geometry.size[1];
    for (place, label) in labels.labels.iter_mut().enumerate() {
        if place / slice != z {
            *label = 0;
        }
    }
}

/// PyRadiomics' own baseline tables: a column for each variant of the settings, which stand in
/// the table.
///
/// Left out: the four features of brain1's mesh in the column `brain1`. That column is of version
/// 2.0.1b1, whose mesh differed; 3.1.0 gives other values, to which `default_bins` compares.
#[test]
fn baseline_tables() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/pyradiomics");
    let mut compared = 0;
    let mut failures = Vec::new();
    for class in [
        "firstorder",
        "glcm",
        "gldm",
        "glrlm",
        "glszm",
        "ngtdm",
        "shape",
        "shape2D",
    ] {
        let table = folder.join(format!("baseline/baseline_{class}.csv"));
        let mut reader = csv::Reader::from_path(table).unwrap();
        let columns: Vec<String> = reader.headers().unwrap().iter().map(Into::into).collect();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let settings_row = rows
            .iter()
            .find(|row| &row[0] == "diagnostics_Configuration_Settings")
            .unwrap();
        for (column, name) in columns.iter().enumerate() {
            let Some(case) = ["brain1", "breast1"]
                .into_iter()
                .find(|c| name.starts_with(c))
            else {
                continue;
            };
            // A dictionary of Python is a mapping of YAML but for three words.
            let dictionary = settings_row[column]
                .replace("None", "null")
                .replace("True", "true")
                .replace("False", "false");
            let yaml = format!("setting: {dictionary}\nfeatureClass:\n  {class}:\n");
            let plan = Settings::from_yaml(&yaml).unwrap().plan().unwrap();
            let image = read::image(folder.join(format!("{case}_image.nrrd"))).unwrap();
            let mut labels = read::labels(folder.join(format!("{case}_label.nrrd"))).unwrap();
            if class == "shape2D" {
                // The table's masks hold one slice: its place is the centre's.
                let centre = rows
                    .iter()
                    .find(|row| &row[0] == "diagnostics_Mask-corrected_CenterOfMassIndex")
                    .unwrap();
                let z = centre[column]
                    .trim_matches(')')
                    .rsplit(", ")
                    .next()
                    .unwrap();
                keep_slice(&mut labels, z.parse::<f64>().unwrap() as usize);
            }
            let row = Extractor::new(plan).extract(&image, &labels, None).unwrap();
            for expected_row in rows.iter().filter(|row| row[0].starts_with("original_")) {
                let Ok(expected) = expected_row[column].parse::<f64>() else {
                    continue;
                };
                let Some(value) = row.feature(&expected_row[0]) else {
                    failures.push(format!("{name} {}: not computed", &expected_row[0]));
                    continue;
                };
                let mesh = [
                    "MeshVolume",
                    "SurfaceArea",
                    "SurfaceVolumeRatio",
                    "Sphericity",
                ];
                if name == "brain1"
                    && class == "shape"
                    && mesh.iter().any(|f| expected_row[0].ends_with(f))
                {
                    continue;
                }
                compared += 1;
                let difference = (value - expected).abs();
                let close = difference <= RELATIVE * expected.abs().max(ABSOLUTE / RELATIVE);
                if !close {
                    let what = &expected_row[0];
                    failures.push(format!("{name} {what}: {value:e}, expected {expected:e}"));
                }
            }
        }
    }
    println!("{compared} values compared");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// PyRadiomics' prostate phantom, whose mask has the labels 1, 7, 8 and 9.
fn prostate(shared: &Path) -> (Image, LabelMap) {
    let folder = shared.join("data/pyradiomics");
    let image = read::image(folder.join("prostate_phantom_subvolume.nrrd")).unwrap();
    let labels = read::labels(folder.join("prostate_phantom_subvolume-label.nrrd")).unwrap();
    (image, labels)
}

/// Four labels in one pass against PyRadiomics' four runs (`reference/prostate_labels.csv`, made
/// by the script beside it).
#[test]
fn labels_in_one_pass_agree_with_runs_of_their_own() {
    let Some(shared) = shared() else { return };
    let (image, labels) = prostate(&shared);
    let plan = Settings::from_yaml(include_str!("reference/prostate_labels.yaml"))
        .unwrap()
        .plan()
        .unwrap();
    let wanted = [9, 1, 7, 8];
    let rows = Extractor::new(plan).extract_labels(&image, &labels, &wanted);
    let mut expected: BTreeMap<u32, Vec<(String, f64)>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(&include_bytes!("reference/prostate_labels.csv")[..]);
    for record in reader.records().map(Result::unwrap) {
        let of_label = expected.entry(record[0].parse().unwrap()).or_default();
        of_label.push((record[1].to_owned(), record[2].parse().unwrap()));
    }
    let mut worst = (0.0, String::new());
    for (label, row) in wanted.iter().zip(rows) {
        let found = row.unwrap().features;
        let expected = &expected[label];
        assert_eq!(found.len(), expected.len());
        for ((name, value), (known, expected)) in found.iter().zip(expected) {
            assert_eq!(name, known);
            let relative = (value - expected).abs() / expected.abs().max(ABSOLUTE / RELATIVE);
            if relative > worst.0 {
                worst = (relative, format!("label {label} {name}"));
            }
            assert!(
                relative <= RELATIVE,
                "label {label} {name}: {value}, expected {expected}"
            );
        }
    }
    println!("largest relative difference {:.1e} {}", worst.0, worst.1);
}

/// However labels are put together, a row is the same to the bit; with any way of preparing the
/// image, and every image type.
#[test]
fn labels_in_one_pass_are_the_same_bits_as_alone() {
    let Some(shared) = shared() else { return };
    let (image, labels) = prostate(&shared);
    let images = "imageType: {Original: {}, LoG: {sigma: [2]}, Wavelet: {}, SquareRoot: {}, \
                  Gradient: {}, LBP2D: {binWidth: 1}, LBP3D: {binWidth: 1}}\n";
    for setting in [
        "normalize: true, normalizeScale: 100, binWidth: 10",
        "resampledPixelSpacing: [1, 1, 2], binWidth: 10",
        "preCrop: true, binWidth: 10",
        "resegmentRange: [-1, 2], resegmentMode: sigma, force2D: true, binWidth: 10",
    ] {
        let classes = "featureClass: {shape: , firstorder: , glcm: [Contrast], glszm: }\n";
        let yaml = format!("{images}{classes}setting: {{{setting}}}\n");
        let plan = Settings::from_yaml(&yaml).unwrap().plan().unwrap();
        let extractor = Extractor::new(plan);
        // Label 2 is not there, label 7 is asked for twice.
        let wanted = [7, 2, 1, 9, 8, 7];
        let rows = extractor.extract_labels(&image, &labels, &wanted);
        assert!(rows[1].is_err() && rows.iter().filter(|row| row.is_err()).count() == 1);
        for (label, row) in wanted.iter().zip(rows) {
            let alone = extractor.extract(&image, &labels, Some(*label));
            let bits = |row: FeatureRow| -> Vec<(String, u64)> {
                let features = row.features.into_iter();
                features
                    .map(|(name, value)| (name, value.to_bits()))
                    .collect()
            };
            match (row, alone) {
                (Ok(row), Ok(alone)) => {
                    assert_eq!(row.diagnostics, alone.diagnostics);
                    assert_eq!(row.undefined, alone.undefined);
                    assert_eq!(bits(row), bits(alone), "{setting} label {label}");
                }
                (row, alone) => assert_eq!(row, alone),
            }
        }
    }
}

/// Parameter files that combine many settings (`reference/settings.csv`, made by the script beside
/// it): `shape2D` without being named, filters' settings among the common ones, an axis that keeps
/// its spacing, relative limits that change the shape, wavelets from the second level on.
#[test]
fn combined_settings() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/pyradiomics");
    let image = read::image(folder.join("brain1_image.nrrd")).unwrap();
    let bytes = &include_bytes!("reference/settings.csv")[..];
    let records: Vec<csv::StringRecord> = csv::Reader::from_reader(bytes)
        .records()
        .map(Result::unwrap)
        .collect();
    for (name, mask, yaml) in [
        (
            "settings_slice",
            "brain1_mask_slice16.nrrd",
            include_str!("reference/settings_slice.yaml"),
        ),
        (
            "settings_relative",
            "brain1_labels.nrrd",
            include_str!("reference/settings_relative.yaml"),
        ),
    ] {
        let labels = read::labels(folder.join("reference").join(mask)).unwrap();
        let plan = Settings::from_yaml(yaml).unwrap().plan().unwrap();
        let row = Extractor::new(plan).extract(&image, &labels, None).unwrap();
        let expected: Vec<_> = records.iter().filter(|record| &record[0] == name).collect();
        assert_eq!(row.features.len(), expected.len());
        for ((feature, value), record) in row.features.iter().zip(expected) {
            assert_eq!(feature, &record[1]);
            let expected: f64 = record[2].parse().unwrap();
            let relative = (value - expected).abs() / expected.abs().max(ABSOLUTE / RELATIVE);
            assert!(
                relative <= RELATIVE,
                "{name} {feature}: {value}, expected {expected}"
            );
        }
    }
}
