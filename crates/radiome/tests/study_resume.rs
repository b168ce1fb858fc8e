//! A study that is killed and taken up again gives the bytes of an unbroken one, for any number of
//! threads.

#[allow(dead_code)]
mod batch;
#[allow(dead_code)]
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

#[test]
fn kills_and_threads_change_no_byte_of_a_study() {
    let cohort = SmallCohort::write();
    let path = cohort.path();
    cohort.study("resumed", &CHANGES);
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
    let (mut kills, mut ends) = (0, 0);
    while kills < 12 || ends == 0 {
        let before = pieces(&partial);
        let mut child = start(path, &resume);
        sleep(Duration::from_secs_f64(whole * rng.random_range(0.0..0.6)));
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
