//! A study that is killed and taken up again gives the bytes of an unbroken one, for any number of
//! threads.

#[allow(dead_code)]
mod batch;
#[allow(dead_code, unused_imports)]
mod small_cohort;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use batch::{assert_not_repeated, check, pieces, run, start};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use small_cohort::SmallCohort;

/// Perturbed readings, a control of shuffled voxels, and more resamples than a test needs
/// otherwise.
const CHANGES: [(&str, &str); 3] = [
    ("validation", "{repeats: 2, folds: 3, bootstrap: 30}"),
    (
        "reliability",
        "{perturbations: {rotation: [-5, 5], growth: [-0.1, 0.1], repeats: 2, patients: 12}, threshold: 0.3}",
    ),
    ("controls", "[volume, shuffled_voxels]"),
];

/// Every file of a run but the seconds that it took.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if name != "timing.json" {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{name} differs");
    }
}

/// Every resample learns a standard scale and computes features and readings on it.
const LEARNT_SCALE: [(&str, &str); 4] = [
    ("validation", "{repeats: 1, folds: 3, bootstrap: 5}"),
    CHANGES[1],
    CHANGES[2],
    (
        "sequences",
        r#"{T1: {image: "images/{id}_t1.nii.gz", mask: "masks/{id}_R1.nii.gz", label: 1, params: params.yaml, correct: [nyul]}, T2: {image: "images/{id}_t2.nii.gz", mask: "masks/{id}_R1.nii.gz", params: params.yaml}}"#,
    ),
];

#[test]
fn kills_and_threads_change_no_byte_of_a_study() {
    assert_goes_on(&CHANGES);
}

#[test]
fn kills_and_threads_change_no_byte_of_scales_that_resamples_learn() {
    assert_goes_on(&LEARNT_SCALE);
}

fn assert_goes_on(changes: &[(&str, &str)]) {
    let cohort = SmallCohort::write();
    let path = cohort.path();
    cohort.study("resumed", changes);
    let study = |out: &str, more: &[&str]| -> Vec<String> {
        let arguments = ["study", "run", "resumed.yaml", "--out", out];
        arguments
            .iter()
            .chain(more)
            .map(|&word| word.to_owned())
            .collect()
    };
    let words = |arguments: &[String]| -> Vec<&'static str> {
        arguments.iter().map(|word| &*word.clone().leak()).collect()
    };
    let begin = Instant::now();
    let unbroken = words(&study("unbroken.run", &["--jobs", "2"]));
    run(path, 0, &unbroken);
    let whole = begin.elapsed().as_secs_f64();
    let expected = files(&path.join("unbroken.run"));
    assert!(!path.join("unbroken.run/.partial").exists());
    for jobs in ["1", "8"] {
        run(path, 0, &words(&study("threads.run", &["--jobs", jobs])));
        assert_same(&files(&path.join("threads.run")), &expected);
    }

    let resume = words(&study("killed.run", &["--jobs", "2", "--resume"]));
    let partial = path.join("killed.run/.partial");
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut kills, mut ends) = (0_u8, 0);
    while kills < 12 || ends == 0 {
        let before = pieces(&partial);
        let mut child = start(path, &resume);
        // On a machine that has become slower, later and later, until the study comes to its end.
        let latest = 0.6 * f64::from(1 + kills / 12);
        sleep(Duration::from_secs_f64(
            whole * rng.random_range(0.0..latest),
        ));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let after = pieces(&partial);
        assert_not_repeated(&before, &after);
        if output.status.code().is_none() {
            kills += 1;
            assert!(kills < 100, "the study never comes to its end");
            continue;
        }
        let err = check(&output, 0, &resume);
        let said = format!("{} images and resamples were finished before", before.len());
        assert!(err.contains(&said), "{err}\nexpected {said}");
        assert!(!partial.exists());
        assert_same(&files(&path.join("killed.run")), &expected);
        fs::remove_dir_all(path.join("killed.run")).unwrap();
        ends += 1;
    }

    // Stopped by Ctrl-C, it says how to go on; another seed uses the same images alone.
    let child = start(path, &words(&study("stopped.run", &["--jobs", "1"])));
    let partial = path.join("stopped.run/.partial");
    while pieces(&partial).len() < 100 {
        sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let err = check(&output, 130, &["study", "run"]);
    assert!(
        err.contains("run the same command again with --resume"),
        "{err}"
    );
    assert!(!path.join("stopped.run/results.json").exists());
    let kept = pieces(&partial).len();
    let err = run(path, 0, &words(&study("stopped.run", &["--resume"])));
    assert!(
        err.contains(&format!("{kept} images and resamples were finished before")),
        "{err}"
    );
    assert_same(&files(&path.join("stopped.run")), &expected);
}

/// A null study that goes on gives the same AUCs, and more permutations use those that are there.
#[test]
fn a_null_study_goes_on_where_it_was_killed() {
    let cohort = SmallCohort::write();
    let path = cohort.path();
    cohort.study("null", &CHANGES);
    let null = |repeats: &'static str, out: &'static str, more: &[&'static str]| {
        let mut words = vec!["study", "null", "null.yaml", "--repeats", repeats];
        words.extend(["--out", out]);
        words.extend(more);
        words
    };
    let begin = Instant::now();
    run(path, 0, &null("30", "unbroken.csv", &["--jobs", "2"]));
    let whole = begin.elapsed().as_secs_f64();
    let expected = fs::read(path.join("unbroken.csv")).unwrap();
    assert!(!path.join("unbroken.csv.partial").exists());

    let resume = null("30", "killed.csv", &["--jobs", "1", "--resume"]);
    let partial = path.join("killed.csv.partial");
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut kills = 0;
    loop {
        let before = pieces(&partial);
        let mut child = start(path, &resume);
        // The last attempts come to their end.
        let share = if kills < 6 {
            rng.random_range(0.0..0.5)
        } else {
            10.0
        };
        let end = Instant::now() + Duration::from_secs_f64(whole * share);
        while Instant::now() < end && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_not_repeated(&before, &pieces(&partial));
        if output.status.code().is_none() {
            kills += 1;
            assert!(kills < 20, "the null study never comes to its end");
            continue;
        }
        let err = check(&output, 0, &resume);
        let said = format!(
            "{} images, folds and permutations were finished before",
            before.len()
        );
        assert!(err.contains(&said), "{err}\nexpected {said}");
        break;
    }
    assert!(kills > 0, "it was never killed");
    assert!(!partial.exists());
    assert!(fs::read(path.join("killed.csv")).unwrap() == expected);

    // Stopped by SIGTERM, as a batch system does before it kills.
    let child = start(path, &null("30", "stopped.csv", &["--jobs", "1"]));
    let partial = path.join("stopped.csv.partial");
    while pieces(&partial).len() < 100 {
        sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").arg(child.id().to_string()).status();
    assert!(sent.unwrap().success());
    let err = check(&child.wait_with_output().unwrap(), 143, &["study", "null"]);
    assert!(err.contains("again with --resume"), "{err}");
    assert!(!path.join("stopped.csv").exists());
    let kept = pieces(&partial).len();
    let err = run(path, 0, &null("30", "stopped.csv", &["--resume"]));
    assert!(
        err.contains(&format!("{kept} images, folds and permutations")),
        "{err}"
    );
    assert!(fs::read(path.join("stopped.csv")).unwrap() == expected);

    let err = run(path, 2, &["study", "null", "null.yaml", "--resume"]);
    assert!(err.contains("--out"), "{err}");
}
