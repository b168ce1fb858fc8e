//! The images of a study with their contours: what a look at each shows, and what needs one.
//!
//! A study looks at every image when its features are computed and keeps small pictures in
//! `quality.json`, so that `quality.html` and `tables/quality.csv` can be drawn again without the
//! images. Nothing is learnt from them.

mod greys;
mod outline;
mod page;
mod sheet;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use page::page;
pub use sheet::{QualityFlag, QualitySheet};

use crate::extract::{Observed, Suv};
use crate::results::{QualitySummary, Results};
use crate::table::{Table, TableError, number_text};

/// Every region of a study that could be looked at: what `quality.json` holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quality {
    /// Patient by patient, each sequence.
    pub sheets: Vec<QualitySheet>,
}

/// The codes of flags with what they say, in the order of the page.
pub(crate) const FLAGS: [(&str, &str); 9] = [
    (
        "geometry_differs",
        "Image and contour lie on different grids",
    ),
    (
        "geometry_rounding",
        "The grids of image and contour differ by rounding",
    ),
    ("not_finite", "Voxels without a number"),
    ("constant", "All voxels have one value"),
    ("meets_edge", "The contour meets the edge of the image"),
    ("tiny", "Tiny region"),
    ("several_pieces", "Several separate pieces"),
    ("flat", "Drawn on one slice"),
    ("thick_slices", "Slices much thicker than pixels are wide"),
];

/// The flag of a region whose features could not be computed.
pub(crate) const NOT_USED: (&str, &str) = ("not_used", "Features could not be computed");

impl QualitySheet {
    /// The codes of everything that needs a look.
    fn codes(&self) -> impl Iterator<Item = &str> {
        let failed = self.failed.iter().map(|_| NOT_USED.0);
        failed.chain(self.flags.iter().map(|flag| flag.code.as_str()))
    }
}

impl Quality {
    /// Puts the sheets into the order of these patients; those of one patient keep theirs.
    pub(crate) fn sort_by_patients(&mut self, ids: &[String]) {
        self.sheets
            .sort_by_key(|sheet| ids.iter().position(|id| *id == sheet.id));
    }

    /// How many regions there are, and how many have each flag.
    #[must_use]
    pub fn summary(&self) -> QualitySummary {
        let count = |code: &str| {
            let flagged = self
                .sheets
                .iter()
                .filter(|sheet| sheet.codes().any(|c| c == code));
            flagged.count()
        };
        let known = [NOT_USED].into_iter().chain(FLAGS);
        let flags: IndexMap<String, usize> = known
            .map(|(code, _)| (code.to_owned(), count(code)))
            .filter(|(_, count)| *count > 0)
            .collect();
        QualitySummary {
            regions: self.sheets.len(),
            flags,
        }
    }

    /// `tables/quality.csv`: a row a region.
    ///
    /// # Errors
    /// None in practice; the columns are made here.
    pub fn table(&self) -> Result<Table, TableError> {
        let mut table = Table::new("quality.csv", self.sheets.len());
        let mut push = |name: &str, cell: &dyn Fn(&QualitySheet) -> String| {
            table.push_texts(name, self.sheets.iter().map(cell).collect())
        };
        push("id", &|sheet| sheet.id.clone())?;
        push("sequence", &|sheet| sheet.sequence.clone())?;
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            push(&format!("size_{name}"), &|sheet| {
                sheet.size[axis].to_string()
            })?;
        }
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            push(&format!("spacing_{name}_mm"), &|sheet| {
                number_text(sheet.spacing[axis])
            })?;
        }
        push("voxels", &|sheet| sheet.voxels.to_string())?;
        push("volume_mm3", &|sheet| number_text(sheet.volume_mm3))?;
        push("pieces", &|sheet| sheet.pieces.to_string())?;
        push("flags", &|sheet| {
            sheet.codes().collect::<Vec<_>>().join(";")
        })?;
        push("remarks", &|sheet| {
            let texts = sheet.flags.iter().map(|flag| flag.text.as_str());
            let failed = sheet.failed.iter().map(String::as_str);
            failed.chain(texts).collect::<Vec<_>>().join("; ")
        })?;
        Ok(table)
    }
}

/// Puts what was seen into the results of a study, or why nothing was.
pub(crate) fn note(quality: Option<&Quality>, results: &mut Results) {
    results.quality = quality.map(Quality::summary);
    if quality.is_none() {
        let reason = "the features were read from tables, so there are no images to look at";
        results
            .reasons
            .insert("quality".to_owned(), reason.to_owned());
    }
}

/// Looks at regions while they are read, in any order.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    of_places: Mutex<BTreeMap<usize, QualitySheet>>,
}

impl Looks {
    /// Looks at the region of a patient; `suv` says in which units the image is, if in any.
    pub(crate) fn take(&self, observed: &Observed<'_>, id: &str, sequence: &str, suv: Option<Suv>) {
        let mask = observed.labels.mask(observed.label);
        if let Some(mut sheet) = QualitySheet::of(id, sequence, observed.image, &mask) {
            sheet.values = suv.map(|Suv::Bw| "SUV (g/ml, by body weight)".to_owned());
            let mut all = self
                .of_places
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.insert(observed.place, sheet);
        }
    }

    /// What was seen, in the order of the cases; `failed` says why one could not be used.
    pub(crate) fn finish(self, failed: impl Fn(usize) -> Option<String>) -> Quality {
        let all = self.of_places.into_inner();
        let all = all.unwrap_or_else(PoisonError::into_inner);
        let sheet = |(place, mut sheet): (usize, QualitySheet)| {
            sheet.failed = failed(place);
            sheet
        };
        Quality {
            sheets: all.into_iter().map(sheet).collect(),
        }
    }
}
