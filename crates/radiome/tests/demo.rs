//! The demo cohort: the same bytes on any number of threads, and readable by the usual readers.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use radiome::demo;
use radiome::table::Table;
use radiome_image::read;
use sha2::{Digest, Sha256};

/// The name and the hash of every file below a folder, in order of name.
fn hashes(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in [".", "images", "masks"] {
        for entry in std::fs::read_dir(folder.join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let hash = Sha256::digest(std::fs::read(&path).unwrap());
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, format!("{hash:x}")));
            }
        }
    }
    found.sort();
    found
}

fn write(folder: &Path, threads: usize, seed: u64) -> demo::Cohort {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let count = AtomicUsize::new(0);
    let written = || {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let cohort = pool
        .install(|| demo::write(folder, seed, &written))
        .unwrap();
    assert_eq!(count.into_inner(), demo::patients_with_images());
    cohort
}

#[test]
fn the_cohort_is_the_same_on_any_number_of_threads() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let start = Instant::now();
    let cohort = write(folders[0].path(), 1, 7);
    println!(
        "written on one thread in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    write(folders[1].path(), 2, 7);
    let [one, two] = folders.each_ref().map(|folder| hashes(folder.path()));
    assert_eq!(one, two);
    assert!(cohort.training >= 60 && cohort.external >= 40);
    // 120 patients with two images and two masks, 30 of them with four masks more; the four texts.
    assert_eq!(one.len(), 120 * 4 + 30 * 4 + 4);
    let folder = folders[0].path();
    check_table(&folder.join("clinical.csv"));
    check_images(folder);
}

fn check_table(path: &Path) {
    let table = Table::read(path).unwrap();
    assert_eq!(table.id_column(None).unwrap(), "id");
    assert_eq!(table.ids("id").unwrap().len(), 121);
    let centres = table.cells("centre").unwrap().to_vec();
    let scanners = table.cells("scanner").unwrap().to_vec();
    let at = |centre: &str| {
        let mut names: Vec<String> = centres
            .iter()
            .zip(&scanners)
            .filter(|(c, _)| *c == centre)
            .map(|(_, s)| s.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let (training, external) = (at("A"), at("B"));
    assert_eq!((training.len(), external.len()), (2, 2));
    assert_eq!(
        external
            .iter()
            .filter(|name| training.contains(name))
            .count(),
        1
    );
    for column in [
        "age",
        "t_stage",
        "margin",
        "high_grade",
        "pfs_days",
        "pfs_event",
    ] {
        let values = table.numbers(column).unwrap();
        assert!(values.iter().all(|value| value.is_finite()), "{column}");
    }
    assert!(
        table
            .numbers("pfs_days")
            .unwrap()
            .iter()
            .all(|&days| days >= 1.0)
    );
}

/// Every mask lies on the grid of its image and draws a tumour that does not touch the edge.
fn check_images(folder: &Path) {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(folder.join("masks")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut parts = name.split(['_', '.']);
        let (id, sequence) = (parts.next().unwrap(), parts.next().unwrap());
        let ending = if sequence == "t1" { "nii.gz" } else { "nrrd" };
        let image = read::image(folder.join(format!("images/{id}_{sequence}.{ending}"))).unwrap();
        let labels = read::labels(&path).unwrap();
        assert_eq!(
            image.geometry.difference(&labels.geometry, 1e-6),
            None,
            "{name}"
        );
        if sequence == "fst2" {
            assert_eq!(labels.label_named("Tumour"), Some(1));
        }
        let mask = labels.mask(1);
        let region = mask.bounding_box().unwrap();
        for axis in 0..3 {
            let inner = region.lower[axis] > 0 && region.upper[axis] + 1 < mask.geometry.size[axis];
            assert!(inner, "{name} touches the edge of axis {axis}");
        }
        assert!(
            mask.voxel_count() >= 150,
            "{name}: {} voxels",
            mask.voxel_count()
        );
        assert!(
            image
                .values
                .iter()
                .all(|value| (0.0..32767.0).contains(value))
        );
        sizes.push(mask.voxel_count());
    }
    sizes.sort_unstable();
    println!(
        "voxels: {} to {}, median {}",
        sizes[0],
        sizes[sizes.len() - 1],
        sizes[sizes.len() / 2]
    );
}
