//! PDF, written straight from the scene: vector shapes and text that can be searched and copied.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::Error;
use crate::font::{self, Weight};
use crate::scene::{Color, Element, Outline, Picture, Scene, Shape, Text};

/// Control points of four Bezier curves that make a circle: 4/3 (sqrt(2) - 1).
const CIRCLE: f32 = 0.552_284_8;

struct Fonts {
    regular: Font,
    bold: Font,
}

impl Scene {
    /// The scene as a PDF of one page, with the used part of the embedded font.
    ///
    /// The file holds no date, so the same scene gives the same bytes.
    ///
    /// # Errors
    /// [`Error::Pdf`] if the page has no size or the file could not be made.
    pub fn to_pdf(&self) -> Result<Vec<u8>, Error> {
        let failed = |reason: &str| Error::Pdf {
            title: self.title.clone(),
            reason: reason.to_string(),
        };
        let load = |data: &'static [u8]| Font::new(data.into(), 0);
        let fonts = match (load(font::REGULAR), load(font::BOLD)) {
            (Some(regular), Some(bold)) => Fonts { regular, bold },
            _ => return Err(failed("the embedded font could not be read")),
        };
        let settings = PageSettings::from_wh(self.width as f32, self.height as f32)
            .ok_or_else(|| failed("the page has no width or height"))?;

        let mut document = Document::new();
        document.set_metadata(
            Metadata::new()
                .title(self.title.clone())
                .description(self.description.clone())
                .language("en".to_string()),
        );
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let all = self.flattened();
        let is_picture = |element: &Element| matches!(element, Element::Picture(_));
        let (under, over): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(_, element)| is_picture(element));
        for ((x, y), element) in under.into_iter().chain(over) {
            surface.push_transform(&Transform::from_translate(x as f32, y as f32));
            match element {
                Element::Shape(drawn) => shape(&mut surface, drawn),
                Element::Text(line) => text(&mut surface, line, &fonts),
                Element::Picture(drawn) => picture(&mut surface, drawn),
                Element::Group(_) => {}
            }
            surface.pop();
        }
        surface.finish();
        page.finish();
        document.finish().map_err(|e| failed(&format!("{e:?}")))
    }
}

fn paint(color: Color) -> krilla::paint::Paint {
    rgb::Color::new(color.red, color.green, color.blue).into()
}

/// A picture as rectangles, one for each run of equal greys in a row.
fn picture(surface: &mut Surface<'_>, picture: &Picture) {
    let area = picture.area;
    let across = (area.right - area.left) / picture.columns as f64;
    let down = (area.bottom - area.top) / picture.rows() as f64;
    for (row, greys) in picture.greys.chunks(picture.columns).enumerate() {
        let mut column = 0;
        // Sixty-four shades are told apart by no eye, and make a file a quarter as long.
        for run in greys.chunk_by(|a, b| a / 4 == b / 4) {
            let grey = run.first().map_or(0, |&grey| grey / 4 * 4 + grey / 64);
            let fill = Color {
                red: grey,
                green: grey,
                blue: grey,
            };
            // A hair of overlap, or viewers show white lines between neighbours.
            let outline = Outline::Rect {
                x: area.left + column as f64 * across,
                y: area.top + row as f64 * down,
                width: run.len() as f64 * across + 0.02,
                height: down + 0.02,
            };
            column += run.len();
            shape(
                surface,
                &Shape {
                    outline,
                    stroke: None,
                    fill: Some(fill.into()),
                },
            );
        }
    }
}

fn shape(surface: &mut Surface<'_>, shape: &Shape) {
    let Some(path) = path(&shape.outline) else {
        return;
    };
    surface.set_fill(shape.fill.map(|fill| Fill {
        paint: paint(fill.color),
        opacity:
            NormalizedF32::new(fill.opacity.clamp(0.0, 1.0) as f32).unwrap_or(NormalizedF32::ONE),
        ..Fill::default()
    }));
    surface.set_stroke(shape.stroke.as_ref().map(|stroke| Stroke {
        paint: paint(stroke.color),
        width: stroke.width as f32,
        line_join: LineJoin::Round,
        dash: (!stroke.dash.is_empty()).then(|| StrokeDash {
            array: stroke.dash.iter().map(|&d| d as f32).collect(),
            offset: 0.0,
        }),
        ..Stroke::default()
    }));
    surface.draw_path(&path);
}

fn path(outline: &Outline) -> Option<Path> {
    let mut path = PathBuilder::new();
    match outline {
        Outline::Polyline(points) | Outline::Polygon(points) => {
            for (i, &(x, y)) in points.iter().enumerate() {
                if i == 0 {
                    path.move_to(x as f32, y as f32);
                } else {
                    path.line_to(x as f32, y as f32);
                }
            }
            if matches!(outline, Outline::Polygon(_)) {
                path.close();
            }
        }
        Outline::Rect {
            x,
            y,
            width,
            height,
        } => {
            path.push_rect(Rect::from_xywh(
                *x as f32,
                *y as f32,
                *width as f32,
                *height as f32,
            )?);
        }
        Outline::Circle { x, y, radius } => {
            let (x, y, r) = (*x as f32, *y as f32, *radius as f32);
            let k = CIRCLE * r;
            path.move_to(x + r, y);
            path.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
            path.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
            path.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
            path.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
            path.close();
        }
    }
    path.finish()
}

fn text(surface: &mut Surface<'_>, text: &Text, fonts: &Fonts) {
    let mut glyphs = Vec::new();
    for (start, c) in text.content.char_indices() {
        let Some((id, advance)) = font::glyph(c, text.weight) else {
            continue;
        };
        let range = start..start + c.len_utf8();
        glyphs.push(KrillaGlyph::new(
            GlyphId::new(id),
            advance as f32,
            0.0,
            0.0,
            0.0,
            range,
            None,
        ));
    }
    let font = match text.weight {
        Weight::Regular => &fonts.regular,
        Weight::Bold => &fonts.bold,
    };
    surface.set_stroke(None);
    surface.set_fill(Some(Fill {
        paint: paint(text.color),
        ..Fill::default()
    }));
    let (x, y) = (text.x as f32, text.y as f32);
    surface.push_transform(&Transform::from_rotate_at(text.rotation as f32, x, y));
    let start = Point::from_xy((text.x - text.extent().0) as f32, y);
    surface.draw_glyphs(
        start,
        &glyphs,
        font.clone(),
        &text.content,
        text.size as f32,
        false,
    );
    surface.pop();
}
