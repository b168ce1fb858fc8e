//! A study whose harmonisation keeps the effect of clinical columns.

use std::fs;

use serde_json::Value;

use super::small_cohort::T1_ONLY;
use super::{finished, refused, table};

fn rule(covariates: &str) -> String {
    format!("{{method: combat, batch: scanner, covariates: [{covariates}]}}")
}

#[test]
fn covariates_that_cannot_be_kept_are_refused() {
    let cases = [
        ("outcome", "high_grade", "is the study's outcome"),
        ("twin", "grade", "looks like the outcome under another name"),
        ("scanner", "scanner", "is the scanner itself"),
        ("twice", "sex, sex", "more than once"),
        ("nowhere", "sexx", "did you mean `sex`?"),
        ("single", "centre", "has a single value"),
    ];
    for (name, covariates, words) in cases {
        let rule = rule(covariates);
        refused(
            &format!("covariate_{name}"),
            &[("harmonization", rule.as_str())],
            &["harmonization.covariates", words],
        );
    }
}

#[test]
fn a_covariate_that_follows_from_the_scanner_is_refused() {
    let scanners = std::cell::RefCell::new(String::new());
    let tables = table("covariate_confounded.csv", |_, column, cell| {
        if column == "scanner" {
            scanners.replace(cell.to_owned());
        }
        // The site is told by the scanner.
        (column == "site").then(|| format!("site of {}", scanners.borrow()))
    });
    let rule = rule("age_years, site");
    let changes = [
        ("tables", tables.as_str()),
        ("harmonization", rule.as_str()),
    ];
    refused(
        "covariate_confounded",
        &changes,
        &["follows from the scanner", "take `site` out"],
    );
}

#[test]
fn covariates_stand_in_the_results_and_in_the_model() {
    let tables = table("covariate_unknown.csv", |patient, column, _| {
        (patient == 5 && column == "age_years").then(String::new)
    });
    let rule = rule("sex, age_years");
    let changes = [
        ("tables", tables.as_str()),
        ("sequences", T1_ONLY),
        ("reliability", ""),
        ("harmonization", rule.as_str()),
    ];
    let (folder, results, _) = finished("covariates", 0, &changes);
    let harmonization = results.harmonization.as_ref().unwrap();
    assert_eq!(harmonization.covariates, ["sex", "age_years"]);
    let excluded = &results.cohort.excluded;
    assert!(
        excluded
            .iter()
            .any(|one| one.reason_code == "covariate_unknown")
    );
    let text = fs::read_to_string(folder.join("model.json")).unwrap();
    let model: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(model["covariates"][0]["variable"], "sex");
    let coefficients = model["combat"]["covariate_coefficients"]
        .as_array()
        .unwrap();
    assert_eq!(coefficients.len(), 2);
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("keeping the effect of sex and age_years"));
}
