//! Features slice by slice (2.5D) by one word instead of three settings.

use super::document::Node;
use super::error::{Place, SettingsError};
use super::{Entry, Settings, entry};

/// Where the settings come from that the word stands for.
const WORD: &str = "plane: 2d";

impl Settings {
    /// Adds what `plane: 2d` stands for, to the other settings: `force2D: true` across the axis that
    /// `force2Ddimension` names (0, the slices, unless written), and no resampling across that axis.
    /// A `resampledPixelSpacing` of the same length along every axis becomes one of this length in
    /// the plane.
    ///
    /// # Errors
    /// A profile of the IBSI; `force2D: false`; another `force2Ddimension` for one image type; a
    /// spacing across the slices that is written on purpose, since it differs from that in the plane.
    pub fn in_plane(&mut self) -> Result<(), SettingsError> {
        let place = || Place::Override(WORD.to_owned());
        if self.profile.is_some() {
            return Err(SettingsError::Unsupported {
                place: Place::Profile,
                what: format!("`{WORD}` by the IBSI's definitions"),
                advice: Some(
                    "take a profile that works slice by slice, as ibsi:A and ibsi:B do".to_owned(),
                ),
            });
        }
        let written = |name: &str| {
            let mut entries = self.entries.iter();
            entries.find(|entry| entry.setting.name == name)
        };
        let dimension = match written("force2Ddimension") {
            Some(Entry {
                value: Node::Integer(dimension),
                ..
            }) => *dimension,
            _ => 0,
        };
        let of_images = self.image_types.iter().flat_map(|image| &image.entries);
        for entry in self.entries.iter().chain(of_images) {
            let holds = match (entry.setting.name, &entry.value) {
                ("force2D", Node::Bool(flat)) => *flat,
                ("force2Ddimension", Node::Integer(own)) => *own == dimension,
                _ => true,
            };
            if !holds {
                return Err(conflict(entry));
            }
        }
        let axis = 2_usize.saturating_sub(usize::try_from(dimension).unwrap_or(0));
        let spacing = match written("resampledPixelSpacing") {
            Some(entry) => match &entry.value {
                Node::Sequence(lengths) if lengths.len() == 3 => {
                    Some(in_plane(entry, lengths, axis)?)
                }
                // What is no spacing is said where it is read.
                _ => None,
            },
            None => None,
        };
        if let Some(lengths) = spacing {
            self.put(entry(
                "resampledPixelSpacing",
                Node::Sequence(lengths),
                place(),
            )?);
        }
        self.put(entry("force2D", Node::Bool(true), place())?);
        self.put(entry(
            "force2Ddimension",
            Node::Integer(dimension),
            place(),
        )?);
        Ok(())
    }
}

/// The spacing with 0, the mask's own, across the slices.
fn in_plane(entry: &Entry, lengths: &[Node], axis: usize) -> Result<Vec<Node>, SettingsError> {
    let length = |node: &Node| match node {
        #[allow(clippy::cast_precision_loss)]
        Node::Integer(length) => Some(*length as f64),
        Node::Float(length) => Some(*length),
        _ => None,
    };
    let across = lengths.get(axis).and_then(length);
    let alike = (lengths.iter().enumerate())
        .filter(|(other, _)| *other != axis)
        .all(|(_, node)| length(node) == across);
    if !(alike || across == Some(0.0)) {
        return Err(conflict(entry));
    }
    let mut lengths = lengths.to_vec();
    if let Some(across) = lengths.get_mut(axis) {
        *across = Node::Integer(0);
    }
    Ok(lengths)
}

fn conflict(entry: &Entry) -> SettingsError {
    SettingsError::Conflict {
        place: entry.place.clone(),
        key: entry.setting.name.to_owned(),
        value: entry.value.to_string(),
        other: WORD.to_owned(),
    }
}
