//! What hospitals have, as images and label maps: DICOM series, contours and segmentations.
//!
//! Everything comes out on the grid of [`radiome_image`]: ITK's convention, positions in the
//! patient (LPS) in millimetres, slices sorted along their normal.
//!
//! # By task
//!
//! What a folder, or a ZIP archive, holds; of every file only what precedes the voxels is read:
//! ```no_run
//! let catalog = radiome_dicom::Catalog::scan("export")?;
//! for series in catalog.series() {
//!     println!("{series}"); // patient 1, study 1, series 2: MR, 25 files, "T1 axial" (...)
//! }
//! for problem in catalog.broken() {
//!     println!("{problem}");
//! }
//! # Ok::<(), radiome_dicom::DicomError>(())
//! ```
//!
//! The image of a folder, and a region drawn on it:
//! ```no_run
//! let series = radiome_dicom::series("P001/MR_T1")?;
//! let (image, remarks) = series.image()?;
//! let regions = radiome_dicom::Regions::open("P001/RS.dcm")?;
//! let label = regions.label_of("GTV*")?;
//! let (mask, remarks) = regions.label_map(label, &image.geometry, series.frame_of_reference())?;
//! # Ok::<(), radiome_dicom::DicomError>(())
//! ```
//!
//! PET in units of SUV: [`Series::suv_body_weight`]. Contours as points: [`Contours`].
//! Segments with their names: [`Segmentation`]. Measurements as a structured report:
//! [`Series::report`].
//!
//! # What is read
//!
//! - Images of one frame and enhanced multi-frame images (MR, CT, PET), with their own position,
//!   orientation, spacing, slope and intercept a frame.
//! - Implicit and explicit, little and big endian, deflated; RLE; JPEG baseline, extended (8 and
//!   12 bits) and lossless; JPEG-LS; JPEG 2000. All in Rust. Another syntax is an error that names it.
//! - RT Structure Sets; Segmentations: binary, fractional, label maps.
//!
//! # What is refused
//!
//! Slices that make no even and straight grid are an error that says where: missing, unevenly
//! spaced, shifted by a tilted gantry, of several sizes or orientations, or several at one place.
//! Only exact copies of slices are passed over. Nothing is interpolated.
//!
//! # Whose the images are
//!
//! No type of this crate holds a name, a birth date or a patient's ID, none is in a message of an
//! error, and none is printed by `Debug`: patients are numbered. Who needs to know asks with
//! [`Series::identity`]; a structured report, which belongs to its patient, copies the headers
//! ([`Series::report`]). What does come through is free text that the scanner or a reader wrote
//! ([`Series::description`], names of regions), and the paths of the files.
//!
//! # What a file can do
//!
//! Lengths, sizes and counts are compared with the file and with fixed limits before anything is
//! reserved, nested sequences are counted, and a codec that fails is an error of its file. A
//! hostile file costs an error, not the memory of the machine. This is why elements are read in
//! place here: parsers that build a tree reserve what a length claims, and call themselves for every
//! sequence.

mod archive;
mod attributes;
mod catalog;
mod character_set;
mod error;
mod identity;
mod index_frame;
mod moment;
mod object;
mod pixels;
mod plane;
mod read;
mod report;
mod rtstruct;
mod segmentation;
mod series;
mod source;
mod stack;
mod structure;
mod suv;
mod tags;

pub use catalog::{Catalog, MaskFile, MaskKind};
pub use error::DicomError;
pub use identity::Identity;
pub use read::{Regions, image, is_dicom, series};
pub use report::{Code, Measurement, MeasurementGroup, OWN_SCHEME, Report};
pub use rtstruct::{ContourRemark, Contours, Region};
pub use segmentation::Segmentation;
pub use series::{Remark, Series};
