//! Cox models of the folds, and what they say of the patients who were left out.
//!
//! The model of a fold is learnt from the patients of that fold alone: their times, their stage, and
//! the nomogram's linear predictor that each of them got inside the fold, from signatures that had
//! not seen the patient. Nothing of those left out is in it, neither time nor outcome.

use radiome_stats::describe::median;

use super::decision::{chosen, risks};
use super::estimates::{Times, cox, cox_score};
use crate::validation::CrossValidation;

/// The folds, with the times and the stage of all rows.
#[derive(Clone, Copy)]
pub(super) struct Folds<'a> {
    pub(super) validation: &'a CrossValidation,
    pub(super) times: &'a Times,
    pub(super) stage: Option<&'a [f64]>,
}

/// Rows of a fold, with the columns of its Cox model.
struct Part<'a> {
    times: Vec<Option<(f64, bool)>>,
    nomogram: &'a [f64],
    stage: Option<Vec<f64>>,
}

impl Part<'_> {
    fn columns(&self, uses: [bool; 2]) -> Vec<&[f64]> {
        chosen(uses, [Some(self.nomogram), self.stage.as_deref()])
    }
}

impl Folds<'_> {
    /// Probability of an event by a time of each row by the models that `uses` the nomogram, the
    /// stage, or both; the mean over the repeats, NaN where no fold has one.
    pub(super) fn risks(&self, uses: [bool; 2], horizon: f64) -> Vec<f64> {
        self.mean(|learnt, left_out| {
            let columns = left_out.columns(uses);
            risks(&learnt.times, &learnt.columns(uses), &columns, horizon)
        })
    }

    /// Linear predictor of each row by the models of the nomogram and the stage, above the median
    /// that it has in the patients a model was learnt from: at 0 or more a patient is of high risk.
    /// The mean over the repeats, NaN where no fold has one.
    pub(super) fn scores(&self) -> Vec<f64> {
        self.mean(|learnt, left_out| {
            let pairs = learnt.columns([true, true]).into_iter();
            let pairs = pairs.zip(left_out.columns([true, true]));
            // An empty nomogram says the same of everyone and has no place in a Cox model.
            let (own, others): (Vec<&[f64]>, Vec<&[f64]>) =
                pairs.filter(|(own, _)| varies(own)).unzip();
            let named: Vec<(&str, &[f64])> = own.iter().map(|&column| ("", column)).collect();
            let model = cox(&learnt.times, &named);
            let scores = [&own, &others].map(|columns| cox_score(&model, columns));
            let [Some(own), Some(scores)] = scores else {
                return vec![f64::NAN; left_out.times.len()];
            };
            let known: Vec<f64> = own.into_iter().filter(|score| score.is_finite()).collect();
            let center = median(&known);
            scores.into_iter().map(|score| score - center).collect()
        })
    }

    /// Mean over the repeats of what `of_fold` finds for the rows left out, given those learnt from
    /// and those left out.
    fn mean(&self, of_fold: impl Fn(&Part<'_>, &Part<'_>) -> Vec<f64>) -> Vec<f64> {
        let n = self.times.len();
        self.validation.mean(n, |fit| {
            let learnt = self.part(&fit.train(n), Some(&fit.train_score))?;
            let left_out = self.part(&fit.test, fit.score.get("nomogram"))?;
            let found = of_fold(&learnt, &left_out).into_iter();
            let finite = found.map(|value| if value.is_finite() { value } else { f64::NAN });
            Some(finite.collect())
        })
    }

    /// Rows with their columns, given the nomogram's of these rows.
    fn part<'b>(&self, rows: &[usize], nomogram: Option<&'b Vec<f64>>) -> Option<Part<'b>> {
        let nomogram = nomogram.filter(|scores| scores.len() == rows.len())?;
        let stage = self.stage;
        Some(Part {
            times: rows.iter().map(|&row| self.times[row]).collect(),
            nomogram,
            stage: stage.map(|stage| rows.iter().map(|&row| stage[row]).collect()),
        })
    }
}

/// Whether a column has two values, NaN aside.
fn varies(column: &[f64]) -> bool {
    let mut known = column.iter().filter(|value| value.is_finite());
    let first = known.next();
    known.any(|value| Some(value) != first)
}
