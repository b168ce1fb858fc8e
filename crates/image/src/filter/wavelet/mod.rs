//! Stationary (undecimated) wavelet transform in the arithmetic of PyWavelets.
//!
//! Each transformed axis is convolved with the decomposition filters of the wavelet, a low-pass
//! `l` and a high-pass `h` of length F, the image repeating itself beyond its borders:
//!
//! `out[o] = Σ_m f[m] · in[(o + F/2 − m) mod n]`
//!
//! Two responses an axis give eight sub-bands of the size of the image, named by one letter an
//! axis (x, y, z): `L` low-pass, `H` high-pass.
//!
//! Traps:
//!
//! - An axis of odd length is first made even by repeating its first voxel at the end; every
//!   level works on the same even-sized image, and the extra voxel is dropped at the very end.
//! - Further levels apply the same filters to the approximation (the all-`L` sub-band). Holes are
//!   not put into the filters, as the stationary transform of the textbooks would do, because
//!   PyRadiomics calls `pywt.swtn` anew, at level 1, every time.
//! - A 32-bit float image is transformed in 32-bit arithmetic, every other in 64-bit.
//! - The sums run in the order of PyWavelets' C code, so that results are the same bits.
//!
//! Sources: PyRadiomics 3.1 `imageoperations.getWaveletImage`; PyWavelets 1.9 `pywt.swtn`,
//! `convolution.template.c`, `wavelets.c`. I. Daubechies, *Ten Lectures on Wavelets*, SIAM 1992.

mod convolve;
mod decompose;
mod wavelets;

pub use decompose::{WaveletOptions, wavelet_decompose};
pub use wavelets::Wavelet;
