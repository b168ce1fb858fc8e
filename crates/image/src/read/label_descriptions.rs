//! Names of labels in a text file, as ITK-SNAP saves them.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::ReadError;
use crate::Segment;

/// Longest file taken.
const MAX_BYTES: u64 = 1 << 22;

/// Reads the label descriptions of ITK-SNAP ("Segmentation > Save Label Descriptions"): a line for
/// each label with its value, red, green and blue (0 to 255), opacity (0 to 1), visibility of
/// slices and of the mesh (0 or 1), and its name in quotes; lines that begin with `#` are comments.
/// The background, value 0, is left out.
///
/// # Errors
/// [`ReadError`] if the file cannot be opened, a line cannot be read, or a value is given twice.
///
/// # Examples
/// ```no_run
/// use radiome_image::read;
///
/// let mut map = read::labels("P001/tumour.nii.gz")?;
/// map.segments = read::label_descriptions("labels.txt")?;
/// println!("{:?}", map.label_named("Oedema"));
/// # Ok::<(), read::ReadError>(())
/// ```
pub fn label_descriptions(path: impl AsRef<Path>) -> Result<Vec<Segment>, ReadError> {
    let path = path.as_ref();
    let mut text = String::new();
    let file = File::open(path).map_err(|source| ReadError::Open {
        path: path.into(),
        source,
    })?;
    let length = file
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|source| ReadError::Data {
            path: path.into(),
            source,
        })?;
    if length as u64 > MAX_BYTES {
        return Err(ReadError::Header {
            path: path.into(),
            what: format!(
                "it has more than {MAX_BYTES} bytes, and is no file of label descriptions"
            ),
        });
    }
    parse_label_descriptions(&text, path)
}

/// Reads label descriptions from text; `path` names it in errors.
///
/// # Errors
/// As [`label_descriptions`].
pub fn parse_label_descriptions(text: &str, path: &Path) -> Result<Vec<Segment>, ReadError> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut labels = HashSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |what: &str| ReadError::Header {
            path: path.into(),
            what: format!(
                "line {} {what}; ITK-SNAP writes a label as `1 255 0 0 1 1 1 \"Tumour\"`",
                number + 1
            ),
        };
        let segment = description(line).ok_or_else(|| bad("is no label description"))?;
        if !labels.insert(segment.label) {
            return Err(bad("describes a label that is described above"));
        }
        segments.push(segment);
    }
    if segments.is_empty() {
        return Err(ReadError::Header {
            path: path.into(),
            what: "no label is described in it".into(),
        });
    }
    segments.retain(|segment| segment.label != 0);
    Ok(segments)
}

/// Seven numbers, then a name in quotes.
fn description(line: &str) -> Option<Segment> {
    let (numbers, name) = line.split_once('"')?;
    let (name, rest) = name.rsplit_once('"')?;
    let numbers: Vec<&str> = numbers.split_whitespace().collect();
    let all = numbers.iter().all(|number| number.parse::<f64>().is_ok());
    let label = numbers.first()?.parse().ok()?;
    (numbers.len() == 7 && all && rest.trim().is_empty()).then(|| Segment {
        name: name.trim().to_owned(),
        label,
    })
}
