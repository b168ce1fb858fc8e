//! mRMR against the reference set 04, which equals `mRMRe::mRMR.classic`.

mod fixture;

use fixture::{Differences, Table, folder, json_at, numbers};
use nalgebra::DMatrix;
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};

#[test]
fn every_form_agrees_with_the_reference() {
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
    use MrmrAssociation::{Binned, F, Pearson, Spearman};
    use MrmrForm::{Difference, Quotient};
    for (association, form, selection, relevance) in [
        (
            Pearson,
            Difference,
            "mrmre_classic_pearson_difference",
            "relevance_mi_pearson",
        ),
        (
            Pearson,
            Quotient,
            "mrmre_classic_pearson_quotient",
            "relevance_mi_pearson",
        ),
        (
            Spearman,
            Difference,
            "mrmre_classic_spearman_difference",
            "relevance_mi_spearman",
        ),
        (
            Spearman,
            Quotient,
            "mrmre_classic_spearman_quotient",
            "relevance_mi_spearman",
        ),
        (Binned, Difference, "mid_binned3", "relevance_mi_binned3"),
        (Binned, Quotient, "miq_binned3", "relevance_mi_binned3"),
        (F, Quotient, "fcq_mrmr_selection", "relevance_F"),
    ] {
        let ours = mrmr(&features, &target, 30, form, association).unwrap();
        let expected = &e[selection];
        let one_based: Vec<f64> = ours.selected.iter().map(|&j| (j + 1) as f64).collect();
        assert_eq!(one_based, numbers(&expected["index_1based"]), "{selection}");
        for (i, (a, b)) in ours
            .scores
            .iter()
            .zip(numbers(&expected["score"]))
            .enumerate()
        {
            d.add("score", &format!("{selection} {i}"), *a, b, 1e-6);
        }
        let expected = numbers(&e[relevance]);
        assert_eq!(ours.relevance.len(), expected.len());
        for (i, (a, b)) in ours.relevance.iter().zip(expected).enumerate() {
            d.add("relevance", &format!("{relevance} {i}"), *a, b, 1e-6);
        }
    }
    // Rounding of correlations near zero.
    d.check("mRMR", &[("", 1e-9)]);
}

/// Counts by hand: 4 rows of each of two classes, of which a level tells 3 right and 1 wrong.
#[test]
fn information_of_counts_is_that_of_their_table() {
    let column = [1.0, 1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 1.0];
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    // mean 5, standard deviation 4.28: all lie within one deviation, so nothing is told
    let table = DMatrix::from_column_slice(8, 1, &column);
    let of = |table: &DMatrix<f64>| {
        mrmr(table, &y, 1, MrmrForm::Difference, MrmrAssociation::Binned).unwrap()
    };
    assert_eq!(of(&table).relevance, [0.0]);
    // mean 4.5, standard deviation 4.11: 10 lies above 8.61, -1 and 4 to 6 do not lie below 0.39
    let column = [4.0, 4.0, 6.0, 10.0, 10.0, 4.0, -1.0, -1.0];
    let table = DMatrix::from_column_slice(8, 1, &column);
    // below: 0 against 2 of the classes; between: 3 against 1; above: 1 against 1
    let term = |cell: f64, level: f64| cell / 8.0 * (cell * 8.0 / (level * 4.0)).ln();
    let expected = term(2.0, 2.0) + term(3.0, 4.0) + term(1.0, 4.0) + 2.0 * term(1.0, 2.0);
    assert!((of(&table).relevance[0] - expected).abs() < 1e-15);
}

#[test]
fn constants_are_left_out_and_bad_input_refused() {
    let table = DMatrix::from_row_slice(4, 3, &[1., 5., 0., 2., 5., 1., 3., 5., 0., 5., 5., 1.]);
    let y = [0.0, 0.0, 1.0, 1.0];
    let run =
        |t: &DMatrix<f64>, y: &[f64]| mrmr(t, y, 9, MrmrForm::Difference, MrmrAssociation::Pearson);
    let result = run(&table, &y).unwrap();
    assert_eq!(result.selected, [0, 2]);
    assert!(result.relevance[1].is_nan());
    assert!(run(&table, &[1.0; 4]).is_err());
    assert!(run(&table, &y[..3]).is_err());
    let mut missing = table.clone();
    missing[(0, 0)] = f64::NAN;
    assert!(run(&missing, &y).is_err());
}
