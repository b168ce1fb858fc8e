//! What to compute: PyRadiomics' parameter files and their meaning.
//!
//! Two steps. [`Settings`] is what was written: sections and keys of PyRadiomics' schema with
//! their lines, values checked for kind and range. [`Plan`] is what it means: defaults filled in,
//! names resolved, and an error for everything that this program does not do. Nothing that was
//! written is ignored, except where PyRadiomics ignores it too: settings of filters that are not
//! asked for, and `binWidth` beside `binCount`.
//!
//! A value of `null` means that the key is not set; a section without a value is an empty one
//! (PyRadiomics refuses both a null section and a null image type).
//!
//! - `imageType`: images come in the order of the file. Settings of an image type come before
//!   those of `setting`, and hold for all its images; those of a filter may stand in either. A
//!   setting that PyRadiomics would not heed for one image type is an error there. Beside
//!   PyRadiomics' image types stand the convolutional filters of the IBSI
//!   ([`Filter::Convolution`]), with settings of their own.
//! - `featureClass`: classes and features come in the order of the file; an empty list or nothing
//!   means all that are not deprecated. Without the section all classes are computed, in a file
//!   with `force2D` also `shape2D`.
//! - `profile`: a name such as `ibsi:mr` turns to the IBSI's definitions; the settings of the file
//!   then change those of the profile, and `featureClass` names the IBSI's families.
//! - Where PyRadiomics passes over something with a warning (`LoG` without `sigma`, `shape2D`
//!   without `force2D`), there is an error: columns never go missing in silence.

mod convolution;
mod document;
mod error;
mod filter;
mod ibsi;
mod in_plane;
mod plan;
mod reference;
mod schema;

pub(crate) use document::python_number;
use document::{Located, Node};
pub use error::{Place, SettingsError};
pub use filter::Filter;
pub use plan::{ClassPlan, ImagePlan, Normalization, Plan, Resegmentation, VoxelPlan};
use radiome_image::nearest_name;
pub use reference::{SettingReference, reference};
use schema::{Reach, Setting};

use crate::catalogue::FeatureClass;
use crate::extractor::Extractor;
use crate::ibsi::{Family, Profile};
use crate::protocol::Protocol;

/// One setting as written.
#[derive(Clone, Debug)]
struct Entry {
    setting: &'static Setting,
    value: Node,
    place: Place,
}

/// The features asked for of one class, PyRadiomics' or the IBSI's.
#[derive(Clone, Debug)]
struct ClassRequest<C> {
    class: C,
    place: Place,
    /// Names of features; empty means all that are not deprecated.
    features: Vec<(String, Place)>,
}

/// One image type asked for.
#[derive(Clone, Debug)]
struct ImageRequest {
    image_type: &'static str,
    place: Place,
    /// Its own settings, which come before the common ones.
    entries: Vec<Entry>,
}

/// What a parameter file says.
///
/// The default is no file: the original image, all classes but `shape2D`, bins of width 25.
///
/// ```
/// use radiome_features::Settings;
///
/// let error = Settings::from_yaml("setting:\n  binwidth: 5\n").unwrap_err();
/// assert_eq!(error.to_string(), "line 2: unknown setting `binwidth`; did you mean `binWidth`?");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Settings {
    entries: Vec<Entry>,
    /// Image types with their own settings; empty means the original alone.
    image_types: Vec<ImageRequest>,
    /// Empty means all classes.
    classes: Vec<ClassRequest<FeatureClass>>,
    /// The IBSI's settings by name, which the others then override; `None` are PyRadiomics'.
    profile: Option<Profile>,
    /// The families asked for beside a profile; empty means those of the profile.
    families: Vec<ClassRequest<Family>>,
    /// Whether there is a parameter file.
    from_file: bool,
}

impl Settings {
    /// Reads a PyRadiomics parameter file (YAML, which JSON is too).
    ///
    /// # Errors
    /// See [`SettingsError`]; the message names the line.
    pub fn from_yaml(text: &str) -> Result<Self, SettingsError> {
        let root = document::parse(text)
            .map_err(|(line, message)| SettingsError::Syntax { line, message })?;
        let mut settings = Self {
            from_file: true,
            ..Self::default()
        };
        let sections = mapping("the parameter file", 1, root)?;
        // Which classes there are depends on it, wherever it stands.
        if let Some((_, located)) = sections.iter().find(|(name, _)| name == "profile") {
            let name = located.node.to_string();
            settings.profile = Some(ibsi::profile(&name, &Place::Line(located.line))?);
        }
        for (section, Located { line, node }) in sections {
            let place = Place::Line(line);
            match section.as_str() {
                "setting" | "voxelSetting" => {
                    for entry in entries(mapping(&section, line, node)?)? {
                        settings.put(entry);
                    }
                }
                "imageType" => settings.image_types = image_types(mapping(&section, line, node)?)?,
                "profile" => {}
                "featureClass" => {
                    let mapping = mapping(&section, line, node)?;
                    if settings.profile.is_some() {
                        settings.families = classes("family", &Family::ALL, Family::name, mapping)?;
                    } else {
                        let (known, name) = (&FeatureClass::ALL, FeatureClass::name);
                        settings.classes = classes("feature class", known, name, mapping)?;
                    }
                }
                _ => {
                    let known = [
                        "setting",
                        "imageType",
                        "featureClass",
                        "voxelSetting",
                        "profile",
                    ];
                    return Err(former(&place, "section", &section)
                        .unwrap_or_else(|| unknown(place, "section", &section, known)));
                }
            }
        }
        Ok(settings)
    }

    /// Overrides one setting, as in `binWidth:10` or `resampledPixelSpacing:1,1,1`.
    ///
    /// # Errors
    /// If it is not of that form, or key or value are not PyRadiomics'.
    pub fn set(&mut self, text: &str) -> Result<(), SettingsError> {
        let place = Place::Override(text.to_owned());
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| SettingsError::Override(text.to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() {
            return Err(SettingsError::Override(text.to_owned()));
        }
        let is_list = schema::find(key).is_some_and(|setting| setting.kind.is_list());
        let yaml = if is_list && !value.starts_with('[') && value != "null" {
            format!("[{value}]")
        } else {
            value.to_owned()
        };
        let value = document::parse(&yaml)
            .map_err(|(line, message)| SettingsError::Syntax { line, message })?;
        self.put(entry(key, value, place)?);
        Ok(())
    }

    /// The IBSI's settings of a name, as in `ibsi:A`.
    ///
    /// # Errors
    /// If there is no profile of that name.
    pub fn from_profile(name: &str) -> Result<Self, SettingsError> {
        Ok(Self {
            profile: Some(ibsi::profile(name, &Place::Profile)?),
            ..Self::default()
        })
    }

    /// One image type alone, with settings of its own as in `sigma:3`; for a filtered image
    /// without features.
    ///
    /// # Errors
    /// If the image type, or a setting, is not known or has no effect on it.
    pub fn of_image_type(name: &str, overrides: &[String]) -> Result<Self, SettingsError> {
        let place = Place::ImageType(name.to_owned());
        let known = schema::IMAGE_TYPES.iter().copied();
        let Some(image_type) = known.clone().find(|known| *known == name) else {
            return Err(unknown(place, "image type", name, known));
        };
        let mut own = Self::default();
        for text in overrides {
            own.set(text)?;
        }
        for entry in &own.entries {
            let name = entry.setting.name;
            let heeded = match entry.setting.reach {
                Reach::Filters(filters) => filters.contains(&image_type),
                // Along which axes a filter works.
                _ => match name {
                    "force2D" => image_type == "Wavelet",
                    "force2Ddimension" => matches!(image_type, "Wavelet" | "LBP2D"),
                    _ => false,
                },
            };
            if !heeded {
                return Err(SettingsError::Unsupported {
                    place: entry.place.clone(),
                    what: format!("`{name}` for {image_type}"),
                    advice: Some(schema::settings_of(image_type)),
                });
            }
        }
        Ok(Self {
            image_types: vec![ImageRequest {
                image_type,
                place,
                entries: own.entries,
            }],
            ..Self::default()
        })
    }

    /// What the settings mean, by the definitions that they ask for.
    ///
    /// # Errors
    /// If something is asked for that this program does not do, or settings contradict each other.
    pub fn protocol(&self) -> Result<Protocol, SettingsError> {
        Ok(match self.profile {
            None => Protocol::PyRadiomics(Box::new(Extractor::new(self.plan()?))),
            Some(profile) => {
                let plan = ibsi::plan(self, profile)?;
                Protocol::Ibsi(Box::new(crate::ibsi::Extractor::new(plan)))
            }
        })
    }

    /// What the settings mean by PyRadiomics' definitions.
    ///
    /// # Errors
    /// As [`protocol`](Self::protocol); a profile of the IBSI.
    pub fn plan(&self) -> Result<Plan, SettingsError> {
        if self.profile.is_some() {
            return Err(SettingsError::Unsupported {
                place: Place::Profile,
                what: "an extraction by the IBSI's definitions that gives maps".to_owned(),
                advice: Some("maps are PyRadiomics': leave the profile out".to_owned()),
            });
        }
        let of_ibsi = |entry: &&Entry| entry.setting.reach == Reach::Ibsi;
        if let Some(entry) = self.entries.iter().find(of_ibsi) {
            return Err(SettingsError::Unsupported {
                place: entry.place.clone(),
                what: format!("`{}` by PyRadiomics' definitions", entry.setting.name),
                advice: Some(
                    "it belongs to a profile of the IBSI, as in `profile: ibsi:mr`".to_owned(),
                ),
            });
        }
        plan::plan(self)
    }

    /// Keeps the later of two entries of one setting, in the place of the first.
    fn put(&mut self, entry: Entry) {
        let name = entry.setting.name;
        match self.entries.iter_mut().find(|old| old.setting.name == name) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }
}

/// The entries of a mapping; null is an empty one.
fn mapping(what: &str, line: u64, node: Node) -> Result<Vec<(String, Located)>, SettingsError> {
    match node {
        Node::Mapping(entries) => Ok(entries),
        Node::Null => Ok(Vec::new()),
        other => Err(SettingsError::Value {
            place: Place::Line(line),
            key: what.to_owned(),
            expected: "a mapping".to_owned(),
            found: other.kind().to_owned(),
        }),
    }
}

fn entries(mapping: Vec<(String, Located)>) -> Result<Vec<Entry>, SettingsError> {
    let entry =
        |(key, located): (String, Located)| entry(&key, located.node, Place::Line(located.line));
    mapping.into_iter().map(entry).collect()
}

/// Checks one setting for name, kind and range.
fn entry(key: &str, value: Node, place: Place) -> Result<Entry, SettingsError> {
    let Some(setting) = schema::find(key) else {
        if let Some(error) = former(&place, "setting", key) {
            return Err(error);
        }
        let known = schema::SETTINGS.iter().map(|setting| setting.name);
        return Err(unknown(place, "setting", key, known));
    };
    // The YAML reader takes `infinity` and `nan` for numbers, and hands over their usual spelling.
    let value = match (setting.kind, value) {
        (schema::Kind::Word(words), Node::Text(word)) if word == ".inf" => {
            let written = words.iter().find(|word| **word == "infinity");
            Node::Text(written.map_or(word, |word| (*word).to_owned()))
        }
        (schema::Kind::Number, Node::Text(word)) if word == ".nan" => Node::Float(f64::NAN),
        (_, value) => value,
    };
    if !setting.kind.accepts(&value) {
        return Err(SettingsError::Value {
            place,
            key: key.to_owned(),
            expected: setting.kind.expected(),
            found: value.to_string(),
        });
    }
    Ok(Entry {
        setting,
        value,
        place,
    })
}

fn image_types(
    mapping_of_types: Vec<(String, Located)>,
) -> Result<Vec<ImageRequest>, SettingsError> {
    let mut types = Vec::new();
    for (name, Located { line, node }) in mapping_of_types {
        let place = Place::Line(line);
        let known = schema::IMAGE_TYPES.iter().copied();
        let Some(image_type) = known.clone().find(|known| **known == name) else {
            return Err(unknown(place, "image type", &name, known));
        };
        let own = entries(mapping(&name, line, node)?)?;
        for entry in &own {
            let heeded = match entry.setting.reach {
                Reach::Features => true,
                Reach::Filters(filters) => filters.contains(&image_type),
                Reach::Extraction | Reach::Voxels | Reach::Ibsi => false,
            };
            if !heeded {
                let advice = match entry.setting.reach {
                    Reach::Filters(_) => schema::settings_of(image_type),
                    _ => "it has no effect there: move it to `setting`".to_owned(),
                };
                return Err(SettingsError::Unsupported {
                    place: entry.place.clone(),
                    what: format!("`{}` for {image_type} alone", entry.setting.name),
                    advice: Some(advice),
                });
            }
        }
        types.push(ImageRequest {
            image_type,
            place,
            entries: own,
        });
    }
    Ok(types)
}

/// The classes of a mapping, among those that are known; `kind` says what they are.
fn classes<C: Copy>(
    kind: &str,
    known: &[C],
    name_of: fn(C) -> &'static str,
    mapping: Vec<(String, Located)>,
) -> Result<Vec<ClassRequest<C>>, SettingsError> {
    let mut classes = Vec::new();
    for (name, Located { line, node }) in mapping {
        let place = Place::Line(line);
        let mut all = known.iter().copied();
        let Some(class) = all.find(|class| name_of(*class) == name) else {
            let known = known.iter().copied().map(name_of);
            return Err(unknown(place, kind, &name, known));
        };
        let mut features = Vec::new();
        match node {
            Node::Null => {}
            Node::Sequence(names) => {
                for name in names {
                    let (Node::Text(_) | Node::Integer(_) | Node::Float(_)) = name else {
                        return Err(SettingsError::Value {
                            place: place.clone(),
                            key: name_of(class).to_owned(),
                            expected: "a list of names of features".to_owned(),
                            found: name.to_string(),
                        });
                    };
                    features.push((name.to_string(), place.clone()));
                }
            }
            other => {
                return Err(SettingsError::Value {
                    place,
                    key: name_of(class).to_owned(),
                    expected: "a list of names of features, or nothing for all".to_owned(),
                    found: other.to_string(),
                });
            }
        }
        classes.push(ClassRequest {
            class,
            place,
            features,
        });
    }
    Ok(classes)
}

/// The error for a name that older versions of PyRadiomics knew.
fn former(place: &Place, kind: &str, name: &str) -> Option<SettingsError> {
    let (_, _, advice) = schema::FORMER
        .iter()
        .find(|former| former.0 == kind && former.1 == name)?;
    let kind = if kind == "setting" { "" } else { "section " };
    Some(SettingsError::Unsupported {
        place: place.clone(),
        what: format!("{kind}`{name}`"),
        advice: Some((*advice).to_owned()),
    })
}

fn unknown(
    place: Place,
    kind: &str,
    name: &str,
    known: impl IntoIterator<Item = &'static str>,
) -> SettingsError {
    let nearest = nearest_name(name, known);
    SettingsError::Unknown {
        place,
        kind: kind.to_owned(),
        name: name.to_owned(),
        nearest,
    }
}

#[cfg(test)]
mod tests;
