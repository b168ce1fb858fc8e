//! Images whose slices do not suit how their features are computed.

use super::{Study, StudyFeatures};
use crate::extract::{Plane, ThickSlices};
use crate::model::{SPACING, spacing};
use crate::results::Warning;

/// One warning for each sequence with thick slices that are resampled across, and for each that is
/// measured slice by slice across an axis that is not that of its slices.
pub(super) fn warnings(study: &Study, features: &StudyFeatures) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (number, plan) in study.sequences.iter().enumerate() {
        let of_patients = features.diagnostics.iter().filter_map(|of_sequences| {
            let entries = of_sequences.get(number)?;
            let (_, text) = entries.iter().find(|(name, _)| name == SPACING)?;
            spacing(text)
        });
        let spacings: Vec<[f64; 3]> = of_patients.collect();
        let thick = spacings
            .iter()
            .filter_map(|&one| ThickSlices::find(&plan.protocol, one));
        let thick: Vec<ThickSlices> = thick.collect();
        let remedy = format!(
            "Write `plane: 2d` for {} to measure slice by slice, or resample to a spacing nearer to \
             that of the slices",
            plan.name
        );
        let what = format!("images of {}", plan.name);
        let told = ThickSlices::told(&thick, spacings.len(), &what, &remedy);
        warnings.extend(told.map(|text| Warning::new("thick_slices", text)));
        if plan.plane == Some(Plane::TwoD)
            && let Some(axis) = plan.protocol.slice_axis()
        {
            let across = |one: &&[f64; 3]| one.iter().any(|&other| other > 1.01 * one[axis]);
            let other = spacings.iter().filter(across).count();
            if other > 0 {
                warnings.push(Warning::new(
                    "slice_axis",
                    format!(
                        "{other} of {} images of {} are coarser along another axis than across the \
                         slices that `plane: 2d` measures: set force2Ddimension in the parameter file \
                         (0: the third axis, 1: the second, 2: the first)",
                        spacings.len(),
                        plan.name
                    ),
                ));
            }
        }
    }
    warnings
}
