//! The convolutional filters that the IBSI has standardised (chapter 2), and their conventions.
//!
//! [`respond`] gives the response map of a [`Convolution`]: a [`ConvolutionalFilter`], applied to
//! slices or to the volume ([`Dimension`]), under a [`Boundary`] condition, once or in all
//! right-angle rotations whose responses are pooled ([`Pooling`]).
//!
//! What the reference response maps decide where the words leave it open:
//!
//! - The mirror lies at the outer edge of the last voxel, which so comes twice (1.a.4).
//! - A convolution, not a correlation: kernels are turned around. The middle of a kernel of even
//!   length is the first weight of the second half (5.a.1), holes included (7.a.1).
//! - A rotated filter is the filter of the rotated image, so kernels of even length move their
//!   middle when turned around (5.a.2).
//! - Each pass of a filter with several (the levels of a wavelet, the energy of a Laws filter)
//!   goes beyond the borders anew. Energy is made of the pooled response (3.a.3).
//! - The Gabor filter turns from the first axis towards the second (4.a.1); its three planes are
//!   xy, xz and yz (4.a.2).
//! - Frequencies are spread from −1 to 1, both included (8.a.2, 8.a.3).
//! - The maps of Laplacians of Gaussians are means over kernels with and without their mean
//!   taken off, in near equal parts, and tell nothing; here it is taken off.
//!
//! Sources: A. Depeursinge and others, Standardised convolutional filtering for radiomics,
//! arXiv 2006.05470; P. Whybra, A. Zwanenburg and others, The Image Biomarker Standardization
//! Initiative: standardized convolutional filters for reproducible radiomics and enhanced
//! clinical insights, Radiology 310, 2024, e231319.

mod boundary;
mod convolve;
mod fourier;
mod gabor;
mod laplacian_of_gaussian;
mod laws;
mod mean;
mod reference;
mod riesz;
mod rotation;
mod separable_wavelet;
mod simoncelli;
mod window;

pub use boundary::Boundary;
pub use gabor::Gabor;
pub use laplacian_of_gaussian::SampledLaplacianOfGaussian;
pub use laws::LawsKernel;
pub use riesz::RieszOf;
pub use rotation::Pooling;
pub use separable_wavelet::Pass;

use super::{FilterError, Wavelet, check_input};
use crate::{BoundingBox, Geometry, Image, PixelType};

/// The highest level of a wavelet; an image has no more octaves.
const MOST_LEVELS: usize = 16;

/// The widest support of a mean and the largest distance of an energy, in voxels.
const MOST_VOXELS: usize = 1000;

/// The most voxels of an image together with what a filter needs around it: 4 GiB of numbers.
const MOST_WITH_MARGIN: usize = 1 << 29;

/// The highest sum of the orders of a Riesz transform.
const MOST_ORDERS: usize = 32;

/// What is convolved with the image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConvolutionalFilter {
    /// Mean of a square or cube (IBSI: S60F).
    Mean {
        /// Its voxels along each axis, an odd number (`M`).
        support: usize,
    },
    /// Laplacian of Gaussian (IBSI: L6PA).
    LaplacianOfGaussian(SampledLaplacianOfGaussian),
    /// Laws kernels (IBSI: JTXT).
    Laws {
        /// The kernels along x and y, and along z for volumes.
        kernels: Vec<LawsKernel>,
        /// With it the response becomes texture energy: the mean of the absolute values of all
        /// voxels that are no further away along any axis (Chebyshev distance, `δ`).
        energy_distance: Option<usize>,
    },
    /// Modulus of a Gabor filter (IBSI: Q88H) in the plane of the slices, or in the three planes
    /// of a volume.
    Gabor(Gabor),
    /// Separable wavelet without decimation (IBSI: 25BO).
    SeparableWavelet {
        /// The wavelet.
        wavelet: Wavelet,
        /// The filters along x and y, and along z for volumes, on the last level. On the levels
        /// before, all are low-pass.
        passes: Vec<Pass>,
        /// The level, from 1.
        level: usize,
    },
    /// Band-pass map of Simoncelli's non-separable wavelet (IBSI: PRT7).
    Simoncelli {
        /// The level, from 1.
        level: usize,
    },
    /// Riesz transform of another filter (IBSI: AYRS).
    Riesz {
        /// The other filter.
        of: RieszOf,
        /// Orders of the derivatives along x, y and z.
        order: [usize; 3],
    },
}

impl ConvolutionalFilter {
    /// Its name as one word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mean { .. } => "Mean",
            Self::LaplacianOfGaussian(_) => "LaplacianOfGaussian",
            Self::Laws { .. } => "Laws",
            Self::Gabor(_) => "Gabor",
            Self::SeparableWavelet { .. } => "SeparableWavelet",
            Self::Simoncelli { .. } => "Simoncelli",
            Self::Riesz { of, .. } => match of {
                RieszOf::LaplacianOfGaussian(_) => "RieszLaplacianOfGaussian",
                RieszOf::Simoncelli { .. } => "RieszSimoncelli",
            },
        }
    }
}

/// Whether a filter sees slices or the volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Each slice (a plane of x and y) by itself, in two dimensions.
    Slices,
    /// The volume, in three dimensions.
    #[default]
    Volume,
}

impl Dimension {
    /// Number of axes along which a filter works.
    #[must_use]
    pub fn axes(self) -> usize {
        match self {
            Self::Slices => 2,
            Self::Volume => 3,
        }
    }
}

/// A filter, and how it is applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// The filter.
    pub filter: ConvolutionalFilter,
    /// Slices or volume.
    pub dimension: Dimension,
    /// How the image goes on beyond its borders.
    pub boundary: Boundary,
    /// What is kept of the responses to all rotations by right angles, four of slices and 24 of
    /// volumes; of a Gabor filter, to all its directions and planes. Filters that see all
    /// directions alike (mean, Laplacian of Gaussian, Simoncelli) need none, and give the same
    /// with any.
    pub rotations: Option<Pooling>,
}

/// A setting that must be a number above 0.
fn positive(setting: &'static str, value: f64) -> Result<(), FilterError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(FilterError::Setting {
        setting,
        value,
        must: "must be a number above 0",
    })
}

/// A setting that must be a whole number in a range.
fn counted(
    setting: &'static str,
    value: usize,
    range: std::ops::RangeInclusive<usize>,
    must: &'static str,
) -> Result<(), FilterError> {
    if range.contains(&value) {
        return Ok(());
    }
    #[allow(clippy::cast_precision_loss)]
    let value = value as f64;
    Err(FilterError::Setting {
        setting,
        value,
        must,
    })
}

impl Convolution {
    /// Refuses settings out of their range, or that do not fit together.
    ///
    /// # Errors
    /// [`FilterError::Setting`], [`FilterError::AxisCount`], [`FilterError::NoPooling`].
    pub fn check(&self) -> Result<(), FilterError> {
        let axes = |what, found| {
            let expected = self.dimension.axes();
            if found == expected {
                return Ok(());
            }
            Err(FilterError::AxisCount {
                what,
                found,
                expected,
            })
        };
        let levels = |level| counted("level", level, 1..=MOST_LEVELS, "must be from 1 to 16");
        match &self.filter {
            ConvolutionalFilter::Mean { support } => {
                let must = "must be an odd number of voxels from 1 to 999";
                // An even number lies in no range.
                let least = if support % 2 == 1 { 1 } else { usize::MAX };
                counted("support", *support, least..=MOST_VOXELS, must)
            }
            ConvolutionalFilter::LaplacianOfGaussian(filter) => filter.check(),
            ConvolutionalFilter::Laws {
                kernels,
                energy_distance,
            } => {
                axes("Laws kernels", kernels.len())?;
                let distance = energy_distance.unwrap_or(0);
                let must = "must be at most 1000 voxels";
                counted("energy distance", distance, 0..=MOST_VOXELS, must)
            }
            ConvolutionalFilter::Gabor(gabor) => {
                gabor.check()?;
                let several = gabor.theta_step.is_some() || self.dimension == Dimension::Volume;
                if several && self.rotations.is_none() {
                    return Err(FilterError::NoPooling);
                }
                Ok(())
            }
            ConvolutionalFilter::SeparableWavelet { passes, level, .. } => {
                axes("letters of a sub-band", passes.len())?;
                levels(*level)
            }
            ConvolutionalFilter::Simoncelli { level } => levels(*level),
            ConvolutionalFilter::Riesz { of, order } => {
                match of {
                    RieszOf::LaplacianOfGaussian(filter) => filter.check()?,
                    RieszOf::Simoncelli { level } => levels(*level)?,
                }
                let total = order.iter().fold(0_usize, |sum, l| sum.saturating_add(*l));
                let must = "must be from 1 to 32 in sum";
                counted("Riesz order", total, 1..=MOST_ORDERS, must)?;
                let out_of_plane = match self.dimension {
                    Dimension::Slices => order[2],
                    Dimension::Volume => 0,
                };
                let must = "along z must be 0 for slices";
                counted("Riesz order", out_of_plane, 0..=0, must)
            }
        }
    }

    /// How far beyond its voxels the filter looks in one pass; along z 0 for slices.
    fn reach(&self, spacing: [f64; 3]) -> [usize; 3] {
        let larger = |reach: window::Reach| reach.map(|(before, after)| before.max(after));
        let along = |distance: usize| {
            let axes = self.dimension.axes();
            std::array::from_fn(|axis| if axis < axes { distance } else { 0 })
        };
        match &self.filter {
            ConvolutionalFilter::Mean { support } => along(support / 2),
            ConvolutionalFilter::LaplacianOfGaussian(filter) => {
                larger(filter.reach(spacing, self.dimension))
            }
            // Two voxels of the kernels, in a pass of their own.
            ConvolutionalFilter::Laws {
                energy_distance, ..
            } => along(energy_distance.unwrap_or(0).max(2)),
            ConvolutionalFilter::Gabor(gabor) => larger(gabor.reach(spacing, self.dimension)),
            ConvolutionalFilter::SeparableWavelet { wavelet, level, .. } => {
                along(separable_wavelet::reach(wavelet, *level))
            }
            ConvolutionalFilter::Simoncelli { level } => self.margin(*level),
            ConvolutionalFilter::Riesz { of, .. } => match of {
                RieszOf::LaplacianOfGaussian(filter) => {
                    larger(filter.reach(spacing, self.dimension))
                }
                RieszOf::Simoncelli { level } => self.margin(*level),
            },
        }
    }

    /// What Simoncelli's wavelet needs around an image; a periodic one is its own surroundings.
    fn margin(&self, level: usize) -> [usize; 3] {
        match self.boundary {
            Boundary::Periodic => [0; 3],
            _ => simoncelli::margin(self.dimension, level),
        }
    }

    /// Refuses kernels that no one can mean: wider than memory holds, or in mm many voxels wide,
    /// or none.
    fn check_reach(&self, Geometry { size, spacing, .. }: &Geometry) -> Result<(), FilterError> {
        let (size, spacing) = (*size, *spacing);
        if !spacing.iter().all(|&mm| mm.is_finite() && mm > 0.0) {
            return Err(FilterError::Spacing { spacing });
        }
        let reach = self.reach(spacing);
        let laplacian = match &self.filter {
            ConvolutionalFilter::LaplacianOfGaussian(filter)
            | ConvolutionalFilter::Riesz {
                of: RieszOf::LaplacianOfGaussian(filter),
                ..
            } => Some(filter),
            _ => None,
        };
        if let Some(filter) = laplacian
            && reach == [0; 3]
        {
            return Err(FilterError::KernelOfOneVoxel {
                sigma: filter.sigma,
                truncate: filter.truncate,
                spacing,
            });
        }
        let sigma = match (&self.filter, laplacian) {
            (ConvolutionalFilter::Gabor(gabor), _) => Some(gabor.sigma),
            (_, laplacian) => laplacian.map(|filter| filter.sigma),
        };
        if let Some(sigma) = sigma
            && reach.iter().any(|&half| half > MOST_VOXELS)
        {
            return Err(FilterError::Setting {
                setting: "sigma",
                value: sigma,
                must: "mm gives a kernel that reaches further than 1000 voxels",
            });
        }
        let with_margin = size.iter().zip(reach).fold(1_usize, |product, (n, reach)| {
            product.saturating_mul(reach.saturating_mul(2).saturating_add(*n))
        });
        if reach != [0; 3] && with_margin > MOST_WITH_MARGIN {
            return Err(FilterError::TooWide {
                reach,
                size,
                maximum: MOST_WITH_MARGIN,
            });
        }
        Ok(())
    }
}

/// The response map of a filter at the voxels of `keep`, as an image of 64-bit numbers on the
/// grid of `keep`.
///
/// The result is the same for any `keep` that holds a voxel, and the same bits for any number of
/// threads. Filters of bounded reach read no more of the image than they need; Simoncelli's
/// wavelet and Riesz transforms are made of the whole image.
///
/// ```
/// use radiome_image::filter::{
///     Boundary, Convolution, ConvolutionalFilter, Dimension, Pooling, LawsKernel, respond,
/// };
/// use radiome_image::{BoundingBox, Geometry, Image, PixelType};
///
/// let image = Image {
///     geometry: Geometry::axis_aligned([16; 3], [1.0; 3]),
///     pixel_type: PixelType::I16,
///     values: vec![40.0; 4096],
/// };
/// let edges = Convolution {
///     filter: ConvolutionalFilter::Laws {
///         kernels: LawsKernel::list("L5E5E5")?,
///         energy_distance: Some(7),
///     },
///     dimension: Dimension::Volume,
///     boundary: Boundary::Mirror,
///     rotations: Some(Pooling::Maximum),
/// };
/// let all = BoundingBox { lower: [0; 3], upper: [15; 3] };
/// let response = respond(&image, &edges, &all)?;
/// // A flat image has no edges.
/// assert!(response.values.iter().all(|value| value.abs() < 1e-12));
/// # Ok::<(), radiome_image::filter::FilterError>(())
/// ```
///
/// # Errors
/// What [`Convolution::check`] refuses; spacing that is no length; a kernel that reaches further
/// than 1000 voxels, or further than memory does ([`FilterError::TooWide`]); a filter that gives 0
/// for every image of this size and spacing ([`FilterError::KernelOfOneVoxel`],
/// [`FilterError::NoFrequency`]); voxels that are no numbers, or a box that is not within the
/// image.
pub fn respond(
    image: &Image,
    convolution: &Convolution,
    keep: &BoundingBox,
) -> Result<Image, FilterError> {
    check_input(image, keep)?;
    convolution.check()?;
    convolution.check_reach(&image.geometry)?;
    let Convolution {
        filter,
        dimension,
        boundary,
        rotations,
    } = convolution;
    let setting = (*dimension, *boundary);
    let window = match filter {
        ConvolutionalFilter::Mean { support } => {
            mean::respond(image, *support, *dimension, *boundary, keep)
        }
        ConvolutionalFilter::LaplacianOfGaussian(filter) => {
            filter.respond(image, *dimension, *boundary, keep)
        }
        ConvolutionalFilter::Laws {
            kernels,
            energy_distance,
        } => laws::respond(image, kernels, *energy_distance, setting, *rotations, keep),
        ConvolutionalFilter::Gabor(gabor) => gabor.respond(image, setting, *rotations, keep),
        ConvolutionalFilter::SeparableWavelet {
            wavelet,
            passes,
            level,
        } => {
            let band = (passes.as_slice(), *level);
            separable_wavelet::respond(image, wavelet, band, setting, *rotations, keep)
        }
        ConvolutionalFilter::Simoncelli { level } => {
            simoncelli::respond(image, *level, setting, keep)?
        }
        ConvolutionalFilter::Riesz { of, order } => {
            riesz::respond(image, of, *order, setting, *rotations, keep)?
        }
    };
    // The box is known to lie in the image.
    let geometry = image
        .geometry
        .cropped(keep)
        .ok_or(FilterError::OutsideImage {
            lower: keep.lower,
            upper: keep.upper,
            size: image.geometry.size,
        })?;
    Ok(Image {
        geometry,
        pixel_type: PixelType::F64,
        values: window.values,
    })
}
