//! What headers say before any voxel is read.

use std::path::{Path, PathBuf};

use super::storage::Storage;
use super::{Format, ReadError, format, meta_image, nifti, nrrd};
use crate::Geometry;

/// The grid of an image or label map, and where its voxels lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The grid.
    pub geometry: Geometry,
    /// The files that hold the voxels, where that is not the file of the header. They may be
    /// missing.
    pub data_files: Vec<PathBuf>,
}

/// Reads the header of a file and no voxel.
///
/// # Errors
/// As [`image`](super::image), as far as the header tells.
///
/// # Examples
/// ```no_run
/// let outline = radiome_image::read::outline("P001/t1.nhdr")?;
/// println!("{:?} voxels in {:?}", outline.geometry.size, outline.data_files);
/// # Ok::<(), radiome_image::read::ReadError>(())
/// ```
pub fn outline(path: impl AsRef<Path>) -> Result<Outline, ReadError> {
    outline_in(Storage::Disk, path.as_ref())
}

fn outline_in(storage: Storage<'_>, path: &Path) -> Result<Outline, ReadError> {
    match format(storage, path)? {
        Format::Nrrd => nrrd::outline(storage, path),
        Format::MetaImage => meta_image::outline(storage, path),
        Format::Nifti { compressed } => nifti::outline(storage, path, compressed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::image;

    /// The files of other programs that the readers are tested with.
    #[test]
    fn the_grid_is_that_of_the_whole_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        let (mut seen, mut apart) = (0, 0);
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Ok(whole) = image(&path) else { continue };
                let found = outline(&path).unwrap();
                assert_eq!(found.geometry, whole.geometry, "{}", path.display());
                assert!(found.data_files.iter().all(|file| file.is_file()));
                seen += 1;
                apart += usize::from(!found.data_files.is_empty());
            }
        }
        assert!(
            seen > 20 && apart > 2,
            "{seen} files, {apart} with voxels apart"
        );
    }
}
