//! A scene: shapes and text on a page measured in points (1/72 inch), y growing downwards.

use crate::font::{self, Weight};
pub use crate::picture::Picture;

/// A place on the page: x to the right and y downwards, in points.
pub type Point = (f64, f64);

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::hex(0x00_0000);
    /// White.
    pub const WHITE: Self = Self::hex(0xff_ffff);

    /// A colour from its six hexadecimal digits, `0xRRGGBB`.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self { red, green, blue }
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// Colour of the line.
    pub color: Color,
    /// Width in points.
    pub width: f64,
    /// Lengths of dashes and gaps in points, in turn; empty for a solid line.
    pub dash: Vec<f64>,
}

impl Stroke {
    /// A solid line.
    #[must_use]
    pub fn solid(color: Color, width: f64) -> Self {
        Self {
            color,
            width,
            dash: Vec::new(),
        }
    }

    /// The same line with dashes.
    #[must_use]
    pub fn dashed(mut self, dash: &[f64]) -> Self {
        self.dash = dash.to_vec();
        self
    }
}

/// How the inside of a shape is filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Colour of the inside.
    pub color: Color,
    /// 0 for invisible, 1 for opaque.
    pub opacity: f64,
}

impl From<Color> for Fill {
    fn from(color: Color) -> Self {
        Self {
            color,
            opacity: 1.0,
        }
    }
}

/// The outline of a shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// An open line through the points.
    Polyline(Vec<Point>),
    /// A closed area.
    Polygon(Vec<Point>),
    /// A rectangle by its top left corner, width and height.
    Rect {
        /// Left edge.
        x: f64,
        /// Top edge.
        y: f64,
        /// Width.
        width: f64,
        /// Height.
        height: f64,
    },
    /// A circle by its centre and radius.
    Circle {
        /// Centre, x.
        x: f64,
        /// Centre, y.
        y: f64,
        /// Radius.
        radius: f64,
    },
}

/// A drawn shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its outline.
    pub outline: Outline,
    /// The line along the outline, if any.
    pub stroke: Option<Stroke>,
    /// The filling, if any.
    pub fill: Option<Fill>,
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The text starts at x.
    #[default]
    Start,
    /// The text is centred on x.
    Middle,
    /// The text ends at x.
    End,
}

/// One line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Anchor point, x.
    pub x: f64,
    /// Baseline, y.
    pub y: f64,
    /// The words, as they are: the writers escape them.
    pub content: String,
    /// Font size in points.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Which end of the text lies at x.
    pub anchor: Anchor,
    /// Clockwise turn about (x, y) in degrees.
    pub rotation: f64,
    /// Colour.
    pub color: Color,
}

impl Text {
    /// Black regular text that starts at `x` on the baseline `y`.
    #[must_use]
    pub fn new(x: f64, y: f64, content: impl Into<String>, size: f64) -> Self {
        Self {
            x,
            y,
            content: content.into(),
            size,
            weight: Weight::Regular,
            anchor: Anchor::Start,
            rotation: 0.0,
            color: Color::BLACK,
        }
    }

    /// The same text, bold.
    #[must_use]
    pub fn bold(mut self) -> Self {
        self.weight = Weight::Bold;
        self
    }

    /// The same text in another weight.
    #[must_use]
    pub fn weight(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    /// The same text with another anchor.
    #[must_use]
    pub fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    /// The same text turned clockwise about its anchor.
    #[must_use]
    pub fn rotate(mut self, degrees: f64) -> Self {
        self.rotation = degrees;
        self
    }

    /// The same text in another colour.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    /// The same text moved down so that its digits are centred on its y.
    #[must_use]
    pub fn centred(mut self) -> Self {
        self.y += font::HALF_CAP * self.size;
        self
    }

    /// Distance from the anchor back to the start of the text, and the width, in points.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let width = font::text_width(&self.content, self.size, self.weight);
        let back = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        (back, width)
    }
}

/// Elements moved together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// How far to the right the elements move.
    pub x: f64,
    /// How far down the elements move.
    pub y: f64,
    /// The elements.
    pub elements: Vec<Element>,
}

/// One thing in a scene.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A shape.
    Shape(Shape),
    /// A line of text.
    Text(Text),
    /// A picture.
    Picture(Picture),
    /// Elements moved together.
    Group(Group),
}

/// A rectangle with sides along the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl Bounds {
    fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points
            .into_iter()
            .fold(None, |bounds: Option<Self>, (x, y)| {
                let b = bounds.unwrap_or(Self {
                    left: x,
                    top: y,
                    right: x,
                    bottom: y,
                });
                Some(Self {
                    left: b.left.min(x),
                    top: b.top.min(y),
                    right: b.right.max(x),
                    bottom: b.bottom.max(y),
                })
            })
    }

    fn grown(self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    /// Whether the two rectangles share an area more than `tolerance` points deep.
    #[must_use]
    pub fn overlaps(&self, other: &Self, tolerance: f64) -> bool {
        self.left + tolerance < other.right
            && other.left + tolerance < self.right
            && self.top + tolerance < other.bottom
            && other.top + tolerance < self.bottom
    }
}

/// A figure as shapes and text.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
    /// What the figure is, in a few words; read aloud by screen readers.
    pub title: String,
    /// What the figure shows, in a sentence or more; read aloud by screen readers.
    pub description: String,
    /// What is drawn, first things underneath.
    pub elements: Vec<Element>,
}

impl Scene {
    /// An empty scene.
    #[must_use]
    pub fn new(
        width: f64,
        height: f64,
        title: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            width,
            height,
            title: title.into(),
            description: description.into(),
            elements: Vec::new(),
        }
    }

    /// Adds a shape. One with a coordinate that is not a finite number is left out.
    pub fn shape(&mut self, outline: Outline, stroke: Option<Stroke>, fill: Option<Fill>) {
        let finite = match &outline {
            Outline::Polyline(points) => points.len() > 1 && points.iter().all(is_finite),
            Outline::Polygon(points) => points.len() > 2 && points.iter().all(is_finite),
            Outline::Rect {
                x,
                y,
                width,
                height,
            } => is_finite(&(*x, *y)) && is_finite(&(*width, *height)),
            Outline::Circle { x, y, radius } => is_finite(&(*x, *y)) && radius.is_finite(),
        };
        if finite {
            self.elements.push(Element::Shape(Shape {
                outline,
                stroke,
                fill,
            }));
        }
    }

    /// Adds a straight line.
    pub fn line(&mut self, from: Point, to: Point, stroke: &Stroke) {
        self.shape(
            Outline::Polyline(vec![from, to]),
            Some(stroke.clone()),
            None,
        );
    }

    /// Adds an open line through points.
    pub fn polyline(&mut self, points: Vec<Point>, stroke: &Stroke) {
        self.shape(Outline::Polyline(points), Some(stroke.clone()), None);
    }

    /// Adds a filled area without a line around it.
    pub fn area(&mut self, points: Vec<Point>, fill: impl Into<Fill>) {
        self.shape(Outline::Polygon(points), None, Some(fill.into()));
    }

    /// Adds a rectangle.
    pub fn rect(&mut self, area: Bounds, stroke: Option<Stroke>, fill: Option<Fill>) {
        let (x, width) = (area.left, area.right - area.left);
        let (y, height) = (area.top, area.bottom - area.top);
        self.shape(
            Outline::Rect {
                x,
                y,
                width,
                height,
            },
            stroke,
            fill,
        );
    }

    /// Adds a line of text, unless it is empty or its place is not a finite number.
    pub fn text(&mut self, text: Text) {
        if is_finite(&(text.x, text.y)) && !text.content.trim().is_empty() {
            self.elements.push(Element::Text(text));
        }
    }

    /// Adds a picture, unless it has no rows or no area.
    pub fn picture(&mut self, picture: Picture) {
        let Bounds {
            left,
            top,
            right,
            bottom,
        } = picture.area;
        let finite = is_finite(&(left, top)) && is_finite(&(right, bottom));
        if finite && left < right && top < bottom && picture.rows() > 0 {
            self.elements.push(Element::Picture(picture));
        }
    }

    /// Adds all that another scene draws, moved by (`x`, `y`).
    pub fn place(&mut self, x: f64, y: f64, elements: Vec<Element>) {
        self.elements.push(Element::Group(Group { x, y, elements }));
    }

    /// Every element but groups, with the move that its groups give it.
    #[must_use]
    pub fn flattened(&self) -> Vec<(Point, &Element)> {
        fn visit<'a>(elements: &'a [Element], at: Point, found: &mut Vec<(Point, &'a Element)>) {
            for element in elements {
                match element {
                    Element::Group(group) => {
                        visit(&group.elements, (at.0 + group.x, at.1 + group.y), found);
                    }
                    _ => found.push((at, element)),
                }
            }
        }
        let mut found = Vec::new();
        visit(&self.elements, (0.0, 0.0), &mut found);
        found
    }

    /// The smallest rectangle around each element, in the order drawn, text by its line box.
    #[must_use]
    pub fn element_bounds(&self) -> Vec<(Bounds, &Element)> {
        self.flattened()
            .into_iter()
            .filter_map(|((x, y), element)| {
                let b = match element {
                    Element::Shape(shape) => shape_bounds(shape)?,
                    Element::Text(text) => text_bounds(text),
                    Element::Picture(picture) => picture.area,
                    Element::Group(_) => return None,
                };
                let moved = Bounds {
                    left: b.left + x,
                    top: b.top + y,
                    right: b.right + x,
                    bottom: b.bottom + y,
                };
                Some((moved, element))
            })
            .collect()
    }

    /// Every text of the scene with the rectangle it fills.
    #[must_use]
    pub fn text_boxes(&self) -> Vec<(Bounds, &Text)> {
        self.element_bounds()
            .into_iter()
            .filter_map(|(bounds, element)| match element {
                Element::Text(text) => Some((bounds, text)),
                _ => None,
            })
            .collect()
    }

    /// The characters that the embedded font cannot draw, each once, in order of appearance.
    ///
    /// PNG and PDF leave them out, so a caller should warn; a browser finds another font.
    #[must_use]
    pub fn missing_characters(&self) -> Vec<char> {
        let mut missing = Vec::new();
        for (_, text) in self.text_boxes() {
            for c in text.content.chars() {
                if font::glyph(c, text.weight).is_none() && !missing.contains(&c) {
                    missing.push(c);
                }
            }
        }
        missing
    }
}

fn is_finite(point: &Point) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

fn shape_bounds(shape: &Shape) -> Option<Bounds> {
    let bare = match &shape.outline {
        Outline::Polyline(points) | Outline::Polygon(points) => {
            Bounds::around(points.iter().copied())?
        }
        Outline::Rect {
            x,
            y,
            width,
            height,
        } => Bounds::around([(*x, *y), (x + width, y + height)])?,
        Outline::Circle { x, y, radius } => {
            Bounds::around([(x - radius, y - radius), (x + radius, y + radius)])?
        }
    };
    Some(bare.grown(shape.stroke.as_ref().map_or(0.0, |s| s.width / 2.0)))
}

fn text_bounds(text: &Text) -> Bounds {
    let (back, width) = text.extent();
    let (sin, cos) = text.rotation.to_radians().sin_cos();
    let (top, bottom) = (-font::ASCENT * text.size, font::DESCENT * text.size);
    let corner = |dx: f64, dy: f64| (text.x + dx * cos - dy * sin, text.y + dx * sin + dy * cos);
    let corners = [
        corner(-back, top),
        corner(width - back, top),
        corner(-back, bottom),
        corner(width - back, bottom),
    ];
    Bounds::around(corners).unwrap_or(Bounds {
        left: text.x,
        top: text.y,
        right: text.x,
        bottom: text.y,
    })
}
