//! PNG, drawn by resvg from the SVG with the embedded font alone.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::Error;
use crate::font;
use crate::scene::Scene;

/// The largest picture, in million pixels: 400 MB while it is drawn.
const LIMIT: u32 = 100;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(font::REGULAR.to_vec());
    fonts.load_font_data(font::BOLD.to_vec());
    Arc::new(fonts)
});

impl Scene {
    /// The scene as a PNG picture with `dpi` dots per inch, RGB on white.
    ///
    /// The dots per inch are written into the file, so that it prints at its true size.
    ///
    /// # Errors
    /// [`Error::PictureSize`] if the picture would be empty or hold over 100 million pixels,
    /// [`Error::Picture`] if it could not be drawn or encoded.
    pub fn to_png(&self, dpi: f64) -> Result<Vec<u8>, Error> {
        let failed = |reason: String| Error::Picture {
            title: self.title.clone(),
            reason,
        };
        let scale = dpi / 72.0;
        let (width, height) = ((self.width * scale).ceil(), (self.height * scale).ceil());
        let pixels = width * height;
        let drawable = width >= 1.0 && height >= 1.0 && pixels <= f64::from(LIMIT) * 1e6;
        let wrong_size = Error::PictureSize {
            width_pt: self.width,
            height_pt: self.height,
            dpi,
            limit: LIMIT,
        };
        if !drawable {
            return Err(wrong_size);
        }
        let Some(mut pixmap) = Pixmap::new(width as u32, height as u32) else {
            return Err(wrong_size);
        };
        pixmap.fill(Color::WHITE);
        let options = Options {
            fontdb: FONTS.clone(),
            ..Options::default()
        };
        let tree = Tree::from_str(&self.to_svg(), &options).map_err(|e| failed(e.to_string()))?;
        // The SVG is in points, which usvg reads as 4/3 of its pixels.
        let scale = (scale * self.width) as f32 / tree.size().width();
        resvg::render(
            &tree,
            Transform::from_scale(scale, scale),
            &mut pixmap.as_mut(),
        );

        // On white nothing is transparent, so the three colours are all there is.
        let mut colors = Vec::with_capacity(pixmap.data().len() / 4 * 3);
        for pixel in pixmap.data().chunks_exact(4) {
            colors.extend_from_slice(&pixel[..3]);
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, pixmap.width(), pixmap.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let per_metre = (dpi / 0.0254).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        let mut writer = encoder.write_header().map_err(|e| failed(e.to_string()))?;
        writer
            .write_image_data(&colors)
            .map_err(|e| failed(e.to_string()))?;
        writer.finish().map_err(|e| failed(e.to_string()))?;
        Ok(file)
    }
}
