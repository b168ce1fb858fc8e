//! The IBSI's own settings, by name.

use radiome_image::filter::Convolution;
use radiome_image::preprocess::{CentredInterpolation, MaskRequirements};

use super::discretise::Discretisation;
use super::family::Family;
use super::intensity_volume_histogram::IvhDiscretisation;
use super::plan::{DiagnosticsPlan, FamilyPlan, ImagePlan, Interpolation, Plan};
use super::texture::{Dimension, Directions};
use crate::settings::Filter;

/// A set of settings with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The digital phantom: intensities are the grey levels.
    Digital,
    /// CT phantom, configuration A: slices as they are, bins of 25 HU.
    A,
    /// Configuration B: slices of 2 mm, bilinear, 32 bins.
    B,
    /// Configuration C: 2 mm, trilinear, bins of 25 HU.
    C,
    /// Configuration D: 2 mm, trilinear, no range, outliers removed, 32 bins.
    D,
    /// Configuration E: 2 mm, tricubic spline, range and outliers, 32 bins.
    E,
    /// The validation on MR images of sarcoma patients: 1 mm, tricubic spline, bins of 10.
    Mr,
    /// A configuration of the second phase of chapter 2 on the CT phantom, such as `3.B`: a filter
    /// before the statistics, in slices as they are (A) or at 1 mm by tricubic spline (B).
    Filter(&'static str),
}

/// The names of the configurations of chapter 2.
const FILTERS: [&str; 18] = [
    "ibsi2:1.A",
    "ibsi2:1.B",
    "ibsi2:2.A",
    "ibsi2:2.B",
    "ibsi2:3.A",
    "ibsi2:3.B",
    "ibsi2:4.A",
    "ibsi2:4.B",
    "ibsi2:5.A",
    "ibsi2:5.B",
    "ibsi2:6.A",
    "ibsi2:6.B",
    "ibsi2:7.A",
    "ibsi2:7.B",
    "ibsi2:8.A",
    "ibsi2:8.B",
    "ibsi2:9.A",
    "ibsi2:9.B",
];

const CHAPTER_1: [Profile; 7] = [
    Profile::Digital,
    Profile::A,
    Profile::B,
    Profile::C,
    Profile::D,
    Profile::E,
    Profile::Mr,
];

impl Profile {
    /// All profiles.
    pub fn all() -> impl Iterator<Item = Self> {
        CHAPTER_1
            .into_iter()
            .chain(FILTERS.into_iter().map(Self::Filter))
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Digital => "ibsi:digital",
            Self::A => "ibsi:A",
            Self::B => "ibsi:B",
            Self::C => "ibsi:C",
            Self::D => "ibsi:D",
            Self::E => "ibsi:E",
            Self::Mr => "ibsi:mr",
            Self::Filter(name) => name,
        }
    }

    /// The profile of a name such as `ibsi:A`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|known| known.name() == name)
    }

    /// What the profile says.
    ///
    /// Sources: IBSI reference manual, table of configurations A to E; the settings of the
    /// validation phase for MR.
    #[must_use]
    pub fn plan(self) -> Plan {
        let slices = vec![Dimension::Slices, Dimension::MergedSlices];
        let volume = vec![Dimension::Volume];
        let two_mm = |spacing, method| Interpolation {
            spacing,
            method,
            mask_threshold: 0.5,
            round: true,
        };
        let grey_levels = |discretisation| vec![ImagePlan::original(discretisation)];
        let plain = Plan {
            label: 1,
            label_channel: 0,
            requirements: MaskRequirements {
                minimum_dimensions: 1,
                ..MaskRequirements::default()
            },
            correct_mask: false,
            diagnostics: DiagnosticsPlan::Regions,
            round_on_load: true,
            interpolation: None,
            range: None,
            outlier_sigmas: None,
            images: grey_levels(Discretisation::BinSize(1.0)),
            ivh_discretisation: IvhDiscretisation::Discrete,
            dimensions: Dimension::ALL.to_vec(),
            directions: Directions::ALL.to_vec(),
            families: Family::ALL.map(FamilyPlan::all).to_vec(),
            written: vec![("profile", self.name().to_owned())],
        };
        let trilinear = CentredInterpolation::Trilinear;
        let spline = CentredInterpolation::TricubicSpline;
        match self {
            Self::Digital => plain,
            Self::A => Plan {
                range: Some([-500.0, 400.0]),
                images: grey_levels(Discretisation::BinSize(25.0)),
                dimensions: slices,
                ..plain
            },
            Self::B => Plan {
                interpolation: Some(two_mm([2.0, 2.0, 0.0], trilinear)),
                range: Some([-500.0, 400.0]),
                images: grey_levels(Discretisation::BinNumber(32)),
                dimensions: slices,
                ..plain
            },
            Self::C => Plan {
                interpolation: Some(two_mm([2.0; 3], trilinear)),
                range: Some([-1000.0, 400.0]),
                images: grey_levels(Discretisation::BinSize(25.0)),
                ivh_discretisation: IvhDiscretisation::BinSize(2.5),
                dimensions: volume,
                ..plain
            },
            Self::D => Plan {
                interpolation: Some(two_mm([2.0; 3], trilinear)),
                outlier_sigmas: Some(3.0),
                images: grey_levels(Discretisation::BinNumber(32)),
                dimensions: volume,
                ..plain
            },
            Self::E => Plan {
                interpolation: Some(two_mm([2.0; 3], spline)),
                range: Some([-1000.0, 400.0]),
                outlier_sigmas: Some(3.0),
                images: grey_levels(Discretisation::BinNumber(32)),
                ivh_discretisation: IvhDiscretisation::BinNumber(1000),
                dimensions: volume,
                ..plain
            },
            Self::Mr => Plan {
                round_on_load: false,
                interpolation: Some(Interpolation {
                    spacing: [1.0; 3],
                    method: spline,
                    mask_threshold: 0.5,
                    round: false,
                }),
                range: Some([0.0, f64::INFINITY]),
                images: grey_levels(Discretisation::BinSize(10.0)),
                ivh_discretisation: IvhDiscretisation::BinSize(1.0),
                dimensions: volume,
                directions: vec![Directions::Merged],
                ..plain
            },
            Self::Filter(name) => {
                let id = name.trim_start_matches("ibsi2:");
                let in_slices = id.ends_with('A');
                Plan {
                    interpolation: (!in_slices).then_some(Interpolation {
                        spacing: [1.0; 3],
                        method: spline,
                        mask_threshold: 0.5,
                        round: true,
                    }),
                    range: Some([-1000.0, 400.0]),
                    images: vec![filtered(id)],
                    dimensions: if in_slices { slices } else { volume },
                    families: vec![FamilyPlan::all(Family::Statistics)],
                    ..plain
                }
            }
        }
    }
}

/// The image of a reference filter, named by its configuration; bins for texture are not part of
/// the reference.
fn filtered(id: &str) -> ImagePlan {
    let discretisation = Discretisation::BinNumber(32);
    match Convolution::reference(id) {
        Ok(Some(convolution)) => ImagePlan {
            filter: Filter::Convolution(Box::new(convolution)),
            names: vec![format!("ibsi2-{}", id.replace('.', "-"))],
            discretisation,
        },
        // 1.A and 1.B filter nothing.
        _ => ImagePlan::original(discretisation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_profiles_and_all_but_two_filter() {
        let mut originals = 0;
        for profile in Profile::all() {
            assert_eq!(Profile::named(profile.name()), Some(profile));
            let plan = profile.plan();
            assert_eq!(plan.images.len(), 1);
            originals += usize::from(plan.images[0].filter == Filter::Original);
        }
        assert_eq!(originals, CHAPTER_1.len() + 2);
        assert_eq!(Profile::named("ibsi:Z"), None);
    }
}
