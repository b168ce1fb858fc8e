//! Signatures, clinical model, nomogram.

use super::{Written, limits, number, optional, text};
use crate::results::{RegressionTerm, Results};

pub(super) fn selected(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "signature_selected",
        &["model", "rank", "feature", "mrmr_score", "relevance"],
    );
    for (model, signature) in &results.signatures {
        for (index, one) in signature.selected.iter().enumerate() {
            table.row([
                model.clone(),
                (index + 1).to_string(),
                one.feature.clone(),
                number(one.score),
                number(one.relevance),
            ]);
        }
    }
    Some(table)
}

pub(super) fn signature_coefficients(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "signature_coefficients",
        &["model", "term", "coefficient", "selection_frequency"],
    );
    for (model, signature) in &results.signatures {
        let Some(coefficients) = &signature.coefficients else {
            continue;
        };
        table.row([
            model.clone(),
            "(Intercept)".to_owned(),
            number(signature.intercept),
            String::new(),
        ]);
        for (feature, &coefficient) in coefficients {
            let frequency = signature
                .selection_frequency
                .get(feature)
                .copied()
                .unwrap_or(0.0);
            table.row([
                model.clone(),
                feature.clone(),
                number(coefficient),
                number(frequency),
            ]);
        }
    }
    Some(table)
}

pub(super) fn signature_features(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "signature_features",
        &["model", "feature", "selection_frequency", "in_signature"],
    );
    for (model, signature) in &results.signatures {
        for (feature, &frequency) in &signature.selection_frequency {
            let kept = signature
                .coefficients
                .as_ref()
                .is_some_and(|c| c.contains_key(feature));
            table.row([
                model.clone(),
                feature.clone(),
                number(frequency),
                kept.to_string(),
            ]);
        }
    }
    Some(table)
}

pub(super) fn signature_stability(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "signature_stability",
        &[
            "model",
            "stability",
            "lower",
            "upper",
            "mean_size",
            "features",
            "samples",
        ],
    );
    for (model, signature) in &results.signatures {
        if let Some(found) = &signature.stability {
            let [lower, upper] = limits(found.index.ci);
            table.row([
                model.clone(),
                optional(found.index.estimate),
                lower,
                upper,
                number(found.mean_size),
                found.features.to_string(),
                found.samples.to_string(),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

pub(super) fn lasso(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "lasso",
        &[
            "model",
            "lambda",
            "nonzero",
            "deviance",
            "standard_error",
            "lambda_min",
            "lambda_1se",
        ],
    );
    for (model, signature) in &results.signatures {
        let path = &signature.path;
        for (index, &lambda) in path.lambda.iter().enumerate() {
            table.row([
                model.clone(),
                number(lambda),
                path.df
                    .get(index)
                    .map_or_else(String::new, ToString::to_string),
                optional(path.cvm.get(index).copied()),
                optional(path.cvsd.get(index).copied()),
                (lambda == path.lambda_min).to_string(),
                (lambda == path.lambda_1se).to_string(),
            ]);
        }
    }
    Some(table)
}

pub(super) fn rad_scores(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "rad_scores",
        &["model", "id", "split", "positive", "rad_score"],
    );
    for (model, signature) in &results.signatures {
        for one in &signature.rad_scores {
            table.row([
                model.clone(),
                one.id.clone(),
                one.split.clone(),
                one.positive.to_string(),
                number(one.rad_score),
            ]);
        }
    }
    Some(table)
}

const TERM: [&str; 11] = [
    "term",
    "variable",
    "coefficient",
    "standard_error",
    "z",
    "p_value",
    "variable_p_value",
    "odds_ratio",
    "lower",
    "upper",
    "n",
];

fn term(one: &RegressionTerm) -> Vec<String> {
    let [lower, upper] = limits(one.ci);
    vec![
        one.name.clone(),
        one.variable.clone(),
        number(one.coef),
        number(one.se),
        number(one.z),
        optional(one.p_value),
        optional(one.variable_p),
        number(one.odds_ratio),
        lower,
        upper,
        one.n.to_string(),
    ]
}

pub(super) fn clinical_model(results: &Results) -> Option<Written> {
    let mut header = vec!["step"];
    header.extend(TERM);
    header.push("reason");
    let mut table = Written::new("clinical_model", &header);
    let clinical = &results.clinical_model;
    for (step, terms) in [
        ("univariate", Some(&clinical.univariate)),
        ("multivariate", Some(&clinical.multivariate)),
        ("final", clinical.terms.as_ref()),
    ] {
        for one in terms.into_iter().flatten() {
            let mut cells = vec![step.to_owned()];
            cells.extend(term(one));
            cells.push(text(one.reason.as_deref()));
            table.row(cells);
        }
    }
    if let Some(intercept) = clinical.intercept {
        table.row(intercept_row(Some("final"), intercept));
    }
    Some(table)
}

fn intercept_row(step: Option<&str>, intercept: f64) -> Vec<String> {
    let mut cells: Vec<String> = step.map(str::to_owned).into_iter().collect();
    cells.push("(Intercept)".to_owned());
    cells.push(String::new());
    cells.push(number(intercept));
    // The rest of the term, and its reason.
    cells.extend((0..TERM.len() - 3 + 1).map(|_| String::new()));
    cells
}

pub(super) fn nomogram(results: &Results) -> Option<Written> {
    let terms = results.nomogram.terms.as_ref()?;
    let mut header = TERM.to_vec();
    header.push("reason");
    let mut table = Written::new("nomogram", &header);
    if let Some(intercept) = results.nomogram.intercept {
        table.row(intercept_row(None, intercept));
    }
    for one in terms {
        let mut cells = term(one);
        cells.push(text(one.reason.as_deref()));
        table.row(cells);
    }
    Some(table)
}

pub(super) fn nomogram_points(results: &Results) -> Option<Written> {
    results.nomogram.terms.as_ref()?;
    let mut table = Written::new("nomogram_points", &["variable", "value", "points"]);
    for axis in &results.nomogram.axes {
        for level in &axis.levels {
            table.row([
                axis.variable.clone(),
                level.value.clone(),
                number(level.points),
            ]);
        }
    }
    Some(table)
}

pub(super) fn nomogram_total_points(results: &Results) -> Option<Written> {
    results.nomogram.terms.as_ref()?;
    let mut table = Written::new(
        "nomogram_total_points",
        &["total_points", "linear_predictor", "probability"],
    );
    for mark in &results.nomogram.total_points {
        table.row([mark.points, mark.linear_predictor, mark.probability].map(number));
    }
    Some(table)
}
