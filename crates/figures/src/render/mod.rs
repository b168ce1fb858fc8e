//! A scene written as SVG, PNG or PDF.

mod pdf;
mod png;
mod svg;

/// Why a scene could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The picture would hold more pixels than this program writes.
    #[error(
        "a figure of {width_pt:.0} x {height_pt:.0} points at {dpi} dots per inch is no picture \
         of 1 to {limit} million pixels; choose other dots per inch or write SVG or PDF"
    )]
    PictureSize {
        /// Width of the scene in points.
        width_pt: f64,
        /// Height of the scene in points.
        height_pt: f64,
        /// Dots per inch asked for.
        dpi: f64,
        /// The largest picture, in million pixels.
        limit: u32,
    },
    /// The SVG of the scene could not be read back for drawing.
    #[error("the figure \"{title}\" could not be drawn as a picture: {reason}")]
    Picture {
        /// Title of the scene.
        title: String,
        /// What the drawing library said.
        reason: String,
    },
    /// The PDF could not be written.
    #[error("the figure \"{title}\" could not be written as PDF: {reason}")]
    Pdf {
        /// Title of the scene.
        title: String,
        /// What the PDF library said.
        reason: String,
    },
}
