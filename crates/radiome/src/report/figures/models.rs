//! Signatures, clinical model, nomogram.

use radiome_figures::Theme;
use radiome_figures::figure::coefficients::{Coefficient, Coefficients, coefficients};
use radiome_figures::figure::forest::{Forest, ForestKind, ForestRow, forest};
use radiome_figures::figure::lasso_cv::{LassoCv, lasso_cv};
use radiome_figures::figure::lasso_path::{CoefficientPath, LassoPath, lasso_path};
use radiome_figures::figure::nomogram::{
    Nomogram, NomogramAxis, NomogramPlaces, NomogramTick, nomogram as draw, places,
};
use radiome_figures::figure::panels::panels;
use radiome_figures::figure::rad_score::{RadScore, RadScorePanel, RadScorePatient, rad_score};
use radiome_figures::figure::selection_frequency::{
    SelectedFeature, SelectionFrequency, selection_frequency,
};

use super::super::format::{axis_value, level_of, model, p_value, split, split_order, term};
use super::{Drawn, INTERVAL, estimate};
use crate::results::{NomogramModel, RegressionTerm, Results, SignatureModel, TotalPoints};

/// Bars of a selection-frequency figure.
const MOST_FREQUENT: usize = 15;
/// Probabilities on the axis of a nomogram, as far as its points reach.
pub const PROBABILITIES: [f64; 15] = [
    0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999,
];

pub(super) fn signatures(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    for (key, signature) in &results.signatures {
        let name = model(key);
        if !signature.path.lambda.is_empty() {
            drawn.add(
                format!("lasso/{key}"),
                format!("{name}: LASSO"),
                "(a) Mean cross-validated binomial deviance with one standard error. (b) \
                 Coefficients on the standardised features. Above: number of features in the model. \
                 Dashed: the λ of the smallest deviance; dotted: the largest λ within one standard \
                 error of it.",
                lasso(signature, theme),
            );
        }
        if let Some(kept) = &signature.coefficients {
            let data = Coefficients {
                name: name.clone(),
                label: "Coefficient per standard deviation".to_owned(),
                intercept: Some(signature.intercept),
                features: kept
                    .iter()
                    .map(|(feature, &value)| Coefficient {
                        name: feature.clone(),
                        value,
                        interval: None,
                    })
                    .collect(),
            };
            drawn.add(
                format!("coefficients/{key}"),
                format!("{name}: coefficients"),
                "Change of the log-odds of the positive outcome for one standard deviation of the \
                 feature.",
                coefficients(&data, theme),
            );
            rad_scores(results, key, signature, theme, drawn);
        }
        if !signature.selection_frequency.is_empty() {
            frequency(results, key, signature, theme, drawn);
        }
    }
}

fn lasso(signature: &SignatureModel, theme: &Theme) -> radiome_figures::Scene {
    let path = &signature.path;
    let log_lambda: Vec<f64> = path.lambda.iter().map(|lambda| lambda.ln()).collect();
    let known = |lambda: f64| Some(lambda.ln()).filter(|log| log.is_finite());
    let errors = LassoCv {
        measure: "Binomial deviance".to_owned(),
        log_lambda: log_lambda.clone(),
        mean: path.cvm.clone(),
        standard_error: path.cvsd.clone(),
        nonzero: path.df.clone(),
        log_lambda_min: known(path.lambda_min),
        log_lambda_1se: known(path.lambda_1se),
    };
    let paths = LassoPath {
        log_lambda,
        paths: path
            .coefficients
            .iter()
            .map(|(feature, values)| CoefficientPath {
                name: feature.clone(),
                values: values.clone(),
                selected: signature
                    .coefficients
                    .as_ref()
                    .is_some_and(|kept| kept.contains_key(feature)),
            })
            .collect(),
        log_lambda_min: known(path.lambda_min),
        log_lambda_1se: known(path.lambda_1se),
    };
    panels(
        &[lasso_cv(&errors, theme), lasso_path(&paths, theme)],
        2,
        theme,
    )
}

fn rad_scores(
    results: &Results,
    key: &str,
    signature: &SignatureModel,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let mut splits: Vec<&str> = Vec::new();
    for one in &signature.rad_scores {
        if !splits.contains(&one.split.as_str()) {
            splits.push(&one.split);
        }
    }
    if splits.is_empty() {
        return;
    }
    splits.sort_by_key(|name| split_order(name));
    let cutoff = results
        .performance
        .get(key)
        .and_then(|splits| splits.get("train"))
        .and_then(|one| one.cutoff)
        // The rad-score is the log-odds of the probability that the cut-off is on.
        .map(|p| (p / (1.0 - p)).ln())
        .filter(|score| score.is_finite());
    let data = RadScore {
        label: "Rad-score".to_owned(),
        classes: vec!["Negative".to_owned(), "Positive".to_owned()],
        cutoff,
        panels: splits
            .into_iter()
            .map(|name| {
                let patients: Vec<RadScorePatient> = signature
                    .rad_scores
                    .iter()
                    .filter(|one| one.split == name)
                    .map(|one| RadScorePatient {
                        score: one.rad_score,
                        class: usize::from(one.positive),
                    })
                    .collect();
                RadScorePanel {
                    name: format!("{} (n = {})", split(name), patients.len()),
                    patients,
                }
            })
            .collect(),
    };
    let baseline = if cutoff.is_some() {
        "the cut-off fixed in training"
    } else {
        "zero"
    };
    drawn.add(
        format!("rad_score/{key}"),
        format!("{}: rad-score of every patient", model(key)),
        format!(
            "Bars rise and fall from {baseline}. The training patients are those that the \
             signature was fitted on."
        ),
        rad_score(&data, theme),
    );
}

fn frequency(
    results: &Results,
    key: &str,
    signature: &SignatureModel,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let mut features: Vec<(&String, f64)> = signature
        .selection_frequency
        .iter()
        .map(|(name, &share)| (name, share))
        .collect();
    if features.is_empty() && !results.study.is_resampled() {
        return;
    }
    features.sort_by(|a, b| b.1.total_cmp(&a.1));
    let all = features.len();
    features.truncate(MOST_FREQUENT);
    let shown = features.len();
    let study = &results.study;
    let data = SelectionFrequency {
        resamples: study.repeats * study.folds + study.bootstrap,
        features: features
            .into_iter()
            .map(|(name, frequency)| SelectedFeature {
                name: name.clone(),
                frequency,
                in_signature: signature
                    .coefficients
                    .as_ref()
                    .is_some_and(|kept| kept.contains_key(name)),
            })
            .collect(),
        threshold: None,
    };
    drawn.add(
        format!("selection_frequency/{key}"),
        format!("{}: how often features are kept in resamples", model(key)),
        if shown < all {
            format!("The {shown} most frequent of {all} features that were ever kept.")
        } else {
            "Every feature that was ever kept.".to_owned()
        },
        selection_frequency(&data, theme),
    );
}

pub(super) fn forest_clinical(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let clinical = &results.clinical_model;
    let mut rows = Vec::new();
    for (name, terms) in [
        ("Univariate", Some(&clinical.univariate)),
        ("Multivariate", Some(&clinical.multivariate)),
        ("Clinical model", clinical.terms.as_ref()),
    ] {
        let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
            continue;
        };
        rows.push(ForestRow {
            name: name.to_owned(),
            heading: true,
            cells: vec![String::new(); 2],
            estimate: None,
        });
        rows.extend(terms.iter().map(forest_row));
    }
    if rows.is_empty() {
        return;
    }
    let data = Forest {
        name: "Clinical variables".to_owned(),
        kind: ForestKind::Ratio,
        effect: "Odds ratio".to_owned(),
        interval: INTERVAL.to_owned(),
        columns: vec!["n".to_owned(), "P".to_owned()],
        rows,
    };
    drawn.add(
        "forest_clinical".to_owned(),
        "Odds ratios of the clinical variables",
        "Odds ratios with Wald 95% intervals on a logarithmic axis, each variable alone and all \
         that were below the significance level together. Training patients.",
        forest(&data, theme),
    );
}

fn forest_row(one: &RegressionTerm) -> ForestRow {
    let known = one.reason.is_none();
    ForestRow {
        name: term(&one.name, &one.variable),
        heading: false,
        cells: vec![one.n.to_string(), p_value(one.p_value.filter(|_| known))],
        estimate: if known {
            estimate(Some(one.odds_ratio), one.ci)
        } else {
            None
        },
    }
}

pub(super) fn nomogram(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(data) = nomogram_data(&results.nomogram) else {
        return;
    };
    drawn.add(
        "nomogram".to_owned(),
        "Nomogram",
        format!(
            "For each variable read the points straight up, add them, and read the probability of \
             {} = {} straight down from the total points.",
            results.study.outcome, results.study.positive
        ),
        draw(&data, theme),
    );
}

/// Where the axes of the study's nomogram lie in its figure.
pub(crate) fn nomogram_places(results: &Results) -> Option<NomogramPlaces> {
    places(&nomogram_data(&results.nomogram)?, &Theme::default())
}

fn nomogram_data(model: &NomogramModel) -> Option<Nomogram> {
    let terms = model.terms.as_ref()?;
    let variables: Vec<NomogramAxis> = model
        .axes
        .iter()
        .map(|axis| NomogramAxis {
            name: term(&axis.variable, &axis.variable),
            categorical: is_factor(terms, &axis.variable),
            ticks: axis
                .levels
                .iter()
                .map(|level| NomogramTick {
                    label: axis_value(&level.value),
                    points: level.points,
                })
                .collect(),
        })
        .collect();
    let largest = |axis: &NomogramAxis| {
        axis.ticks
            .iter()
            .map(|tick| tick.points)
            .fold(0.0, f64::max)
    };
    let most = variables.iter().map(largest).fold(0.0, f64::max);
    let sum: f64 = variables.iter().map(largest).sum();
    let reach = model
        .total_points
        .iter()
        .map(|mark| mark.points)
        .fold(sum, f64::max);
    Some(Nomogram {
        name: String::new(),
        max_points: most.max(100.0),
        variables,
        max_total_points: reach,
        outcomes: vec![NomogramAxis {
            name: "Probability".to_owned(),
            categorical: false,
            ticks: probability_ticks(&model.total_points, reach),
        }],
    })
}

/// Whether a variable of the nomogram is a factor.
pub(crate) fn is_factor(terms: &[RegressionTerm], variable: &str) -> bool {
    terms
        .iter()
        .filter(|term| term.variable == variable)
        .any(|term| term.name != variable && level_of(&term.name, variable).is_some())
}

/// Ticks at round probabilities. Total points and linear predictor lie on one line, which the
/// first and the last mark give.
fn probability_ticks(marks: &[TotalPoints], reach: f64) -> Vec<NomogramTick> {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Vec::new();
    };
    let slope = (last.points - first.points) / (last.linear_predictor - first.linear_predictor);
    PROBABILITIES
        .iter()
        .map(|&p| NomogramTick {
            label: p.to_string(),
            points: first.points + slope * ((p / (1.0 - p)).ln() - first.linear_predictor),
        })
        .filter(|tick| (0.0..=reach).contains(&tick.points))
        .collect()
}
