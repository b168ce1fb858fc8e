//! mRMR against the reference set 04, which equals `mRMRe::mRMR.classic`.

mod fixture;

use fixture::{Differences, Table, folder, json_at, numbers};
use nalgebra::DMatrix;
use radiome_stats::selection::mrmr::{MrmrCorrelation, MrmrForm, mrmr};

#[test]
fn four_forms_agree_with_the_reference() {
    let Some(folder) = folder() else { return };
    let table = Table::read_at(&folder.join("04_mrmr/mrmr_109x300.csv"));
    let e = json_at(&folder.join("04_mrmr/mrmr_109x300_expected.json"));
    let names: Vec<String> = table
        .header
        .iter()
        .filter(|h| !["id", "y"].contains(&h.as_str()))
        .cloned()
        .collect();
    let (features, target) = (table.columns(&names), table.numbers("y"));
    let mut d = Differences::default();
    for (correlation, c) in [
        (MrmrCorrelation::Pearson, "pearson"),
        (MrmrCorrelation::Spearman, "spearman"),
    ] {
        for (form, f) in [
            (MrmrForm::Difference, "difference"),
            (MrmrForm::Quotient, "quotient"),
        ] {
            let ours = mrmr(&features, &target, 30, form, correlation).unwrap();
            let expected = &e[format!("mrmre_classic_{c}_{f}")];
            let one_based: Vec<f64> = ours.selected.iter().map(|&j| (j + 1) as f64).collect();
            assert_eq!(one_based, numbers(&expected["index_1based"]), "{c} {f}");
            for (i, (a, b)) in ours
                .scores
                .iter()
                .zip(numbers(&expected["score"]))
                .enumerate()
            {
                d.add("score", &format!("{c} {f} {i}"), *a, b, 1e-6);
            }
            let relevance = numbers(&e[format!("relevance_mi_{c}")]);
            for (i, (a, b)) in ours.relevance.iter().zip(relevance).enumerate() {
                d.add("relevance", &format!("{c} {i}"), *a, b, 1e-6);
            }
        }
    }
    // Rounding of correlations near zero.
    d.check("mRMR", &[("", 1e-9)]);
}

#[test]
fn constants_are_left_out_and_bad_input_refused() {
    let table = DMatrix::from_row_slice(4, 3, &[1., 5., 0., 2., 5., 1., 3., 5., 0., 5., 5., 1.]);
    let y = [0.0, 0.0, 1.0, 1.0];
    let run =
        |t: &DMatrix<f64>, y: &[f64]| mrmr(t, y, 9, MrmrForm::Difference, MrmrCorrelation::Pearson);
    let result = run(&table, &y).unwrap();
    assert_eq!(result.selected, [0, 2]);
    assert!(result.relevance[1].is_nan());
    assert!(run(&table, &[1.0; 4]).is_err());
    assert!(run(&table, &y[..3]).is_err());
    let mut missing = table.clone();
    missing[(0, 0)] = f64::NAN;
    assert!(run(&missing, &y).is_err());
}
