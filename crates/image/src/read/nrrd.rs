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

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::voxels::{self, ByteOrder, Channels, Picker};
use super::{ReadError, Wanted, check_geometry, count_voxels};
use crate::{Geometry, Image, PixelType, Segment};

/// Longest header taken: a segmentation of hundreds of segments needs a few hundred kilobytes.
const MAX_HEADER: u64 = 1 << 24;

/// Reads the image in `path`, and the segments it names.
pub(super) fn read(
    path: &Path,
    length: u64,
    wanted: Wanted,
) -> Result<(Image, Vec<Segment>), ReadError> {
    let file = File::open(path).map_err(|source| ReadError::Open {
        path: path.into(),
        source,
    })?;
    let mut file = BufReader::with_capacity(1 << 16, file);
    let header = Header::read(path, &mut file)?;

    let (axes, value_axis) = header.axes(path)?;
    let size = header.size(path, &axes)?;
    let count = count_voxels(path, size)?;
    let channels = header.channels(path, value_axis, wanted)?;
    let pixel_type = header.pixel_type(path)?;
    let geometry = Geometry {
        size,
        ..header.geometry(path, &axes)?
    };
    check_geometry(path, &geometry)?;
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

    let values = match header.data_file(path)? {
        None => {
            let start = file.stream_position().map_err(|source| ReadError::Data {
                path: path.into(),
                source,
            })?;
            let source = Source {
                path,
                length: length.saturating_sub(start),
            };
            header.values(&source, &mut file, numbers)?
        }
        Some(data_path) => {
            let open_error = |source| ReadError::Open {
                path: data_path.clone(),
                source,
            };
            let metadata = std::fs::metadata(&data_path).map_err(open_error)?;
            if !metadata.is_file() {
                return Err(ReadError::NotAFile { path: data_path });
            }
            let mut file = BufReader::new(File::open(&data_path).map_err(open_error)?);
            let source = Source {
                path: &data_path,
                length: metadata.len(),
            };
            header.values(&source, &mut file, numbers)?
        }
    };
    let image = Image {
        geometry,
        pixel_type,
        values,
    };
    Ok((image, segments))
}

/// The segments that the header of `path` names, and the channel of each.
pub(super) fn segments(path: &Path) -> Result<Vec<(usize, Segment)>, ReadError> {
    let file = File::open(path).map_err(|source| ReadError::Open {
        path: path.into(),
        source,
    })?;
    let header = Header::read(path, &mut BufReader::new(file))?;
    let (_, value_axis) = header.axes(path)?;
    let channels = header.channels(path, value_axis, Wanted::Channel(0))?;
    header.segments(path, channels.count)
}

/// A file that holds voxels, and how many bytes of it are left for them.
struct Source<'a> {
    path: &'a Path,
    length: u64,
}

/// How the numbers of so many voxels are written.
#[derive(Clone, Copy)]
struct Numbers {
    count: usize,
    channels: Channels,
    pixel_type: PixelType,
    encoding: Encoding,
    order: ByteOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Raw,
    Gzip,
    Text,
}

/// Fields (`name: value`, names in lower case) and key/value pairs (`key:=value`).
struct Header {
    fields: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
}

impl Header {
    fn read(path: &Path, file: &mut impl BufRead) -> Result<Self, ReadError> {
        let mut header = Self {
            fields: BTreeMap::new(),
            keys: BTreeMap::new(),
        };
        let mut lines = file.take(MAX_HEADER);
        let mut line = Vec::new();
        let mut first = true;
        loop {
            line.clear();
            let got = lines
                .read_until(b'\n', &mut line)
                .map_err(|source| ReadError::Data {
                    path: path.into(),
                    source,
                })?;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            if first {
                first = false;
                continue;
            }
            if text.is_empty() || got == 0 {
                break;
            }
            if text.starts_with('#') {
                continue;
            }
            if let Some((key, value)) = text.split_once(":=") {
                header.keys.insert(unescape(key), unescape(value));
            } else if let Some((name, value)) = text.split_once(':') {
                let name = name.trim().to_lowercase();
                let twice = header.fields.insert(name.clone(), value.trim().to_owned());
                if twice.is_some() {
                    return Err(bad(path, format!("the field `{name}` is given twice")));
                }
                if matches!(name.as_str(), "data file" | "datafile") && value.trim() == "LIST" {
                    break;
                }
            } else {
                return Err(bad(path, format!("cannot read the header line `{text}`")));
            }
        }
        if lines.limit() == 0 {
            return Err(bad(path, "the header does not end".into()));
        }
        Ok(header)
    }

    /// The field under the first of its spellings that is present.
    fn field(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|&name| self.fields.get(name))
            .map(String::as_str)
    }

    fn required(&self, path: &Path, name: &str) -> Result<&str, ReadError> {
        self.field(&[name])
            .ok_or_else(|| bad(path, format!("the header lacks the field `{name}`")))
    }

    fn number(&self, path: &Path, names: &[&str]) -> Result<Option<i64>, ReadError> {
        self.field(names)
            .map(|text| {
                text.parse()
                    .map_err(|_| bad(path, format!("`{}: {text}` is no whole number", names[0])))
            })
            .transpose()
    }

    /// Which axes of the array are x, y, z, and which one counts the values of a voxel. Further
    /// axes of one element are passed over.
    fn axes(&self, path: &Path) -> Result<(Vec<usize>, Option<usize>), ReadError> {
        let text = self.required(path, "dimension")?;
        let dimension: usize = text
            .parse()
            .ok()
            .filter(|dimension| (1..=16).contains(dimension))
            .ok_or_else(|| bad(path, format!("`dimension: {text}` must be 1 to 16")))?;
        let sizes = self.sizes(path)?;
        if sizes.len() != dimension {
            let found = sizes.len();
            return Err(bad(
                path,
                format!("`sizes` gives {found} axes, `dimension` {dimension}"),
            ));
        }
        let kinds: Vec<String> = self
            .field(&["kinds"])
            .map(|kinds| kinds.split_whitespace().map(str::to_lowercase).collect())
            .unwrap_or_default();
        let kind = |axis: usize| kinds.get(axis).map_or("none", String::as_str);
        let several = |axis: usize| sizes.get(axis).is_some_and(|&size| size > 1);
        let mut axes: Vec<usize> = (0..dimension)
            .filter(|&axis| matches!(kind(axis), "domain" | "space" | "???" | "none"))
            .collect();
        let values: Vec<usize> = (0..dimension)
            .filter(|&axis| !axes.contains(&axis))
            .filter(|&axis| several(axis) || !matches!(kind(axis), "time" | "stub" | "scalar"))
            .collect();
        if axes.len() > 3 {
            axes.retain(|&axis| several(axis));
        }
        let mut wide = values.iter().copied().filter(|&axis| several(axis));
        let value_axis = wide.next().or(values.first().copied());
        let found = match value_axis {
            _ if wide.next().is_some() => Some("several numbers a voxel along several axes"),
            Some(axis) if several(axis) => match kind(axis) {
                "time" => Some("a series of volumes"),
                "complex" => Some("complex numbers"),
                "stub" | "scalar" => Some("several scalars a voxel"),
                "3d-symmetric-matrix" | "3d-masked-symmetric-matrix" => Some("a tensor a voxel"),
                _ => None,
            },
            _ => None,
        };
        if let Some(found) = found {
            return Err(ReadError::Unsupported {
                path: path.into(),
                found: found.into(),
                hint: "numbers or labels of one volume are needed",
            });
        }
        if !(2..=3).contains(&axes.len()) {
            return Err(bad(
                path,
                format!("{} axes of space found; images have 2 or 3", axes.len()),
            ));
        }
        Ok((axes, value_axis))
    }

    /// Which of the values along an axis are read.
    fn channels(
        &self,
        path: &Path,
        axis: Option<usize>,
        wanted: Wanted,
    ) -> Result<Channels, ReadError> {
        let sizes = self.sizes(path)?;
        let count = axis.and_then(|axis| sizes.get(axis).copied());
        let faster = sizes.iter().take(axis.unwrap_or(0));
        Ok(Channels {
            run: faster.fold(1, |run: usize, &size| run.saturating_mul(size)),
            ..wanted.of(path, count)?
        })
    }

    fn sizes(&self, path: &Path) -> Result<Vec<usize>, ReadError> {
        let text = self.required(path, "sizes")?;
        text.split_whitespace()
            .map(|size| size.parse().ok().filter(|&size| size > 0))
            .collect::<Option<_>>()
            .ok_or_else(|| bad(path, format!("`sizes: {text}` must be whole and positive")))
    }

    fn size(&self, path: &Path, axes: &[usize]) -> Result<[usize; 3], ReadError> {
        let sizes = self.sizes(path)?;
        let mut size = [1; 3];
        for (place, &axis) in size.iter_mut().zip(axes) {
            *place = sizes.get(axis).copied().unwrap_or(1);
        }
        Ok(size)
    }

    fn pixel_type(&self, path: &Path) -> Result<PixelType, ReadError> {
        let text = self.required(path, "type")?;
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        Ok(match words.join(" ").as_str() {
            "signed char" | "int8" | "int8_t" => PixelType::I8,
            "uchar" | "unsigned char" | "uint8" | "uint8_t" => PixelType::U8,
            "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => {
                PixelType::I16
            }
            "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => {
                PixelType::U16
            }
            "int" | "signed int" | "int32" | "int32_t" => PixelType::I32,
            "uint" | "unsigned int" | "uint32" | "uint32_t" => PixelType::U32,
            "longlong"
            | "long long"
            | "long long int"
            | "signed long long"
            | "signed long long int"
            | "int64"
            | "int64_t" => PixelType::I64,
            "ulonglong"
            | "unsigned long long"
            | "unsigned long long int"
            | "uint64"
            | "uint64_t" => PixelType::U64,
            "float" => PixelType::F32,
            "double" => PixelType::F64,
            _ => {
                return Err(ReadError::Unsupported {
                    path: path.into(),
                    found: format!("values of type `{text}`"),
                    hint: "one whole or real number a voxel is needed",
                });
            }
        })
    }

    fn encoding(&self, path: &Path) -> Result<Encoding, ReadError> {
        let text = self.required(path, "encoding")?;
        match text.to_lowercase().as_str() {
            "raw" => Ok(Encoding::Raw),
            "gzip" | "gz" => Ok(Encoding::Gzip),
            "ascii" | "text" | "txt" => Ok(Encoding::Text),
            _ => Err(ReadError::Unsupported {
                path: path.into(),
                found: format!("data in the encoding `{text}`"),
                hint: "save it with raw or gzip encoding",
            }),
        }
    }

    fn byte_order(
        &self,
        path: &Path,
        pixel_type: PixelType,
        encoding: Encoding,
    ) -> Result<ByteOrder, ReadError> {
        match self.field(&["endian"]).map(str::to_lowercase).as_deref() {
            Some("little") => Ok(ByteOrder::Little),
            Some("big") => Ok(ByteOrder::Big),
            None if pixel_type.byte_count() == 1 || encoding == Encoding::Text => {
                Ok(ByteOrder::Little)
            }
            None => Err(bad(path, "the header lacks the field `endian`".into())),
            Some(other) => Err(bad(
                path,
                format!("`endian: {other}` is neither little nor big"),
            )),
        }
    }

    fn data_file(&self, path: &Path) -> Result<Option<PathBuf>, ReadError> {
        let Some(name) = self.field(&["data file", "datafile"]) else {
            return Ok(None);
        };
        if name == "LIST" || name.starts_with("LIST ") || name.contains('%') {
            return Err(ReadError::Unsupported {
                path: path.into(),
                found: "voxels spread over several files".into(),
                hint: "save it as one .nrrd file",
            });
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Some(folder.join(name)))
    }

    /// Reads the voxels that follow in `stream`.
    fn values(
        &self,
        source: &Source<'_>,
        stream: &mut (impl BufRead + Seek),
        numbers: Numbers,
    ) -> Result<Vec<f64>, ReadError> {
        let path = source.path;
        let Numbers {
            count,
            channels,
            pixel_type,
            encoding,
            order,
        } = numbers;
        let total = channels.total(count) as u64;
        let data_error = |source| ReadError::Data {
            path: path.into(),
            source,
        };
        let needed = total.saturating_mul(pixel_type.byte_count() as u64);
        let mut length = source.length;
        for _ in 0..self.number(path, &["line skip", "lineskip"])?.unwrap_or(0) {
            let skipped = stream.skip_until(b'\n').map_err(data_error)? as u64;
            if skipped == 0 {
                break;
            }
            length = length.saturating_sub(skipped);
        }
        let skip = self.number(path, &["byte skip", "byteskip"])?.unwrap_or(0);
        match encoding {
            Encoding::Raw => {
                // -1: the voxels are the last bytes of the file.
                let skip = match u64::try_from(skip) {
                    Ok(skip) => skip,
                    Err(_) if skip == -1 => length.saturating_sub(needed),
                    Err(_) => return Err(bad(path, format!("`byte skip: {skip}` is too low"))),
                };
                voxels::check_length(path, needed.saturating_add(skip), length, false)?;
                let skip = i64::try_from(skip).unwrap_or(i64::MAX);
                stream.seek(SeekFrom::Current(skip)).map_err(data_error)?;
                voxels::read_values(path, stream, count, channels, pixel_type, order)
            }
            Encoding::Gzip => {
                let skip = u64::try_from(skip)
                    .map_err(|_| bad(path, format!("`byte skip: {skip}` needs raw encoding")))?;
                voxels::check_length(path, needed.saturating_add(skip), length, true)?;
                let mut stream = flate2::bufread::MultiGzDecoder::new(stream);
                std::io::copy(&mut (&mut stream).take(skip), &mut std::io::sink())
                    .map_err(data_error)?;
                let values =
                    voxels::read_values(path, &mut stream, count, channels, pixel_type, order)?;
                voxels::finish(path, &mut stream)?;
                Ok(values)
            }
            Encoding::Text => {
                // The shortest value is one digit and a blank.
                let shortest = total.saturating_mul(2).saturating_sub(1);
                voxels::check_length(path, shortest, length, false)?;
                let mut text = String::new();
                stream
                    .take(length)
                    .read_to_string(&mut text)
                    .map_err(data_error)?;
                parse_text(path, &text, numbers)
            }
        }
    }

    fn geometry(&self, path: &Path, axes: &[usize]) -> Result<Geometry, ReadError> {
        let mut geometry = Geometry::axis_aligned([1; 3], [1.0; 3]);
        let Some(directions) = self.field(&["space directions"]) else {
            self.geometry_without_space(path, axes, &mut geometry)?;
            return Ok(geometry);
        };
        if self.field(&["spacings"]).is_some() {
            return Err(bad(
                path,
                "both `spacings` and `space directions` are given".into(),
            ));
        }
        let space = self.field(&["space"]).unwrap_or("").to_lowercase();
        let signs = match space.as_str() {
            "right-anterior-superior" | "ras" => [-1.0, -1.0, 1.0],
            "left-anterior-superior" | "las" => [1.0, -1.0, 1.0],
            _ => [1.0; 3],
        };
        let dimensions = axes.len();
        let entries = vectors(directions);
        for (column, &axis) in axes.iter().enumerate() {
            let found = entries.get(axis);
            let Some(Some(vector)) = found.filter(|vector| {
                vector
                    .as_ref()
                    .is_some_and(|vector| vector.len() == dimensions)
            }) else {
                return Err(bad(
                    path,
                    format!(
                        "`space directions: {directions}` needs one vector of {dimensions} numbers an axis"
                    ),
                ));
            };
            let norm = vector.iter().map(|step| step * step).sum::<f64>().sqrt();
            geometry.spacing[column] = norm;
            // The reference library multiplies by the inverse length.
            let inverse = 1.0 / norm;
            for (row, sign) in signs.iter().enumerate() {
                let step = vector.get(row).copied().unwrap_or(0.0);
                geometry.direction[row][column] = sign * (step * inverse) + 0.0;
            }
        }
        if let Some(text) = self.field(&["space origin"]) {
            let origin = vectors(text);
            let Some(Some(origin)) = origin.first().filter(|origin| {
                origin
                    .as_ref()
                    .is_some_and(|origin| origin.len() == dimensions)
            }) else {
                return Err(bad(
                    path,
                    format!("`space origin: {text}` needs {dimensions} numbers"),
                ));
            };
            for (row, position) in origin.iter().enumerate() {
                geometry.origin[row] = signs[row] * position + 0.0;
            }
        }
        Ok(geometry)
    }

    /// Files older than space directions: `spacings`, `axis mins`, `centers`.
    fn geometry_without_space(
        &self,
        path: &Path,
        axes: &[usize],
        geometry: &mut Geometry,
    ) -> Result<(), ReadError> {
        let numbers = |names: &[&str]| -> Result<Option<Vec<f64>>, ReadError> {
            let Some(text) = self.field(names) else {
                return Ok(None);
            };
            text.split_whitespace()
                .map(|number| number.parse().ok())
                .collect::<Option<Vec<f64>>>()
                .map(Some)
                .ok_or_else(|| bad(path, format!("`{}: {text}` are no numbers", names[0])))
        };
        let spacings = numbers(&["spacings"])?;
        let minima = numbers(&["axis mins", "axismins"])?;
        let centers: Vec<&str> = self
            .field(&["centers", "centerings"])
            .map(|text| text.split_whitespace().collect())
            .unwrap_or_default();
        let Some(spacings) = spacings else {
            return Err(bad(
                path,
                "the header gives no distance between voxels: add `spacings` or `space directions`"
                    .into(),
            ));
        };
        for (column, &axis) in axes.iter().enumerate() {
            let Some(&spacing) = spacings.get(axis) else {
                return Err(bad(path, "`spacings` needs one number an axis".into()));
            };
            geometry.spacing[column] = spacing;
            if let Some(minima) = &minima {
                let Some(&minimum) = minima.get(axis) else {
                    return Err(bad(path, "`axis mins` needs one number an axis".into()));
                };
                let node = centers.get(axis).is_some_and(|center| *center == "node");
                let half = if node {
                    0.0
                } else {
                    geometry.spacing[column] / 2.0
                };
                geometry.origin[column] = minimum + half;
            }
        }
        Ok(())
    }

    /// Names and labels of a 3D Slicer segmentation, in its order, and the channel of each. Of
    /// several layers, a segment that names none has its own, as in 3D Slicer.
    fn segments(&self, path: &Path, count: usize) -> Result<Vec<(usize, Segment)>, ReadError> {
        let mut segments = Vec::new();
        for number in 0_usize.. {
            let key = |ending: &str| self.keys.get(&format!("Segment{number}_{ending}"));
            let (name, label) = (key("Name"), key("LabelValue"));
            if name.is_none() && label.is_none() && key("ID").is_none() {
                break;
            }
            let text = label.map_or("1", String::as_str).trim();
            let label = text.parse().map_err(|_| {
                bad(
                    path,
                    format!("`Segment{number}_LabelValue:={text}` is no label"),
                )
            })?;
            let name = name.or(key("ID")).cloned().unwrap_or_default();
            let channel = match key("Layer") {
                _ if count == 1 => 0,
                Some(text) => text.trim().parse().map_err(|_| {
                    bad(
                        path,
                        format!("`Segment{number}_Layer:={text}` is no number of a layer"),
                    )
                })?,
                None => number,
            };
            segments.push((channel, Segment { name, label }));
        }
        Ok(segments)
    }
}

fn bad(path: &Path, what: String) -> ReadError {
    ReadError::Header {
        path: path.into(),
        what,
    }
}

/// Key/value pairs write a line break as `\n` and a backslash as `\\`.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            _ => plain.push(letter),
        }
    }
    plain
}

/// Vectors as `(1,0,0) (0,1,0)`; `none` gives `None`, and so does what cannot be read.
fn vectors(text: &str) -> Vec<Option<Vec<f64>>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('(') {
            let (inside, after) = inner.split_once(')').unwrap_or((inner, ""));
            found.push(
                inside
                    .split(',')
                    .map(|number| number.trim().parse().ok())
                    .collect(),
            );
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push(None);
            rest = rest.get(end..).unwrap_or("").trim_start();
        }
    }
    found
}

fn parse_text(path: &Path, text: &str, numbers: Numbers) -> Result<Vec<f64>, ReadError> {
    let pixel_type = numbers.pixel_type;
    let total = numbers.channels.total(numbers.count);
    let mut values = Vec::new();
    let mut picker = Picker::new(numbers.channels);
    let mut found = 0;
    for word in text.split_whitespace().take(total) {
        let value: f64 = word
            .parse()
            .map_err(|_| bad(path, format!("the voxel value `{word}` is no number")))?;
        let stored = pixel_type.stored(value);
        if pixel_type.is_integer() && stored != value {
            return Err(bad(
                path,
                format!("the voxel value `{word}` is no {pixel_type}"),
            ));
        }
        picker.pick(&[stored], &mut values);
        found += 1;
    }
    if found < total {
        return Err(ReadError::Truncated {
            path: path.into(),
            needed: (total as u64).saturating_mul(2),
            available: text.len() as u64,
        });
    }
    Ok(values)
}
