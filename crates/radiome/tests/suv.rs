//! SUV of PET series through the commands and a study, on files that pydicom wrote, against the
//! pseudo-code of QIBA (`crates/dicom/tests/reference/make_pet.py`).

#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::path::{Path, PathBuf};

use radiome::table::Table;
use radiome_image::{Image, LabelMap, read, write};
use serde_json::Value;

use small_cohort::{SmallCohort, ends, id};

fn reference(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dicom/tests/reference");
    folder.join(name)
}

fn converted(folder: &Path, series: &str, more: &[&str]) -> Image {
    let series = reference(&format!("pet/{series}.zip"));
    let series = series.display().to_string();
    let usual = ["convert", &series, "--out", "out.nrrd"];
    ends(folder, 0, &[&usual[..], more].concat());
    read::image(folder.join("out.nrrd")).unwrap()
}

/// Two ways through the same few multiplications and powers: 1e-12. Times that are computed back
/// from frames carry the microseconds in which they are written: 1e-9.
#[test]
fn every_vendor_gives_its_value_or_a_named_error() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(reference("pet.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    // What the error must name of each file that cannot give a value.
    let named = [
        ("bad-weight", "Patient's Weight is missing or not positive"),
        (
            "bad-weight-zero",
            "Patient's Weight is missing or not positive",
        ),
        ("bad-dose", "Radionuclide Total Dose is missing"),
        ("bad-half-life", "Radionuclide Half Life is missing"),
        ("bad-injection", "Radiopharmaceutical Start Time is missing"),
        ("bad-units", "units of PROPCPS"),
        ("bad-decay", "Decay Correction is neither START nor ADMIN"),
        ("bad-attenuation", "attenuation (ATTN)"),
        ("bad-lean", "SUV of type LBM"),
        ("bad-counts", "(7053,xx00) and (7053,xx09) are missing"),
        ("bad-shifted-date", "a date or time is wrong"),
        ("bad-modality", "not PT"),
    ];
    let mut values = 0;
    for (name, wanted) in expected.as_object().unwrap() {
        let series = reference(&format!("pet/{name}.zip")).display().to_string();
        if let Some(factor) = wanted.as_f64() {
            let activity = converted(folder.path(), name, &[]);
            let suv = converted(folder.path(), name, &["--suv", "bw"]);
            assert_eq!(suv.geometry, activity.geometry);
            let allowed = if name.contains("frames") { 1e-9 } else { 1e-12 };
            for (suv, activity) in suv.values.iter().zip(&activity.values) {
                let wanted = activity * factor;
                assert!(
                    (suv - wanted).abs() <= allowed * wanted.abs(),
                    "{name}: {suv} {wanted}"
                );
            }
            values += 1;
        } else {
            let arguments = ["convert", &series, "--suv", "bw", "--out", "bad.nrrd"];
            let (_, said) = ends(folder.path(), 2, &arguments);
            let words = named.iter().find(|(file, _)| file == name).unwrap().1;
            assert!(said.contains(words), "{name}: no {words:?} in\n{said}");
            assert!(!folder.path().join("bad.nrrd").exists());
        }
    }
    assert_eq!(values, 10);
}

#[test]
fn other_formats_have_no_headers() {
    let cohort = SmallCohort::write();
    let image = "images/P001_t1.nii.gz";
    let arguments = ["convert", image, "--suv", "bw", "--out", "suv.nii.gz"];
    let (_, said) = ends(cohort.path(), 2, &arguments);
    assert!(
        said.contains("SUV needs its headers") && said.contains(image),
        "{said}"
    );
    let arguments = ["extract", image, "masks/P001_R1.nii.gz", "--suv", "bw"];
    let (_, said) = ends(cohort.path(), 2, &arguments);
    assert!(
        said.contains("SUV needs its headers") && said.contains(image),
        "{said}"
    );
    let missing = ["convert", "nowhere", "--suv", "bw", "--out", "suv.nii.gz"];
    let (_, said) = ends(cohort.path(), 2, &missing);
    assert!(said.contains("nowhere"), "{said}");
    // A study finds it before anything is computed.
    let sequence =
        r#"{T1: {image: "images/{id}_t1.nii.gz", mask: "masks/{id}_R1.nii.gz", suv: bw}}"#;
    cohort.study("suv", &[("sequences", sequence), ("reliability", "")]);
    let (_, said) = ends(cohort.path(), 1, &["study", "check", "suv.yaml"]);
    assert!(said.contains("P001_t1.nii.gz is no DICOM series"), "{said}");
    let sequence = sequence.replace("bw", "lbm");
    cohort.study("lean", &[("sequences", &sequence), ("reliability", "")]);
    let (_, said) = ends(cohort.path(), 2, &["study", "check", "lean.yaml"]);
    assert!(said.contains("did you mean `bw`?"), "{said}");
}

/// One series with another contour for every patient: what `extract` and a study compute from it is
/// what they compute from the file that `convert --suv bw` wrote.
#[test]
fn features_are_those_of_the_converted_series() {
    let cohort = SmallCohort::write();
    let suv = converted(cohort.path(), "start", &["--suv", "bw"]);
    fs::copy(
        cohort.path().join("out.nrrd"),
        cohort.path().join("suv.nrrd"),
    )
    .unwrap();
    let largest = suv.values.iter().copied().fold(0.0, f64::max);
    cohort.file(
        "pet_params.yaml",
        &format!(
            "featureClass: {{firstorder: , glcm: [Contrast, Idm]}}\nsetting: {{binWidth: {}}}\n",
            largest / 20.0
        ),
    );
    fs::create_dir(cohort.path().join("pet")).unwrap();
    let count = suv.geometry.voxel_count();
    for number in 0..40 {
        let name = id(number);
        let series = cohort.path().join(format!("pet/{name}.zip"));
        fs::copy(reference("pet/start.zip"), series).unwrap();
        let labels = (0..count).map(|offset| u32::from((offset * 7 + number * 11) % 40 < 30));
        let map = LabelMap {
            geometry: suv.geometry.clone(),
            labels: labels.collect(),
            segments: Vec::new(),
        };
        write::nrrd_labels(cohort.path().join(format!("pet/{name}.nrrd")), &map).unwrap();
    }
    let extract = |image: &str, more: &[&str]| {
        let mask = "pet/P003.nrrd";
        let usual = [
            "extract",
            image,
            mask,
            "--params",
            "pet_params.yaml",
            "--out",
            "one.csv",
        ];
        ends(cohort.path(), 0, &[&usual[..], more].concat());
        Table::read(&cohort.path().join("one.csv")).unwrap()
    };
    let sequence = r#"{PET: {image: "pet/{id}.zip", mask: "pet/{id}.nrrd", suv: bw, params: pet_params.yaml}}"#;
    let changes = [
        ("sequences", sequence),
        ("reliability", ""),
        ("harmonization", ""),
        ("validation", "{repeats: 1, folds: 3, bootstrap: 0}"),
    ];
    cohort.study("pet", &changes);
    ends(
        cohort.path(),
        0,
        &["study", "run", "pet.yaml", "--out", "run"],
    );
    let study = Table::read(&cohort.path().join("run/features.csv")).unwrap();
    let [by_hand, asked, raw] = [
        extract("suv.nrrd", &[]),
        extract("pet/P003.zip", &["--suv", "bw"]),
        extract("pet/P003.zip", &[]),
    ];
    let features = by_hand
        .columns()
        .filter(|name| name.starts_with("original_"));
    let features: Vec<&str> = features.collect();
    assert_eq!(features.len(), 20);
    let of = |table: &Table, name: &str, row: usize| table.numbers(name).unwrap()[row].to_bits();
    for name in &features {
        let expected = of(&by_hand, name, 0);
        assert_eq!(of(&asked, name, 0), expected, "{name}");
        assert_eq!(of(&study, &format!("PET_{name}"), 2), expected, "{name}");
    }
    let maximum = "original_firstorder_Maximum";
    assert_ne!(of(&raw, maximum, 0), of(&asked, maximum, 0));
    let model = fs::read_to_string(cohort.path().join("run/model.json")).unwrap();
    let model: Value = serde_json::from_str(&model).unwrap();
    assert_eq!(model["sequences"]["PET"]["suv"], "bw");
    assert_eq!(model["format"], 3);
    let report = fs::read_to_string(cohort.path().join("run/report.html")).unwrap();
    assert!(report.contains("Images of PET were brought into units of SUV by body weight."));
    let page = fs::read_to_string(cohort.path().join("run/quality.html")).unwrap();
    assert!(page.contains("SUV (g/ml, by body weight) in the region"));
}
