//! Chapter 2: response maps of filters on digital phantoms, and features of the filtered CT
//! phantom.

use std::path::Path;

use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::{Extractor, Profile};
use radiome_image::filter::{Convolution, respond};
use radiome_image::{BoundingBox, Image};

use super::{Comparison, Conformity, ConformityError, Part, chapter_1, entry_of, read_image};
use crate::table::Table;

/// The response maps of phase 1, from the folder `ibsi2`: the largest difference of a voxel, in
/// percent of the reference map's range.
pub(super) fn response_maps(folder: &Path, run: &mut Conformity) -> Result<(), ConformityError> {
    let table = Table::read(&folder.join("phase1_filters.csv"))?;
    let (ids, phantoms) = (table.cells("filter_id")?, table.cells("phantom")?);
    let (filters, maps) = (table.cells("filter")?, table.cells("response_map")?);
    for row in 0..table.len() {
        let id = ids[row].as_str();
        let phantom = folder
            .join("digital_phantom")
            .join(&phantoms[row])
            .join("image");
        let image = read_image(&phantom.join(format!("{}.nii.gz", phantoms[row])))?;
        let reference = read_image(&folder.join(&maps[row]))?;
        let Ok(Some(convolution)) = Convolution::reference(id) else {
            run.skipped.push(format!("the filter {id} is not known"));
            continue;
        };
        let keep = BoundingBox {
            lower: [0; 3],
            upper: image.geometry.size.map(|size| size.saturating_sub(1)),
        };
        let response = respond(&image, &convolution, &keep);
        let response = response.map_err(|source| ConformityError::Filter {
            id: id.to_owned(),
            source,
        })?;
        let found = percent_of_range(&response, &reference);
        let expected = ReferenceValue {
            value: 0.0,
            tolerance: 1.0,
        };
        run.comparisons.push(Comparison {
            part: Part::ResponseMaps,
            family: filters[row].clone(),
            configuration: "maps".to_owned(),
            patient: None,
            tag: id.to_owned(),
            name: format!("largest difference on {}, % of range", phantoms[row]),
            ibsi: None,
            passes: found <= expected.tolerance,
            found: Some(found),
            expected,
        });
    }
    Ok(())
}

/// The largest difference of a voxel, in percent of the reference's range; infinite where the two
/// have not the same size.
fn percent_of_range(found: &Image, reference: &Image) -> f64 {
    if found.geometry.size != reference.geometry.size {
        return f64::INFINITY;
    }
    let least = reference
        .values
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    let most = reference
        .values
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let differences = found.values.iter().zip(&reference.values);
    let largest = differences.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    100.0 * largest / (most - least)
}

/// The features of phase 2: from the folders `ibsi1` (the CT phantom) and `ibsi2`.
pub(super) fn features(
    first: &Path,
    folder: &Path,
    run: &mut Conformity,
) -> Result<(), ConformityError> {
    let (image, labels) = chapter_1::read_ct_phantom(first)?;
    let table = Table::read(&folder.join("phase2_configs.csv"))?;
    let (ids, filters) = (table.cells("filter_id")?, table.cells("filter")?);
    let references = Table::read(&folder.join("reference_values.csv"))?;
    let (of, tags) = (
        references.cells("filter_id")?,
        references.cells("feature_tag")?,
    );
    let values = references.numbers("consensus_value")?;
    let tolerances = references.numbers("tolerance")?;
    for (id, filter) in ids.iter().zip(filters) {
        let Some(profile) = Profile::named(&format!("ibsi2:{id}")) else {
            run.skipped
                .push(format!("the configuration {id} of chapter 2 is not known"));
            continue;
        };
        let plan = profile.plan();
        let image_name = plan
            .images
            .first()
            .and_then(|images| images.names.first())
            .cloned();
        let row = Extractor::new(plan).extract(&image, &labels, None);
        let row = row.map_err(|source| ConformityError::Extract {
            what: format!("configuration {id}"),
            source: Box::new(source),
        })?;
        let (number, approach) = id.split_once('.').unwrap_or((id, ""));
        for reference in (0..references.len()).filter(|&reference| of[reference] == *id) {
            let tag = tags[reference].as_str();
            if values[reference].is_nan() {
                run.skipped
                    .push(format!("{tag} of {id} has no consensus value"));
                continue;
            }
            let filtered = image_name.as_ref().map(|name| format!("{name}_{tag}"));
            let found = filtered
                .and_then(|name| row.feature(&name))
                .or(row.feature(tag));
            let expected = ReferenceValue {
                value: values[reference],
                tolerance: tolerances[reference],
            };
            let entry = entry_of(tag);
            run.comparisons.push(Comparison {
                part: Part::FilteredFeatures,
                family: format!("{number} {filter}"),
                configuration: approach.to_owned(),
                patient: None,
                tag: tag.to_owned(),
                name: entry.map_or(tag, |entry| entry.name).to_owned(),
                ibsi: entry.and_then(|entry| entry.ibsi).map(str::to_owned),
                found,
                passes: found.is_some_and(|found| expected.agrees(found)),
                expected,
            });
        }
    }
    Ok(())
}
