//! Regions that several tests share: small ones from a table, and the CT phantom in configuration A.

use std::path::{Path, PathBuf};

use radiome_features::Region;
use radiome_features::discretize::GrayLevels;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::texture::Levels;
use radiome_image::{Mask, PixelType, read};

/// A region, its grey levels and the morphological mask in its box.
pub(crate) struct Leveled {
    pub(crate) region: Region,
    pub(crate) levels: GrayLevels,
    pub(crate) morphological: Vec<bool>,
}

impl Leveled {
    /// Levels of every voxel of a box; 0 is outside.
    pub(crate) fn new(levels: &[u32], size: [usize; 3]) -> Self {
        let inside: Vec<bool> = levels.iter().map(|&level| level > 0).collect();
        let levels: Vec<u32> = levels.iter().copied().filter(|&level| level > 0).collect();
        let mut counts = vec![0; levels.iter().copied().max().unwrap_or(0) as usize];
        for &level in &levels {
            counts[level as usize - 1] += 1;
        }
        let region = Region {
            size,
            spacing: [1.0, 2.0, 3.0],
            pixel_type: PixelType::F64,
            values: levels.iter().map(|&level| f64::from(level)).collect(),
            inside,
        };
        Self {
            morphological: region.inside.clone(),
            region,
            levels: GrayLevels { levels, counts },
        }
    }

    pub(crate) fn levels(&self) -> Levels<'_> {
        Levels {
            region: &self.region,
            levels: &self.levels,
            morphological: &self.morphological,
        }
    }
}

/// The IBSI's data, or `None` with a word on why the test is skipped.
pub(crate) fn shared() -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("RADIOME_SHARED").map_or_else(|| fallback.into(), PathBuf::from);
    let data = root.join("data/ibsi1");
    if data.is_dir() {
        return Some(data);
    }
    println!(
        "skipped: no shared data at {} (set RADIOME_SHARED)",
        root.display()
    );
    None
}

/// The CT phantom in configuration A, which has no interpolation: the intensity mask holds values
/// from -500 to 400 HU, in bins of 25 HU from -500; the morphological mask is the mask as it is.
pub(crate) fn configuration_a(data: &Path) -> Leveled {
    let folder = data.join("ct_phantom");
    let image = read::image(folder.join("image.nii.gz")).unwrap();
    let labels = read::labels(folder.join("mask.nii.gz")).unwrap();
    let mask = Mask {
        inside: labels.labels.iter().map(|&label| label != 0).collect(),
        geometry: labels.geometry,
    };
    let morphological = Region::new(&image, &mask).unwrap();
    let level = |value: f64| {
        let value = value.round();
        let bin = ((value + 500.0) / 25.0).floor() as u32 + 1;
        let kept = (-500.0..=400.0).contains(&value);
        if kept { bin } else { 0 }
    };
    let mut values = morphological.values.iter();
    let in_box = morphological.inside.iter();
    let levels: Vec<u32> = in_box
        .map(|&inside| {
            if inside {
                level(*values.next().unwrap())
            } else {
                0
            }
        })
        .collect();
    Leveled {
        morphological: morphological.inside,
        ..Leveled::new(&levels, morphological.size)
    }
}

/// Compares with all values of configuration A in two dimensions; returns how many.
#[track_caller]
pub(crate) fn check_configuration_a(data: &Path, found: &[(String, f64)]) -> usize {
    let mut table = csv::Reader::from_path(data.join("reference_values.csv")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in table.records().map(|row| row.unwrap()) {
        if &row[0] != "ct_phantom" || &row[1] != "A" || row[8].is_empty() {
            continue;
        }
        let Some((tag, value)) = found.iter().find(|(tag, _)| *tag == row[5]) else {
            continue;
        };
        let number = |at: usize| row[at].parse::<f64>().unwrap();
        let expected = ReferenceValue {
            value: number(8),
            tolerance: number(9),
        };
        compared += 1;
        if !expected.agrees(*value) {
            wrong.push(format!("{tag}: {value}, the IBSI gives {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compared
}
