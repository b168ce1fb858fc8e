//! Corrections of intensity as steps of a study: the images are those that `radiome correct` writes,
//! in the order of the study file, in everything that computes features.

#[allow(dead_code)]
mod small_cohort;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use radiome::correction::Correction;
use radiome::extract::{self, Batch, Case, PerturbedCase, Processing, Progress, run_perturbed};
use radiome::results::Results;
use radiome::table::Table;
use radiome_features::Settings;
use radiome_image::correct::{N4, NyulStandard};
use radiome_image::perturb::Perturbation;
use radiome_image::{LabelMap, Segment, read, write};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use small_cohort::{SmallCohort, TRAINING, ends, id};

/// The cohort, with a parameter file for intensities around 0 and a mask that names two tissues.
fn cohort() -> &'static SmallCohort {
    static COHORT: OnceLock<SmallCohort> = OnceLock::new();
    COHORT.get_or_init(|| {
        let cohort = SmallCohort::write();
        cohort.file("fine.yaml", FINE);
        for number in 0..40 {
            let at = |reading: &str| cohort.path().join(format!("masks/{}{reading}", id(number)));
            let tumour = read::labels(at("_R1.nii.gz")).unwrap();
            let geometry = tumour.geometry.clone();
            // The muscle is the outermost column of the grid.
            let labels = (0..geometry.voxel_count()).map(|offset| {
                match (tumour.labels[offset], geometry.index(offset)) {
                    (1, _) => 1,
                    (_, [0 | 1, _, _]) => 2,
                    _ => 0,
                }
            });
            let segment = |name: &str, label| Segment {
                name: name.to_owned(),
                label,
            };
            let map = LabelMap {
                labels: labels.collect(),
                geometry,
                segments: vec![segment("Tumour", 1), segment("Muscle", 2)],
            };
            write::nrrd_labels(at("_tissues.seg.nrrd"), &map).unwrap();
        }
        cohort
    })
}

const FINE: &str = "\
imageType:
  Original: {}
featureClass:
  firstorder:
  glcm: [Contrast, Idm, JointEntropy, Correlation]
setting:
  binWidth: 0.2
";

/// The key `sequences` with one sequence and these corrections; its contours are in a mask that
/// names its tissues.
fn sequences(correct: &str) -> String {
    format!(
        "{{T1: {{image: \"images/{{id}}_t1.nii.gz\", mask: \"masks/{{id}}_tissues.seg.nrrd\", label: Tumour, params: fine.yaml, correct: {correct}}}}}"
    )
}

/// What a study needs to be quick: nobody is read again, and little is resampled.
const QUICK: [(&str, &str); 3] = [
    ("reliability", ""),
    ("harmonization", ""),
    ("validation", "{repeats: 1, folds: 3, bootstrap: 0}"),
];

/// Runs a study with these corrections to its end; gives what it found and what it said.
#[track_caller]
fn run(name: &str, correct: &str, more: &[(&str, &str)]) -> (Results, String) {
    let cohort = cohort();
    let sequences = sequences(correct);
    let mut changes = vec![("sequences", sequences.as_str())];
    changes.extend(more);
    changes.extend(
        QUICK
            .iter()
            .filter(|(key, _)| more.iter().all(|(other, _)| other != key)),
    );
    cohort.study(name, &changes);
    let study = format!("{name}.yaml");
    let (_, said) = ends(cohort.path(), 0, &["study", "run", &study, "--out", name]);
    let text = fs::read(cohort.path().join(name).join("results.json")).unwrap();
    (serde_json::from_slice(&text).unwrap(), said)
}

#[track_caller]
fn refused(name: &str, correct: &str, more: &[(&str, &str)], words: &[&str]) {
    let cohort = cohort();
    let sequences = sequences(correct);
    let mut changes = vec![("sequences", sequences.as_str())];
    changes.extend(more);
    cohort.study(name, &changes);
    let study = format!("{name}.yaml");
    let (_, said) = ends(cohort.path(), 2, &["study", "run", &study, "--out", name]);
    for word in words {
        assert!(said.contains(word), "{correct}: no {word:?} in\n{said}");
    }
    assert!(!cohort.path().join(name).exists(), "something was written");
}

fn json(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(cohort().path().join(name)).unwrap()).unwrap()
}

/// The features of a patient in the table of a run or of `radiome extract`, by PyRadiomics' names.
fn features(path: &Path, row: usize) -> BTreeMap<String, u64> {
    let table = Table::read(path).unwrap();
    let names = table.columns().filter(|name| name.contains("original_"));
    let names = names.filter(|name| !name.contains("diagnostics"));
    names
        .map(|name| {
            let bare = name.trim_start_matches("T1_").to_owned();
            (bare, table.numbers(name).unwrap()[row].to_bits())
        })
        .collect()
}

/// Runs `radiome correct` once for each list of options, one after the other, on an image of the
/// cohort, and extracts from the last file.
fn by_hand(number: usize, steps: &[&[&str]]) -> BTreeMap<String, u64> {
    let folder = cohort().path();
    let hand = tempfile::tempdir().unwrap();
    let place = |step: usize| {
        hand.path()
            .join(format!("{step}.nrrd"))
            .display()
            .to_string()
    };
    let mask = format!("masks/{}_tissues.seg.nrrd", id(number));
    let mut image = format!("images/{}_t1.nii.gz", id(number));
    for (step, options) in steps.iter().enumerate() {
        let out = place(step);
        let mut arguments = vec!["correct", &image, "--out", &out];
        arguments.extend(*options);
        if options.contains(&"--label") {
            arguments.extend(["--mask", &mask]);
        }
        ends(folder, 0, &arguments);
        image = out;
    }
    let table = hand.path().join("features.csv");
    let out = table.display().to_string();
    ends(
        folder,
        0,
        &[
            "extract",
            &image,
            &mask,
            "--label",
            "Tumour",
            "--params",
            "fine.yaml",
            "--out",
            &out,
        ],
    );
    features(&table, 0)
}

#[test]
fn the_images_of_a_study_are_those_that_correct_writes() {
    let n4 = ["--method", "n4", "--shrink", "2", "--iterations", "9,9,9"];
    let clip = ["--method", "clip", "--percentiles", "2,95"];
    let score = ["--method", "zscore"];
    let score_region = ["--method", "zscore", "--label", "Tumour"];
    let score_muscle = ["--method", "zscore", "--label", "Muscle"];
    let clip_region = ["--method", "clip", "--label", "1"];
    let usual_n4 = ["--method", "n4", "--shrink", "2"];
    let mut rows = Vec::new();
    for (name, correct, steps) in [
        (
            "all_steps",
            "[{n4: {shrink: 2, levels: 3, iterations: 9}}, {clip: [2, 95]}, {zscore: body}]",
            &[&n4[..], &clip, &score] as &[&[&str]],
        ),
        (
            "words",
            "[{n4: {shrink: 2}}, {clip: {label: 1}}, {zscore: {label: Muscle}}]",
            &[&usual_n4[..], &clip_region, &score_muscle],
        ),
        (
            "clip_first",
            "[{clip: [2, 95]}, {zscore: region}]",
            &[&clip[..], &score_region],
        ),
        (
            "score_first",
            "[{zscore: region}, {clip: [2, 95]}]",
            &[&score_region[..], &clip],
        ),
    ] {
        run(name, correct, &[]);
        let path = cohort().path().join(name).join("features.csv");
        for number in [0, 33] {
            let found = features(&path, number);
            assert_eq!(found.len(), 22);
            assert_eq!(found, by_hand(number, steps), "{name}, patient {number}");
            rows.push(found);
        }
    }
    // The same steps in another order are another image.
    assert_ne!(rows[4], rows[6]);
    assert_ne!(rows[5], rows[7]);
}

#[test]
fn extract_corrects_as_a_study_does() {
    let correct = "[{n4: {shrink: 2}}, {zscore: region}]";
    run("as_study", correct, &[]);
    let mut cases = "ID,Image,Mask,Label\n".to_owned();
    for number in 0..3 {
        let id = id(number);
        cases += &format!("{id},images/{id}_t1.nii.gz,masks/{id}_tissues.seg.nrrd,Tumour\n");
    }
    cohort().file("cases.csv", &cases);
    let extract = |more: &[&str]| {
        let usual = ["extract", "cases.csv", "--params", "fine.yaml"];
        ends(cohort().path(), 0, &[&usual[..], more].concat());
    };
    extract(&["--correct", correct, "--out", "corrected.csv"]);
    extract(&["--out", "plain.csv"]);
    let at = |name: &str| cohort().path().join(name);
    for row in 0..3 {
        let study = features(&at("as_study/features.csv"), row);
        assert_eq!(features(&at("corrected.csv"), row), study);
        assert_ne!(features(&at("plain.csv"), row), study);
    }
    // Predictions tell tables of corrected images from those of images that were not.
    for (table, differs) in [("corrected.csv", false), ("plain.csv", true)] {
        let model = ["predict", "--json", "--model", "as_study/model.json"];
        let tables = ["--features", table, "--table", "clinical.csv"];
        let (out, _) = ends(cohort().path(), 1, &[&model[..], &tables].concat());
        let found: Value = serde_json::from_str(&out).unwrap();
        let patients = found["patients"].as_array().unwrap();
        assert_eq!(patients.len(), 3);
        for patient in patients {
            let warnings = patient["warnings"].as_array().unwrap();
            let warned = warnings
                .iter()
                .any(|one| one["code"] == "correction_differs");
            assert_eq!(warned, differs, "{table}: {patient}");
        }
    }
    // Labels that are corrected by their own region are not those of one image.
    let both = ["--label", "1,2", "--correct", "{zscore: region}"];
    let mask = "masks/P001_tissues.seg.nrrd";
    let image = "images/P001_t1.nii.gz";
    let settings = ["--params", "fine.yaml", "--out", "both.csv"];
    let arguments = [&["extract", image, mask][..], &both, &settings].concat();
    ends(cohort().path(), 0, &arguments);
    let both = Table::read(&at("both.csv")).unwrap();
    for mean in both.numbers("original_firstorder_Mean").unwrap() {
        // A mean of z-scores over the very voxels that they are scored by, stored in 32 bits.
        assert!(mean.abs() < 1e-6, "{mean}");
    }
}

#[test]
fn what_was_done_stands_in_the_record() {
    let correct = "[{n4: {shrink: 2}}, {clip: [0.5, 99.5]}, {zscore: region}]";
    let (results, _) = run("told", correct, &[]);
    let steps = serde_json::json!([
        {"n4": {"mask": "body", "shrink": 2, "iterations": [50, 50, 50, 50], "convergence": 0.001,
                "bins": 200, "noise": 0.01, "fwhm": 0.15, "control_points": 4}},
        {"clip": {"mask": "body", "percentiles": [0.5, 99.5]}},
        {"zscore": {"mask": "region"}},
    ]);
    assert_eq!(json("told/record.json")["correction"]["T1"], steps);
    let model = json("told/model.json");
    assert_eq!(model["sequences"]["T1"]["correction"], steps);
    // A version that does not know of corrections must refuse it.
    assert_eq!(model["format"], 3);
    let told = &results.study.sequences[0].processing["intensity_correction"];
    let expected = "N4 bias field correction in the body (above Otsu's threshold) (field from every \
                    voxel in 2 along each axis; at most 50, 50, 50, 50 steps on 4 levels, until it \
                    changes by 0.001 or less; 200 bins, Wiener noise 0.01, full width at half maximum \
                    0.15, 4 control points); then values cut off beyond the percentiles 0.5 and 99.5 \
                    of the body (above Otsu's threshold); then z-score by the mean and standard \
                    deviation of the region";
    assert_eq!(told, expected);
    let report = fs::read_to_string(cohort().path().join("told/report.html")).unwrap();
    assert!(
        report.contains("Intensities of T1 were corrected before anything else: N4 bias field")
    );
    // A study without corrections says nothing of them.
    run("untold", "[]", &[]);
    let model = json("untold/model.json");
    assert_eq!(model["format"], 2);
    assert!(model["sequences"]["T1"].get("correction").is_none());
    assert!(json("untold/record.json").get("correction").is_none());
    let text = fs::read_to_string(cohort().path().join("untold/results.json")).unwrap();
    assert!(!text.contains("intensity_correction") && !text.contains("learnt_scale"));
}

/// A word alone has the settings that `radiome correct` has where nothing is said.
#[test]
fn words_stand_for_the_settings_of_the_command() {
    let steps = Correction::parse("[n4, clip, zscore]").unwrap();
    let n4 = N4::default();
    let expected = serde_json::json!([
        {"n4": {"mask": "body", "shrink": n4.shrink, "iterations": n4.iterations,
                "convergence": n4.convergence, "bins": n4.bins, "noise": n4.wiener_noise,
                "fwhm": n4.fwhm, "control_points": n4.control_points}},
        {"clip": {"mask": "body", "percentiles": [1.0, 99.0]}},
        {"zscore": {"mask": "body"}},
    ]);
    assert_eq!(serde_json::to_value(&steps).unwrap(), expected);
    // `radiome correct --help` shows the same.
    let (help, _) = ends(cohort().path(), 0, &["correct", "--help"]);
    for usual in [
        "[default: 4]",
        "[default: 50,50,50,50]",
        "[default: 0.001]",
        "[default: 200]",
        "[default: 0.01]",
        "[default: 0.15]",
        "[default: 1,99]",
    ] {
        assert!(help.contains(usual), "{usual}");
    }
    let [list, word] = ["[{n4: }]", "n4"].map(|text| Correction::parse(text).unwrap());
    assert_eq!(list, word);
    assert_eq!(list.steps[..], steps.steps[..1]);
}

/// Features of the parameter file after these corrections.
fn of(correct: &str) -> Processing {
    let settings = Settings::from_yaml(FINE).unwrap();
    Processing {
        correction: Correction::parse(correct).unwrap(),
        ..Processing::from(settings.protocol().unwrap())
    }
}

/// The tumours of four patients.
fn four_cases() -> Vec<Case> {
    let folder = cohort().path();
    (0..4)
        .map(|number| Case {
            id: id(number),
            image: folder.join(format!("images/{}_t1.nii.gz", id(number))),
            mask: folder.join(format!("masks/{}_tissues.seg.nrrd", id(number))),
            label: Some("Tumour".parse().unwrap()),
            channel: None,
            protocol: 0,
        })
        .collect()
}

/// What is kept for a scale to be learnt is used for the same images after the same steps alone.
#[test]
fn kept_percentiles_are_those_of_the_same_steps() {
    let cases = four_cases();
    let learnt = Correction::parse("[{nyul: {mask: region}}]").unwrap();
    let step = &learnt.steps[0];
    let kept = tempfile::tempdir().unwrap();
    let found = |correct: &str| {
        let batch = Batch::new(None, Progress::Silent).keeping(kept.path(), true);
        batch.unwrap().run_percentiles(&cases, &of(correct), step)
    };
    let pieces = || {
        let entries = fs::read_dir(kept.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "part"))
            .count()
    };
    let plain = found("[]");
    assert_eq!(pieces(), cases.len());
    assert_eq!(found("[]"), plain);
    assert_eq!(pieces(), cases.len());
    let clip = "[{clip: [5, 90]}]";
    let clipped = found(clip);
    assert_eq!(pieces(), 2 * cases.len());
    assert_ne!(clipped, plain);
    let alone = extract::run_percentiles(&cases, &of(clip), step, None, Progress::Silent);
    assert_eq!(clipped, alone);
    assert!(alone.iter().all(Result::is_ok));
}

#[test]
fn everything_that_computes_features_sees_the_corrected_image() {
    let cases = four_cases();
    let all = [of("[{clip: [2, 95]}, {zscore: {label: Muscle}}]")];
    let usual = extract::run(&cases, &all, None, Progress::Silent);
    let plain = extract::run(&cases, &[of("[]")], None, Progress::Silent);

    // A reading that nothing perturbs is the study's own.
    let unperturbed: Vec<PerturbedCase> = cases
        .iter()
        .map(|case| PerturbedCase {
            case: case.clone(),
            perturbations: vec![Perturbation::default()],
            generator: ChaCha8Rng::seed_from_u64(1),
        })
        .collect();
    let perturbed = run_perturbed(&unperturbed, &all, None, Progress::Silent);
    // Shuffled voxels keep the values of the corrected image.
    let generator = |place: usize| ChaCha8Rng::seed_from_u64(place as u64);
    let shuffled = extract::run_shuffled(&cases, &all, None, Progress::Silent, &generator);
    for place in 0..cases.len() {
        let usual = usual[place].as_ref().unwrap();
        assert_ne!(plain[place].as_ref().unwrap().features, usual.features);
        let perturbed = perturbed[place][0].as_ref().unwrap();
        let shuffled = shuffled[place].as_ref().unwrap();
        for (name, value) in &usual.features {
            assert_eq!(perturbed.feature(name).unwrap(), *value, "{name}");
            if name.contains("firstorder") {
                // The same numbers in another order: sums differ by their rounding.
                let again = shuffled.feature(name).unwrap();
                assert!(
                    (again - value).abs() < 1e-9 * value.abs().max(1.0),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_scale_is_learnt_from_training_images_alone() {
    let (results, said) = run(
        "published",
        "[{clip: [2, 98]}, {nyul: {mask: region}}]",
        &[("mode", "as_published")],
    );
    // The scale that `radiome correct` learns from the same images, clipped by it as well.
    let hand = tempfile::tempdir().unwrap();
    let mut cases = "Image,Mask,Label\n".to_owned();
    for number in 0..TRAINING {
        let clipped = hand.path().join(format!("{number}.nrrd"));
        let image = format!("images/{}_t1.nii.gz", id(number));
        let out = clipped.display().to_string();
        let options = ["--method", "clip", "--percentiles", "2,98", "--out", &out];
        ends(
            cohort().path(),
            0,
            &[&["correct", &image][..], &options].concat(),
        );
        let mask = cohort()
            .path()
            .join(format!("masks/{}_tissues.seg.nrrd", id(number)));
        cases += &format!("{out},{},Tumour\n", mask.display());
    }
    let table = hand.path().join("training.csv");
    fs::write(&table, cases).unwrap();
    let (train, standard) = (table.display().to_string(), hand.path().join("scale.json"));
    let (first, scale) = (hand.path().join("0.nrrd"), standard.display().to_string());
    let (first, out) = (first.display().to_string(), hand.path().join("x.nrrd"));
    let out = out.display().to_string();
    let arguments = [
        "correct",
        &first,
        "--method",
        "nyul",
        "--train",
        &train,
        "--standard-out",
        &scale,
        "--out",
        &out,
    ];
    ends(cohort().path(), 0, &arguments);
    let expected: NyulStandard =
        serde_json::from_str(&fs::read_to_string(&standard).unwrap()).unwrap();
    let model = json("published/model.json");
    let step = &model["sequences"]["T1"]["correction"][1]["nyul"];
    let found: NyulStandard = serde_json::from_value(step["standard"].clone()).unwrap();
    assert_eq!(found.images, TRAINING);
    assert_eq!(found, expected);
    let told = &results.study.sequences[0].processing["intensity_correction"];
    assert!(
        told.ends_with("(Nyúl), learnt from 28 training images"),
        "{told}"
    );
    assert!(results.study.sequences[0].learnt_scale);
    assert!(!said.contains("given_scale"));

    // The same scale in a file is no leak that the study could know of, and is said.
    fs::copy(&standard, cohort().path().join("scale.json")).unwrap();
    let correct = "[{clip: [2, 98]}, {nyul: {mask: region, landmarks: scale.json}}]";
    let (results, _) = run("given", correct, &[]);
    let features = |name: &str| fs::read(cohort().path().join(name).join("features.csv")).unwrap();
    assert!(features("given") == features("published"));
    let warning = results
        .warnings
        .iter()
        .find(|one| one.code == "given_scale");
    let text = &warning.unwrap().text;
    assert!(text.contains("scale.json, learnt from 28 images"), "{text}");

    // Permuted outcomes are cross-validated, whatever the mode, and every fold learns its own.
    let arguments = ["study", "null", "published.yaml", "--repeats", "2"];
    ends(cohort().path(), 0, &arguments);
}

#[test]
fn what_is_wrong_with_corrections_is_said() {
    for (number, (correct, words)) in [
        ("[n5]", &["unknown variant `n5`", "did you mean `n4`?"][..]),
        ("[z-score]", &["did you mean `zscore`?"]),
        (
            "[{n4: {shrnk: 2}}]",
            &["unknown field `shrnk`", "did you mean `shrink`?"],
        ),
        (
            "[{zscore: bdy}]",
            &["unknown variant `bdy`", "did you mean `body`?"],
        ),
        ("[{zscore: [1, 2]}]", &["zscore takes no list"]),
        (
            "[{clip: [1]}]",
            &["two percentiles, as in [1, 99]", "not 1 numbers"],
        ),
        (
            "[{clip: [99, 1]}]",
            &["sequences.T1.correct", "clip: percentile", "0 to 100"],
        ),
        (
            "[{n4: {levels: 3, iterations: [5, 5]}}]",
            &["`levels` is 3", "2 numbers"],
        ),
        ("[{n4: {levels: 9}}]", &["`levels` is 9", "1 to 8"]),
        (
            "[{n4: {shrink: 0}}]",
            &["n4: shrink 0 must lie from 1 to 64"],
        ),
        (
            "[{zscore: {mask: body, label: 2}}]",
            &["`mask` and `label`"],
        ),
        (
            "[zscore, n4]",
            &["n4 stands after zscore", "write n4 first"],
        ),
        (
            "[{n4: {}, zscore: body}]",
            &["write a list, as in [n4, zscore]"],
        ),
        ("[{}]", &["write n4, zscore, clip or nyul"]),
        (
            "[{nyul: {landmarks: nowhere.json}}]",
            &["cannot read the scale", "nowhere.json"],
        ),
        (
            "[{nyul: {landmarks: fine.yaml}}]",
            &["is no scale", "--standard-out"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        refused(&format!("wrong_{number}"), correct, &[], words);
    }
    let mask = "masks/P001_tissues.seg.nrrd";
    for (correct, word) in [
        ("n5", "unknown variant `n5`"),
        ("nyul", "was learnt from training images"),
        ("[{clip: [5, 2]}]", "the lower below the upper"),
    ] {
        let arguments = [
            "extract",
            "images/P001_t1.nii.gz",
            mask,
            "--correct",
            correct,
        ];
        let (_, said) = ends(cohort().path(), 2, &arguments);
        assert!(said.contains(word), "{said}");
    }
    // A label that one patient lacks is that patient's failure and nobody else's.
    let cases = "ID,Image,Mask,Label\n\
                 with,images/P001_t1.nii.gz,masks/P001_tissues.seg.nrrd,1\n\
                 without,images/P002_t1.nii.gz,masks/P002_R1.nii.gz,1\n";
    cohort().file("one_lacks.csv", cases);
    let correct = ["--correct", "{zscore: {label: 2}}", "--params", "fine.yaml"];
    let arguments = [
        &["extract", "one_lacks.csv", "--out", "one.csv"][..],
        &correct,
    ]
    .concat();
    let (_, said) = ends(cohort().path(), 1, &arguments);
    assert!(
        said.contains("without:") && said.contains("label 2"),
        "{said}"
    );
    let failures = Table::read(&cohort().path().join("one.csv.failures.csv")).unwrap();
    assert_eq!(failures.cells("reason_code").unwrap(), ["label_missing"]);
}
