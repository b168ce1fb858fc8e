//! Batches that are killed, stopped, taken up again, divided and put together give the bytes of an
//! unbroken run.

mod batch;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use batch::{CASES, assert_not_repeated, check, folder, pieces, run, start};
use radiome::table::Table;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const EXTRACT: [&str; 8] = [
    "extract",
    "cases.csv",
    "--params",
    "params.yaml",
    "--out",
    "features.csv",
    "--jobs",
    "2",
];

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().chain(more).copied().collect()
}

/// `features.csv` and its failures, of an unbroken run in a folder of its own.
fn unbroken(folder: &Path) -> [Vec<u8>; 2] {
    run(folder, 1, &EXTRACT);
    let found = outputs(folder);
    // The image that is absent may come: the other cases are kept for it.
    assert_eq!(pieces(&folder.join("features.csv.cases")).len(), CASES - 1);
    fs::remove_dir_all(folder.join("features.csv.cases")).unwrap();
    found
}

fn outputs(folder: &Path) -> [Vec<u8>; 2] {
    ["features.csv", "features.csv.failures.csv"].map(|name| fs::read(folder.join(name)).unwrap())
}

fn remove_outputs(folder: &Path) {
    for name in ["features.csv", "features.csv.failures.csv"] {
        let _ = fs::remove_file(folder.join(name));
    }
}

/// What was kept of images as they are is not taken for what corrected images give.
#[test]
fn cases_of_other_corrections_are_done_again() {
    let folder = folder();
    let path = folder.path();
    let corrected = with(&EXTRACT, &["--correct", "{zscore: region}"]);
    run(path, 1, &corrected);
    let expected = outputs(path);
    fs::remove_dir_all(path.join("features.csv.cases")).unwrap();
    remove_outputs(path);
    run(path, 1, &EXTRACT);
    assert_ne!(outputs(path)[0], expected[0]);
    let resume = with(&corrected, &["--resume"]);
    for done in [0, CASES - 1] {
        let err = run(path, 1, &resume);
        let said = format!("{done} of {CASES} cases were finished before");
        assert!(err.contains(&said), "{err}");
        assert_eq!(outputs(path), expected);
    }
}

#[test]
fn fifty_kills_change_no_byte_and_repeat_no_case() {
    let folder = folder();
    let path = folder.path();
    let begin = Instant::now();
    let expected = unbroken(path);
    let whole = begin.elapsed().as_secs_f64();
    let cases = path.join("features.csv.cases");
    let resume = with(&EXTRACT, &["--resume"]);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut kills, mut ends, mut within) = (0, 0, 0);
    remove_outputs(path);
    while kills < 50 {
        let before = pieces(&cases);
        let mut child = start(path, &resume);
        sleep(Duration::from_secs_f64(whole * rng.random_range(0.0..0.4)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let after = pieces(&cases);
        assert_not_repeated(&before, &after);
        if output.status.code().is_none() {
            kills += 1;
            within += usize::from(!after.is_empty() && after.len() < CASES - 1);
            assert!(after.len() >= before.len(), "finished cases were lost");
            continue;
        }
        // It came to its end before it was killed.
        let err = check(&output, 1, &resume);
        let said = format!("{} of {CASES} cases were finished before", before.len());
        assert!(err.contains(&said), "{err}\nexpected {said}");
        assert_eq!(outputs(path), expected);
        ends += 1;
        fs::remove_dir_all(&cases).unwrap();
        remove_outputs(path);
    }
    // The moments were spread over the run; how many fall where is up to the machine.
    assert!(
        ends + within > 15,
        "{ends} ends, {within} kills between cases"
    );
    let before = pieces(&cases);
    let err = run(path, 1, &resume);
    let said = format!("{} of {CASES} cases were finished before", before.len());
    assert!(err.contains(&said), "{err}");
    assert_eq!(outputs(path), expected);
}

#[test]
fn a_mended_case_is_done_and_no_other() {
    let folder = folder();
    let path = folder.path();
    run(path, 1, &EXTRACT);
    let cases = path.join("features.csv.cases");
    // The absent image comes, and another image is replaced.
    fs::copy(path.join("i2.nii"), path.join("none.nii")).unwrap();
    fs::copy(path.join("i4.nii"), path.join("i9.nii")).unwrap();
    let err = run(path, 1, &with(&EXTRACT, &["--resume"]));
    let said = format!("{} of {CASES} cases were finished before", CASES - 2);
    assert!(err.contains(&said), "{err}");
    // What remains is a mask without the label: nothing would come of another try.
    assert!(!cases.exists());
    let resumed = outputs(path);
    run(path, 1, &EXTRACT);
    assert_eq!(outputs(path), resumed);
    // Other settings make other cases.
    let other = with(&EXTRACT, &["-s", "binWidth:20"]);
    run(path, 1, &other);
    let expected = outputs(path);
    fs::remove_file(path.join("none.nii")).unwrap();
    run(path, 1, &EXTRACT);
    fs::copy(path.join("i2.nii"), path.join("none.nii")).unwrap();
    let err = run(path, 1, &with(&other, &["--resume"]));
    assert!(
        err.contains(&format!("0 of {CASES} cases were finished before")),
        "{err}"
    );
    assert_eq!(outputs(path), expected);
}

#[test]
fn a_complete_table_is_not_made_again() {
    let folder = folder();
    let path = folder.path();
    let table: String = fs::read_to_string(path.join("cases.csv")).unwrap();
    let good: Vec<&str> = table
        .lines()
        .filter(|line| !line.starts_with("absent"))
        .collect();
    fs::write(path.join("cases.csv"), good.join("\n") + "\n").unwrap();
    let cases = path.join("features.csv.cases");
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    run(path, 1, &EXTRACT);
    let expected = outputs(path);
    assert!(!cases.exists());
    // Kill while the finished cases are removed, as often as that can be hit.
    let mut hit = false;
    for _ in 0..100 {
        remove_outputs(path);
        let mut child = start(path, &EXTRACT);
        while !path.join("features.csv").exists() {
            sleep(Duration::from_micros(100));
        }
        sleep(Duration::from_micros(rng.random_range(0..10_000)));
        child.kill().unwrap();
        let killed = child.wait().unwrap().code().is_none();
        let err = run(path, 1, &with(&EXTRACT, &["--resume"]));
        assert_eq!(outputs(path), expected);
        assert!(!cases.exists());
        if killed && err.contains("is complete") {
            hit = true;
            break;
        }
    }
    assert!(hit, "no kill fell between the table and the end");
}

#[test]
fn an_interrupted_batch_ends_cleanly_and_goes_on() {
    let folder = folder();
    let path = folder.path();
    let expected = unbroken(path);
    remove_outputs(path);
    let cases = path.join("features.csv.cases");
    for (signal, status) in [("-INT", 130), ("-TERM", 143)] {
        let arguments = with(&EXTRACT[..6], &["--jobs", "1"]);
        let child = start(path, &arguments);
        while pieces(&cases).len() < 3 {
            sleep(Duration::from_millis(1));
        }
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        let err = check(&output, status, &arguments);
        assert!(
            err.contains("run the same command again with --resume"),
            "{err}"
        );
        // What was finished is in the table; the others are listed.
        let kept = pieces(&cases).len();
        assert!((3..CASES - 1).contains(&kept), "{kept} finished");
        let rows = Table::read(&path.join("features.csv")).unwrap();
        let failures = Table::read(&path.join("features.csv.failures.csv")).unwrap();
        assert_eq!(rows.len() + failures.len(), CASES);
        let codes = failures.cells("reason_code").unwrap();
        assert!(codes.iter().any(|code| code == "interrupted"));
        let err = run(path, 1, &with(&EXTRACT, &["--resume"]));
        assert!(
            err.contains(&format!("{kept} of {CASES} cases were finished before")),
            "{err}"
        );
        assert_eq!(outputs(path), expected);
        fs::remove_dir_all(&cases).unwrap();
    }
}

#[test]
fn shards_in_any_order_give_the_bytes_of_one_run() {
    let folder = folder();
    let path = folder.path();
    let expected = unbroken(path);
    run(
        path,
        1,
        &[
            "extract",
            "cases.csv",
            "--params",
            "params.yaml",
            "--out",
            "whole.json",
        ],
    );
    let shard = |number: &str, out: &str, status: i32| {
        let shard = [
            "extract",
            "cases.csv",
            "--params",
            "params.yaml",
            "--shard",
            number,
        ];
        run(path, status, &with(&shard, &["--out", out, "--jobs", "1"]))
    };
    // One folder, the shards out of order; before the last one, cases are missing.
    let err = shard("3/4", "shards", 1);
    assert!(err.contains("absent") || err.contains("empty"), "{err}");
    shard("1/4", "shards", 0);
    shard("4/4", "shards", 1);
    let collect = ["collect", "shards", "--out", "features.csv"];
    remove_outputs(path);
    let err = run(path, 1, &collect);
    for words in [
        "5 of 21 cases are missing",
        "P01 (shard 2/4)",
        "--resume: 2",
    ] {
        assert!(err.contains(words), "{err}");
    }
    assert!(!path.join("features.csv").exists());
    let err = run(path, 1, &with(&collect, &["--partial"]));
    assert!(err.contains("which is not complete"), "{err}");
    assert_eq!(Table::read(&path.join("features.csv")).unwrap().len(), 14);
    shard("2/4", "shards", 0);
    run(path, 1, &collect);
    assert_eq!(outputs(path), expected);

    // Folders of their own, named in any order; also as JSON, whatever --jobs.
    for (number, out) in [("1/3", "a"), ("2/3", "b"), ("3/3", "c")] {
        let arguments = [
            "extract",
            "cases.csv",
            "--params",
            "params.yaml",
            "--shard",
            number,
        ];
        let output = start(path, &with(&arguments, &["--out", out]))
            .wait_with_output()
            .unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2));
    }
    for order in [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"]] {
        remove_outputs(path);
        run(
            path,
            1,
            &[
                "collect",
                order[0],
                order[1],
                order[2],
                "--out",
                "features.csv",
            ],
        );
        assert_eq!(outputs(path), expected);
    }
    run(
        path,
        1,
        &["collect", "a", "b", "c", "--out", "features.json"],
    );
    let read = |name: &str| fs::read(path.join(name)).unwrap();
    assert_eq!(read("features.json"), read("whole.json"));

    // A finished case that is lost is a missing one.
    let lost = pieces(&path.join("b/cases")).into_keys().next().unwrap();
    fs::remove_file(lost).unwrap();
    let err = run(path, 1, &["collect", "a", "b", "c", "--out", "again.csv"]);
    assert!(err.contains("1 of 21 cases are missing"), "{err}");
    let again = [
        "extract",
        "cases.csv",
        "--params",
        "params.yaml",
        "--shard",
        "2/3",
    ];
    let err = run(path, 1, &with(&again, &["--out", "b", "--resume"]));
    assert!(err.contains("were finished before"), "{err}");
    run(
        path,
        1,
        &["collect", "a", "b", "c", "--out", "features.csv"],
    );
    assert_eq!(outputs(path), expected);

    // A folder without --shard is a single shard.
    run(
        path,
        1,
        &[
            "extract",
            "cases.csv",
            "--params",
            "params.yaml",
            "--out",
            "one/",
        ],
    );
    run(path, 1, &["collect", "one", "--out", "features.csv"]);
    assert_eq!(outputs(path), expected);
}

#[test]
fn shards_of_different_batches_are_refused() {
    let folder = folder();
    let path = folder.path();
    let shard = ["extract", "cases.csv", "--params", "params.yaml", "--shard"];
    run(path, 0, &with(&shard, &["1/4", "--out", "a"]));
    run(
        path,
        0,
        &with(&shard, &["2/4", "--out", "b", "-s", "binWidth:20"]),
    );
    run(path, 0, &with(&shard, &["2/5", "--out", "c"]));
    for (other, words) in [
        ("b", "their settings differ"),
        ("c", "numbers of shards differ"),
    ] {
        let err = run(path, 2, &["collect", "a", other, "--out", "features.csv"]);
        assert!(err.contains(words), "{err}");
    }
    let table = fs::read_to_string(path.join("cases.csv")).unwrap();
    fs::write(path.join("cases.csv"), table + "P99,i1.nii,m2.nii,1,z\n").unwrap();
    run(path, 0, &with(&shard, &["2/4", "--out", "d"]));
    let err = run(path, 2, &["collect", "a", "d", "--out", "features.csv"]);
    assert!(err.contains("tables of cases differ"), "{err}");
    fs::create_dir(path.join("nothing")).unwrap();
    let err = run(path, 2, &["collect", "nothing", "--out", "features.csv"]);
    assert!(err.contains("no shard has ended in nothing"), "{err}");
    let err = run(path, 2, &with(&shard, &["5/4", "--out", "a"]));
    assert!(err.contains("`5/4` is no shard"), "{err}");
    let err = run(path, 2, &with(&shard, &["1/4"]));
    assert!(err.contains("--out is missing"), "{err}");
    let err = run(path, 2, &["extract", "i1.nii", "m1.nii", "--resume"]);
    assert!(err.contains("are for a table of cases"), "{err}");
}

#[test]
fn threads_and_order_change_no_row() {
    let folder = folder();
    let path = folder.path();
    let expected = unbroken(path);
    for jobs in ["1", "2", "8"] {
        for name in ["cases.csv", "reversed.csv"] {
            let table = fs::read_to_string(path.join("cases.csv")).unwrap();
            let mut lines: Vec<&str> = table.lines().collect();
            lines[1..].reverse();
            fs::write(path.join("reversed.csv"), lines.join("\n") + "\n").unwrap();
            let arguments = [
                "extract",
                name,
                "--params",
                "params.yaml",
                "--out",
                "features.csv",
            ];
            run(path, 1, &with(&arguments, &["--jobs", jobs]));
            let [features, failures] = outputs(path);
            if name == "cases.csv" {
                assert_eq!(
                    [&features, &failures],
                    [&expected[0], &expected[1]],
                    "{jobs} threads"
                );
                continue;
            }
            for (found, expected) in [(&features, &expected[0]), (&failures, &expected[1])] {
                let lines = |bytes: &[u8]| {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    let (header, rows) = text.split_once('\n').unwrap();
                    let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
                    rows.sort();
                    (header.to_owned(), rows)
                };
                assert_eq!(lines(found), lines(expected), "{jobs} threads, reversed");
            }
        }
    }
}

#[test]
fn memory_bounds_the_batch_and_changes_no_byte() {
    let folder = folder();
    let path = folder.path();
    let expected = unbroken(path);
    // Room for one of these cases at a time, whatever the threads.
    let arguments = with(&EXTRACT[..6], &["--jobs", "8", "--memory", "50M"]);
    run(path, 1, &arguments);
    assert_eq!(outputs(path), expected);
    // No room at all: every case whose header can be read says what it needs, and none is done.
    let err = run(path, 1, &with(&EXTRACT, &["--memory", "1M"]));
    assert!(
        err.contains("needs about") && err.contains("more than the 1 MiB"),
        "{err}"
    );
    let failures = Table::read(&path.join("features.csv.failures.csv")).unwrap();
    let codes = failures.cells("reason_code").unwrap();
    let count = |code: &str| codes.iter().filter(|found| *found == code).count();
    assert_eq!(
        (count("too_large_for_memory"), count("missing_image")),
        (CASES - 1, 1)
    );
    // With more, the run goes on.
    run(path, 1, &with(&EXTRACT, &["--resume"]));
    assert_eq!(outputs(path), expected);
    let err = run(path, 2, &with(&EXTRACT, &["--memory", "lots"]));
    assert!(err.contains("`lots` is no amount of memory"), "{err}");
}
