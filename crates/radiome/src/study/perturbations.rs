//! `reliability.perturbations`: perturbed images and contours in place of second readings.

use radiome_image::perturb::{Perturbation, RigidMotion};
use radiome_stats::resampling::shuffle;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

/// The name of the comparison in the results.
pub(super) const PERTURBATIONS: &str = "perturbations";

/// Which perturbations make the readings. A list is gone through in turn, in an order that is drawn
/// for each patient and sequence; an empty list, or `false`, leaves the kind out.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Perturbations {
    /// Readings of each patient.
    pub repeats: usize,
    /// How many training patients are read, drawn by the seed.
    pub patients: PerturbedPatients,
    /// Rotations within the slices, in degrees.
    pub rotation: Vec<f64>,
    /// Shifts along every axis, as fractions of the smallest edge of a voxel.
    pub translation: Vec<f64>,
    /// Whether noise as strong as the image's own is added.
    pub noise: bool,
    /// Changes of the contour's volume, as fractions of it.
    pub growth: Vec<f64>,
    /// Whether the contour is put together anew from supervoxels.
    pub supervoxels: bool,
}

impl Default for Perturbations {
    fn default() -> Self {
        Self {
            repeats: 4,
            patients: PerturbedPatients::Count(40),
            rotation: vec![-6.0, -2.0, 2.0, 6.0],
            translation: vec![0.0, 0.25, 0.5, 0.75],
            noise: true,
            growth: vec![-0.1, 0.0, 0.1],
            supervoxels: true,
        }
    }
}

/// How many patients are read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(
    untagged,
    expecting = "`reliability.perturbations.patients` is a whole number, or `all`"
)]
pub enum PerturbedPatients {
    /// So many training patients, or all if there are fewer.
    Count(usize),
    /// A word.
    Word(Everyone),
}

/// All training patients.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Everyone {
    /// Every one of them.
    All,
}

impl Perturbations {
    /// The names of the readings, in order.
    pub(super) fn reading_names(&self) -> impl Iterator<Item = String> + use<> {
        (1..=self.repeats).map(|number| format!("perturbation_{number}"))
    }

    /// The perturbation of every reading of one image.
    pub(super) fn draw(&self, generator: &mut ChaCha8Rng) -> Vec<Perturbation> {
        let mut in_turn = |values: &[f64]| -> Vec<f64> {
            let mut order = values.to_vec();
            shuffle(&mut order, generator);
            let endless = order.iter().copied().cycle();
            // None of a kind that is left out.
            endless
                .chain(std::iter::repeat(0.0))
                .take(self.repeats)
                .collect()
        };
        let rotations = in_turn(&self.rotation);
        let translations = in_turn(&self.translation);
        let growths = in_turn(&self.growth);
        let reading = |number: usize| Perturbation {
            noise: self.noise,
            motion: RigidMotion {
                rotation: rotations[number],
                translation: translations[number],
            },
            growth: growths[number],
            supervoxels: self.supervoxels,
        };
        (0..self.repeats).map(reading).collect()
    }

    /// Values that make no sense, each with what would.
    pub(super) fn check(&self, images: bool, demand: &mut impl FnMut(bool, String, &str)) {
        let key = |name: &str| format!("`reliability.perturbations.{name}`");
        demand(
            images,
            "`reliability.perturbations` needs images, and the study starts from `features`"
                .to_owned(),
            "start from `sequences`, or name tables of further readings under `reliability.tables`",
        );
        demand(
            (2..=100).contains(&self.repeats),
            format!("{} is {}", key("repeats"), self.repeats),
            "2 readings of each patient or more; 4 is usual",
        );
        if let PerturbedPatients::Count(patients) = self.patients {
            demand(
                patients >= 10,
                format!("{} is {patients}", key("patients")),
                "an ICC needs 10 patients or more; write a number, or `all`",
            );
        }
        let listed = |values: &[f64]| {
            let texts: Vec<String> = values.iter().map(f64::to_string).collect();
            format!("[{}]", texts.join(", "))
        };
        for (name, values, holds, hint) in [
            (
                "rotation",
                &self.rotation,
                (|v| (-180.0..=180.0).contains(&v)) as fn(f64) -> bool,
                "degrees from -180 to 180, such as [-6, -2, 2, 6]",
            ),
            (
                "translation",
                &self.translation,
                |v| (0.0..1.0).contains(&v),
                "fractions of a voxel from 0 to below 1, such as [0, 0.25, 0.5, 0.75]",
            ),
            (
                "growth",
                &self.growth,
                |v| v > -1.0 && v <= 10.0,
                "fractions of the volume above -1, such as [-0.1, 0, 0.1]",
            ),
        ] {
            demand(
                values.iter().all(|&value| holds(value)),
                format!("{} is {}", key(name), listed(values)),
                hint,
            );
        }
        let lists = [&self.rotation, &self.translation, &self.growth];
        let none = lists
            .iter()
            .all(|list| list.iter().all(|&value| value == 0.0));
        demand(
            self.noise || self.supervoxels || !none,
            "`reliability.perturbations` perturbs nothing".to_owned(),
            "write `perturbations: {}` for the usual chain, or leave it out",
        );
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn the_usual_chain_needs_no_word() {
        let usual: Perturbations = serde_saphyr::from_str("{}").unwrap();
        assert_eq!(usual, Perturbations::default());
        let all: Perturbations = serde_saphyr::from_str("{patients: all}").unwrap();
        assert_eq!(all.patients, PerturbedPatients::Word(Everyone::All));
        let mut problems = 0;
        usual.check(true, &mut |holds, _, _| problems += usize::from(!holds));
        assert_eq!(problems, 0);
    }

    #[test]
    fn every_value_of_a_list_has_its_turn() {
        let rule = Perturbations {
            repeats: 8,
            growth: Vec::new(),
            ..Perturbations::default()
        };
        let drawn = rule.draw(&mut ChaCha8Rng::seed_from_u64(1));
        for value in &rule.rotation {
            let times = drawn.iter().filter(|one| one.motion.rotation == *value);
            assert_eq!(times.count(), 2);
        }
        assert!(drawn.iter().all(|one| one.growth == 0.0 && one.noise));
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |text: &str| {
            let rule: Perturbations = serde_saphyr::from_str(text).unwrap();
            let mut problems = Vec::new();
            rule.check(true, &mut |holds, text, _| {
                if !holds {
                    problems.push(text);
                }
            });
            problems
        };
        for text in [
            "{repeats: 1}",
            "{patients: 3}",
            "{rotation: [400]}",
            "{translation: [1]}",
            "{growth: [-1]}",
            "{rotation: [], translation: [0], growth: [], noise: false, supervoxels: false}",
        ] {
            assert_eq!(refused(text).len(), 1, "{text}");
        }
    }
}
