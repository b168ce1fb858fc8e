//! What settings mean.

use radiome_image::preprocess::{Interpolator, MaskRequirements, Resampling, ResegmentMode};

use super::document::Node;
use super::error::{Place, SettingsError};
use super::filter::{Filter, filters};
use super::schema;
use super::{Entry, ImageRequest, Settings, unknown};
use crate::catalogue::{self, FeatureClass};
use crate::discretize::Binning;
use crate::protocol::PlannedFeature;
use crate::texture::glcm::GlcmOptions;
use crate::texture::{Neighbourhood, WeightingNorm};

/// A checked extraction: every choice made, defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The label whose voxels are the region.
    pub label: u32,
    /// Which label map of a mask file that holds several, from 0 (`label_channel`); for whoever
    /// reads the file.
    pub label_channel: usize,
    /// What the region has to be.
    pub requirements: MaskRequirements,
    /// Whether a mask on another grid is resampled to the image's.
    pub correct_mask: bool,
    /// Whether a row holds diagnostics.
    pub additional_info: bool,
    /// Scaling of the whole image to zero mean and unit deviation.
    pub normalization: Option<Normalization>,
    /// Resampling of image and mask to another spacing.
    pub resampling: Option<Resampling>,
    /// Whether image and mask are cropped around the region before anything else is done.
    pub pre_crop: bool,
    /// Margin in voxels kept around the region when cropping or resampling.
    pub pad_distance: usize,
    /// Removal of voxels by their value.
    pub resegmentation: Option<Resegmentation>,
    /// The index axis (0 = x, 1 = y, 2 = z) across which a region is one slice (`force2D`).
    pub slice_axis: Option<usize>,
    /// The images from which features other than shape are computed.
    pub images: Vec<ImagePlan>,
    /// The classes, in the order in which they are computed (shape always comes first).
    pub classes: Vec<ClassPlan>,
    /// How feature maps are made; features of a region do not depend on it.
    pub voxels: VoxelPlan,
    /// The settings as written, for the record.
    written: Vec<(&'static str, String)>,
    /// All settings, defaults included, as PyRadiomics records them.
    record: Vec<(&'static str, String)>,
    /// The image types with their own settings, as PyRadiomics records them.
    image_types: String,
}

/// $x \mapsto s (x - \bar x) / \sigma$ over the whole image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    /// The scale $s$.
    pub scale: f64,
    /// Values beyond this many standard deviations are set to it.
    pub outliers: Option<f64>,
}

/// Removal of voxels whose value lies outside a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Resegmentation {
    /// The lower limit, or both limits.
    pub range: Vec<f64>,
    /// What the limits are measured in.
    pub mode: ResegmentMode,
    /// Whether the shape is that of the remaining voxels.
    pub shape: bool,
}

/// How the features around each voxel are computed (`voxelSetting`).
///
/// `voxelBatch`, the number of voxels that PyRadiomics holds in memory at once, is read and has no
/// effect: memory here does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoxelPlan {
    /// How far the kernel reaches from its centre, in voxels along each axis (`kernelRadius`).
    pub kernel_radius: usize,
    /// Whether voxels outside the region are left out of the kernel (`maskedKernel`).
    pub masked_kernel: bool,
    /// The value of maps outside the region (`initValue`).
    pub init_value: f64,
}

/// A filter, the images that it makes, and how their features are computed.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePlan {
    /// The filter.
    pub filter: Filter,
    /// The names of the images, in the order of the output.
    pub names: Vec<String>,
    /// How values become grey levels.
    pub binning: Binning,
    /// Which voxels are compared with a voxel.
    pub neighbourhood: Neighbourhood,
    /// How co-occurrence matrices are made; run length matrices are joined in the same way.
    pub glcm: GlcmOptions,
    /// How far the grey levels of dependent voxels may differ.
    pub gldm_alpha: u32,
    /// Added to values before they are squared in the energies.
    pub shift: f64,
}

/// The features of one class that are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassPlan {
    /// The class.
    pub class: FeatureClass,
    /// Names within the class, in the order of the output.
    pub features: Vec<&'static str>,
}

impl ClassPlan {
    /// Whether the class sees the mask alone.
    pub(crate) fn is_shape(&self) -> bool {
        matches!(self.class, FeatureClass::Shape | FeatureClass::Shape2D)
    }
}

impl Plan {
    /// The classes of shape in the order of the output: volume, then slice.
    pub(crate) fn shape_classes(&self) -> impl Iterator<Item = &ClassPlan> {
        let of = |class| self.classes.iter().filter(move |plan| plan.class == class);
        of(FeatureClass::Shape).chain(of(FeatureClass::Shape2D))
    }

    /// What will be computed, in the order of the output.
    #[must_use]
    pub fn features(&self) -> Vec<PlannedFeature> {
        let shape = |class: &&ClassPlan| class.is_shape();
        let mut features = Vec::new();
        let mut list = |prefix: &str, class: &ClassPlan| {
            let entries = catalogue::entries(class.class);
            for name in &class.features {
                if let Some(entry) = entries.iter().find(|entry| entry.name == *name) {
                    features.push(PlannedFeature {
                        name: format!("{prefix}_{}_{name}", class.class.name()),
                        ibsi: entry.ibsi,
                        summary: entry.summary,
                    });
                }
            }
        };
        for class in self.shape_classes() {
            list("original", class);
        }
        for name in self.images.iter().flat_map(|image| &image.names) {
            for class in self.classes.iter().filter(|class| !shape(class)) {
                list(name, class);
            }
        }
        features
    }

    /// The settings as written, name and value, in PyRadiomics' words.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.written
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// The same plan for another label map of a mask file, as PyRadiomics has it when a case names
    /// its own channel; its record says so.
    #[must_use]
    pub fn with_label_channel(&self, channel: usize) -> Self {
        let mut plan = self.clone();
        plan.label_channel = channel;
        let name = "label_channel";
        match plan.record.iter_mut().find(|(known, _)| *known == name) {
            Some((_, text)) => *text = channel.to_string(),
            None => plan.record.push((name, channel.to_string())),
        }
        plan
    }

    /// The settings, defaults included and with the label that was used, as the dictionary of
    /// Python that PyRadiomics records.
    pub(crate) fn settings_text(&self, label: u32) -> String {
        let pairs = self.record.iter().map(|(name, value)| match *name {
            "label" => format!("'label': {label}"),
            name => format!("'{name}': {value}"),
        });
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    }

    /// The image types with their own settings, as the dictionary of Python that PyRadiomics
    /// records.
    pub(crate) fn image_types_text(&self) -> &str {
        &self.image_types
    }
}

/// Looks settings up: an image type's own before the common ones.
pub(super) struct Lookup<'a> {
    pub(super) layers: [&'a [Entry]; 2],
}

impl<'a> Lookup<'a> {
    pub(super) fn entry(&self, name: &str) -> Option<&'a Entry> {
        debug_assert!(schema::find(name).is_some(), "{name}");
        let mut entries = self.layers.iter().flat_map(|layer| layer.iter());
        entries
            .find(|entry| entry.setting.name == name)
            .filter(|entry| entry.value != Node::Null)
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        match self.entry(name).map(|entry| &entry.value) {
            Some(Node::Bool(value)) => *value,
            _ => default,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        number(&self.entry(name)?.value)
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        match self.entry(name)?.value {
            Node::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// A whole number that the schema has checked not to be negative.
    pub(super) fn count(&self, name: &str) -> Option<usize> {
        self.integer(name)
            .and_then(|value| usize::try_from(value).ok())
    }

    pub(super) fn numbers(&self, name: &str) -> Option<(&'a Entry, Vec<f64>)> {
        let entry = self.entry(name)?;
        match &entry.value {
            Node::Sequence(items) => Some((entry, items.iter().filter_map(number).collect())),
            _ => None,
        }
    }

    pub(super) fn word(&self, name: &str) -> Option<&'a str> {
        match &self.entry(name)?.value {
            Node::Text(word) => Some(word),
            _ => None,
        }
    }
}

pub(super) fn number(node: &Node) -> Option<f64> {
    match node {
        Node::Integer(value) => Some(*value as f64),
        Node::Float(value) => Some(*value),
        _ => None,
    }
}

pub(super) fn wrong(entry: &Entry, expected: &str) -> SettingsError {
    SettingsError::Value {
        place: entry.place.clone(),
        key: entry.setting.name.to_owned(),
        expected: expected.to_owned(),
        found: entry.value.to_string(),
    }
}

pub(super) fn plan(settings: &Settings) -> Result<Plan, SettingsError> {
    let common = Lookup {
        layers: [&settings.entries, &[]],
    };
    let normalization = common.flag("normalize", false).then(|| Normalization {
        scale: common.number("normalizeScale").unwrap_or(1.0),
        outliers: common.number("removeOutliers"),
    });
    let classes = classes(settings)?;
    let written = settings
        .entries
        .iter()
        .map(|e| (e.setting.name, e.value.to_string()));
    Ok(Plan {
        label: common
            .integer("label")
            .and_then(|l| u32::try_from(l).ok())
            .unwrap_or(1),
        label_channel: common.count("label_channel").unwrap_or(0),
        requirements: MaskRequirements {
            geometry_tolerance: common.number("geometryTolerance").unwrap_or(1e-6),
            minimum_dimensions: common.count("minimumROIDimensions").unwrap_or(2),
            minimum_size: common.count("minimumROISize"),
        },
        correct_mask: common.flag("correctMask", false),
        additional_info: common.flag("additionalInfo", true),
        normalization,
        resampling: resampling(settings, &common)?,
        pre_crop: common.flag("preCrop", false),
        pad_distance: pad_distance(&common),
        resegmentation: resegmentation(&common)?,
        slice_axis: flat_axis(&common),
        images: images(settings)?,
        classes,
        voxels: VoxelPlan {
            kernel_radius: common.count("kernelRadius").unwrap_or(1),
            masked_kernel: common.flag("maskedKernel", true),
            init_value: common.number("initValue").unwrap_or(0.0),
        },
        written: written.collect(),
        record: record(settings),
        image_types: image_types_record(settings),
    })
}

fn pad_distance(common: &Lookup<'_>) -> usize {
    common.count("padDistance").unwrap_or(5)
}

fn resampling(
    settings: &Settings,
    common: &Lookup<'_>,
) -> Result<Option<Resampling>, SettingsError> {
    let Some((entry, spacing)) = common.numbers("resampledPixelSpacing") else {
        return Ok(None);
    };
    let Ok(spacing) = <[f64; 3]>::try_from(spacing) else {
        return Err(wrong(
            entry,
            "three numbers (x, y, z; 0 keeps the mask's spacing)",
        ));
    };
    // A written null is PyRadiomics' way to say "do not resample".
    let off = |e: &Entry| e.setting.name == "interpolator" && e.value == Node::Null;
    if settings.entries.iter().any(off) {
        return Ok(None);
    }
    let pad_distance = pad_distance(common);
    let Some(entry) = common.entry("interpolator") else {
        return Ok(Some(Resampling {
            pad_distance,
            ..Resampling::to(spacing)
        }));
    };
    // Names and numbers are the image crate's own; the schema has checked them.
    let interpolator = match entry.value.to_string().parse::<Interpolator>() {
        Ok(interpolator) => interpolator,
        Err(error) => return Err(wrong(entry, &error.to_string())),
    };
    Ok(Some(Resampling {
        spacing,
        interpolator,
        pad_distance,
    }))
}

fn resegmentation(common: &Lookup<'_>) -> Result<Option<Resegmentation>, SettingsError> {
    let Some((entry, range)) = common.numbers("resegmentRange") else {
        return Ok(None);
    };
    if !(1..=2).contains(&range.len()) {
        return Err(wrong(entry, "one number (the lower limit) or two"));
    }
    let mode = match common.word("resegmentMode") {
        Some("relative") => ResegmentMode::Relative,
        Some("sigma") => ResegmentMode::Sigma,
        _ => ResegmentMode::Absolute,
    };
    let shape = common.flag("resegmentShape", false);
    Ok(Some(Resegmentation { range, mode, shape }))
}

fn images(settings: &Settings) -> Result<Vec<ImagePlan>, SettingsError> {
    let default = ImageRequest {
        image_type: "Original",
        place: Place::Line(1),
        entries: Vec::new(),
    };
    let requests = match settings.image_types.as_slice() {
        [] => std::slice::from_ref(&default),
        requests => requests,
    };
    let mut images = Vec::new();
    for request in requests {
        let lookup = Lookup {
            layers: [&request.entries, &settings.entries],
        };
        for (filter, names) in filters(request.image_type, &request.place, &lookup)? {
            images.push(image(filter, names, &lookup)?);
        }
    }
    Ok(images)
}

/// The axis along which no step is taken. PyRadiomics counts axes as numpy does: 0 is z.
pub(super) fn flat_axis(lookup: &Lookup<'_>) -> Option<usize> {
    lookup
        .flag("force2D", false)
        .then(|| 2_usize.saturating_sub(lookup.count("force2Ddimension").unwrap_or(0)))
}

fn image(
    filter: Filter,
    names: Vec<String>,
    lookup: &Lookup<'_>,
) -> Result<ImagePlan, SettingsError> {
    let binning = match lookup
        .integer("binCount")
        .and_then(|count| u32::try_from(count).ok())
    {
        Some(count) => Binning::Count(count),
        None => Binning::Width(lookup.number("binWidth").unwrap_or(25.0)),
    };
    let mut distances = vec![1];
    if let Some((entry, numbers)) = lookup.numbers("distances") {
        distances = numbers.iter().map(|&distance| distance as u32).collect();
        let mut sorted = distances.clone();
        sorted.sort_unstable();
        if distances.is_empty() || sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong(
                entry,
                "a list of different whole numbers of at least 1",
            ));
        }
    }
    let flat_axis = flat_axis(lookup);
    let weighting = lookup.word("weightingNorm").map(|norm| match norm {
        "manhattan" => WeightingNorm::Manhattan,
        "euclidean" => WeightingNorm::Euclidean,
        "infinity" => WeightingNorm::Infinity,
        _ => WeightingNorm::NoWeighting,
    });
    Ok(ImagePlan {
        filter,
        names,
        binning,
        neighbourhood: Neighbourhood {
            distances,
            flat_axis,
        },
        glcm: GlcmOptions {
            symmetrical: lookup.flag("symmetricalGLCM", true),
            weighting,
        },
        gldm_alpha: lookup
            .integer("gldm_a")
            .and_then(|alpha| u32::try_from(alpha).ok())
            .unwrap_or(0),
        shift: lookup.number("voxelArrayShift").unwrap_or(0.0),
    })
}

fn classes(settings: &Settings) -> Result<Vec<ClassPlan>, SettingsError> {
    if settings.classes.is_empty() {
        // A parameter file without classes asks for shape2D too, which PyRadiomics passes over
        // unless slices are forced; without a file it does not ask.
        let common = Lookup {
            layers: [&settings.entries, &[]],
        };
        let sliced = settings.from_file && flat_axis(&common).is_some();
        let asked = FeatureClass::ALL
            .into_iter()
            .filter(|class| *class != FeatureClass::Shape2D || sliced);
        return Ok(asked.map(all).collect());
    }
    let mut classes = Vec::new();
    for request in &settings.classes {
        let class = request.class;
        let common = Lookup {
            layers: [&settings.entries, &[]],
        };
        if class == FeatureClass::Shape2D && flat_axis(&common).is_none() {
            return Err(SettingsError::Unsupported {
                place: request.place.clone(),
                what: "`shape2D` without `force2D: true`".to_owned(),
                advice: Some("set it, or ask for `shape`".to_owned()),
            });
        }
        if request.features.is_empty() {
            classes.push(all(class));
            continue;
        }
        let entries = catalogue::entries(class);
        let mut features = Vec::new();
        for (name, place) in &request.features {
            let Some(entry) = entries.iter().find(|entry| entry.name == name) else {
                return Err(no_such_feature(class, name, place));
            };
            if !features.contains(&entry.name) {
                features.push(entry.name);
            }
        }
        classes.push(ClassPlan { class, features });
    }
    Ok(classes)
}

fn all(class: FeatureClass) -> ClassPlan {
    let current = catalogue::entries(class)
        .into_iter()
        .filter(|entry| !entry.deprecated);
    ClassPlan {
        class,
        features: current.map(|entry| entry.name).collect(),
    }
}

fn no_such_feature(class: FeatureClass, name: &str, place: &Place) -> SettingsError {
    let removed = catalogue::REMOVED
        .iter()
        .find(|removed| removed.0 == class && removed.1 == name);
    if let Some((_, _, equal)) = removed {
        return SettingsError::Unsupported {
            place: place.clone(),
            what: format!(
                "feature `{name}` of {} (PyRadiomics gives it no value)",
                class.name()
            ),
            advice: Some(format!("it equals {equal}")),
        };
    }
    let kind = format!("feature of {}", class.name());
    unknown(
        place.clone(),
        &kind,
        name,
        catalogue::entries(class).into_iter().map(|e| e.name),
    )
}

/// PyRadiomics' defaults of the settings that it records even where they are not written.
const RECORDED_DEFAULTS: &[(&str, &str)] = &[
    ("minimumROIDimensions", "2"),
    ("minimumROISize", "None"),
    ("normalize", "False"),
    ("normalizeScale", "1"),
    ("removeOutliers", "None"),
    ("resampledPixelSpacing", "None"),
    ("interpolator", "'sitkBSpline'"),
    ("preCrop", "False"),
    ("padDistance", "5"),
    ("distances", "[1]"),
    ("force2D", "False"),
    ("force2Ddimension", "0"),
    ("resegmentRange", "None"),
    ("label", "1"),
    ("additionalInfo", "True"),
];

/// The defaults, overwritten and followed by what is written.
fn record(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut record: Vec<(&'static str, String)> = RECORDED_DEFAULTS
        .iter()
        .map(|&(name, value)| (name, value.to_owned()))
        .collect();
    for entry in &settings.entries {
        let (name, value) = (entry.setting.name, entry.value.python());
        match record.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => record.push((name, value)),
        }
    }
    record
}

fn image_types_record(settings: &Settings) -> String {
    let types = settings.image_types.iter().map(|request| {
        let own = request
            .entries
            .iter()
            .map(|entry| format!("'{}': {}", entry.setting.name, entry.value.python()));
        let own = own.collect::<Vec<_>>().join(", ");
        format!("'{}': {{{own}}}", request.image_type)
    });
    match types.collect::<Vec<_>>() {
        types if types.is_empty() => "{'Original': {}}".to_owned(),
        types => format!("{{{}}}", types.join(", ")),
    }
}
