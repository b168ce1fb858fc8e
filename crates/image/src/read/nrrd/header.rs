//! The header's fields, and what they say of axes and numbers.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::super::voxels::{ByteOrder, Channels};
use super::super::{ReadError, Wanted, several_files};
use super::bad;
use crate::PixelType;

/// Longest header taken: a segmentation of hundreds of segments needs a few hundred kilobytes.
const MAX_HEADER: u64 = 1 << 22;
/// Most fields, keys and names of files: 3D Slicer writes about ten keys a segment.
const MAX_FIELDS: usize = 1 << 16;

/// How the voxels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Raw,
    Gzip,
    Bzip2,
    Text,
    Hexadecimal,
}

/// Fields (`name: value`, names in lower case) and key/value pairs (`key:=value`).
pub(super) struct Header {
    fields: BTreeMap<String, String>,
    pub(super) keys: BTreeMap<String, String>,
    /// What follows `data file: LIST`, line by line.
    list: Vec<String>,
}

impl Header {
    pub(super) fn read(path: &Path, file: &mut impl BufRead) -> Result<Self, ReadError> {
        let mut header = Self {
            fields: BTreeMap::new(),
            keys: BTreeMap::new(),
            list: Vec::new(),
        };
        let mut names = false;
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
            if header.fields.len() + header.keys.len() + header.list.len() > MAX_FIELDS {
                return Err(bad(
                    path,
                    format!("the header has more than {MAX_FIELDS} fields"),
                ));
            }
            if first {
                first = false;
                continue;
            }
            if names && got > 0 {
                if !text.trim().is_empty() {
                    header.list.push(text.trim().to_owned());
                }
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
                let list = value.split_whitespace().next() == Some("LIST");
                names = list && matches!(name.as_str(), "data file" | "datafile");
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
    pub(super) fn field(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|&name| self.fields.get(name))
            .map(String::as_str)
    }

    fn required(&self, path: &Path, name: &str) -> Result<&str, ReadError> {
        self.field(&[name])
            .ok_or_else(|| bad(path, format!("the header lacks the field `{name}`")))
    }

    pub(super) fn number(&self, path: &Path, names: &[&str]) -> Result<Option<i64>, ReadError> {
        self.field(names)
            .map(|text| {
                text.parse()
                    .map_err(|_| bad(path, format!("`{}: {text}` is no whole number", names[0])))
            })
            .transpose()
    }

    /// Which axes of the array are x, y, z, and which one counts the values of a voxel. Further
    /// axes of one element are passed over.
    pub(super) fn axes(&self, path: &Path) -> Result<(Vec<usize>, Option<usize>), ReadError> {
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
    pub(super) fn channels(
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

    pub(super) fn size(&self, path: &Path, axes: &[usize]) -> Result<[usize; 3], ReadError> {
        let sizes = self.sizes(path)?;
        let mut size = [1; 3];
        for (place, &axis) in size.iter_mut().zip(axes) {
            *place = sizes.get(axis).copied().unwrap_or(1);
        }
        Ok(size)
    }

    pub(super) fn pixel_type(&self, path: &Path) -> Result<PixelType, ReadError> {
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

    pub(super) fn encoding(&self, path: &Path) -> Result<Encoding, ReadError> {
        let text = self.required(path, "encoding")?;
        match text.to_lowercase().as_str() {
            "raw" => Ok(Encoding::Raw),
            "gzip" | "gz" => Ok(Encoding::Gzip),
            "bzip2" | "bz2" => Ok(Encoding::Bzip2),
            "ascii" | "text" | "txt" => Ok(Encoding::Text),
            "hex" => Ok(Encoding::Hexadecimal),
            _ => Err(ReadError::Unsupported {
                path: path.into(),
                found: format!("data in the encoding `{text}`"),
                hint: "save it with raw or gzip encoding",
            }),
        }
    }

    pub(super) fn byte_order(
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

    /// The files of the voxels, in their order; `None`: they follow the header.
    pub(super) fn data_files(&self, path: &Path) -> Result<Option<Vec<PathBuf>>, ReadError> {
        let Some(text) = self.field(&["data file", "datafile"]) else {
            return Ok(None);
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.first() == Some(&"LIST") {
            return Ok(Some(several_files::beside(path, self.list.iter())));
        }
        if !text.contains('%') {
            return Ok(Some(several_files::beside(path, std::iter::once(text))));
        }
        let number = |place: usize| words.get(place).and_then(|word| word.parse().ok());
        let (Some(pattern), Some(first), Some(last), Some(step)) =
            (words.first(), number(1), number(2), number(3))
        else {
            return Err(bad(
                path,
                format!("`data file: {text}` needs a pattern, first and last number, and step"),
            ));
        };
        several_files::numbered(path, pattern, [first, last, step]).map(Some)
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
