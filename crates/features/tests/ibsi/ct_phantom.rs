//! The CT phantom, configurations A to E, where the data is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::{DiagnosticsPlan, Extractor, Profile};
use radiome_image::{Image, LabelMap};

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("RADIOME_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| {
        let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        crates.join("../../../shared")
    });
    let data = root.join("data/ibsi1");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!(
        "skipped: {} is not there (set RADIOME_SHARED)",
        data.display()
    );
    None
}

/// A row of a table of reference values.
struct Reference {
    config: String,
    family: String,
    tag: String,
    /// `None` where the IBSI gives none.
    value: Option<ReferenceValue>,
}

/// The rows of the CT phantom; `columns` are those of the family, the tag and the value.
fn references(text: &str, [family, tag, value]: [usize; 3]) -> Vec<Reference> {
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
            family: cells[family].clone(),
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
        radiome_image::read::image(&folder.join("image.nii.gz")).unwrap(),
        radiome_image::read::labels(&folder.join("mask.nii.gz")).unwrap(),
    )
}

/// Every reference value of a configuration against what the profile gives; which do not agree.
fn misses(config: &str, profile: Profile) -> Option<Vec<String>> {
    let data = shared()?;
    let text = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    let (image, labels) = phantom(&data);
    let mut plan = profile.plan();
    plan.diagnostics = DiagnosticsPlan::WholeImage;
    let row = Extractor::new(plan).extract(&image, &labels, None).unwrap();
    let diagnostics = references(&text("reference_diagnostics.csv"), [2, 4, 5]);
    let features = references(&text("reference_values.csv"), [2, 5, 8]);
    let mut wrong = Vec::new();
    let mut compared: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let of_config = |reference: &&Reference| reference.config == config;
    for reference in diagnostics.iter().chain(&features).filter(of_config) {
        let Some(expected) = reference.value else {
            continue;
        };
        let diagnostic = row.diagnostic(&format!("diagnostics_{}", reference.tag));
        let diagnostic = diagnostic.map(|text| text.parse::<f64>().unwrap());
        let found = row.feature(&reference.tag).or(diagnostic);
        let [passed, of] = compared.entry(reference.family.clone()).or_default();
        *of += 1;
        match found {
            Some(found) if expected.agrees(found) => *passed += 1,
            Some(found) => wrong.push(format!("{}: {found}, {expected:?}", reference.tag)),
            None => wrong.push(format!("{}: missing", reference.tag)),
        }
    }
    eprintln!("{config}: {compared:?}");
    Some(wrong)
}

#[test]
fn configuration() {
    for (config, profile) in [
        ("A", Profile::A),
        ("B", Profile::B),
        ("C", Profile::C),
        ("D", Profile::D),
        ("E", Profile::E),
    ] {
        for line in misses(config, profile).into_iter().flatten() {
            if !line.contains("missing") {
                eprintln!("{config} {line}");
            }
        }
    }
}
