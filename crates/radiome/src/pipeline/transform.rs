//! From extracted features to standardised ones: agreement between readings, scanner effects,
//! mean and standard deviation. All are learnt on training rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_stats::describe::{mean, standard_deviation};
use radiome_stats::harmonization::StoppingRule;
use radiome_stats::harmonization::combat::{Combat, CombatError, CombatOptions, Unseen};
use radiome_stats::reliability::icc::{self, icc, icc_value};

use super::{ClinicalColumn, Dataset, FitError, Term, Training};
use crate::study::{HarmonizationFit, IccBound, IccForm, UnseenBatch};

/// Why nothing is harmonised with one scanner.
const FEW_SCANNERS: &str = "fewer than two scanners have two patients or more to learn from, so there is nothing to bring together";
/// Why nothing is harmonised with hardly a feature.
const FEW_FEATURES: &str = "fewer than two features vary within every scanner, and scanner effects are estimated over several features";
/// Why scanner effects were not estimated.
const NO_SPREAD: &str =
    "the scanners' patients leave no spread within scanners to estimate their effects by";

/// Why scanner effects were not told from those of the covariates.
const CONFOUNDED: &str = "a covariate follows from the scanner and the other covariates, so their effects cannot be told apart";

/// Which features must agree between readings.
#[derive(Clone, Debug)]
pub struct ReliabilityRule {
    /// The comparisons; a feature must pass each.
    pub comparisons: Vec<Comparison>,
    /// Form of the intraclass correlation.
    pub form: IccForm,
    /// The value to exceed.
    pub threshold: f64,
    /// What must exceed it.
    pub bound: IccBound,
    /// Training patients read again, in the comparison with the fewest.
    pub read_again: usize,
}

/// Two or more readings of the same patients; the first reading of the study has no name of its own
/// here.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// `intra`, `inter` or `perturbations`.
    pub name: String,
    /// The readings; `None` for the study's own contours.
    pub readings: Vec<Option<String>>,
}

impl Comparison {
    /// The features of each reading; `None` where one was never made.
    fn matrices<'a>(&self, data: &'a Dataset) -> Option<Vec<&'a DMatrix<f64>>> {
        let matrix = |reading: &Option<String>| match reading {
            None => Some(&data.features),
            Some(name) => data.readings.get(name),
        };
        self.readings.iter().map(matrix).collect()
    }

    /// Rows of patients with every reading, each patient once.
    #[must_use]
    pub fn rows(&self, data: &Dataset) -> Vec<usize> {
        let Some(readings) = self.matrices(data) else {
            return Vec::new();
        };
        let read = |values: &DMatrix<f64>, row: usize| values.row(row).iter().any(|v| !v.is_nan());
        data.first_rows()
            .into_iter()
            .filter(|&row| readings.iter().all(|values| read(values, row)))
            .collect()
    }
}

/// What is done about scanners. The columns whose effect is kept are the data's
/// [`covariates`](Dataset::covariates).
#[derive(Clone, Debug)]
pub struct HarmonizationRule {
    /// What happens to a scanner without an estimate.
    pub unseen: UnseenBatch,
    /// Whether effects are estimated on the training rows or on those of their company too.
    pub fit: HarmonizationFit,
}

/// ICC of one feature.
#[derive(Clone, Debug)]
pub struct FeatureIcc {
    /// Estimate and 95 % limits by comparison; NaN for a constant feature.
    pub by_comparison: IndexMap<String, [f64; 3]>,
    /// Whether it passed.
    pub kept: bool,
}

/// A fitted transform.
#[derive(Clone, Debug)]
pub struct FeatureTransform {
    /// ICC of every feature, where the study filters by it.
    pub reliability: Option<Vec<FeatureIcc>>,
    /// Patients read again, by comparison.
    pub read_again: IndexMap<String, usize>,
    /// Features that go on: finite, not constant and reliable in the training rows.
    pub columns: Vec<usize>,
    /// Scanner effects, over these columns.
    pub combat: Option<Combat>,
    /// How the covariates whose effect was kept become columns of ComBat's design.
    pub covariates: Vec<Term>,
    /// Why there are none, where they were asked for.
    pub unharmonized: Option<&'static str>,
    /// Distinct patients by scanner whose features the harmonisation saw, in alphabetical order.
    pub batches: Vec<(String, usize)>,
    /// Mean of each column after harmonisation.
    pub mean: Vec<f64>,
    /// Standard deviation (n - 1) of each column after harmonisation.
    pub standard_deviation: Vec<f64>,
}

/// Standardised features.
#[derive(Clone, Debug)]
pub struct Transformed {
    /// One row a row of the data, one column a column that goes on.
    pub values: DMatrix<f64>,
    /// Scanners that were left as they are.
    pub unadjusted: Vec<String>,
    /// Values that were not finite and were taken as the training mean.
    pub imputed: usize,
}

impl FeatureTransform {
    pub(super) fn fit(
        training: &Training,
        reliability: Option<&ReliabilityRule>,
        harmonization: Option<&HarmonizationRule>,
    ) -> Result<Self, FitError> {
        let data = training.data();
        let usable = (0..data.features.ncols()).filter(|&column| {
            let values = data.features.column(column);
            let varies = values.iter().any(|&v| v != values[0]);
            // Values whose squares overflow have no standard deviation to divide by.
            let spread = || standard_deviation(values.as_slice()).is_finite();
            values.iter().all(|v| v.is_finite()) && varies && spread()
        });
        let mut columns: Vec<usize> = usable.collect();
        let mut read_again = IndexMap::new();
        let icc = match reliability {
            None => None,
            Some(rule) => {
                for comparison in &rule.comparisons {
                    read_again.insert(comparison.name.clone(), comparison.rows(data).len());
                }
                let iccs = feature_iccs(rule, data, false)?;
                columns.retain(|&column| iccs[column].kept);
                Some(iccs)
            }
        };
        let mut values = data.features.select_columns(&columns);

        let mut batches = Vec::new();
        let mut covariates = Vec::new();
        let mut combat = None;
        let mut unharmonized = None;
        if let Some(rule) = harmonization {
            let pooled = rule.fit == HarmonizationFit::Pooled;
            let company = training.company().filter(|_| pooled);
            batches = distinct_patients(data);
            let mut names = data.batch.clone();
            let mut pool = values.clone();
            let mut kept = data.covariates.clone();
            if let Some(company) = company {
                kept = kept
                    .iter()
                    .zip(&company.covariates)
                    .map(|(own, theirs)| own.followed_by(theirs))
                    .collect();
                names.extend(company.batch.iter().cloned());
                let theirs = company.features.select_columns(&columns);
                pool = DMatrix::from_fn(names.len(), columns.len(), |row, place| {
                    let own = data.len();
                    if row < own {
                        values[(row, place)]
                    } else {
                        theirs[(row - own, place)]
                    }
                });
                // Company comes one row a patient.
                let mut count: BTreeMap<String, usize> = batches.into_iter().collect();
                for name in &company.batch {
                    *count.entry(name.clone()).or_default() += 1;
                }
                batches = count.into_iter().collect();
            }
            let several: HashSet<&str> = batches
                .iter()
                .filter(|(_, n)| *n > 1)
                .map(|(name, _)| name.as_str())
                .collect();
            let rows: Vec<usize> = (0..names.len())
                .filter(|&row| several.contains(names[row].as_str()))
                .collect();
            if several.len() < 2 {
                unharmonized = Some(FEW_SCANNERS);
            } else {
                let names: Vec<String> = rows.iter().map(|&row| names[row].clone()).collect();
                let unseen = match rule.unseen {
                    UnseenBatch::Own => Unseen::Own,
                    UnseenBatch::None | UnseenBatch::Error => Unseen::Unadjusted,
                };
                // The stopping rule of sva, so that a study in R gives the same numbers.
                let options = CombatOptions {
                    unseen,
                    stopping_rule: StoppingRule::Sva,
                    ..CombatOptions::default()
                };
                let kept: Vec<ClinicalColumn> =
                    kept.iter().map(|column| column.rows(&rows)).collect();
                // A covariate that these rows show one value of has no effect to keep.
                let terms: Vec<Term> = kept.iter().filter_map(Term::of).collect();
                let design = covariate_design(&terms, &kept, rows.len());
                let known: Vec<usize> = (0..rows.len())
                    .filter(|&row| design[row].is_some())
                    .collect();
                let names: Vec<String> = known.iter().map(|&row| names[row].clone()).collect();
                let pool = pool.select_rows(known.iter().map(|&row| &rows[row]));
                let design = matrix_of(&design, &known);
                match Combat::fit(&pool, &names, design.as_ref(), &options) {
                    Ok(fitted) => {
                        combat = Some(fitted);
                        covariates = terms;
                    }
                    Err(CombatError::TooFewFeatures(_)) => unharmonized = Some(FEW_FEATURES),
                    Err(CombatError::Confounded { .. } | CombatError::TooFewRows { .. }) => {
                        unharmonized = Some(CONFOUNDED);
                    }
                    // One resample in which a scanner's few patients leave nothing to estimate a
                    // spread from must not end the study.
                    Err(CombatError::NoResidualVariance(_) | CombatError::Degenerate(_)) => {
                        unharmonized = Some(NO_SPREAD);
                    }
                    Err(error) => return Err(error.into()),
                }
                values = adjust(combat.as_ref(), &covariates, values, data)?.0;
            }
        }
        // Harmonising can make a column constant; a constant says nothing.
        let varies = |values: &DMatrix<f64>, place: usize| {
            let column = values.column(place);
            column.iter().all(|v| v.is_finite()) && standard_deviation(column.as_slice()) > 0.0
        };
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        for place in 0..columns.len() {
            let column = values.column(place);
            means.push(mean(column.as_slice()));
            deviations.push(if varies(&values, place) {
                standard_deviation(column.as_slice())
            } else {
                f64::INFINITY
            });
        }
        Ok(Self {
            reliability: icc,
            read_again,
            columns,
            combat,
            covariates,
            unharmonized,
            batches,
            mean: means,
            standard_deviation: deviations,
        })
    }

    /// Smallest and largest value of each column in the training rows, after harmonisation.
    ///
    /// # Errors
    /// A row that ComBat cannot take.
    pub fn training_range(&self, training: &Dataset) -> Result<Vec<[f64; 2]>, FitError> {
        let values = training.features.select_columns(&self.columns);
        let (values, _) = adjust(self.combat.as_ref(), &self.covariates, values, training)?;
        let range = |column: nalgebra::DVectorView<'_, f64>| [column.min(), column.max()];
        Ok(values.column_iter().map(range).collect())
    }

    /// Rows that are left as they are because a covariate is missing or has a level that the
    /// harmonisation never saw.
    #[must_use]
    pub fn unknown_covariates(&self, data: &Dataset) -> Vec<usize> {
        if self.combat.is_none() {
            return Vec::new();
        }
        let design = covariate_design(&self.covariates, &data.covariates, data.len());
        (0..data.len())
            .filter(|&row| design[row].is_none())
            .collect()
    }

    /// Harmonised and standardised features of any rows.
    ///
    /// # Errors
    /// A row that ComBat cannot take.
    pub fn apply(&self, data: &Dataset) -> Result<Transformed, FitError> {
        // ComBat passes over what is missing; an infinite value it would refuse.
        let values = data
            .features
            .select_columns(&self.columns)
            .map(|value| if value.is_finite() { value } else { f64::NAN });
        let (mut values, unadjusted) =
            adjust(self.combat.as_ref(), &self.covariates, values, data)?;
        let mut imputed = 0;
        for (place, mut column) in values.column_iter_mut().enumerate() {
            for value in column.iter_mut() {
                let z = (*value - self.mean[place]) / self.standard_deviation[place];
                *value = if z.is_finite() {
                    z
                } else {
                    imputed += 1;
                    0.0
                };
            }
        }
        Ok(Transformed {
            values,
            unadjusted,
            imputed,
        })
    }
}

/// Takes the scanner effects out of the rows; also gives the scanners that were left as they are.
/// An unseen scanner of a single patient is one of them, whatever the policy: it has no spread.
/// So is a row whose covariate is missing, or has a level that the fit never saw.
fn adjust(
    combat: Option<&Combat>,
    covariates: &[Term],
    mut values: DMatrix<f64>,
    data: &Dataset,
) -> Result<(DMatrix<f64>, Vec<String>), FitError> {
    let Some(combat) = combat else {
        return Ok((values, Vec::new()));
    };
    let known: HashSet<&str> = combat
        .batches
        .iter()
        .map(|batch| batch.label.as_str())
        .collect();
    let single: HashSet<String> = distinct_patients(data)
        .into_iter()
        .filter(|(name, n)| *n < 2 && !known.contains(name.as_str()))
        .map(|(name, _)| name)
        .collect();
    let design = covariate_design(covariates, &data.covariates, data.len());
    let rows: Vec<usize> = (0..data.len())
        .filter(|&row| !single.contains(&data.batch[row]) && design[row].is_some())
        .collect();
    let names: Vec<String> = rows.iter().map(|&row| data.batch[row].clone()).collect();
    let design = matrix_of(&design, &rows);
    let adjusted = combat.apply(&values.select_rows(&rows), &names, design.as_ref())?;
    for (place, &row) in rows.iter().enumerate() {
        values.row_mut(row).copy_from(&adjusted.values.row(place));
    }
    let mut unadjusted = adjusted.unadjusted;
    unadjusted.extend(single);
    unadjusted.sort();
    Ok((values, unadjusted))
}

/// The covariates of each row as columns of ComBat's design; `None` where one is missing or has a
/// level that its term does not know.
fn covariate_design(
    terms: &[Term],
    columns: &[ClinicalColumn],
    rows: usize,
) -> Vec<Option<Vec<f64>>> {
    let column = |term: &Term| columns.iter().find(|one| one.name == term.variable());
    let row = |row: usize| -> Option<Vec<f64>> {
        let mut design = Vec::new();
        for term in terms {
            design.extend(term.encode(column(term)?, row)?);
        }
        Some(design)
    };
    (0..rows).map(row).collect()
}

/// The design of some rows, all of which have one; `None` without covariates.
fn matrix_of(design: &[Option<Vec<f64>>], rows: &[usize]) -> Option<DMatrix<f64>> {
    let known: Vec<&Vec<f64>> = rows
        .iter()
        .filter_map(|&row| design[row].as_ref())
        .collect();
    let width = known.first().map_or(0, |row| row.len());
    (width > 0).then(|| DMatrix::from_fn(known.len(), width, |row, column| known[row][column]))
}

/// Distinct patients by scanner, in alphabetical order.
fn distinct_patients(data: &Dataset) -> Vec<(String, usize)> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for row in data.first_rows() {
        *count.entry(data.batch[row].as_str()).or_default() += 1;
    }
    let mut batches: Vec<(String, usize)> = count
        .into_iter()
        .map(|(name, n)| (name.to_owned(), n))
        .collect();
    batches.sort();
    batches
}

/// ICC of every feature; with its limits where they are wanted or decide.
pub(crate) fn feature_iccs(
    rule: &ReliabilityRule,
    data: &Dataset,
    limits: bool,
) -> Result<Vec<FeatureIcc>, FitError> {
    let mut iccs = vec![
        FeatureIcc {
            by_comparison: IndexMap::new(),
            kept: true
        };
        data.features.ncols()
    ];
    for comparison in &rule.comparisons {
        let rows = comparison.rows(data);
        let Some(matrices) = comparison.matrices(data) else {
            continue;
        };
        // Readings of fewer than three patients say nothing about agreement.
        if rows.len() < 3 {
            continue;
        }
        for (feature, result) in iccs.iter_mut().enumerate() {
            let readings = DMatrix::from_fn(rows.len(), matrices.len(), |place, reading| {
                matrices[reading][(rows[place], feature)]
            });
            let form = match rule.form {
                IccForm::Icc1_1 => icc::IccForm::OneWaySingle,
                IccForm::Icc2_1 => icc::IccForm::AgreementSingle,
                IccForm::Icc3_1 => icc::IccForm::ConsistencySingle,
            };
            let failed = |source| FitError::Reliability { feature, source };
            let values = if limits || rule.bound == IccBound::Lower {
                let all = icc(&readings, 0.95).map_err(failed)?;
                let of_form = all.estimates.iter().find(|estimate| estimate.form == form);
                of_form.map_or([f64::NAN; 3], |estimate| {
                    [estimate.value, estimate.lower, estimate.upper]
                })
            } else {
                [
                    icc_value(&readings, form).map_err(failed)?,
                    f64::NAN,
                    f64::NAN,
                ]
            };
            let held = match rule.bound {
                IccBound::Estimate => values[0],
                IccBound::Lower => values[1],
            };
            // NaN, of a constant feature, does not pass.
            result.kept &= held > rule.threshold;
            result.by_comparison.insert(comparison.name.clone(), values);
        }
    }
    Ok(iccs)
}
