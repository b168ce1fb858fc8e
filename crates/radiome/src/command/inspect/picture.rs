//! Pictures of regions on their image.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::Label;
use radiome::inspect::{Item, LabelSummary, label_of, overview};
use radiome_figures::Theme;
use radiome_figures::figure::region_overview::region_overview;
use radiome_image::RegionQuality;
use radiome_image::preprocess::resample_mask_onto;

use super::{Found, image_of};
use crate::command::Common;

/// Dots per inch: 1,400 dots across.
const RESOLUTION: f64 = 200.0;

/// Draws the region of a label, or of every label of the first mask, or the image alone.
pub(super) fn draw(
    found: &Found<'_>,
    out: &Path,
    label: Option<&Label>,
    common: &Common,
) -> miette::Result<()> {
    let name = out
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let ending = out
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let ending = ending.unwrap_or_default();
    if !matches!(ending.as_str(), "png" | "svg") {
        return Err(miette!(
            help = "end its name in .png or .svg",
            "--png {} is no name of a picture",
            out.display()
        ));
    }
    let Some(image) = found.image else {
        return Err(miette!(
            help = "name the image beside the mask",
            "--png: none of the files is an image"
        ));
    };
    let item = found.items.iter().find(|item| !item.labels().is_empty());
    let chosen: Vec<&LabelSummary> = match (item, label) {
        (Some(item), Some(label)) => vec![
            label_of(item, label)
                .map_err(|error| miette!(help = "choose another with --label", "{error}"))?,
        ],
        (Some(item), None) => {
            let drawn = item.labels().iter();
            drawn.filter(|label| label.quality.is_some()).collect()
        }
        (None, Some(_)) => {
            return Err(miette!(
                help = "name the mask beside the image",
                "--label: none of the files is a mask"
            ));
        }
        (None, None) => Vec::new(),
    };
    let mut written = Vec::new();
    if chosen.is_empty() {
        save(found, image, None, out, &ending)?;
        written.push(out.display().to_string());
    }
    for label in &chosen {
        let path = match chosen.len() {
            1 => out.to_owned(),
            _ => {
                let stem = name.get(..name.len() - ending.len() - 1).unwrap_or(&name);
                out.with_file_name(format!("{stem}_{}.{ending}", word(label)))
            }
        };
        save(
            found,
            image,
            item.map(|item| (item, *label)),
            &path,
            &ending,
        )?;
        written.push(path.display().to_string());
    }
    common.note(&format!("written: {}", written.join(", ")));
    Ok(())
}

/// A label as part of a file name.
fn word(label: &LabelSummary) -> String {
    let layer = match label.layer {
        0 => String::new(),
        layer => format!("{layer}-"),
    };
    format!("{layer}{}", label.value)
}

fn save(
    found: &Found<'_>,
    image_item: &Item,
    region: Option<(&Item, &LabelSummary)>,
    path: &Path,
    ending: &str,
) -> miette::Result<()> {
    let Some(image) = image_of(image_item) else {
        return Ok(());
    };
    let shown = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let (mut title, mut flags) = (shown(&image_item.path), Vec::new());
    let mut on_grid = None;
    if let Some((item, label)) = region {
        title = format!("{title} with {}, {}", shown(&item.path), label.title());
        flags = found.flags(item, label);
        if let Some(mask) = item.mask(label) {
            // A mask of another grid is shown where it lies in the patient.
            let mask = match image.geometry.difference(&mask.geometry, 1e-3) {
                None => mask,
                Some(_) => resample_mask_onto(&mask, &image.geometry)
                    .map_err(|error| miette!("{}: {error}", item.path.display()))?,
            };
            on_grid = RegionQuality::of(&mask).map(|quality| (mask, quality));
        }
    }
    let region = on_grid.as_ref().map(|(mask, quality)| (mask, quality));
    let data = overview(title, image, region, &flags);
    let scene = region_overview(&data, &Theme::default());
    let bytes = match ending {
        "svg" => scene.to_svg().into_bytes(),
        _ => scene
            .to_png(RESOLUTION)
            .map_err(|error| miette!("{error}"))?,
    };
    std::fs::write(path, bytes)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}
