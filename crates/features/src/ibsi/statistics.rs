//! Intensity-based statistical features (IBSI UHIW): the distribution of the intensities.
//!
//! PyRadiomics' first-order class has most of them; what differs there: kurtosis is not reduced by
//! 3, energy and root mean square see the intensities shifted by `voxelArrayShift`.

use super::distribution::Distribution;
use crate::catalogue::Feature;

/// The features, in the order of the manual; of the intensities of the intensity mask.
pub const FEATURES: &[Feature<Distribution>] = &[
    Feature::new("stat_mean", "Q4LE", "Mean", Distribution::mean),
    Feature::new("stat_var", "ECT3", "Variance", Distribution::variance),
    Feature::new("stat_skew", "KE2A", "Skewness", Distribution::skewness),
    Feature::new(
        "stat_kurt",
        "IPH6",
        "(Excess) kurtosis",
        Distribution::kurtosis,
    ),
    Feature::new("stat_median", "Y12H", "Median", Distribution::median),
    Feature::new("stat_min", "1GSF", "Minimum", Distribution::minimum),
    Feature::new("stat_p10", "QG58", "10th percentile", |d| {
        d.percentile(10.0)
    }),
    Feature::new("stat_p90", "8DWT", "90th percentile", |d| {
        d.percentile(90.0)
    }),
    Feature::new("stat_max", "84IY", "Maximum", Distribution::maximum),
    Feature::new(
        "stat_iqr",
        "SALO",
        "Interquartile range",
        Distribution::interquartile_range,
    ),
    Feature::new("stat_range", "2OJQ", "Range", Distribution::range),
    Feature::new(
        "stat_mad",
        "4FUA",
        "Mean absolute deviation",
        Distribution::mean_absolute_deviation,
    ),
    Feature::new(
        "stat_rmad",
        "1128",
        "Robust mean absolute deviation",
        Distribution::robust_mean_absolute_deviation,
    ),
    Feature::new(
        "stat_medad",
        "N72L",
        "Median absolute deviation",
        Distribution::median_absolute_deviation,
    ),
    Feature::new(
        "stat_cov",
        "7TET",
        "Coefficient of variation",
        Distribution::coefficient_of_variation,
    ),
    Feature::new(
        "stat_qcod",
        "9S40",
        "Quartile coefficient of dispersion",
        Distribution::quartile_coefficient_of_dispersion,
    ),
    Feature::new("stat_energy", "N8CA", "Energy", |d| {
        d.count() * d.average(|x| x * x)
    }),
    Feature::new("stat_rms", "5ZWQ", "Root mean square", |d| {
        d.average(|x| x * x).sqrt()
    }),
];
