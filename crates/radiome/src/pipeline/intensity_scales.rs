//! Standard scales of intensities that are learnt like everything else: from training rows alone.
//!
//! Features of corrected images depend on the scale, so whoever learns a scale must compute them
//! anew. [`IntensityScales::learn`] takes a [`Training`] set and nothing else, and what it learnt goes
//! with the fit: [`Fitted::predict`](super::Fitted::predict) brings the rows that it is given onto
//! the same scales. A resample thus never sees the images that it leaves out before they are
//! predicted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_image::correct::NyulStandard;
use serde::{Deserialize, Serialize};

use super::{Dataset, FitError, Training};

/// The images of a set of patients, whose features are computed anew on any scale.
pub trait ScaledImages: fmt::Debug + Send + Sync {
    /// The scales on which the features of the rows are, as they were extracted.
    fn extracted_on(&self) -> &[NyulStandard];

    /// The feature columns that depend on a scale.
    fn columns(&self) -> &[usize];

    /// The features of these patients on these scales, in their order; of the further readings too,
    /// where they are asked for.
    ///
    /// # Errors
    /// The run should stop.
    fn features(
        &self,
        scales: &[NyulStandard],
        patients: &[usize],
        readings: bool,
    ) -> Result<Vec<ScaledFeatures>, FitError>;
}

/// Features of one patient on a scale, in the order of [`ScaledImages::columns`].
#[derive(Clone, Debug)]
pub struct ScaledFeatures {
    /// Of the first reading, or why they could not be computed.
    pub first: Result<Vec<f64>, String>,
    /// Of further readings by name; NaN where there is none.
    pub readings: IndexMap<String, Vec<f64>>,
}

/// What is known of the intensities of the images behind some rows.
#[derive(Clone, Debug)]
pub struct Intensities {
    /// By row and scale the percentiles that the scale is learnt from; empty for rows that are never
    /// learnt from.
    pub percentiles: Vec<Vec<Vec<f64>>>,
    /// The images.
    pub images: Arc<dyn ScaledImages>,
}

impl Intensities {
    /// These rows, in this order.
    pub(super) fn rows(&self, rows: &[usize]) -> Self {
        let of_row = |&row: &usize| self.percentiles.get(row).cloned().unwrap_or_default();
        Self {
            percentiles: rows.iter().map(of_row).collect(),
            images: Arc::clone(&self.images),
        }
    }
}

/// A patient whose features could not be computed on the scales of a resample, though they could on
/// those of the whole training set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LostPatient {
    /// The patient, as in [`Dataset::patient`].
    pub patient: usize,
    /// Why.
    pub why: String,
}

/// The features on the scales by patient, or why there are none.
type Known = BTreeMap<usize, Result<Vec<f64>, String>>;

/// Scales that were learnt from training rows, and the features on them that were asked for so far.
#[derive(Clone)]
pub struct IntensityScales {
    scales: Vec<NyulStandard>,
    images: Arc<dyn ScaledImages>,
    known: Arc<Mutex<Known>>,
}

impl fmt::Debug for IntensityScales {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntensityScales")
            .field(&self.scales)
            .finish()
    }
}

impl IntensityScales {
    /// Learns the scales from the images of training rows, copies of a patient counted as often as
    /// they were drawn; `None` where no scale is to be learnt.
    ///
    /// # Errors
    /// A row without percentiles.
    pub(super) fn learn(training: &Training) -> Result<Option<Self>, FitError> {
        let Some(intensities) = &training.data().intensities else {
            return Ok(None);
        };
        let count = intensities.images.extracted_on().len();
        let scale = |number: usize| {
            let of_rows = intensities.percentiles.iter();
            let found: Vec<Vec<f64>> = of_rows
                .map(|row| row.get(number).cloned().unwrap_or_default())
                .collect();
            NyulStandard::of_percentiles(&found).map_err(FitError::Scale)
        };
        let scales: Result<Vec<NyulStandard>, FitError> = (0..count).map(scale).collect();
        Ok(Some(Self {
            scales: scales?,
            images: Arc::clone(&intensities.images),
            known: Arc::default(),
        }))
    }

    /// The scales, in the order of the sequences that have one.
    #[must_use]
    pub fn scales(&self) -> &[NyulStandard] {
        &self.scales
    }

    /// The training rows on the scales, further readings too. A patient whose features cannot be
    /// computed on them is left out.
    pub(super) fn training(&self, training: &Training) -> Result<Training, FitError> {
        let data = self.on_scales(training.data(), true)?;
        let lost = self.lost();
        let is_lost = |patient: &usize| lost.iter().any(|one| one.patient == *patient);
        let held_out: Vec<bool> = data.patient.iter().map(is_lost).collect();
        let training = training.with_features_of(data);
        match held_out.contains(&true) {
            false => Ok(training),
            true => Ok(training.split(&held_out).0),
        }
    }

    /// Values of the rows of [`Self::training`] in the places of the rows that it was given; NaN for
    /// those it left out.
    pub(super) fn in_place(&self, data: &Dataset, values: Vec<f64>) -> Vec<f64> {
        let lost = self.lost();
        let is_lost = |patient: &usize| lost.iter().any(|one| one.patient == *patient);
        let mut values = values.into_iter();
        let of_row = |patient: &usize| match is_lost(patient) {
            true => f64::NAN,
            false => values.next().unwrap_or(f64::NAN),
        };
        data.patient.iter().map(of_row).collect()
    }

    /// Rows on the scales, to be predicted: those of a patient whose features cannot be computed
    /// have none.
    pub(super) fn rows(&self, data: &Dataset) -> Result<Dataset, FitError> {
        self.on_scales(data, false)
    }

    /// The patients who were asked for and have no features on the scales.
    #[must_use]
    pub fn lost(&self) -> Vec<LostPatient> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = known.iter().filter_map(|(&patient, row)| {
            let why = row.as_ref().err()?.clone();
            Some(LostPatient { patient, why })
        });
        lost.collect()
    }

    fn on_scales(&self, data: &Dataset, readings: bool) -> Result<Dataset, FitError> {
        let mut on_scales = Dataset {
            // What is on its scales already has none to learn.
            intensities: None,
            ..data.clone()
        };
        if self.images.extracted_on() == self.scales {
            return Ok(on_scales);
        }
        let mut read_again = self.compute(data, readings)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, patient) in data.patient.iter().enumerate() {
            let first = known.get(patient).and_then(|first| first.as_ref().ok());
            self.write(&mut on_scales.features, row, first);
        }
        drop(known);
        if readings {
            for (name, values) in &mut on_scales.readings {
                for (row, patient) in data.patient.iter().enumerate() {
                    let of_patient = read_again.get_mut(patient).and_then(|all| all.get(name));
                    self.write(values, row, of_patient);
                }
            }
        }
        Ok(on_scales)
    }

    /// Computes the features of the patients that are not known; with `readings` of all, for their
    /// further readings are not kept.
    fn compute(
        &self,
        data: &Dataset,
        readings: bool,
    ) -> Result<BTreeMap<usize, IndexMap<String, Vec<f64>>>, FitError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wanted: Vec<usize> = data.patient.clone();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|patient| readings || !known.contains_key(patient));
        let found = self.images.features(&self.scales, &wanted, readings)?;
        let mut read_again = BTreeMap::new();
        for (patient, features) in wanted.into_iter().zip(found) {
            known.insert(patient, features.first);
            read_again.insert(patient, features.readings);
        }
        Ok(read_again)
    }

    /// Puts features into the columns that depend on a scale; NaN where there are none.
    fn write(&self, values: &mut DMatrix<f64>, row: usize, features: Option<&Vec<f64>>) {
        for (place, &column) in self.images.columns().iter().enumerate() {
            let value = features.and_then(|features| features.get(place));
            values[(row, column)] = value.copied().unwrap_or(f64::NAN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feature that is the middle landmark of the scale plus the number of the patient; the other
    /// column depends on no scale. Patient 4 has no features on a scale other than the first.
    #[derive(Debug)]
    struct Landmark {
        whole: Vec<NyulStandard>,
        asked: Mutex<Vec<Vec<usize>>>,
    }

    impl ScaledImages for Landmark {
        fn extracted_on(&self) -> &[NyulStandard] {
            &self.whole
        }

        fn columns(&self) -> &[usize] {
            &[1]
        }

        fn features(
            &self,
            scales: &[NyulStandard],
            patients: &[usize],
            readings: bool,
        ) -> Result<Vec<ScaledFeatures>, FitError> {
            self.asked.lock().unwrap().push(patients.to_vec());
            let of_patient = |&patient: &usize| {
                let value = scales[0].landmarks[5] + patient as f64;
                let again = ("R2".to_owned(), vec![value + 0.5]);
                ScaledFeatures {
                    first: match patient {
                        4 => Err("nothing is left".to_owned()),
                        _ => Ok(vec![value]),
                    },
                    readings: readings.then_some(again).into_iter().collect(),
                }
            };
            Ok(patients.iter().map(of_patient).collect())
        }
    }

    /// The percentiles of an image whose middle landmark lies at `middle` on a scale from 1 to 100.
    fn percentiles(middle: f64) -> Vec<f64> {
        let mut all: Vec<f64> = (0..11).map(|number| f64::from(number) * 10.0).collect();
        all[0] = 1.0;
        all[5] = middle;
        all[10] = 100.0;
        all
    }

    fn data() -> (Arc<Landmark>, Dataset) {
        let middles = [40.0, 50.0, 54.0, 60.0, 44.0];
        let all: Vec<Vec<f64>> = middles.iter().map(|&middle| percentiles(middle)).collect();
        let images = Arc::new(Landmark {
            whole: vec![NyulStandard::of_percentiles(&all).unwrap()],
            asked: Mutex::default(),
        });
        let data = Dataset {
            patient: (0..5).collect(),
            outcome: vec![true, false, true, false, true],
            batch: vec!["A".to_owned(); 5],
            covariates: Vec::new(),
            folds: None,
            features: DMatrix::from_fn(5, 2, |row, column| (10 * row + column) as f64),
            readings: IndexMap::from([("R2".to_owned(), DMatrix::from_element(5, 2, 7.0))]),
            clinical: Vec::new(),
            intensities: Some(Intensities {
                percentiles: all.into_iter().map(|one| vec![one]).collect(),
                images: Arc::clone(&images) as Arc<dyn ScaledImages>,
            }),
        };
        (images, data)
    }

    #[test]
    fn scales_are_means_over_the_training_rows() {
        let (images, data) = data();
        let training = data.training(&[0, 3, 3]);
        let scales = IntensityScales::learn(&training).unwrap().unwrap();
        // (40 + 60 + 60) / 3
        assert!((scales.scales()[0].landmarks[5] - 160.0 / 3.0).abs() < 1e-12);
        let on_scales = scales.training(&training).unwrap();
        let middle = scales.scales()[0].landmarks[5];
        let data_on = on_scales.data();
        assert_eq!(data_on.features.column(0).as_slice(), [0.0, 30.0, 30.0]);
        let expected = [middle, middle + 3.0, middle + 3.0];
        assert_eq!(data_on.features.column(1).as_slice(), expected);
        let again = data_on.readings["R2"].column(1);
        assert_eq!(again.as_slice(), expected.map(|value| value + 0.5));
        assert_eq!(data_on.readings["R2"].column(0).as_slice(), [7.0; 3]);
        assert!(data_on.intensities.is_none());
        // Each patient once, and those who are left out not before they are predicted.
        assert_eq!(*images.asked.lock().unwrap(), [vec![0, 3]]);
        let all = scales.rows(&data).unwrap();
        assert_eq!(all.features[(2, 1)], middle + 2.0);
        assert_eq!(*images.asked.lock().unwrap(), [vec![0, 3], vec![1, 2, 4]]);
    }

    #[test]
    fn a_patient_without_features_on_the_scale_is_left_out_and_said() {
        let (_, data) = data();
        let training = data.training(&[0, 1, 4]);
        let scales = IntensityScales::learn(&training).unwrap().unwrap();
        let on_scales = scales.training(&training).unwrap();
        assert_eq!(on_scales.data().patient, [0, 1]);
        let values = scales.in_place(training.data(), vec![7.0, 8.0]);
        assert_eq!((values[0], values[1]), (7.0, 8.0));
        assert!(values.len() == 3 && values[2].is_nan());
        assert!(scales.rows(&data).unwrap().features[(4, 1)].is_nan());
        let lost = LostPatient {
            patient: 4,
            why: "nothing is left".to_owned(),
        };
        assert_eq!(scales.lost(), [lost]);
    }

    #[test]
    fn the_scales_of_the_whole_need_no_image_again() {
        let (images, data) = data();
        let training = data.training(&[0, 1, 2, 3, 4]);
        let scales = IntensityScales::learn(&training).unwrap().unwrap();
        let on_scales = scales.training(&training).unwrap();
        assert_eq!(on_scales.data().features, data.features);
        assert!(images.asked.lock().unwrap().is_empty());
        // Rows whose images were not looked at cannot be learnt from.
        let mut unknown = data;
        if let Some(intensities) = &mut unknown.intensities {
            intensities.percentiles[2].clear();
        }
        let failed = IntensityScales::learn(&unknown.training(&[0, 2]));
        assert!(matches!(failed, Err(FitError::Scale(_))), "{failed:?}");
    }
}
