//! How images became features.

use super::super::super::format::feature_class;
use crate::results::{Results, SequenceSummary};

pub(in super::super) fn software(results: &Results) -> Option<String> {
    if results.study.from_tables {
        return None;
    }
    Some(format!("radiome {}", results.study.version))
}

/// The value of settings in every sequence; `None` where no sequence records one of them.
pub(in super::super) fn settings(results: &Results, names: &[&str]) -> Option<String> {
    let of = |sequence: &SequenceSummary| {
        let told: Vec<String> = names
            .iter()
            .filter_map(|name| {
                let value = sequence.settings.get(*name)?;
                Some(format!("{name} {value}"))
            })
            .collect();
        (!told.is_empty()).then(|| format!("{}: {}", sequence.name, told.join(", ")))
    };
    let told: Vec<String> = results.study.sequences.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// One step of the image processing in every sequence; where none is recorded, these settings.
fn step(results: &Results, name: &str, or: &[&str]) -> Option<String> {
    let told: Vec<String> = results
        .study
        .sequences
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.name, one.processing.get(name)?)))
        .collect();
    if told.is_empty() {
        settings(results, or)
    } else {
        Some(told.join("; "))
    }
}

pub(in super::super) fn preprocessing(results: &Results) -> Option<String> {
    let parts = [
        ("units", units(results)),
        ("normalisation", normalization(results)),
        ("resampling", resampling(results)),
        ("re-segmentation", resegmentation(results)),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, text)| Some(format!("{name} ({})", text?)))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Units that the images were brought into.
pub(in super::super) fn units(results: &Results) -> Option<String> {
    step(results, "units", &[])
}

/// Corrections of intensity, where the bias field is among them.
pub(in super::super) fn bias_field(results: &Results) -> Option<String> {
    intensity_correction(results).filter(|told| told.contains("N4 bias field"))
}

fn intensity_correction(results: &Results) -> Option<String> {
    step(results, "intensity_correction", &[])
}

/// Corrections of intensity, and the scaling by the parameter file.
pub(in super::super) fn normalization(results: &Results) -> Option<String> {
    let by_parameters = step(
        results,
        "normalisation",
        &["normalize", "normalizeScale", "removeOutliers"],
    );
    match (intensity_correction(results), by_parameters) {
        (Some(corrected), Some(normalised)) => Some(format!(
            "{corrected}; then by the parameter file: {normalised}"
        )),
        (one, other) => one.or(other),
    }
}

pub(in super::super) fn resampling(results: &Results) -> Option<String> {
    let parts = [spacing(results), interpolator(results)];
    let told: Vec<String> = parts.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(in super::super) fn interpolator(results: &Results) -> Option<String> {
    step(results, "interpolation", &["interpolator"])
}

pub(in super::super) fn spacing(results: &Results) -> Option<String> {
    step(results, "voxel_size", &["resampledPixelSpacing"])
}

pub(in super::super) fn mask_interpolation(results: &Results) -> Option<String> {
    step(results, "mask_interpolation", &[])
}

pub(in super::super) fn discretization(results: &Results) -> Option<String> {
    step(results, "discretisation", &["binWidth", "binCount"])
}

pub(in super::super) fn resegmentation(results: &Results) -> Option<String> {
    step(
        results,
        "resegmentation",
        &["resegmentRange", "resegmentMode"],
    )
}

pub(in super::super) fn image_types(results: &Results) -> Option<String> {
    step(results, "images", &["imageType"])
}

pub(in super::super) fn directions(results: &Results) -> Option<String> {
    step(results, "directions", &["distances"])
}

pub(in super::super) fn cooccurrence(results: &Results) -> Option<String> {
    step(
        results,
        "cooccurrence",
        &["symmetricalGLCM", "weightingNorm"],
    )
}

pub(in super::super) fn size_zones(results: &Results) -> Option<String> {
    step(results, "size_zones", &[])
}

pub(in super::super) fn dependence(results: &Results) -> Option<String> {
    step(results, "dependence", &["gldm_a"])
}

pub(in super::super) fn every_setting(results: &Results) -> Option<String> {
    let some = results
        .study
        .sequences
        .iter()
        .any(|one| !one.settings.is_empty());
    (some && !results.study.from_tables).then(|| {
        "every setting that differs from PyRadiomics' default is in the report's settings table \
         and, with the parameter file's text, in record.json"
            .to_owned()
    })
}

pub(in super::super) fn feature_classes(results: &Results) -> Option<String> {
    let of = |sequence: &SequenceSummary| {
        let classes: Vec<String> = sequence
            .classes
            .iter()
            .map(|(class, n)| format!("{} {n}", feature_class(class)))
            .collect();
        (!classes.is_empty()).then(|| format!("{}: {}", sequence.name, classes.join(", ")))
    };
    let told: Vec<String> = results.study.sequences.iter().filter_map(of).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(in super::super) fn feature_count(results: &Results) -> Option<String> {
    let each: Vec<String> = results
        .study
        .sequences
        .iter()
        .map(|one| format!("{} {}", one.name, one.features))
        .collect();
    Some(format!(
        "{} in all ({})",
        results.study.features,
        each.join(", ")
    ))
}
