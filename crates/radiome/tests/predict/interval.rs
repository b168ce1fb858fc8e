//! Standard errors of the linear predictor and intervals of the probability against R.

use std::path::Path;

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome::pipeline::{ClinicalColumn, ClinicalModel, ClinicalValues, Dataset, ExpectedColumns};
use radiome::table::Table;

#[test]
fn standard_errors_are_those_of_r() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/prediction/interval.csv");
    let table = Table::read(&path).unwrap();
    let sets = table.cells("set").unwrap();
    for set in ["plain", "separated"] {
        let rows: Vec<usize> = (0..table.len()).filter(|&row| sets[row] == set).collect();
        let part = table.select_rows(&rows);
        let numbers = |name: &str| part.numbers(name).unwrap();
        let column = |name: &str, values| ClinicalColumn {
            name: name.to_owned(),
            values,
        };
        let site = part.texts("site").unwrap().into_iter();
        let data = Dataset {
            patient: (0..rows.len()).collect(),
            outcome: numbers("outcome")
                .iter()
                .map(|&value| value == 1.0)
                .collect(),
            batch: vec![String::new(); rows.len()],
            covariates: Vec::new(),
            folds: None,
            features: DMatrix::zeros(rows.len(), 0),
            readings: IndexMap::new(),
            intensities: None,
            clinical: vec![
                column("age", ClinicalValues::Number(numbers("age"))),
                column("marker", ClinicalValues::Number(numbers("marker"))),
                column(
                    "site",
                    ClinicalValues::Factor(site.map(|cell| cell.map(str::to_owned)).collect()),
                ),
            ],
        };
        let all: Vec<usize> = (0..rows.len()).collect();
        // A level above every P keeps every candidate.
        let fitted = ClinicalModel::fit(&data.training(&all), 2.0).unwrap();
        let model = fitted.model.unwrap();
        assert_eq!(model.is_separated(), set == "separated");
        let none = DMatrix::zeros(rows.len(), 0);
        let nothing = ExpectedColumns::default();
        let scores = model.score(&data, &nothing, &none);
        let errors = model.standard_errors(&data, &nothing, &none);
        // R's covariance is that of the step before the last; both fits settle far below 1e-8.
        for (found, name) in [(&scores, "fit"), (&errors, "se")] {
            for (value, expected) in found.iter().zip(numbers(name)) {
                let difference = (value - expected).abs() / expected.abs().max(1.0);
                assert!(difference < 1e-7, "{set} {name}: {value} {expected}");
            }
        }
        let logistic = |eta: f64| 1.0 / (1.0 + (-eta).exp());
        for (row, (score, error)) in scores.iter().zip(&errors).enumerate() {
            for (name, side) in [("lower", -1.0), ("upper", 1.0)] {
                let limit = logistic(score + side * 1.959_963_984_540_054 * error);
                assert!((limit - numbers(name)[row]).abs() < 1e-7);
            }
        }
    }
}
