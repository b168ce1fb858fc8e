//! NRRD files: attached (`.nrrd`, `.seg.nrrd`) and detached (`.nhdr` with a data file).
//!
//! - `space: right-anterior-superior` and `left-anterior-superior` are turned to LPS; any other
//!   space is taken as it stands, as ITK does.
//! - Spacing is the length of a space direction, or `spacings` where no space is given.
//! - `axis mins` give the origin of a file without space: of its first voxel's outer edge,
//!   unless `centers` says node.
//! - An axis whose kind is neither of space nor of time counts the values of a voxel, wherever it
//!   stands among the axes.
//!
//! Sources: the NRRD format definition (teem.sourceforge.net/nrrd/format.html);
//! `itkNrrdImageIO.cxx` of ITK 5.4; 3D Slicer's segmentation files.

mod data;
mod geometry;
mod header;
mod segments;

use std::io::Seek;
use std::path::{Path, PathBuf};

use super::storage::{Opened, Storage};
use super::{Outline, ReadError, Wanted, check_geometry, count_voxels};
use crate::{Geometry, Image, Segment};
use data::{Numbers, Source};
use header::Header;

/// Reads the image in `path`, and the segments it names.
pub(super) fn read(
    storage: Storage<'_>,
    path: &Path,
    wanted: Wanted,
) -> Result<(Image, Vec<Segment>), ReadError> {
    let Opened {
        length,
        stream: mut file,
    } = storage.open(path)?;
    let header = Header::read(path, &mut file)?;

    let (axes, value_axis) = header.axes(path)?;
    let (geometry, count) = grid(path, &header, &axes)?;
    let channels = header.channels(path, value_axis, wanted)?;
    let pixel_type = header.pixel_type(path)?;
    let segments = header
        .segments(path, channels.count)?
        .into_iter()
        .filter(|(channel, _)| *channel == channels.wanted)
        .map(|(_, segment)| segment)
        .collect();
    let encoding = header.encoding(path)?;
    let order = header.byte_order(path, pixel_type, encoding)?;
    let numbers = Numbers {
        count,
        channels,
        pixel_type,
        encoding,
        order,
    };

    let values = match header.data_files(path)? {
        None => {
            let start = file.stream_position().map_err(|source| ReadError::Data {
                path: path.into(),
                source,
            })?;
            let source = Source {
                path,
                length: length.saturating_sub(start),
            };
            data::values(&header, &source, &mut file, numbers)?
        }
        Some(files) => of_files(storage, path, &header, &files, numbers)?,
    };
    let image = Image {
        geometry,
        pixel_type,
        values,
    };
    Ok((image, segments))
}

/// The grid of the image in `path`, and the files that hold its voxels.
pub(super) fn outline(storage: Storage<'_>, path: &Path) -> Result<Outline, ReadError> {
    let header = Header::read(path, &mut storage.open(path)?.stream)?;
    let (axes, _) = header.axes(path)?;
    Ok(Outline {
        geometry: grid(path, &header, &axes)?.0,
        data_files: header.data_files(path)?.unwrap_or_default(),
    })
}

/// The grid, and how many voxels it has.
fn grid(path: &Path, header: &Header, axes: &[usize]) -> Result<(Geometry, usize), ReadError> {
    let size = header.size(path, axes)?;
    let count = count_voxels(path, size)?;
    let geometry = Geometry {
        size,
        ..header.geometry(path, axes)?
    };
    check_geometry(path, &geometry)?;
    Ok((geometry, count))
}

/// Reads the voxels of files of their own: one file, or several that each hold as many voxels.
fn of_files(
    storage: Storage<'_>,
    path: &Path,
    header: &Header,
    files: &[PathBuf],
    numbers: Numbers,
) -> Result<Vec<f64>, ReadError> {
    let Numbers {
        count, channels, ..
    } = numbers;
    if files.is_empty() || !count.is_multiple_of(files.len()) {
        let found = files.len();
        return Err(bad(
            path,
            format!("{count} voxels cannot lie in {found} files of one size"),
        ));
    }
    let each = count / files.len();
    if files.len() > 1 && channels.count > 1 && !each.is_multiple_of(channels.run) {
        return Err(ReadError::Unsupported {
            path: path.into(),
            found: "the values of a voxel in different files".into(),
            hint: "save it as one .nrrd file",
        });
    }
    let mut values = Vec::new();
    for data_path in files {
        let Opened {
            length,
            stream: mut file,
        } = storage.open(data_path)?;
        let source = Source {
            path: data_path,
            length,
        };
        let numbers = Numbers {
            count: each,
            ..numbers
        };
        values.append(&mut data::values(header, &source, &mut file, numbers)?);
    }
    Ok(values)
}

/// The segments that the header of `path` names, and the channel of each.
pub(super) fn segments(
    storage: Storage<'_>,
    path: &Path,
) -> Result<Vec<(usize, Segment)>, ReadError> {
    let header = Header::read(path, &mut storage.open(path)?.stream)?;
    let (_, value_axis) = header.axes(path)?;
    let channels = header.channels(path, value_axis, Wanted::Channel(0))?;
    header.segments(path, channels.count)
}

fn bad(path: &Path, what: String) -> ReadError {
    ReadError::Header {
        path: path.into(),
        what,
    }
}
