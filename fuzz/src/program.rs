//! Readers of the program: tables, study files, models, results and published tables.

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use flate2::Compression;
use radiome::model::Model;
use radiome::prediction::{NewPatient, predict};
use radiome::results::Results;
use radiome::study::{Cohort, StudyFile};
use radiome::table::Table;
use radiome_features::Settings;

use crate::command::audit::{Sheet, audit as audit_sheets};
use crate::parts;

/// Tables: the bytes themselves, packed, or as a part of a spreadsheet.
pub fn table(data: &[u8]) -> usize {
    let Some((&way, bytes)) = data.split_first() else {
        return 0;
    };
    let file = match way % 5 {
        0 => bytes.to_vec(),
        1 => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
            let packed = packer.write_all(bytes).and_then(|()| packer.finish());
            packed.unwrap_or_default()
        }
        part => spreadsheet(usize::from(part) - 2, bytes),
    };
    match Table::parse(&file, "t") {
        Ok(table) => {
            let columns: Vec<String> = table.columns().map(str::to_owned).collect();
            for column in &columns {
                let _ = table.numbers(column);
                assert_eq!(
                    table.cells(column).map(<[String]>::len).ok(),
                    Some(table.len())
                );
            }
            let _ = table.ids("ID");
        }
        Err(error) => drop(error.to_string()),
    }
    // Cells are held by rows and then by columns, 24 bytes each with their text beside them.
    4 * file.len()
}

/// A spreadsheet of which one part is given: the sheet, the shared strings, or the list of sheets.
fn spreadsheet(given: usize, bytes: &[u8]) -> Vec<u8> {
    const PARTS: [(&str, &[u8]); 3] = [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData></worksheet>"),
        ("xl/sharedStrings.xml", b"<sst><si><t>age</t></si></sst>"),
        ("xl/workbook.xml", b"<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"),
    ];
    const LINKS: &[u8] = b"<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut put = |name: &str, bytes: &[u8]| {
        if archive.start_file(name, stored).is_ok() {
            let _ = archive.write_all(bytes);
        }
    };
    for (number, (name, usual)) in PARTS.into_iter().enumerate() {
        put(name, if number == given { bytes } else { usual });
    }
    put("xl/_rels/workbook.xml.rels", LINKS);
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// Study files, against a table of patients.
pub fn study(data: &[u8]) -> usize {
    static PATIENTS: OnceLock<Option<Table>> = OnceLock::new();
    let patients = PATIENTS.get_or_init(|| {
        let mut text = "ID,age,sex,grade,centre,days,dead,stage\n".to_owned();
        for row in 0..12 {
            let centre = if row < 8 { "A" } else { "B" };
            text += &format!(
                "P{row},{},m,{},{centre},{},{},II\n",
                40 + row,
                row % 2,
                90 * row,
                row % 3 % 2
            );
        }
        Table::parse(text.as_bytes(), "t.csv").ok()
    });
    if let Ok(text) = std::str::from_utf8(data) {
        match StudyFile::from_yaml(text) {
            Ok(file) => {
                if let Some(table) = patients
                    && let Ok(cohort) = Cohort::from_table(table.clone(), "ID", &file)
                {
                    drop(cohort.obstacles(&file));
                }
            }
            Err(error) => drop(error.to_string()),
        }
    }
    4 * data.len()
}

/// Models, and a patient to predict.
pub fn model(data: &[u8]) -> usize {
    if let Ok(text) = std::str::from_utf8(data) {
        match Model::from_json(text) {
            Ok(model) => {
                let features = model.features.iter().map(|_| Some(1.5));
                let inputs = model.clinical_inputs();
                let clinical = inputs
                    .iter()
                    .map(|term| (term.variable().to_owned(), Some("1".to_owned())));
                let patient = NewPatient {
                    id: "P1".to_owned(),
                    batch: model.batches.keys().next().cloned(),
                    features: features.collect(),
                    clinical: clinical.collect(),
                    ..NewPatient::default()
                };
                let _ = predict(&model, &[patient]);
            }
            Err(error) => drop(error.to_string()),
        }
    }
    4 * data.len()
}

/// Results, and the report of them.
pub fn results(data: &[u8]) -> usize {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(results) = Results::from_json(text)
    {
        let _ = radiome::report::render(&results);
    }
    64 * data.len()
}

/// Published tables, text or JSON.
pub fn audit(data: &[u8]) -> usize {
    let mut sheets = Vec::new();
    for (number, part) in parts(data).into_iter().enumerate() {
        let name = format!("{number}");
        let sheet = match part.starts_with(b"{") {
            true => std::str::from_utf8(part)
                .ok()
                .and_then(|text| Sheet::of_json(text, &name).ok()),
            false => Table::parse(part, &name).ok().map(Sheet::of),
        };
        sheets.extend(sheet);
    }
    let _ = audit_sheets(&sheets, Vec::new(), 0.95);
    64 * data.len()
}

/// Parameter files: read, and understood.
pub fn parameters(data: &[u8]) -> usize {
    if let Ok(text) = std::str::from_utf8(data) {
        match Settings::from_yaml(text) {
            Ok(settings) => {
                let _ = settings.plan();
                if let Ok(protocol) = settings.protocol() {
                    drop(protocol.features());
                    drop(protocol.written());
                }
            }
            Err(error) => drop(error.to_string()),
        }
    }
    // Nodes of a document are 40 times as long as the shortest text of one.
    4 * data.len()
}
