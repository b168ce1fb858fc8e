//! What was done and found on the way to the features.

use radiome_image::{Image, LabelMap, Mask, PixelType};
use sha1::{Digest, Sha1};

use crate::discretize::extremes;
use crate::region::{Place, Region};
use crate::settings::{Plan, python_number};

/// A name after `diagnostics_`, and a text.
type Entry = (String, String);

/// What is known of image and label map before anything is done; the same for all labels.
pub(crate) struct Originals {
    image: Vec<Entry>,
    mask_hash: String,
}

impl Originals {
    pub(crate) fn new(plan: &Plan, image: &Image, labels: &LabelMap) -> Self {
        let mut collected = Diagnostics {
            entries: plan.additional_info.then(Vec::new),
        };
        collected.push("Image-original_Hash".to_owned(), || image_hash(image));
        collected.push("Image-original_Dimensionality".to_owned(), || {
            "3D".to_owned()
        });
        collected.image("original", image);
        // PyRadiomics turns every mask into 32-bit integers before it looks at it.
        let mask_hash = match plan.additional_info {
            true => hash(&labels.labels, |label| label.to_le_bytes()),
            false => String::new(),
        };
        Self {
            image: collected.entries.unwrap_or_default(),
            mask_hash,
        }
    }
}

/// Collects `diagnostics_*` entries, named and ordered as PyRadiomics' are; the versions of its
/// parts have no counterpart.
pub(crate) struct Diagnostics {
    /// `None` where they are not wanted.
    entries: Option<Vec<Entry>>,
}

impl Diagnostics {
    pub(crate) fn new(plan: &Plan, label: u32, originals: &Originals) -> Self {
        let mut diagnostics = Self {
            entries: plan.additional_info.then(Vec::new),
        };
        diagnostics.push("Versions_radiome".into(), || {
            env!("CARGO_PKG_VERSION").to_owned()
        });
        diagnostics.push("Configuration_Settings".into(), || {
            plan.settings_text(label)
        });
        diagnostics.push("Configuration_EnabledImageTypes".into(), || {
            plan.image_types_text().to_owned()
        });
        if let Some(entries) = &mut diagnostics.entries {
            entries.extend(originals.image.iter().cloned());
        }
        diagnostics.push("Mask-original_Hash".into(), || originals.mask_hash.clone());
        diagnostics
    }

    pub(crate) fn entries(self) -> Vec<Entry> {
        let entries = self.entries.unwrap_or_default().into_iter();
        entries
            .map(|(name, text)| (format!("diagnostics_{name}"), text))
            .collect()
    }

    fn push(&mut self, name: String, text: impl FnOnce() -> String) {
        if let Some(entries) = &mut self.entries {
            entries.push((name, text()));
        }
    }

    /// What is known of an image at a stage of preparing it.
    pub(crate) fn image(&mut self, stage: &str, image: &Image) {
        if self.entries.is_none() {
            return;
        }
        self.push(format!("Image-{stage}_Spacing"), || {
            numbers(&image.geometry.spacing)
        });
        self.push(format!("Image-{stage}_Size"), || {
            counts(&image.geometry.size)
        });
        self.statistics(&format!("Image-{stage}"), &image.values);
    }

    /// What is known of a mask at a stage of preparing it, and of the image's values in it.
    pub(crate) fn mask(&mut self, stage: &str, mask: &Mask, image: Option<&Image>) {
        if self.entries.is_none() {
            return;
        }
        let name = |what: &str| format!("Mask-{stage}_{what}");
        self.push(name("Spacing"), || numbers(&mask.geometry.spacing));
        self.push(name("Size"), || counts(&mask.geometry.size));
        // The box is looked for once: a scan of the whole mask costs more than all else here.
        let Some(place) = mask
            .bounding_box()
            .and_then(|bounds| Place::new(mask, bounds))
        else {
            self.push(name("VoxelNum"), || "0".to_owned());
            return;
        };
        let [x, y, z] = place.bounds.lower;
        let [width, height, depth] = place.bounds.size();
        self.push(name("BoundingBox"), || {
            counts(&[x, y, z, width, height, depth])
        });
        let region = place.without_values();
        self.push(name("VoxelNum"), || place.voxels.to_string());
        self.push(name("VolumeNum"), || connected_volumes(&region).to_string());
        let centre = centre_of_mass(&region, place.bounds.lower);
        self.push(name("CenterOfMassIndex"), || numbers(&centre));
        self.push(name("CenterOfMass"), || {
            numbers(&mask.geometry.position(centre))
        });
        if let Some(region) = image.and_then(|image| place.in_image(image, [0; 3])) {
            self.statistics(&format!("Mask-{stage}"), &region.values);
        }
    }

    fn statistics(&mut self, of: &str, values: &[f64]) {
        let (count, sum) = (values.len(), interleaved_sum(values));
        let (minimum, maximum) = extremes(values);
        self.push(format!("{of}_Mean"), || python_number(sum / count as f64));
        self.push(format!("{of}_Minimum"), || python_number(minimum));
        self.push(format!("{of}_Maximum"), || python_number(maximum));
    }
}

/// `(1.0, 0.5)`.
fn numbers(items: &[f64]) -> String {
    tuple(items.iter().map(|&item| python_number(item)))
}

/// `(4, 3)`.
fn counts(items: &[usize]) -> String {
    tuple(items.iter().map(usize::to_string))
}

fn tuple(items: impl Iterator<Item = String>) -> String {
    format!("({})", items.collect::<Vec<_>>().join(", "))
}

/// The SHA-1 of an image's values as they lie in memory in the type in which they were stored:
/// SimpleITK's `Hash`, which sees neither spacing nor origin. Beyond 2^53 the last digits of
/// 64-bit whole numbers are not known, and the hash differs.
fn image_hash(image: &Image) -> String {
    let values = &image.values;
    match image.pixel_type {
        // A whole number's low bytes are those of the narrower type, whatever its sign.
        PixelType::U8 | PixelType::I8 => hash(values, |&value| (value as i64 as u8).to_le_bytes()),
        PixelType::U16 | PixelType::I16 => {
            hash(values, |&value| (value as i64 as u16).to_le_bytes())
        }
        PixelType::U32 | PixelType::I32 => {
            hash(values, |&value| (value as i64 as u32).to_le_bytes())
        }
        PixelType::U64 => hash(values, |&value| (value as u64).to_le_bytes()),
        PixelType::I64 => hash(values, |&value| (value as i64).to_le_bytes()),
        PixelType::F32 => hash(values, |&value| (value as f32).to_le_bytes()),
        PixelType::F64 => hash(values, |&value| value.to_le_bytes()),
    }
}

/// The SHA-1 of values as bytes, in hexadecimal.
fn hash<T, const N: usize>(values: &[T], bytes: impl Fn(&T) -> [u8; N]) -> String {
    let mut hasher = Sha1::new();
    let mut block = [[0; N]; HASHED_AT_ONCE];
    for values in values.chunks(HASHED_AT_ONCE) {
        for (target, value) in block.iter_mut().zip(values) {
            *target = bytes(value);
        }
        hasher.update(
            block
                .as_flattened()
                .get(..values.len() * N)
                .unwrap_or_default(),
        );
    }
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Values turned into bytes before they are hashed: enough to be fast, few enough to stay in the
/// processor's cache.
const HASHED_AT_ONCE: usize = 2048;

/// Mean index of the voxels of a region whose box begins at `lower`.
fn centre_of_mass(region: &Region, lower: [usize; 3]) -> [f64; 3] {
    let [width, height, _] = region.size.map(|size| size.max(1));
    let mut sums = [0_usize; 3];
    let mut count = 0_usize;
    for (line, row) in region.inside.chunks(width).enumerate() {
        let (y, z) = (lower[1] + line % height, lower[2] + line / height);
        for (x, _) in row.iter().enumerate().filter(|(_, inside)| **inside) {
            sums = [sums[0] + lower[0] + x, sums[1] + y, sums[2] + z];
            count += 1;
        }
    }
    sums.map(|sum| sum as f64 / count as f64)
}

/// Number of parts whose voxels do not touch, not even by corners.
///
/// Rows of voxels are joined, not voxels: a row has few.
fn connected_volumes(region: &Region) -> usize {
    let [width, height, _] = region.size.map(|size| size.max(1));
    // Every row of voxels along x: its first voxel, and the first after it.
    let mut rows: Vec<[usize; 2]> = Vec::new();
    // Where the rows of each line begin.
    let mut lines: Vec<usize> = vec![0];
    for line in region.inside.chunks(width) {
        let mut x = 0;
        for same in line.chunk_by(|a, b| a == b) {
            if same[0] {
                rows.push([x, x + same.len()]);
            }
            x += same.len();
        }
        lines.push(rows.len());
    }
    let mut parents: Vec<usize> = (0..rows.len()).collect();
    let mut parts = rows.len();
    for line in 0..lines.len() - 1 {
        let (y, z) = (line % height, line / height);
        // The lines before this one that it touches.
        let beside = (y > 0).then(|| line - 1);
        let below = (z > 0).then(|| {
            let under = line - height;
            under - usize::from(y > 0)..=under + usize::from(y + 1 < height)
        });
        for other in beside.into_iter().chain(below.into_iter().flatten()) {
            for a in lines[line]..lines[line + 1] {
                for b in lines[other]..lines[other + 1] {
                    if rows[a][0] <= rows[b][1] && rows[b][0] <= rows[a][1] {
                        let (a, b) = (root(&mut parents, a), root(&mut parents, b));
                        parts -= usize::from(a != b);
                        parents[a.max(b)] = a.min(b);
                    }
                }
            }
        }
    }
    parts
}

/// The root of a tree, with every second step towards it cut short.
fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// The sum, in eight interleaved sums that do not wait for each other.
fn interleaved_sum(values: &[f64]) -> f64 {
    let (blocks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value;
        }
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discretize::GrayLevels;
    use crate::texture::{LevelGrid, Neighbourhood, glszm};

    #[test]
    fn parts_are_counted_as_zones_of_one_level_are() {
        for (size, below) in [
            ([13, 7, 5], 8),
            ([40, 3, 2], 4),
            ([9, 9, 9], 12),
            ([5, 5, 1], 3),
        ] {
            let mut state = 3_u64;
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % below
            };
            let inside: Vec<bool> = (0..size.iter().product())
                .map(|_: usize| next() == 0)
                .collect();
            let voxels = inside.iter().filter(|&&inside| inside).count();
            let region = Region {
                size,
                spacing: [1.0; 3],
                pixel_type: PixelType::U8,
                inside,
                values: Vec::new(),
            };
            let levels = GrayLevels {
                levels: vec![1; voxels],
                counts: vec![voxels],
            };
            let grid = LevelGrid::new(&region, &levels, &Neighbourhood::default()).unwrap();
            let matrix = glszm::matrix(&grid);
            let percentage = glszm::FEATURES
                .iter()
                .find(|f| f.name == "ZonePercentage")
                .unwrap();
            let zones = (percentage.value)(&matrix) * voxels as f64;
            assert_eq!(connected_volumes(&region), zones.round() as usize);
        }
    }
}
