//! The CT phantom, configurations A to E, where the data is.

use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::{DiagnosticsPlan, Extractor, Profile};
use radiome_image::{Image, LabelMap};

use crate::regions::shared;

/// A row of a table of reference values.
struct Reference {
    config: String,
    tag: String,
    /// `None` where the IBSI gives none.
    value: Option<ReferenceValue>,
}

/// The rows of the CT phantom; `columns` are those of the tag and the value.
fn references(text: &str, [tag, value]: [usize; 2]) -> Vec<Reference> {
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let cells = split(line);
        if cells[0] != "ct_phantom" {
            continue;
        }
        let number = |at: usize| cells[at].parse::<f64>().ok();
        let printed = number(value).map(|found| ReferenceValue {
            value: found,
            tolerance: number(value + 1).unwrap(),
        });
        rows.push(Reference {
            config: cells[1].clone(),
            tag: cells[tag].clone(),
            value: printed,
        });
    }
    rows
}

/// The cells of a line of CSV, some of them in quotes.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

fn phantom(data: &std::path::Path) -> (Image, LabelMap) {
    let folder = data.join("ct_phantom");
    (
        radiome_image::read::image(folder.join("image.nii.gz")).unwrap(),
        radiome_image::read::labels(folder.join("mask.nii.gz")).unwrap(),
    )
}

/// Compares every reference value of a configuration with what the profile gives: how many there
/// are, and which do not agree.
fn compare(config: &str, profile: Profile) -> Option<(usize, Vec<String>)> {
    let data = shared()?;
    let text = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    let (image, labels) = phantom(&data);
    let mut plan = profile.plan();
    plan.diagnostics = DiagnosticsPlan::WholeImage;
    let row = Extractor::new(plan).extract(&image, &labels, None).unwrap();
    let diagnostics = references(&text("reference_diagnostics.csv"), [4, 5]);
    let features = references(&text("reference_values.csv"), [5, 8]);
    let mut compared = 0;
    let mut wrong = Vec::new();
    for reference in diagnostics.iter().chain(&features) {
        let Some(expected) = reference.value.filter(|_| reference.config == config) else {
            continue;
        };
        compared += 1;
        let diagnostic = row.diagnostic(&format!("diagnostics_{}", reference.tag));
        let diagnostic = diagnostic.map(|text| text.parse::<f64>().unwrap());
        match row.feature(&reference.tag).or(diagnostic) {
            Some(found) if expected.agrees(found) => {}
            found => wrong.push(format!("{}: {found:?}, {expected:?}", reference.tag)),
        }
    }
    Some((compared, wrong))
}

/// Tolerance: the IBSI's own; a value counts as it is or rounded to the three digits printed.
#[test]
fn all_values_and_diagnostics_of_the_five_configurations_agree() {
    let configurations = [
        ("A", Profile::A, 346 + 60),
        ("B", Profile::B, 346 + 60),
        ("C", Profile::C, 210 + 60),
        ("D", Profile::D, 210 + 60),
        ("E", Profile::E, 210 + 60),
    ];
    for (name, profile, count) in configurations {
        let Some((compared, wrong)) = compare(name, profile) else {
            return;
        };
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
        assert_eq!(compared, count, "{name}");
    }
}
