//! Features as coded measurements: their IBSI code, their unit, and the filtered image they are of.

mod ibsi;

use radiome_dicom::{Code, Measurement, OWN_SCHEME};
use radiome_features::FeatureClass;
use radiome_features::catalogue::{Entry, entries};

/// The unit of the intensities of an image, as far as its modality tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntensityUnit {
    /// CT: Hounsfield units.
    Hounsfield,
    /// Everything that has no scale of its own, and values that were normalised.
    Arbitrary,
}

impl IntensityUnit {
    /// That of the images of a modality; `normalized` values have lost theirs.
    #[must_use]
    pub fn of(modality: &str, normalized: bool) -> Self {
        match (modality, normalized) {
            ("CT", false) => Self::Hounsfield,
            _ => Self::Arbitrary,
        }
    }

    /// Its power in UCUM, times a volume where one is integrated over.
    fn code(self, power: u8, volume: bool) -> Code {
        let (unit, name) = match self {
            Self::Hounsfield => ("[hnsf'U]", "Hounsfield unit"),
            Self::Arbitrary => ("[arb'U]", "arbitrary unit"),
        };
        let (mut value, mut meaning) = match power {
            2 => (format!("{unit}2"), format!("{name} squared")),
            _ => (unit.to_owned(), name.to_owned()),
        };
        if volume {
            value = format!("mm3.{value}");
            meaning = format!("cubic millimeter times {meaning}");
        }
        Code::new(&value, "UCUM", &meaning)
    }
}

/// A column of a feature table as a measurement; `None` if it is no feature of PyRadiomics, as
/// `original_glcm_Contrast` or `log-sigma-3-0-mm-3D_firstorder_Mean`, nor of the IBSI, as
/// `cm_contrast_3D_avg`.
///
/// The concept is the feature's permanent code in the IBSI reference manual (scheme `IBSI`), or its
/// name in PyRadiomics where the manual has none, and for kurtosis, which is another number there. The image type is the measurement's method, but for
/// the original image.
#[must_use]
pub fn measurement(column: &str, value: f64, intensity: IntensityUnit) -> Option<Measurement> {
    of_pyradiomics(column, value, intensity).or_else(|| ibsi::measurement(column, value, intensity))
}

fn of_pyradiomics(column: &str, value: f64, intensity: IntensityUnit) -> Option<Measurement> {
    let (rest, name) = column.rsplit_once('_')?;
    let (image, class) = rest.rsplit_once('_')?;
    let class = FeatureClass::ALL
        .into_iter()
        .find(|known| known.name() == class)?;
    let feature = entries(class)
        .into_iter()
        .find(|entry| entry.name == name)?;
    if image.is_empty() {
        return None;
    }
    // PyRadiomics does not take off 3: under the IBSI's code another number would be expected.
    let code = feature.ibsi.filter(|_| name != "Kurtosis");
    let concept = match code {
        Some(code) => Code::new(code, "IBSI", &words(name)),
        None => {
            let value = format!("{}_{name}", class.name());
            Code::new(&value, OWN_SCHEME, &words(name))
        }
    };
    let own = image == "original";
    // A filter weighs and adds values, or takes them to another scale.
    let intensity = match own || image.starts_with("wavelet") {
        true => intensity,
        false => IntensityUnit::Arbitrary,
    };
    Some(Measurement {
        concept,
        value,
        unit: unit(&feature, intensity),
        method: (!own).then(|| Code::new(image, OWN_SCHEME, image)),
    })
}

/// `JointEntropy` as "Joint Entropy", `Maximum3DDiameter` as "Maximum 3D Diameter".
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.replace("2D", " 2D ").replace("3D", " 3D ").chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        let counted = letter.is_uppercase() && before.is_ascii_digit() && letter != 'D';
        if begins || counted {
            words.push(' ');
        }
        words.push(letter);
        before = letter;
    }
    words
}

fn ucum(value: &str, meaning: &str) -> Code {
    Code::new(value, "UCUM", meaning)
}

fn no_units() -> Code {
    ucum("1", "no units")
}

fn unit(feature: &Entry, intensity: IntensityUnit) -> Code {
    match feature.class {
        FeatureClass::FirstOrder => match feature.name {
            "Energy" | "Variance" => intensity.code(2, false),
            "TotalEnergy" => intensity.code(2, true),
            "Entropy" | "Kurtosis" | "Skewness" | "Uniformity" => no_units(),
            _ => intensity.code(1, false),
        },
        FeatureClass::Shape | FeatureClass::Shape2D => match feature.name {
            "MeshVolume" | "VoxelVolume" => ucum("mm3", "cubic millimeter"),
            "SurfaceArea" | "MeshSurface" | "PixelSurface" => ucum("mm2", "square millimeter"),
            "SurfaceVolumeRatio" | "PerimeterSurfaceRatio" => ucum("/mm", "per millimeter"),
            "Sphericity"
            | "Compactness1"
            | "Compactness2"
            | "SphericalDisproportion"
            | "Elongation"
            | "Flatness" => no_units(),
            // Diameters, axes and perimeters.
            _ => ucum("mm", "millimeter"),
        },
        _ => no_units(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of the IBSI reference manual, units by the dimensions of the formulas.
    #[test]
    fn features_have_codes_and_units() {
        let ct = IntensityUnit::of("CT", false);
        let mr = IntensityUnit::of("MR", false);
        for (column, scheme, code, unit, method) in [
            ("original_shape_MeshVolume", "IBSI", "RNU0", "mm3", None),
            (
                "original_shape_SurfaceVolumeRatio",
                "IBSI",
                "2PR5",
                "/mm",
                None,
            ),
            ("original_shape_Sphericity", "IBSI", "QCFX", "1", None),
            (
                "original_shape_Maximum3DDiameter",
                "IBSI",
                "L0JK",
                "mm",
                None,
            ),
            ("original_firstorder_Mean", "IBSI", "Q4LE", "[hnsf'U]", None),
            (
                "original_firstorder_Variance",
                "IBSI",
                "ECT3",
                "[hnsf'U]2",
                None,
            ),
            (
                "original_firstorder_TotalEnergy",
                OWN_SCHEME,
                "firstorder_TotalEnergy",
                "mm3.[hnsf'U]2",
                None,
            ),
            (
                "original_firstorder_Kurtosis",
                OWN_SCHEME,
                "firstorder_Kurtosis",
                "1",
                None,
            ),
            ("original_glcm_Contrast", "IBSI", "ACUI", "1", None),
            (
                "wavelet-LLH_firstorder_Mean",
                "IBSI",
                "Q4LE",
                "[hnsf'U]",
                Some("wavelet-LLH"),
            ),
            (
                "log-sigma-3-0-mm-3D_firstorder_Mean",
                "IBSI",
                "Q4LE",
                "[arb'U]",
                Some("log-sigma-3-0-mm-3D"),
            ),
        ] {
            let found = measurement(column, 1.5, ct).unwrap();
            assert_eq!(
                (found.concept.scheme, found.concept.value),
                (scheme.into(), code.into())
            );
            assert_eq!(found.unit.value, unit, "{column}");
            assert_eq!(found.method.map(|m| m.value).as_deref(), method, "{column}");
        }
        let mean = |unit| {
            measurement("original_firstorder_Mean", 1.0, unit)
                .unwrap()
                .unit
                .value
        };
        assert_eq!(mean(mr), "[arb'U]");
        assert_eq!(mean(IntensityUnit::of("CT", true)), "[arb'U]");
        for other in [
            "ID",
            "diagnostics_Versions_Numpy",
            "original_glcm_Other",
            "_glcm_Contrast",
        ] {
            assert_eq!(measurement(other, 1.0, ct), None, "{other}");
        }
        assert_eq!(words("Maximum3DDiameter"), "Maximum 3D Diameter");
        assert_eq!(words("10Percentile"), "10 Percentile");
        assert_eq!(words("JointEntropy"), "Joint Entropy");
    }

    /// No concept stands for two features of one image type.
    #[test]
    fn concepts_differ() {
        let mut codes = Vec::new();
        for class in FeatureClass::ALL
            .into_iter()
            .filter(|c| *c != FeatureClass::Shape2D)
        {
            for entry in entries(class) {
                let column = format!("original_{}_{}", class.name(), entry.name);
                let found = measurement(&column, 0.0, IntensityUnit::Arbitrary).unwrap();
                codes.push((found.concept.scheme, found.concept.value));
            }
        }
        let count = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
