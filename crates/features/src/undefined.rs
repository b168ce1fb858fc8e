//! Features that a region does not define, and why.
//!
//! Such a feature is NaN, or has the value that PyRadiomics sets by convention where its formula
//! would divide by zero. Either way its row says why, so that nobody takes the convention for a
//! measurement or the NaN for a defect.

use crate::catalogue::FeatureClass;
use crate::discretize::GrayLevels;
use crate::region::Region;
use crate::texture::glcm::{self, GlcmOptions};
use crate::texture::glrlm;
use crate::texture::{LevelGrid, Neighbourhood};

/// Why a feature is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UndefinedReason {
    /// All values, or all grey levels, are the same; the feature has a value by convention.
    Flat,
    /// No two voxels of the region are neighbours at the distances asked for: NaN, or a value by
    /// convention.
    NoNeighbours,
    /// No line along a direction holds two voxels of the region, so there are no runs: NaN, or a
    /// value by convention.
    NoRuns,
    /// No value lies between the 10th and the 90th percentile: NaN.
    NoValuesInRange,
    /// The image is too small for the filter: NaN.
    FilterTooSmall,
    /// The filtered image has values in the region that are no numbers: NaN.
    NotFinite,
    /// Values so large or so close that arithmetic left no number.
    Numerical,
}

impl UndefinedReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Flat,
        Self::NoNeighbours,
        Self::NoRuns,
        Self::NoValuesInRange,
        Self::FilterTooSmall,
        Self::NotFinite,
        Self::Numerical,
    ];

    /// The code that scripts may rely on.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::NoNeighbours => "no_neighbours",
            Self::NoRuns => "no_runs",
            Self::NoValuesInRange => "no_values_in_range",
            Self::FilterTooSmall => "filter_too_small",
            Self::NotFinite => "not_finite",
            Self::Numerical => "numerical",
        }
    }
}

/// What decides whether features of a region are defined.
pub(crate) struct Circumstances<'a> {
    pub(crate) region: &'a Region,
    pub(crate) neighbourhood: &'a Neighbourhood,
    /// Number of grey levels that occur.
    pub(crate) gray_levels: usize,
}

impl Circumstances<'_> {
    /// Why a feature with this value is not defined; `None` where it is.
    pub(crate) fn reason(
        &self,
        class: FeatureClass,
        feature: &str,
        value: f64,
    ) -> Option<UndefinedReason> {
        use FeatureClass::{FirstOrder, Glcm, Glrlm, Ngtdm};
        if value.is_finite() {
            if class == FirstOrder && self.loses_squares(feature) {
                return Some(UndefinedReason::Numerical);
            }
            let by_convention = match class {
                FirstOrder => ["Skewness", "Kurtosis"].contains(&feature) && self.is_flat(),
                Glcm if self.gray_levels > 1 => false,
                Glcm => match feature {
                    "Correlation" | "Imc1" | "Imc2" => true,
                    "InverseVariance" | "MCC" if !self.has_neighbours() => {
                        return Some(UndefinedReason::NoNeighbours);
                    }
                    _ => feature == "MCC",
                },
                Glrlm => {
                    let sums = ["RunEntropy", "RunVariance"];
                    let empty = value == 0.0 && sums.contains(&feature) && !self.has_runs();
                    return empty.then_some(UndefinedReason::NoRuns);
                }
                Ngtdm => {
                    let sums = ["Busyness", "Coarseness", "Contrast", "Strength"];
                    if self.gray_levels > 1 {
                        let alone = match feature {
                            "Coarseness" => value == 1e6,
                            "Strength" => value == 0.0,
                            _ => false,
                        };
                        return (alone && !self.has_neighbours())
                            .then_some(UndefinedReason::NoNeighbours);
                    }
                    sums.contains(&feature)
                }
                _ => false,
            };
            return by_convention.then_some(UndefinedReason::Flat);
        }
        let reason = match class {
            FirstOrder if feature == "RobustMeanAbsoluteDeviation" && value.is_nan() => {
                UndefinedReason::NoValuesInRange
            }
            Glcm if !self.has_neighbours() => UndefinedReason::NoNeighbours,
            Glrlm if value.is_nan() => UndefinedReason::NoRuns,
            _ => UndefinedReason::Numerical,
        };
        Some(reason)
    }

    fn is_flat(&self) -> bool {
        let values = &self.region.values;
        values.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Whether a feature is a mean of squares or of higher powers of deviations so small that these
    /// are 0 or lose digits: below 1e-300 a power of 64 bits does. What is left of it says nothing.
    fn loses_squares(&self, feature: &str) -> bool {
        if !["Skewness", "Kurtosis", "Variance", "StandardDeviation"].contains(&feature) {
            return false;
        }
        let values = self.region.values.iter().copied();
        // Nearly every region is left at its second voxel.
        let first = values.clone().next().unwrap_or_default();
        if values.clone().any(|value| (value - first).abs() > 1e-70) {
            return false;
        }
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let range = values.fold(f64::NEG_INFINITY, f64::max) - low;
        // Cubes and fourth powers leave the range of numbers sooner.
        let power = match feature {
            "Skewness" => 3,
            "Kurtosis" => 4,
            _ => 2,
        };
        range > 0.0 && range.powi(power) < 1e-300
    }

    /// The region with one grey level everywhere.
    fn flat_grid(&self) -> Option<LevelGrid> {
        let voxels = self.region.values.len();
        let levels = GrayLevels {
            levels: vec![1; voxels],
            counts: vec![voxels],
        };
        LevelGrid::new(self.region, &levels, self.neighbourhood).ok()
    }

    /// Whether some line along a direction holds two voxels of the region.
    fn has_runs(&self) -> bool {
        let emphasis = glrlm::FEATURES.iter();
        let emphasis: Vec<_> = emphasis.filter(|f| f.name == "LongRunEmphasis").collect();
        self.flat_grid().is_some_and(|grid| {
            let values = glrlm::values(&grid, None, &emphasis);
            values.iter().all(|value| value.is_finite())
        })
    }

    /// Whether any two voxels of the region lie at one of the distances from one another.
    fn has_neighbours(&self) -> bool {
        let Some(grid) = self.flat_grid() else {
            return false;
        };
        // The largest cell is a number as soon as one direction holds a pair.
        let largest = glcm::FEATURES
            .iter()
            .filter(|feature| feature.name == "MaximumProbability");
        let largest: Vec<_> = largest.collect();
        let values = glcm::values(&grid, GlcmOptions::default(), &largest);
        values.iter().all(|value| value.is_finite())
    }
}

/// Reasons on one line: `original_ngtdm_Coarseness=flat; log-sigma-5-0-mm-3D_*=filter_too_small`.
///
/// Where all features of an image, or all of a class of an image, share a reason, a star stands
/// for them; `count_of` tells how many features there are of a prefix.
pub(crate) fn text(undefined: &[(String, UndefinedReason)], features: &[(String, f64)]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = undefined;
    while let Some((name, reason)) = rest.first() {
        let mut taken = 1;
        let mut shown = name.clone();
        // The shortest prefix first: an image, then a class of it.
        for (end, _) in name.match_indices('_') {
            let prefix = &name[..=end];
            let with = |(known, _): &&(String, f64)| known.starts_with(prefix);
            let all = features.iter().filter(with).count();
            let alike = rest
                .iter()
                .take_while(|(known, why)| known.starts_with(prefix) && why == reason)
                .count();
            if all > 1 && alike == all {
                (taken, shown) = (alike, format!("{prefix}*"));
                break;
            }
        }
        parts.push(format!("{shown}={}", reason.code()));
        rest = rest.get(taken..).unwrap_or_default();
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use UndefinedReason::{FilterTooSmall, Flat, NoNeighbours};

    #[test]
    fn whole_images_and_classes_are_put_together() {
        let names = [
            "original_firstorder_Mean",
            "original_firstorder_Skewness",
            "original_glcm_Contrast",
            "original_glcm_Id",
            "log-sigma-5-0-mm-3D_firstorder_Mean",
            "log-sigma-5-0-mm-3D_glcm_Id",
        ];
        let features: Vec<(String, f64)> = names.map(|name| (name.to_owned(), 0.0)).to_vec();
        let reasons = [
            Flat,
            NoNeighbours,
            NoNeighbours,
            FilterTooSmall,
            FilterTooSmall,
        ];
        let undefined: Vec<(String, UndefinedReason)> = names[1..]
            .iter()
            .map(|&name| name.to_owned())
            .zip(reasons)
            .collect();
        assert_eq!(
            text(&undefined, &features),
            "original_firstorder_Skewness=flat; original_glcm_*=no_neighbours; \
             log-sigma-5-0-mm-3D_*=filter_too_small"
        );
        assert_eq!(text(&[], &features), "");
    }

    #[test]
    fn codes_are_all_different() {
        let mut codes = UndefinedReason::ALL.map(UndefinedReason::code).to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), UndefinedReason::ALL.len());
    }
}
