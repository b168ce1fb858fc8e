//! Forty small patients of two centres as files, and study files over them.

#[path = "../program/mod.rs"]
mod program;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use radiome_image::{Geometry, Image, LabelMap, PixelType, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) use program::ends;

/// Patients of centre A, which trains; half of them have the outcome.
pub(crate) const TRAINING: usize = 28;
/// Patients of centre B, which is external; half of them have the outcome.
pub(crate) const EXTERNAL: usize = 12;
/// Training patients that were contoured again.
pub(crate) const READ_AGAIN: usize = 12;

/// A folder with the images, the contours, `clinical.csv`, `params.yaml` and `study.yaml`.
pub(crate) struct SmallCohort {
    folder: tempfile::TempDir,
}

impl SmallCohort {
    /// Writes the cohort into a new folder.
    pub(crate) fn write() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["images", "masks"] {
            fs::create_dir(at(name)).unwrap();
        }
        fs::write(at("params.yaml"), PARAMS).unwrap();
        fs::write(at("clinical.csv"), clinical_table(|_, _, _| None)).unwrap();
        fs::write(at("study.yaml"), study_text(&[])).unwrap();
        for number in 0..TRAINING + EXTERNAL {
            write_patient(folder.path(), number);
        }
        Self { folder }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a further study file beside the images; `changes` as in [`study_text`].
    pub(crate) fn study(&self, name: &str, changes: &[(&str, &str)]) -> PathBuf {
        self.file(&format!("{name}.yaml"), &study_text(changes))
    }

    /// Writes a further file beside the images.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

/// The id of a patient.
pub(crate) fn id(number: usize) -> String {
    format!("P{:03}", number + 1)
}

/// Whether a patient has the outcome.
pub(crate) fn positive(number: usize) -> bool {
    number % 2 == 1
}

const PARAMS: &str = "\
imageType:
  Original: {}
featureClass:
  firstorder:
  glcm: [Contrast, Idm, JointEntropy, Correlation]
setting:
  binWidth: 10
";

/// The keys of the study file and what they hold unless a test says otherwise.
const STUDY: [(&str, &str); 14] = [
    ("name", "Small cohort"),
    ("seed", "7"),
    ("tables", "[{file: clinical.csv, id: patient_id}]"),
    ("outcome", "{column: high_grade, positive: 1}"),
    ("survival", "{time: pfs_days, event: pfs_event}"),
    ("split", "{column: centre, train: [A], external: [B]}"),
    (
        "sequences",
        r#"{T1: {image: "images/{id}_t1.nii.gz", mask: "masks/{id}_R1.nii.gz", label: 1, params: params.yaml}, T2: {image: "images/{id}_t2.nii.gz", mask: "masks/{id}_R1.nii.gz", params: params.yaml}}"#,
    ),
    (
        "reliability",
        r#"{readings: {intra: [R1, R1b], inter: [R1, R2]}, files: {R1b: {T1: "masks/{id}_R1b.nii.gz", T2: "masks/{id}_R1b.nii.gz"}, R2: {T1: "masks/{id}_R2.nii.gz", T2: "masks/{id}_R2.nii.gz"}}, threshold: 0.5}"#,
    ),
    (
        "harmonization",
        "{method: combat, batch: scanner, unseen: none}",
    ),
    ("selection", "{k: 6}"),
    ("signature", "{folds: 3}"),
    (
        "clinical",
        "{candidates: [age_years, sex, margin, site], p: 0.2}",
    ),
    ("validation", "{repeats: 1, folds: 3, bootstrap: 2}"),
    ("stage", "ajcc_stage"),
];

/// One sequence only.
pub(crate) const T1_ONLY: &str = r#"{T1: {image: "images/{id}_t1.nii.gz", mask: "masks/{id}_R1.nii.gz", label: 1, params: params.yaml}}"#;

/// The text of the study file with other values for some keys, or with further keys; an empty
/// value leaves the key out.
pub(crate) fn study_text(changes: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, usual) in STUDY {
        let changed = changes.iter().find(|(name, _)| *name == key);
        let value = changed.map_or(usual, |(_, value)| value);
        if !value.is_empty() {
            writeln!(text, "{key}: {value}").unwrap();
        }
    }
    for (key, value) in changes {
        if STUDY.iter().all(|(name, _)| name != key) {
            writeln!(text, "{key}: {value}").unwrap();
        }
    }
    text
}

/// The clinical table. `change` is asked for every cell with the patient, the column and the usual
/// cell, and gives another one or `None`.
pub(crate) fn clinical_table(change: impl Fn(usize, &str, &str) -> Option<String>) -> String {
    let columns = [
        "patient_id",
        "centre",
        "scanner",
        "high_grade",
        "grade",
        "age_years",
        "sex",
        "margin",
        "site",
        "ajcc_stage",
        "pfs_days",
        "pfs_event",
        "treatment",
        "lung_mets",
    ];
    let mut text = columns.join(",") + "\n";
    for number in 0..TRAINING + EXTERNAL {
        let mut rng = ChaCha8Rng::seed_from_u64(1000 + number as u64);
        let positive = positive(number);
        let shift = f64::from(u8::from(positive));
        let training = number < TRAINING;
        // The last training patient is alone on its scanner; training never saw S4.
        let scanner = match number {
            _ if number + 1 == TRAINING => "S3",
            _ if !training && number % 4 < 2 => "S4",
            _ if number % 3 == 0 => "S1",
            _ => "S2",
        };
        let grade = match (positive, number % 4) {
            (true, _) => "High",
            (false, 0) => "Low",
            (false, _) => "Intermediate",
        };
        let site = ["arm", "leg", "trunk"][rng.random_range(0..3)];
        let time = (900.0 - 400.0 * shift) * rng.random_range(0.2..1.0);
        for (place, column) in columns.iter().enumerate() {
            let usual = match *column {
                "patient_id" => id(number),
                "centre" => (if training { "A" } else { "B" }).to_owned(),
                "scanner" => scanner.to_owned(),
                "high_grade" => u8::from(positive).to_string(),
                "grade" => grade.to_owned(),
                // One training and one external patient have no age.
                "age_years" if number == 2 || number + 1 == TRAINING + EXTERNAL => String::new(),
                "age_years" => format!("{:.0}", 45.0 + 8.0 * shift + rng.random_range(0.0..30.0)),
                "sex" => ["f", "m"][rng.random_range(0..2)].to_owned(),
                "margin" => u8::from(rng.random_bool(0.25 + 0.5 * shift)).to_string(),
                "site" if number == TRAINING + 1 => "neck".to_owned(),
                "site" => site.to_owned(),
                "ajcc_stage" => ["IA", "IB", "II", "IIIA"]
                    [rng.random_range(0..3) + usize::from(positive)]
                .to_owned(),
                "pfs_days" => format!("{time:.0}"),
                "pfs_event" => u8::from(rng.random_bool(0.3 + 0.4 * shift)).to_string(),
                "treatment" => ["surgery", "none"][rng.random_range(0..2)].to_owned(),
                _ => u8::from(rng.random_bool(0.3)).to_string(),
            };
            let cell = change(number, column, &usual).unwrap_or(usual);
            let separator = if place == 0 { "" } else { "," };
            write!(text, "{separator}{cell}").unwrap();
        }
        text.push('\n');
    }
    text
}

/// The grid of every image.
pub(crate) fn geometry() -> Geometry {
    Geometry::axis_aligned([12, 12, 6], [1.0, 1.0, 2.0])
}

fn write_patient(folder: &Path, number: usize) {
    let id = id(number);
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    let geometry = geometry();
    let shift = f64::from(u8::from(positive(number)));
    for sequence in ["t1", "t2"] {
        // The outcome shows in how coarse the noise is and how wide, never without overlap.
        let width = 25.0 + 8.0 * shift + rng.random_range(0.0..16.0);
        let smooth = 0.2 + 0.25 * shift + rng.random_range(0.0..0.35);
        let level = 200.0 + rng.random_range(-30.0..30.0);
        let mut before = 0.0;
        let values = (0..geometry.voxel_count()).map(|_| {
            before = smooth * before + (1.0 - smooth) * rng.random_range(-1.0..1.0);
            f64::round(level + 3.0 * width * before)
        });
        let image = Image {
            pixel_type: PixelType::I16,
            values: values.collect(),
            geometry: geometry.clone(),
        };
        write::nifti(
            folder.join(format!("images/{id}_{sequence}.nii.gz")),
            &image,
        )
        .unwrap();
    }
    let radius = rng.random_range(3.6..5.2);
    let readings: &[(&str, f64)] = if number < READ_AGAIN {
        &[("R1", 0.0), ("R1b", 0.15), ("R2", -0.2)]
    } else {
        &[("R1", 0.0)]
    };
    for (reading, error) in readings {
        let path = folder.join(format!("masks/{id}_{reading}.nii.gz"));
        write::nifti_labels(path, &ball(radius + error)).unwrap();
    }
}

/// A ball in the middle of the grid.
pub(crate) fn ball(radius: f64) -> LabelMap {
    let geometry = geometry();
    let mut labels = vec![0; geometry.voxel_count()];
    for z in 0..6 {
        for y in 0..12 {
            for x in 0..12 {
                let (x0, y0, z0) = (x as f64 - 5.5, y as f64 - 5.5, 2.0 * (z as f64 - 2.5));
                if x0 * x0 + y0 * y0 + z0 * z0 <= radius * radius {
                    labels[geometry.offset([x, y, z])] = 1;
                }
            }
        }
    }
    LabelMap {
        geometry,
        labels,
        segments: Vec::new(),
    }
}
