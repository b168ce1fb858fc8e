//! `radiome study new`.

use std::fs;

use super::small_cohort::ends;

#[test]
fn new_writes_a_study_file_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = ends(folder.path(), 0, &["study", "new", "mine"]);
    assert!(out.trim_end().ends_with("study.yaml"), "{out}");
    let path = folder.path().join("mine/study.yaml");
    let text = fs::read_to_string(&path).unwrap();
    radiome::study::StudyFile::from_yaml(&text).unwrap();
    // What is commented out is right too.
    let all: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line))
        .collect();
    let from = |key: &str| all.iter().position(|line| line.starts_with(key)).unwrap();
    for key in [
        "survival: {",
        "split: {",
        "reliability:",
        "harmonization: {",
    ] {
        let end = (from(key) + 1..all.len())
            .find(|&line| !all[line].starts_with(' '))
            .unwrap();
        let with = format!("{text}\n{}\n", all[from(key)..end].join("\n"));
        radiome::study::StudyFile::from_yaml(&with).unwrap();
    }
    assert!(folder.path().join("mine/params.yaml").is_file());
    // It names a table that is not there yet.
    let (_, err) = ends(
        folder.path(),
        2,
        &["study", "check", path.to_str().unwrap()],
    );
    assert!(err.contains("clinical.csv"), "{err}");
    // It is not overwritten.
    fs::write(&path, "name: mine").unwrap();
    ends(folder.path(), 2, &["study", "new", "mine"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "name: mine");
}

#[test]
fn new_fills_in_what_names_of_files_tell() {
    let folder = tempfile::tempdir().unwrap();
    for (id, contour) in [("A_1", true), ("B2", true), ("C", false)] {
        let scans = folder.path().join("scans").join(id);
        fs::create_dir_all(&scans).unwrap();
        for sequence in ["T1", "T2"] {
            fs::write(scans.join(format!("{sequence}.nii.gz")), "").unwrap();
            if contour {
                fs::write(scans.join(format!("{sequence}_mask.nii.gz")), "").unwrap();
            }
        }
    }
    let patterns = [
        "--images",
        "scans/{id}/{sequence}.nii.gz",
        "--masks",
        "scans/{id}/{sequence}_mask.nii.gz",
    ];
    let request = [&["study", "new", "deep/mine"][..], &patterns].concat();
    let (_, err) = ends(folder.path(), 0, &request);
    assert!(err.contains("no contour for scans/C/T1.nii.gz"), "{err}");
    let mine = folder.path().join("deep/mine");
    let text = fs::read_to_string(mine.join("study.yaml")).unwrap();
    radiome::study::StudyFile::from_yaml(&text).unwrap();
    for line in [
        "  - {file: patients.csv, id: patient_id}",
        "  \"T1\": {image: \"../../scans/{id}/T1.nii.gz\", mask: \"../../scans/{id}/T1_mask.nii.gz\", label: 1, params: params.yaml}",
        "  \"T2\": {image: \"../../scans/{id}/T2.nii.gz\", mask: \"../../scans/{id}/T2_mask.nii.gz\", label: 1, params: params.yaml}",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_eq!(
        fs::read_to_string(mine.join("patients.csv")).unwrap(),
        "patient_id,high_grade\nA_1,\nB2,\n"
    );
    let cases = fs::read_to_string(mine.join("cases.csv")).unwrap();
    assert!(cases.starts_with("ID,Sequence,Image,Mask\nA_1,T1,../../scans/A_1/T1.nii.gz,"));
    assert_eq!(cases.lines().count(), 5);

    // A pattern without a patient, and one that nothing fits.
    let refused = |images: &str, expected: &str| {
        let request = [
            "study", "new", "other", "--images", images, "--masks", "{id}.nii",
        ];
        let (_, err) = ends(folder.path(), 2, &request);
        assert!(err.contains(expected), "{err}");
        assert!(!folder.path().join("other").exists());
    };
    refused("scans/T1.nii.gz", "has no {id}");
    refused("scans/{id}/none.nii", "nothing is named like");
}
