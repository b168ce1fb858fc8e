//! The log partial likelihood, and the sums over those at risk that it shares with its relatives.

use super::CoxTies;
use nalgebra::{DMatrix, DVector};

/// Log partial likelihood with its derivatives at a linear predictor.
pub(super) struct Likelihood {
    pub(super) value: f64,
    pub(super) score: DVector<f64>,
    pub(super) information: DMatrix<f64>,
}

/// One factor of the likelihood's denominator: a risk set at an event time, less the share of the
/// tied events that Efron's approximation leaves out.
pub(super) struct Factor<'a> {
    /// Event time.
    pub(super) time: f64,
    /// Sum of the weights exp(eta - shift).
    pub(super) sum: f64,
    /// Largest linear predictor at risk; weights relative to it neither overflow nor all vanish.
    pub(super) shift: f64,
    /// Weighted mean of the predictors.
    pub(super) mean: &'a DVector<f64>,
    /// Weighted sum of the products of the predictors.
    pub(super) products: &'a DMatrix<f64>,
}

impl Factor<'_> {
    /// Adds `weight` times the weighted covariance of the predictors.
    pub(super) fn add_covariance(&self, weight: f64, to: &mut DMatrix<f64>) {
        let scale = weight / self.sum;
        to.zip_apply(self.products, |entry, product| *entry += scale * product);
        to.ger(-weight, self.mean, self.mean, 1.0);
    }
}

/// Increment of the cumulative hazard at one time of one stratum, in units of exp(-shift).
pub(super) struct HazardStep {
    /// Rows of the sorted data, from and to.
    pub(super) rows: std::ops::Range<usize>,
    /// Largest linear predictor at risk.
    pub(super) shift: f64,
    /// For a sample without the event at this time.
    pub(super) step: f64,
    /// For a sample with it; less under Efron's approximation, 0 if there is none.
    pub(super) event_step: f64,
}

/// Samples sorted by stratum, then descending time, so that sums over those at risk only grow.
pub(super) struct RiskSets {
    /// Predictors, one column a sample.
    columns: DMatrix<f64>,
    /// Row of the caller for each sample.
    pub(super) order: Vec<usize>,
    pub(super) time: Vec<f64>,
    pub(super) event: Vec<bool>,
    pub(super) stratum: Vec<usize>,
    ties: CoxTies,
}

impl RiskSets {
    /// `z` has one row a sample.
    pub(super) fn new(
        z: &DMatrix<f64>,
        time: &[f64],
        event: &[bool],
        strata: Option<&[usize]>,
        ties: CoxTies,
    ) -> Self {
        let stratum = |i: usize| strata.and_then(|s| s.get(i)).copied().unwrap_or_default();
        let mut order: Vec<usize> = (0..time.len()).collect();
        order.sort_by(|&a, &b| {
            stratum(a)
                .cmp(&stratum(b))
                .then(time[b].total_cmp(&time[a]))
        });
        Self {
            columns: z.select_rows(&order).transpose(),
            time: order.iter().map(|&i| time[i]).collect(),
            event: order.iter().map(|&i| event[i]).collect(),
            stratum: order.iter().map(|&i| stratum(i)).collect(),
            order,
            ties,
        }
    }

    /// Linear predictor of each sorted sample.
    pub(super) fn predictor(&self, b: &DVector<f64>) -> DVector<f64> {
        self.columns.tr_mul(b)
    }

    /// Predictors of a sorted sample.
    pub(super) fn row(&self, sample: usize) -> nalgebra::DVectorView<'_, f64> {
        self.columns.column(sample)
    }

    /// Share of the tied events that the l-th factor of Efron's product leaves out.
    fn left_out(&self, l: usize, d: usize) -> f64 {
        match self.ties {
            CoxTies::Efron => l as f64 / d as f64,
            CoxTies::Breslow => 0.0,
        }
    }

    /// The blocks of equal stratum and time, in order.
    fn blocks(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut start = 0;
        std::iter::from_fn(move || {
            let (now, stratum) = (*self.time.get(start)?, *self.stratum.get(start)?);
            let same = self.time[start..]
                .iter()
                .zip(&self.stratum[start..])
                .take_while(|(t, s)| **t == now && **s == stratum)
                .count();
            let block = start..start + same;
            start = block.end;
            Some(block)
        })
    }

    /// Calls `see` with each factor of the likelihood's denominator.
    pub(super) fn for_each_factor(&self, eta: &DVector<f64>, mut see: impl FnMut(&Factor)) {
        let p = self.columns.nrows();
        let (mut s0, mut s1, mut s2) = (0.0, DVector::<f64>::zeros(p), DMatrix::<f64>::zeros(p, p));
        let (mut e1, mut e2) = (s1.clone(), s2.clone());
        let (mut mean, mut products) = (s1.clone(), s2.clone());
        let mut stratum = None;
        let mut shift = f64::NEG_INFINITY;
        for block in self.blocks() {
            let here = self.stratum.get(block.start).copied();
            if here != stratum {
                stratum = here;
                shift = f64::NEG_INFINITY;
                s0 = 0.0;
                s1.fill(0.0);
                s2.fill(0.0);
            }
            let highest = eta.as_slice()[block.clone()]
                .iter()
                .copied()
                .fold(shift, f64::max);
            if highest > shift {
                let scale = (shift - highest).exp();
                s0 *= scale;
                s1 *= scale;
                s2 *= scale;
                shift = highest;
            }
            let d = self.event[block.clone()].iter().filter(|e| **e).count();
            // the sums over the events alone are needed only to leave a share of them out
            let efron = d > 1 && self.ties == CoxTies::Efron;
            let mut e0 = 0.0;
            if efron {
                e1.fill(0.0);
                e2.fill(0.0);
            }
            let time = self.time[block.start];
            for i in block {
                let w = (eta[i] - shift).exp();
                let row = self.columns.column(i);
                s0 += w;
                s1.axpy(w, &row, 1.0);
                s2.ger(w, &row, &row, 1.0);
                if efron && self.event[i] {
                    e0 += w;
                    e1.axpy(w, &row, 1.0);
                    e2.ger(w, &row, &row, 1.0);
                }
            }
            for l in 0..d {
                let f = self.left_out(l, d);
                let sum = s0 - f * e0;
                mean.copy_from(&s1);
                let products = if f > 0.0 {
                    mean.axpy(-f, &e1, 1.0);
                    products.copy_from(&s2);
                    products.zip_apply(&e2, |entry, e| *entry -= f * e);
                    &products
                } else {
                    &s2
                };
                mean /= sum;
                see(&Factor {
                    time,
                    sum,
                    shift,
                    mean: &mean,
                    products,
                });
            }
        }
    }

    pub(super) fn likelihood(&self, b: &DVector<f64>) -> Likelihood {
        let p = self.columns.nrows();
        let eta = self.predictor(b);
        let mut out = Likelihood {
            value: 0.0,
            score: DVector::zeros(p),
            information: DMatrix::zeros(p, p),
        };
        for (i, _) in self.event.iter().enumerate().filter(|(_, e)| **e) {
            out.value += eta[i];
            out.score += self.columns.column(i);
        }
        self.for_each_factor(&eta, |factor| {
            out.value -= factor.sum.ln() + factor.shift;
            out.score -= factor.mean;
            factor.add_covariance(1.0, &mut out.information);
        });
        out
    }

    /// Steps of the cumulative hazard, in the order of the sorted samples (descending times).
    pub(super) fn hazard_steps(&self, eta: &[f64]) -> Vec<HazardStep> {
        let mut stratum = None;
        let mut s0 = 0.0;
        let mut shift = f64::NEG_INFINITY;
        self.blocks()
            .map(|rows| {
                let here = self.stratum.get(rows.start).copied();
                if here != stratum {
                    stratum = here;
                    shift = f64::NEG_INFINITY;
                    s0 = 0.0;
                }
                let highest = eta[rows.clone()].iter().copied().fold(shift, f64::max);
                s0 *= (shift - highest).exp();
                shift = highest;
                let (mut e0, mut d) = (0.0, 0);
                for (predictor, event) in eta[rows.clone()].iter().zip(&self.event[rows.clone()]) {
                    let w = (predictor - shift).exp();
                    s0 += w;
                    if *event {
                        e0 += w;
                        d += 1;
                    }
                }
                let (mut step, mut event_step) = (0.0, 0.0);
                for l in 0..d {
                    let f = self.left_out(l, d);
                    let one = 1.0 / (s0 - f * e0);
                    step += one;
                    event_step += (1.0 - f) * one;
                }
                HazardStep {
                    rows,
                    shift,
                    step,
                    event_step,
                }
            })
            .collect()
    }
}
