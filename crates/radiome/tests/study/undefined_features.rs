//! Features that a region does not define.

use std::fs;

use radiome::table::Table;
use radiome_image::{Image, PixelType, write};

use super::small_cohort::{SmallCohort, TRAINING, ends, geometry, id};

/// A flat image has no skewness, kurtosis or correlation; the values are conventions, and the run
/// says so for every reading of the patient, and for nobody else.
#[test]
fn features_that_a_region_does_not_define_are_listed_with_the_reason() {
    let cohort = SmallCohort::write();
    let flat = Image {
        pixel_type: PixelType::I16,
        values: vec![100.0; geometry().voxel_count()],
        geometry: geometry(),
    };
    for number in [TRAINING, 3] {
        let image = format!("images/{}_t2.nii.gz", id(number));
        write::nifti(cohort.path().join(image), &flat).unwrap();
    }
    let arguments = ["study", "run", "study.yaml", "--out", "run"];
    ends(cohort.path(), 0, &arguments);
    let folder = cohort.path().join("run");
    let mut expected = String::from("id,reading,feature,reason_code\n");
    for (number, readings) in [(3, ["R1", "R1b", "R2"].as_slice()), (TRAINING, &["R1"])] {
        for reading in readings {
            for feature in [
                "firstorder_Kurtosis",
                "firstorder_Skewness",
                "glcm_Correlation",
            ] {
                let id = id(number);
                expected += &format!("{id},{reading},T2_original_{feature},flat\n");
            }
        }
    }
    let found = fs::read_to_string(folder.join("undefined.csv")).unwrap();
    assert_eq!(found, expected);
    // Each row names a number of features.csv.
    let (features, undefined) = (
        Table::read(&folder.join("features.csv")).unwrap(),
        Table::read(&folder.join("undefined.csv")).unwrap(),
    );
    let (ids, readings) = (
        features.texts("id").unwrap(),
        features.texts("reading").unwrap(),
    );
    for row in 0..undefined.len() {
        let cell = |column: &str| undefined.texts(column).unwrap()[row];
        let numbers = features.texts(cell("feature").unwrap()).unwrap();
        let rows = (0..features.len())
            .filter(|&row| ids[row] == cell("id") && readings[row] == cell("reading"));
        let values: Vec<_> = rows.map(|row| numbers[row]).collect();
        assert!(matches!(values.as_slice(), [Some("0" | "1")]), "{values:?}");
    }
}
