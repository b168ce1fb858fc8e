//! The size of the tumour as the only predictor.

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_stats::regression::{firth_regression, logistic_regression};

use super::{Beside, Control};
use crate::pipeline::{Dataset, Training};
use crate::study::StudyFeatures;

/// Features that are a volume, the better first, as PyRadiomics and the IBSI name them.
const VOLUMES: [&str; 4] = [
    "original_shape_MeshVolume",
    "original_shape_VoxelVolume",
    "morph_volume",
    "morph_vol_approx",
];
/// Confidence level of intervals that are not used.
const LEVEL: f64 = 0.95;

/// Logistic regression on the logarithm of the volume, learnt from training rows: a tumour of twice
/// the size changes the log-odds by `slope ln 2`. The logarithm, since volumes spread over orders of
/// magnitude and the largest would decide alone.
struct LogVolume {
    intercept: f64,
    slope: f64,
}

/// The control of a study.
pub(super) fn control(beside: &Beside<'_>) -> Result<Control, String> {
    let (volume, source) = volumes(beside.features).ok_or_else(|| {
        format!(
            "no volume is among the features of the first sequence ({} or {})",
            VOLUMES[0], VOLUMES[2]
        )
    })?;
    let data = Dataset {
        features: DMatrix::from_fn(volume.len(), 1, |row, _| log(volume[row])),
        intensities: None,
        ..beside.data.clone()
    };
    let fitted = LogVolume::fit(&data.training(beside.train))?;
    let folds = match beside.cross_validation {
        None => None,
        Some(validation) => {
            let training = data.rows(beside.train);
            let of_fold = |test: &[usize]| -> Result<Vec<f64>, String> {
                let held_out = |row: &usize| !test.contains(row);
                let rows: Vec<usize> = (0..training.len()).filter(held_out).collect();
                let fitted = LogVolume::fit(&training.training(&rows))?;
                Ok(fitted.score(&training.rows(test)))
            };
            let folds: Result<Vec<Vec<f64>>, String> = validation
                .fits
                .iter()
                .map(|fit| of_fold(&fit.test))
                .collect();
            Some(folds?)
        }
    };
    Ok(Control {
        score: fitted.score(&data),
        folds,
        intercept: fitted.intercept,
        coefficients: IndexMap::from([(format!("ln({source})"), fitted.slope)]),
    })
}

/// What is not a positive volume has no logarithm.
fn log(volume: f64) -> f64 {
    if volume > 0.0 && volume.is_finite() {
        volume.ln()
    } else {
        f64::NAN
    }
}

/// The volume of every patient (mm³) and where it was found: among the features, of the first
/// sequence that has one; else, where the study starts from images, as the number of voxels of the
/// contour times the size of one.
fn volumes(features: &StudyFeatures) -> Option<(Vec<f64>, String)> {
    let sequences = features.columns.iter().map(|column| column.sequence);
    for sequence in 0..=sequences.max()? {
        for name in VOLUMES {
            let is_volume = |one: &crate::study::FeatureColumn| {
                let bare = one.name.strip_suffix(name);
                one.sequence == sequence && bare.is_some_and(|before| before.ends_with('_'))
            };
            if let Some(place) = features.columns.iter().position(is_volume) {
                let values = features.values.column(place).iter().copied().collect();
                return Some((values, features.columns[place].name.clone()));
            }
        }
    }
    let of_patient = |patient: &Vec<Vec<(String, String)>>| {
        let first = patient.first()?;
        let text = |name: &str| first.iter().find(|(known, _)| known == name);
        let voxels: f64 = text("diagnostics_Mask-original_VoxelNum")?.1.parse().ok()?;
        let spacing = &text("diagnostics_Mask-original_Spacing")?.1;
        let spacing: Option<Vec<f64>> = spacing
            .trim_matches(['(', ')'])
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        Some(voxels * spacing?.iter().product::<f64>())
    };
    let values: Option<Vec<f64>> = features.diagnostics.iter().map(of_patient).collect();
    let values = values.filter(|values| !values.is_empty())?;
    Some((values, "voxels of the contour, in mm³".to_owned()))
}

impl LogVolume {
    /// Fits the rows with a volume. Separated data are fitted by Firth's penalised likelihood;
    /// volumes that are all alike say nothing, so their slope is 0.
    fn fit(training: &Training) -> Result<Self, String> {
        let data = training.data();
        let known: Vec<usize> = (0..data.len())
            .filter(|&row| data.features[(row, 0)].is_finite())
            .collect();
        let x = data.features.select_rows(&known);
        let outcome: Vec<bool> = known.iter().map(|&row| data.outcome[row]).collect();
        if x.iter().all(|&value| value == x[0]) {
            return Ok(Self {
                intercept: 0.0,
                slope: 0.0,
            });
        }
        let failed = |error: &dyn std::fmt::Display| {
            format!("the logistic regression on the volume could not be fitted: {error}")
        };
        let model = logistic_regression(&x, &outcome, LEVEL).map_err(|error| failed(&error))?;
        let estimates: Vec<f64> = if model.separation {
            let model = firth_regression(&x, &outcome, LEVEL).map_err(|error| failed(&error))?;
            model.coefficients.iter().map(|one| one.estimate).collect()
        } else {
            model.coefficients.iter().map(|one| one.estimate).collect()
        };
        Ok(Self {
            intercept: estimates[0],
            slope: estimates[1],
        })
    }

    /// Linear predictor of each row; NaN without a volume.
    fn score(&self, data: &Dataset) -> Vec<f64> {
        let rows = data.features.column(0);
        rows.iter()
            .map(|&volume| self.intercept + self.slope * volume)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::FeatureColumn;

    fn features(names: &[&str]) -> StudyFeatures {
        let sequence = |name: &str| usize::from(name.starts_with("T2_"));
        StudyFeatures {
            columns: names
                .iter()
                .map(|name| FeatureColumn {
                    name: (*name).to_owned(),
                    sequence: sequence(name),
                })
                .collect(),
            values: DMatrix::from_fn(2, names.len(), |row, column| (10 * row + column) as f64),
            readings: IndexMap::new(),
            diagnostics: Vec::new(),
            undefined: Vec::new(),
            failures: Vec::new(),
            quality: None,
        }
    }

    #[test]
    fn the_mesh_of_the_first_sequence_is_the_volume() {
        let found = |names: &[&str]| volumes(&features(names));
        let (values, name) = found(&[
            "T1_original_shape_VoxelVolume",
            "T1_original_shape_MeshVolume",
            "T2_original_shape_MeshVolume",
        ])
        .unwrap();
        assert_eq!(name, "T1_original_shape_MeshVolume");
        assert_eq!(values, [1.0, 11.0]);
        let (_, name) = found(&["T1_ivh_v10", "T2_morph_vol_approx"]).unwrap();
        assert_eq!(name, "T2_morph_vol_approx");
        assert_eq!(found(&["T1_original_glcm_Contrast"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn without_shape_features_voxels_are_counted() {
        let of = |voxels: &str| {
            vec![vec![
                (
                    "diagnostics_Mask-original_VoxelNum".to_owned(),
                    voxels.to_owned(),
                ),
                (
                    "diagnostics_Mask-original_Spacing".to_owned(),
                    "(0.5, 0.5, 4.0)".to_owned(),
                ),
            ]]
        };
        let known = StudyFeatures {
            diagnostics: vec![of("100"), of("7")],
            ..features(&["T1_original_glcm_Contrast"])
        };
        assert_eq!(volumes(&known).unwrap().0, [100.0, 7.0]);
    }

    #[test]
    fn the_regression_is_that_of_r() {
        // R: v <- c(12, 30, 8, 55, 90, 20, 41, 16); y <- c(0, 1, 0, 1, 1, 1, 0, 0)
        //    coef(glm(y ~ log(v), binomial, control = list(epsilon = 1e-14)))
        let volume = [12.0, 30.0, 8.0, 55.0, 90.0, 20.0, 41.0, 16.0, f64::NAN];
        let data = Dataset {
            patient: (0..9).collect(),
            outcome: [0, 1, 0, 1, 1, 1, 0, 0, 1].map(|y| y == 1).to_vec(),
            batch: vec![String::new(); 9],
            covariates: Vec::new(),
            folds: None,
            features: DMatrix::from_fn(9, 1, |row, _| log(volume[row])),
            readings: IndexMap::new(),
            intensities: None,
            clinical: Vec::new(),
        };
        let all: Vec<usize> = (0..9).collect();
        let fitted = LogVolume::fit(&data.training(&all)).unwrap();
        // Both stop when the likelihood no longer changes.
        assert!(
            (fitted.intercept + 7.769_719_498_810_179).abs() < 1e-7,
            "{}",
            fitted.intercept
        );
        assert!(
            (fitted.slope - 2.405_707_441_044_135_5).abs() < 1e-7,
            "{}",
            fitted.slope
        );
        assert!(fitted.score(&data)[8].is_nan());
        // Volumes that are all alike tell nobody apart.
        let alike = LogVolume::fit(&data.training(&[0, 0, 0])).unwrap();
        assert_eq!(alike.slope, 0.0);
        // Separated: the small ones are negative, the large ones positive. The slope stays finite.
        let parted = LogVolume::fit(&data.training(&[0, 2, 7, 3, 4, 1])).unwrap();
        assert!(parted.slope.is_finite() && parted.slope > 0.0);
    }
}
