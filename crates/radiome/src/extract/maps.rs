//! Feature maps of one case, written to a folder.

use std::io;
use std::path::{Path, PathBuf};

use radiome_features::{ExtractError, Extractor, FeatureMap, MapRequest, MissingImage, Plan};
use radiome_image::write::{self, WriteError};
use rayon::prelude::*;
use thiserror::Error;

use super::{Case, Failure, Label, Progress, Reading, Reason, Stage, find, read};

/// Why there are no maps, or not all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MapsError {
    /// The image or the mask is not usable.
    #[error("{0}")]
    Case(Failure),
    /// No map of the plan is wanted.
    #[error("no map to make: the settings ask for {planned} features of voxels, none is wanted")]
    Nothing {
        /// How many maps the plan asks for.
        planned: usize,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder {path}: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A map cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The values cannot be mapped; [`maps`] turns this into [`MapsError::Case`].
    #[error(transparent)]
    Extract(#[from] ExtractError),
}

/// The maps of a case.
#[derive(Clone, Debug)]
pub struct WrittenMaps {
    /// Their files, in the order of the features.
    pub files: Vec<PathBuf>,
    /// The images that a filter could not make, so that they have no maps.
    pub missing: Vec<MissingImage>,
}

/// Computes the maps of a case that are wanted, on `jobs` threads (`None`: all cores), and writes
/// each to `folder` as `Case-1_NAME.nrrd`, the name that PyRadiomics' command gives it. A filter that
/// cannot make its images of this one does not stop the others.
///
/// # Errors
/// See [`MapsError`].
pub fn maps(
    case: &Case,
    plan: &Plan,
    wanted: &(dyn Fn(&str) -> bool + Sync),
    folder: &Path,
    jobs: Option<usize>,
    progress: Progress,
) -> Result<WrittenMaps, MapsError> {
    let extractor = Extractor::new(plan.clone());
    let names = extractor.map_names();
    if !names.iter().any(|name| wanted(name)) {
        return Err(MapsError::Nothing {
            planned: names.len(),
        });
    }
    let Reading { image, labels, .. } = read(case, plan.label_channel).map_err(MapsError::Case)?;
    let usual = Label::Value(plan.label);
    let label = case.label.as_ref().unwrap_or(&usual);
    let label = find(case, &labels, label).map_err(MapsError::Case)?;
    let bar = progress.bar(0, "Mapping");
    let request = MapRequest {
        wanted,
        progress: &|done, all| {
            bar.set_length(all as u64);
            bar.inc(done as u64);
        },
    };
    let mut files = Vec::new();
    let mut work = || {
        extractor.maps_by_class(&image, &labels, Some(label), request, |maps| {
            // Only now is it known that there will be something to put into the folder.
            std::fs::create_dir_all(folder).map_err(|source| MapsError::Folder {
                path: folder.to_owned(),
                source,
            })?;
            let save = |map: &FeatureMap| {
                let path = folder.join(format!("Case-1_{}.nrrd", map.name));
                write::nrrd(&path, &map.image)?;
                Ok(path)
            };
            let written: Result<Vec<PathBuf>, MapsError> = maps.par_iter().map(save).collect();
            files.extend(written?);
            Ok(())
        })
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    let done = match pool.build() {
        Ok(pool) => pool.install(work),
        // No thread can be started: the current pool has at least this one.
        Err(_) => work(),
    };
    bar.finish_and_clear();
    match done {
        Ok(missing) => Ok(WrittenMaps { files, missing }),
        Err(MapsError::Extract(error)) => {
            let reason = Reason::of_extraction(&error);
            let failure = Failure::new(case, Stage::Extract, reason, &error.to_string());
            Err(MapsError::Case(failure))
        }
        Err(other) => Err(other),
    }
}
