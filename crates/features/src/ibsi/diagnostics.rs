//! What the IBSI's diagnostics say of image and region at each stage: `img_dim_x_init_img`,
//! `int_mask_mean_int_reseg_roi` and their like.

use radiome_image::{BoundingBox, Image, Mask};

use super::plan::DiagnosticsPlan;

/// The diagnostics of a row, in the order of the IBSI's tables.
#[derive(Clone, Debug)]
pub(super) struct Diagnostics {
    plan: DiagnosticsPlan,
    images: Vec<(String, f64)>,
    regions: Vec<(String, f64)>,
}

const AXES: [&str; 3] = ["x", "y", "z"];

impl Diagnostics {
    pub(super) fn new(plan: DiagnosticsPlan) -> Self {
        Self {
            plan,
            images: Vec::new(),
            regions: Vec::new(),
        }
    }

    /// Size, spacing and intensities of an image.
    pub(super) fn image(&mut self, stage: &str, image: &Image) {
        let wanted = match self.plan {
            DiagnosticsPlan::None => false,
            DiagnosticsPlan::Regions => stage == "init",
            DiagnosticsPlan::WholeImage => true,
        };
        if !wanted {
            return;
        }
        let geometry = &image.geometry;
        for (axis, size) in AXES.iter().zip(geometry.size) {
            let name = format!("img_dim_{axis}_{stage}_img");
            self.images.push((name, size as f64));
        }
        for (axis, spacing) in AXES.iter().zip(geometry.spacing) {
            self.images
                .push((format!("vox_dim_{axis}_{stage}_img"), spacing));
        }
        for (what, value) in summary(image.values.iter().copied()) {
            self.images.push((format!("{what}_int_{stage}_img"), value));
        }
    }

    /// Boxes, voxels and intensities of a region.
    pub(super) fn region(
        &mut self,
        stage: &str,
        image: &Image,
        morphological: &Mask,
        intensity: &Mask,
    ) {
        if self.plan == DiagnosticsPlan::None {
            return;
        }
        let mut push = |name: String, value: f64| self.regions.push((name, value));
        if self.plan == DiagnosticsPlan::WholeImage {
            for (axis, size) in AXES.iter().zip(intensity.geometry.size) {
                push(format!("int_mask_dim_{axis}_{stage}_roi"), size as f64);
            }
        }
        for (which, mask) in [("int", intensity), ("morph", morphological)] {
            let size = mask
                .bounding_box()
                .map_or([0; 3], |bounds: BoundingBox| bounds.size());
            for (axis, size) in AXES.iter().zip(size) {
                push(
                    format!("{which}_mask_bb_dim_{axis}_{stage}_roi"),
                    size as f64,
                );
            }
        }
        for (which, mask) in [("int", intensity), ("morph", morphological)] {
            let count = mask.voxel_count() as f64;
            push(format!("{which}_mask_vox_count_{stage}_roi"), count);
        }
        let values = image.values.iter().zip(&intensity.inside);
        let values = values.filter(|(_, inside)| **inside).map(|(x, _)| *x);
        for (what, value) in summary(values) {
            push(format!("int_mask_{what}_int_{stage}_roi"), value);
        }
    }

    /// Names, with `diagnostics_` before them, and values as text.
    pub(super) fn entries(self) -> Vec<(String, String)> {
        let all = self.images.into_iter().chain(self.regions);
        all.map(|(tag, value)| (format!("diagnostics_{tag}"), value.to_string()))
            .collect()
    }
}

/// Mean, minimum and maximum.
fn summary(values: impl Iterator<Item = f64>) -> [(&'static str, f64); 3] {
    let (mut sum, mut count) = (0.0, 0.0);
    let (mut minimum, mut maximum) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        sum += value;
        count += 1.0;
        minimum = minimum.min(value);
        maximum = maximum.max(value);
    }
    [("mean", sum / count), ("min", minimum), ("max", maximum)]
}
