//! Where PyRadiomics' features depart from those of the IBSI with the same code.
//!
//! Everything here is about definitions, with PyRadiomics' settings at their defaults; resampling,
//! rounding and re-segmentation, which come before, differ as well. `bench/departures.py` shows
//! each departure on a small image, and that the other features agree within 1e-9 there.

use super::catalogue::Entry;
use super::family::Family;
use crate::catalogue::{self, FeatureClass};

/// Codes that PyRadiomics has only under the name of another feature, which equals them.
const UNDER_ANOTHER_NAME: [(&str, FeatureClass, &str); 3] = [
    ("8S9J", FeatureClass::Glcm, "DifferenceAverage"),
    ("OEEB", FeatureClass::Glcm, "ClusterTendency"),
    ("5SPA", FeatureClass::FirstOrder, "Uniformity"),
];

/// PyRadiomics' feature that measures the same, where it has one.
#[must_use]
pub fn counterpart(entry: &Entry) -> Option<catalogue::Entry> {
    let code = entry.ibsi?;
    let other = UNDER_ANOTHER_NAME.iter().find(|(known, ..)| *known == code);
    let mut all = FeatureClass::ALL.into_iter().flat_map(catalogue::entries);
    all.find(|known| match other {
        Some((_, class, name)) => known.class == *class && known.name == *name,
        None => known.ibsi == Some(code),
    })
}

const BINS: &str = "Bins of fixed size start at the lower limit of re-segmentation, else at the \
    minimum; PyRadiomics starts them at the multiple of their width at or below the minimum, and \
    for 32-bit images with edges rounded to 32 bits.";

const DIRECTIONS: &str = "PyRadiomics gives `_3D_avg`; with `force2D: true` `_2_5D_avg`; with \
    `weightingNorm: no_weighting` `_3D_comb`; with both `_2_5D_comb`.";

const NO_DIRECTIONS: &str = "PyRadiomics gives `_3D`; with `force2D: true` `_2_5D`.";

/// What holds for all features of a family that PyRadiomics has.
#[must_use]
pub fn of_family(family: Family) -> &'static [&'static str] {
    match family {
        Family::Glcm => &[DIRECTIONS, BINS],
        Family::Glrlm => &[
            DIRECTIONS,
            BINS,
            "PyRadiomics leaves a direction out in which no two voxels of the region lie in line; \
             here its runs of one voxel count.",
        ],
        Family::Ngtdm => &[
            NO_DIRECTIONS,
            BINS,
            "A voxel without neighbours is left out; in PyRadiomics it counts with a difference of \
             0.",
        ],
        Family::Glszm | Family::Ngldm => &[NO_DIRECTIONS, BINS],
        Family::Morphology
        | Family::LocalIntensity
        | Family::Statistics
        | Family::IntensityHistogram
        | Family::IntensityVolumeHistogram
        | Family::Gldzm => &[],
    }
}

const MESH: &str = "PyRadiomics' mesh has gaps where voxels touch by an edge only; elsewhere the \
    two meshes are one.";
const AXIS: &str =
    "PyRadiomics divides the covariance of the voxel centres by their number N, here by N − 1.";
const EPSILON: &str = "PyRadiomics adds 2⁻⁵² in the logarithm.";
const SHIFT: &str = "PyRadiomics adds `voxelArrayShift` to the intensities (0 by default).";

/// What differs in a feature beyond [`of_family`], by tag without what a texture matrix adds; by
/// tag, as codes are not unique.
const OF_FEATURES: &[(&str, &str)] = &[
    ("morph_volume", MESH),
    ("morph_area_mesh", MESH),
    ("morph_av", MESH),
    ("morph_comp_1", MESH),
    ("morph_comp_2", MESH),
    ("morph_sph_dispr", MESH),
    ("morph_sphericity", MESH),
    ("morph_pca_maj_axis", AXIS),
    ("morph_pca_min_axis", AXIS),
    ("morph_pca_least_axis", AXIS),
    ("stat_kurt", "PyRadiomics does not take off 3."),
    ("stat_energy", SHIFT),
    ("stat_rms", SHIFT),
    (
        "ih_entropy",
        "PyRadiomics starts bins at multiples of their width, and adds 2⁻⁵² in the logarithm.",
    ),
    (
        "ih_uniformity",
        "PyRadiomics starts bins at multiples of their width.",
    ),
    ("cm_joint_entr", EPSILON),
    ("cm_diff_entr", EPSILON),
    ("cm_sum_entr", EPSILON),
    (
        "cm_sum_var",
        "PyRadiomics gives `SumVariance` no value: it equals cluster tendency.",
    ),
    (
        "cm_dissimilarity",
        "PyRadiomics gives `Dissimilarity` no value: it equals the difference average.",
    ),
    (
        "cm_corr",
        "Of a matrix of one level PyRadiomics gives 1, here it is undefined; there the divisor has \
         2⁻⁵² added.",
    ),
    (
        "cm_info_corr1",
        "Of a matrix of one level PyRadiomics gives 0, here it is undefined; there logarithms have \
         2⁻⁵² added.",
    ),
    (
        "cm_info_corr2",
        "PyRadiomics adds 2⁻⁵² in logarithms, and gives 0 where rounding makes the root that of a \
         negative number.",
    ),
    ("rlm_rl_entr", EPSILON),
    ("szm_zs_entr", EPSILON),
    (
        "ngt_coarseness",
        "At most 10⁶ here; PyRadiomics has no limit, and 10⁶ only for a divisor of 0.",
    ),
    (
        "ngt_busyness",
        "A divisor of 0 is found exactly and gives 0; in PyRadiomics rounding may hide it.",
    ),
    ("ngl_dc_entr", EPSILON),
    (
        "ngl_glnu_norm",
        "PyRadiomics gives `GrayLevelNonUniformityNormalized` no value: it equals the uniformity \
         of the grey levels.",
    ),
    ("ngl_dc_perc", "PyRadiomics has removed it: it is always 1."),
];

/// What differs in a feature, in a sentence; `None` where nothing does or PyRadiomics has none.
#[must_use]
pub fn of_feature(entry: &Entry) -> Option<&'static str> {
    let mut known = OF_FEATURES.iter();
    let (_, sentence) = known.find(|(tag, _)| *tag == entry.tag)?;
    Some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ibsi::catalogue::entries;

    fn all() -> Vec<Entry> {
        Family::ALL.into_iter().flat_map(entries).collect()
    }

    #[test]
    fn every_code_of_pyradiomics_has_its_feature() {
        let found: Vec<catalogue::Entry> = all().iter().filter_map(counterpart).collect();
        let classes = FeatureClass::ALL.into_iter();
        let classes = classes.filter(|class| *class != FeatureClass::Shape2D);
        for entry in classes.flat_map(catalogue::entries) {
            assert_eq!(found.contains(&entry), entry.ibsi.is_some(), "{entry:?}");
        }
        assert_eq!(found.len(), 108);
    }

    #[test]
    fn every_departure_is_that_of_a_feature_with_a_counterpart() {
        let all = all();
        for (tag, _) in OF_FEATURES {
            let entry = all.iter().find(|entry| entry.tag == *tag);
            let entry = entry.unwrap_or_else(|| panic!("no feature {tag}"));
            let other = counterpart(entry).is_some() || *tag == "ngl_dc_perc";
            assert!(other, "{tag} has no counterpart");
        }
    }
}
