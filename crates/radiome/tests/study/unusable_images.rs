//! Images that cannot be used cost their own patient alone.

use std::fs;

use radiome::table::Table;
use radiome_image::{Geometry, write};

use super::small_cohort::{EXTERNAL, SmallCohort, T1_ONLY, TRAINING, ball, ends, geometry, id};
use super::{cohort, files, results};

/// A cohort with seven patients whose images cannot be used, and the reason of each.
fn broken() -> (SmallCohort, Vec<(usize, &'static str)>) {
    let cohort = SmallCohort::write();
    let at = |name: String| cohort.path().join(name);
    let truncated = at(format!("images/{}_t1.nii.gz", id(0)));
    let bytes = fs::read(&truncated).unwrap();
    fs::write(&truncated, &bytes[..bytes.len() / 2]).unwrap();
    let mask = |number: usize| at(format!("masks/{}_R1.nii.gz", id(number)));
    write::nifti_labels(mask(1), &ball(0.0)).unwrap();
    let mut one = ball(0.0);
    one.labels[geometry().offset([5, 5, 3])] = 1;
    write::nifti_labels(mask(2), &one).unwrap();
    let mut moved = ball(4.0);
    moved.geometry = Geometry::axis_aligned([12, 12, 6], [1.0, 1.0, 2.5]);
    write::nifti_labels(mask(3), &moved).unwrap();
    fs::remove_file(at(format!("images/{}_t2.nii.gz", id(4)))).unwrap();
    fs::remove_file(mask(5)).unwrap();
    let mut other = ball(4.0);
    for label in &mut other.labels {
        *label *= 3;
    }
    write::nifti_labels(mask(TRAINING), &other).unwrap();
    let reasons = vec![
        (0, "unreadable_image"),
        (1, "empty_mask"),
        (2, "one_voxel_roi"),
        (3, "geometry_mismatch"),
        (4, "missing_image"),
        (5, "missing_mask"),
        (TRAINING, "label_missing"),
    ];
    (cohort, reasons)
}

#[test]
fn images_that_cannot_be_used_leave_the_rest() {
    let (cohort, reasons) = broken();
    let (_, err) = ends(
        cohort.path(),
        1,
        &["study", "run", "study.yaml", "--out", "run"],
    );
    let folder = cohort.path().join("run");
    let failures = Table::read(&folder.join("failures.csv")).unwrap();
    let (ids, found) = (
        failures.texts("id").unwrap(),
        failures.texts("reason_code").unwrap(),
    );
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    let results = results(&folder);
    assert_eq!(results.cohort.excluded.len(), reasons.len());
    for ((number, reason), exclusion) in reasons.iter().zip(&results.cohort.excluded) {
        let id = id(*number);
        assert!(
            (0..failures.len()).any(|row| ids[row] == Some(&id) && found[row] == Some(reason)),
            "{id}: no row with {reason}: {ids:?} {found:?}"
        );
        assert_eq!(
            (&exclusion.id, exclusion.reason_code.as_str()),
            (&id, *reason)
        );
        assert!(report.contains(&id), "{id} is not in the report");
        assert!(err.contains(reason), "{err}");
    }
    assert_eq!(results.cohort.enrolled, TRAINING + EXTERNAL);
    assert_eq!(results.cohort.analysed["train"].n, TRAINING - 6);
    assert_eq!(results.cohort.analysed["external"].n, EXTERNAL - 1);
    // No message says where the images lie.
    let place = cohort.path().to_str().unwrap();
    for (name, bytes) in files(&folder) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains(place),
            "{name} holds {place}"
        );
    }
    // Check says the same and writes nothing.
    let before = files(cohort.path()).len();
    let (out, err) = ends(cohort.path(), 1, &["study", "check", "study.yaml"]);
    assert!(out.contains("40 patients in the tables"), "{out}");
    for (_, reason) in reasons {
        assert!(err.contains(reason), "{reason} is not in {err}");
    }
    assert_eq!(files(cohort.path()).len(), before);
}

#[test]
fn no_usable_image_at_all_is_a_wrong_request() {
    let sequences = T1_ONLY.replace("images/", "bilder/");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    cohort().study("all_fail", &changes);
    let (_, err) = ends(
        cohort().path(),
        2,
        &["study", "run", "all_fail.yaml", "--out", "all_fail.run"],
    );
    assert!(
        err.contains("none of the 40 patients") && err.contains("missing_image"),
        "{err}"
    );
    assert!(err.contains("radiome study check"), "{err}");
}
