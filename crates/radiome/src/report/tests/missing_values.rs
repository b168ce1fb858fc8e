//! Missing clinical values in the report: made up here, as the rest of the fixture is.

use indexmap::IndexMap;

use super::super::render;
use super::{fixture, visible};
use crate::results::{ImputationSummary, MissingColumn, MissingValues, PooledTerm};

/// A number and a word that lack values, and a candidate of one value only.
fn missing_values(imputation: Option<ImputationSummary>) -> MissingValues {
    let column = |name: &str, kind: &str, train: usize, imputed: bool| MissingColumn {
        column: name.to_owned(),
        kind: kind.to_owned(),
        missing: IndexMap::from([("train".to_owned(), train), ("external".to_owned(), 0)]),
        imputed: imputed && imputation.is_some(),
    };
    MissingValues {
        method: match imputation {
            Some(_) => "multiple_imputation",
            None => "complete_cases",
        }
        .to_owned(),
        imputation,
        columns: vec![
            column("age", "number", 12, true),
            column("site", "factor", 3, true),
            column("capsule", "number", 0, false),
        ],
        expected: IndexMap::from([
            (
                "train".to_owned(),
                vec!["TR001".to_owned(), "TR002".to_owned()],
            ),
            ("external".to_owned(), Vec::new()),
        ]),
    }
}

#[test]
fn the_report_tells_what_was_missing_and_what_was_done() {
    let mut results = fixture::full();
    let page = |results: &_| {
        let text = visible(&render(results).unwrap().html);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!page(&results).contains("Missing values of the clinical candidates"));

    results.missing_values = Some(missing_values(None));
    let text = page(&results);
    assert!(text.contains("Complete cases: each regression uses"));
    assert!(!text.contains("Imputed by"));

    results.missing_values = Some(missing_values(Some(ImputationSummary {
        imputations: 20,
        iterations: 10,
        donors: 5,
    })));
    let term = &mut results.clinical_model.terms.as_mut().unwrap()[0];
    term.pooled = Some(PooledTerm {
        df: 61.23,
        relative_increase: 0.21,
        fraction_missing: 0.196,
    });
    let text = page(&results);
    for words in [
        "Missing values of the clinical candidates",
        "12 (11",
        "predictive mean matching",
        "multinomial logistic model",
        "one value only in training",
        "20 completed data",
        "Missing clinical values: age (12) and site (3).",
        "done again inside every resample",
        "takes an expected value for 2 patients",
        "Fraction of missing information",
        "0.20 (df 61.2",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let report = render(&results).unwrap();
    let table = |name: &str| {
        let mut tables = report.tables.iter();
        tables.find(|table| table.name == name).unwrap().csv.clone()
    };
    assert!(table("missing_values.csv").contains("age,number,train,109,12,true\n"));
    assert!(table("pooled_terms.csv").contains(",61.23,0.21,0.196\n"));
    // Read back, the results give the same page.
    let text = serde_json::to_string(&results).unwrap();
    let again = serde_json::from_str(&text).unwrap();
    assert_eq!(render(&again).unwrap().html, report.html);
}
