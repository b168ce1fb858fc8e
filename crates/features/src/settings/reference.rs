//! What every setting of a parameter file means, for help and documentation.

use super::schema::{Reach, SETTINGS};

/// One setting as a reference lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingReference {
    /// Its key.
    pub name: &'static str,
    /// What its value has to be.
    pub expected: String,
    /// What it is if it is left out; empty where an image type that has it needs it.
    pub default: &'static str,
    /// Where it stands and who heeds it.
    pub reach: String,
    /// What it does.
    pub summary: &'static str,
}

/// Every setting, in the order of PyRadiomics' schema; those of the IBSI behind.
#[must_use]
pub fn reference() -> Vec<SettingReference> {
    SETTINGS
        .iter()
        .map(|setting| {
            let (default, summary) = told(setting.name);
            SettingReference {
                name: setting.name,
                expected: setting.kind.expected(),
                default,
                reach: match setting.reach {
                    Reach::Extraction => "the whole extraction".to_owned(),
                    Reach::Features => "features; an image type may have its own".to_owned(),
                    Reach::Filters(types) => types.join(", "),
                    Reach::Voxels => "voxelSetting".to_owned(),
                    Reach::Ibsi => "the IBSI's definitions".to_owned(),
                },
                summary,
            }
        })
        .collect()
}

/// The default of a setting and what it does.
fn told(name: &str) -> (&'static str, &'static str) {
    match name {
        "minimumROIDimensions" => (
            "2",
            "fewest axes along which the region has two voxels or more",
        ),
        "minimumROISize" => ("none", "fewest voxels of the region"),
        "geometryTolerance" => (
            "1e-6",
            "by how much image and mask may differ in place, in voxels and direction cosines",
        ),
        "correctMask" => ("false", "bring a mask of another grid onto the image's"),
        "additionalInfo" => ("true", "write the diagnostics columns"),
        "label" => ("1", "value of the region in the mask"),
        "label_channel" => ("0", "which label map of a mask that has several"),
        "binWidth" => (
            "25",
            "width of a grey level; bins are anchored at multiples of it",
        ),
        "binCount" => ("none", "number of grey levels, in place of their width"),
        "normalize" => (
            "false",
            "bring the whole image to mean 0 and standard deviation 1",
        ),
        "normalizeScale" => ("1", "times this, after normalising"),
        "removeOutliers" => (
            "none",
            "cut normalised values off at so many standard deviations",
        ),
        "resampledPixelSpacing" => (
            "none",
            "voxel size in mm along x, y, z; 0 keeps that of the axis",
        ),
        "interpolator" => (
            "sitkBSpline",
            "how the image is resampled; the mask always by the nearest neighbour",
        ),
        "padDistance" => ("5", "voxels kept around the region when cropping"),
        "distances" => ("[1]", "distances in voxels at which neighbours are counted"),
        "force2D" => ("false", "count neighbours within slices only"),
        "force2Ddimension" => ("0", "axis across the slices: 0 is z, 1 y, 2 x"),
        "resegmentRange" => (
            "none",
            "lower, or lower and upper, limit of the values that stay in the region",
        ),
        "resegmentMode" => (
            "absolute",
            "what the limits are: values, shares of the maximum, or standard deviations about the mean",
        ),
        "resegmentShape" => ("false", "whether shape features see the region so cut"),
        "preCrop" => (
            "false",
            "crop to the region and padDistance before filtering",
        ),
        "sigma" => ("", "width of the Gaussian, in mm"),
        "start_level" => ("0", "first level of the decomposition that is used"),
        "level" => ("1", "levels of the decomposition"),
        "wavelet" => (
            "coif1; SeparableWavelet needs one",
            "a discrete wavelet by its name in PyWavelets",
        ),
        "gradientUseSpacing" => (
            "true",
            "whether the gradient is a change by mm, not by voxel",
        ),
        "lbp2DRadius" => ("1", "radius of the circle, in voxels"),
        "lbp2DSamples" => ("8", "points on the circle"),
        "lbp2DMethod" => (
            "uniform",
            "how the pattern becomes a number, by scikit-image's words",
        ),
        "lbp3DLevels" => ("2", "levels of the spherical harmonics"),
        "lbp3DIcosphereRadius" => ("1", "radius of the sphere, in voxels"),
        "lbp3DIcosphereSubdivision" => ("1", "how often the sphere's triangles are divided"),
        "boundary" => (
            "mirror; periodic for the two with Simoncelli's wavelet",
            "how the image goes on beyond its borders",
        ),
        "dimension" => (
            "3D; 2D with force2D",
            "filter the volume, or slice by slice",
        ),
        "pooling" => (
            "none; average where a Gabor filter gives several responses",
            "what is kept of the responses to all rotations",
        ),
        "support" => ("", "side of the box, in voxels; odd"),
        "truncate" => ("4", "where the kernel ends, in sigmas"),
        "kernels" => ("", "two or three of L3 L5 E3 E5 S3 S5 W5 R5 in one word"),
        "energyDistance" => ("none", "mean of absolute responses within so many voxels"),
        "lambda" => ("", "wavelength in mm"),
        "gamma" => ("1", "width along the wave over the width across"),
        "theta" => ("[0]", "directions in degrees"),
        "thetaStep" => ("none", "all directions that lie so many degrees apart"),
        "subBands" => ("", "letters L and H along x, y and z"),
        "levels" => ("", "levels of the decomposition, each an image"),
        "orders" => ("", "orders of the Riesz transform along x, y and z"),
        "voxelArrayShift" => (
            "0",
            "added to values before energy, total energy and root mean square",
        ),
        "symmetricalGLCM" => ("true", "count each pair both ways"),
        "weightingNorm" => (
            "none",
            "weight directions by their distance and join their matrices, instead of taking the mean over directions",
        ),
        "gldm_a" => (
            "0",
            "by how much a neighbour's grey level may differ and still depend",
        ),
        "kernelRadius" => ("1", "how far a kernel reaches, in voxels"),
        "maskedKernel" => ("true", "whether a kernel sees the region alone"),
        "initValue" => ("0", "value of a map outside the region"),
        "voxelBatch" => (
            "none",
            "kernels that PyRadiomics holds at once; changes nothing here",
        ),
        "roundOnLoad" => (
            "the profile's",
            "round values to whole numbers when reading",
        ),
        "roundInterpolated" => (
            "the profile's",
            "round values to whole numbers after resampling",
        ),
        "maskThreshold" => (
            "the profile's",
            "share of a voxel from which on a resampled mask holds it",
        ),
        "outlierSigma" => (
            "the profile's",
            "leave values beyond so many standard deviations about the mean out of the region",
        ),
        "ivhBinWidth" => (
            "the profile's",
            "width of a grey level of the intensity-volume histogram",
        ),
        "ivhBinCount" => ("the profile's", "number of its grey levels"),
        "textureDimensions" => (
            "the profile's",
            "where texture matrices count: within slices, within slices and joined, in the volume",
        ),
        "textureDirections" => (
            "the profile's",
            "whether features are averaged over directions or matrices merged",
        ),
        _ => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_told() {
        for setting in reference() {
            assert!(!setting.summary.is_empty(), "{}", setting.name);
        }
    }

    #[test]
    fn a_default_written_out_is_a_value_of_its_kind() {
        for setting in SETTINGS {
            let (default, _) = told(setting.name);
            let is_value = !default.is_empty()
                && default != "none"
                && !default.contains(';')
                && default != "the profile's";
            if !is_value {
                continue;
            }
            let section = match setting.reach {
                Reach::Voxels => format!("voxelSetting: {{{}: {default}}}", setting.name),
                _ => format!("setting: {{{}: {default}}}", setting.name),
            };
            let read = crate::Settings::from_yaml(&section);
            assert!(read.is_ok(), "{section}: {read:?}");
        }
    }
}
