//! Harrell's bootstrap of the whole pipeline: how much better a model looks on the patients it was
//! fitted on.

use indexmap::IndexMap;
use radiome_stats::decision_curve::decision_curve;
use radiome_stats::discrimination::auc;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Stream;
use crate::pipeline::{Dataset, FitError, LostPatient, Pipeline, Prediction};
use crate::resumption::Resumption;

/// Draws after which a sample is given up.
const MOST_DRAWS: usize = 1000;

/// One bootstrap sample.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BootstrapSample {
    /// AUC by model on the sample itself; `None` where it cannot be had.
    pub apparent: IndexMap<String, Option<f64>>,
    /// AUC by model of the same fit on the original rows.
    pub original: IndexMap<String, Option<f64>>,
    /// Net benefit on the sample less that of the same fit on the original rows, by model and at
    /// each of [`thresholds`]; empty where either cannot be had.
    pub net_benefit_optimism: IndexMap<String, Vec<f64>>,
    /// Columns with a non-zero coefficient by signature.
    pub selected: IndexMap<String, Vec<usize>>,
    /// Samples drawn before and thrown away.
    pub redrawn: usize,
    /// Patients without features on the scales of intensities that were learnt here.
    pub lost: Vec<LostPatient>,
}

/// A finished bootstrap.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// The samples in order.
    pub samples: Vec<BootstrapSample>,
}

/// Refits the pipeline on `samples` samples of the rows, drawn with replacement. A sample that
/// cannot hold the folds of the signature, or in which fewer than ten patients were read again
/// where the study filters by ICC, is drawn again and counted.
///
/// # Errors
/// The first fit that failed, in the order of the samples.
pub fn bootstrap(
    pipeline: &Pipeline,
    data: &Dataset,
    samples: usize,
    tick: &(dyn Fn() + Sync),
) -> Result<Bootstrap, FitError> {
    bootstrap_kept(pipeline, data, samples, &Resumption::default(), tick)
}

/// As [`bootstrap`]; each sample is kept as it is finished.
pub(crate) fn bootstrap_kept(
    pipeline: &Pipeline,
    data: &Dataset,
    samples: usize,
    resumption: &Resumption,
    tick: &(dyn Fn() + Sync),
) -> Result<Bootstrap, FitError> {
    let pieces = resumption.pieces(&[&"bootstrap", pipeline, data]);
    let samples: Result<Vec<BootstrapSample>, FitError> = (0..samples)
        .into_par_iter()
        .map(|number| {
            let stream = Stream::Bootstrap(number as u32);
            let sample = pieces.piece(&stream, || BootstrapSample::draw(pipeline, data, stream))?;
            tick();
            Ok(sample)
        })
        .collect();
    Ok(Bootstrap { samples: samples? })
}

impl BootstrapSample {
    /// Draws a sample, fits the pipeline on it and judges the fit on it and on all rows.
    fn draw(pipeline: &Pipeline, data: &Dataset, stream: Stream) -> Result<Self, FitError> {
        let mut generator = stream.generator(pipeline.seed);
        let mut redrawn = 0;
        let training = loop {
            let rows = radiome_stats::resampling::bootstrap(data.len(), &mut generator);
            let training = data.training(&rows);
            if pipeline.can_fit(&training) {
                break training;
            }
            redrawn += 1;
            if redrawn == MOST_DRAWS {
                return Err(FitError::NoSample { draws: MOST_DRAWS });
            }
        };
        let fitted = pipeline.fit(&training, &mut generator)?;
        let own = fitted.predict(training.data())?.models;
        let all = fitted.predict(data)?.models;
        let areas = |found: &IndexMap<String, Prediction>, rows: &Dataset| {
            let area = |p: &Prediction| area_of_known(&rows.outcome, &p.score);
            found
                .iter()
                .map(|(model, p)| (model.clone(), area(p)))
                .collect()
        };
        let optimism = own.iter().zip(&all).map(|((model, own), (_, all))| {
            let own = net_benefit_of_known(&training.data().outcome, &own.probability);
            let all = net_benefit_of_known(&data.outcome, &all.probability);
            let pairs = own.into_iter().zip(all);
            (model.clone(), pairs.map(|(own, all)| own - all).collect())
        });
        Ok(Self {
            apparent: areas(&own, training.data()),
            original: areas(&all, data),
            net_benefit_optimism: optimism.collect(),
            selected: fitted.selected_columns(),
            redrawn,
            lost: fitted.lost_patients(),
        })
    }
}

/// Threshold probabilities of every decision curve: 0.01 to 0.99.
#[must_use]
pub fn thresholds() -> Vec<f64> {
    (1..100).map(|percent| f64::from(percent) / 100.0).collect()
}

/// Net benefit at [`thresholds`] over the rows that have a probability; empty without any.
fn net_benefit_of_known(outcome: &[bool], probability: &[f64]) -> Vec<f64> {
    let known = outcome.iter().zip(probability).filter(|(_, p)| !p.is_nan());
    let (outcome, probability): (Vec<bool>, Vec<f64>) = known.unzip();
    decision_curve(&outcome, &probability, &thresholds())
        .map(|curve| curve.net_benefit)
        .unwrap_or_default()
}

/// AUC over the rows that have a score.
pub(crate) fn area_of_known(outcome: &[bool], score: &[f64]) -> Option<f64> {
    let known: Vec<usize> = (0..score.len())
        .filter(|&row| !score[row].is_nan())
        .collect();
    let outcome: Vec<bool> = known.iter().map(|&row| outcome[row]).collect();
    let score: Vec<f64> = known.iter().map(|&row| score[row]).collect();
    auc(&outcome, &score).ok().flatten()
}

impl Bootstrap {
    /// Optimism of a model in each sample where both AUC are known: apparent less original.
    #[must_use]
    pub fn optimism(&self, model: &str) -> Vec<f64> {
        let of = |sample: &BootstrapSample| {
            Some(sample.apparent.get(model).copied()?? - sample.original.get(model).copied()??)
        };
        self.samples.iter().filter_map(of).collect()
    }

    /// Apparent AUC of a model in each sample.
    #[must_use]
    pub fn apparent(&self, model: &str) -> Vec<f64> {
        self.samples
            .iter()
            .filter_map(|sample| sample.apparent.get(model).copied()?)
            .collect()
    }

    /// Mean optimism of a model's net benefit at each of [`thresholds`]; `None` where no sample has
    /// any.
    #[must_use]
    pub fn net_benefit_optimism(&self, model: &str) -> Option<Vec<f64>> {
        let of = |sample: &BootstrapSample| -> Option<Vec<f64>> {
            let found = sample.net_benefit_optimism.get(model)?;
            (!found.is_empty()).then(|| found.clone())
        };
        let samples: Vec<Vec<f64>> = self.samples.iter().filter_map(of).collect();
        let places = samples.first()?.len();
        let mean = |place: usize| {
            samples.iter().map(|sample| sample[place]).sum::<f64>() / samples.len() as f64
        };
        Some((0..places).map(mean).collect())
    }

    /// Samples that were drawn and thrown away.
    #[must_use]
    pub fn redrawn(&self) -> usize {
        self.samples.iter().map(|sample| sample.redrawn).sum()
    }
}
