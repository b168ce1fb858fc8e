//! `radiome convert SERIES --sr FEATURES.csv`: features as a DICOM structured report.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::coded::{IntensityUnit, measurement};
use radiome::table::Table;
use radiome_dicom::{Code, MeasurementGroup, Regions, Report, Series};

use super::Options;
use crate::command::{Common, Status};

/// How names of settings begin in a table of features.
const SETTINGS: &str = "diagnostics_Configuration_";

pub(super) fn write(options: &Options, features: &Path, common: &Common) -> miette::Result<Status> {
    let ending = options.out.extension();
    if !ending.is_some_and(|ending| ending.eq_ignore_ascii_case("dcm")) {
        return Err(miette!(
            help = "end its name in .dcm",
            "--sr writes a DICOM file, and --out {} is no name of one",
            options.out.display()
        ));
    }
    if !radiome_dicom::is_dicom(&options.input) {
        return Err(miette!(
            help = "give the folder, the ZIP archive or a file of the series that was measured",
            "a report needs a DICOM series, and {} is none",
            options.input.display()
        ));
    }
    let series = radiome_dicom::series(&options.input)
        .map_err(|error| miette!(help = "check the path and the files", "{error}"))?;
    let table = Table::read(features)?;
    let rows = rows_of(&table, features, &options.input, &series)?;
    let regions: Vec<Option<(Regions, u32)>> = rows
        .iter()
        .map(|&row| region(&table, row, features))
        .collect::<miette::Result<_>>()?;
    let mut groups = Vec::with_capacity(rows.len());
    for (&row, region) in rows.iter().zip(&regions) {
        groups.push(group(&table, row, region.as_ref(), &series)?);
    }
    let count: usize = groups.iter().map(|group| group.measurements.len()).sum();
    let report = Report {
        program: "radiome",
        version: env!("CARGO_PKG_VERSION"),
        groups,
        anonymous: options.anonymous,
    };
    let bytes = series
        .report(&report)
        .map_err(|error| miette!(help = "check the files of the series", "{error}"))?;
    std::fs::write(&options.out, bytes)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", options.out.display()))?;
    common.note(&format!(
        "written: {} ({count} measurements of {} regions{})",
        options.out.display(),
        report.groups.len(),
        if options.anonymous {
            ""
        } else {
            "; it names the patient"
        }
    ));
    Ok(Status::Done)
}

/// The rows of the table that were measured in the series: those whose column `Image` leads to it.
fn rows_of(
    table: &Table,
    file: &Path,
    input: &Path,
    series: &Series,
) -> miette::Result<Vec<usize>> {
    if table.is_empty() {
        return Err(miette!(
            help = "write it with `radiome extract SERIES MASK --out FEATURES.csv`",
            "{} has no rows",
            file.display()
        ));
    }
    let none = || {
        miette!(
            help = "give the table that `radiome extract` wrote for this series, or a table of one row",
            "{}: no row has an Image that is {}",
            file.display(),
            input.display()
        )
    };
    let Some(column) = table.special_column("Image")? else {
        return match table.len() {
            1 => Ok(vec![0]),
            _ => Err(none()),
        };
    };
    let wanted = input.canonicalize().ok();
    let is_it = |cell: Option<&str>| {
        let candidates = cell.map(|cell| candidates(cell, file)).unwrap_or_default();
        candidates.iter().any(|path| {
            let same = path
                .canonicalize()
                .ok()
                .is_some_and(|path| Some(path) == wanted);
            // Another file of the same series.
            same || path.is_file()
                && radiome_dicom::is_dicom(path)
                && radiome_dicom::series(path).is_ok_and(|other| other.uid() == series.uid())
        })
    };
    let cells = table.texts(column)?.into_iter().enumerate();
    let rows: Vec<usize> = cells
        .filter(|(_, cell)| is_it(*cell))
        .map(|(row, _)| row)
        .collect();
    match (rows.is_empty(), table.len()) {
        (false, _) => Ok(rows),
        (true, 1) => Ok(vec![0]),
        (true, _) => Err(none()),
    }
}

/// Where a path in a table may lead: from the working folder, and from the table's.
fn candidates(cell: &str, file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    vec![PathBuf::from(cell), folder.join(cell)]
}

fn cell<'a>(table: &'a Table, name: &str, row: usize) -> miette::Result<Option<&'a str>> {
    match table.special_column(name)? {
        Some(column) => Ok(table.texts(column)?.get(row).copied().flatten()),
        None => Ok(None),
    }
}

/// The contours or the segmentation of a row, and the label of its region; none if the mask is no
/// DICOM file or is no longer there.
fn region(table: &Table, row: usize, file: &Path) -> miette::Result<Option<(Regions, u32)>> {
    let Some(mask) = cell(table, "Mask", row)? else {
        return Ok(None);
    };
    let found = candidates(mask, file)
        .into_iter()
        .find(|path| path.exists());
    let Some(path) = found.filter(|path| radiome_dicom::is_dicom(path)) else {
        return Ok(None);
    };
    let unread = |error| miette!(help = "check the column Mask of the table", "{error}");
    let regions = Regions::open(path).map_err(unread)?;
    let label = match cell(table, "Label", row)? {
        Some(text) => match text.trim().parse() {
            Ok(number) => number,
            Err(_) => regions.label_of(text.trim()).map_err(unread)?,
        },
        None => match regions.segments()[..] {
            [ref only] => only.label,
            _ => {
                return Err(miette!(
                    help =
                        "extract with --label 1,2 or all, so that the table has the column Label",
                    "{mask} holds several regions, and the table does not say which was measured"
                ));
            }
        },
    };
    Ok(Some((regions, label)))
}

/// The measurements of a row.
fn group<'a>(
    table: &Table,
    row: usize,
    region: Option<&'a (Regions, u32)>,
    series: &Series,
) -> miette::Result<MeasurementGroup<'a>> {
    let columns: Vec<&str> = table.columns().collect();
    let mut parameters = Vec::new();
    for name in columns.iter().filter(|name| name.starts_with(SETTINGS)) {
        let setting = name.strip_prefix(SETTINGS).unwrap_or(name);
        let value = table.cells(name)?.get(row).cloned().unwrap_or_default();
        parameters.push((setting.to_owned(), value));
    }
    let normalized = parameters
        .iter()
        .any(|(_, value)| value.contains("'normalize': True") || value.contains("normalize: true"));
    let unit = IntensityUnit::of(series.modality(), normalized);
    let mut measurements = Vec::new();
    for name in columns {
        if measurement(name, 0.0, unit).is_none() {
            continue;
        }
        let text = table.cells(name)?.get(row).map_or("", String::as_str);
        let value = match text.trim() {
            "" | "NA" | "NaN" | "nan" => f64::NAN,
            "Inf" | "inf" => f64::INFINITY,
            "-Inf" | "-inf" => f64::NEG_INFINITY,
            text => text.parse().map_err(|_| {
                miette!(
                    help = "give the table as `radiome extract` wrote it",
                    "{}, row {}, column \"{name}\": `{text}` is no number",
                    table.source(),
                    row + 2
                )
            })?,
        };
        measurements.extend(measurement(name, value, unit));
    }
    if measurements.is_empty() {
        return Err(miette!(
            help = "columns are named as in original_glcm_Contrast, or as in cm_contrast_3D_avg under \
                    the IBSI's definitions (--params ibsi:...)",
            "{} has no column of a feature",
            table.source()
        ));
    }
    let label = cell(table, "Label", row)?;
    let name = region.and_then(|(regions, label)| {
        let segments = regions.segments();
        let own = segments.into_iter().find(|segment| segment.label == *label);
        own.map(|segment| segment.name)
            .filter(|name| !name.is_empty())
    });
    let tracking = match (name, label) {
        (Some(name), _) => name,
        (None, Some(label)) => format!("label {label}"),
        (None, None) => "region".to_owned(),
    };
    Ok(MeasurementGroup {
        tracking,
        finding: Code::new("52988006", "SCT", "Lesion"),
        region: region.map(|(regions, label)| (regions, *label)),
        parameters,
        measurements,
    })
}
