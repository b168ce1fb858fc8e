//! ICC against `psych::ICC` (reference set 02) and the made cohort (12).

mod fixture;

use fixture::{Differences, Table, folder, json_at, number, numbers};
use nalgebra::DMatrix;
use radiome_stats::reliability::icc::{Icc, IccForm, icc};

/// Long form (reader fastest) to subjects x readers.
fn wide(values: &[f64], readers: usize) -> DMatrix<f64> {
    DMatrix::from_row_slice(values.len() / readers, readers, values)
}

#[test]
fn six_forms_agree_with_psych() {
    let Some(folder) = folder() else { return };
    let mut d = Differences::default();
    for (name, readers) in [("icc_40x2", 2), ("icc_40x3", 3)] {
        let data = Table::read_at(&folder.join(format!("02_icc/{name}.csv")));
        let expected = json_at(&folder.join(format!("02_icc/{name}_expected.json")));
        for (feature, e) in expected.as_object().unwrap() {
            let ours = icc(&wide(&data.numbers(feature), readers), 0.95).unwrap();
            let place = format!("{name} {feature}");
            let mean_squares = [
                ours.mean_square_subjects,
                ours.mean_square_readers,
                ours.mean_square_error,
                ours.mean_square_within,
            ];
            for (key, value) in ["MSB", "MSJ", "MSE", "MSW"].iter().zip(mean_squares) {
                d.add(key, &place, value, number(&e[*key]), 0.0);
            }
            d.add(
                "n",
                &place,
                ours.subjects_used as f64,
                number(&e["n_used"]),
                0.0,
            );
            assert_eq!(
                ours.is_degenerate(),
                e["degenerate"].as_bool().unwrap(),
                "{place}"
            );
            let form = |key: &str| numbers(&e["forms"][key]);
            for (i, estimate) in ours.estimates.iter().enumerate() {
                let at = format!("{place} {}", estimate.form.name());
                for (key, value) in [
                    ("icc", estimate.value),
                    ("F", estimate.f),
                    ("df1", estimate.df1),
                    ("df2", estimate.df2),
                    ("p", estimate.p_value),
                    ("lower", estimate.lower),
                    ("upper", estimate.upper),
                ] {
                    d.add(key, &at, value, form(key)[i], 0.0);
                }
            }
        }
    }
    // Suggested tolerance of closed forms.
    d.check("ICC", &[("", 1e-9)]);
}

#[test]
fn the_filter_of_the_made_cohort_comes_out() {
    let Some(folder) = folder() else { return };
    let data = Table::read_at(&folder.join("12_end_to_end/repeat_reader.csv"));
    let expected = Table::read_at(&folder.join("12_end_to_end/step01_icc.csv"));
    let readings = ["R1", "R1b", "R2"].map(|r| data.select("reading", r));
    let ids = readings[0].text("id");
    let (mut d, mut kept) = (Differences::default(), 0);
    for (row, feature) in expected.text("feature").iter().enumerate() {
        let values = readings.each_ref().map(|table| {
            let (names, column) = (table.text("id"), table.numbers(feature));
            ids.iter()
                .map(|id| column[names.iter().position(|n| n == id).unwrap()])
                .collect::<Vec<f64>>()
        });
        let pair = |other: usize| -> Icc {
            let pair = DMatrix::from_columns(&[
                nalgebra::DVector::from_column_slice(&values[0]),
                nalgebra::DVector::from_column_slice(&values[other]),
            ]);
            icc(&pair, 0.95).unwrap()
        };
        let (intra, inter) = (pair(1), pair(2));
        for (prefix, result) in [("intra", &intra), ("inter", &inter)] {
            let agreement = &result.estimates[1];
            for (suffix, value) in [
                ("icc21", agreement.value),
                ("lower", agreement.lower),
                ("upper", agreement.upper),
                ("icc31", result.value(IccForm::ConsistencySingle)),
            ] {
                let name = format!("{prefix}_{suffix}");
                d.add(&name, feature, value, expected.numbers(&name)[row], 1e-3);
            }
        }
        let keep = [intra, inter]
            .iter()
            .all(|i| i.value(IccForm::AgreementSingle) > 0.75);
        assert_eq!(keep, expected.numbers("keep")[row] == 1.0, "{feature}");
        kept += usize::from(keep);
    }
    d.check("made cohort ICC", &[("", 1e-9)]);
    println!("  {kept} of {} features kept", expected.rows.len());
}

#[test]
fn unfit_input_is_an_error() {
    assert!(icc(&DMatrix::from_element(5, 1, 1.0), 0.95).is_err());
    assert!(icc(&DMatrix::from_element(1, 2, 1.0), 0.95).is_err());
    assert!(icc(&DMatrix::from_element(5, 2, f64::NAN), 0.95).is_err());
    assert!(icc(&DMatrix::from_element(5, 2, f64::INFINITY), 0.95).is_err());
    assert!(icc(&DMatrix::zeros(0, 0), 0.95).is_err());
}
