//! What was found, as one JSON object.

use radiome::inspect::{Agreement, Content, Item, LabelSummary, Unplaced, orientation};
use radiome_image::GeometryDifference;
use serde_json::{Map, Value, json};

use super::Found;

/// The object: `items`, `geometry`, `failures`, `warnings`.
pub(super) fn object(found: &Found<'_>) -> Value {
    let mut items: Vec<Value> = found.items.iter().map(|i| item(found, i)).collect();
    items.extend(found.unplaced.iter().map(unplaced));
    let failures: Vec<Value> = found
        .unread
        .iter()
        .map(|file| json!({"path": file.path.display().to_string(), "message": file.message}))
        .collect();
    let mut warnings: Vec<Value> = (found.items.iter())
        .flat_map(|item| item.remarks.iter().map(move |remark| (item, remark)))
        .map(|(item, remark)| {
            let text = format!("{}: {}", item.path.display(), remark.text);
            json!({"code": remark.code, "text": text})
        })
        .collect();
    let of_labels = found
        .items
        .iter()
        .flat_map(|item| item.labels().iter().map(move |label| (item, label)))
        .flat_map(|(item, label)| {
            let path = item.path.display().to_string();
            let about = format!("{path}, {}", label.title());
            found.flags(item, label).into_iter().map(
                move |flag| json!({"code": flag.code, "text": format!("{about}: {}", flag.text)}),
            )
        });
    warnings.extend(of_labels);
    warnings.extend(found.unplaced.iter().map(|regions| {
        let text = format!("{}: {}", regions.path.display(), regions.why);
        json!({"code": "no_reference", "text": text})
    }));
    json!({
        "items": items,
        "geometry": geometry(found),
        "failures": failures,
        "warnings": warnings,
    })
}

fn item(found: &Found<'_>, item: &Item) -> Value {
    let grid = &item.geometry;
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("path", json!(item.path.display().to_string()));
    let kind = match item.content {
        Content::Image { .. } => "image",
        Content::Labels { .. } => "labels",
    };
    put("kind", json!(kind));
    put("dicom", json!(item.about));
    put("size", json!(grid.size));
    put("spacing", json!(grid.spacing));
    put("origin", json!(grid.origin));
    put("direction", json!(grid.direction));
    put("orientation", json!(orientation(grid)));
    if let Content::Image {
        image,
        range,
        not_finite,
    } = &item.content
    {
        put("type", json!(image.pixel_type.to_string()));
        put("range", json!(range));
        put("not_finite", json!(not_finite));
    }
    if let Content::Labels { layers, .. } = &item.content {
        put("layers", json!(layers.len()));
    }
    let labels = item.labels().iter();
    let labels: Vec<Value> = labels.map(|l| label(found, item, l)).collect();
    put("labels", json!(labels));
    Value::Object(object)
}

/// Regions whose image is not at hand: names, and no voxels.
fn unplaced(regions: &Unplaced) -> Value {
    let labels: Vec<Value> = (regions.regions.iter())
        .map(|(segment, contours)| {
            json!({
                "value": segment.label,
                "name": segment.name,
                "contours": contours,
                "voxels": null,
                "volume_mm3": null,
            })
        })
        .collect();
    json!({
        "path": regions.path.display().to_string(),
        "kind": "regions",
        "labels": labels,
    })
}

fn label(found: &Found<'_>, item: &Item, label: &LabelSummary) -> Value {
    let flags: Vec<&str> = found.flags(item, label).iter().map(|f| f.code).collect();
    let quality = label.quality.as_ref();
    json!({
        "value": label.value,
        "name": label.name,
        "layer": label.layer,
        "voxels": quality.map_or(0, |q| q.voxels),
        "volume_mm3": quality.map_or(0.0, |q| q.volume),
        "centre": quality.map(|q| q.centre),
        "box": quality.map(|q| json!({"lower": q.bounds.lower, "upper": q.bounds.upper})),
        "pieces": quality.map_or(&[][..], |q| &q.pieces),
        "flags": flags,
    })
}

/// How the grids of all other files lie to that of the first image; `null` if there are none.
fn geometry(found: &Found<'_>) -> Value {
    let Some(image) = found.image.filter(|_| !found.grids.is_empty()) else {
        return Value::Null;
    };
    let compared: Vec<Value> = found
        .grids
        .iter()
        .map(|(item, agreement)| {
            let verdict = match agreement {
                Agreement::Same => "same",
                Agreement::Rounding(_) => "rounding",
                Agreement::Different(_) => "different",
            };
            json!({
                "path": item.path.display().to_string(),
                "agreement": verdict,
                "difference": agreement.difference().map(difference),
            })
        })
        .collect();
    let agrees =
        |(_, agreement): &(&Item, Agreement)| !matches!(agreement, Agreement::Different(_));
    let mut labels = found.items.iter().flat_map(Item::labels);
    let fit = labels.all(|label| label.problem.is_none());
    json!({
        "image": image.path.display().to_string(),
        "agrees": found.grids.iter().all(agrees) && fit,
        "compared": compared,
    })
}

fn difference(difference: &GeometryDifference) -> Value {
    let both =
        |pair: Option<([f64; 3], [f64; 3])>| pair.map(|(image, other)| json!([image, other]));
    json!({
        "size": difference.size.map(|(image, other)| json!([image, other])),
        "spacing": both(difference.spacing),
        "origin": both(difference.origin),
        "direction": difference.direction,
        "text": difference.to_string(),
    })
}
