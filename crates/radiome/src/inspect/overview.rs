//! The picture of a region on its image.

use radiome_figures::figure::region_overview::{Histogram, RegionOverview};
use radiome_image::{Image, Mask, RegionQuality};

use super::flags::short;
use super::{Flag, orientation, planes};

/// Bins of the histogram.
const BINS: usize = 48;

/// What is drawn of a region on its image, or of an image alone. The mask lies on the image's grid.
#[must_use]
pub fn overview(
    title: String,
    image: &Image,
    region: Option<(&Mask, &RegionQuality)>,
    flags: &[Flag],
) -> RegionOverview {
    let geometry = &image.geometry;
    let centre = match region {
        Some((mask, quality)) => quality.centre_index(mask),
        None => geometry.size.map(|size| size / 2),
    };
    let bounds = region.map(|(_, quality)| quality.bounds);
    let mask = region.map(|(mask, _)| mask);
    let three = |numbers: [f64; 3]| numbers.map(short).join(" × ");
    let size = geometry.size.map(|size| size.to_string()).join(" × ");
    let mut notes = vec![
        format!("{size} voxels of {} mm", three(geometry.spacing)),
        format!("axes run towards {}", orientation(geometry)),
    ];
    if let Some((_, quality)) = region {
        let slices = quality
            .bounds
            .size()
            .map(|size| size.to_string())
            .join(" × ");
        notes.push(format!(
            "region: {} voxels, {:.2} ml, in a box of {slices}",
            quality.voxels,
            quality.volume / 1000.0
        ));
    }
    let values: Vec<f64> = match mask {
        Some(mask) => {
            let pairs = image.values.iter().zip(&mask.inside);
            pairs
                .filter(|(_, i)| **i)
                .map(|(value, _)| *value)
                .collect()
        }
        None => image.values.clone(),
    };
    let finite: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
    if let Some(range) = range(&finite) {
        #[allow(clippy::cast_precision_loss)]
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        let [low, high] = range.map(short);
        notes.push(format!("values from {low} to {high}, mean {}", short(mean)));
    }
    RegionOverview {
        title,
        planes: planes::planes(image, mask, centre, bounds.as_ref()),
        histogram: Some(histogram(&finite, region.is_some())),
        notes,
        flags: flags.iter().map(|flag| flag.text.clone()).collect(),
    }
}

fn range(values: &[f64]) -> Option<[f64; 2]> {
    values.iter().fold(None, |range, &value| {
        let [low, high] = range.unwrap_or([value; 2]);
        Some([low.min(value), high.max(value)])
    })
}

fn histogram(values: &[f64], of_region: bool) -> Histogram {
    let label = match of_region {
        true => "Intensity in the region",
        false => "Intensity in the image",
    };
    let [low, high] = range(values).unwrap_or([f64::NAN; 2]);
    let mut counts = vec![0; BINS];
    for value in values {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let bin = ((value - low) / (high - low) * BINS as f64) as usize;
        if let Some(count) = counts.get_mut(bin.min(BINS - 1)) {
            *count += 1;
        }
    }
    Histogram {
        label: label.into(),
        low,
        high,
        counts,
    }
}
