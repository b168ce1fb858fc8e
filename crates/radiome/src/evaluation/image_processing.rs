//! How the images of a sequence were processed, defaults included, in words.

use indexmap::IndexMap;
use radiome_features::settings::{ImagePlan, Plan};
use radiome_features::{Binning, Protocol};
use radiome_image::preprocess::ResegmentMode;

use crate::extract::Suv;
use crate::study::SequencePlan;
use crate::table::number_text;

/// Steps by name, in the order in which they are done. Under the IBSI's definitions, whose settings
/// are all written, only what is done before them.
pub(super) fn image_processing(plan: &SequencePlan) -> IndexMap<String, String> {
    let mut told = Vec::new();
    if let Some(Suv::Bw) = plan.suv {
        told.push(("units", "SUV by body weight".to_owned()));
    }
    if !plan.correction.is_empty() {
        told.push(("intensity_correction", plan.correction.told()));
    }
    told.extend(of_protocol(&plan.protocol));
    told.into_iter()
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

fn of_protocol(protocol: &Protocol) -> Vec<(&'static str, String)> {
    match protocol {
        Protocol::PyRadiomics(extractor) => steps(extractor.plan()),
        Protocol::Ibsi(_) => Vec::new(),
    }
}

fn steps(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut steps = vec![
        ("normalisation", normalisation(plan)),
        ("interpolation", interpolation(plan)),
    ];
    if let Some(resampling) = &plan.resampling {
        steps.push(("voxel_size", voxel_size(resampling.spacing)));
        steps.push(("mask_interpolation", "nearest voxel".to_owned()));
    }
    let axis = |axis: usize| ["x", "y", "z"].get(axis).copied().unwrap_or_default();
    steps.push((
        "slices",
        plan.slice_axis.map_or_else(
            || "texture in three dimensions".to_owned(),
            |slice| format!("texture slice by slice across {}", axis(slice)),
        ),
    ));
    steps.push(("resegmentation", resegmentation(plan)));
    let filters: Vec<&str> = plan
        .images
        .iter()
        .flat_map(|image| &image.names)
        .map(String::as_str)
        .collect();
    steps.push(("images", filters.join(", ")));
    let of_images = |of: fn(&ImagePlan) -> String| alike(&plan.images, of);
    steps.extend([
        ("discretisation", of_images(discretisation)),
        ("directions", of_images(directions)),
        ("cooccurrence", of_images(cooccurrence)),
        (
            "size_zones",
            "linked voxels touch by face, edge or corner".to_owned(),
        ),
        ("dependence", of_images(dependence)),
    ]);
    steps
}

/// What holds for all images once, else image by image.
fn alike(images: &[ImagePlan], of: fn(&ImagePlan) -> String) -> String {
    let told: Vec<String> = images.iter().map(of).collect();
    match told.first() {
        Some(first) if told.iter().all(|one| one == first) => first.clone(),
        _ => images
            .iter()
            .zip(&told)
            .map(|(image, told)| format!("{}: {told}", image.names.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn normalisation(plan: &Plan) -> String {
    let Some(normalization) = &plan.normalization else {
        return "none".to_owned();
    };
    let outliers = normalization.outliers.map_or_else(String::new, |limit| {
        format!(
            ", values beyond {} standard deviations set to that",
            number_text(limit)
        )
    });
    format!(
        "whole image to mean 0 and standard deviation {}{outliers}",
        number_text(normalization.scale)
    )
}

fn interpolation(plan: &Plan) -> String {
    plan.resampling.as_ref().map_or_else(
        || "none; images keep their voxels".to_owned(),
        |resampling| resampling.interpolator.name().to_owned(),
    )
}

fn voxel_size(spacing: [f64; 3]) -> String {
    let axis = |size: f64| match size {
        0.0 => "as in the mask".to_owned(),
        size => number_text(size),
    };
    format!("{} mm", spacing.map(axis).join(" × "))
}

fn resegmentation(plan: &Plan) -> String {
    let Some(rule) = &plan.resegmentation else {
        return "none".to_owned();
    };
    let range: Vec<String> = rule.range.iter().map(|&limit| number_text(limit)).collect();
    let unit = match rule.mode {
        ResegmentMode::Absolute => "in the unit of the image",
        ResegmentMode::Relative => "as shares of the largest intensity",
        ResegmentMode::Sigma => "in standard deviations from the mean",
    };
    let range = match range.as_slice() {
        [lower] => format!("from {lower}"),
        _ => range.join(" to "),
    };
    format!("{range} {unit}")
}

fn discretisation(image: &ImagePlan) -> String {
    match image.binning {
        Binning::Width(width) => format!(
            "bins of width {}, from the multiple of it at or below the region's minimum",
            number_text(width)
        ),
        Binning::Count(count) => {
            format!("{count} bins from the region's minimum to its maximum")
        }
    }
}

fn directions(image: &ImagePlan) -> String {
    let distances: Vec<String> = image
        .neighbourhood
        .distances
        .iter()
        .map(u32::to_string)
        .collect();
    format!("Chebyshev distance {}", distances.join(", "))
}

fn cooccurrence(image: &ImagePlan) -> String {
    let symmetrical = if image.glcm.symmetrical {
        "symmetric"
    } else {
        "not symmetric"
    };
    let joined = image.glcm.weighting.map_or_else(
        || "features averaged over the directions, without weights".to_owned(),
        |norm| format!("matrices of the directions joined, weighting norm {norm:?}").to_lowercase(),
    );
    format!("{symmetrical}; {joined}")
}

fn dependence(image: &ImagePlan) -> String {
    format!("grey levels differ by at most {}", image.gldm_alpha)
}

#[cfg(test)]
mod tests {
    use radiome_features::Settings;

    use super::*;

    fn told(yaml: &str) -> IndexMap<String, String> {
        of_protocol(&Settings::from_yaml(yaml).unwrap().protocol().unwrap())
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text))
            .collect()
    }

    #[test]
    fn defaults_are_told_too() {
        let found = told("");
        // As PyRadiomics' documentation has them.
        assert_eq!(found["interpolation"], "none; images keep their voxels");
        assert_eq!(found["normalisation"], "none");
        assert_eq!(found["resegmentation"], "none");
        assert!(found["discretisation"].starts_with("bins of width 25,"));
        assert_eq!(found["directions"], "Chebyshev distance 1");
        assert!(found["cooccurrence"].starts_with("symmetric; features averaged"));
        assert_eq!(found["dependence"], "grey levels differ by at most 0");
        assert_eq!(found["images"], "original");
        assert!(!found.contains_key("voxel_size"));
    }

    #[test]
    fn what_is_set_is_told() {
        let found = told(
            "imageType:\n  Original: {}\n  LoG: {sigma: [3.0], binWidth: 5}\nsetting:\n  binWidth: 10\n  normalize: true\n  normalizeScale: 100\n  resampledPixelSpacing: [1, 1, 0]\n  interpolator: sitkLinear\n  resegmentRange: [-3, 3]\n  resegmentMode: sigma\n  distances: [1, 2]\n",
        );
        assert_eq!(found["voxel_size"], "1 × 1 × as in the mask mm");
        assert_eq!(found["interpolation"], "sitkLinear");
        assert_eq!(found["mask_interpolation"], "nearest voxel");
        assert_eq!(
            found["normalisation"],
            "whole image to mean 0 and standard deviation 100"
        );
        assert_eq!(
            found["resegmentation"],
            "-3 to 3 in standard deviations from the mean"
        );
        assert_eq!(found["directions"], "Chebyshev distance 1, 2");
        assert!(found["discretisation"].contains("log-sigma-3-0-mm-3D: bins of width 5"));
    }
}
