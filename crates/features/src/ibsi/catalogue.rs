//! The one list of the IBSI's features: tags, codes, names.

use super::family::Family;
use super::plan::{FamilyPlan, ImagePlan, Plan};
use super::texture::{Dimension, Directions, glcm, gldzm, glrlm, glszm, ngldm, ngtdm};
use super::{
    intensity_histogram, intensity_volume_histogram, local_intensity, morphology, statistics,
};
use crate::Feature;
use crate::protocol::PlannedFeature;
use crate::settings::Filter;

/// A feature as the manual has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The family it belongs to.
    pub family: Family,
    /// Its tag in the IBSI's reference values, without what a texture matrix adds to it.
    pub tag: &'static str,
    /// Its code in the manual.
    pub ibsi: Option<&'static str>,
    /// The IBSI's name of it.
    pub name: &'static str,
}

/// The features of a family, in the order of the manual.
#[must_use]
pub fn entries(family: Family) -> Vec<Entry> {
    fn list<M>(family: Family, features: &[Feature<M>]) -> Vec<Entry> {
        let entry = |feature: &Feature<M>| Entry {
            family,
            tag: feature.name,
            ibsi: feature.ibsi,
            name: feature.summary,
        };
        features.iter().map(entry).collect()
    }
    match family {
        Family::LocalIntensity => list(family, local_intensity::FEATURES),
        Family::Statistics => list(family, statistics::FEATURES),
        Family::IntensityHistogram => list(family, intensity_histogram::FEATURES),
        Family::IntensityVolumeHistogram => list(family, intensity_volume_histogram::FEATURES),
        Family::Morphology => list(family, morphology::FEATURES),
        Family::Glcm => list(family, glcm::FEATURES),
        Family::Glrlm => list(family, glrlm::FEATURES),
        Family::Glszm => list(family, glszm::FEATURES),
        Family::Gldzm => list(family, gldzm::FEATURES),
        Family::Ngtdm => list(family, ngtdm::FEATURES),
        Family::Ngldm => list(family, ngldm::FEATURES),
    }
}

/// What is added to the tags of a family: nothing, or one ending for each way of joining matrices.
#[must_use]
pub fn endings(family: Family, dimensions: &[Dimension], directions: &[Directions]) -> Vec<String> {
    if !family.is_texture() {
        return vec![String::new()];
    }
    let with = |dimension: &Dimension| {
        let dimension = dimension.suffix();
        if family.has_directions() {
            let both = directions.iter();
            both.map(|directions| format!("{dimension}{}", directions.suffix()))
                .collect()
        } else {
            vec![dimension.to_owned()]
        }
    };
    dimensions.iter().flat_map(with).collect()
}

/// The features of morphology that depend on intensities.
const SEES_INTENSITIES: [&str; 4] = [
    "morph_com",
    "morph_integ_int",
    "morph_moran_i",
    "morph_geary_c",
];

impl Plan {
    /// What will be computed, in the order of the output.
    #[must_use]
    pub fn features(&self) -> Vec<PlannedFeature> {
        let mut features = Vec::new();
        for images in &self.images {
            for name in &images.names {
                features.extend(self.features_of(images, name));
            }
        }
        features
    }

    /// The families of an image. The form of the region is that of the original; of other images,
    /// morphology is what depends on intensities.
    pub(super) fn families_of(&self, images: &ImagePlan) -> Vec<FamilyPlan> {
        let mut families = self.families.clone();
        if images.filter != Filter::Original {
            for plan in &mut families {
                if plan.family == Family::Morphology {
                    plan.features.retain(|tag| SEES_INTENSITIES.contains(tag));
                }
            }
        }
        families
    }

    /// What will be computed of one image.
    pub(super) fn features_of(&self, images: &ImagePlan, name: &str) -> Vec<PlannedFeature> {
        let prefix = images.prefix(name);
        let mut features = Vec::new();
        for FamilyPlan {
            family,
            features: tags,
        } in self.families_of(images)
        {
            let mut entries = entries(family);
            entries.retain(|entry| tags.contains(&entry.tag));
            for ending in endings(family, &self.dimensions, &self.directions) {
                features.extend(entries.iter().map(|entry| PlannedFeature {
                    name: format!("{prefix}{}{ending}", entry.tag),
                    ibsi: entry.ibsi,
                    summary: entry.name,
                }));
            }
        }
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_reference_values() {
        let table = include_str!("digital_phantom/reference_values.csv");
        let codes: Vec<(&str, &str)> = table
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut cells = line.split(',');
                Some((cells.next()?, cells.next()?))
            })
            .collect();
        let all: Vec<Entry> = Family::ALL.into_iter().flat_map(entries).collect();
        assert_eq!(all.len(), 174);
        for entry in all {
            let ending = endings(entry.family, &Dimension::ALL, &Directions::ALL).swap_remove(0);
            let tag = format!("{}{ending}", entry.tag);
            let printed = codes.iter().find(|(_, known)| *known == tag);
            match printed {
                // The sheet prints the code of the whole family.
                Some(("9SAK", _)) => assert_eq!(entry.ibsi, Some("5QRC"), "{tag}"),
                Some((code, _)) => assert_eq!(entry.ibsi, Some(*code), "{tag}"),
                None => assert!(
                    ["ombb", "mvee", "ivh_auc"]
                        .iter()
                        .any(|part| tag.contains(part)),
                    "{tag}"
                ),
            }
        }
    }
}
