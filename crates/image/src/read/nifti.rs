//! NIfTI-1 and NIfTI-2 files.
//!
//! Traps of the standard, and what ITK does with them (so do we):
//! - Positions are RAS; the patient frame here is LPS, so x and y change sign.
//! - Two affines may be given. ITK takes the sform if it equals the qform, if only it is set, or
//!   if it is of the scanner's frame (code 1) with axes at right angles; otherwise the qform.
//! - Spacing always comes from `pixdim`, never from the sform.
//! - All numbers of the NIfTI-1 header are 32-bit; the rotation is rounded to 32 bits before it
//!   is normalised in 64.
//! - The fifth dimension counts the values of a voxel. Each value has a volume of its own: all
//!   first values come before all second ones. Colours lie together instead, voxel by voxel.
//! - A slope of 0 means 1. With a slope or an intercept, whole numbers become 32-bit floats.
//!
//! Sources: NIfTI-1 and NIfTI-2 headers (nifti.nimh.nih.gov); `itkNiftiImageIO.cxx` of ITK 5.4.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::storage::{Opened, Storage, Stream};
use super::voxels::{self, ByteOrder, Channels};
use super::{Outline, ReadError, Wanted, check_geometry, count_voxels};
use crate::{Geometry, Image, PixelType};

/// How many bytes may lie between header and voxels.
const MAX_EXTENSION: u64 = 1 << 28;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// Version and byte order, if these are the first bytes of a NIfTI file.
pub(super) fn recognise(start: &[u8]) -> Option<(Version, ByteOrder)> {
    let size: [u8; 4] = start.get(..4)?.try_into().ok()?;
    let magic_one = start.get(344..348);
    let one = magic_one == Some(b"n+1\0") || magic_one == Some(b"ni1\0");
    let magic_two = start.get(4..8);
    let two = magic_two == Some(b"n+2\0") || magic_two == Some(b"ni2\0");
    match (u32::from_le_bytes(size), u32::from_be_bytes(size)) {
        (348, _) if one => Some((Version::One, ByteOrder::Little)),
        (_, 348) if one => Some((Version::One, ByteOrder::Big)),
        (540, _) if two => Some((Version::Two, ByteOrder::Little)),
        (_, 540) if two => Some((Version::Two, ByteOrder::Big)),
        _ => None,
    }
}

/// Reads the image in `path`, whose first bytes were recognised.
pub(super) fn read(
    storage: Storage<'_>,
    path: &Path,
    compressed: bool,
    wanted: Wanted,
) -> Result<Image, ReadError> {
    let Opened { length, stream } = storage.open(path)?;
    let mut stream = unpacked(stream, compressed);
    let data_error = |source| ReadError::Data {
        path: path.into(),
        source,
    };
    let (header, order, header_length) = read_header(path, &mut stream)?;

    let (geometry, count) = grid(path, &header)?;
    let channels = Channels {
        run: if header.colours().is_some() { 1 } else { count },
        ..wanted.of(path, header.channel_count(path)?)?
    };
    let pixel_type = header.pixel_type(path)?;

    let needed = (channels.total(count) as u64).saturating_mul(pixel_type.byte_count() as u64);
    let mut values = if header.single_file {
        let offset = header.data_offset(path, header_length)?;
        voxels::check_length(path, needed.saturating_add(offset), length, compressed)?;
        let gap = offset - header_length;
        let skipped = std::io::copy(&mut (&mut stream).take(gap), &mut std::io::sink())
            .map_err(data_error)?;
        if skipped < gap {
            return Err(ReadError::Truncated {
                path: path.into(),
                needed,
                available: 0,
            });
        }
        let values = voxels::read_values(path, &mut stream, count, channels, pixel_type, order)?;
        voxels::finish(path, &mut stream)?;
        values
    } else {
        let (data_path, data_compressed) = data_file(storage, path);
        let Opened { length, stream } = storage.open(&data_path)?;
        let offset = header.data_offset(&data_path, 0)?;
        voxels::check_length(
            &data_path,
            needed.saturating_add(offset),
            length,
            data_compressed,
        )?;
        let mut stream = unpacked(stream, data_compressed);
        std::io::copy(&mut (&mut stream).take(offset), &mut std::io::sink()).map_err(data_error)?;
        let values =
            voxels::read_values(&data_path, &mut stream, count, channels, pixel_type, order)?;
        voxels::finish(&data_path, &mut stream)?;
        values
    };
    let pixel_type = header.rescale(pixel_type, &mut values);
    Ok(Image {
        geometry,
        pixel_type,
        values,
    })
}

/// The grid of the image in `path`, and the file that holds its voxels.
pub(super) fn outline(
    storage: Storage<'_>,
    path: &Path,
    compressed: bool,
) -> Result<Outline, ReadError> {
    let mut stream = unpacked(storage.open(path)?.stream, compressed);
    let (header, ..) = read_header(path, &mut stream)?;
    Ok(Outline {
        geometry: grid(path, &header)?.0,
        data_files: match header.single_file {
            true => Vec::new(),
            false => vec![data_file(storage, path).0],
        },
    })
}

/// The header that a file begins with, its byte order and its length.
fn read_header(path: &Path, stream: &mut impl Read) -> Result<(Header, ByteOrder, u64), ReadError> {
    let mut bytes = vec![0_u8; voxels::HEADER_PROBE];
    let data_error = |source| ReadError::Data {
        path: path.into(),
        source,
    };
    // A NIfTI-1 header is shorter; the rest of this block is skipped or voxels.
    let first = bytes.get_mut(..348).unwrap_or_default();
    voxels::fill(stream, first).map_err(data_error)?;
    let length = match recognise(&bytes) {
        Some((Version::One, _)) => 348,
        _ => {
            let rest = bytes.get_mut(348..).unwrap_or_default();
            voxels::fill(stream, rest).map_err(data_error)?;
            540
        }
    };
    let Some((version, order)) = recognise(&bytes) else {
        return Err(ReadError::UnknownFormat { path: path.into() });
    };
    Ok((Header::parse(&bytes, version, order), order, length))
}

/// The grid, and how many voxels it has.
fn grid(path: &Path, header: &Header) -> Result<(Geometry, usize), ReadError> {
    let size = header.size(path)?;
    let count = count_voxels(path, size)?;
    let geometry = Geometry {
        size,
        ..header.geometry(path)?
    };
    check_geometry(path, &geometry)?;
    Ok((geometry, count))
}

fn unpacked<'a>(stream: Stream<'a>, compressed: bool) -> Box<dyn Read + 'a> {
    match compressed {
        true => Box::new(flate2::read::MultiGzDecoder::new(stream)),
        false => Box::new(stream),
    }
}

/// The voxels of `scan.hdr` lie in `scan.img` or `scan.img.gz`.
fn data_file(storage: Storage<'_>, path: &Path) -> (PathBuf, bool) {
    let stem = match path.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("gz") => path.with_extension(""),
        _ => path.to_path_buf(),
    };
    let plain = stem.with_extension("img");
    let packed = stem.with_extension("img.gz");
    if !storage.exists(&plain) && storage.exists(&packed) {
        (packed, true)
    } else {
        (plain, false)
    }
}

/// The fields that matter, widened to NIfTI-2's types.
struct Header {
    version: Version,
    single_file: bool,
    dim: [i64; 8],
    intent: i64,
    datatype: i64,
    pixdim: [f64; 8],
    vox_offset: f64,
    slope: f64,
    intercept: f64,
    units: i64,
    qform_code: i64,
    sform_code: i64,
    /// quatern_b, c, d, then qoffset x, y, z.
    quaternion: [f64; 6],
    /// srow_x, srow_y, srow_z.
    sform: [[f64; 4]; 3],
}

/// Where the fields lie and how wide they are.
struct Fields<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut found = [0; N];
        if let Some(bytes) = self.bytes.get(at..at + N) {
            found.copy_from_slice(bytes);
        }
        if self.order == ByteOrder::Big {
            found.reverse();
        }
        found
    }
    fn i16(&self, at: usize) -> i64 {
        i16::from_le_bytes(self.array(at)).into()
    }
    fn i32(&self, at: usize) -> i64 {
        i32::from_le_bytes(self.array(at)).into()
    }
    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.array(at))
    }
    fn f32(&self, at: usize) -> f64 {
        f32::from_le_bytes(self.array(at)).into()
    }
    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }
}

impl Header {
    fn parse(bytes: &[u8], version: Version, order: ByteOrder) -> Self {
        let f = Fields { bytes, order };
        let magic = |at: usize| bytes.get(at + 1) == Some(&b'+');
        match version {
            Version::One => Self {
                version,
                single_file: magic(344),
                dim: std::array::from_fn(|i| f.i16(40 + 2 * i)),
                intent: f.i16(68),
                datatype: f.i16(70),
                pixdim: std::array::from_fn(|i| f.f32(76 + 4 * i)),
                vox_offset: f.f32(108),
                slope: f.f32(112),
                intercept: f.f32(116),
                units: bytes.get(123).copied().unwrap_or(0).into(),
                qform_code: f.i16(252),
                sform_code: f.i16(254),
                quaternion: std::array::from_fn(|i| f.f32(256 + 4 * i)),
                sform: std::array::from_fn(|row| {
                    std::array::from_fn(|column| f.f32(280 + 16 * row + 4 * column))
                }),
            },
            #[allow(clippy::cast_precision_loss)]
            Version::Two => Self {
                version,
                single_file: magic(4),
                dim: std::array::from_fn(|i| f.i64(16 + 8 * i)),
                intent: f.i32(504),
                datatype: f.i16(12),
                pixdim: std::array::from_fn(|i| f.f64(104 + 8 * i)),
                vox_offset: f.i64(168) as f64,
                slope: f.f64(176),
                intercept: f.f64(184),
                units: f.i32(500),
                qform_code: f.i32(344),
                sform_code: f.i32(348),
                quaternion: std::array::from_fn(|i| f.f64(352 + 8 * i)),
                sform: std::array::from_fn(|row| {
                    std::array::from_fn(|column| f.f64(400 + 32 * row + 8 * column))
                }),
            },
        }
    }

    fn size(&self, path: &Path) -> Result<[usize; 3], ReadError> {
        let header = |what| ReadError::Header {
            path: path.into(),
            what,
        };
        let dimensions = usize::try_from(self.dim[0]).unwrap_or(0);
        if !(2..=7).contains(&dimensions) {
            return Err(header(format!(
                "the header gives {} dimensions; images have 2 or 3",
                self.dim[0]
            )));
        }
        let mut size = [1_usize; 3];
        for (axis, &length) in self.dim.iter().skip(1).take(dimensions).enumerate() {
            let length = usize::try_from(length)
                .ok()
                .filter(|&length| length > 0)
                .ok_or_else(|| header(format!("axis {axis} has {length} voxels")))?;
            match size.get_mut(axis) {
                Some(place) => *place = length,
                // The fifth counts values of a voxel, not places.
                None if length > 1 && axis != 4 => {
                    return Err(ReadError::Unsupported {
                        path: path.into(),
                        found: format!("a series of {length} volumes"),
                        hint: "save the volume wanted as a file of its own",
                    });
                }
                None => {}
            }
        }
        Ok(size)
    }

    /// Bytes of a colour, of a colour image.
    fn colours(&self) -> Option<usize> {
        match self.datatype {
            128 => Some(3),
            2304 => Some(4),
            _ => None,
        }
    }

    /// Values of a voxel; `None` in a scalar image. A file that calls itself a vector image is
    /// one even with a single value, as in ITK.
    fn channel_count(&self, path: &Path) -> Result<Option<usize>, ReadError> {
        let [dimensions, _, _, _, _, fifth, ..] = self.dim;
        let count = match dimensions {
            5.. => usize::try_from(fifth).unwrap_or(1),
            _ => 1,
        };
        let found = match self.intent {
            1007 if self.colours().is_some() => "a vector of colours a voxel",
            _ if self.colours().is_some() && count > 1 => "several colours a voxel",
            _ if self.colours().is_some() => return Ok(self.colours()),
            1007 => return Ok(Some(count)),
            _ if count <= 1 => return Ok(None),
            1004 | 1005 => "a matrix a voxel",
            1006 => "a displacement a voxel",
            _ => return Ok(Some(count)),
        };
        Err(ReadError::Unsupported {
            path: path.into(),
            found: found.into(),
            hint: "numbers or labels are needed",
        })
    }

    fn pixel_type(&self, path: &Path) -> Result<PixelType, ReadError> {
        let other = match self.datatype {
            2 | 128 | 2304 => return Ok(PixelType::U8),
            4 => return Ok(PixelType::I16),
            8 => return Ok(PixelType::I32),
            16 => return Ok(PixelType::F32),
            64 => return Ok(PixelType::F64),
            256 => return Ok(PixelType::I8),
            512 => return Ok(PixelType::U16),
            768 => return Ok(PixelType::U32),
            1024 => return Ok(PixelType::I64),
            1280 => return Ok(PixelType::U64),
            1 => "1-bit voxels".to_owned(),
            32 | 1792 | 2048 => "complex numbers".to_owned(),
            1536 => "128-bit floats".to_owned(),
            code => {
                return Err(ReadError::Header {
                    path: path.into(),
                    what: format!("unknown data type {code}"),
                });
            }
        };
        Err(ReadError::Unsupported {
            path: path.into(),
            found: other,
            hint: "one whole or real number a voxel is needed",
        })
    }

    fn data_offset(&self, path: &Path, least: u64) -> Result<u64, ReadError> {
        // Some writers leave 0; the voxels then follow the header and its 4 extension bytes.
        let least = if least == 0 { 0 } else { least + 4 };
        if self.vox_offset == 0.0 {
            return Ok(least);
        }
        #[allow(clippy::cast_precision_loss)]
        let possible = self.vox_offset >= least as f64 && self.vox_offset <= MAX_EXTENSION as f64;
        if !possible || self.vox_offset.fract() != 0.0 {
            return Err(ReadError::Header {
                path: path.into(),
                what: format!("the voxels cannot start at byte {}", self.vox_offset),
            });
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(self.vox_offset as u64)
    }

    fn geometry(&self, path: &Path) -> Result<Geometry, ReadError> {
        let scale = match self.units & 7 {
            1 => 1e3,
            3 => 1e-3,
            _ => 1.0,
        };
        let mut pixdim = [self.pixdim[1], self.pixdim[2], self.pixdim[3]];
        if self.dim[0] == 2 && !(pixdim[2] > 0.0 && pixdim[2].is_finite()) {
            pixdim[2] = 1.0;
        }
        let mut geometry = Geometry::axis_aligned([1; 3], pixdim.map(|step| step * scale));
        // Asked here too, for a spacing that is no number would hide in the affine.
        check_geometry(path, &geometry)?;
        if self.qform_code <= 0 && self.sform_code <= 0 {
            return Ok(geometry);
        }
        let affine = self.affine(path, pixdim)?;
        for (row, entries) in affine.iter().enumerate() {
            let sign = if row < 2 { -1.0 } else { 1.0 };
            geometry.origin[row] = sign * entries[3] * scale;
            geometry.direction[row] = std::array::from_fn(|column| sign * entries[column]);
        }
        for column in 0..3 {
            let norm = (0..3)
                .map(|row| geometry.direction[row][column].powi(2))
                .sum::<f64>()
                .sqrt();
            if norm > 0.0 {
                for row in &mut geometry.direction {
                    row[column] /= norm;
                }
            }
        }
        // -0 is nobody's position.
        for value in geometry
            .origin
            .iter_mut()
            .chain(geometry.direction.as_flattened_mut())
        {
            *value += 0.0;
        }
        Ok(geometry)
    }

    /// The affine that counts, by ITK's rule.
    fn affine(&self, path: &Path, pixdim: [f64; 3]) -> Result<[[f64; 4]; 3], ReadError> {
        let (has_qform, has_sform) = (self.qform_code > 0, self.sform_code > 0);
        let qform = self.qform(pixdim);
        let sform = self.sform;
        let close = |tolerance: f64, columns: std::ops::Range<usize>| {
            (0..3).all(|row| {
                columns
                    .clone()
                    .all(|column| (qform[row][column] - sform[row][column]).abs() <= tolerance)
            })
        };
        if has_sform && close(1e-5, 0..3) && close(1e-7, 3..4) {
            return Ok(sform);
        }
        if has_sform && has_right_angles(&sform) {
            if !has_qform || self.sform_code == 1 {
                return Ok(sform);
            }
            if determinant(&qform).signum() != determinant(&sform).signum() {
                return Err(ReadError::Header {
                    path: path.into(),
                    what: "qform and sform mirror each other, so left and right cannot be told apart: \
                           correct the header"
                        .into(),
                });
            }
            let close = close(1e-4, 0..4);
            return Ok(if close { sform } else { qform });
        }
        if has_qform {
            return Ok(qform);
        }
        Err(ReadError::Direction {
            path: path.into(),
            direction: std::array::from_fn(|row| [sform[row][0], sform[row][1], sform[row][2]]),
        })
    }

    /// Rotation, spacing and offset of the quaternion (method 2 of the standard).
    fn qform(&self, pixdim: [f64; 3]) -> [[f64; 4]; 3] {
        let [mut b, mut c, mut d, x, y, z] = self.quaternion;
        let squares = b * b + c * c + d * d;
        let mut a = 1.0 - squares;
        if a < 1e-7 {
            // Half a turn, rounded to slightly more than a unit quaternion.
            let norm = 1.0 / squares.sqrt();
            (a, b, c, d) = (0.0, b * norm, c * norm, d * norm);
        } else {
            a = a.sqrt();
        }
        let [step_x, step_y, mut step_z] = pixdim;
        if self.pixdim[0] < 0.0 {
            step_z = -step_z;
        }
        let matrix = [
            [
                (a * a + b * b - c * c - d * d) * step_x,
                2.0 * (b * c - a * d) * step_y,
                2.0 * (b * d + a * c) * step_z,
                x,
            ],
            [
                2.0 * (b * c + a * d) * step_x,
                (a * a + c * c - b * b - d * d) * step_y,
                2.0 * (c * d - a * b) * step_z,
                y,
            ],
            [
                2.0 * (b * d - a * c) * step_x,
                2.0 * (c * d + a * b) * step_y,
                (a * a + d * d - c * c - b * b) * step_z,
                z,
            ],
        ];
        match self.version {
            // The reference library holds this matrix in 32 bits.
            Version::One => matrix.map(|row| row.map(|value| PixelType::F32.stored(value))),
            Version::Two => matrix,
        }
    }

    /// Applies slope and intercept; returns the type of the result.
    fn rescale(&self, pixel_type: PixelType, values: &mut [f64]) -> PixelType {
        let slope = if !self.slope.is_finite() || self.slope.abs() < f64::EPSILON {
            1.0
        } else {
            self.slope
        };
        let intercept = if self.intercept.is_finite() {
            self.intercept
        } else {
            0.0
        };
        if (slope - 1.0).abs() <= f64::EPSILON && intercept.abs() <= f64::EPSILON {
            return pixel_type;
        }
        let result = if pixel_type == PixelType::F64 {
            PixelType::F64
        } else {
            PixelType::F32
        };
        for value in values {
            *value = result.stored(result.stored(*value) * slope + intercept);
        }
        result
    }
}

fn column(matrix: &[[f64; 4]; 3], column: usize) -> [f64; 3] {
    [matrix[0][column], matrix[1][column], matrix[2][column]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn determinant(matrix: &[[f64; 4]; 3]) -> f64 {
    let [a, b, c] = [0, 1, 2].map(|index| column(matrix, index));
    let cross = [
        b[1] * c[2] - b[2] * c[1],
        b[2] * c[0] - b[0] * c[2],
        b[0] * c[1] - b[1] * c[0],
    ];
    dot(a, cross)
}

/// Whether the columns, normalised, are a rotation or a mirrored one (to ITK's 1e-4).
fn has_right_angles(matrix: &[[f64; 4]; 3]) -> bool {
    let columns = [0, 1, 2].map(|index| column(matrix, index));
    let lengths = columns.map(|column| dot(column, column).sqrt());
    if !lengths
        .iter()
        .all(|length| length.is_finite() && *length > 0.0)
    {
        return false;
    }
    [(0, 1), (0, 2), (1, 2)]
        .iter()
        .all(|&(i, j)| (dot(columns[i], columns[j]) / (lengths[i] * lengths[j])).abs() <= 1e-4)
}
