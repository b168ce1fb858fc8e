//! What was done and found on the way to the features.

use radiome_image::{Image, Mask};

use crate::discretize::GrayLevels;
use crate::region::Region;
use crate::settings::Plan;
use crate::texture::{LevelGrid, Neighbourhood, glszm};

/// Collects `diagnostics_*` entries, named and ordered as PyRadiomics' are; its hashes and the
/// versions of its parts have no counterpart.
pub(crate) struct Diagnostics {
    /// `None` where they are not wanted.
    entries: Option<Vec<(String, String)>>,
}

impl Diagnostics {
    pub(crate) fn new(plan: &Plan, label: u32) -> Self {
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
            let types = plan.images.iter().map(|image| image.filter.image_type());
            format!("[{}]", types.collect::<Vec<_>>().join(", "))
        });
        diagnostics
    }

    pub(crate) fn entries(self) -> Vec<(String, String)> {
        self.entries.unwrap_or_default()
    }

    fn push(&mut self, name: String, text: impl FnOnce() -> String) {
        if let Some(entries) = &mut self.entries {
            entries.push((format!("diagnostics_{name}"), text()));
        }
    }

    /// What is known of an image at a stage of preparing it.
    pub(crate) fn image(&mut self, stage: &str, image: &Image) {
        if self.entries.is_none() {
            return;
        }
        if stage == "original" {
            self.push("Image-original_Dimensionality".into(), || "3D".to_owned());
        }
        self.push(format!("Image-{stage}_Spacing"), || {
            tuple(&image.geometry.spacing)
        });
        self.push(format!("Image-{stage}_Size"), || {
            tuple(&image.geometry.size)
        });
        self.statistics(&format!("Image-{stage}"), image.values.iter().copied());
    }

    /// What is known of a mask at a stage of preparing it, and of the image's values in it.
    pub(crate) fn mask(&mut self, stage: &str, mask: &Mask, image: Option<&Image>) {
        if self.entries.is_none() {
            return;
        }
        let name = |what: &str| format!("Mask-{stage}_{what}");
        self.push(name("Spacing"), || tuple(&mask.geometry.spacing));
        self.push(name("Size"), || tuple(&mask.geometry.size));
        if let Some(bounds) = mask.bounding_box() {
            let [x, y, z] = bounds.lower;
            let [width, height, depth] = bounds.size();
            self.push(name("BoundingBox"), || {
                tuple(&[x, y, z, width, height, depth])
            });
        }
        self.push(name("VoxelNum"), || mask.voxel_count().to_string());
        if let Some(volumes) = connected_volumes(mask) {
            self.push(name("VolumeNum"), || volumes.to_string());
        }
        let centre = centre_of_mass(mask);
        self.push(name("CenterOfMassIndex"), || tuple(&centre));
        self.push(name("CenterOfMass"), || {
            tuple(&mask.geometry.position(centre))
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
        self.push(format!("{of}_Mean"), || format!("{:?}", sum / count as f64));
        self.push(format!("{of}_Minimum"), || format!("{minimum:?}"));
        self.push(format!("{of}_Maximum"), || format!("{maximum:?}"));
    }
}

/// `(a, b, c)`.
fn tuple<T: std::fmt::Debug>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    format!("({})", items.join(", "))
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
