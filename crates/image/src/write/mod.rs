//! Writing images and label maps to files.
//!
//! The same image always gives the same bytes: no clock and no name enters the file. A file
//! appears under its name only when it is complete.

mod error;
mod format;
mod meta_image;
mod nifti;
mod nrrd;
mod voxels;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub use error::WriteError;
pub use format::Format;

use crate::{Image, LabelMap, PixelType};

/// Writes an image as NIfTI-1: compressed if the name ends in `.gz`.
///
/// qform and sform both hold the grid (code 1, scanner), in the standard's 32-bit numbers.
///
/// # Errors
/// [`WriteError`] if the file cannot be written, a side is longer than 32,767 voxels, or a value
/// does not fit the image's type.
pub fn nifti(path: impl AsRef<Path>, image: &Image) -> Result<(), WriteError> {
    let path = path.as_ref();
    let compressed = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let header = nifti::header(path, &image.geometry, image.pixel_type)?;
    let voxels = voxels::encode(path, image)?;
    replace(path, |file| {
        if compressed {
            let mut stream = compress(file, image.pixel_type);
            stream.write_all(&header)?;
            stream.write_all(&voxels)?;
            stream.finish()?;
        } else {
            file.write_all(&header)?;
            file.write_all(&voxels)?;
        }
        Ok(())
    })
}

/// Writes an image as NRRD with gzip encoding, in LPS.
///
/// # Errors
/// [`WriteError`] if the file cannot be written or a value does not fit the image's type.
pub fn nrrd(path: impl AsRef<Path>, image: &Image) -> Result<(), WriteError> {
    write_nrrd(path.as_ref(), image, &[])
}

/// Writes a label map as NIfTI-1, in the smallest of 8, 16 and 32 bits that holds its labels.
///
/// NIfTI has no place for names: segments are lost, use [`nrrd_labels`] to keep them.
///
/// # Errors
/// As [`nifti`].
pub fn nifti_labels(path: impl AsRef<Path>, labels: &LabelMap) -> Result<(), WriteError> {
    nifti(path, &as_image(labels))
}

/// Writes a label map as NRRD, with the names of its segments as 3D Slicer writes them
/// (call the file `.seg.nrrd` and Slicer opens it as a segmentation).
///
/// # Errors
/// As [`nrrd`].
pub fn nrrd_labels(path: impl AsRef<Path>, labels: &LabelMap) -> Result<(), WriteError> {
    write_nrrd(path.as_ref(), &as_image(labels), &labels.segments)
}

/// Writes label maps of one grid as the layers of a NRRD segmentation, as 3D Slicer writes segments
/// that overlap: the numbers of all layers stand side by side for each voxel. A single one is
/// written as by [`nrrd_labels`].
///
/// # Errors
/// As [`nrrd`]; [`WriteError::ValueCount`] too for a layer on another grid than the first.
pub fn nrrd_layers(path: impl AsRef<Path>, layers: &[LabelMap]) -> Result<(), WriteError> {
    let path = path.as_ref();
    let first = match layers {
        [only] => return nrrd_labels(path, only),
        [first, ..] => first,
        [] => {
            return Err(WriteError::ValueCount {
                path: path.into(),
                found: 0,
                expected: 1,
            });
        }
    };
    let count = first.labels.len();
    let other = layers.iter().find(|layer| layer.labels.len() != count);
    if let Some(other) = other {
        return Err(WriteError::ValueCount {
            path: path.into(),
            found: other.labels.len(),
            expected: count,
        });
    }
    let pixel_type = label_type(layers.iter().flat_map(|layer| &layer.labels));
    let segments: Vec<&[crate::Segment]> = layers.iter().map(|l| &l.segments[..]).collect();
    let header = nrrd::header(&first.geometry, pixel_type, &segments);
    replace(path, |file| {
        file.write_all(header.as_bytes())?;
        let mut stream = compress(file, pixel_type);
        let mut voxels = Vec::new();
        for start in (0..count).step_by(BLOCK) {
            voxels.clear();
            for place in start..(start + BLOCK).min(count) {
                for layer in layers {
                    let label = layer.labels.get(place).copied().unwrap_or_default();
                    let bytes = label.to_le_bytes();
                    voxels.extend(bytes.iter().take(pixel_type.byte_count()));
                }
            }
            stream.write_all(&voxels)?;
        }
        stream.finish()?;
        Ok(())
    })
}

/// Voxels of layers that are written at a time.
const BLOCK: usize = 1 << 16;

/// Writes an image as MetaImage, compressed, in LPS: one file if the name ends in `.mha`, else the
/// header and, beside it, the voxels in a file of the same name that ends in `.zraw`.
///
/// # Errors
/// [`WriteError`] if a file cannot be written or a value does not fit the image's type.
pub fn meta_image(path: impl AsRef<Path>, image: &Image) -> Result<(), WriteError> {
    let path = path.as_ref();
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), level(image.pixel_type));
    let packed = stream
        .write_all(&voxels::encode(path, image)?)
        .and_then(|()| stream.finish())
        .map_err(|source| WriteError::File {
            path: path.into(),
            source,
        })?;
    let attached = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("mha"));
    let beside = path.with_extension("zraw");
    let data = match beside.file_name() {
        Some(name) if !attached => name.to_string_lossy().into_owned(),
        _ => "LOCAL".to_owned(),
    };
    let header = meta_image::header(&image.geometry, image.pixel_type, packed.len(), &data);
    if attached {
        return replace(path, |file| {
            file.write_all(header.as_bytes())?;
            file.write_all(&packed)
        });
    }
    replace(&beside, |file| file.write_all(&packed))?;
    replace(path, |file| file.write_all(header.as_bytes()))
}

/// Writes a label map as MetaImage, in the smallest of 8, 16 and 32 bits that holds its labels.
///
/// MetaImage has no place for names: segments are lost, use [`nrrd_labels`] to keep them.
///
/// # Errors
/// As [`meta_image`].
pub fn meta_image_labels(path: impl AsRef<Path>, labels: &LabelMap) -> Result<(), WriteError> {
    meta_image(path, &as_image(labels))
}

fn write_nrrd(path: &Path, image: &Image, segments: &[crate::Segment]) -> Result<(), WriteError> {
    let header = nrrd::header(&image.geometry, image.pixel_type, &[segments]);
    let voxels = voxels::encode(path, image)?;
    replace(path, |file| {
        file.write_all(header.as_bytes())?;
        let mut stream = compress(file, image.pixel_type);
        stream.write_all(&voxels)?;
        stream.finish()?;
        Ok(())
    })
}

fn as_image(labels: &LabelMap) -> Image {
    Image {
        geometry: labels.geometry.clone(),
        pixel_type: label_type(&labels.labels),
        values: labels.labels.iter().map(|&label| label.into()).collect(),
    }
}

/// The smallest type that holds all labels.
fn label_type<'a>(labels: impl IntoIterator<Item = &'a u32>) -> PixelType {
    match labels.into_iter().max() {
        Some(0..=0xff) | None => PixelType::U8,
        Some(0x100..=0xffff) => PixelType::U16,
        Some(_) => PixelType::U32,
    }
}

/// A gzip stream without name and time, so that its bytes depend on its content alone.
fn compress<W: Write>(file: W, pixel_type: PixelType) -> flate2::write::GzEncoder<W> {
    flate2::GzBuilder::new()
        .mtime(0)
        .write(file, level(pixel_type))
}

/// How long the compression searches.
fn level(pixel_type: PixelType) -> flate2::Compression {
    // The last digits of real numbers have no order that a longer search could find: of feature
    // maps it takes 2 % off the size, and twice the time.
    match pixel_type {
        PixelType::F32 | PixelType::F64 => flate2::Compression::new(2),
        _ => flate2::Compression::default(),
    }
}

/// Writes beside the file, then gives the result its name.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), WriteError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let written = File::create(&part).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()?;
        drop(file);
        std::fs::rename(&part, path)
    });
    written.map_err(|source| {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&part);
        WriteError::File {
            path: path.into(),
            source,
        }
    })
}
