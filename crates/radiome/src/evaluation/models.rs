//! What was learnt, as results.

use indexmap::IndexMap;
use radiome_stats::nomogram::{
    self as points, Nomogram, NomogramError, NomogramPredictor, NomogramValues,
};
use radiome_stats::selection::stability::selection_stability;

use super::Evidence;
use crate::pipeline::{ClinicalValues, FittedTerm, Regression, Term};
use crate::results::{
    BatchEffect, ClinicalModel, Estimate, Harmonization, IccOfFeature, LambdaPath, NomogramAxis,
    NomogramLevel, NomogramModel, PerturbationSummary, PooledTerm, RadScore, RegressionTerm,
    Reliability, SelectedFeature, SelectionStability, SignatureModel, TotalPoints,
};
use crate::study::{IccBound, IccForm};

/// A numeric variable with so few distinct values has a mark at each.
const MOST_MARKED_VALUES: usize = 6;
/// Points of the nomogram's widest axis.
pub(super) const MAX_POINTS: f64 = 100.0;
/// Why a signature is empty.
pub(super) const EMPTY_SIGNATURE: &str = "the LASSO kept no feature: at the lambda that predicts best the signature says the same of everyone";

pub(super) fn reliability(evidence: &Evidence<'_>) -> Option<Reliability> {
    let rule = evidence.pipeline.reliability.as_ref()?;
    let iccs = evidence.iccs?;
    let defined = |value: f64| value.is_finite().then_some(value);
    let features: Vec<IccOfFeature> = evidence
        .columns
        .iter()
        .zip(iccs)
        .map(|(column, found)| IccOfFeature {
            feature: column.name.clone(),
            icc: found
                .by_comparison
                .iter()
                .map(|(name, v)| (name.clone(), defined(v[0])))
                .collect(),
            ci: found
                .by_comparison
                .iter()
                .map(|(name, v)| (name.clone(), [defined(v[1]), defined(v[2])]))
                .collect(),
            kept: found.kept,
        })
        .collect();
    Some(Reliability {
        form: match rule.form {
            IccForm::Icc1_1 => "icc1_1",
            IccForm::Icc2_1 => "icc2_1",
            IccForm::Icc3_1 => "icc3_1",
        }
        .to_owned(),
        threshold: rule.threshold,
        bound: match rule.bound {
            IccBound::Estimate => "estimate",
            IccBound::Lower => "lower",
        }
        .to_owned(),
        patients: evidence.fitted.transform.read_again.clone(),
        perturbations: perturbations(evidence),
        kept: features.iter().filter(|feature| feature.kept).count(),
        features,
    })
}

/// How images and contours were perturbed.
fn perturbations(evidence: &Evidence<'_>) -> Option<PerturbationSummary> {
    let rule = evidence.study.file.reliability.as_ref()?;
    let rule = rule.perturbations.as_ref()?;
    Some(PerturbationSummary {
        readings: rule.repeats,
        rotation: rule.rotation.clone(),
        translation: rule.translation.clone(),
        noise: rule.noise,
        growth: rule.growth.clone(),
        supervoxels: rule.supervoxels,
    })
}

pub(super) fn harmonization(evidence: &Evidence<'_>) -> Option<Harmonization> {
    let rule = evidence.study.file.harmonization.as_ref()?;
    let transform = &evidence.fitted.transform;
    let combat = transform.combat.as_ref()?;
    let batches = transform.batches.iter().map(|(name, n)| {
        let effect = combat.batches.iter().find(|effect| effect.label == *name);
        BatchEffect {
            name: name.clone(),
            n: *n,
            adjusted: effect.is_some(),
            mean_absolute_shift: effect.map(|effect| {
                effect
                    .gamma_star
                    .iter()
                    .map(|shift| shift.abs())
                    .sum::<f64>()
                    / effect.gamma_star.len() as f64
            }),
            median_scale: effect.map(|effect| {
                let scales: Vec<f64> = effect
                    .delta_star
                    .iter()
                    .map(|variance| variance.sqrt())
                    .collect();
                radiome_stats::describe::median(&scales)
            }),
        }
    });
    let mut unseen: Vec<String> = evidence
        .external
        .iter()
        .map(|&row| evidence.data.batch[row].clone())
        .filter(|name| combat.batches.iter().all(|effect| effect.label != *name))
        .collect();
    unseen.sort();
    unseen.dedup();
    Some(Harmonization {
        method: "combat".to_owned(),
        batch: rule.batch.clone(),
        unseen: rule.unseen.name().to_owned(),
        fit: rule.fit.name().to_owned(),
        covariates: transform
            .covariates
            .iter()
            .map(|term| term.variable().to_owned())
            .collect(),
        unknown_covariates: transform
            .unknown_covariates(evidence.data)
            .into_iter()
            .map(|row| evidence.cohort.patients[row].id.clone())
            .collect(),
        batches: batches.collect(),
        unseen_batches: unseen,
    })
}

pub(super) fn signatures(evidence: &Evidence<'_>) -> IndexMap<String, SignatureModel> {
    let transform = &evidence.fitted.transform;
    let name = |place: usize| evidence.columns[transform.columns[place]].name.clone();
    let mut models = IndexMap::new();
    for signature in &evidence.fitted.signatures {
        let path = signature.lasso.as_ref().map_or_else(
            || LambdaPath {
                lambda: Vec::new(),
                df: Vec::new(),
                cvm: Vec::new(),
                cvsd: Vec::new(),
                lambda_min: f64::NAN,
                lambda_1se: f64::NAN,
                coefficients: IndexMap::new(),
            },
            |lasso| {
                let coefficients = signature
                    .ranked
                    .iter()
                    .enumerate()
                    .map(|(column, feature)| {
                        let along: Vec<f64> =
                            lasso.path.coefficients.iter().map(|c| c[column]).collect();
                        (name(feature.place), along)
                    });
                LambdaPath {
                    lambda: lasso.path.lambda.clone(),
                    df: lasso.path.df.clone(),
                    cvm: lasso.cvm.clone(),
                    cvsd: lasso.cvsd.clone(),
                    lambda_min: lasso.lambda_min,
                    lambda_1se: lasso.lambda_1se,
                    coefficients: coefficients
                        .filter(|(_, along)| along.iter().any(|&c| c != 0.0))
                        .collect(),
                }
            },
        );
        let score = &evidence.predictions.models[&signature.model].score;
        let rad_scores = evidence
            .cohort
            .patients
            .iter()
            .zip(score)
            .map(|(patient, &rad_score)| RadScore {
                id: patient.id.clone(),
                split: patient.split.name().to_owned(),
                positive: patient.positive,
                rad_score,
            });
        let reason = if signature.lasso.is_none() {
            Some("no feature passed the filters before it".to_owned())
        } else {
            signature.is_empty().then(|| EMPTY_SIGNATURE.to_owned())
        };
        let model = SignatureModel {
            selected: signature
                .ranked
                .iter()
                .map(|feature| SelectedFeature {
                    feature: name(feature.place),
                    score: feature.score,
                    relevance: feature.relevance,
                })
                .collect(),
            lambda: path
                .lambda
                .get(signature.index)
                .copied()
                .unwrap_or(f64::NAN),
            intercept: signature.intercept,
            coefficients: (!signature.is_empty()).then(|| {
                signature
                    .coefficients
                    .iter()
                    .map(|&(place, c)| (name(place), c))
                    .collect()
            }),
            reason,
            selection_frequency: selection_frequency(evidence, &signature.model),
            stability: stability(evidence, &signature.model),
            path,
            rad_scores: rad_scores.collect(),
        };
        models.insert(signature.model.clone(), model);
    }
    models
}

/// Share of all refits (folds and bootstrap samples) in which each feature has a coefficient.
fn selection_frequency(evidence: &Evidence<'_>, model: &str) -> IndexMap<String, f64> {
    let folds = evidence
        .cross_validation
        .iter()
        .flat_map(|validation| &validation.fits)
        .map(|fit| &fit.selected);
    let samples = evidence
        .bootstrap
        .iter()
        .flat_map(|bootstrap| &bootstrap.samples)
        .map(|s| &s.selected);
    let mut count = vec![0_usize; evidence.columns.len()];
    let mut refits = 0_usize;
    for selected in folds.chain(samples) {
        refits += 1;
        for &column in selected.get(model).into_iter().flatten() {
            count[column] += 1;
        }
    }
    let mut frequency: Vec<(usize, usize)> = count
        .into_iter()
        .enumerate()
        .filter(|&(_, times)| times > 0)
        .collect();
    frequency.sort_by_key(|&(column, times)| (std::cmp::Reverse(times), column));
    frequency
        .into_iter()
        .map(|(column, times)| {
            (
                evidence.columns[column].name.clone(),
                times as f64 / refits as f64,
            )
        })
        .collect()
}

/// Stability of the features with a coefficient over the bootstrap samples. The folds of a
/// cross-validation share most of their patients, so they are not counted here.
fn stability(evidence: &Evidence<'_>, model: &str) -> Option<SelectionStability> {
    let samples = &evidence.bootstrap?.samples;
    let chosen: Vec<&[usize]> = samples
        .iter()
        .map(|sample| sample.selected.get(model).map_or(&[][..], Vec::as_slice))
        .collect();
    let plans = &evidence.pipeline.signatures;
    let plan = plans.iter().find(|plan| plan.model == model)?;
    let features = plan.allowed.iter().filter(|allowed| **allowed).count();
    // The numbers of the columns are those among all features; how many may be chosen is what counts.
    let mut place = vec![0; plan.allowed.len()];
    let mut next = 0;
    for (column, allowed) in plan.allowed.iter().enumerate() {
        place[column] = next;
        next += usize::from(*allowed);
    }
    let chosen: Vec<Vec<usize>> = chosen
        .iter()
        .map(|one| one.iter().map(|&column| place[column]).collect())
        .collect();
    let found = selection_stability(&chosen, features)?;
    Some(SelectionStability {
        index: Estimate {
            estimate: Some(found.stability),
            ci: found.ci.map(Some),
        },
        mean_size: found.mean_size,
        features,
        samples: found.resamples,
    })
}

pub(super) fn clinical_model(evidence: &Evidence<'_>) -> ClinicalModel {
    let clinical = &evidence.fitted.clinical;
    let mut univariate: Vec<RegressionTerm> = clinical.univariate.iter().map(term).collect();
    univariate.extend(
        clinical
            .untried
            .iter()
            .map(|(variable, reason)| RegressionTerm {
                name: variable.clone(),
                variable: variable.clone(),
                coef: f64::NAN,
                se: f64::NAN,
                z: f64::NAN,
                p_value: None,
                variable_p: None,
                odds_ratio: f64::NAN,
                ci: [None, None],
                n: 0,
                reason: Some(reason.clone()),
                pooled: None,
            }),
    );
    ClinicalModel {
        univariate,
        multivariate: clinical.multivariate.iter().map(term).collect(),
        terms: clinical
            .model
            .as_ref()
            .map(|model| model.terms.iter().map(term).collect()),
        intercept: clinical.model.as_ref().map(|model| model.intercept),
        reason: clinical.reason.clone(),
        p: evidence.pipeline.clinical_p,
        n: clinical.model.as_ref().map_or(0, |model| model.n),
    }
}

pub(super) fn term(fitted: &FittedTerm) -> RegressionTerm {
    let defined = |value: f64| value.is_finite().then_some(value);
    RegressionTerm {
        name: fitted.name.clone(),
        variable: fitted.variable.clone(),
        coef: fitted.coef,
        se: fitted.se,
        z: fitted.z,
        p_value: defined(fitted.p_value),
        variable_p: defined(fitted.variable_p),
        odds_ratio: fitted.coef.exp(),
        ci: fitted.ci.map(defined),
        n: fitted.n,
        reason: fitted.reason.clone(),
        pooled: fitted.pooled.map(|pooled| PooledTerm {
            df: pooled.df,
            relative_increase: pooled.relative_increase,
            fraction_missing: pooled.fraction_missing,
        }),
    }
}

pub(super) fn nomogram(evidence: &Evidence<'_>) -> NomogramModel {
    let fitted = &evidence.fitted.nomogram;
    let mut model = NomogramModel {
        terms: fitted
            .model
            .as_ref()
            .map(|model| model.terms.iter().map(term).collect()),
        intercept: fitted.model.as_ref().map(|model| model.intercept),
        axes: Vec::new(),
        total_points: Vec::new(),
        reason: fitted.reason.clone(),
    };
    let Some(regression) = &fitted.model else {
        return model;
    };
    match nomogram_points(evidence, regression) {
        Ok(drawn) => {
            let predictors = predictors(evidence, regression);
            model.axes = (drawn.axes.iter().zip(&predictors))
                .map(|(axis, predictor)| NomogramAxis {
                    training_range: training_range(predictor),
                    variable: axis.name.clone(),
                    levels: axis
                        .marks
                        .iter()
                        .map(|mark| NomogramLevel {
                            value: mark.label.clone(),
                            points: mark.points,
                        })
                        .collect(),
                })
                .collect();
            model.total_points = drawn
                .total_points_axis
                .iter()
                .map(|&points| TotalPoints {
                    points,
                    linear_predictor: drawn.linear_predictor(points),
                    probability: drawn.probability(points),
                })
                .collect();
        }
        Err(error) => {
            let reasons = model
                .reason
                .into_iter()
                .chain([format!("it cannot be drawn: {error}")]);
            model.reason = Some(reasons.collect::<Vec<_>>().join("; "));
        }
    }
    model
}

/// What the training patients show of a number.
pub(super) fn training_range(predictor: &NomogramPredictor) -> Option<[f64; 2]> {
    match &predictor.values {
        NomogramValues::Range { low, high, .. } => Some([*low, *high]),
        NomogramValues::Values { values, .. } => Some([*values.first()?, *values.last()?]),
        NomogramValues::Curve { .. } | NomogramValues::Levels { .. } => None,
    }
}

/// Axes and points of the nomogram, over what the training patients show.
pub(crate) fn nomogram_points(
    evidence: &Evidence<'_>,
    regression: &Regression,
) -> Result<Nomogram, NomogramError> {
    let score = &evidence.predictions.models["nomogram"].score;
    let known = evidence
        .train
        .iter()
        .map(|&row| score[row])
        .filter(|score| score.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
        (low.min(score), high.max(score))
    });
    points::nomogram(
        &predictors(evidence, regression),
        regression.intercept,
        (low, high),
        MAX_POINTS,
    )
}

/// The predictors of the nomogram with the range that the training patients show.
fn predictors(evidence: &Evidence<'_>, regression: &Regression) -> Vec<NomogramPredictor> {
    let coefficient = |name: &str| {
        regression
            .terms
            .iter()
            .find(|term| term.name == name)
            .map_or(0.0, |term| term.coef)
    };
    let range = |values: &mut dyn Iterator<Item = f64>, coefficient: f64| {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        NomogramValues::Range {
            low,
            high,
            coefficient,
        }
    };
    let mut predictors = Vec::new();
    for name in &regression.signatures {
        let score = &evidence.predictions.models[name].score;
        let values = range(
            &mut evidence.train.iter().map(|&row| score[row]),
            coefficient(name),
        );
        predictors.push(NomogramPredictor {
            name: name.clone(),
            values,
        });
    }
    for term in &regression.clinical {
        let values = match term {
            Term::Factor {
                variable,
                reference,
                levels,
            } => NomogramValues::Levels {
                labels: std::iter::once(reference).chain(levels).cloned().collect(),
                effects: std::iter::once(0.0)
                    .chain(
                        levels
                            .iter()
                            .map(|level| coefficient(&format!("{variable}={level}"))),
                    )
                    .collect(),
            },
            Term::Number { variable } => {
                let column = evidence
                    .data
                    .clinical
                    .iter()
                    .find(|column| column.name == *variable);
                let mut values = match column.map(|column| &column.values) {
                    Some(ClinicalValues::Number(values)) => evidence
                        .train
                        .iter()
                        .map(|&row| values[row])
                        .filter(|v| v.is_finite())
                        .collect(),
                    _ => Vec::new(),
                };
                let all = values.clone();
                values.sort_by(f64::total_cmp);
                values.dedup();
                if values.len() <= MOST_MARKED_VALUES {
                    NomogramValues::Values {
                        values,
                        coefficient: coefficient(variable),
                    }
                } else {
                    range(&mut all.into_iter(), coefficient(variable))
                }
            }
        };
        predictors.push(NomogramPredictor {
            name: term.variable().to_owned(),
            values,
        });
    }
    predictors
}
