//! Reading images and label maps from files.
//!
//! | format | endings | held |
//! | --- | --- | --- |
//! | NIfTI-1, NIfTI-2 | `.nii`, `.nii.gz`, `.hdr` + `.img` | both byte orders, every whole-number and real type, slope and intercept, qform and sform, several label maps |
//! | NRRD | `.nrrd`, `.nhdr` + data files, `.seg.nrrd` | raw, gzip, bzip2, text and hexadecimal data, both byte orders, LPS, LAS and RAS, segment names, several label maps |
//! | MetaImage | `.mha`, `.mhd` + data files | raw, compressed and text data, both byte orders, every whole-number and real type, one file or several, several label maps |
//!
//! Names of labels that stand in a file of their own, ITK-SNAP's, are read by
//! [`label_descriptions`].
//!
//! The format is recognised by the first bytes of the file. Geometry follows ITK, so that a scan
//! lies where 3D Slicer, ITK-SNAP and PyRadiomics see it. Nothing in a header is believed before
//! it is compared with what the file can hold.

mod error;
mod label_descriptions;
mod meta_image;
mod nifti;
mod nrrd;
mod outline;
mod several_files;
mod storage;
mod text;
mod voxels;

use std::io::Read;
use std::path::Path;

pub use error::ReadError;
pub use label_descriptions::{label_descriptions, parse_label_descriptions};
pub use outline::{Outline, outline};

use crate::{Geometry, Image, LabelMap, Segment};
use storage::Storage;
use voxels::Channels;

/// Largest number of voxels of one image: 1024 cubed, 8 GiB in memory.
///
/// A compressed file of a few megabytes can otherwise ask for any amount of memory.
pub const MAX_VOXELS: usize = 1 << 30;

/// Values of a label map that are checked at a time.
const BLOCK: usize = 1024;

/// Reads a scalar image of two or three dimensions.
///
/// A two-dimensional image gets one slice. Values are returned after the file's slope and
/// intercept. Values that are no numbers (NaN, infinity) are kept as they are.
///
/// # Errors
/// [`ReadError`] says which file, what was found there and what to do.
///
/// # Examples
/// ```no_run
/// let image = radiome_image::read::image("P001/t1.nii.gz")?;
/// println!("{:?} voxels of {:?} mm", image.geometry.size, image.geometry.spacing);
/// # Ok::<(), radiome_image::read::ReadError>(())
/// ```
pub fn image(path: impl AsRef<Path>) -> Result<Image, ReadError> {
    open(Storage::Disk, path.as_ref(), Wanted::Scalar).map(|(image, _)| image)
}

/// Reads a scalar image from files that are in memory: the first is the image, the others are
/// those that its header may name. Names stand for paths, in the header and in errors; nothing
/// is read from the disk.
///
/// # Errors
/// As [`image`].
///
/// # Examples
/// ```
/// use std::path::Path;
/// use radiome_image::read;
///
/// let header = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 1 1\nencoding: raw\n\
///     spacings: 1 1 2\ndata file: voxels.raw\n\n";
/// let files = [(Path::new("scan.nhdr"), &header[..]), (Path::new("voxels.raw"), &[7, 9])];
/// assert_eq!(read::image_in_memory(&files)?.values, [7.0, 9.0]);
/// # Ok::<(), read::ReadError>(())
/// ```
pub fn image_in_memory(files: &[(&Path, &[u8])]) -> Result<Image, ReadError> {
    let (image, _) = open(Storage::Memory(files), first(files), Wanted::Scalar)?;
    Ok(image)
}

/// The name of the first file, which no path has where there is none.
fn first<'a>(files: &[(&'a Path, &[u8])]) -> &'a Path {
    files.first().map_or(Path::new(""), |&(name, _)| name)
}

/// Reads a label map: an image of whole non-negative numbers, with segment names where the file
/// (`.seg.nrrd`) has them. Of a file with several label maps, the first.
///
/// # Errors
/// As [`image`], and [`ReadError::LabelValue`] for a voxel that is no label.
pub fn labels(path: impl AsRef<Path>) -> Result<LabelMap, ReadError> {
    labels_of_channel(path, 0)
}

/// Reads one label map of a file that holds several on one grid, such as the layers of overlapping
/// segments of 3D Slicer: `channel`, from 0, counts them. Of a file with one number a voxel the
/// number is read, whatever the channel; this is what PyRadiomics makes of its `label_channel`.
///
/// A NIfTI file holds several label maps if its fifth dimension is more than 1, its intent is
/// `vector` or its voxels are colours, an NRRD file if one of its axes is no axis of space or time
/// (`kinds`: list, vector, ...), a MetaImage file by `ElementNumberOfChannels`. Segments are those
/// of the layer. Only the channel wanted is kept in memory and has to
/// consist of labels.
///
/// # Errors
/// As [`labels`], and [`ReadError::Channel`] where there are not so many label maps.
///
/// # Examples
/// ```no_run
/// let edema = radiome_image::read::labels_of_channel("P001/overlapping.seg.nrrd", 1)?;
/// println!("{:?}", edema.segments);
/// # Ok::<(), radiome_image::read::ReadError>(())
/// ```
pub fn labels_of_channel(path: impl AsRef<Path>, channel: usize) -> Result<LabelMap, ReadError> {
    labels_of_channel_in(Storage::Disk, path.as_ref(), channel)
}

/// Reads one label map of files that are in memory, by the rules of [`image_in_memory`].
///
/// # Errors
/// As [`labels_of_channel`].
pub fn labels_in_memory(files: &[(&Path, &[u8])], channel: usize) -> Result<LabelMap, ReadError> {
    labels_of_channel_in(Storage::Memory(files), first(files), channel)
}

fn labels_of_channel_in(
    storage: Storage<'_>,
    path: &Path,
    channel: usize,
) -> Result<LabelMap, ReadError> {
    let (image, segments) = open(storage, path, Wanted::Channel(channel))?;
    // 2^52: added to a whole number of 32 bits, it leaves that number in the lowest bits.
    const SHIFT: f64 = 4_503_599_627_370_496.0;
    // Not a number fails both comparisons.
    let is_label = |value: f64| {
        (value + SHIFT) - SHIFT == value && (0.0..=f64::from(u32::MAX)).contains(&value)
    };
    let mut labels = Vec::with_capacity(image.values.len());
    for (block, values) in image.values.chunks(BLOCK).enumerate() {
        // A whole block at a time, without a branch.
        if !values
            .iter()
            .fold(true, |all, &value| all & is_label(value))
            && let Some(place) = values.iter().position(|&value| !is_label(value))
        {
            return Err(ReadError::LabelValue {
                path: path.into(),
                value: values.get(place).copied().unwrap_or(f64::NAN),
                voxel: image.geometry.index(block * BLOCK + place),
            });
        }
        #[allow(clippy::cast_possible_truncation)]
        labels.extend(values.iter().map(|&value| (value + SHIFT).to_bits() as u32));
    }
    Ok(LabelMap {
        geometry: image.geometry,
        labels,
        segments,
    })
}

/// Every label map of a file on one grid, such as all layers of overlapping segments; one of a file
/// with one number a voxel.
///
/// # Errors
/// As [`labels_of_channel`], of the first that fails.
pub fn layers(path: impl AsRef<Path>) -> Result<Vec<LabelMap>, ReadError> {
    let path = path.as_ref();
    // A file with several says how many there are before it is read any further.
    match labels_of_channel(path, usize::MAX) {
        Ok(only) => Ok(vec![only]),
        Err(ReadError::Channel { count, .. }) => (0..count)
            .map(|channel| labels_of_channel(path, channel))
            .collect(),
        Err(other) => Err(other),
    }
}

/// What is read of a file that may hold several numbers a voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// The only number; a file with several is refused.
    Scalar,
    /// One of the numbers.
    Channel(usize),
}

impl Wanted {
    /// What is wanted of a file with so many numbers a voxel (`None`: it is scalar). The run is
    /// left to the format.
    fn of(self, path: &Path, count: Option<usize>) -> Result<Channels, ReadError> {
        let Some(count) = count else {
            return Ok(Channels::SCALAR);
        };
        match self {
            Self::Channel(wanted) if wanted < count => Ok(Channels {
                count,
                wanted,
                ..Channels::SCALAR
            }),
            Self::Channel(channel) => Err(ReadError::Channel {
                path: path.into(),
                channel,
                count,
            }),
            Self::Scalar if count == 1 => Ok(Channels::SCALAR),
            Self::Scalar => Err(ReadError::Unsupported {
                path: path.into(),
                found: format!("{count} values a voxel"),
                hint: "an image needs one number a voxel",
            }),
        }
    }
}

/// The segments that a file names, in its order, each with its channel for
/// [`labels_of_channel`]; none where the format has no names. Only the header is read.
///
/// # Errors
/// As [`labels`].
pub fn segments(path: impl AsRef<Path>) -> Result<Vec<(usize, Segment)>, ReadError> {
    let path = path.as_ref();
    match probe(Storage::Disk, path)?.starts_with(b"NRRD") {
        true => nrrd::segments(Storage::Disk, path),
        false => Ok(Vec::new()),
    }
}

/// The first bytes of a file.
fn probe(storage: Storage<'_>, path: &Path) -> Result<Vec<u8>, ReadError> {
    let mut start = Vec::with_capacity(voxels::HEADER_PROBE);
    storage
        .open(path)?
        .stream
        .take(voxels::HEADER_PROBE as u64)
        .read_to_end(&mut start)
        .map_err(|source| ReadError::Open {
            path: path.into(),
            source,
        })?;
    Ok(start)
}

/// Opens a file, recognises its format and reads it whole.
fn open(
    storage: Storage<'_>,
    path: &Path,
    wanted: Wanted,
) -> Result<(Image, Vec<Segment>), ReadError> {
    match format(storage, path)? {
        Format::Nrrd => nrrd::read(storage, path, wanted),
        Format::MetaImage => Ok((meta_image::read(storage, path, wanted)?, Vec::new())),
        Format::Nifti { compressed } => {
            let image = nifti::read(storage, path, compressed, wanted)?;
            Ok((image, Vec::new()))
        }
    }
}

/// A format, as the first bytes of a file tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Nrrd,
    MetaImage,
    Nifti { compressed: bool },
}

/// The format of a file.
fn format(storage: Storage<'_>, path: &Path) -> Result<Format, ReadError> {
    let mut start = probe(storage, path)?;
    if start.starts_with(b"NRRD") {
        return Ok(Format::Nrrd);
    }
    if meta_image::recognise(&start) {
        return Ok(Format::MetaImage);
    }
    let compressed = start.starts_with(&[0x1f, 0x8b]);
    if compressed {
        // A broken stream is reported by the reader below; here only the format is asked for.
        start.clear();
        let _ = flate2::read::MultiGzDecoder::new(storage.open(path)?.stream)
            .take(voxels::HEADER_PROBE as u64)
            .read_to_end(&mut start);
    }
    match nifti::recognise(&start) {
        Some(_) => Ok(Format::Nifti { compressed }),
        None => Err(ReadError::UnknownFormat { path: path.into() }),
    }
}

/// Refuses a grid that no measurement can have.
fn check_geometry(path: &Path, geometry: &Geometry) -> Result<(), ReadError> {
    let usable = |spacing: f64| spacing.is_finite() && spacing > 0.0;
    if !geometry.spacing.iter().all(|&spacing| usable(spacing)) {
        return Err(ReadError::Spacing {
            path: path.into(),
            spacing: geometry.spacing,
        });
    }
    if !geometry.origin.iter().all(|position| position.is_finite()) {
        return Err(ReadError::Origin {
            path: path.into(),
            origin: geometry.origin,
        });
    }
    let departure = geometry.departure_from_orthonormal();
    // A header written with three decimals is still accepted; a tilted gantry is not.
    if departure.is_nan() || departure > 1e-3 {
        return Err(ReadError::Direction {
            path: path.into(),
            direction: geometry.direction,
        });
    }
    Ok(())
}

/// Number of voxels of a grid, if an image may have so many.
fn count_voxels(path: &Path, size: [usize; 3]) -> Result<usize, ReadError> {
    let count = size
        .iter()
        .try_fold(1_usize, |count, &axis| count.checked_mul(axis));
    match count {
        Some(0) => Err(ReadError::Header {
            path: path.into(),
            what: format!("the image has no voxels (size {size:?})"),
        }),
        Some(count) if count <= MAX_VOXELS => Ok(count),
        _ => Err(ReadError::TooManyVoxels {
            path: path.into(),
            size,
        }),
    }
}
