//! Numbers at the ends of their range, and what is no number: what each stage makes of them, as
//! docs/numbers.md says.

use std::fs;
use std::path::Path;

use radiome::table::Table;
use radiome_image::{Geometry, Image, PixelType, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{ends, radiome};

const SIZE: usize = 8;
/// A voxel of the region, and one far from it.
const INSIDE: usize = 2 + 2 * SIZE + 2 * SIZE * SIZE;
const OUTSIDE: usize = 0;

fn geometry() -> Geometry {
    Geometry::axis_aligned([SIZE; 3], [1.0; 3])
}

fn usual() -> Vec<f64> {
    (0..SIZE * SIZE * SIZE)
        .map(|n| ((n * 7919) % 101) as f64)
        .collect()
}

fn in_region(offset: usize) -> bool {
    geometry().index(offset).iter().all(|i| (2..6).contains(i))
}

fn write_image(path: &Path, values: Vec<f64>) {
    let image = Image {
        geometry: geometry(),
        pixel_type: PixelType::F64,
        values,
    };
    write::nifti(path, &image).unwrap();
}

/// A folder with a mask and with the usual image changed.
fn folder_with(change: impl FnOnce(&mut [f64])) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mask = (0..SIZE * SIZE * SIZE).map(|n| f64::from(u8::from(in_region(n))));
    write_image(&folder.path().join("mask.nii"), mask.collect());
    let mut values = usual();
    change(&mut values);
    write_image(&folder.path().join("image.nii"), values);
    folder
}

/// What `extract` makes of the image in a folder: a table, or why there is none.
fn extract(folder: &Path, settings: &[&str]) -> Result<Table, String> {
    let _ = fs::remove_file(folder.join("o.csv"));
    let command = [
        "extract",
        "image.nii",
        "mask.nii",
        "--out",
        "o.csv",
        "--quiet",
    ];
    let options: Vec<&str> = settings
        .iter()
        .flat_map(|setting| ["-s", setting])
        .collect();
    let output = radiome(folder, &[&command[..], &options].concat());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!error.contains("panicked"), "{error}");
    match output.status.code() {
        Some(0) => Ok(Table::read(&folder.join("o.csv")).unwrap()),
        // A file that cannot be used at all is a wrong request where there is one case only.
        Some(1 | 2) => {
            let words: Vec<&str> = error
                .split_whitespace()
                .filter(|word| *word != "│")
                .collect();
            Err(words.join(" "))
        }
        status => panic!("{status:?}: {error}"),
    }
}

fn number(table: &Table, feature: &str) -> f64 {
    let text = &table.cells(&format!("original_{feature}")).unwrap()[0];
    match text.as_str() {
        "NaN" => f64::NAN,
        "Inf" => f64::INFINITY,
        text => text.parse().unwrap(),
    }
}

fn undefined(table: &Table) -> &str {
    &table.cells("diagnostics_Undefined").unwrap()[0]
}

const WHOLE_IMAGE: [&str; 2] = ["normalize:true", "resampledPixelSpacing:2,2,2"];

/// NaN and infinity: inside the region an error, always; outside it an error as soon as a step looks
/// at the whole image, and of no weight where none does.
#[test]
fn no_numbers_in_images() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let inside = folder_with(|values| values[INSIDE] = value);
        for settings in [
            &[][..],
            &["binCount:16"],
            &WHOLE_IMAGE[..1],
            &WHOLE_IMAGE[1..],
        ] {
            let error = extract(inside.path(), settings).unwrap_err();
            assert!(
                error.contains("unusable_values"),
                "{value} {settings:?}: {error}"
            );
        }
        let outside = folder_with(|values| values[OUTSIDE] = value);
        for setting in WHOLE_IMAGE {
            let error = extract(outside.path(), &[setting]).unwrap_err();
            assert!(
                error.contains("unusable_values"),
                "{value} {setting}: {error}"
            );
        }
        // The same features as without the voxel that nothing looks at.
        let plain = folder_with(|_| ());
        let (found, expected) = (extract(outside.path(), &[]), extract(plain.path(), &[]));
        for feature in [
            "firstorder_Mean",
            "firstorder_Variance",
            "glcm_Contrast",
            "glszm_ZoneEntropy",
        ] {
            let [found, expected] =
                [&found, &expected].map(|t| number(t.as_ref().unwrap(), feature));
            assert_eq!(found.to_bits(), expected.to_bits(), "{feature}");
        }
    }
    let nothing = folder_with(|values| values.fill(f64::NAN));
    assert!(
        extract(nothing.path(), &[])
            .unwrap_err()
            .contains("unusable_values")
    );
}

/// Values whose squares overflow: no image divided by an infinite deviation, no feature without a
/// reason.
#[test]
fn numbers_too_large_for_their_squares() {
    for place in [INSIDE, OUTSIDE] {
        let folder = folder_with(|values| values[place] = 1e308);
        let error = extract(folder.path(), &["normalize:true"]).unwrap_err();
        assert!(
            error.contains("overflow") && error.contains("1e308"),
            "{error}"
        );
        assert!(error.contains("unusable_values"), "{error}");
    }
    // The deviation alone overflows: every voxel was 0 after normalisation once.
    let folder = folder_with(|values| values.iter_mut().for_each(|value| *value *= 1e153));
    let error = extract(folder.path(), &["normalize:true"]).unwrap_err();
    assert!(error.contains("overflow"), "{error}");

    let folder = folder_with(|values| values[INSIDE] = 1e308);
    let error = extract(folder.path(), &["binWidth:25"]).unwrap_err();
    assert!(
        error.contains("1.0 to 1e308") && error.contains("setting"),
        "{error}"
    );
    let table = extract(folder.path(), &["binCount:16"]).unwrap();
    for feature in [
        "Energy",
        "Variance",
        "Kurtosis",
        "Skewness",
        "RootMeanSquared",
        "TotalEnergy",
    ] {
        let feature = format!("firstorder_{feature}");
        assert!(!number(&table, &feature).is_finite(), "{feature}");
        let reason = format!("original_{feature}=numerical");
        assert!(undefined(&table).contains(&reason), "{reason}");
    }
    assert_eq!(number(&table, "firstorder_Maximum"), 1e308);
    // The mean of 64 voxels, of which one is so large that the others are lost in rounding.
    assert!((number(&table, "firstorder_Mean") / (1e308 / 64.0) - 1.0).abs() < 1e-14);

    // Both ends: their difference is no number any more.
    let folder = folder_with(|values| {
        values[INSIDE] = 1e308;
        values[INSIDE + 1] = -1e308;
    });
    for settings in [&[][..], &["binCount:16"]] {
        assert!(
            extract(folder.path(), settings)
                .unwrap_err()
                .contains("setting")
        );
    }
}

/// Deviations whose squares underflow: moments are 0 by arithmetic, not because the region is flat,
/// and the row says so.
#[test]
fn numbers_too_small_for_their_squares() {
    let smallest = f64::from_bits(1);
    for scale in [smallest, 1e-310, 1e-160] {
        let folder = folder_with(|values| values.iter_mut().for_each(|value| *value *= scale));
        let table = extract(folder.path(), &["binCount:16"]).unwrap();
        for feature in ["Skewness", "Kurtosis", "Variance"] {
            let reason = format!("original_firstorder_{feature}=numerical");
            assert!(
                undefined(&table).contains(&reason),
                "{scale:e}: {}",
                undefined(&table)
            );
        }
        // What needs no squares is exact.
        let values = usual()
            .into_iter()
            .enumerate()
            .filter(|(n, _)| in_region(*n));
        let most = values.map(|(_, value)| value * scale).fold(0.0, f64::max);
        assert_eq!(
            number(&table, "firstorder_Maximum").to_bits(),
            most.to_bits()
        );
    }
    // A flat region is flat, and an ordinary one has no reason at all.
    let flat = folder_with(|values| values.fill(3.0));
    let table = extract(flat.path(), &[]).unwrap();
    assert!(undefined(&table).contains("original_firstorder_Skewness=flat"));
    let plain = folder_with(|_| ());
    assert_eq!(undefined(&extract(plain.path(), &[]).unwrap()), "");
}

/// Labels are whole numbers from 0 to 2^32 - 1; anything else is no mask.
#[test]
fn no_labels_in_masks() {
    for value in [f64::NAN, f64::INFINITY, 0.5, -1.0, 4_294_967_296.0, 5e-324] {
        let folder = folder_with(|_| ());
        let mut mask: Vec<f64> = (0..512)
            .map(|n| f64::from(u8::from(in_region(n))))
            .collect();
        mask[OUTSIDE] = value;
        write_image(&folder.path().join("mask.nii"), mask);
        let error = extract(folder.path(), &[]).unwrap_err();
        assert!(error.contains("no label"), "{value}: {error}");
    }
}

/// A NIfTI-1 file of 64-bit whole numbers.
fn whole_numbers(path: &Path, values: impl Iterator<Item = i64>) {
    write_image(path, usual());
    let mut bytes = fs::read(path).unwrap();
    bytes[70..72].copy_from_slice(&1024_i16.to_le_bytes());
    let data = 352;
    bytes.truncate(data);
    bytes.extend(values.flat_map(i64::to_le_bytes));
    fs::write(path, bytes).unwrap();
}

/// Whole numbers beyond 2^53 are no 64-bit real numbers: neighbours would fall together in silence.
#[test]
fn whole_numbers_beyond_real_ones() {
    let folder = folder_with(|_| ());
    let path = folder.path().join("image.nii");
    let exact = 1_i64 << 53;
    whole_numbers(&path, (0..512).map(|n| exact - n));
    let table = extract(folder.path(), &["binCount:16"]).unwrap();
    let most = (0..512)
        .filter(|&n| in_region(n))
        .map(|n| exact - n as i64)
        .max()
        .unwrap();
    assert_eq!(number(&table, "firstorder_Maximum"), most as f64);
    for least in [exact + 1, i64::MAX - 512, i64::MIN] {
        whole_numbers(&path, (0..512).map(|n| least + n));
        let error = extract(folder.path(), &["binCount:16"]).unwrap_err();
        assert!(error.contains("2^53"), "{least}: {error}");
    }
}

/// Numbers of tables: what is no number is named with its place; infinities are numbers where a
/// column is only carried, and refused where a model would take them.
#[test]
fn no_numbers_in_tables() {
    let folder = tempfile::tempdir().unwrap();
    let table = |cell: &str| {
        let mut text = "ID,x,g,t,e\n".to_owned();
        for row in 0..20 {
            let x = if row == 7 {
                cell.to_owned()
            } else {
                format!("{}", (row * 7) % 11)
            };
            text += &format!("P{row},{x},{},{},{}\n", row % 2, 10 + row, row % 3 % 2);
        }
        fs::write(folder.path().join("t.csv"), text).unwrap();
    };
    let outcome = ["t.csv", "--outcome", "g"];
    let survival = ["t.csv", "--time", "t", "--event", "e", "--vars", "x"];
    for cell in ["Inf", "-Inf", "1e999"] {
        table(cell);
        for (command, rest) in [
            ("logistic", &["--vars", "x"][..]),
            ("roc", &["--scores", "x"]),
            ("lasso", &["--features", "x"]),
        ] {
            let arguments = [&[command], &outcome[..], rest].concat();
            let (_, error) = ends(folder.path(), 2, &arguments);
            assert!(
                error.contains("row 9") || error.contains('x'),
                "{command} {cell}: {error}"
            );
        }
        ends(folder.path(), 2, &[&["cox"], &survival[..]].concat());
    }
    for cell in ["1,5x", "five", "0x10", "1_000", "--1", "1e"] {
        table(&format!("\"{cell}\""));
        let (_, error) = ends(folder.path(), 2, &[&["cox"], &survival[..]].concat());
        assert!(
            error.contains(cell) || error.contains('x'),
            "{cell}: {error}"
        );
    }
    // A denormal is a number like any other.
    table("5e-324");
    ends(
        folder.path(),
        0,
        &[&["compare", "t.csv", "--group", "g", "--vars", "x"][..]].concat(),
    );
}

/// A study from tables of 60 patients, with one cell changed: the table, its row from 1, the column.
fn study_with(table: &str, row: usize, column: &str, cell: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = ChaCha8Rng::seed_from_u64(3);
    let header = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let mut clinical = vec![header(&["ID", "centre", "grade", "age", "sex"])];
    let mut features = vec![header(&["ID", "T1_a", "T1_b", "T1_c"])];
    for patient in 0..60_u32 {
        let positive = patient % 2;
        let sex = if chance.random_bool(0.5) { "m" } else { "f" };
        clinical.push(vec![
            format!("P{patient}"),
            (if patient < 40 { "A" } else { "B" }).to_owned(),
            positive.to_string(),
            (40 + 10 * positive + chance.random_range(0..25)).to_string(),
            sex.to_owned(),
        ]);
        let value = |shift: f64, chance: &mut ChaCha8Rng| {
            (shift + chance.random_range(-1.5..1.5_f64)).to_string()
        };
        let shift = f64::from(positive);
        features.push(vec![
            format!("P{patient}"),
            value(shift, &mut chance),
            value(0.0, &mut chance),
            value(shift, &mut chance),
        ]);
    }
    for (name, mut rows) in [("clinical.csv", clinical), ("features.csv", features)] {
        if name.starts_with(table) {
            let place = rows[0].iter().position(|header| header == column).unwrap();
            rows[row][place] = cell.to_owned();
        }
        let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        fs::write(folder.path().join(name), lines.join("\n") + "\n").unwrap();
    }
    let text = "name: s\ntables: [{file: clinical.csv, id: ID}]\noutcome: {column: grade}\n\
        split: {column: centre, train: [A], external: [B]}\nfeatures: {file: features.csv, id: ID}\n\
        signature: {folds: 3}\nclinical: {candidates: [age, sex], p: 0.9}\n\
        validation: {repeats: 1, folds: 3, bootstrap: 2}\ncontrols: []\n";
    fs::write(folder.path().join("study.yaml"), text).unwrap();
    folder
}

/// A clinical value that is infinite, and a typing error in a feature, stop a study with their place;
/// features that no arithmetic can use are left out or taken as the mean, and the results say so.
#[test]
fn no_numbers_in_studies() {
    for (table, column, cell, row) in [
        ("clinical", "age", "Inf", "row 4"),
        ("clinical", "age", "1e999", "row 4"),
        ("clinical", "age", "sixty", "row 4"),
        ("features", "T1_a", "0,5", "row 4"),
        ("features", "T1_a", "x", "row 4"),
    ] {
        let cell = if cell.contains(',') {
            format!("\"{cell}\"")
        } else {
            cell.to_owned()
        };
        let folder = study_with(table, 3, column, &cell);
        let (_, error) = ends(
            folder.path(),
            2,
            &["study", "run", "study.yaml", "--out", "s.run", "--quiet"],
        );
        assert!(
            error.contains(row) && error.contains(column),
            "{table} {column} {cell}: {error}"
        );
    }
    for (row, cell, code) in [
        (3, "Inf", "undefined_features"),
        (3, "NaN", "undefined_features"),
        (3, "1e308", "overflowing_features"),
        (50, "-Inf", "missing_feature_value"),
    ] {
        let folder = study_with("features", row, "T1_a", cell);
        ends(
            folder.path(),
            0,
            &["study", "run", "study.yaml", "--out", "s.run", "--quiet"],
        );
        let results = fs::read(folder.path().join("s.run/results.json")).unwrap();
        let results: Value = serde_json::from_slice(&results).unwrap();
        let warnings = results["warnings"].as_array().unwrap();
        assert!(
            warnings.iter().any(|warning| warning["code"] == code),
            "{cell}: {warnings:?}"
        );
    }
}
