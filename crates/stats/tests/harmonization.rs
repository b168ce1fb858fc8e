//! ComBat against `sva::ComBat` (reference set 03) and the made cohort (12).

mod fixture;

use fixture::{Differences, Table, folder, json_at, number, numbers, rows, strings};
use nalgebra::DMatrix;
use radiome_stats::harmonization::StoppingRule;
use radiome_stats::harmonization::combat::{Combat, CombatError, CombatOptions, Unseen};

/// Suggested tolerance when sva's stopping rule is copied.
const TOLERANCE: &[(&str, f64)] = &[("", 1e-8)];

fn feature_names(table: &Table) -> Vec<String> {
    let known = ["id", "batch", "grade", "age", "set", "scanner"];
    table
        .header
        .iter()
        .filter(|h| !known.contains(&h.as_str()))
        .cloned()
        .collect()
}

fn compare_matrix(d: &mut Differences, name: &str, ours: &DMatrix<f64>, expected: &DMatrix<f64>) {
    assert_eq!(ours.shape(), expected.shape());
    for i in 0..ours.nrows() {
        for j in 0..ours.ncols() {
            d.add(
                name,
                &format!("row {i} column {j}"),
                ours[(i, j)],
                expected[(i, j)],
                1e-3,
            );
        }
    }
}

fn compare_slice(d: &mut Differences, name: &str, ours: &[f64], expected: &[f64]) {
    assert_eq!(ours.len(), expected.len(), "{name}");
    for (i, (a, b)) in ours.iter().zip(expected).enumerate() {
        // Locations cross zero: standardised units set the scale.
        d.add(
            name,
            &i.to_string(),
            *a,
            *b,
            if name.contains("gamma") { 1e-2 } else { 0.0 },
        );
    }
}

#[test]
fn every_variant_agrees_with_sva() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("03_combat");
    let table = Table::read_at(&folder.join("combat_180x60.csv"));
    let names = feature_names(&table);
    let features = table.columns(&names);
    let batches = table.labels("batch");
    let covariates = table.columns(&["grade".to_string(), "age".to_string()]);
    for (variant, reference) in [
        ("param_nocov", None),
        ("param_cov", None),
        ("nonparam_nocov", None),
        ("nonparam_cov", None),
        ("meanonly_param_nocov", None),
        ("meanonly_nonparam_cov", None),
        ("ref_GE_param_nocov", Some("GE")),
        ("ref_GE_param_cov", Some("GE")),
        ("ref_SI_nonparam_cov", Some("SI")),
    ] {
        let stem = format!("combat_180x60__{variant}");
        let e = json_at(&folder.join(format!("{stem}_estimates.json")));
        let corrected =
            Table::read_at(&folder.join(format!("{stem}_corrected.csv"))).columns(&names);
        let options = CombatOptions {
            parametric: !variant.contains("nonparam"),
            mean_only: variant.contains("meanonly"),
            reference_batch: reference.map(String::from),
            stopping_rule: StoppingRule::Sva,
            unseen: Unseen::Error,
        };
        let with = (!variant.contains("nocov")).then_some(&covariates);
        let combat = Combat::fit(&features, &batches, with, &options).unwrap();
        let ours = combat.apply(&features, &batches, with).unwrap();
        let mut d = Differences::default();
        compare_matrix(&mut d, "corrected", &ours.values, &corrected);
        compare_slice(
            &mut d,
            "grand mean",
            &combat.grand_mean,
            &numbers(&e["grand_mean"]),
        );
        compare_slice(
            &mut d,
            "pooled",
            &combat.pooled_variance,
            &numbers(&e["var_pooled"]),
        );
        let labels: Vec<String> = combat.batches.iter().map(|b| b.label.clone()).collect();
        assert_eq!(labels, strings(&e["batches"]));
        for (i, batch) in combat.batches.iter().enumerate() {
            // The reference batch's location is zero up to rounding, and is not used.
            if reference != Some(batch.label.as_str()) {
                compare_slice(
                    &mut d,
                    "gamma hat",
                    &batch.gamma_hat,
                    &rows(&e["gamma_hat"])[i],
                );
                d.add("t2", &batch.label, batch.prior.t2, number(&e["t2"][i]), 0.0);
            }
            compare_slice(
                &mut d,
                "delta hat",
                &batch.delta_hat,
                &rows(&e["delta_hat"])[i],
            );
            compare_slice(
                &mut d,
                "gamma star",
                &batch.gamma_star,
                &rows(&e["gamma_star"])[i],
            );
            compare_slice(
                &mut d,
                "delta star",
                &batch.delta_star,
                &rows(&e["delta_star"])[i],
            );
        }
        d.check(variant, TOLERANCE);
        if let Some(full) = e.get("fully_converged") {
            let options = CombatOptions {
                stopping_rule: StoppingRule::Full,
                ..options
            };
            let combat = Combat::fit(&features, &batches, with, &options).unwrap();
            let mut d = Differences::default();
            for (i, batch) in combat.batches.iter().enumerate() {
                compare_slice(
                    &mut d,
                    "gamma star",
                    &batch.gamma_star,
                    &rows(&full["gamma_star"])[i],
                );
                compare_slice(
                    &mut d,
                    "delta star",
                    &batch.delta_star,
                    &rows(&full["delta_star"])[i],
                );
            }
            d.check(&format!("{variant}, fixed point"), TOLERANCE);
        }
    }
}

fn own() -> CombatOptions {
    CombatOptions {
        stopping_rule: StoppingRule::Sva,
        unseen: Unseen::Own,
        ..CombatOptions::default()
    }
}

#[test]
fn a_frozen_fit_agrees_and_survives_a_file() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("03_combat");
    let read = |name: &str| Table::read_at(&folder.join(name));
    let (train, new) = (read("apply_train.csv"), read("apply_new.csv"));
    let names = feature_names(&train);
    let combat = Combat::fit(&train.columns(&names), &train.labels("batch"), None, &own()).unwrap();
    let combat: Combat = serde_json::from_str(&serde_json::to_string(&combat).unwrap()).unwrap();
    let mut d = Differences::default();
    let ours = combat
        .apply(&train.columns(&names), &train.labels("batch"), None)
        .unwrap();
    let expected = read("apply_train_corrected.csv").columns(&names);
    compare_matrix(&mut d, "train", &ours.values, &expected);
    let ours = combat
        .apply(&new.columns(&names), &new.labels("batch"), None)
        .unwrap();
    let expected = read("apply_new_corrected.csv").columns(&names);
    compare_matrix(&mut d, "new", &ours.values, &expected);
    d.check("frozen", TOLERANCE);
    assert_eq!(
        (ours.estimated.len(), ours.estimated[0].label.as_str()),
        (1, "ZZ")
    );
    assert!(ours.unadjusted.is_empty());

    let with = |unseen| Combat {
        options: CombatOptions { unseen, ..own() },
        ..combat.clone()
    };
    let result = with(Unseen::Error).apply(&new.columns(&names), &new.labels("batch"), None);
    assert!(matches!(result, Err(CombatError::UnseenBatches { .. })));
    let kept = with(Unseen::Unadjusted)
        .apply(&new.columns(&names), &new.labels("batch"), None)
        .unwrap();
    assert_eq!(kept.unadjusted, ["ZZ"]);
    let row = new.labels("batch").iter().position(|b| b == "ZZ").unwrap();
    assert_eq!(kept.values.row(row), new.columns(&names).row(row));
}

#[test]
fn the_made_cohort_comes_out_frozen_and_pooled() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("12_end_to_end");
    let table = Table::read_at(&folder.join("features.csv"));
    for way in ["frozen", "pooled"] {
        let e = json_at(&folder.join(way).join("step02_combat.json"));
        let names = strings(&e["features"]);
        let fitted = if way == "frozen" {
            table.select("set", "train")
        } else {
            Table {
                header: table.header.clone(),
                rows: table.rows.clone(),
            }
        };
        let combat = Combat::fit(
            &fitted.columns(&names),
            &fitted.labels("scanner"),
            None,
            &own(),
        )
        .unwrap();
        let ours = combat
            .apply(&table.columns(&names), &table.labels("scanner"), None)
            .unwrap();
        let harmonised = Table::read_at(&folder.join(way).join("step02_harmonised.csv"));
        assert_eq!(harmonised.labels("id"), table.labels("id"));
        let mut d = Differences::default();
        compare_matrix(
            &mut d,
            "harmonised",
            &ours.values,
            &harmonised.columns(&names),
        );
        compare_slice(
            &mut d,
            "grand mean",
            &combat.grand_mean,
            &numbers(&e["grand_mean"]),
        );
        d.check(&format!("made cohort, {way}"), TOLERANCE);
    }
}

fn labels(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

#[test]
fn edges_are_errors_or_named() {
    let table = DMatrix::from_fn(8, 3, |i, j| ((i * 7 + j * 5 + i * i * (j + 1)) % 11) as f64);
    let fit = |table: &DMatrix<f64>, batches: &str, covariates: Option<&DMatrix<f64>>| {
        Combat::fit(
            table,
            &labels(batches),
            covariates,
            &CombatOptions::default(),
        )
    };
    assert!(matches!(
        fit(&DMatrix::zeros(0, 3), "", None),
        Err(CombatError::NoRows)
    ));
    assert!(matches!(
        fit(&table, "abcdefgh", Some(&table)),
        Err(CombatError::TooFewRows {
            rows: 8,
            columns: 11,
            feature: None
        })
    ));
    assert!(matches!(
        fit(&table, "aaaabbb", None),
        Err(CombatError::Rows { .. })
    ));
    // The second covariate is told by the batches.
    let covariates = DMatrix::from_fn(8, 2, |i, j| [(i % 3) as f64, f64::from(i >= 4)][j]);
    assert_eq!(
        fit(&table, "aaaabbbb", Some(&covariates)),
        Err(CombatError::Confounded {
            covariate: 1,
            feature: None
        })
    );
    // Where feature 2 is present, the covariate does not vary.
    let covariate = DMatrix::from_fn(8, 1, |i, _| f64::from(u8::from(i / 2 % 2 == 1)));
    let mut gaps = table.clone();
    [2, 3, 6, 7].iter().for_each(|&i| gaps[(i, 2)] = f64::NAN);
    assert_eq!(
        fit(&gaps, "abababab", Some(&covariate)),
        Err(CombatError::Confounded {
            covariate: 0,
            feature: Some(2)
        })
    );
    let single = fit(&table, "aaaabbbc", None).unwrap();
    assert!(single.options.mean_only);
    let mut constant = table.clone();
    (0..4).for_each(|i| constant[(i, 1)] = 2.0);
    let combat = fit(&constant, "aaaabbbb", None).unwrap();
    assert_eq!(combat.untouched_features, [1]);
    let result = combat.apply(&constant, &labels("aaaabbbb"), None).unwrap();
    assert_eq!(result.values.column(1), constant.column(1));
    let mut missing = table.clone();
    missing[(2, 0)] = f64::NAN;
    let combat = fit(&missing, "aaaabbbb", None).unwrap();
    let result = combat.apply(&missing, &labels("aaaabbbb"), None).unwrap();
    assert_eq!(result.values.iter().filter(|v| v.is_nan()).count(), 1);
    missing.column_mut(0).rows_mut(0, 4).fill(f64::NAN);
    assert!(matches!(
        fit(&missing, "aaaabbbb", None),
        Err(CombatError::TooFewValues { .. })
    ));

    let mut damaged = combat.clone();
    damaged.batches[0].gamma_star.pop();
    assert!(matches!(
        damaged.apply(&table, &labels("aaaabbbb"), None),
        Err(CombatError::Damaged(_))
    ));
    damaged = combat;
    damaged.adjusted_features[0] = 3;
    assert!(matches!(
        damaged.apply(&table, &labels("aaaabbbb"), None),
        Err(CombatError::Damaged(_))
    ));
}
