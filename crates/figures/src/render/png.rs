//! PNG, drawn by resvg from the SVG with the embedded font alone.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use super::Error;
use super::svg::Reader;
use crate::font;
use crate::scene::{Element, Scene};

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
        pictures(self, scale, &mut pixmap);
        let tree = Tree::from_str(&self.svg(Reader::Painter), &options)
            .map_err(|e| failed(e.to_string()))?;
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

/// Draws the pictures of a scene, every dot whose centre lies in one.
fn pictures(scene: &Scene, scale: f64, pixmap: &mut Pixmap) {
    let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
    for ((x, y), element) in scene.flattened() {
        let Element::Picture(picture) = element else {
            continue;
        };
        let (left, top) = (
            (picture.area.left + x) * scale,
            (picture.area.top + y) * scale,
        );
        let (right, bottom) = (
            (picture.area.right + x) * scale,
            (picture.area.bottom + y) * scale,
        );
        let dots = |low: f64, high: f64, count: usize| {
            let first = (low - 0.5).ceil().max(0.0) as usize;
            let end = (high - 0.5).ceil().max(0.0) as usize;
            first.min(count)..end.min(count)
        };
        for row in dots(top, bottom, height) {
            for column in dots(left, right, width) {
                let across = (column as f64 + 0.5 - left) / (right - left);
                let down = (row as f64 + 0.5 - top) / (bottom - top);
                let grey = picture.grey(across, down);
                let place = 4 * (row * width + column);
                if let Some(dot) = pixmap.data_mut().get_mut(place..place + 4) {
                    dot.copy_from_slice(&[grey, grey, grey, 255]);
                }
            }
        }
    }
}
