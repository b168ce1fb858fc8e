//! The IBSI's own settings, by name.

use radiome_image::preprocess::{CentredInterpolation, MaskRequirements};

use super::discretise::Discretisation;
use super::family::Family;
use super::intensity_volume_histogram::IvhDiscretisation;
use super::plan::{DiagnosticsPlan, FamilyPlan, Interpolation, Plan};
use super::texture::{Dimension, Directions};

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
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 7] = [
        Self::Digital,
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::Mr,
    ];

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
        }
    }

    /// The profile of a name such as `ibsi:A`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
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
            discretisation: Discretisation::BinSize(1.0),
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
                discretisation: Discretisation::BinSize(25.0),
                dimensions: slices,
                ..plain
            },
            Self::B => Plan {
                interpolation: Some(two_mm([2.0, 2.0, 0.0], trilinear)),
                range: Some([-500.0, 400.0]),
                discretisation: Discretisation::BinNumber(32),
                dimensions: slices,
                ..plain
            },
            Self::C => Plan {
                interpolation: Some(two_mm([2.0; 3], trilinear)),
                range: Some([-1000.0, 400.0]),
                discretisation: Discretisation::BinSize(25.0),
                ivh_discretisation: IvhDiscretisation::BinSize(2.5),
                dimensions: volume,
                ..plain
            },
            Self::D => Plan {
                interpolation: Some(two_mm([2.0; 3], trilinear)),
                outlier_sigmas: Some(3.0),
                discretisation: Discretisation::BinNumber(32),
                dimensions: volume,
                ..plain
            },
            Self::E => Plan {
                interpolation: Some(two_mm([2.0; 3], spline)),
                range: Some([-1000.0, 400.0]),
                outlier_sigmas: Some(3.0),
                discretisation: Discretisation::BinNumber(32),
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
                discretisation: Discretisation::BinSize(10.0),
                ivh_discretisation: IvhDiscretisation::BinSize(1.0),
                dimensions: volume,
                directions: vec![Directions::Merged],
                ..plain
            },
        }
    }
}
