//! Features by the IBSI's own definitions as coded measurements.

use radiome_dicom::{Code, Measurement, OWN_SCHEME};
use radiome_features::ibsi::Family;
use radiome_features::ibsi::catalogue::{Entry, endings, entries};
use radiome_features::ibsi::texture::{Dimension, Directions};

use super::{IntensityUnit, no_units, ucum};

/// Codes of the manual that stand for several features, which it tells apart by a parameter or not
/// at all: under them a reader could not know which number is meant.
const SHARED: [&str; 6] = [
    "ih_min", "ih_p10", "ivh_v10", "ivh_v90", "ivh_i10", "ivh_i90",
];

/// A column as `radiome extract` names it under the IBSI's definitions, such as `stat_mean`,
/// `cm_joint_max_3D_avg` or `log_stat_mean`; `None` if it is none.
///
/// The concept is the feature's permanent code, or its tag where the manual has one code for several
/// features. The image type and how texture matrices were joined are the measurement's method.
pub(super) fn measurement(
    column: &str,
    value: f64,
    intensity: IntensityUnit,
) -> Option<Measurement> {
    if column.starts_with("diagnostics_") {
        return None;
    }
    let (image, entry, ending) = feature(column)?;
    let concept = match entry.ibsi.filter(|_| !SHARED.contains(&entry.tag)) {
        Some(code) => Code::new(code, "IBSI", entry.name),
        None => Code::new(entry.tag, OWN_SCHEME, entry.name),
    };
    // A filter weighs and adds values, or takes them to another scale.
    let intensity = match image.is_empty() {
        true => intensity,
        false => IntensityUnit::Arbitrary,
    };
    Some(Measurement {
        concept,
        value,
        unit: unit(&entry, intensity),
        method: method(image, &ending),
    })
}

/// The image, the feature and the ending of a column; of a tag that is the end of another the longer.
fn feature(column: &str) -> Option<(&str, Entry, String)> {
    let dimensions = [
        Dimension::Slices,
        Dimension::MergedSlices,
        Dimension::Volume,
    ];
    let directions = [Directions::Averaged, Directions::Merged];
    let mut found: Option<(&str, Entry, String)> = None;
    for family in Family::ALL {
        for ending in endings(family, &dimensions, &directions) {
            let Some(bare) = column.strip_suffix(ending.as_str()) else {
                continue;
            };
            for entry in entries(family) {
                let Some(image) = bare.strip_suffix(entry.tag) else {
                    continue;
                };
                let whole = image.is_empty() || (image.ends_with('_') && image.len() > 1);
                let longer = found
                    .as_ref()
                    .is_none_or(|(_, other, _)| entry.tag.len() > other.tag.len());
                if whole && longer {
                    let image = image.strip_suffix('_').unwrap_or(image);
                    found = Some((image, entry, ending.clone()));
                }
            }
        }
    }
    found
}

/// The image type, unless it is the original, and how texture matrices were joined.
fn method(image: &str, ending: &str) -> Option<Code> {
    let joined = match ending {
        "_2D_avg" => Some("matrices of slices and directions, features averaged (IBSI BTW3)"),
        "_2D_comb" => Some("matrices of slices, features averaged (IBSI SUJT)"),
        "_2_5D_avg" => Some("matrices of directions in the plane, features averaged (IBSI JJUI)"),
        "_2_5D_comb" => Some("one matrix of all slices and directions (IBSI ZW7Z)"),
        "_3D_avg" => Some("matrices of directions in space, features averaged (IBSI ITBB)"),
        "_3D_comb" => Some("one matrix of all directions in space (IBSI IAZD)"),
        "_2D" => Some("matrices of slices, features averaged"),
        "_2_5D" => Some("one matrix of all slices"),
        "_3D" => Some("one matrix in space"),
        _ => None,
    };
    let short = ending.strip_prefix('_').unwrap_or(ending);
    match (image, joined) {
        ("", None) => None,
        ("", Some(meaning)) => Some(Code::new(short, OWN_SCHEME, meaning)),
        (image, None) => Some(Code::new(image, OWN_SCHEME, image)),
        (image, Some(meaning)) => Some(Code::new(
            &format!("{image}{ending}"),
            OWN_SCHEME,
            &format!("{image}: {meaning}"),
        )),
    }
}

fn unit(entry: &Entry, intensity: IntensityUnit) -> Code {
    match entry.family {
        Family::Statistics => match entry.tag {
            "stat_var" | "stat_energy" => intensity.code(2, false),
            "stat_skew" | "stat_kurt" | "stat_cov" | "stat_qcod" => no_units(),
            _ => intensity.code(1, false),
        },
        Family::LocalIntensity => intensity.code(1, false),
        // Intensities of this histogram may be grey levels.
        Family::IntensityVolumeHistogram
            if entry.tag.contains("_i10") || entry.tag.contains("_i90") =>
        {
            IntensityUnit::Arbitrary.code(1, false)
        }
        Family::Morphology => match entry.tag {
            "morph_volume" | "morph_vol_approx" => ucum("mm3", "cubic millimeter"),
            "morph_area_mesh" => ucum("mm2", "square millimeter"),
            "morph_av" => ucum("/mm", "per millimeter"),
            "morph_com"
            | "morph_diam"
            | "morph_pca_maj_axis"
            | "morph_pca_min_axis"
            | "morph_pca_least_axis" => ucum("mm", "millimeter"),
            "morph_integ_int" => intensity.code(1, true),
            _ => no_units(),
        },
        _ => no_units(),
    }
}

#[cfg(test)]
mod tests {
    use radiome_features::ibsi::Profile;

    use super::*;

    /// Codes of the reference values; units by the dimensions of the manual's formulas.
    #[test]
    fn features_have_codes_units_and_methods() {
        let ct = IntensityUnit::of("CT", false);
        for (column, scheme, code, unit, method) in [
            ("stat_mean", "IBSI", "Q4LE", "[hnsf'U]", None),
            ("stat_kurt", "IBSI", "IPH6", "1", None),
            ("stat_energy", "IBSI", "N8CA", "[hnsf'U]2", None),
            ("morph_volume", "IBSI", "RNU0", "mm3", None),
            ("morph_integ_int", "IBSI", "99N0", "mm3.[hnsf'U]", None),
            ("morph_diam", "IBSI", "L0JK", "mm", None),
            ("ih_median", "IBSI", "WIFQ", "1", None),
            ("ih_p10", OWN_SCHEME, "ih_p10", "1", None),
            ("ivh_v10", OWN_SCHEME, "ivh_v10", "1", None),
            ("ivh_i90", OWN_SCHEME, "ivh_i90", "[arb'U]", None),
            ("cm_contrast_3D_avg", "IBSI", "ACUI", "1", Some("3D_avg")),
            (
                "cm_contrast_2_5D_comb",
                "IBSI",
                "ACUI",
                "1",
                Some("2_5D_comb"),
            ),
            ("szm_sze_3D", "IBSI", "5QRC", "1", Some("3D")),
            ("log-3_stat_mean", "IBSI", "Q4LE", "[arb'U]", Some("log-3")),
            (
                "log-3_cm_contrast_3D_avg",
                "IBSI",
                "ACUI",
                "1",
                Some("log-3_3D_avg"),
            ),
        ] {
            let found = measurement(column, 1.5, ct).unwrap_or_else(|| panic!("{column}"));
            let concept = (found.concept.scheme.as_str(), found.concept.value.as_str());
            assert_eq!(concept, (scheme, code), "{column}");
            assert_eq!(found.unit.value, unit, "{column}");
            assert_eq!(found.method.map(|m| m.value).as_deref(), method, "{column}");
        }
        for other in [
            "ID",
            "diagnostics_Version",
            "stat_other",
            "xstat_mean",
            "_stat_mean",
            "3D",
        ] {
            assert_eq!(measurement(other, 1.0, ct), None, "{other}");
        }
    }

    /// Every column of every profile is a measurement of its own.
    #[test]
    fn nothing_stands_for_two_columns_of_a_profile() {
        for profile in Profile::all() {
            let mut seen = std::collections::HashMap::new();
            for feature in profile.plan().features() {
                let found = measurement(&feature.name, 0.0, IntensityUnit::Arbitrary);
                let found = found.unwrap_or_else(|| panic!("{}", feature.name));
                let method = found.method.map(|method| method.value);
                let key = (found.concept.scheme, found.concept.value, method);
                if let Some(other) = seen.insert(key, feature.name.clone()) {
                    panic!("{other} and {} of {}", feature.name, profile.name());
                }
            }
        }
    }
}
