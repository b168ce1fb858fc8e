//! Weights, penalty factors and no standardisation in every family, and folds in which a measure is
//! not defined, against glmnet (`tests/reference/elastic_net.R`).

mod fixture;

use fixture::{Table, Worst};
use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNetOptions, ElasticNetOutcome, LambdaPath,
    cross_validate_elastic_net, elastic_net,
};
use std::path::Path;

/// The values are raw glmnet at its strictest threshold, whose coefficients stand about 1e-7 from the
/// minimum on data like these: the reference set's tolerance for coefficients.
const COEFFICIENT: f64 = 1e-6;
/// The penalties follow from closed forms, or from a fit of the unpenalised features.
const LAMBDA: f64 = 1e-8;
/// The reference set's tolerance for cvm and cvsd.
const VALIDATION: f64 = 1e-5;

struct Reference {
    data: Table,
    values: Table,
}

impl Reference {
    fn read() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        Self {
            data: Table::read_at(&folder.join("elastic_net_data.csv")),
            values: Table::read_at(&folder.join("elastic_net.csv")),
        }
    }

    fn x(&self) -> DMatrix<f64> {
        self.data.columns(&["x1", "x2", "x3", "x4", "x5", "x6"])
    }

    /// The cases that glmnet was asked, by name.
    fn cases(&self) -> Vec<String> {
        let mut cases = self.values.labels("case");
        cases.dedup();
        cases
    }

    fn list(&self, case: &str, quantity: &str) -> Vec<f64> {
        self.values
            .select("case", case)
            .select("quantity", quantity)
            .numbers("value")
    }

    fn options(&self, variant: &str) -> ElasticNetOptions {
        let mut options = ElasticNetOptions {
            lambda: LambdaPath::Automatic {
                count: 20,
                ratio: None,
            },
            ..ElasticNetOptions::default()
        };
        let all = variant == "all";
        if all || variant == "weights" {
            options.weights = Some(self.data.numbers("weight"));
        }
        if all || variant == "factors" {
            options.penalty_factor = Some(vec![0.0, 1.0, 2.0, 1.0, 0.5, 1.0]);
        }
        options.standardize = !(all || variant == "raw");
        options.alpha = if all { 0.5 } else { 1.0 };
        options
    }

    /// Calls with the outcome of a family.
    fn with<T>(&self, family: &str, call: impl Fn(&ElasticNetOutcome) -> T) -> T {
        match family {
            "gaussian" => call(&ElasticNetOutcome::Gaussian(&self.data.numbers("value"))),
            "binomial" => call(&ElasticNetOutcome::Binomial(&self.data.numbers("class"))),
            _ => call(&ElasticNetOutcome::Cox {
                time: &self.data.numbers("time"),
                event: &self.data.booleans("event"),
            }),
        }
    }
}

#[test]
fn weights_factors_and_scales_agree_with_glmnet() {
    let r = Reference::read();
    let x = r.x();
    let (mut lambda, mut ratio, mut coefficient) = (Worst::default(), Worst::default(), 0.0_f64);
    let mut compared = 0;
    for case in r.cases() {
        let parts: Vec<&str> = case.split("__").collect();
        let [family, variant] = parts.as_slice() else {
            continue;
        };
        let options = r.options(variant);
        let path = r.with(family, |outcome| {
            elastic_net(&x, outcome, &options).unwrap()
        });
        lambda.check_all(
            &format!("{case} lambda"),
            &path.lambda,
            &r.list(&case, "lambda"),
            LAMBDA,
            0.0,
        );
        lambda.check_all(
            &format!("{case} null deviance"),
            &[path.null_deviance],
            &r.list(&case, "null_deviance"),
            1e-9,
            0.0,
        );
        // Second order in the distance from the minimum, but for the penalty.
        ratio.check_all(
            &format!("{case} dev_ratio"),
            &path.deviance_ratio,
            &r.list(&case, "dev_ratio"),
            1e-6,
            1e-2,
        );
        let expected = r.list(&case, "coefficients");
        assert_eq!(expected.len(), 6 * path.lambda.len(), "{case}");
        for (k, (found, expected)) in path.coefficients.iter().zip(expected.chunks(6)).enumerate() {
            for (j, column) in x.column_iter().enumerate() {
                let difference = (found[j] - expected[j]).abs() * column.variance().sqrt();
                assert!(
                    difference < COEFFICIENT,
                    "{case} penalty {k} feature {j}: {difference:e}"
                );
                coefficient = coefficient.max(difference);
                compared += 1;
            }
        }
    }
    lambda.report("penalties and null deviances");
    ratio.report("explained deviance");
    println!(
        "{compared} coefficients, worst difference on the standardised scale {coefficient:.1e}"
    );
}

#[test]
fn cross_validation_agrees_with_glmnet() {
    let r = Reference::read();
    let x = r.x();
    let mut worst = Worst::default();
    for case in r.cases() {
        let parts: Vec<&str> = case.split("__").collect();
        let [family, measure, variant] = parts.as_slice() else {
            continue;
        };
        let measure = match *measure {
            "deviance" => CrossValidationMeasure::Deviance,
            "auc" => CrossValidationMeasure::Auc,
            "class" => CrossValidationMeasure::Class,
            "mse" => CrossValidationMeasure::Mse,
            "mae" => CrossValidationMeasure::Mae,
            _ => CrossValidationMeasure::Concordance,
        };
        let bad = *variant == "bad_fold";
        let folds = r.data.numbers(if bad { "bad_fold" } else { "fold" });
        let folds: Vec<usize> = folds.iter().map(|f| *f as usize).collect();
        let options = r.options(variant);
        let found = r.with(family, |outcome| {
            cross_validate_elastic_net(&x, outcome, &folds, measure, &options).unwrap()
        });
        assert_eq!(found.measure, measure, "{case}");
        worst.check_all(&case, &found.cvm, &r.list(&case, "cvm"), VALIDATION, 0.0);
        worst.check_all(&case, &found.cvsd, &r.list(&case, "cvsd"), VALIDATION, 1e-6);
        let index = [found.index_min as f64, found.index_1se as f64];
        assert_eq!(index.to_vec(), r.list(&case, "index"), "{case}");
        // Without an event Harrell's C has no pair either, without both classes the AUC none.
        assert_eq!(
            found.unjudged_folds,
            if bad { vec![3] } else { vec![] },
            "{case}"
        );
    }
    worst.report("cross-validation");
}
