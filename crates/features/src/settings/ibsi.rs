//! What settings mean by the IBSI's definitions: a profile, and what they change of it.

use radiome_image::preprocess::CentredInterpolation;

use super::document::Node;
use super::error::{Place, SettingsError};
use super::filter::filters;
use super::plan::{Lookup, wrong};
use super::schema::{Reach, TEXTURE_DIMENSIONS, TEXTURE_DIRECTIONS};
use super::{ClassRequest, Entry, Settings, unknown};
use crate::ibsi::catalogue::entries;
use crate::ibsi::discretise::Discretisation;
use crate::ibsi::intensity_volume_histogram::IvhDiscretisation;
use crate::ibsi::texture::{Dimension, Directions};
use crate::ibsi::{DiagnosticsPlan, Family, FamilyPlan, ImagePlan, Interpolation, Plan, Profile};

/// The profile of a name such as `ibsi:A`.
pub(super) fn profile(name: &str, place: &Place) -> Result<Profile, SettingsError> {
    Profile::named(name).ok_or_else(|| {
        let known = Profile::all().map(Profile::name);
        unknown(place.clone(), "profile", name, known)
    })
}

/// PyRadiomics' settings that mean the same here.
const SHARED: &[&str] = &[
    "minimumROIDimensions",
    "minimumROISize",
    "geometryTolerance",
    "correctMask",
    "additionalInfo",
    "label",
    "label_channel",
    "binWidth",
    "binCount",
    "resampledPixelSpacing",
    "interpolator",
    "resegmentRange",
];

/// Whether a setting means nothing by the IBSI's definitions. Those of filters stand for
/// themselves.
fn foreign(entry: &Entry) -> bool {
    !matches!(entry.setting.reach, Reach::Ibsi | Reach::Filters(_))
        && !SHARED.contains(&entry.setting.name)
}

pub(super) fn plan(settings: &Settings, profile: Profile) -> Result<Plan, SettingsError> {
    if let Some(entry) = settings.entries.iter().find(|entry| foreign(entry)) {
        return Err(SettingsError::Unsupported {
            place: entry.place.clone(),
            what: format!("`{}` by the IBSI's definitions", entry.setting.name),
            advice: None,
        });
    }
    let lookup = Lookup {
        layers: [&settings.entries, &[]],
    };
    let mut plan = profile.plan();
    let own = settings.entries.iter();
    let own = own.map(|entry| (entry.setting.name, entry.value.to_string()));
    plan.written = std::iter::once(("profile", profile.name().to_owned()))
        .chain(own)
        .collect();
    if let Some(label) = lookup.integer("label") {
        plan.label = u32::try_from(label).unwrap_or(plan.label);
    }
    plan.label_channel = lookup.count("label_channel").unwrap_or(plan.label_channel);
    let required = &mut plan.requirements;
    if let Some(tolerance) = lookup.number("geometryTolerance") {
        required.geometry_tolerance = tolerance;
    }
    if let Some(dimensions) = lookup.count("minimumROIDimensions") {
        required.minimum_dimensions = dimensions;
    }
    required.minimum_size = lookup.count("minimumROISize").or(required.minimum_size);
    plan.correct_mask = lookup.flag("correctMask", plan.correct_mask);
    if !lookup.flag("additionalInfo", true) {
        plan.diagnostics = DiagnosticsPlan::None;
    }
    plan.round_on_load = lookup.flag("roundOnLoad", plan.round_on_load);
    plan.interpolation = interpolation(&lookup, plan.interpolation)?;
    if let Some((entry, range)) = lookup.numbers("resegmentRange") {
        plan.range = Some(match *range {
            [lower] => [lower, f64::INFINITY],
            [lower, upper] if lower <= upper => [lower, upper],
            _ => return Err(wrong(entry, "the lower limit, or the lower and the upper")),
        });
    }
    plan.outlier_sigmas = lookup.number("outlierSigma").or(plan.outlier_sigmas);
    if !settings.image_types.is_empty() {
        plan.images = images(settings, &plan)?;
    } else if let Some(bins) = bins(&lookup, BINS) {
        for images in &mut plan.images {
            images.discretisation = bins.discretisation();
        }
    }
    if let Some(bins) = bins(&lookup, ["ivhBinWidth", "ivhBinCount"]) {
        plan.ivh_discretisation = match bins {
            Bins::Width(width) => IvhDiscretisation::BinSize(width),
            Bins::Count(count) => IvhDiscretisation::BinNumber(count),
        };
    }
    if let Some(chosen) = words(
        &lookup,
        "textureDimensions",
        TEXTURE_DIMENSIONS,
        &Dimension::ALL,
    )? {
        plan.dimensions = chosen;
    }
    if let Some(chosen) = words(
        &lookup,
        "textureDirections",
        TEXTURE_DIRECTIONS,
        &Directions::ALL,
    )? {
        plan.directions = chosen;
    }
    if !settings.families.is_empty() {
        let families = settings.families.iter().map(family);
        plan.families = families.collect::<Result<_, _>>()?;
    }
    Ok(plan)
}

/// The profile's interpolation with what the settings change of it.
fn interpolation(
    lookup: &Lookup<'_>,
    profile: Option<Interpolation>,
) -> Result<Option<Interpolation>, SettingsError> {
    let mut changed = profile;
    if let Some((entry, spacing)) = lookup.numbers("resampledPixelSpacing") {
        let Ok(spacing) = <[f64; 3]>::try_from(spacing) else {
            return Err(wrong(
                entry,
                "three numbers (x, y, z; 0 keeps the image's spacing)",
            ));
        };
        let plain = Interpolation {
            spacing,
            method: CentredInterpolation::Trilinear,
            mask_threshold: 0.5,
            round: false,
        };
        changed = Some(Interpolation {
            spacing,
            ..changed.unwrap_or(plain)
        });
    }
    let Some(by) = &mut changed else {
        let without = ["interpolator", "maskThreshold", "roundInterpolated"];
        let useless = without.into_iter().find_map(|name| lookup.entry(name));
        return match useless {
            None => Ok(None),
            Some(entry) => Err(SettingsError::Missing {
                place: entry.place.clone(),
                what: format!("`{}`", entry.setting.name),
                setting: "resampledPixelSpacing".to_owned(),
                example: "resampledPixelSpacing: [1, 1, 1]".to_owned(),
            }),
        };
    };
    if let Some(entry) = lookup.entry("interpolator") {
        by.method = match entry.value.to_string().as_str() {
            "sitkLinear" | "2" => CentredInterpolation::Trilinear,
            "sitkBSpline" | "3" => CentredInterpolation::TricubicSpline,
            _ => return Err(wrong(entry, "sitkLinear or sitkBSpline")),
        };
    }
    if let Some(entry) = lookup.entry("maskThreshold") {
        by.mask_threshold = lookup.number("maskThreshold").unwrap_or(by.mask_threshold);
        if by.mask_threshold > 1.0 {
            return Err(wrong(entry, "a fraction above 0 and at most 1"));
        }
    }
    by.round = lookup.flag("roundInterpolated", by.round);
    Ok(changed)
}

/// The images asked for, each with its own grey levels or the profile's.
fn images(settings: &Settings, profile: &Plan) -> Result<Vec<ImagePlan>, SettingsError> {
    let usual = profile.images.first().map(|images| images.discretisation);
    let usual = usual.unwrap_or(Discretisation::BinNumber(32));
    let mut images = Vec::new();
    for request in &settings.image_types {
        let lookup = Lookup {
            layers: [&request.entries, &settings.entries],
        };
        if let Some(entry) = request.entries.iter().find(|entry| foreign(entry)) {
            return Err(SettingsError::Unsupported {
                place: entry.place.clone(),
                what: format!("`{}` by the IBSI's definitions", entry.setting.name),
                advice: None,
            });
        }
        let bins = bins(&lookup, BINS);
        let discretisation = bins.map_or(usual, Bins::discretisation);
        for (filter, names) in filters(request.image_type, &request.place, &lookup)? {
            images.push(ImagePlan {
                filter,
                names,
                discretisation,
            });
        }
    }
    Ok(images)
}

const BINS: [&str; 2] = ["binWidth", "binCount"];

#[derive(Clone, Copy)]
enum Bins {
    Width(f64),
    Count(u32),
}

impl Bins {
    fn discretisation(self) -> Discretisation {
        match self {
            Self::Width(width) => Discretisation::BinSize(width),
            Self::Count(count) => Discretisation::BinNumber(count),
        }
    }
}

/// The bins asked for; a count comes before a width, as in PyRadiomics.
fn bins(lookup: &Lookup<'_>, [width, count]: [&str; 2]) -> Option<Bins> {
    let count = lookup.integer(count).and_then(|n| u32::try_from(n).ok());
    let width = || lookup.number(width).map(Bins::Width);
    count.map(Bins::Count).or_else(width)
}

/// What the words of a list stand for, in the order of `meanings`.
fn words<T: Copy>(
    lookup: &Lookup<'_>,
    name: &str,
    known: &[&str],
    meanings: &[T],
) -> Result<Option<Vec<T>>, SettingsError> {
    let Some(entry) = lookup.entry(name) else {
        return Ok(None);
    };
    let Node::Sequence(items) = &entry.value else {
        return Ok(None);
    };
    let written = |word: &str| items.iter().any(|item| item.to_string() == word);
    let chosen: Vec<T> = known
        .iter()
        .zip(meanings)
        .filter(|(word, _)| written(word))
        .map(|(_, meaning)| *meaning)
        .collect();
    if chosen.is_empty() {
        return Err(wrong(entry, &format!("a list of {}", known.join(", "))));
    }
    Ok(Some(chosen))
}

/// The features of a family that are asked for.
fn family(request: &ClassRequest<Family>) -> Result<FamilyPlan, SettingsError> {
    let family = request.class;
    if request.features.is_empty() {
        return Ok(FamilyPlan::all(family));
    }
    let known = entries(family);
    let mut features = Vec::new();
    for (name, place) in &request.features {
        let Some(entry) = known.iter().find(|entry| entry.tag == name) else {
            let kind = format!("feature of {}", family.name());
            let known = known.iter().map(|entry| entry.tag);
            return Err(unknown(place.clone(), &kind, name, known));
        };
        if !features.contains(&entry.tag) {
            features.push(entry.tag);
        }
    }
    Ok(FamilyPlan { family, features })
}
