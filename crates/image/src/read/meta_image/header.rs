//! The header's fields, and what they say of axes and numbers.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use super::super::voxels::ByteOrder;
use super::super::{ReadError, several_files};
use super::bad;
use crate::{Geometry, PixelType};

/// Longest header taken, the names of data files with it.
const MAX_HEADER: u64 = 1 << 22;
/// Most fields and names of data files.
const MAX_FIELDS: usize = 1 << 16;

/// How the voxels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Raw,
    Compressed,
    Text,
}

/// Where the voxels lie.
pub(super) enum Files {
    /// In the same file, from this byte on.
    Local(u64),
    /// In files of their own, each with as many voxels as the others.
    Apart(Vec<PathBuf>),
}

/// Fields `Key = Value`.
pub(super) struct Header {
    fields: BTreeMap<String, String>,
    /// The byte after the header.
    end: u64,
    /// What follows `ElementDataFile = LIST`, line by line.
    list: Vec<String>,
}

impl Header {
    pub(super) fn read(path: &Path, file: &mut impl BufRead) -> Result<Self, ReadError> {
        let mut header = Self {
            fields: BTreeMap::new(),
            end: 0,
            list: Vec::new(),
        };
        let mut lines = file.take(MAX_HEADER);
        let mut line = Vec::new();
        let mut names = false;
        loop {
            line.clear();
            let got = lines
                .read_until(b'\n', &mut line)
                .map_err(|source| ReadError::Data {
                    path: path.into(),
                    source,
                })?;
            if got == 0 {
                break;
            }
            header.end += got as u64;
            if header.fields.len() + header.list.len() > MAX_FIELDS {
                return Err(bad(
                    path,
                    format!("the header has more than {MAX_FIELDS} fields"),
                ));
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if names {
                if !text.is_empty() {
                    header.list.push(text.to_owned());
                }
                continue;
            }
            if text.is_empty() {
                continue;
            }
            let Some((key, value)) = text.split_once('=') else {
                let shown: String = text.chars().take(80).collect();
                return Err(bad(path, format!("cannot read the header line `{shown}`")));
            };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            let last = key == "ElementDataFile";
            names = last && value.split_whitespace().next() == Some("LIST");
            if header.fields.insert(key.clone(), value).is_some() {
                return Err(bad(path, format!("the field `{key}` is given twice")));
            }
            if last && !names {
                break;
            }
        }
        if lines.limit() == 0 {
            return Err(bad(path, "the header does not end".into()));
        }
        match header.fields.get("ObjectType").map(String::as_str) {
            None | Some("Image") => Ok(header),
            Some(other) => Err(ReadError::Unsupported {
                path: path.into(),
                found: format!("a MetaIO object of type `{other}`"),
                hint: "an image is needed (ObjectType = Image)",
            }),
        }
    }

    /// The last of its spellings that is present, as MetaIO reads them.
    fn field(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        let mut names = names.iter().rev();
        names.find_map(|&name| Some((name, self.fields.get(name)?.as_str())))
    }

    fn required(&self, path: &Path, name: &'static str) -> Result<&str, ReadError> {
        self.field(&[name])
            .map(|(_, text)| text)
            .ok_or_else(|| bad(path, format!("the header lacks the field `{name}`")))
    }

    fn numbers(
        &self,
        path: &Path,
        names: &[&'static str],
        count: usize,
    ) -> Result<Option<Vec<f64>>, ReadError> {
        let Some((name, text)) = self.field(names) else {
            return Ok(None);
        };
        let numbers: Option<Vec<f64>> = text
            .split_whitespace()
            .map(|number| number.parse().ok())
            .collect();
        numbers
            .filter(|numbers| numbers.len() == count)
            .map(Some)
            .ok_or_else(|| bad(path, format!("`{name} = {text}` needs {count} numbers")))
    }

    fn is_true(&self, path: &Path, names: &[&'static str], usual: bool) -> Result<bool, ReadError> {
        let Some((name, text)) = self.field(names) else {
            return Ok(usual);
        };
        match text.to_lowercase().as_str() {
            "true" | "t" | "1" => Ok(true),
            "false" | "f" | "0" => Ok(false),
            _ => Err(bad(
                path,
                format!("`{name} = {text}` is neither True nor False"),
            )),
        }
    }

    fn dimensions(&self, path: &Path) -> Result<usize, ReadError> {
        let text = self.required(path, "NDims")?;
        let count = text.parse().ok();
        count
            .filter(|count| (2..=10).contains(count))
            .ok_or_else(|| bad(path, format!("`NDims = {text}`: images have 2 or 3")))
    }

    pub(super) fn size(&self, path: &Path) -> Result<[usize; 3], ReadError> {
        let dimensions = self.dimensions(path)?;
        let text = self.required(path, "DimSize")?;
        let lengths: Option<Vec<usize>> = text
            .split_whitespace()
            .map(|length| length.parse().ok().filter(|&length| length > 0))
            .collect();
        let Some(lengths) = lengths.filter(|lengths| lengths.len() == dimensions) else {
            let what = format!("`DimSize = {text}` needs {dimensions} whole and positive numbers");
            return Err(bad(path, what));
        };
        let mut size = [1; 3];
        for (axis, &length) in lengths.iter().enumerate() {
            match size.get_mut(axis) {
                Some(place) => *place = length,
                None if length == 1 => {}
                None => {
                    return Err(ReadError::Unsupported {
                        path: path.into(),
                        found: format!("a series of {length} volumes"),
                        hint: "save the volume wanted as a file of its own",
                    });
                }
            }
        }
        Ok(size)
    }

    /// Spacing, origin and direction; the size is left to the caller.
    pub(super) fn geometry(&self, path: &Path) -> Result<Geometry, ReadError> {
        let dimensions = self.dimensions(path)?;
        let axes = dimensions.min(3);
        let mut geometry = Geometry::axis_aligned([1; 3], [1.0; 3]);
        let Some(spacing) = self.numbers(path, &["ElementSize", "ElementSpacing"], dimensions)?
        else {
            return Err(bad(
                path,
                "the header gives no distance between voxels: add `ElementSpacing`".into(),
            ));
        };
        let origin = self.numbers(path, &["Offset", "Position", "Origin"], dimensions)?;
        let matrix = self.numbers(
            path,
            &["Orientation", "Rotation", "TransformMatrix"],
            dimensions * dimensions,
        )?;
        for axis in 0..axes {
            let number = |numbers: &[f64], place: usize| numbers.get(place).copied();
            geometry.spacing[axis] = number(&spacing, axis).unwrap_or(1.0);
            if let Some(origin) = &origin {
                geometry.origin[axis] = number(origin, axis).unwrap_or(0.0) + 0.0;
            }
            if let Some(matrix) = &matrix {
                for row in 0..axes {
                    let cosine = number(matrix, axis * dimensions + row).unwrap_or(0.0);
                    geometry.direction[row][axis] = cosine + 0.0;
                }
            }
        }
        Ok(geometry)
    }

    pub(super) fn pixel_type(&self, path: &Path) -> Result<PixelType, ReadError> {
        let text = self.required(path, "ElementType")?;
        let one = text.strip_suffix("_ARRAY").unwrap_or(text);
        Ok(match one {
            "MET_CHAR" | "MET_ASCII_CHAR" => PixelType::I8,
            "MET_UCHAR" => PixelType::U8,
            "MET_SHORT" => PixelType::I16,
            "MET_USHORT" => PixelType::U16,
            "MET_INT" | "MET_LONG" => PixelType::I32,
            "MET_UINT" | "MET_ULONG" => PixelType::U32,
            "MET_LONG_LONG" => PixelType::I64,
            "MET_ULONG_LONG" => PixelType::U64,
            "MET_FLOAT" => PixelType::F32,
            "MET_DOUBLE" => PixelType::F64,
            _ => {
                return Err(ReadError::Unsupported {
                    path: path.into(),
                    found: format!("values of type `{text}`"),
                    hint: "one whole or real number a voxel is needed",
                });
            }
        })
    }

    /// Values of a voxel; `None` in a scalar image.
    pub(super) fn channels(&self, path: &Path) -> Result<Option<usize>, ReadError> {
        let Some((name, text)) = self.field(&["ElementNumberOfChannels"]) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(1) => Ok(None),
            Ok(count) if count > 1 => Ok(Some(count)),
            _ => Err(bad(
                path,
                format!("`{name} = {text}` must be whole and positive"),
            )),
        }
    }

    pub(super) fn check_intensities(&self, path: &Path) -> Result<(), ReadError> {
        let number = |name, usual| -> Result<f64, ReadError> {
            let found = self.numbers(path, &[name], 1)?;
            Ok(found
                .and_then(|found| found.first().copied())
                .unwrap_or(usual))
        };
        let slope = number("ElementToIntensityFunctionSlope", 1.0)?;
        let offset = number("ElementToIntensityFunctionOffset", 0.0)?;
        if slope == 1.0 && offset == 0.0 {
            return Ok(());
        }
        Err(ReadError::Unsupported {
            path: path.into(),
            found: format!("an intensity slope of {slope} and an offset of {offset}"),
            hint: "readers treat them differently: save the image with both applied",
        })
    }

    pub(super) fn encoding(&self, path: &Path) -> Result<Encoding, ReadError> {
        let binary = self.is_true(path, &["BinaryData"], true)?;
        let compressed = self.is_true(path, &["CompressedData"], false)?;
        Ok(match (binary, compressed) {
            (false, _) => Encoding::Text,
            (true, true) => Encoding::Compressed,
            (true, false) => Encoding::Raw,
        })
    }

    pub(super) fn byte_order(&self, path: &Path) -> Result<ByteOrder, ReadError> {
        let names = ["ElementByteOrderMSB", "BinaryDataByteOrderMSB"];
        Ok(match self.is_true(path, &names, false)? {
            true => ByteOrder::Big,
            false => ByteOrder::Little,
        })
    }

    /// Bytes before the voxels of a file; `None`: the voxels are its last bytes.
    pub(super) fn skip(&self, path: &Path) -> Result<Option<u64>, ReadError> {
        let Some((name, text)) = self.field(&["HeaderSize"]) else {
            return Ok(Some(0));
        };
        match text.parse::<i64>() {
            Ok(-1) => Ok(None),
            Ok(skip) if skip >= 0 => Ok(Some(skip.unsigned_abs())),
            _ => Err(bad(
                path,
                format!("`{name} = {text}` must be -1 or a number of bytes"),
            )),
        }
    }

    /// The file or files of the voxels; each of several holds one step of the last axis.
    pub(super) fn files(&self, path: &Path) -> Result<Files, ReadError> {
        let text = self.required(path, "ElementDataFile")?;
        let words: Vec<&str> = text.split_whitespace().collect();
        if text.eq_ignore_ascii_case("local") {
            return Ok(Files::Local(self.end));
        }
        if words.first() == Some(&"LIST") {
            return Ok(Files::Apart(several_files::beside(path, self.list.iter())));
        }
        if !text.contains('%') {
            return Ok(Files::Apart(several_files::beside(
                path,
                std::iter::once(text),
            )));
        }
        // The name may hold blanks; up to three numbers follow it.
        let numbers: Vec<i64> = words
            .iter()
            .skip(1)
            .rev()
            .take(3)
            .map_while(|word| word.parse().ok())
            .collect();
        let mut name = text;
        for _ in &numbers {
            name = name.trim_end();
            let end = name.rfind(char::is_whitespace).unwrap_or(0);
            name = name.get(..end).unwrap_or(name);
        }
        let dimensions = self.dimensions(path)?;
        let last_axis = self.required(path, "DimSize")?.split_whitespace();
        let slices = last_axis.last().and_then(|size| size.parse().ok());
        let slices: i64 = slices.filter(|_| dimensions > 1).unwrap_or(1);
        let mut numbers = numbers.into_iter().rev();
        let first = numbers.next().unwrap_or(1);
        let last = numbers.next();
        let step = numbers.next();
        let range = match (last, step) {
            (Some(last), Some(step)) => [first, last, step],
            (Some(last), None) => [first, last, 1],
            _ => [first, first.saturating_add(slices - 1), 1],
        };
        several_files::numbered(path, name.trim_end(), range).map(Files::Apart)
    }
}
