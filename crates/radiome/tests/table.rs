//! Tables as people save them.

use std::io::Write;

use radiome::table::{Table, TableError, join};

fn parse(text: &str) -> Table {
    Table::parse(text.as_bytes(), "test.csv").unwrap()
}

fn error(text: &[u8]) -> TableError {
    Table::parse(text, "test.csv").unwrap_err()
}

#[test]
fn separators_marks_and_line_ends_are_recognised() {
    let texts = [
        "id,age,note\nA,1.5,x\nB,,y\n".to_owned(),
        "id;age;note\r\nA;1.5;x\r\nB;NA;y\r\n".to_owned(),
        "id\tage\tnote\nA\t1.5\tx\nB\tNaN\ty".to_owned(),
        "\u{feff}id,age,note\n\n A , 1.5 ,x\n,,\nB,,\"y\"\n".to_owned(),
        // Commas inside cells must not win over the separator.
        "id;age;note\nA;1.5;x\nB;;\"y\"\n".to_owned(),
        "id,age,note,,\nA,1.5,x,,\nB,,y,,\n".to_owned(),
    ];
    for text in texts {
        let table = parse(&text);
        assert_eq!(
            table.columns().collect::<Vec<_>>(),
            ["id", "age", "note"],
            "{text}"
        );
        let age = table.numbers("age").unwrap();
        assert!(age[0] == 1.5 && age[1].is_nan(), "{text}");
        assert_eq!(table.texts("note").unwrap(), [Some("x"), Some("y")]);
        assert_eq!(table.ids("id").unwrap(), ["A", "B"]);
        assert!(table.is_numeric("age") && !table.is_numeric("note"));
    }
}

#[test]
fn utf16_and_gzip_are_read() {
    let text = "id\tname\n1\tGrün\n";
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    for bytes in [utf16, encoder.finish().unwrap()] {
        let table = Table::parse(&bytes, "t").unwrap();
        assert_eq!(table.texts("name").unwrap(), [Some("Grün")]);
    }
}

#[test]
fn nameless_columns_are_named_as_pandas_does() {
    let table = parse(",x\n0,5\n1,6\n");
    assert_eq!(table.columns().collect::<Vec<_>>(), ["Unnamed: 0", "x"]);
}

#[test]
fn errors_name_the_row_as_a_spreadsheet_shows_it() {
    // Row 2 spans two lines and row 3 is empty, so the bad cell stands in row 4.
    for line_end in ["\n", "\r\n"] {
        let text = format!("id,x{0}A,\"1{0}\"{0}{0}B,1,5{0}", line_end);
        match error(text.as_bytes()) {
            TableError::Ragged {
                row,
                found,
                expected,
                ..
            } => assert_eq!((row, found, expected), (4, 3, 2)),
            other => panic!("{other}"),
        }
    }
    let table = parse("id;x\nA;1\n\nB;1,5\n");
    let error = table.numbers("x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.csv, row 4, column \"x\": \"1,5\" is not a number"
    );
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("decimal point"), "{help}");
}

#[test]
fn damaged_and_doubtful_tables_are_refused() {
    assert!(matches!(error(b""), TableError::NoHeader { .. }));
    assert!(matches!(error(b"\n\n"), TableError::NoHeader { .. }));
    assert!(matches!(
        error(b"id,a\nX,M\xfcller\n"),
        TableError::NotUtf8 { row: 2, .. }
    ));
    assert!(matches!(
        error(b"a,b,a\n1,2,3\n"),
        TableError::DuplicateColumn {
            first: 1,
            second: 3,
            ..
        }
    ));
    assert!(matches!(
        error(b"PK\x03\x04 no zip"),
        TableError::Spreadsheet { .. }
    ));
    assert!(matches!(
        error(b"\x1f\x8b\x08 no gzip"),
        TableError::Unreadable { .. }
    ));
    let twice = parse("id,a\nX,1\nY,2\nX,3\n");
    assert!(matches!(
        twice.ids("id").unwrap_err(),
        TableError::DuplicateId {
            first: 2,
            second: 4,
            ..
        }
    ));
    let without = parse("id,a\nX,1\n,2\n");
    assert!(matches!(
        without.ids("id").unwrap_err(),
        TableError::MissingId { row: 3, .. }
    ));
    let slip = parse("tumor_size,a\n1,2\n")
        .numbers("tumour_size")
        .unwrap_err();
    assert!(
        matches!(&slip, TableError::NoColumn { nearest: Some(name), .. } if name == "tumor_size")
    );
}

#[test]
fn special_names_disregard_case_and_ids_have_defaults() {
    let table = parse("image,MASK,patientid\n1,2,3\n");
    assert_eq!(table.special_column("Image").unwrap(), Some("image"));
    assert_eq!(table.special_column("Label").unwrap(), None);
    assert_eq!(table.id_column(None).unwrap(), "patientid");
    let two = parse("image,IMAGE\n1,2\n");
    assert!(matches!(
        two.special_column("Image").unwrap_err(),
        TableError::AmbiguousColumn { .. }
    ));
    assert!(matches!(
        two.id_column(None).unwrap_err(),
        TableError::NoIdColumn { .. }
    ));
}

#[test]
fn patterns_choose_columns_in_table_order() {
    let table = parse("id,b_x,a_x,c\n1,2,3,4\n");
    assert_eq!(
        table.matching(&["a_*", "b_*", "*_x"]).unwrap(),
        ["b_x", "a_x"]
    );
    assert!(matches!(
        table.matching(&["d_*"]).unwrap_err(),
        TableError::NoMatch { .. }
    ));
    assert!(matches!(
        table.matching(&["cc"]).unwrap_err(),
        TableError::NoColumn { .. }
    ));
}

#[test]
fn joining_follows_the_first_table_and_never_guesses_ids() {
    let clinical = parse("id,age,sex\nP01,50,M\nP02,60,F\nP03,70,F\n");
    let outcome = Table::parse(
        b"patient;sex;grade\np-2;F;1\nP03;F;0\nP01;M;x\n",
        "outcome.csv",
    )
    .unwrap();
    let tables = [
        (clinical.clone(), "id".to_owned()),
        (outcome, "patient".to_owned()),
    ];
    let joined = join(&tables).unwrap();
    let table = &joined.table;
    assert_eq!(
        table.columns().collect::<Vec<_>>(),
        ["id", "age", "sex", "grade"]
    );
    assert_eq!(table.texts("grade").unwrap(), [Some("x"), None, Some("0")]);
    let unmatched = &joined.unmatched[0];
    assert_eq!(
        (unmatched.lacking.as_slice(), unmatched.left_out.as_slice()),
        (&["P02".to_owned()][..], &["p-2".to_owned()][..])
    );
    assert_eq!(unmatched.alike, [("P02".to_owned(), "p-2".to_owned())]);
    // The error points into the file that the cell came from.
    let error = table.numbers("grade").unwrap_err().to_string();
    assert_eq!(
        error,
        "outcome.csv, row 4, column \"grade\": \"x\" is not a number"
    );
    let chosen = table.select_rows(&[2, 0]);
    assert_eq!(chosen.ids("id").unwrap(), ["P03", "P01"]);
    assert_eq!(chosen.place("grade", 1).unwrap(), ("outcome.csv", 4));

    let disagreeing = parse("id,age\nP01,51\n");
    let tables = [
        (clinical.clone(), "id".to_owned()),
        (disagreeing, "id".to_owned()),
    ];
    assert!(matches!(
        join(&tables).unwrap_err(),
        TableError::Conflict { .. }
    ));
    let strangers = parse("id,b\n1,51\n");
    let tables = [(clinical, "id".to_owned()), (strangers, "id".to_owned())];
    assert!(matches!(
        join(&tables).unwrap_err(),
        TableError::NoCommonId { .. }
    ));
}

#[test]
fn what_is_written_reads_back() {
    let mut table = Table::new("made", 2);
    table
        .push_texts("a,b", vec!["say \"x\"".to_owned(), "two\nlines".to_owned()])
        .unwrap();
    table.push_numbers("n", &[0.1 + 0.2, f64::NAN]).unwrap();
    assert!(matches!(
        table.push_numbers("n", &[1.0, 2.0]),
        Err(TableError::DuplicateColumn { .. })
    ));
    assert!(matches!(
        table.push_numbers("m", &[1.0]),
        Err(TableError::Length { .. })
    ));
    let folder = tempfile::tempdir().unwrap();
    for name in ["t.csv", "t.tsv", "t.csv.gz"] {
        let path = folder.path().join(name);
        table.write(&path).unwrap();
        let read = Table::read(&path).unwrap();
        assert_eq!(read.cells("a,b").unwrap(), table.cells("a,b").unwrap());
        let numbers = read.numbers("n").unwrap();
        assert!(numbers[0].to_bits() == (0.1 + 0.2f64).to_bits() && numbers[1].is_nan());
    }
    let mut lone = Table::new("made", 1);
    lone.push_texts("only", vec![String::new()]).unwrap();
    assert_eq!(lone.to_csv(), "only\n\"\"\n");
}

/// A workbook of one sheet, zipped without compression.
fn workbook(sheet: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let files = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Patients\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ];
    let mut bytes: Vec<u8> = Vec::new();
    let mut directory: Vec<u8> = Vec::new();
    for (name, text) in &files {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend(size);
        common.extend(size);
        common.extend([u8::try_from(name.len()).unwrap(), 0, 0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
    }
    let start = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let count = [u8::try_from(files.len()).unwrap(), 0];
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(start);
    bytes.extend([0, 0]);
    bytes
}

fn text_cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn spreadsheets_keep_numbers_dates_and_row_numbers() {
    // The table starts in row 3 and column B, as under a title that was deleted; row 5 is empty.
    let header = [("B3", "ID"), ("C3", "age"), ("D3", "seen"), ("E3", "extra")];
    let header: String = header.map(|(place, text)| text_cell(place, text)).concat();
    let sheet = format!(
        "<row r=\"3\">{header}</row>\
         <row r=\"4\"><c r=\"B4\"><v>7</v></c><c r=\"C4\"><v>0.30000000000000004</v></c>\
         <c r=\"D4\" s=\"1\"><v>43861</v></c><c r=\"E4\" t=\"b\"><v>1</v></c></row>\
         <row r=\"6\"><c r=\"B6\"><v>8</v></c><c r=\"C6\" t=\"e\"><v>#N/A</v></c>{}</row>",
        text_cell("D6", "unknown")
    );
    let table = Table::parse(&workbook(&sheet), "t.xlsx").unwrap();
    assert_eq!(table.ids("ID").unwrap(), ["7", "8"]);
    let age = table.numbers("age").unwrap();
    assert!(age[0].to_bits() == (0.1 + 0.2f64).to_bits() && age[1].is_nan());
    // Day 43861 of Excel's calendar is 31 January 2020.
    assert_eq!(table.cells("seen").unwrap(), ["2020-01-31", "unknown"]);
    assert_eq!(table.texts("extra").unwrap(), [Some("TRUE"), None]);
    let error = table.numbers("seen").unwrap_err();
    assert!(
        matches!(error, TableError::NotANumber { row: 4, .. }),
        "{error}"
    );
    assert_eq!(table.place("age", 1).unwrap(), ("t.xlsx", 6));

    let broken = sheet.replace("#N/A", "#DIV/0!");
    let error = Table::parse(&workbook(&broken), "t.xlsx")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "t.xlsx, row 6, column \"age\": the cell holds the error #DIV/0!"
    );
}
