//! Writing masks: one region, every region by itself, or all in one file.

use std::path::{Path, PathBuf};

use miette::miette;
use radiome::inspect::{Item, LabelSummary};
use radiome_image::preprocess::{Interpolator, PreprocessError, resample_mask_onto, resample_onto};
use radiome_image::write::{Format, nrrd_layers};
use radiome_image::{Geometry, Image, LabelMap, Mask, Segment};

use super::{Options, written};
use crate::command::{Common, Status};

/// Writes one region as a mask of 0 and 1.
pub(super) fn write_alone(
    options: &Options,
    format: Format,
    item: &Item,
    label: &LabelSummary,
    grid: Option<&Geometry>,
    out: &Path,
) -> miette::Result<()> {
    let input = options.input.display();
    let Some(mask) = item.mask(label) else {
        return Err(miette!("{input} is no mask"));
    };
    let mask = on_grid(&mask, grid).map_err(|error| miette!("{input}: {error}"))?;
    if !mask.inside.contains(&true) {
        return Err(miette!(
            help = "its voxels lie outside the reference, or between the reference's",
            "{input}: nothing of {} is left on the grid of --reference",
            label.title()
        ));
    }
    let name = label.name.clone().unwrap_or_else(|| label.title());
    let map = LabelMap {
        geometry: mask.geometry,
        labels: mask.inside.iter().map(|&inside| inside.into()).collect(),
        segments: vec![Segment { name, label: 1 }],
    };
    written(format.write_labels(out, &map))
}

/// Writes all regions of a mask.
pub(super) fn write(
    options: &Options,
    common: &Common,
    format: Format,
    item: &Item,
    (layers, labels): (&[LabelMap], &[LabelSummary]),
    grid: Option<&Geometry>,
    names: &[Segment],
) -> miette::Result<Status> {
    let mut status = Status::Done;
    for label in labels {
        if let Some(problem) = &label.problem {
            eprintln!("{} is left out: {problem}", label.title());
            status = Status::SomeFailed;
        }
    }
    let drawn: Vec<&LabelSummary> = labels.iter().filter(|l| l.quality.is_some()).collect();
    if drawn.is_empty() && status == Status::SomeFailed {
        return Err(miette!(
            help = "give the image that they were drawn on with --reference",
            "{}: no region fits the image",
            options.input.display()
        ));
    }
    if options.each {
        if drawn.is_empty() {
            return Err(miette!(
                "{}: nothing is drawn in it",
                options.input.display()
            ));
        }
        for (label, out) in drawn.iter().zip(files(&options.out, &drawn)) {
            write_alone(options, format, item, label, grid, &out)?;
            common.note(&format!("written: {} ({})", out.display(), label.title()));
        }
        return Ok(status);
    }
    let input = options.input.display();
    let mut maps = Vec::with_capacity(layers.len());
    for map in layers {
        let mut map = match grid {
            None => map.clone(),
            Some(grid) => labels_on_grid(map, grid).map_err(|error| miette!("{input}: {error}"))?,
        };
        for segment in names {
            let known = map.segments.iter().any(|own| own.label == segment.label);
            if !known && map.labels.contains(&segment.label) {
                map.segments.push(segment.clone());
            }
        }
        maps.push(map);
    }
    let out = &options.out;
    let named = out.to_string_lossy().to_lowercase().ends_with(".seg.nrrd");
    match &maps[..] {
        [] => return Err(miette!("{input}: nothing is drawn in it")),
        [map] => written(format.write_labels(out, map))?,
        several if named => written(nrrd_layers(out, several))?,
        several => {
            return Err(miette!(
                help = "name one with --roi, write each to a file of its own with --each, or all in \
                        layers with --out FILE.seg.nrrd",
                "{input}: regions overlap ({}), so that one label map cannot hold them",
                overlap(several)
            ));
        }
    }
    common.note(&format!("written: {}", out.display()));
    if !format.keeps_names() && drawn.iter().any(|label| label.name.is_some()) {
        let titles = drawn.iter().filter_map(|label| {
            let name = label.name.as_ref()?;
            Some(format!("{} {name}", label.value))
        });
        common.note(&format!(
            "labels: {} (the format has no place for names; .seg.nrrd has)",
            titles.collect::<Vec<_>>().join(", ")
        ));
    }
    Ok(status)
}

/// The first two regions of different layers that share a voxel.
fn overlap(layers: &[LabelMap]) -> String {
    let [first, second, ..] = layers else {
        return String::new();
    };
    let mut pairs = first.labels.iter().zip(&second.labels);
    let shared = pairs.find(|(a, b)| **a != 0 && **b != 0);
    let title = |map: &LabelMap, label: u32| {
        let named = map.segments.iter().find(|segment| segment.label == label);
        named.map_or(format!("label {label}"), |s| format!("\"{}\"", s.name))
    };
    match shared {
        Some((&a, &b)) => format!("{} and {}", title(first, a), title(second, b)),
        None => format!("they lie in {} layers", layers.len()),
    }
}

/// A file for each region, its name put before the ending; names of regions that give the same
/// letters are told apart by their labels.
fn files(out: &Path, labels: &[&LabelSummary]) -> Vec<PathBuf> {
    let (stem, ending) = match Format::of(out) {
        Some((_, stem, ending)) => (stem, ending),
        None => (String::new(), ""),
    };
    let word = |label: &LabelSummary| -> String {
        let name = label.name.as_deref().unwrap_or("");
        let plain = |letter: char| match letter {
            letter if letter.is_alphanumeric() || letter == '-' => letter,
            _ => '_',
        };
        let word: String = name.chars().take(60).map(plain).collect();
        match word.chars().any(char::is_alphanumeric) {
            true => word,
            false => format!("label_{}", label.value),
        }
    };
    let words: Vec<String> = labels.iter().map(|label| word(label)).collect();
    let alike = |word: &String| {
        let same = words
            .iter()
            .filter(|other| other.to_lowercase() == word.to_lowercase());
        same.count() > 1
    };
    let file = |(label, word): (&&LabelSummary, &String)| {
        let name = match alike(word) {
            true => format!("{stem}_{word}_{}-{}{ending}", label.layer, label.value),
            false => format!("{stem}_{word}{ending}"),
        };
        out.with_file_name(name)
    };
    labels.iter().zip(&words).map(file).collect()
}

fn on_grid(mask: &Mask, grid: Option<&Geometry>) -> Result<Mask, PreprocessError> {
    match grid {
        Some(grid) => resample_mask_onto(mask, grid),
        None => Ok(mask.clone()),
    }
}

/// A label map on another grid by nearest neighbour.
fn labels_on_grid(map: &LabelMap, grid: &Geometry) -> Result<LabelMap, PreprocessError> {
    let values = Image {
        geometry: map.geometry.clone(),
        pixel_type: radiome_image::PixelType::U32,
        values: map.labels.iter().map(|&label| label.into()).collect(),
    };
    let moved = resample_onto(&values, grid, Interpolator::NearestNeighbor)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let labels = moved.values.iter().map(|&value| value as u32).collect();
    Ok(LabelMap {
        geometry: moved.geometry,
        labels,
        segments: map.segments.clone(),
    })
}
