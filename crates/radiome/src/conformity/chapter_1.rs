//! Chapter 1: the digital phantom, and the CT phantom in its configurations A to E.

use std::path::Path;

use radiome_features::FeatureRow;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::{DiagnosticsPlan, Extractor, Profile, digital_phantom};
use radiome_image::{Image, LabelMap, read};

use super::{Comparison, Conformity, ConformityError, Part, entry_of, read_image};
use crate::table::Table;

/// The configurations of the CT phantom.
const CONFIGURATIONS: [(&str, Profile); 5] = [
    ("A", Profile::A),
    ("B", Profile::B),
    ("C", Profile::C),
    ("D", Profile::D),
    ("E", Profile::E),
];

/// The digital phantom, from numbers in the program.
pub(super) fn digital_phantom(run: &mut Conformity) -> Result<(), ConformityError> {
    let (image, labels) = (digital_phantom::image(), digital_phantom::labels());
    let row = extract("digital", Profile::Digital, &image, &labels)?;
    for (tag, expected) in digital_phantom::reference_values() {
        run.comparisons
            .push(feature("digital", tag, &row, expected));
    }
    Ok(())
}

/// The CT phantom, from the folder `ibsi1`.
pub(super) fn ct_phantom(folder: &Path, run: &mut Conformity) -> Result<(), ConformityError> {
    let values = Table::read(&folder.join("reference_values.csv"))?;
    let diagnostics = Table::read(&folder.join("reference_diagnostics.csv"))?;
    let (image, labels) = read_ct_phantom(folder)?;
    let mut without = 0;
    for (configuration, profile) in CONFIGURATIONS {
        let row = extract(configuration, profile, &image, &labels)?;
        for reference in references(&diagnostics, configuration)? {
            let Some(expected) = reference.value else {
                continue;
            };
            let text = row.diagnostic(&format!("diagnostics_{}", reference.tag));
            let found = text.and_then(|text| text.parse().ok());
            run.comparisons.push(Comparison {
                part: Part::Diagnostics,
                family: stage(&reference.tag).to_owned(),
                configuration: configuration.to_owned(),
                patient: None,
                name: reference.name,
                ibsi: None,
                passes: found.is_some_and(|found| expected.agrees(found)),
                tag: reference.tag,
                found,
                expected,
            });
        }
        for reference in references(&values, configuration)? {
            match reference.value {
                Some(expected) => {
                    let compared = feature(configuration, &reference.tag, &row, expected);
                    run.comparisons.push(compared);
                }
                None => without += 1,
            }
        }
    }
    if without > 0 {
        run.skipped.push(format!(
            "{without} features of the CT phantom have no reference value (not standardised)"
        ));
    }
    Ok(())
}

/// The CT phantom and its region.
pub(super) fn read_ct_phantom(folder: &Path) -> Result<(Image, LabelMap), ConformityError> {
    let image = read_image(&folder.join("ct_phantom/image.nii.gz"))?;
    let path = folder.join("ct_phantom/mask.nii.gz");
    let labels = read::labels(&path).map_err(|source| ConformityError::Read { path, source })?;
    Ok((image, labels))
}

fn extract(
    configuration: &str,
    profile: Profile,
    image: &Image,
    labels: &LabelMap,
) -> Result<FeatureRow, ConformityError> {
    let mut plan = profile.plan();
    plan.diagnostics = DiagnosticsPlan::WholeImage;
    let row = Extractor::new(plan).extract(image, labels, None);
    row.map_err(|source| ConformityError::Extract {
        what: format!("configuration {configuration}"),
        source: Box::new(source),
    })
}

fn feature(
    configuration: &str,
    tag: &str,
    row: &FeatureRow,
    expected: ReferenceValue,
) -> Comparison {
    let entry = entry_of(tag);
    let found = row.feature(tag);
    Comparison {
        part: Part::Features,
        family: entry
            .map_or("unknown", |entry| entry.family.title())
            .to_owned(),
        configuration: configuration.to_owned(),
        patient: None,
        tag: tag.to_owned(),
        name: entry.map_or(tag, |entry| entry.name).to_owned(),
        ibsi: entry.and_then(|entry| entry.ibsi).map(str::to_owned),
        found,
        passes: found.is_some_and(|found| expected.agrees(found)),
        expected,
    }
}

/// The stage that a diagnostic belongs to.
fn stage(tag: &str) -> &'static str {
    const STAGES: [(&str, &str); 5] = [
        ("init_img", "Initial image"),
        ("interp_img", "Interpolated image"),
        ("init_roi", "Initial region"),
        ("interp_roi", "Interpolated region"),
        ("reseg_roi", "Re-segmented region"),
    ];
    let known = STAGES.iter().find(|(end, _)| tag.ends_with(end));
    known.map_or("unknown", |(_, stage)| stage)
}

struct Reference {
    tag: String,
    name: String,
    /// `None` where the IBSI gives none.
    value: Option<ReferenceValue>,
}

/// The rows of a configuration of the CT phantom.
fn references(table: &Table, configuration: &str) -> Result<Vec<Reference>, ConformityError> {
    let (datasets, configurations) = (table.cells("dataset")?, table.cells("config")?);
    let (names, tags) = (table.cells("feature")?, table.cells("tag")?);
    let (values, tolerances) = (table.numbers("value")?, table.numbers("tolerance")?);
    let mut references = Vec::new();
    for row in 0..table.len() {
        if datasets[row] == "ct_phantom" && configurations[row] == configuration {
            let value = ReferenceValue {
                value: values[row],
                tolerance: tolerances[row],
            };
            references.push(Reference {
                tag: tags[row].clone(),
                name: names[row].clone(),
                value: value.value.is_finite().then_some(value),
            });
        }
    }
    Ok(references)
}
