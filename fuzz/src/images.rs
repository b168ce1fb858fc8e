//! Readers of images and label maps.

use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use radiome_image::read::{self, ReadError};

use crate::parts;

/// Reads files as an image and as labels; what is read must be what the header says.
fn read_both(files: &[(&Path, &[u8])]) {
    if let Ok(image) = read::image_in_memory(files) {
        assert_eq!(image.values.len(), image.geometry.voxel_count());
        assert!(image.geometry.spacing.iter().all(|step| *step > 0.0));
        assert!(image.geometry.origin.iter().all(|place| place.is_finite()));
    }
    match read::labels_in_memory(files, 0) {
        Ok(labels) => assert_eq!(labels.labels.len(), labels.geometry.voxel_count()),
        Err(error) => drop(error.to_string()),
    }
    if let Err(error @ ReadError::Channel { .. }) = read::labels_in_memory(files, usize::MAX) {
        drop(error.to_string());
    }
}

/// What a gzip stream unpacks to, counted without keeping it.
fn unpacked(bytes: &[u8]) -> usize {
    let mut block = vec![0; 1 << 14];
    let mut stream = flate2::read::MultiGzDecoder::new(bytes);
    let mut total = 0;
    while let Ok(got) = stream.read(&mut block)
        && got > 0
    {
        total += got;
    }
    total
}

fn named<'a>(names: &[&'a str], parts: &[&'a [u8]]) -> Vec<(&'a Path, &'a [u8])> {
    let files = names
        .iter()
        .map(|name| Path::new(*name))
        .zip(parts.iter().copied());
    files.collect()
}

/// NIfTI: the bytes themselves, header and voxels in two files, or the bytes in a gzip layer.
pub fn nifti(data: &[u8]) -> usize {
    let Some((&way, bytes)) = data.split_first() else {
        return 0;
    };
    match way % 3 {
        0 => read_both(&[(Path::new("a.nii"), bytes)]),
        1 => read_both(&named(&["a.hdr", "a.img"], &parts(bytes))),
        _ => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
            let packed = packer.write_all(bytes).and_then(|()| packer.finish());
            read_both(&[(Path::new("a.nii.gz"), &packed.unwrap_or_default())]);
        }
    }
    bytes.len()
}

/// NRRD, whose header may name the files `1.raw` to `6.raw`.
pub fn nrrd(data: &[u8]) -> usize {
    let names = [
        "a.nrrd", "1.raw", "2.raw", "3.raw", "4.raw", "5.raw", "6.raw",
    ];
    let files = named(&names, &parts(data));
    read_both(&files);
    let packed = data.windows(2).position(|bytes| bytes == [0x1f, 0x8b]);
    // bzip2 unpacks a block of up to 47 million bytes from a few.
    let bzip2 = data.windows(3).filter(|bytes| bytes == b"BZh").count();
    data.len() + packed.map_or(0, |at| unpacked(&data[at..])) + bzip2 * 47_000_000
}

/// MetaImage, whose header may name the files `1.raw` to `6.raw`.
pub fn meta_image(data: &[u8]) -> usize {
    let names = [
        "a.mha", "1.raw", "2.raw", "3.raw", "4.raw", "5.raw", "6.raw",
    ];
    read_both(&named(&names, &parts(data)));
    // zlib and gzip unpack no more than this.
    data.len() * 1032 / 24
}

/// A gzip file as it is, damaged layers with it.
pub fn gzip(data: &[u8]) -> usize {
    read_both(&[(Path::new("a.nii.gz"), data)]);
    unpacked(data)
}

/// Label descriptions of ITK-SNAP.
pub fn label_descriptions(data: &[u8]) -> usize {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = read::parse_label_descriptions(text, Path::new("labels.txt"));
    }
    data.len()
}
