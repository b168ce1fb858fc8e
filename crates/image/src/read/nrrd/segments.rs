//! The segments that 3D Slicer names in the header.

use std::path::Path;

use super::super::ReadError;
use super::bad;
use super::header::Header;
use crate::Segment;

impl Header {
    /// Names and labels of a 3D Slicer segmentation, in its order, and the channel of each. Of
    /// several layers, a segment that names none has its own, as in 3D Slicer.
    pub(super) fn segments(
        &self,
        path: &Path,
        count: usize,
    ) -> Result<Vec<(usize, Segment)>, ReadError> {
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
