//! Survival statistics against the survival package 3.5-3 (R).

mod fixture;

use fixture::{Table, Worst, json, number, numbers, rows};
use nalgebra::DMatrix;
use radiome_stats::regression::RegressionError;
use radiome_stats::survival::{
    CoxTest, CoxTies, PairRule, SurvivalInterval, SurvivalQuantile, TimeTransform,
    compare_concordance, concordance, cox_regression, kaplan_meier, log_rank, paired_concordance,
    proportional_hazards_test,
};

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;
/// Newton models: 1e-8, as the reference set advises.
const NEWTON: f64 = 1e-8;

fn triple(q: SurvivalQuantile) -> [f64; 3] {
    [q.time, q.lower, q.upper].map(|v| v.unwrap_or(f64::NAN))
}

fn check_set(set: &str) {
    let Some(expected) = json(&format!("11_survival/{set}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("11_survival/{set}.csv")).unwrap();
    let (time, event) = (data.numbers("time"), data.booleans("event"));

    let mut worst = Worst::default();
    for (name, e) in expected["kaplan_meier"].as_object().unwrap() {
        let chosen: Vec<usize> = match name.split_once('=') {
            None => (0..time.len()).collect(),
            Some((column, value)) => {
                let cells = data.text(column);
                (0..time.len()).filter(|&i| cells[i] == value).collect()
            }
        };
        let t: Vec<f64> = chosen.iter().map(|&i| time[i]).collect();
        let s: Vec<bool> = chosen.iter().map(|&i| event[i]).collect();
        for (interval, key) in [
            (SurvivalInterval::Log, "log"),
            (SurvivalInterval::LogLog, "loglog"),
            (SurvivalInterval::Plain, "plain"),
            (SurvivalInterval::Logit, "logit"),
            (SurvivalInterval::Arcsin, "arcsin"),
        ] {
            let km = kaplan_meier(&t, &s, interval, 0.95).unwrap();
            let place = format!("{name} {key}");
            let as_f64 = |v: &[usize]| v.iter().map(|c| *c as f64).collect::<Vec<f64>>();
            worst.check_all(&place, &km.time, &numbers(&e["time"]), CLOSED, 0.0);
            worst.check_all(
                &place,
                &as_f64(&km.at_risk),
                &numbers(&e["n_risk"]),
                0.0,
                1.0,
            );
            worst.check_all(
                &place,
                &as_f64(&km.events),
                &numbers(&e["n_event"]),
                0.0,
                1.0,
            );
            worst.check_all(
                &place,
                &as_f64(&km.censored),
                &numbers(&e["n_censor"]),
                0.0,
                1.0,
            );
            worst.check_all(&place, &km.survival, &numbers(&e["surv"]), CLOSED, 1e-12);
            worst.check_all(
                &place,
                &km.standard_error_log,
                &numbers(&e["std_err_of_log_surv"]),
                CLOSED,
                0.0,
            );
            worst.check_all(
                &place,
                &km.cumulative_hazard,
                &numbers(&e["cumhaz_nelson_aalen"]),
                CLOSED,
                0.0,
            );
            let greenwood: Vec<f64> = km.time.iter().map(|t| km.standard_error_at(*t)).collect();
            worst.check_all(
                &place,
                &greenwood,
                &numbers(&e["greenwood_se_surv"]),
                CLOSED,
                0.0,
            );
            let ci = &e["ci"][key];
            worst.check_all(
                &format!("{place} lower"),
                &km.lower,
                &numbers(&ci["lower"]),
                CLOSED,
                1e-12,
            );
            worst.check_all(
                &format!("{place} upper"),
                &km.upper,
                &numbers(&ci["upper"]),
                CLOSED,
                1e-12,
            );
            for (p, q) in [(0.25, "q25"), (0.5, "median"), (0.75, "q75")] {
                worst.check_all(
                    &format!("{place} {q}"),
                    &triple(km.quantile(p)),
                    &numbers(&ci[q]),
                    CLOSED,
                    0.0,
                );
            }
            let at = &ci["at_times"];
            for (k, t) in numbers(&at["times"]).into_iter().enumerate() {
                worst.check(
                    &place,
                    km.survival_at(t),
                    numbers(&at["surv"])[k],
                    CLOSED,
                    1e-12,
                );
                worst.check(
                    &place,
                    km.limits_at(t).0,
                    numbers(&at["lower"])[k],
                    CLOSED,
                    1e-12,
                );
                worst.check(
                    &place,
                    km.limits_at(t).1,
                    numbers(&at["upper"])[k],
                    CLOSED,
                    1e-12,
                );
                worst.check(
                    &place,
                    km.standard_error_at(t),
                    numbers(&at["se"])[k],
                    CLOSED,
                    0.0,
                );
                worst.check(
                    &place,
                    km.at_risk_at(t) as f64,
                    numbers(&at["n_risk"])[k],
                    0.0,
                    1.0,
                );
            }
        }
    }
    let km = kaplan_meier(&time, &event, SurvivalInterval::Log, 0.95).unwrap();
    let r = &expected["rmst"]["all"];
    let (mean, se) = km.restricted_mean(number(&r["tau"])).unwrap();
    worst.check("rmst", mean, number(&r["rmst"]), CLOSED, 0.0);
    worst.check("rmst se", se, number(&r["se"]), CLOSED, 0.0);
    worst.report(&format!("{set} Kaplan-Meier"));

    let mut worst = Worst::default();
    let as_label = |column: &str| -> Vec<usize> {
        data.text(column)
            .iter()
            .map(|c| c.bytes().fold(0, |h, b| h * 256 + b as usize))
            .collect()
    };
    let center = as_label("center");
    for (name, e) in expected["logrank"].as_object().unwrap() {
        let (column, rho, strata) = if let Some(c) = name.strip_suffix("_peto_rho1") {
            (c, 1.0, None)
        } else if let Some(c) = name.strip_suffix("_stratified_by_center") {
            (c, 0.0, Some(center.as_slice()))
        } else {
            (name.as_str(), 0.0, None)
        };
        let t = log_rank(&time, &event, &as_label(column), strata, rho).unwrap();
        worst.check_all(name, &t.observed, &numbers(&e["observed"]), CLOSED, 0.0);
        worst.check_all(name, &t.expected, &numbers(&e["expected"]), CLOSED, 0.0);
        for (found, row) in t
            .covariance
            .iter()
            .zip(e["var"]["rows"].as_array().unwrap())
        {
            worst.check_all(name, found, &numbers(row), CLOSED, 0.0);
        }
        worst.check(name, t.chi_square, number(&e["chi2"]), CLOSED, 0.0);
        worst.check(name, t.df as f64, number(&e["df"]), 0.0, 1.0);
        worst.check(name, t.p, number(&e["p_value"]), CLOSED, 0.0);
    }
    worst.report(&format!("{set} log-rank"));

    let mut worst = Worst::default();
    for (name, e) in expected["cindex"].as_object().unwrap() {
        let c = concordance(&time, &event, &data.numbers(name), 0.95).unwrap();
        worst.check(name, c.c, number(&e["c"]), CLOSED, 0.0);
        worst.check(name, c.standard_error, number(&e["se"]), CLOSED, 0.0);
        worst.check_all(
            name,
            &[c.lower, c.upper],
            &numbers(&e["ci_wald"]),
            CLOSED,
            0.0,
        );
        for (found, key) in [
            (c.concordant, "concordant"),
            (c.discordant, "discordant"),
            (c.tied_score, "tied.x"),
            (c.tied_time, "tied.y"),
            (c.tied_both, "tied.xy"),
        ] {
            assert_eq!(found, e["counts"][key].as_u64().unwrap(), "{name} {key}");
        }
        // Hmisc counts each pair twice
        let comparable = c.concordant + c.discordant + c.tied_score;
        for (found, key) in [
            (c.c, "hmisc_c"),
            (c.standard_error, "hmisc_sd_over_2"),
            (2.0 * comparable as f64, "hmisc_relevant_pairs"),
            ((2 * c.concordant + c.tied_score) as f64, "hmisc_concordant"),
        ] {
            worst.check(name, found, number(&e[key]), CLOSED, 0.0);
        }
    }
    for (name, e) in expected["cindex_compare"].as_object().unwrap() {
        let (a, b) = name.split_once("_vs_").unwrap();
        let t =
            compare_concordance(&time, &event, &data.numbers(a), &data.numbers(b), 0.95).unwrap();
        worst.check(name, t.difference, number(&e["diff"]), CLOSED, 0.0);
        worst.check(name, t.standard_error, number(&e["se"]), CLOSED, 0.0);
        worst.check(name, t.p, number(&e["p_value"]), CLOSED, 0.0);
        worst.check(name, t.z, number(&e["z"]), CLOSED, 0.0);
        let [variance_a, variance_b] =
            [&t.first, &t.second].map(|c| c.standard_error * c.standard_error);
        let v = rows(&e["vcov"]);
        worst.check_all(
            name,
            &[variance_a, t.covariance, variance_b],
            &[v[0][0], v[0][1], v[1][1]],
            CLOSED,
            0.0,
        );
        // Hmisc's default looks at how far apart the scores set a pair.
        let r = &e["hmisc_rcorrp"];
        let (first, second) = (data.numbers(a), data.numbers(b));
        let pairs =
            paired_concordance(&time, &event, &first, &second, PairRule::Separation).unwrap();
        for (found, key) in [
            (pairs.first, "x1 more concordant"),
            (pairs.second, "x2 more concordant"),
            (pairs.difference, "Dxy"),
            (pairs.standard_error, "S.D."),
            (2.0 * pairs.pairs as f64, "Relevant Pairs"),
        ] {
            worst.check(
                &format!("{name} {key}"),
                found,
                number(&r[key]),
                CLOSED,
                0.0,
            );
        }
        // By order alone what the two differ in is what their C differ in.
        let by_order = paired_concordance(&time, &event, &first, &second, PairRule::Order).unwrap();
        assert_eq!(by_order.pairs, pairs.pairs);
        if t.first.tied_score == 0 && t.second.tied_score == 0 {
            worst.check(name, by_order.difference, t.difference, CLOSED, 0.0);
        }
    }
    worst.report(&format!("{set} concordance"));

    let mut worst = Worst::default();
    for (name, e) in expected["cox"].as_object().unwrap() {
        if e.get("error").is_some() {
            continue; // the reference itself has no values for these
        }
        let ties = if name.ends_with("efron") {
            CoxTies::Efron
        } else {
            CoxTies::Breslow
        };
        let (_, right) = e["formula"].as_str().unwrap().split_once('~').unwrap();
        let columns: Vec<&str> = right.split('+').map(str::trim).collect();
        let x = data.columns(&columns);
        let m = cox_regression(&x, &time, &event, ties, 0.95).unwrap();
        assert!(!m.separation);
        let c = &e["coefficients"];
        let list = |f: fn(&radiome_stats::survival::CoxCoefficient) -> f64| -> Vec<f64> {
            m.coefficients.iter().map(f).collect()
        };
        worst.check_all(
            name,
            &list(|c| c.estimate),
            &numbers(&c["coef"]),
            NEWTON,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.standard_error),
            &numbers(&c["se"]),
            NEWTON,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.hazard_ratio),
            &numbers(&c["hr"]),
            NEWTON,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.hazard_ratio_lower),
            &numbers(&c["lower"]),
            NEWTON,
            0.0,
        );
        worst.check_all(
            name,
            &list(|c| c.hazard_ratio_upper),
            &numbers(&c["upper"]),
            NEWTON,
            0.0,
        );
        worst.check_all(name, &list(|c| c.z), &numbers(&c["z"]), NEWTON, 0.0);
        worst.check_all(name, &list(|c| c.p), &numbers(&c["p"]), NEWTON, 0.0);
        for (found, row) in m
            .covariance
            .iter()
            .zip(e["vcov"]["rows"].as_array().unwrap())
        {
            worst.check_all(name, found, &numbers(row), NEWTON, 1e-6);
        }
        worst.check(
            name,
            m.null_log_likelihood,
            number(&e["loglik_null"]),
            NEWTON,
            0.0,
        );
        worst.check(name, m.log_likelihood, number(&e["loglik"]), NEWTON, 0.0);
        for (t, key) in [
            (m.likelihood_ratio, "lr_test"),
            (m.wald, "wald_test"),
            (m.score, "score_test"),
        ] {
            worst.check_all(
                &format!("{name} {key}"),
                &[t.chi_square, t.df as f64, t.p],
                &numbers(&e[key]),
                NEWTON,
                0.0,
            );
        }
        let b = &e["basehaz_uncentered"];
        assert_eq!(m.baseline.len(), 1);
        let baseline = &m.baseline[0];
        worst.check_all(name, &baseline.time, &numbers(&b["time"]), CLOSED, 0.0);
        worst.check_all(
            name,
            &baseline.cumulative_hazard,
            &numbers(&b["hazard"]),
            NEWTON,
            1e-9,
        );
        let centre: f64 = numbers(&e["means"])
            .iter()
            .zip(numbers(&c["coef"]))
            .map(|(m, b)| m * b)
            .sum();
        let centred: Vec<f64> = baseline
            .cumulative_hazard
            .iter()
            .map(|h| h * centre.exp())
            .collect();
        let centred_hazard = numbers(&e["basehaz_centered"]["hazard"]);
        worst.check_all(name, &centred, &centred_hazard, NEWTON, 1e-9);
        worst.check(name, m.aic(), number(&e["aic"]), NEWTON, 0.0);
        worst.check(name, m.bic(), number(&e["bic_events"]), NEWTON, 0.0);
        // floor 1: events minus expectations
        worst.check_all(
            &format!("{name} martingale"),
            &m.martingale_residuals,
            &numbers(&e["martingale"]),
            NEWTON,
            1.0,
        );
        worst.check_all(
            &format!("{name} deviance"),
            &m.deviance_residuals,
            &numbers(&e["deviance_resid"]),
            NEWTON,
            1.0,
        );
        let harrell = concordance(&time, &event, &m.linear_predictor, 0.95).unwrap();
        let c = &e["concordance"];
        worst.check(name, harrell.c, number(&c["c"]), CLOSED, 0.0);
        worst.check(name, harrell.standard_error, number(&c["se"]), CLOSED, 0.0);
        for (transform, key) in [
            (TimeTransform::KaplanMeier, "zph_km"),
            (TimeTransform::Identity, "zph_identity"),
        ] {
            let t = proportional_hazards_test(&m, &x, &time, &event, None, None, transform);
            let t = t.unwrap();
            let tests: Vec<CoxTest> = t.terms.iter().copied().chain([t.global]).collect();
            let list = |f: fn(&CoxTest) -> f64| tests.iter().map(f).collect::<Vec<f64>>();
            let place = format!("{name} {key}");
            let e = &e[key];
            worst.check_all(
                &place,
                &list(|t| t.chi_square),
                &numbers(&e["chisq"]),
                NEWTON,
                0.0,
            );
            worst.check_all(&place, &list(|t| t.df as f64), &numbers(&e["df"]), 0.0, 1.0);
            worst.check_all(&place, &list(|t| t.p), &numbers(&e["p"]), NEWTON, 0.0);
        }
        let lp: Vec<f64> = m.linear_predictor.iter().map(|l| l - centre).collect();
        worst.check_all(
            name,
            &lp,
            &numbers(&e["linear_predictors_centered"]),
            NEWTON,
            1e-3,
        );
    }
    worst.report(&format!("{set} Cox"));
}

#[test]
fn month_ties() {
    check_set("surv_109_month_ties");
}

#[test]
fn continuous() {
    check_set("surv_71_continuous");
}

#[test]
fn edges() {
    let time = [1.0, 2.0, 3.0, 4.0];
    let event = [true; 4];
    let score = DMatrix::from_column_slice(4, 1, &[4.0, 3.0, 2.0, 1.0]);
    // the score orders all events: the estimate is infinite
    let m = cox_regression(&score, &time, &event, CoxTies::Efron, 0.95).unwrap();
    assert!(m.separation && m.coefficients[0].standard_error.is_nan());
    assert_eq!(
        cox_regression(&score, &time, &[false; 4], CoxTies::Efron, 0.95),
        Err(RegressionError::NoEvent)
    );
    assert!(kaplan_meier(&[-1.0], &[true], SurvivalInterval::Log, 0.95).is_err());
    assert!(kaplan_meier(&[], &[], SurvivalInterval::Log, 0.95).is_err());
    assert!(log_rank(&time, &event, &[1; 4], None, 0.0).is_err());
    assert!(log_rank(&time, &[false; 4], &[0, 0, 1, 1], None, 0.0).is_err());
    assert!(concordance(&time, &[false; 4], &[1.0; 4], 0.95).is_err());
    let km = kaplan_meier(&time, &[false; 4], SurvivalInterval::LogLog, 0.95).unwrap();
    assert_eq!(km.median().time, None);
    assert_eq!(km.restricted_mean(5.0), None);
    assert_eq!(km.restricted_mean(4.0), Some((4.0, 0.0)));
}
