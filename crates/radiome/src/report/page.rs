//! The parts that a page is made of, before they are HTML.

use super::Figure;
use super::format::sentence;

/// A figure below this width, in points, takes at most half of a page.
const NARROW: f64 = 260.0;

/// A part of the page with a heading and an entry in the table of contents.
pub(crate) struct Section<'a> {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block<'a>>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    pub(crate) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(crate) fn paragraph(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.blocks.push(Block::Paragraph(text));
        }
    }

    pub(crate) fn caution(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Caution(text.into()));
    }

    pub(crate) fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    pub(crate) fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    pub(crate) fn figure(&mut self, figure: Option<&'a Figure>) {
        if let Some(figure) = figure {
            self.blocks.push(Block::Figure(Drawing {
                number: 0,
                title: &figure.title,
                caption: &figure.caption,
                svg: figure.scene.to_svg(),
                narrow: figure.scene.width < NARROW,
            }));
        }
    }
}

pub(crate) enum Block<'a> {
    Heading(String),
    Paragraph(String),
    /// A paragraph that must not be overlooked.
    Caution(String),
    List(Vec<String>),
    Table(Table),
    Figure(Drawing<'a>),
}

pub(crate) struct Drawing<'a> {
    pub(crate) number: usize,
    pub(crate) title: &'a str,
    pub(crate) caption: &'a str,
    pub(crate) svg: String,
    /// Whether two such figures fit side by side.
    pub(crate) narrow: bool,
}

/// A table of text cells. The first column names the row.
pub(crate) struct Table {
    pub(crate) number: usize,
    pub(crate) caption: String,
    /// Headings that stand over several columns, as text and number of columns; may be empty.
    pub(crate) groups: Vec<(String, usize)>,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            number: 0,
            caption: caption.into(),
            groups: Vec::new(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Whether it is so short that print does not cut it. A longer one is cut where a page ends,
    /// with its heading again, so that no page stays half empty before it.
    pub(crate) fn is_short(&self) -> bool {
        self.rows.len() <= 12
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

pub(crate) struct Cell {
    pub(crate) text: String,
    /// Letter of a footnote.
    pub(crate) mark: Option<char>,
}

impl Cell {
    /// The text, and apart from it an interval or count in brackets at its end, which is kept on
    /// one line.
    pub(crate) fn parts(&self) -> (&str, &str) {
        match self.text.rfind(" (") {
            Some(place) if self.is_number() && self.text.ends_with(')') => {
                self.text.split_at(place + 1)
            }
            _ => (&self.text, ""),
        }
    }

    /// The text in the pieces between which a line may break: the words of a feature's name.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &str> {
        self.text.split_inclusive('_')
    }

    /// Whether the cell holds words that need room.
    pub(crate) fn is_long(&self) -> bool {
        !self.is_number() && self.text.chars().count() > 24
    }

    /// Whether the cell holds numbers, which stay on one line.
    pub(crate) fn is_number(&self) -> bool {
        let text = self.text.trim_start_matches(['−', '<', '>']);
        text.starts_with(|c: char| c.is_ascii_digit()) && self.text.chars().count() < 32
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, mark: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Footnotes with letters, each text once.
#[derive(Default)]
pub(crate) struct Footnotes(Vec<String>);

impl Footnotes {
    /// The letter of this note; after 26 notes there is none.
    pub(crate) fn mark(&mut self, text: &str) -> Option<char> {
        let index = self
            .0
            .iter()
            .position(|known| known == text)
            .unwrap_or_else(|| {
                self.0.push(text.to_owned());
                self.0.len() - 1
            });
        letter(index)
    }

    /// The notes as one line below the table, if there are any.
    pub(crate) fn line(self) -> Option<String> {
        let notes: Vec<String> = self
            .0
            .iter()
            .enumerate()
            .map(|(index, text)| match letter(index) {
                Some(letter) => format!("{letter}: {}", sentence(text)),
                None => sentence(text),
            })
            .collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }
}

fn letter(index: usize) -> Option<char> {
    ('a'..='z').nth(index)
}

/// Gives tables and figures their numbers, in the order of the page.
pub(crate) fn number(sections: &mut [Section<'_>]) {
    let (mut tables, mut figures) = (0, 0);
    for block in sections.iter_mut().flat_map(|section| &mut section.blocks) {
        match block {
            Block::Table(table) => {
                tables += 1;
                table.number = tables;
            }
            Block::Figure(drawing) => {
                figures += 1;
                drawing.number = figures;
            }
            _ => {}
        }
    }
}
