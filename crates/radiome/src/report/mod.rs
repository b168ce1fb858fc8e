//! The report of a study: one page, a calculator, figures and tables, drawn from [`Results`] and
//! from nothing else.
//!
//! - [`Report::html`]: `report.html`, one offline page with the figures in it. It needs no script
//!   and loads nothing.
//! - [`Report::calculator`]: `nomogram.html`, one offline page that works out the probability of
//!   one patient.
//! - [`Report::figures`]: the figures one by one, for [`write_figures`].
//! - [`Report::tables`]: the tables as CSV, every number with all its digits.
//! - [`Report::checklists`]: checklists of reporting guidelines, filled from the results.
//!
//! The same results give the same bytes. Sentences are chosen by rules from the numbers: an
//! interval of an AUC that holds 0.5 is said to hold it, apparent performance is never in one
//! table with performance on patients that the models have not seen and is always called so, and
//! a part that is missing says why.

pub mod calculator;
mod checklists;
mod figures;
mod format;
mod model_card;
mod page;
mod sections;
mod summary;
mod tables;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use askama::Template;
use radiome_figures::Scene;
use rayon::prelude::*;
use thiserror::Error;

use crate::results::Results;
pub use figures::PROBABILITIES;
pub use format::axis_value;
pub use model_card::model_card;
use page::{Block, Section};
use summary::Answer;

/// Dots per inch of the PNG files: what journals ask for.
const DPI: f64 = 300.0;

/// What a study found, ready to be read.
#[derive(Clone, Debug)]
pub struct Report {
    /// `report.html`.
    pub html: String,
    /// `nomogram.html`.
    pub calculator: String,
    /// The figures, in the order of the page.
    pub figures: Vec<Figure>,
    /// The tables, in the order of the page.
    pub tables: Vec<TableFile>,
    /// The checklists of reporting guidelines, in the order of the page.
    pub checklists: Vec<TableFile>,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Name of its file without ending, such as `roc_external`: ASCII letters, digits, `-`, `_`.
    pub name: String,
    /// What it is.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The drawing.
    pub scene: Scene,
}

/// One table as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// Name of the file, such as `performance.csv`.
    pub name: String,
    /// Its contents.
    pub csv: String,
}

/// Why a report could not be made or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A page could not be put together.
    #[error("the page could not be put together: {0}")]
    Page(#[from] askama::Error),
    /// A table could not be written as CSV.
    #[error("a table could not be written as CSV: {0}")]
    Table(#[from] csv::Error),
    /// The model of the calculator could not be written as JSON.
    #[error("the model of the calculator could not be written as JSON: {0}")]
    Model(#[from] serde_json::Error),
    /// A figure could not be drawn.
    #[error(transparent)]
    Figure(#[from] radiome_figures::Error),
    /// A file or folder could not be written.
    #[error("cannot write {}: {source}; check the space and the rights of the folder", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    name: &'a str,
    version: &'a str,
    answers: &'a [Answer],
    sections: &'a [Section<'a>],
    /// Whether `quality.html` lies beside the page.
    quality: bool,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError`] if a page or a table cannot be put together.
pub fn render(results: &Results) -> Result<Report, ReportError> {
    let drawn = figures::draw(results);
    let sections = sections::sections(results, &drawn);
    let answers = summary::summary(results);
    let page = ReportPage {
        name: &results.study.name,
        version: &results.study.version,
        answers: &answers,
        sections: &sections,
        quality: results.quality.is_some(),
    };
    let html = page.render()?;
    let calculator = calculator::calculator(results, drawn.get("nomogram"))?;
    Ok(Report {
        html,
        calculator,
        figures: drawn.into_figures(),
        tables: tables::tables(results)?,
        checklists: checklists::files(results)?,
    })
}

impl Report {
    /// Writes `report.html`, `nomogram.html`, `figures/`, `tables/` and `checklists/` into a folder.
    ///
    /// # Errors
    /// [`ReportError`] naming the file or the figure.
    pub fn write(&self, folder: &Path) -> Result<(), ReportError> {
        let tables = folder.join("tables");
        let checklists = folder.join("checklists");
        make_folder(&tables)?;
        make_folder(&checklists)?;
        write(&folder.join("report.html"), self.html.as_bytes())?;
        write(&folder.join("nomogram.html"), self.calculator.as_bytes())?;
        for table in &self.tables {
            write(&tables.join(&table.name), table.csv.as_bytes())?;
        }
        for list in &self.checklists {
            write(&checklists.join(&list.name), list.csv.as_bytes())?;
        }
        write_figures(&self.figures, &folder.join("figures"))
    }
}

/// Writes each figure as SVG, PNG (300 dots per inch) and PDF into a folder, on all cores. The
/// bytes do not depend on how many there are.
///
/// # Errors
/// [`ReportError`] naming the file or the figure.
pub fn write_figures(figures: &[Figure], folder: &Path) -> Result<(), ReportError> {
    make_folder(folder)?;
    figures.par_iter().try_for_each(|figure| {
        let file = |ending: &str| folder.join(format!("{}.{ending}", figure.name));
        write(&file("svg"), figure.scene.to_svg().as_bytes())?;
        write(&file("png"), &figure.scene.to_png(DPI)?)?;
        write(&file("pdf"), &figure.scene.to_pdf()?)
    })
}

fn make_folder(path: &Path) -> Result<(), ReportError> {
    std::fs::create_dir_all(path).map_err(|source| ReportError::Unwritable {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    std::fs::write(path, bytes).map_err(|source| ReportError::Unwritable {
        path: path.to_owned(),
        source,
    })
}
