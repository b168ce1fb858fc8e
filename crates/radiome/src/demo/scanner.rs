//! The scanners and the marks they leave on an image.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A scanner with its protocol.
#[derive(Clone, Copy)]
pub(super) struct Scanner {
    pub(super) name: &'static str,
    /// Distance between pixels in a slice (mm).
    pub(super) pixel: f64,
    /// Distance between slices, which is also their thickness (mm): T1, fat-suppressed T2.
    pub(super) slice: [f64; 2],
    /// Factor on every signal.
    pub(super) gain: f64,
    /// Factor on the contrast within the tumour.
    pub(super) contrast: f64,
    /// Blur within the slice (standard deviation, mm).
    pub(super) blur: f64,
    /// Noise (standard deviation, in units of the signal before the gain).
    pub(super) noise: f64,
    /// Strength of the slow change of sensitivity across the image.
    pub(super) shading: f64,
    /// Tilt of the slices about the patient's left-right axis (radians).
    pub(super) tilt: f64,
}

const SIGNA: Scanner = Scanner {
    name: "GE Signa HDx 3.0T",
    pixel: 0.9,
    slice: [3.5, 3.5],
    gain: 1.0,
    contrast: 1.0,
    blur: 0.5,
    noise: 14.0,
    shading: 0.06,
    tilt: 0.0,
};
const SKYRA: Scanner = Scanner {
    name: "Siemens Skyra 3.0T",
    pixel: 0.8,
    slice: [3.0, 3.5],
    gain: 0.6,
    contrast: 1.2,
    blur: 0.3,
    noise: 20.0,
    shading: 0.1,
    tilt: 0.0,
};
const ACHIEVA: Scanner = Scanner {
    name: "Philips Achieva 1.5T",
    pixel: 1.0,
    slice: [4.0, 4.0],
    gain: 1.7,
    contrast: 0.88,
    blur: 0.7,
    noise: 24.0,
    shading: 0.04,
    tilt: 0.12,
};

impl Scanner {
    /// The scanner of a patient: the training centre has two, the other centre one of these and a
    /// third that training never saw.
    pub(super) fn draw(rng: &mut ChaCha8Rng, training: bool) -> Self {
        let skyra = rng.random_bool(if training { 0.45 } else { 0.6 });
        match (skyra, training) {
            (true, _) => SKYRA,
            (false, true) => SIGNA,
            (false, false) => ACHIEVA,
        }
    }
}
