//! What was done and found on the way to the features.

use radiome_image::{Image, LabelMap, Mask, PixelType};
use sha1::{Digest, Sha1};

use crate::discretize::GrayLevels;
use crate::region::Region;
use crate::settings::{Plan, python_number};
use crate::texture::{LevelGrid, Neighbourhood, glszm};

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
        collected.push("Image-original_Hash".to_owned(), || {
            hash(&image.values, |&value| bytes(image.pixel_type, value))
        });
        collected.push("Image-original_Dimensionality".to_owned(), || {
            "3D".to_owned()
        });
        collected.image("original", image);
        // PyRadiomics turns every mask into 32-bit integers before it looks at it.
        let mask_hash = match plan.additional_info {
            true => hash(&labels.labels, |label| (label.to_le_bytes(), 4)),
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
        self.statistics(&format!("Image-{stage}"), image.values.iter().copied());
    }

    /// What is known of a mask at a stage of preparing it, and of the image's values in it.
    pub(crate) fn mask(&mut self, stage: &str, mask: &Mask, image: Option<&Image>) {
        if self.entries.is_none() {
            return;
        }
        let name = |what: &str| format!("Mask-{stage}_{what}");
        self.push(name("Spacing"), || numbers(&mask.geometry.spacing));
        self.push(name("Size"), || counts(&mask.geometry.size));
        if let Some(bounds) = mask.bounding_box() {
            let [x, y, z] = bounds.lower;
            let [width, height, depth] = bounds.size();
            self.push(name("BoundingBox"), || {
                counts(&[x, y, z, width, height, depth])
            });
        }
        self.push(name("VoxelNum"), || mask.voxel_count().to_string());
        if let Some(volumes) = connected_volumes(mask) {
            self.push(name("VolumeNum"), || volumes.to_string());
        }
        let centre = centre_of_mass(mask);
        self.push(name("CenterOfMassIndex"), || numbers(&centre));
        self.push(name("CenterOfMass"), || {
            numbers(&mask.geometry.position(centre))
        });
        if let Some(image) = image {
            let inside = mask
                .inside
                .iter()
                .zip(&image.values)
                .filter(|(inside, _)| **inside);
            self.statistics(&format!("Mask-{stage}"), inside.map(|(_, &value)| value));
        }
    }

    fn statistics(&mut self, of: &str, values: impl Iterator<Item = f64>) {
        let (mut count, mut sum) = (0_usize, 0.0);
        let (mut minimum, mut maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            count += 1;
            sum += value;
            minimum = minimum.min(value);
            maximum = maximum.max(value);
        }
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

/// The SHA-1 of values as they lie in memory, in hexadecimal: SimpleITK's `Hash` of an image,
/// which sees neither spacing nor origin. `bytes` gives the bytes of a value and how many count.
fn hash<T, const N: usize>(values: &[T], bytes: impl Fn(&T) -> ([u8; N], usize)) -> String {
    let mut hasher = Sha1::new();
    let mut block = Vec::with_capacity(HASHED_AT_ONCE * N);
    for values in values.chunks(HASHED_AT_ONCE) {
        block.clear();
        for value in values {
            let (bytes, count) = bytes(value);
            block.extend_from_slice(bytes.get(..count).unwrap_or(&bytes));
        }
        hasher.update(&block);
    }
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Values turned into bytes before they are hashed: enough to be fast, few enough to stay in the
/// processor's cache.
const HASHED_AT_ONCE: usize = 2048;

/// The bytes of a value in the type in which its image was stored, lowest first.
fn bytes(pixel_type: PixelType, value: f64) -> ([u8; 8], usize) {
    let bits = match pixel_type {
        PixelType::F32 => u64::from((value as f32).to_bits()),
        PixelType::F64 => value.to_bits(),
        PixelType::U64 => value as u64,
        // A negative number's low bytes are those of the narrower type.
        _ => value as i64 as u64,
    };
    (bits.to_le_bytes(), pixel_type.byte_count())
}

/// Mean index of the voxels of a mask.
fn centre_of_mass(mask: &Mask) -> [f64; 3] {
    let mut sums = [0_usize; 3];
    let mut count = 0_usize;
    for (offset, _) in mask
        .inside
        .iter()
        .enumerate()
        .filter(|(_, inside)| **inside)
    {
        for (sum, index) in sums.iter_mut().zip(mask.geometry.index(offset)) {
            *sum += index;
        }
        count += 1;
    }
    sums.map(|sum| sum as f64 / count as f64)
}

/// Number of parts whose voxels do not touch, not even by corners.
fn connected_volumes(mask: &Mask) -> Option<usize> {
    let region = Region::of_mask(mask)?;
    let voxels = mask.voxel_count();
    let levels = GrayLevels {
        levels: vec![1; voxels],
        counts: vec![voxels],
    };
    let grid = LevelGrid::new(&region, &levels, &Neighbourhood::default()).ok()?;
    Some(glszm::zone_count(&grid))
}
