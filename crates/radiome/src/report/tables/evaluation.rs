//! Discrimination, internal validation, calibration, net benefit.

use super::{Written, limits, number, optional};
use crate::results::{Estimate, Results};

fn estimate(value: Option<&Estimate>) -> [String; 3] {
    let Some(value) = value else {
        return Default::default();
    };
    let [lower, upper] = limits(value.ci);
    [optional(value.estimate), lower, upper]
}

pub(super) fn performance(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "performance",
        &["model", "split", "n", "positive", "cutoff"],
    );
    for measure in [
        "auc",
        "accuracy",
        "sensitivity",
        "specificity",
        "ppv",
        "npv",
    ] {
        table.header.push(measure.to_owned());
        table.header.push(format!("{measure}_lower"));
        table.header.push(format!("{measure}_upper"));
    }
    table
        .header
        .extend(["tp", "fp", "fn", "tn"].map(str::to_owned));
    for (model, splits) in &results.performance {
        for (split, one) in splits {
            let mut cells = vec![
                model.clone(),
                split.clone(),
                one.n.to_string(),
                one.positive.to_string(),
                optional(one.cutoff),
            ];
            let auc = Estimate {
                estimate: one.auc,
                ci: one.ci,
            };
            for value in [
                auc,
                one.accuracy,
                one.sensitivity,
                one.specificity,
                one.ppv,
                one.npv,
            ] {
                cells.extend(estimate(Some(&value)));
            }
            cells.extend(one.confusion.map(|n| n.to_string()));
            table.row(cells);
        }
    }
    Some(table)
}

pub(super) fn roc_band(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "roc_band",
        &["model", "split", "one_minus_specificity", "lower", "upper"],
    );
    for (model, splits) in &results.performance {
        for (split, one) in splits {
            let Some(band) = &one.band else {
                continue;
            };
            let limits = band.lower.iter().zip(&band.upper);
            for (&rate, (&lower, &upper)) in band.one_minus_specificity.iter().zip(limits) {
                let numbers = [rate, lower, upper].map(number);
                table.row([model.clone(), split.clone()].into_iter().chain(numbers));
            }
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

pub(super) fn roc(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "roc",
        &["model", "split", "one_minus_specificity", "sensitivity"],
    );
    let resampled = results
        .internal_validation
        .iter()
        .filter_map(|(model, validation)| {
            Some((
                model,
                "cross_validated",
                &validation.resampled.as_ref()?.roc,
            ))
        });
    let seen = results.performance.iter().flat_map(|(model, splits)| {
        splits
            .iter()
            .map(move |(split, one)| (model, split.as_str(), &one.roc))
    });
    for (model, split, points) in seen.chain(resampled) {
        for point in points {
            table.row([
                model.clone(),
                split.to_owned(),
                number(point.one_minus_specificity),
                number(point.sensitivity),
            ]);
        }
    }
    Some(table)
}

pub(super) fn internal_validation(results: &Results) -> Option<Written> {
    let mut table = Written::new("internal_validation", &["model"]);
    for measure in [
        "apparent",
        "optimism",
        "optimism_corrected",
        "cross_validated",
    ] {
        table.header.push(measure.to_owned());
        table.header.push(format!("{measure}_lower"));
        table.header.push(format!("{measure}_upper"));
    }
    table.header.extend(
        [
            "bootstrap",
            "n",
            "accuracy",
            "sensitivity",
            "specificity",
            "ppv",
            "npv",
            "brier",
            "empty",
        ]
        .map(str::to_owned),
    );
    for (model, one) in &results.internal_validation {
        let mut cells = vec![model.clone()];
        for value in [
            Some(&one.apparent),
            one.optimism.as_ref(),
            one.optimism_corrected.as_ref(),
            one.cross_validated.as_ref(),
        ] {
            cells.extend(estimate(value));
        }
        cells.push(one.bootstrap.to_string());
        match &one.resampled {
            Some(resampled) => {
                cells.push(resampled.n.to_string());
                cells.extend(
                    [
                        resampled.accuracy,
                        resampled.sensitivity,
                        resampled.specificity,
                        resampled.ppv,
                        resampled.npv,
                        resampled.brier,
                        Some(resampled.empty),
                    ]
                    .map(optional),
                );
            }
            None => cells.extend((0..8).map(|_| String::new())),
        }
        table.row(cells);
    }
    Some(table)
}

pub(super) fn fold_auc(results: &Results) -> Option<Written> {
    let mut table = Written::new("cross_validated_auc", &["model", "repeat", "fold", "auc"]);
    let folds = results.study.folds.max(1);
    for (model, validation) in &results.internal_validation {
        for (index, &auc) in validation
            .resampled
            .iter()
            .flat_map(|one| &one.fold_auc)
            .enumerate()
        {
            table.row([
                model.clone(),
                (index / folds + 1).to_string(),
                (index % folds + 1).to_string(),
                optional(auc),
            ]);
        }
    }
    Some(table)
}

pub(super) fn delong(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "delong",
        &[
            "split",
            "a",
            "b",
            "difference",
            "lower",
            "upper",
            "z",
            "p_value",
            "p_adjusted",
        ],
    );
    for one in &results.delong {
        let [lower, upper] = limits(one.ci);
        table.row([
            one.split.clone(),
            one.a.clone(),
            one.b.clone(),
            optional(one.difference),
            lower,
            upper,
            optional(one.z),
            optional(one.p_value),
            optional(one.p_adjusted),
        ]);
    }
    Some(table)
}

pub(super) fn calibration(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "calibration",
        &[
            "model",
            "split",
            "n",
            "slope",
            "intercept",
            "calibration_in_the_large",
            "brier",
            "brier_scaled",
            "e50",
            "e90",
            "e_avg",
            "e_max",
            "hosmer_lemeshow_chi_square",
            "hosmer_lemeshow_df",
            "hosmer_lemeshow_p_value",
        ],
    );
    for (model, splits) in &results.calibration {
        for (split, one) in splits {
            let test = one.hosmer_lemeshow.as_ref();
            let mut cells = vec![model.clone(), split.clone(), one.n.to_string()];
            cells.extend(
                [
                    one.slope,
                    one.intercept,
                    one.calibration_in_the_large,
                    one.brier,
                    one.brier_scaled,
                    one.e50,
                    one.e90,
                    one.e_avg,
                    one.e_max,
                    test.map(|test| test.chi_square),
                    test.map(|test| test.df),
                    test.map(|test| test.p_value),
                ]
                .map(optional),
            );
            table.row(cells);
        }
    }
    Some(table)
}

pub(super) fn calibration_curve(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "calibration_curve",
        &["model", "split", "predicted", "observed", "lower", "upper"],
    );
    for (model, splits) in &results.calibration {
        for (split, one) in splits {
            for (place, &[predicted, observed]) in one.curve.iter().enumerate() {
                let band = one.band.get(place).copied().unwrap_or_default();
                let [lower, upper] = limits(band);
                table.row([
                    model.clone(),
                    split.clone(),
                    number(predicted),
                    number(observed),
                    lower,
                    upper,
                ]);
            }
        }
    }
    Some(table)
}

pub(super) fn calibration_groups(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "calibration_groups",
        &[
            "model",
            "split",
            "group",
            "n",
            "predicted",
            "observed",
            "lower",
            "upper",
        ],
    );
    for (model, splits) in &results.calibration {
        for (split, one) in splits {
            for (index, group) in one.groups.iter().enumerate() {
                let [lower, upper] = limits(group.ci);
                table.row([
                    model.clone(),
                    split.clone(),
                    (index + 1).to_string(),
                    group.n.to_string(),
                    number(group.predicted),
                    number(group.observed),
                    lower,
                    upper,
                ]);
            }
        }
    }
    Some(table)
}

pub(super) fn decision_curve(results: &Results) -> Option<Written> {
    let mut table = Written::new(
        "decision_curve",
        &["model", "split", "threshold", "net_benefit", "treat_all"],
    );
    let apart = results.decision_curve.iter().flat_map(|(model, splits)| {
        splits
            .iter()
            .map(move |(split, one)| (model, split.as_str(), one))
    });
    // Sets mixed as papers do, under a name that says so.
    let mixed = results.as_published.iter().flat_map(|one| {
        one.pooled_decision_curve
            .iter()
            .map(|(model, one)| (model, "train_and_external", one))
    });
    for (model, split, one) in apart.chain(mixed) {
        for point in &one.points {
            table.row([
                model.clone(),
                split.to_owned(),
                number(point.threshold),
                number(point.net_benefit),
                number(point.treat_all),
            ]);
        }
    }
    Some(table)
}

pub(super) fn sample_size(results: &Results) -> Option<Written> {
    let size = results.sample_size.as_ref()?;
    let mut table = Written::new(
        "sample_size",
        &[
            "model",
            "parameters",
            "assumption",
            "c_statistic",
            "r2_cox_snell",
            "r2_nagelkerke",
            "shrinkage_n",
            "optimism_n",
            "overall_risk_n",
            "required_n",
            "n",
            "positive",
            "positive_per_parameter",
        ],
    );
    for one in &size.required {
        let of = |criterion: &str| one.criteria.get(criterion).map(usize::to_string);
        table.row([
            one.model.clone(),
            one.parameters.to_string(),
            one.assumption.clone(),
            optional(one.c_statistic),
            number(one.r2),
            number(one.r2_nagelkerke),
            of("shrinkage").unwrap_or_default(),
            of("optimism").unwrap_or_default(),
            of("overall_risk").unwrap_or_default(),
            one.required.to_string(),
            size.n.to_string(),
            size.positive.to_string(),
            number(one.events_per_parameter),
        ]);
    }
    Some(table)
}
