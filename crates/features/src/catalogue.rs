//! The one list of all features: names, IBSI codes, meanings.
//!
//! Each class keeps its own table of [`Feature`]s, in PyRadiomics' order; this page puts them
//! together for whoever wants to list them. To add a class: write its file with its table, add it
//! to [`FeatureClass`] and to [`entries`].

use crate::{first_order, shape, shape_2d, texture};

/// One radiomic feature computed from `M`, a matrix or whatever its class prepares.
pub struct Feature<M> {
    /// PyRadiomics' name.
    pub name: &'static str,
    /// The code in the IBSI reference manual, where the feature is there.
    pub ibsi: Option<&'static str>,
    /// What it measures, in a line.
    pub summary: &'static str,
    /// Whether it is only computed when asked for by name.
    pub deprecated: bool,
    /// Its value.
    pub value: fn(&M) -> f64,
}

impl<M> Feature<M> {
    /// A feature that IBSI defines.
    pub(crate) const fn new(
        name: &'static str,
        ibsi: &'static str,
        summary: &'static str,
        value: fn(&M) -> f64,
    ) -> Self {
        Self {
            name,
            ibsi: Some(ibsi),
            summary,
            deprecated: false,
            value,
        }
    }

    /// A feature that IBSI does not define.
    pub(crate) const fn without_code(
        name: &'static str,
        summary: &'static str,
        value: fn(&M) -> f64,
    ) -> Self {
        Self {
            name,
            ibsi: None,
            summary,
            deprecated: false,
            value,
        }
    }

    /// The same, computed only when asked for by name.
    pub(crate) const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }
}

/// A family of features that share what they are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureClass {
    /// The distribution of the values.
    FirstOrder,
    /// Grey level co-occurrence matrix.
    Glcm,
    /// Grey level dependence matrix.
    Gldm,
    /// Grey level run length matrix.
    Glrlm,
    /// Grey level size zone matrix.
    Glszm,
    /// Neighbouring grey tone difference matrix.
    Ngtdm,
    /// The form of the region.
    Shape,
    /// The form of a region of one slice.
    Shape2D,
}

impl FeatureClass {
    /// All classes, in the order in which PyRadiomics computes them when none is named.
    pub const ALL: [Self; 8] = [
        Self::FirstOrder,
        Self::Glcm,
        Self::Gldm,
        Self::Glrlm,
        Self::Glszm,
        Self::Ngtdm,
        Self::Shape,
        Self::Shape2D,
    ];

    /// PyRadiomics' name of the class.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstOrder => "firstorder",
            Self::Glcm => "glcm",
            Self::Gldm => "gldm",
            Self::Glrlm => "glrlm",
            Self::Glszm => "glszm",
            Self::Ngtdm => "ngtdm",
            Self::Shape => "shape",
            Self::Shape2D => "shape2D",
        }
    }
}

/// A feature as the catalogue lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The class it belongs to.
    pub class: FeatureClass,
    /// PyRadiomics' name within the class.
    pub name: &'static str,
    /// The code in the IBSI reference manual, where the feature is there.
    pub ibsi: Option<&'static str>,
    /// What it measures, in a line.
    pub summary: &'static str,
    /// Whether it is only computed when asked for by name.
    pub deprecated: bool,
}

/// The features of a class, in PyRadiomics' order.
#[must_use]
pub fn entries(class: FeatureClass) -> Vec<Entry> {
    fn list<M>(class: FeatureClass, features: &[Feature<M>]) -> Vec<Entry> {
        let entry = |feature: &Feature<M>| Entry {
            class,
            name: feature.name,
            ibsi: feature.ibsi,
            summary: feature.summary,
            deprecated: feature.deprecated,
        };
        features.iter().map(entry).collect()
    }
    match class {
        FeatureClass::FirstOrder => list(class, first_order::FEATURES),
        FeatureClass::Glcm => list(class, texture::glcm::FEATURES),
        FeatureClass::Gldm => list(class, texture::gldm::FEATURES),
        FeatureClass::Glrlm => list(class, texture::glrlm::FEATURES),
        FeatureClass::Glszm => list(class, texture::glszm::FEATURES),
        FeatureClass::Ngtdm => list(class, texture::ngtdm::FEATURES),
        FeatureClass::Shape => list(class, shape::FEATURES),
        FeatureClass::Shape2D => list(class, shape_2d::FEATURES),
    }
}

/// Names that PyRadiomics still accepts but gives no value for, and the feature that equals each.
pub const REMOVED: &[(FeatureClass, &str, &str)] = &[
    (FeatureClass::Glcm, "Dissimilarity", "DifferenceAverage"),
    (FeatureClass::Glcm, "Homogeneity1", "Id"),
    (FeatureClass::Glcm, "Homogeneity2", "Idm"),
    (FeatureClass::Glcm, "SumVariance", "ClusterTendency"),
    (
        FeatureClass::Gldm,
        "DependencePercentage",
        "nothing: it is always 1",
    ),
    (
        FeatureClass::Gldm,
        "GrayLevelNonUniformityNormalized",
        "firstorder Uniformity",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_order_and_codes() {
        let counts = FeatureClass::ALL.map(|class| {
            let entries = entries(class);
            // PyRadiomics sorts by the name of the method, "get" + name + "FeatureValue".
            let names: Vec<_> = entries
                .iter()
                .map(|e| format!("{}FeatureValue", e.name))
                .collect();
            assert!(names.is_sorted(), "{names:?}");
            entries.iter().filter(|entry| !entry.deprecated).count()
        });
        assert_eq!(counts, [18, 24, 14, 16, 16, 5, 14, 9]);
        let mut codes: Vec<_> = FeatureClass::ALL
            .iter()
            .flat_map(|&c| entries(c))
            .filter_map(|e| e.ibsi)
            .collect();
        assert!(codes.iter().all(|code| code.len() == 4));
        codes.sort_unstable();
        assert!(
            codes.windows(2).all(|pair| pair[0] != pair[1]),
            "a code is used twice"
        );
    }
}
