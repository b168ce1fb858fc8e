//! What was learnt: signatures, clinical model, nomogram.

use super::super::figures::Drawn;
use super::super::format::{
    NOT_DEFINED, alone_in_nomogram, axis_value, count, fixed, in_sentence, model, number, optional,
    p_value, percent, ratio, reason, scaled, sentence, term, the_model,
};
use super::super::page::{Cell, Footnotes, Section, Table};
use super::{missing, missing_values};
use crate::results::{LambdaPath, NomogramModel, RegressionTerm, Results, SignatureModel};

/// Rows of a selection-frequency table; the CSV holds all.
const MOST_FREQUENT: usize = 15;

pub(super) fn signatures<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("signatures", "Radiomics signatures");
    if results.signatures.is_empty() {
        section.paragraph(missing(results, "signatures", "No signature was made"));
        return section;
    }
    section.paragraph(
        "A signature is a weighted sum of standardised features: rad-score = intercept + sum of \
         coefficient × z, the log-odds of the positive outcome. A higher rad-score means a \
         higher risk.",
    );
    for (key, signature) in &results.signatures {
        section.heading(model(key));
        one_signature(&mut section, results, key, signature, drawn);
    }
    section
}

/// How far another set of such patients would have chosen the same features.
fn stability(signature: &SignatureModel) -> String {
    let Some(found) = &signature.stability else {
        return String::new();
    };
    let Some(index) = in_sentence(found.index.estimate, found.index.ci) else {
        return String::new();
    };
    let means = match found.index.estimate.unwrap_or(f64::NAN) {
        value if value > 0.75 => "excellent",
        value if value >= 0.4 => "intermediate to good",
        _ => "poor",
    };
    format!(
        "Stability of the choice of features over {} is {index}: {means}. 1 would be the same \
         features every time, 0 a choice at random; on average {} of {} were kept (index of \
         Nogueira, Sechidis and Brown, 2018).",
        count(found.samples, "bootstrap sample", "bootstrap samples"),
        fixed(found.mean_size, 1),
        count(found.features, "feature", "features")
    )
}

fn one_signature<'a>(
    section: &mut Section<'a>,
    results: &Results,
    key: &str,
    signature: &SignatureModel,
    drawn: &'a Drawn,
) {
    let kept = signature.coefficients.as_ref().map_or_else(
        || "none".to_owned(),
        |coefficients| count(coefficients.len(), "feature", "features"),
    );
    // Without a feature to choose from there is no path, and so no λ.
    let at = if signature.lambda.is_finite() {
        let rule = which_lambda(signature.lambda, &signature.path);
        format!("at λ = {}{rule} ", scaled(signature.lambda))
    } else {
        String::new()
    };
    section.paragraph(format!(
        "mRMR chose {}; {at}the LASSO kept {kept}.",
        count(signature.selected.len(), "feature", "features")
    ));
    section.figure(drawn.get(&format!("lasso/{key}")));
    match &signature.coefficients {
        None => {
            let why = reason(results, key).unwrap_or("The LASSO kept no feature");
            section.caution(format!("The signature is empty. {}", sentence(why)));
        }
        Some(coefficients) => {
            section.figure(drawn.get(&format!("coefficients/{key}")));
            let resampled = results.study.is_resampled();
            let mut header = vec!["Feature", "Coefficient"];
            header.extend(resampled.then_some("Kept in resamples"));
            let mut table = Table::new(
                format!("{}: coefficients on the standardised features", model(key)),
                &header,
            );
            let mut row = |name: &str, coefficient: String, frequency: String| {
                let mut cells = vec![name.to_owned(), coefficient];
                cells.extend(resampled.then_some(frequency));
                table.row(cells);
            };
            row("Intercept", number(signature.intercept), String::new());
            for (feature, coefficient) in coefficients {
                let frequency = signature.selection_frequency.get(feature).copied();
                let frequency = frequency.map_or_else(|| percent(0.0), percent);
                row(feature, scaled(*coefficient), frequency);
            }
            if resampled {
                table.note(
                    "Kept in resamples: share of the refits on resampled patients in which the \
                     feature had a coefficient other than 0.",
                );
            }
            section.table(table);
            section.figure(drawn.get(&format!("rad_score/{key}")));
        }
    }
    section.figure(drawn.get(&format!("selection_frequency/{key}")));
    section.paragraph(stability(signature));
    let mut others: Vec<(&String, f64)> = signature
        .selection_frequency
        .iter()
        .filter(|(feature, _)| {
            signature
                .coefficients
                .as_ref()
                .is_none_or(|kept| !kept.contains_key(*feature))
        })
        .map(|(feature, &frequency)| (feature, frequency))
        .collect();
    // A stable sort keeps the order of the results where frequencies tie.
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    if !others.is_empty() {
        let mut table = Table::new(
            format!(
                "{}: features often kept in resamples, but not in it",
                model(key)
            ),
            &["Feature", "Kept in resamples"],
        );
        for (feature, frequency) in others.iter().take(MOST_FREQUENT) {
            table.row([(*feature).clone(), percent(*frequency)]);
        }
        if others.len() > MOST_FREQUENT {
            table.note(format!(
                "{} more were kept now and then: tables/signature_features.csv.",
                others.len() - MOST_FREQUENT
            ));
        }
        section.table(table);
    }
}

pub(super) fn which_lambda(lambda: f64, path: &LambdaPath) -> &'static str {
    if lambda == path.lambda_min {
        " (the smallest cross-validated deviance)"
    } else if lambda == path.lambda_1se {
        " (the largest λ within one standard error of the smallest cross-validated deviance)"
    } else {
        ""
    }
}

pub(super) fn clinical<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("clinical-model", "Clinical model");
    let clinical = &results.clinical_model;
    if clinical.univariate.is_empty() {
        section.paragraph(match &clinical.reason {
            Some(reason) => sentence(reason),
            None => missing(
                results,
                "clinical_model",
                "No clinical column was a candidate",
            ),
        });
        return section;
    }
    section.paragraph(format!(
        "Each candidate was first taken alone; those with P < {level} went into one model \
         together, and those that stayed below {level} make the clinical model.",
        level = clinical.p
    ));
    if let Some(table) = missing_values::table(results) {
        section.table(table);
    }
    section.table(regression(
        "Clinical variables, each alone (univariate logistic regression)",
        &clinical.univariate,
    ));
    if clinical.multivariate.is_empty() {
        section.paragraph("No variable went into the multivariate step.");
    } else {
        section.table(regression(
            "Clinical variables together (multivariate logistic regression)",
            &clinical.multivariate,
        ));
    }
    section.figure(drawn.get("forest_clinical"));
    match &clinical.terms {
        Some(terms) => {
            let mut table = regression("The clinical model", terms);
            table.note(format!(
                "Intercept {}; fitted on {}{}.",
                optional(clinical.intercept),
                count(clinical.n, "training patient", "training patients"),
                if terms.iter().any(|term| term.pooled.is_some()) {
                    ""
                } else {
                    " with every value"
                }
            ));
            section.table(table);
        }
        None => {
            let why = reason(results, "clinical")
                .unwrap_or("no variable stayed below the significance level");
            section.caution(format!("The clinical model is empty. {}", sentence(why)));
        }
    }
    section
}

/// Odds ratios of a regression.
fn regression(caption: &str, terms: &[RegressionTerm]) -> Table {
    let mut table = Table::new(
        caption,
        &[
            "Variable",
            "Coefficient",
            "SE",
            "Odds ratio (95% CI)",
            "P",
            "P of the variable",
            "n",
        ],
    );
    let mut notes = Footnotes::default();
    for one in terms {
        let name = Cell {
            text: term(&one.name, &one.variable),
            mark: one
                .reason
                .as_deref()
                .and_then(|why| notes.mark(&sentence(why))),
        };
        let figures = match one.reason {
            // Separated data: the figures are those of an iteration that was stopped.
            Some(_) => vec![NOT_DEFINED.to_owned(); 3],
            None => {
                vec![
                    scaled(one.coef),
                    scaled(one.se),
                    ratio(Some(one.odds_ratio), one.ci),
                ]
            }
        };
        let mut cells = vec![name];
        cells.extend(figures.into_iter().map(Cell::from));
        cells.push(
            p_value(if one.reason.is_some() {
                None
            } else {
                one.p_value
            })
            .into(),
        );
        cells.push(p_value(one.variable_p).into());
        cells.push(one.n.to_string().into());
        table.rows.push(cells);
    }
    table.note(
        "Odds ratio for one unit of a number, or for the level against the reference level. P: \
         Wald test; of the variable: the likelihood-ratio test for a factor of several levels.",
    );
    table.notes.extend(missing_values::fractions(terms));
    table.notes.extend(notes.line());
    table
}

pub(super) fn nomogram<'a>(results: &Results, drawn: &'a Drawn) -> Section<'a> {
    let mut section = Section::new("nomogram", "Nomogram");
    let nomogram = &results.nomogram;
    let Some(terms) = &nomogram.terms else {
        section.caution(format!(
            "There is no nomogram. {}",
            match &nomogram.reason {
                Some(reason) => sentence(reason),
                None => missing(results, "nomogram", "no model had a predictor"),
            }
        ));
        return section;
    };
    if let Some(reason) = &nomogram.reason {
        section.caution(sentence(reason));
    }
    if let Some(signature) = alone_in_nomogram(results) {
        section.paragraph(format!(
            "The nomogram has no clinical term. It is {} on another scale: it ranks the patients \
             in the same order, so its AUC is no second finding.",
            the_model(signature)
        ));
    }
    section.figure(drawn.get("nomogram"));
    section.paragraph(how_to_use(nomogram));
    let mut table = regression("Terms of the nomogram", terms);
    table.note(format!(
        "Intercept {}. The log-odds of the positive outcome are the intercept plus the sum of \
         coefficient × value.",
        optional(nomogram.intercept)
    ));
    section.table(table);

    let mut points = Table::new("Points of the nomogram", &["Variable", "Value", "Points"]);
    for axis in &nomogram.axes {
        for level in &axis.levels {
            points.row([
                term(&axis.variable, &axis.variable),
                axis_value(&level.value),
                fixed(level.points, 1),
            ]);
        }
    }
    section.table(points);
    let mut total = Table::new(
        "From total points to the probability of the positive outcome",
        &["Total points", "Linear predictor", "Probability"],
    );
    for mark in &nomogram.total_points {
        total.row([
            fixed(mark.points, 1),
            number(mark.linear_predictor),
            // As a P value: what is not 0 or 1 is not printed as if it were.
            p_value(Some(mark.probability)),
        ]);
    }
    section.table(total);
    section
}

fn how_to_use(nomogram: &NomogramModel) -> String {
    let axes = count(nomogram.axes.len(), "variable", "variables");
    format!(
        "How to use it: find the patient's value on the axis of each of the {axes} and go straight \
         up to the points. Add the points, find the sum on the axis of total points, and go \
         straight down to the probability. nomogram.html does the same sum. Do not use it for \
         values outside the axes."
    )
}
