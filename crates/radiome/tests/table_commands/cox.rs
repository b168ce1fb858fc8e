//! `radiome cox`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run};

/// Newton models; the suggested tolerance of the reference set.
const NEWTON: f64 = 1e-8;

/// The term, or test, of a name: terms stand in the order of the table.
#[track_caller]
fn named<'a>(list: &'a Value, name: &Value) -> &'a Value {
    let mut items = list.as_array().unwrap().iter();
    let found = items.find(|item| item["name"] == *name);
    found.unwrap_or_else(|| panic!("no {name} in {list}"))
}
/// Closed forms.
const CLOSED_FORM: f64 = 1e-9;

#[test]
fn fits_agree_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["surv_109_month_ties", "surv_71_continuous"] {
        let table = format!("11_survival/{set}.csv");
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        for (name, r) in r["cox"].as_object().unwrap() {
            if r.get("error").is_some() {
                // R's own summary failed here; see `strata_agree_with_r`
                continue;
            }
            let (_, right) = r["formula"].as_str().unwrap().split_once('~').unwrap();
            let variables: Vec<&str> = right.split('+').map(str::trim).collect();
            let variables = variables.join(",");
            for zph in ["km", "identity"] {
                let found = json(
                    &folder,
                    &[
                        "cox",
                        &table,
                        "--time",
                        "time",
                        "--event",
                        "event",
                        "--vars",
                        &variables,
                        "--ties",
                        r["ties"].as_str().unwrap(),
                        "--zph",
                        zph,
                    ],
                );
                check_fit(&mut agreement, &format!("{set} {name}"), &found, r);
                let r = &r[format!("zph_{zph}")];
                let terms = r["term"].as_array().unwrap();
                let found = &found["proportional_hazards"];
                assert_eq!(found.as_array().unwrap().len(), terms.len());
                for (k, term) in terms.iter().enumerate() {
                    let ours = named(found, term);
                    agreement.check(name, &ours["chi_square"], &r["chisq"][k], NEWTON);
                    agreement.check(name, &ours["df"], &r["df"][k], 0.0);
                    agreement.check(name, &ours["p_value"], &r["p"][k], NEWTON);
                }
            }
        }
    }
    agreement.report("Cox models");
}

fn check_fit(agreement: &mut Agreement, place: &str, found: &Value, r: &Value) {
    agreement.check(place, &found["n"], &r["n"], 0.0);
    agreement.check(place, &found["events"], &r["events"], 0.0);
    agreement.check(place, &found["loglik"][0], &r["loglik_null"], NEWTON);
    agreement.check(place, &found["loglik"][1], &r["loglik"], NEWTON);
    agreement.check(place, &found["aic"], &r["aic"], NEWTON);
    agreement.check(place, &found["bic"], &r["bic_events"], NEWTON);
    let terms = &r["coefficients"];
    let names = match &terms["term"] {
        Value::Array(names) => names.clone(),
        one => vec![one.clone()],
    };
    assert_eq!(found["terms"].as_array().unwrap().len(), names.len());
    for (k, name) in names.iter().enumerate() {
        let ours = named(&found["terms"], name);
        for (ours, key) in [
            (&ours["coef"], "coef"),
            (&ours["se"], "se"),
            (&ours["z"], "z"),
            (&ours["p_value"], "p"),
            (&ours["hazard_ratio"], "hr"),
            (&ours["ci"][0], "lower"),
            (&ours["ci"][1], "upper"),
        ] {
            agreement.check(&format!("{place} {key}"), ours, &terms[key][k], NEWTON);
        }
    }
    // in the order of the table, as the terms are
    let place_of = |name: &Value| {
        let mut ours = found["terms"].as_array().unwrap().iter();
        ours.position(|term| term["name"] == *name).unwrap()
    };
    for (j, first) in names.iter().enumerate() {
        for (k, second) in names.iter().enumerate() {
            let ours = &found["covariance"][place_of(first)][place_of(second)];
            let theirs = &r["vcov"]["rows"][j][k];
            // 1e-6 is the scale of covariances near 0, the largest being about 0.1
            let difference = (number(ours) - number(theirs)).abs();
            assert!(
                difference <= NEWTON * number(theirs).abs().max(1e-6),
                "{place}"
            );
        }
    }
    for (key, theirs) in [
        ("likelihood_ratio", "lr_test"),
        ("wald", "wald_test"),
        ("score", "score_test"),
    ] {
        let (ours, theirs) = (&found["tests"][key], &r[theirs]);
        agreement.check(place, &ours["chi_square"], &theirs[0], NEWTON);
        agreement.check(place, &ours["df"], &theirs[1], 0.0);
        agreement.check(place, &ours["p_value"], &theirs[2], NEWTON);
    }
    let (ours, theirs) = (&found["concordance"], &r["concordance"]);
    agreement.check(place, &ours["c"], &theirs["c"], CLOSED_FORM);
    agreement.check(place, &ours["se"], &theirs["se"], CLOSED_FORM);
    let (ours, theirs) = (&found["baseline_hazard"][0], &r["basehaz_uncentered"]);
    let times = theirs["time"].as_array().unwrap();
    assert_eq!(ours["time"].as_array().unwrap().len(), times.len());
    for (k, time) in times.iter().enumerate() {
        agreement.check(place, &ours["time"][k], time, CLOSED_FORM);
        agreement.check(place, &ours["hazard"][k], &theirs["hazard"][k], NEWTON);
    }
}

/// What R 4.2.2 with survival 3.5-3 gives for radscore + margin + strata(center), Efron's ties, on
/// the set with month ties: coxph(eps = 1e-13), cox.zph and concordance.
#[test]
fn strata_agree_with_r() {
    let Some(folder) = reference() else { return };
    let found = json(
        &folder,
        &[
            "cox",
            "11_survival/surv_109_month_ties.csv",
            "--time",
            "time",
            "--event",
            "event",
            "--vars",
            "radscore,margin",
            "--strata",
            "center",
        ],
    );
    let mut agreement = Agreement::default();
    let mut check = |ours: &Value, r: f64, tolerance: f64| {
        agreement.check("strata", ours, &Value::from(r), tolerance);
    };
    let terms = ["radscore", "margin"].map(|name| named(&found["terms"], &name.into()));
    check(&terms[0]["coef"], 0.7498331815783191, NEWTON);
    check(&terms[1]["coef"], 0.3214934282318586, NEWTON);
    check(&terms[0]["se"], 0.1447792572638292, NEWTON);
    check(&terms[1]["se"], 0.2452825453024534, NEWTON);
    check(&found["loglik"][0], -233.8832143939887, NEWTON);
    check(&found["loglik"][1], -219.7362156234034, NEWTON);
    let tests = &found["tests"];
    check(
        &tests["likelihood_ratio"]["p_value"],
        7.178546177913354e-07,
        NEWTON,
    );
    check(&tests["score"]["chi_square"], 28.6684523925745, NEWTON);
    check(&tests["wald"]["chi_square"], 27.8098933403148, NEWTON);
    let proportional = ["radscore", "margin", "GLOBAL"]
        .map(|name| named(&found["proportional_hazards"], &name.into()));
    check(&proportional[0]["chi_square"], 1.355591900695036, NEWTON);
    check(&proportional[1]["p_value"], 0.1728920461482754, NEWTON);
    check(&proportional[2]["chi_square"], 3.108185605157164, NEWTON);
    check(&found["concordance"]["c"], 0.7036701404621658, CLOSED_FORM);
    check(
        &found["concordance"]["se"],
        0.03478579040135821,
        CLOSED_FORM,
    );
    for (stratum, last) in [(0, 2.410833323038537), (1, 2.954845766050378)] {
        let hazard = found["baseline_hazard"][stratum]["hazard"]
            .as_array()
            .unwrap();
        assert_eq!(hazard.len(), 40);
        check(&hazard[39], last, NEWTON);
    }
    assert_eq!(found["strata"], "center");
    assert_eq!(found["baseline_hazard"][0]["stratum"], "A");
    assert_eq!(found["baseline_hazard"][1]["stratum"], "B");
    agreement.report("Cox model with strata");
}

/// What R gives for radscore + factor(tstage, reference 2) + radscore:margin, Breslow's ties.
#[test]
fn factors_and_products_agree_with_r() {
    let Some(folder) = reference() else { return };
    let found = json(
        &folder,
        &[
            "cox",
            "11_survival/surv_109_month_ties.csv",
            "--time",
            "time",
            "--event",
            "event",
            "--vars",
            "radscore,tstage,margin",
            "--factor",
            "tstage",
            "--reference",
            "tstage=2",
            "--interaction",
            "radscore:margin",
            "--ties",
            "breslow",
        ],
    );
    let mut agreement = Agreement::default();
    let r = [
        ("radscore", 0.4242972379994892, 0.1997952381395451),
        ("tstage=1", -0.2532434584017886, 0.3065643355487593),
        ("tstage=3", -0.07454627299962945, 0.3292036629895356),
        ("tstage=4", 0.4960635460888569, 0.4955833818381138),
        ("margin", 0.5455609071626646, 0.2719395842188005),
        ("radscore:margin", 0.7177389979623332, 0.2890030676377546),
    ];
    assert_eq!(found["terms"].as_array().unwrap().len(), r.len());
    for (name, coef, se) in r {
        let ours = named(&found["terms"], &name.into());
        agreement.check("factor", &ours["coef"], &Value::from(coef), NEWTON);
        agreement.check("factor", &ours["se"], &Value::from(se), NEWTON);
    }
    let r = [
        ("radscore", 0.3857178673949946, 1),
        ("tstage", 0.2880582846554357, 3),
        ("margin", 0.1535341303694638, 1),
        ("radscore:margin", 0.01829143274726383, 1),
        ("GLOBAL", 0.9731684665800768, 6),
    ];
    for (name, chi_square, df) in r {
        let ours = named(&found["proportional_hazards"], &name.into());
        assert_eq!(ours["df"], df);
        agreement.check(name, &ours["chi_square"], &Value::from(chi_square), NEWTON);
    }
    let ours = &found["concordance"];
    agreement.check(
        "c",
        &ours["c"],
        &Value::from(0.7200629072118625),
        CLOSED_FORM,
    );
    agreement.check(
        "c",
        &ours["se"],
        &Value::from(0.03135836723185213),
        CLOSED_FORM,
    );
    agreement.report("Cox model with a factor");
}

const PATIENTS: &str = "ID,months,seen,age,site,same
a,1,1,70,arm,1
b,2,1,61,leg,1
c,3,0,66,arm,1
d,4,1,50,leg,1
e,5,1,64,arm,1
f,6,0,58,leg,1
g,7,1,52,arm,1
h,8,0,49,,1
";

#[test]
fn the_screen_shows_terms_tests_and_concordance() {
    let folder = folder(PATIENTS);
    let fixed = ["cox", "table.csv", "--time", "months", "--event", "seen"];
    let text = run(
        folder.path(),
        &[
            &fixed[..],
            &["--vars", "age,site,same", "--out", "terms.csv"],
        ]
        .concat(),
    );
    assert!(
        text.starts_with("term      hazard ratio") && text.contains("\nsite=leg "),
        "{text}"
    );
    for said in [
        "7 rows, 5 events",
        "proportional hazards: all",
        "\nconcordance 0.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let csv = std::fs::read_to_string(folder.path().join("terms.csv")).unwrap();
    assert!(csv.starts_with("term,coef,se,z,p_value,hazard_ratio,lower,upper\nage,"));
    let found = json(
        folder.path(),
        &[&fixed[..], &["--vars", "age,site,same"]].concat(),
    );
    let codes: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    // The site is a word.
    assert_eq!(
        codes,
        ["missing_values", "factor", "constant_feature", "few_events"]
    );
    assert!(number(&found["terms"][0]["hazard_ratio"]) > 1.0);
}

#[test]
fn separated_data_have_a_result_with_a_warning() {
    let folder = folder("t,e,x\n1,1,9\n2,1,8\n3,1,7\n4,1,6\n5,1,5\n6,0,1\n");
    let found = json(
        folder.path(),
        &[
            "cox",
            "table.csv",
            "--time",
            "t",
            "--event",
            "e",
            "--vars",
            "x",
        ],
    );
    assert_eq!(found["separation"], true);
    assert_eq!(found["warnings"][0]["code"], "separation");
    assert!(found["terms"][0]["p_value"].is_null());
    assert!(found["proportional_hazards"].is_null());
    assert!(number(&found["tests"]["score"]["p_value"]) < 0.05);
    assert_eq!(found["concordance"]["c"], 1.0);
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let table = "t,e,x,y,twice,c,o\n1,1,9,2,18,1,0\n2,1,8,5,16,1,0\n3,0,2,7,4,1,0\n4,1,6,1,12,1,0\n5,0,7,3,14,1,0\n";
    let folder = folder(table);
    for (arguments, said) in [
        (
            &["--vars", "x,twice"][..],
            "the term \"twice\" is a linear combination of the terms",
        ),
        (&["--vars", "c"], "no predictor varies"),
        (&["--vars", "z"], "has no column \"z\""),
        (
            &["--vars", "x", "--factor", "y"],
            "--factor names \"y\", which is no predictor",
        ),
        (
            &["--vars", "x", "--ties", "exact"],
            "possible values: efron, breslow",
        ),
        (&["--vars", "x", "--strata", "w"], "has no column \"w\""),
        (
            &["--vars", "x,y,twice", "--factor", "x,y"],
            "5 rows are too few for 9 terms; at least 10 are needed",
        ),
    ] {
        let fixed = ["cox", "table.csv", "--time", "t", "--event", "e"];
        let error = refused(folder.path(), &[&fixed[..], arguments].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    let no_event = [
        "cox",
        "table.csv",
        "--time",
        "t",
        "--event",
        "o",
        "--vars",
        "x",
    ];
    let error = refused(folder.path(), &no_event);
    assert!(error.contains("column \"o\": no event was seen"), "{error}");
}
