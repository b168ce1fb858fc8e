//! `radiome p-adjust`.

use super::{Agreement, folder, json, read_json, reference, refused, run};

#[test]
fn every_method_agrees_with_r() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("01_group_tests/p_adjust_expected.json"));
    let mut agreement = Agreement::default();
    for (key, r) in expected.as_object().unwrap() {
        let table = "01_group_tests/pvalues.csv";
        // The methods are named as R names them: BH and BY in capitals.
        let found = json(&folder, &["p-adjust", table, "--p", "p", "--method", key]);
        let (ours, r) = (&found["adjusted"], r.as_array().unwrap());
        assert_eq!(ours.as_array().unwrap().len(), r.len());
        for (place, r) in r.iter().enumerate() {
            // Closed forms.
            agreement.check(key, &ours[place], r, 1e-9);
        }
        assert_eq!(found["n"], r.len());
    }
    agreement.report("adjusted P values");
}

#[test]
fn rows_keep_their_order_and_missing_ones_stay_missing() {
    let folder = folder("name,p\na,0.02\nb,NA\nc,0.01\n");
    let arguments = [
        "p-adjust",
        "table.csv",
        "--p",
        "P",
        "--id",
        "name",
        "--out",
        "out.csv",
    ];
    // Holm: 2 x 0.01, then the larger of that and 0.02.
    let text = run(folder.path(), &arguments);
    assert_eq!(
        text,
        "name     p  p_adjusted\na     0.02        0.02\nb        -           -\nc     0.01        0.02\n"
    );
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(
        csv,
        "name,p,p_adjusted\na,0.02,0.02\nb,NaN,NaN\nc,0.01,0.02\n"
    );
    let found = json(
        folder.path(),
        &["p-adjust", "table.csv", "--p", "p", "--method", "fdr"],
    );
    assert_eq!(found["method"], "bh");
    assert_eq!(found["adjusted"], serde_json::json!([0.02, null, 0.02]));
    assert_eq!(found["warnings"], serde_json::json!([]));
}

#[test]
fn what_is_no_p_value_is_refused_with_its_place() {
    let folder = folder("p,q\n0.5,x\n1.5,y\n");
    for (arguments, said) in [
        (
            &["--p", "p"][..],
            "table.csv, row 3, column \"p\": 1.5 is no P value",
        ),
        (
            &["--p", "q"],
            "table.csv, row 2, column \"q\": \"x\" is not a number",
        ),
        (&["--p", "r"], "table.csv has no column \"r\""),
        (&["--p", "p", "--method", "sidak"], "possible values: holm"),
        (&[], "--p <COL>"),
    ] {
        let all: Vec<&str> = ["p-adjust", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
