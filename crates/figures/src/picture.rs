//! A picture of grey values in a scene, and its forms in SVG and PNG.

use crate::scene::Bounds;

/// A grid of grey values, drawn over a rectangle of the page. Pictures lie under everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The rectangle it fills.
    pub area: Bounds,
    /// Number of values in a row.
    pub columns: usize,
    /// The values, 0 black and 255 white, row by row from the top.
    pub greys: Vec<u8>,
}

impl Picture {
    /// Number of rows; 0 if the values do not fill whole rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self.columns {
            0 => 0,
            columns if self.greys.len().is_multiple_of(columns) => self.greys.len() / columns,
            _ => 0,
        }
    }

    /// The grey at a place of the picture, `x` and `y` from 0 to 1: linear between the centres of
    /// the values, constant beyond the outermost.
    pub(crate) fn grey(&self, x: f64, y: f64) -> u8 {
        let (columns, rows) = (self.columns, self.rows());
        let place = |share: f64, count: usize| {
            let at = (share * count as f64 - 0.5).clamp(0.0, count.saturating_sub(1) as f64);
            let low = at.floor();
            (low as usize, at - low)
        };
        let ((column, right), (row, down)) = (place(x, columns), place(y, rows));
        let value = |column: usize, row: usize| {
            let (column, row) = (
                column.min(columns.saturating_sub(1)),
                row.min(rows.saturating_sub(1)),
            );
            f64::from(self.greys.get(row * columns + column).copied().unwrap_or(0))
        };
        let line = |row: usize| value(column, row) * (1.0 - right) + value(column + 1, row) * right;
        (line(row) * (1.0 - down) + line(row + 1) * down).round() as u8
    }

    /// A PNG file of the values as they are.
    pub(crate) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.columns as u32, self.rows() as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.greys)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Bytes as text, four letters for three bytes (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn greys_are_linear_between_centres() {
        let area = Bounds {
            left: 0.0,
            top: 0.0,
            right: 1.0,
            bottom: 1.0,
        };
        let picture = Picture {
            area,
            columns: 2,
            greys: vec![0, 100, 200, 100],
        };
        assert_eq!(picture.rows(), 2);
        for ((x, y), grey) in [
            ((0.0, 0.0), 0),
            ((0.25, 0.25), 0),
            ((0.5, 0.25), 50),
            ((0.25, 0.5), 100),
            ((0.5, 0.5), 100),
            ((1.0, 1.0), 100),
            ((0.0, 1.0), 200),
        ] {
            assert_eq!(picture.grey(x, y), grey, "{x} {y}");
        }
    }
}
