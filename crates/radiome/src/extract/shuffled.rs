//! Features of images whose voxels were shuffled inside the region: a control for texture.

use radiome_features::{ExtractError, FeatureRow};
use radiome_image::{Image, LabelMap};
use radiome_stats::resampling::shuffle;
use rand_chacha::ChaCha8Rng;

use super::batch::Group;
use super::kept::{CaseKeys, Rows, kept_or_done};
use super::processing::{Processing, read_processed, region_on_grid};
use super::{Batch, Case, Failure, Label, Progress, Reading, Reason, Stage, find, no_processing};

/// As [`run`](super::run), after the values of the voxels inside each region were put in random
/// order: [`Batch::run_shuffled`] on `jobs` threads (`None`: all cores).
#[must_use]
pub fn run_shuffled(
    cases: &[Case],
    processing: &[Processing],
    jobs: Option<usize>,
    progress: Progress,
    generator: &(dyn Fn(usize) -> ChaCha8Rng + Sync),
) -> Vec<Result<FeatureRow, Failure>> {
    Batch::new(jobs, progress).run_shuffled(cases, processing, generator)
}

impl Batch {
    /// As [`Batch::run`], after the values of the voxels inside each region were put in random
    /// order, once the image was corrected. The contour, the values outside of it and the histogram
    /// inside stay as they are; where in the region a value stands no longer means anything.
    /// `generator` gives the chance of each case, by its place.
    #[must_use]
    pub fn run_shuffled(
        &self,
        cases: &[Case],
        processing: &[Processing],
        generator: &(dyn Fn(usize) -> ChaCha8Rng + Sync),
    ) -> Vec<Result<FeatureRow, Failure>> {
        let alone = Group::each_alone(cases.iter());
        let keys = CaseKeys::new(processing);
        let work = |group: &Group<'_>| -> Vec<Rows> {
            let of_group = group.cases.iter().zip(&group.places);
            of_group
                .map(|(case, &place)| vec![extract(case, processing, &mut generator(place))])
                .collect()
        };
        let chance = |place: usize| {
            let generator = generator(place);
            let at = (
                generator.get_seed(),
                generator.get_stream(),
                generator.get_word_pos(),
            );
            ("shuffled", at)
        };
        let only = |rows: Rows| {
            let row = rows.into_iter().next();
            row.unwrap_or_else(|| Ok(FeatureRow::default()))
        };
        let bar = self
            .progress()
            .bar(cases.len(), "Extracting from shuffled voxels");
        let found = self.each(&alone, bar, |group| match self.parts() {
            None => work(group).into_iter().map(only).collect(),
            Some(parts) => {
                let rows = kept_or_done(group, &keys, &chance, parts, work);
                rows.into_iter()
                    .map(|(_, rows)| rows.and_then(only))
                    .collect()
            }
        });
        found.into_iter().flatten().collect()
    }
}

fn extract(
    case: &Case,
    processing: &[Processing],
    generator: &mut ChaCha8Rng,
) -> Result<FeatureRow, Failure> {
    let Some(processing) = processing.get(case.protocol) else {
        return Err(no_processing(case));
    };
    let protocol = &processing.protocol;
    let Reading {
        mut image, labels, ..
    } = read_processed(case, processing, protocol.label_channel())?;
    let usual = Label::Value(protocol.label());
    let label = find(case, &labels, case.label.as_ref().unwrap_or(&usual))?;
    shuffle_inside(
        &mut image,
        &labels,
        label,
        protocol.corrects_mask(),
        generator,
    );
    let row = protocol.extract_labels(&image, &labels, &[label]).pop();
    let failed = |error: ExtractError| {
        let reason = Reason::of_extraction(&error);
        Failure::new(case, Stage::Extract, reason, &error.to_string())
    };
    row.unwrap_or_else(|| Ok(FeatureRow::default()))
        .map_err(failed)
}

/// Puts the values inside a region in random order. A region that is not on the image's grid is
/// brought onto it first, where the protocol does so too; one that cannot be used leaves the image
/// as it is, and the extraction says why.
fn shuffle_inside(
    image: &mut Image,
    labels: &LabelMap,
    label: u32,
    corrects_mask: bool,
    generator: &mut ChaCha8Rng,
) {
    let Ok(mask) = region_on_grid(image, labels, label, corrects_mask) else {
        return;
    };
    if mask.inside.len() != image.values.len() {
        return;
    }
    let places: Vec<usize> = (0..mask.inside.len())
        .filter(|&place| mask.inside[place])
        .collect();
    let mut values: Vec<f64> = places.iter().map(|&place| image.values[place]).collect();
    shuffle(&mut values, generator);
    for (place, value) in places.into_iter().zip(values) {
        image.values[place] = value;
    }
}

#[cfg(test)]
mod tests {
    use radiome_image::{Geometry, PixelType};
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn values_move_inside_the_region_alone() {
        let geometry = Geometry::axis_aligned([4, 3, 2], [1.0; 3]);
        let before: Vec<f64> = (0..24).map(f64::from).collect();
        let mut image = Image {
            geometry: geometry.clone(),
            pixel_type: PixelType::F64,
            values: before.clone(),
        };
        let inside = |place: usize| !place.is_multiple_of(3);
        let labels = LabelMap {
            geometry,
            labels: (0..24).map(|place| u32::from(inside(place)) * 2).collect(),
            segments: Vec::new(),
        };
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        shuffle_inside(&mut image, &labels, 2, false, &mut generator);
        let moved = (0..24).filter(|&place| image.values[place] != before[place]);
        assert!(moved.clone().count() > 8 && moved.clone().all(inside));
        let sorted = |values: &[f64]| {
            let mut values: Vec<f64> = (0..24)
                .filter(|&place| inside(place))
                .map(|place| values[place])
                .collect();
            values.sort_by(f64::total_cmp);
            values
        };
        assert_eq!(sorted(&image.values), sorted(&before));
        // A label that is not there leaves the image alone.
        let again = image.values.clone();
        shuffle_inside(&mut image, &labels, 7, false, &mut generator);
        assert_eq!(image.values, again);
    }
}
