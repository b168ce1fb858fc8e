//! The page of images and contours of a study: every region is on it with the voxels of its mask, it
//! is drawn again without the images, and its bytes depend on nothing but the study.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::path::Path;

use radiome::table::Table;
use radiome_image::{read, write};
use small_cohort::{EXTERNAL, SmallCohort, TRAINING, ends, id};

fn table(run: &Path) -> Table {
    Table::read(&run.join("tables/quality.csv")).unwrap()
}

#[test]
fn every_region_is_shown_as_it_was_measured() {
    let cohort = SmallCohort::write();
    let folder = cohort.path();
    // P003's contour reaches the first column of its image and a voxel lies apart; P005 has a mask
    // of four voxels on one slice.
    let mask = |number: usize| folder.join(format!("masks/{}_R1.nii.gz", id(number)));
    let mut drawn = read::labels(mask(2)).unwrap();
    let line = |y: usize, x: usize| drawn.geometry.offset([x, y, 3]);
    let (edge, apart) = ([0, 1, 2, 3].map(|x| line(5, x)), line(11, 11));
    for place in edge {
        drawn.labels[place] = 1;
    }
    drawn.labels[apart] = 1;
    write::nifti_labels(mask(2), &drawn).unwrap();
    let mut small = drawn.clone();
    small.labels.fill(0);
    for place in [line(5, 4), line(5, 5), line(6, 4), line(6, 5)] {
        small.labels[place] = 1;
    }
    write::nifti_labels(mask(4), &small).unwrap();

    let study = cohort.study("small", &[("reliability", "")]);
    let study = study.to_str().unwrap();
    ends(
        folder,
        0,
        &["study", "run", study, "--out", "run", "--jobs", "1"],
    );
    let run = folder.join("run");
    let found = table(&run);
    assert_eq!(found.len(), 2 * (TRAINING + EXTERNAL));
    let column = |name: &str| found.cells(name).unwrap();
    let mut edges = 0;
    for row in 0..found.len() {
        let number = row / 2;
        assert_eq!(column("id")[row], id(number));
        assert_eq!(column("sequence")[row], ["T1", "T2"][row % 2]);
        let drawn = read::labels(mask(number)).unwrap();
        let voxels = drawn.voxel_counts()[&1];
        let at_edge = (0..drawn.labels.len()).any(|place| {
            let [x, y, z] = drawn.geometry.index(place);
            let ends = [(x, 11), (y, 11), (z, 5)];
            drawn.labels[place] == 1 && ends.iter().any(|&(at, last)| at == 0 || at == last)
        });
        edges += usize::from(at_edge);
        assert_eq!(column("voxels")[row], voxels.to_string());
        // Voxels of 1 x 1 x 2 mm.
        assert_eq!(column("volume_mm3")[row], (2 * voxels).to_string());
        let spacing =
            ["x", "y", "z"].map(|axis| column(&format!("spacing_{axis}_mm"))[row].clone());
        assert_eq!(spacing, ["1", "1", "2"]);
        let flags: Vec<&str> = column("flags")[row].split(';').collect();
        match number {
            2 => assert_eq!(flags, ["several_pieces", "meets_edge"]),
            4 => assert_eq!(flags, ["tiny", "flat"]),
            _ => assert_eq!(flags, [if at_edge { "meets_edge" } else { "" }]),
        }
        assert_eq!(column("pieces")[row], if number == 2 { "2" } else { "1" });
    }
    let results = fs::read_to_string(run.join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let counts =
        serde_json::json!({"meets_edge": edges, "tiny": 2, "several_pieces": 2, "flat": 2});
    let expected = serde_json::json!({"regions": 80, "flags": counts});
    assert_eq!(results["quality"], expected);

    let page = fs::read_to_string(run.join("quality.html")).unwrap();
    assert_eq!(page.matches("<figure").count(), 80);
    assert_eq!(page.matches("data:image/png").count(), 240);
    assert!(page.contains("<a href=\"#region-5\">P003, T1</a>"));
    for outside in ["<script", "src=\"http", "url(http", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let report = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(report.contains("href=\"quality.html\""));

    // Again without the images, and with another number of threads.
    let bytes = |run: &Path| {
        let files = [
            "quality.html",
            "quality.json",
            "tables/quality.csv",
            "report.html",
        ];
        files.map(|name| fs::read(run.join(name)).unwrap())
    };
    let before = bytes(&run);
    fs::rename(folder.join("images"), folder.join("elsewhere")).unwrap();
    fs::remove_file(run.join("quality.html")).unwrap();
    fs::remove_dir_all(run.join("tables")).unwrap();
    ends(folder, 0, &["study", "report", "run"]);
    assert!(bytes(&run) == before);
    fs::rename(folder.join("elsewhere"), folder.join("images")).unwrap();
    ends(
        folder,
        0,
        &["study", "run", study, "--out", "again", "--jobs", "3"],
    );
    assert!(bytes(&folder.join("again")) == before);
}
