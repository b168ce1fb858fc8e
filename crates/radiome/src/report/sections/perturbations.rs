//! How images and contours were perturbed, in words.

use super::super::format::{count, listed};
use crate::results::PerturbationSummary;

/// A sentence for the methods and for the section on agreement; `patients` were perturbed.
pub(super) fn perturbed(summary: &PerturbationSummary, patients: usize) -> String {
    let values = |values: &[f64], scale: f64, unit: &str| {
        let mut sorted: Vec<f64> = values.iter().map(|value| value * scale).collect();
        sorted.sort_by(f64::total_cmp);
        let texts: Vec<String> = sorted.iter().map(|value| number(*value)).collect();
        format!("{}{unit}", listed(&texts))
    };
    let moves = |values: &[f64]| values.iter().any(|&value| value != 0.0);
    let mut steps = Vec::new();
    if summary.noise {
        steps.push("Gaussian noise as strong as that of the image was added".to_owned());
    }
    if moves(&summary.rotation) {
        let angles = values(&summary.rotation, 1.0, "°");
        steps.push(format!(
            "the image was rotated within the slices ({angles})"
        ));
    }
    if moves(&summary.translation) {
        let shifts = values(&summary.translation, 1.0, "");
        steps.push(format!(
            "the image was shifted by a fraction of the smallest edge of a voxel ({shifts})"
        ));
    }
    if moves(&summary.growth) {
        let changes = values(&summary.growth, 100.0, "%");
        steps.push(format!("the volume of the contour was changed ({changes})"));
    }
    if summary.supervoxels {
        steps.push("the contour was put together anew from supervoxels".to_owned());
    }
    format!(
        "For the agreement between perturbed images, image and contour of {} were perturbed {} \
         (Zwanenburg et al. 2019): {}.",
        count(patients, "training patient", "training patients"),
        count(summary.readings, "time", "times"),
        listed(&steps)
    )
}

/// With a true minus sign, and without digits that only rounding made.
fn number(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    if rounded < 0.0 {
        format!("−{}", -rounded)
    } else {
        format!("{}", rounded.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_done_is_not_said() {
        let summary = PerturbationSummary {
            readings: 4,
            rotation: vec![6.0, -6.0],
            translation: vec![0.0],
            noise: false,
            growth: vec![0.1, -0.1, 0.0],
            supervoxels: false,
        };
        assert_eq!(
            perturbed(&summary, 40),
            "For the agreement between perturbed images, image and contour of 40 training patients \
             were perturbed 4 times (Zwanenburg et al. 2019): the image was rotated within the \
             slices (−6 and 6°) and the volume of the contour was changed (−10, 0 and 10%)."
        );
    }
}
