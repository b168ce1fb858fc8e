//! What was found, to be read on the screen.

use std::fmt::Write;

use radiome::inspect::{Agreement, Content, Item, Unplaced, orientation};

use super::Found;

/// All files, one after the other, and how their grids lie to each other.
pub(super) fn page(found: &Found<'_>) -> String {
    let mut page = String::new();
    for (number, item) in found.items.iter().enumerate() {
        if number > 0 {
            page.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = describe(&mut page, found, item);
    }
    for regions in found.unplaced {
        if !page.is_empty() {
            page.push('\n');
        }
        let _ = list(&mut page, regions);
    }
    if let Some(image) = found.image
        && !found.grids.is_empty()
    {
        let _ = writeln!(page, "\nGrids, against {}", image.path.display());
        for (item, agreement) in &found.grids {
            let path = item.path.display();
            let _ = match agreement {
                Agreement::Same => writeln!(page, "  {path}: the same"),
                Agreement::Rounding(difference) => {
                    writeln!(page, "  {path}: the same but for rounding: {difference}")
                }
                Agreement::Different(difference) => {
                    writeln!(page, "  {path}: DIFFERENT: {difference}")
                }
            };
        }
    }
    page
}

fn describe(page: &mut String, found: &Found<'_>, item: &Item) -> std::fmt::Result {
    let grid = &item.geometry;
    let three = |numbers: [f64; 3]| numbers.map(short).join(" x ");
    writeln!(page, "{}", item.path.display())?;
    let size = grid.size.map(|size| size.to_string()).join(" x ");
    let kind = match &item.content {
        Content::Image { image, .. } => format!("image, {}", image.pixel_type),
        Content::Labels { layers, .. } if layers.len() > 1 => {
            format!("labels in {} layers", layers.len())
        }
        Content::Labels { .. } => "labels".to_owned(),
    };
    let kind = match &item.about {
        Some(about) => format!("{kind}; {about}"),
        None => kind,
    };
    writeln!(page, "  holds      {kind}")?;
    for remark in &item.remarks {
        writeln!(page, "  ! {}", remark.text)?;
    }
    writeln!(page, "  size       {size} voxels")?;
    writeln!(page, "  spacing    {} mm", three(grid.spacing))?;
    let origin = grid.origin.map(short).join(", ");
    writeln!(page, "  origin     ({origin}) mm, LPS")?;
    let rows = grid.direction.map(|row| row.map(short).join(" "));
    let towards = orientation(grid);
    writeln!(page, "  direction  {} (towards {towards})", rows.join("; "))?;
    match &item.content {
        Content::Image {
            range, not_finite, ..
        } => {
            match range {
                Some([low, high]) => writeln!(page, "  values     {low} to {high}")?,
                None => writeln!(page, "  values     no numbers")?,
            }
            if *not_finite > 0 {
                writeln!(
                    page,
                    "  ! {not_finite} voxels have values that are no numbers"
                )?;
            }
        }
        Content::Labels { labels, .. } => {
            for label in labels {
                let layer = match label.layer {
                    0 => String::new(),
                    layer => format!(", layer {layer}"),
                };
                let Some(quality) = &label.quality else {
                    if let Some(problem) = &label.problem {
                        writeln!(page, "  {}: does not fit the image", label.title())?;
                        writeln!(page, "    ! {problem}")?;
                        continue;
                    }
                    writeln!(page, "  {}{layer}: nothing is drawn", label.title())?;
                    continue;
                };
                writeln!(
                    page,
                    "  {}{layer}: {} voxels, {} mm3",
                    label.title(),
                    quality.voxels,
                    short(quality.volume)
                )?;
                for flag in found.flags(item, label) {
                    writeln!(page, "    ! {}", flag.text)?;
                }
            }
            if labels.is_empty() {
                writeln!(page, "  nothing is drawn")?;
            }
        }
    }
    Ok(())
}

/// Regions of which nothing but the names can be told.
fn list(page: &mut String, unplaced: &Unplaced) -> std::fmt::Result {
    writeln!(page, "{}", unplaced.path.display())?;
    writeln!(page, "  holds      regions whose image is not at hand")?;
    for (segment, contours) in &unplaced.regions {
        let drawn = match contours {
            Some(count) => format!("{count} contours"),
            None => "drawn in voxels".to_owned(),
        };
        writeln!(
            page,
            "  {} (label {}): {drawn}",
            segment.name, segment.label
        )?;
    }
    writeln!(page, "  ! {}", unplaced.why)?;
    writeln!(page, "    name the series beside it, or with --reference")
}

/// Up to six digits after the point.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}
