//! Writing tables.

use std::io::Write;
use std::path::Path;

use super::{Table, TableError};

impl Table {
    /// The table as CSV text: commas, `\n`, quotes only where a cell needs them.
    #[must_use]
    pub fn to_csv(&self) -> String {
        self.to_text(',')
    }

    /// Writes the table: tab-separated where the name ends in `.tsv`, else CSV; gzip where it ends
    /// in `.gz`. The same table gives the same bytes.
    ///
    /// # Errors
    /// [`TableError::Unwritable`].
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        let unwritable = |error: std::io::Error| TableError::Unwritable {
            file: path.display().to_string(),
            reason: error.to_string(),
        };
        let (separator, gzip) = form_of(path);
        let text = self.to_text(separator).into_bytes();
        let bytes = if gzip {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(&text).map_err(unwritable)?;
            encoder.finish().map_err(unwritable)?
        } else {
            text
        };
        std::fs::write(path, bytes).map_err(unwritable)
    }

    fn to_text(&self, separator: char) -> String {
        let mut text = String::new();
        push_line(&mut text, separator, self.columns());
        for row in 0..self.rows {
            let cells = self.columns.iter().map(|column| column.cells[row].as_str());
            push_line(&mut text, separator, cells);
        }
        text
    }
}

/// The separator and whether gzip packs the text, by the name of a file.
pub(crate) fn form_of(path: &Path) -> (char, bool) {
    let name = path.to_string_lossy().to_lowercase();
    let plain = name.strip_suffix(".gz");
    let tabs = plain.unwrap_or(&name).ends_with(".tsv");
    (if tabs { '\t' } else { ',' }, plain.is_some())
}

/// Adds a line of cells.
pub(crate) fn push_line<'a>(
    text: &mut String,
    separator: char,
    cells: impl Iterator<Item = &'a str>,
) {
    let start = text.len();
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(separator);
        }
        if cell.contains([separator, '"', '\n', '\r']) || cell.trim() != cell {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    // A lone empty cell would be an empty line, which readers pass over.
    if text.len() == start {
        text.push_str("\"\"");
    }
    text.push('\n');
}
