//! Tables, models and study files that are made to harm: exit status 2 and an error that says what
//! is wrong, soon.

use std::fs;
use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use radiome::table::{Table, TableError};
use zip::write::SimpleFileOptions;

use super::ends;

/// A spreadsheet whose first sheet holds these rows, and whose shared strings are as many bytes.
pub(super) fn spreadsheet(rows: &str, strings: usize) -> Vec<u8> {
    let links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, bytes: &[u8]| {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    };
    put("xl/workbook.xml", format!("<workbook xmlns:r=\"{links}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>").as_bytes());
    put("xl/_rels/workbook.xml.rels", format!("<Relationships><Relationship Id=\"r1\" Type=\"{links}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>").as_bytes());
    put(
        "xl/worksheets/sheet1.xml",
        format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").as_bytes(),
    );
    if strings > 0 {
        put("xl/sharedStrings.xml", &vec![b' '; strings]);
    }
    archive.finish().unwrap().into_inner()
}

/// A sheet with a cell in its last row and column, 17 billion in all; a part of 300 MB of blanks; a
/// packed table that unpacks to more than is taken.
#[test]
fn tables_larger_than_they_look() {
    let start = Instant::now();
    let wide = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row>";
    let error = Table::parse(&spreadsheet(wide, 0), "wide.xlsx").unwrap_err();
    assert!(matches!(error, TableError::TooLarge { .. }), "{error}");
    let honest = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>";
    let error = Table::parse(&spreadsheet(honest, 300 << 20), "bomb.xlsx").unwrap_err();
    assert!(matches!(error, TableError::TooLarge { .. }), "{error}");
    let error = Table::parse(&b",".repeat(40_000_000), "cells.csv").unwrap_err();
    assert!(matches!(error, TableError::TooLarge { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30));
    // Numbers of a row or column that no sheet has.
    for place in ["A0", "A99999999999", "ZZZZZZZZ1", "1", "A-1", ""] {
        let rows = format!("<row r=\"1\"><c r=\"{place}\"><v>1</v></c></row>");
        let _ = Table::parse(&spreadsheet(&rows, 0), "odd.xlsx");
    }
}

/// An old spreadsheet is not guessed at.
#[test]
fn other_kinds_of_spreadsheets_are_named() {
    let error = Table::parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "old.xls").unwrap_err();
    assert!(matches!(error, TableError::Spreadsheet { .. }), "{error}");
}

#[test]
fn documents_without_bottom() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let start = Instant::now();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    write("deep.yaml", &format!("name: {}\n", deep("[", "]")));
    write(
        "bomb.yaml",
        "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n\
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nname: [*c, *c, *c, *c, *c, *c, *c, *c]\n",
    );
    write("cycle.yaml", "name: &a [*a]\n");
    for name in ["deep.yaml", "bomb.yaml", "cycle.yaml"] {
        let (_, error) = ends(folder.path(), 2, &["study", "check", name]);
        assert!(!error.is_empty());
    }
    write("model.json", &deep("[", "]"));
    write("t.csv", "id,x\nP1,1\n");
    ends(
        folder.path(),
        2,
        &["predict", "--model", "model.json", "--table", "t.csv"],
    );
    write(
        "model.json",
        &format!(
            "{{\"radiome\": \"0\", \"format\": 2, \"study\": {}}}",
            deep("{\"a\":", "}")
        ),
    );
    ends(
        folder.path(),
        2,
        &["predict", "--model", "model.json", "--table", "t.csv"],
    );
    fs::create_dir(folder.path().join("old.run")).unwrap();
    write("old.run/results.json", &deep("[", "]"));
    ends(folder.path(), 2, &["study", "report", "old.run"]);
    write("published.json", &deep("{\"a\":", "}"));
    ends(folder.path(), 2, &["audit", "published.json"]);
    assert!(start.elapsed() < Duration::from_secs(30));
}

/// Bytes of no kind at all, to every command that reads a file.
#[test]
fn noise_is_refused_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..4096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    fs::write(folder.path().join("noise"), &noise).unwrap();
    for arguments in [
        &["inspect", "noise"][..],
        &["convert", "noise", "--out", "o.nii"],
        &["filter", "noise", "--filter", "Square", "--out", "o.nrrd"],
        &["correct", "noise", "--method", "zscore", "--out", "o.nii"],
        &["maps", "noise", "noise", "--out", "maps"],
        &["extract", "noise"],
        &["study", "check", "noise"],
        &["compare", "noise", "--group", "g", "--vars", "x"],
        &["audit", "noise"],
        &["predict", "--model", "noise", "--table", "noise"],
    ] {
        let (_, error) = ends(folder.path(), 2, arguments);
        assert!(error.contains("noise"), "{arguments:?}: {error}");
    }
}

/// Published counts whose exact tests would take minutes together: what fuzzing found, a table of 135
/// bytes that took seconds, eight hundred times over. What is not compared is said.
#[test]
fn counts_whose_exact_tests_take_long() {
    let start = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let mut text = "variable,level,train_low,train_high,ext_low,ext_high,p\n".to_owned();
    for number in 0..800 {
        text += &format!("v{number},m,110,30,209,112,0.5\n,f,39,120,24,25,\n,u,219,309,20,124,\n");
    }
    fs::write(folder.path().join("published.csv"), text).unwrap();
    let (out, err) = ends(folder.path(), 0, &["audit", "published.csv"]);
    assert!(
        err.contains("1600 comparisons with counts were not made"),
        "{out}\n{err}"
    );
    // Seconds on a busy machine; each comparison alone took as long.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}
