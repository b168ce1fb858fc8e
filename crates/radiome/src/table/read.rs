//! Reading tables.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::spreadsheet::spreadsheet_rows;
use super::{Column, Origin, Table, TableError, is_missing, memory};

/// A row of cells and its number as a spreadsheet shows it.
pub(super) type NumberedRow = (usize, Vec<String>);

/// Most cells of a table, empty ones with it: 1,000 patients with 32,000 features each.
pub(super) const MAX_CELLS: usize = 1 << 25;

/// Most bytes that a table unpacks to: 1 GiB.
const MAX_UNPACKED: u64 = 1 << 30;

impl Table {
    /// Reads a table from a file, or from standard input where the path is `-`; or takes the table of
    /// that name among those in memory ([`with_tables`](super::with_tables)).
    ///
    /// The kind is told from the content: gzip, XLSX (its first sheet), or text with commas,
    /// semicolons or tabs. Rows without any content are left out, as are nameless columns without
    /// content; a nameless column with content is called `Unnamed: N` (N from 0), as pandas does.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let unreadable = |file: &str, error: std::io::Error| TableError::Unreadable {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        if let Some(table) = memory::held(path) {
            return Ok(table);
        }
        if path.as_os_str() == "-" {
            let source = "standard input";
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable(source, error))?;
            return Self::parse(&bytes, source);
        }
        let source = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| unreadable(&source, error))?;
        Self::parse(&bytes, &source)
    }

    /// Reads a table from the bytes of a file; `source` names it in errors.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn parse(bytes: &[u8], source: &str) -> Result<Self, TableError> {
        const GZIP: &[u8] = &[0x1f, 0x8b];
        const ZIP: &[u8] = b"PK\x03\x04";
        const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
        if bytes.starts_with(GZIP) {
            let mut inflated = Vec::new();
            flate2::read::MultiGzDecoder::new(bytes)
                .take(MAX_UNPACKED + 1)
                .read_to_end(&mut inflated)
                .map_err(|error| TableError::Unreadable {
                    file: source.to_owned(),
                    reason: format!("the gzip data are damaged: {error}"),
                })?;
            if inflated.len() as u64 > MAX_UNPACKED {
                return Err(TableError::TooLarge {
                    file: source.to_owned(),
                    what: format!("it unpacks to more than {MAX_UNPACKED} bytes"),
                });
            }
            return Self::from_rows(text_rows(&inflated, source)?, source);
        }
        if bytes.starts_with(ZIP) || bytes.starts_with(COMPOUND_FILE) {
            return Self::from_rows(spreadsheet_rows(bytes, source)?, source);
        }
        Self::from_rows(text_rows(bytes, source)?, source)
    }

    /// Makes a table of the header row and the rows below it.
    fn from_rows(rows: Vec<NumberedRow>, source: &str) -> Result<Self, TableError> {
        let mut rows = rows
            .into_iter()
            .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let Some((_, header)) = rows.next() else {
            return Err(TableError::NoHeader {
                file: source.to_owned(),
            });
        };
        let rows: Vec<NumberedRow> = rows.collect();
        let width = header.len();
        for (row, cells) in &rows {
            let content = cells.iter().rposition(|cell| !cell.is_empty());
            // Separators at the end of a row are what spreadsheets leave of emptied columns.
            if cells.len() < width || content.is_some_and(|last| last >= width) {
                return Err(TableError::Ragged {
                    file: source.to_owned(),
                    row: *row,
                    found: cells.len(),
                    expected: width,
                });
            }
        }

        let file: Arc<str> = source.into();
        let origin = Arc::new(Origin {
            file: file.clone(),
            rows: rows.iter().map(|&(row, _)| row).collect(),
        });
        let mut table = Self {
            source: file,
            columns: Vec::with_capacity(width),
            rows: rows.len(),
        };
        let mut cells: Vec<Vec<String>> = vec![Vec::with_capacity(rows.len()); width];
        for (_, row) in rows {
            for (column, cell) in cells.iter_mut().zip(row) {
                column.push(cell);
            }
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for (place, (name, cells)) in header.into_iter().zip(cells).enumerate() {
            let name = match name {
                name if !name.is_empty() => name,
                _ if cells.iter().all(|cell| is_missing(cell)) => continue,
                _ => format!("Unnamed: {place}"),
            };
            if let Some(first) = places.insert(name.clone(), place) {
                return Err(TableError::DuplicateColumn {
                    file: source.to_owned(),
                    name,
                    first: first + 1,
                    second: place + 1,
                });
            }
            table.columns.push(Column {
                name,
                cells,
                origin: origin.clone(),
            });
        }
        Ok(table)
    }
}

/// The rows of a text table.
fn text_rows(bytes: &[u8], source: &str) -> Result<Vec<NumberedRow>, TableError> {
    let text = decode(bytes, source)?;
    let separator = separator(&text);
    let mut reader = csv_reader(&text, separator);
    let mut rows = Vec::new();
    let mut row = 0;
    let mut count = 0;
    for record in reader.records() {
        let record = record.map_err(|error| TableError::Unreadable {
            file: source.to_owned(),
            reason: error.to_string(),
        })?;
        count += record.len();
        if count > MAX_CELLS {
            return Err(TableError::TooLarge {
                file: source.to_owned(),
                what: format!("it has more than {MAX_CELLS} cells"),
            });
        }
        // Rows are counted, not lines: a cell in quotes may hold line breaks. The empty lines that
        // the reader passed over lie between its position and the record.
        let start = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(0);
        row += 1 + empty_lines(&text, start);
        let cells = record.iter().map(|cell| cell.trim().to_owned());
        rows.push((row, cells.collect()));
    }
    Ok(rows)
}

/// Number of empty lines from byte `start` on, which lies at or within the end of a line.
fn empty_lines(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let within_line_end = start > 0 && bytes.get(start - 1) == Some(&b'\r');
    let start = start + usize::from(within_line_end && bytes.get(start) == Some(&b'\n'));
    let rest = bytes.get(start..).unwrap_or_default();
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r'));
    breaks.filter(|&&byte| byte == b'\n').count()
}

fn csv_reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes())
}

/// The text without its byte-order mark; UTF-8, or UTF-16 where the mark says so.
fn decode(bytes: &[u8], source: &str) -> Result<String, TableError> {
    let not_utf8 = |row| TableError::NotUtf8 {
        file: source.to_owned(),
        row,
    };
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).map_err(|_| not_utf8(1))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(error) => {
                    let before = &bytes[..error.valid_up_to()];
                    let breaks = before.iter().filter(|&&byte| byte == b'\n').count();
                    Err(not_utf8(breaks + 1))
                }
            }
        }
    }
}

/// The separator under which the first rows agree on the largest number of cells; where none
/// makes them agree, the one that splits the header most. Comma for a single column.
fn separator(text: &str) -> u8 {
    const ROWS: usize = 20;
    let judge = |separator: u8| {
        let widths: Vec<usize> = csv_reader(text, separator)
            .records()
            .take(ROWS)
            .map_while(Result::ok)
            .map(|record| record.len())
            .collect();
        let header = widths.first().copied().unwrap_or(0);
        let agree = header > 1 && widths.iter().all(|&width| width == header);
        (agree, header)
    };
    // `max_by_key` keeps the last of equals, so the comma wins a draw.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&separator| judge(separator))
        .unwrap_or(b',')
}
