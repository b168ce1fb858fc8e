//! The first sheet of a spreadsheet (XLSX).
//!
//! An archive of a few kilobytes can name a cell in the last row and column of a sheet, or unpack to
//! gigabytes: both are asked before room is made for them.

use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, CellErrorType, Data, DataRef, Reader, Xlsx};

use super::read::{MAX_CELLS, NumberedRow};
use super::{TableError, number_text};

/// Most bytes that the parts of a spreadsheet unpack to: 256 MiB.
const MAX_UNPACKED: u64 = 1 << 28;

/// The rows of the first sheet of a spreadsheet.
pub(super) fn spreadsheet_rows(bytes: &[u8], source: &str) -> Result<Vec<NumberedRow>, TableError> {
    let wrong = |reason: String| TableError::Spreadsheet {
        file: source.to_owned(),
        reason,
    };
    if !bytes.starts_with(b"PK") {
        return Err(wrong("it is of an old kind that is not read".to_owned()));
    }
    check_unpacked(bytes, source)?;
    // A defect of the reader counts as a broken spreadsheet: it must not end the program.
    let cells = catch_unwind(AssertUnwindSafe(|| sheet_cells(bytes)))
        .unwrap_or_else(|_| Err("its sheet cannot be understood".to_owned()))
        .map_err(wrong)?;
    let places = || cells.iter().map(|cell| cell.get_position());
    let (Some(first_row), Some(last_row)) = (
        places().map(|(row, _)| row).min(),
        places().map(|(row, _)| row).max(),
    ) else {
        return Ok(Vec::new());
    };
    let first_column = places().map(|(_, column)| column).min().unwrap_or(0);
    let last_column = places().map(|(_, column)| column).max().unwrap_or(0);
    let count = |first: u32, last: u32| (last - first) as usize + 1;
    let (height, width) = (count(first_row, last_row), count(first_column, last_column));
    if height.saturating_mul(width) > MAX_CELLS {
        return Err(TableError::TooLarge {
            file: source.to_owned(),
            what: format!("its sheet reaches over {height} rows and {width} columns"),
        });
    }
    let mut rows: Vec<NumberedRow> = (0..height)
        .map(|row| (first_row as usize + row + 1, vec![String::new(); width]))
        .collect();
    let mut failed: Option<(usize, usize, String)> = None;
    for cell in &cells {
        let (row, column) = cell.get_position();
        let (row, column) = ((row - first_row) as usize, (column - first_column) as usize);
        match cell_text(cell.get_value()) {
            Ok(text) => {
                if let Some(place) = rows.get_mut(row).and_then(|(_, row)| row.get_mut(column)) {
                    *place = text;
                }
            }
            // The first of them, by row and column.
            Err(found) => {
                if failed
                    .as_ref()
                    .is_none_or(|(r, c, _)| (row, column) < (*r, *c))
                {
                    failed = Some((row, column, found));
                }
            }
        }
    }
    match failed {
        None => Ok(rows),
        Some((row, column, found)) => {
            let header = rows.first().filter(|_| row > 0);
            let name = header.and_then(|(_, header)| header.get(column));
            Err(TableError::CellError {
                file: source.to_owned(),
                row: first_row as usize + row + 1,
                column: name.cloned().unwrap_or_default(),
                found,
            })
        }
    }
}

/// Unpacks every part into nothing, to see how much there is: what an archive claims of its parts
/// may be a lie.
fn check_unpacked(bytes: &[u8], source: &str) -> Result<(), TableError> {
    let wrong = |reason: String| TableError::Spreadsheet {
        file: source.to_owned(),
        reason,
    };
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| wrong(error.to_string()))?;
    let mut left = MAX_UNPACKED;
    for number in 0..archive.len() {
        let part = archive
            .by_index(number)
            .map_err(|error| wrong(error.to_string()))?;
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink())
            .map_err(|error| wrong(error.to_string()))?;
        let Some(rest) = left.checked_sub(unpacked) else {
            return Err(TableError::TooLarge {
                file: source.to_owned(),
                what: format!("it unpacks to more than {MAX_UNPACKED} bytes"),
            });
        };
        left = rest;
    }
    Ok(())
}

/// The cells of the first sheet that hold something.
fn sheet_cells(bytes: &[u8]) -> Result<Vec<Cell<Data>>, String> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let name = workbook.sheet_names().into_iter().next();
    let name = name.ok_or("it has no sheet")?;
    let mut reader = workbook
        .worksheet_cells_reader(&name)
        .map_err(|error| error.to_string())?;
    let mut cells = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            cells.push(Cell::new(
                cell.get_position(),
                cell.get_value().clone().into(),
            ));
        }
        if cells.len() > MAX_CELLS {
            return Err(format!("it has more than {MAX_CELLS} cells"));
        }
    }
    Ok(cells)
}

/// A spreadsheet cell as text: whole numbers without a point, dates as in ISO 8601, `#N/A` as
/// missing. The error is the cell's own, such as `#DIV/0!`.
fn cell_text(data: &Data) -> Result<String, String> {
    Ok(match data {
        Data::Empty | Data::Error(CellErrorType::NA) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            text.trim().to_owned()
        }
        Data::Int(value) => value.to_string(),
        Data::Float(value) => number_text(*value),
        Data::Bool(value) => value.to_string().to_uppercase(),
        Data::DateTime(value) if value.is_datetime() => match value.as_datetime() {
            Some(date) => format!("{date:?}").trim_end_matches("T00:00:00").to_owned(),
            None => number_text(value.as_f64()),
        },
        Data::DateTime(value) => number_text(value.as_f64()),
        Data::Error(error) => return Err(error.to_string()),
    })
}
