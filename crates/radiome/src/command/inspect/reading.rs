//! Reading everything that was named: images first, for regions of DICOM are laid on them.

use std::path::Path;

use miette::miette;
use radiome::inspect::{InspectError, Item, Part, Reference, Unplaced, parts};
use radiome_dicom::{Regions, Series};
use radiome_image::Segment;

use super::{Options, Unread, image_of};

/// What there was to read.
#[derive(Default)]
pub(super) struct AllRead {
    pub(super) items: Vec<Item>,
    /// Regions whose image is not at hand.
    pub(super) unplaced: Vec<Unplaced>,
    pub(super) unread: Vec<Unread>,
}

pub(super) fn read_all(options: &Options, names: &[Segment]) -> miette::Result<AllRead> {
    let given = match &options.reference {
        Some(path) => Some(
            Reference::open(path)
                .map_err(|error| miette!(help = "check --reference", "{error}"))?,
        ),
        None => None,
    };
    let parts: Vec<Part> = options.paths.iter().flat_map(|path| parts(path)).collect();
    let series: Vec<Series> = (parts.iter())
        .filter_map(|part| match part {
            Part::Series(_, series) => Some((**series).clone()),
            _ => None,
        })
        .collect();
    // In the order in which they were named; regions are laid when all images are read.
    let mut read: Vec<Option<Result<Item, (&Path, InspectError)>>> = Vec::new();
    let mut broken = Vec::new();
    for part in &parts {
        read.push(match part {
            Part::File(path) => {
                let item = Item::of_file(path, names);
                Some(item.map_err(|error| (path.as_path(), error.into())))
            }
            Part::Series(path, series) => {
                Some(Item::of_series(path, series).map_err(|error| (path.as_path(), error)))
            }
            Part::Regions(..) => None,
            Part::Broken(path, error) => {
                broken.push(Unread {
                    path: path.clone(),
                    message: error.to_string(),
                });
                None
            }
        });
    }
    let mut images = read.iter().flatten().flatten();
    let image = images.find(|item| image_of(item).is_some());
    let image = image.map(Item::reference);
    let mut all = AllRead::default();
    for (part, read) in parts.iter().zip(read) {
        let done = match (part, read) {
            (Part::Regions(path, regions), _) => {
                let on = grid_of(path, regions, given.as_ref(), &series, image.as_ref());
                match on {
                    Ok(on) => Ok(Item::of_regions(path, regions, &on)),
                    Err(why) => {
                        all.unplaced.push(Unplaced::of(path, regions, &why));
                        continue;
                    }
                }
            }
            (_, Some(read)) => read,
            (_, None) => continue,
        };
        match done {
            Ok(item) => all.items.push(item),
            Err((path, error)) => all.unread.push(Unread {
                path: path.to_owned(),
                message: error.to_string(),
            }),
        }
    }
    all.unread.extend(broken);
    Ok(all)
}

/// The grid that regions are laid on.
fn grid_of(
    path: &Path,
    regions: &Regions,
    given: Option<&Reference>,
    series: &[Series],
    image: Option<&Reference>,
) -> Result<Reference, InspectError> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    if let Ok(own) = regions.series_in(series) {
        return Reference::of_series(own);
    }
    match image {
        Some(image) => Ok(image.clone()),
        None => Reference::beside(path, regions),
    }
}
