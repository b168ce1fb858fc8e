//! The run of the demo's study that the tests share.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use radiome::demo;

use super::small_cohort::ends;

/// The demo's cohort and the run of its study, with few resamples: the final models do not depend
/// on them.
pub(crate) struct DemoRun {
    folder: tempfile::TempDir,
}

impl DemoRun {
    pub(crate) fn get() -> &'static Self {
        static RUN: OnceLock<DemoRun> = OnceLock::new();
        RUN.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let cohort = demo::write(folder.path(), 27, &|| ()).unwrap();
            let text = fs::read_to_string(&cohort.study).unwrap();
            let usual = "validation: {repeats: 5, folds: 5, bootstrap: 100}";
            assert!(text.contains(usual));
            let quick = text.replace(usual, "validation: {repeats: 1, folds: 3, bootstrap: 0}");
            fs::write(&cohort.study, quick).unwrap();
            // The patient without images makes the run end with status 1.
            ends(
                folder.path(),
                1,
                &["study", "run", "study.yaml", "--out", "run"],
            );
            Self { folder }
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}
