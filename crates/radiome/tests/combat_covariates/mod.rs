//! ComBat with covariates as a pipeline fits and applies it, against sva.
//!
//! Fixture: `reference/combat_covariates/combat_covariates.R`.

use std::path::PathBuf;

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome::pipeline::{
    ClinicalColumn, ClinicalValues, Dataset, FeatureTransform, HarmonizationRule, Pipeline,
};
use radiome::study::{HarmonizationFit, UnseenBatch};
use radiome::table::Table;
use radiome::validation::Stream;

use super::pipeline;

const FEATURES: usize = 12;

fn table(name: &str) -> Table {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/combat_covariates");
    Table::read(&folder.join(name)).unwrap()
}

fn features(table: &Table) -> DMatrix<f64> {
    let columns: Vec<Vec<f64>> = (1..=FEATURES)
        .map(|number| table.numbers(&format!("T1_f{number:02}")).unwrap())
        .collect();
    DMatrix::from_fn(table.len(), FEATURES, |row, column| columns[column][row])
}

fn words(table: &Table, column: &str) -> Vec<String> {
    table.cells(column).unwrap().to_vec()
}

/// The patients and the rows of those who train.
fn patients() -> (Dataset, Vec<usize>) {
    let table = table("patients.csv");
    let n = table.len();
    let train = words(&table, "split")
        .iter()
        .enumerate()
        .filter(|(_, split)| *split == "train")
        .map(|(row, _)| row)
        .collect();
    let site = words(&table, "site").into_iter().map(Some).collect();
    let data = Dataset {
        patient: (0..n).collect(),
        outcome: (0..n).map(|row| row % 2 == 0).collect(),
        batch: words(&table, "scanner"),
        covariates: vec![
            ClinicalColumn {
                name: "age".into(),
                values: ClinicalValues::Number(table.numbers("age").unwrap()),
            },
            ClinicalColumn {
                name: "site".into(),
                values: ClinicalValues::Factor(site),
            },
        ],
        folds: None,
        features: features(&table),
        readings: IndexMap::new(),
        intensities: None,
        clinical: Vec::new(),
    };
    (data, train)
}

fn fitted(data: &Dataset, train: &[usize]) -> FeatureTransform {
    let rule = Pipeline {
        harmonization: Some(HarmonizationRule {
            unseen: UnseenBatch::None,
            fit: HarmonizationFit::Training,
        }),
        ..pipeline(FEATURES, 4)
    };
    let mut generator = Stream::Final.generator(rule.seed);
    let (transform, _) = rule
        .fit_signatures(&data.training(train), &mut generator)
        .unwrap();
    transform
}

/// Harmonised features before standardisation.
fn harmonized(transform: &FeatureTransform, data: &Dataset) -> DMatrix<f64> {
    let mut values = transform.apply(data).unwrap().values;
    for (place, mut column) in values.column_iter_mut().enumerate() {
        column *= transform.standard_deviation[place];
        column.add_scalar_mut(transform.mean[place]);
    }
    values
}

#[test]
fn covariates_are_kept_as_sva_keeps_them() {
    let (data, train) = patients();
    let transform = fitted(&data, &train);
    assert_eq!(transform.columns, (0..FEATURES).collect::<Vec<_>>());
    let names: Vec<&str> = transform
        .covariates
        .iter()
        .map(|term| term.variable())
        .collect();
    assert_eq!(names, ["age", "site"]);
    let expected = features(&table("corrected.csv"));
    let found = harmonized(&transform, &data);
    // sva's stopping rule is followed, so both stop after the same step; the fixture has 15 digits.
    let far = (&found - &expected).abs().max();
    assert!(far < 1e-9, "{far}");
    // External patients are among them, adjusted by the frozen fit.
    assert!(train.len() < data.len());
    assert!((&found - &data.features).abs().max() > 0.5);
}

#[test]
fn a_level_that_training_never_saw_leaves_the_row_alone() {
    let (mut data, train) = patients();
    let transform = fitted(&data, &train);
    let row = (0..data.len()).find(|row| !train.contains(row)).unwrap();
    let before = harmonized(&transform, &data);
    let ClinicalValues::Factor(site) = &mut data.covariates[1].values else {
        panic!("a site is a word");
    };
    site[row] = Some("foot".into());
    assert_eq!(transform.unknown_covariates(&data), [row]);
    let after = harmonized(&transform, &data);
    for other in 0..data.len() {
        let expected = if other == row {
            &data.features
        } else {
            &before
        };
        let far = (after.row(other) - expected.row(other)).abs().max();
        assert!(far < 1e-12, "{other}: {far}");
    }
}

#[test]
fn a_covariate_of_the_scanner_alone_leaves_everything_unharmonized() {
    let (mut data, train) = patients();
    let copy = data.batch.iter().cloned().map(Some).collect();
    data.covariates[1].values = ClinicalValues::Factor(copy);
    let transform = fitted(&data, &train);
    assert!(transform.combat.is_none());
    assert!(transform.unharmonized.unwrap().contains("covariate"));
}
