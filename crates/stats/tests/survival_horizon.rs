//! Survival at a horizon, cut points and pairs of groups against R (survival 3.5-3, riskRegression
//! 2022.11.28, maxstat 0.7-25, exactRankTests 0.8-35).

mod fixture;

use fixture::{Table, Worst, json, number, numbers, strings};
use radiome_stats::compare::p_adjust::{Adjustment, p_adjust};
use radiome_stats::survival::{
    CensoringTies, SurvivalInterval, brier_score, compare_restricted_mean, kaplan_meier,
    kaplan_meier_roc, maximally_selected_log_rank, pairwise_log_rank, restricted_mean,
    reverse_kaplan_meier, time_dependent_auc,
};

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;
/// P values of the maximal statistic: closed forms here, so stricter than the 1e-4 advised.
const P_OF_MAXIMUM: f64 = 1e-9;

const SETS: [&str; 2] = ["surv_109_month_ties", "surv_71_continuous"];

struct Set {
    name: &'static str,
    data: Table,
    expected: serde_json::Value,
    time: Vec<f64>,
    event: Vec<bool>,
}

fn sets() -> Vec<Set> {
    SETS.iter()
        .filter_map(|&name| {
            let expected = json(&format!("11_survival/{name}_expected.json"))?;
            let data = Table::read(&format!("11_survival/{name}.csv"))?;
            let (time, event) = (data.numbers("time"), data.booleans("event"));
            Some(Set {
                name,
                data,
                expected,
                time,
                event,
            })
        })
        .collect()
}

#[test]
fn weighted_auc() {
    for s in sets() {
        let mut worst = Worst::default();
        for (marker, by_time) in s.expected["timedep_auc_ipcw"].as_object().unwrap() {
            let score = s.data.numbers(marker);
            for e in by_time.as_object().unwrap().values() {
                let place = format!("{marker} {}", e["time"]);
                let at = |ties| {
                    let t = number(&e["time"]);
                    time_dependent_auc(&s.time, &s.event, &score, t, ties, 0.95).unwrap()
                };
                let a = at(CensoringTies::EventsFirst);
                worst.check(&place, a.auc, number(&e["auc"]), CLOSED, 0.0);
                worst.check(
                    &place,
                    at(CensoringTies::Together).auc,
                    number(&e["auc_with_naive_G"]),
                    CLOSED,
                    0.0,
                );
                worst.check(
                    &place,
                    a.uncensored_at_horizon,
                    number(&e["G_at_t"]),
                    CLOSED,
                    0.0,
                );
                worst.check(&place, a.cases as f64, number(&e["n_cases"]), 0.0, 1.0);
                worst.check(
                    &place,
                    a.controls as f64,
                    number(&e["n_controls"]),
                    0.0,
                    1.0,
                );
                let r = &e["riskRegression_Score"];
                for (found, key) in [
                    (a.auc, "auc"),
                    (a.standard_error, "se"),
                    (a.lower, "lower"),
                    (a.upper, "upper"),
                ] {
                    worst.check(
                        &format!("{place} riskRegression {key}"),
                        found,
                        number(&r[key]),
                        CLOSED,
                        0.0,
                    );
                }
            }
        }
        worst.report(&format!("{} weighted AUC", s.name));
    }
}

#[test]
fn kaplan_meier_auc() {
    for s in sets() {
        let mut worst = Worst::default();
        for (marker, by_time) in s.expected["timedep_auc_km_heagerty"].as_object().unwrap() {
            let score = s.data.numbers(marker);
            for e in by_time.as_object().unwrap().values() {
                let place = format!("{marker} {}", e["time"]);
                let roc = kaplan_meier_roc(&s.time, &s.event, &score, number(&e["time"])).unwrap();
                worst.check(&place, roc.auc, number(&e["auc"]), CLOSED, 0.0);
                // floor 1: differences of survival probabilities, rounded to 1e-16
                worst.check_all(&place, &roc.sensitivity, &numbers(&e["tp"]), CLOSED, 1.0);
                worst.check_all(&place, &roc.false_positive, &numbers(&e["fp"]), CLOSED, 1.0);
                worst.check_all(
                    &place,
                    &roc.cuts[1..],
                    &numbers(&e["cut_values"])[1..],
                    CLOSED,
                    0.0,
                );
            }
        }
        worst.report(&format!("{} Kaplan-Meier AUC", s.name));
    }
}

#[test]
fn brier() {
    for s in sets() {
        let mut worst = Worst::default();
        for (key, e) in s.expected["ipcw_brier"].as_object().unwrap() {
            let horizon: f64 = key.trim_start_matches('t').parse().unwrap();
            let predicted = numbers(&e["pred_surv"]);
            let b = brier_score(&s.time, &s.event, &predicted, horizon).unwrap();
            worst.check(key, b, number(&e["brier"]), CLOSED, 0.0);
            worst.check(
                key,
                b,
                number(&e["riskRegression_brier"]["brier"]),
                CLOSED,
                0.0,
            );
        }
        worst.report(&format!("{} Brier score", s.name));
    }
}

#[test]
fn restricted_means() {
    for s in sets() {
        let mut worst = Worst::default();
        let expected = &s.expected["rmst"];
        let curve = |wanted: Option<&str>| {
            let group = s.data.text("risk2");
            let rows: Vec<usize> = (0..s.time.len())
                .filter(|&i| wanted.is_none_or(|w| group[i] == w))
                .collect();
            let time: Vec<f64> = rows.iter().map(|&i| s.time[i]).collect();
            let event: Vec<bool> = rows.iter().map(|&i| s.event[i]).collect();
            kaplan_meier(&time, &event, SurvivalInterval::Log, 0.95).unwrap()
        };
        let tau = number(&expected["all"]["tau"]);
        for (wanted, e) in [
            (None, &expected["all"]),
            (Some("0"), &expected["by_group"]["risk2=0"]),
            (Some("1"), &expected["by_group"]["risk2=1"]),
        ] {
            let r = restricted_mean(&curve(wanted), tau, 0.95).unwrap();
            worst.check("mean", r.mean, number(&e["rmst"]), CLOSED, 0.0);
            worst.check("se", r.standard_error, number(&e["se"]), CLOSED, 0.0);
            worst.check_all("ci", &[r.lower, r.upper], &numbers(&e["ci"]), CLOSED, 0.0);
        }
        let check = &expected["check_survival_summary"];
        let all = restricted_mean(&curve(None), tau, 0.95).unwrap();
        worst.check("summary", all.mean, number(&check["rmean"]), CLOSED, 0.0);
        worst.check(
            "summary",
            all.standard_error,
            number(&check["se"]),
            CLOSED,
            0.0,
        );
        let d = compare_restricted_mean(&curve(Some("1")), &curve(Some("0")), tau, 0.95).unwrap();
        let e = &expected["difference"];
        for (found, key) in [
            (d.difference, "diff"),
            (d.standard_error, "se"),
            (d.z, "z"),
            (d.p, "p_value"),
        ] {
            worst.check(key, found, number(&e[key]), CLOSED, 0.0);
        }
        let open = kaplan_meier(&[1.0, 2.0], &[true, false], SurvivalInterval::Log, 0.95).unwrap();
        assert!(restricted_mean(&open, 3.0, 0.95).is_err());
        assert!(restricted_mean(&curve(None), f64::NAN, 0.95).is_err());
        worst.report(&format!("{} restricted mean", s.name));
    }
}

#[test]
fn follow_up() {
    for s in sets() {
        let curve = reverse_kaplan_meier(&s.time, &s.event, SurvivalInterval::Log, 0.95).unwrap();
        let m = curve.median();
        let mut worst = Worst::default();
        worst.check_all(
            "median",
            &[m.time, m.lower, m.upper].map(|v| v.unwrap_or(f64::NAN)),
            &numbers(&s.expected["reverse_km_median_followup"]),
            CLOSED,
            0.0,
        );
        worst.report(&format!("{} follow-up", s.name));
    }
}

#[test]
fn maximal_statistic() {
    for s in sets() {
        let mut worst = Worst::default();
        for (marker, e) in s.expected["maxstat"].as_object().unwrap() {
            let x = s.data.numbers(marker);
            for share in [0.1, 0.2] {
                let place = format!("{marker} {share}");
                let e_share = &e[&format!("minprop_{share}")];
                let m =
                    maximally_selected_log_rank(&s.time, &s.event, &x, share, 1.0 - share).unwrap();
                worst.check(&place, m.cutpoint, number(&e_share["cutpoint"]), 0.0, 0.0);
                worst.check(
                    &place,
                    m.statistic,
                    number(&e_share["statistic"]),
                    CLOSED,
                    0.0,
                );
                worst.check_all(&place, &m.cuts, &numbers(&e_share["cuts"]), 0.0, 0.0);
                // floor 1e-3: a statistic near 0 is a difference of sums of order 10
                worst.check_all(
                    &place,
                    &m.statistics,
                    &numbers(&e_share["stats"]),
                    CLOSED,
                    1e-3,
                );
                worst.check(
                    &format!("{place} Lausen 1992"),
                    m.p_lausen_1992,
                    number(&e_share["p_Lau92"]),
                    P_OF_MAXIMUM,
                    0.0,
                );
                worst.check(
                    &format!("{place} Lausen 1994"),
                    m.p_lausen_1994,
                    number(&e_share["p_Lau94"]),
                    P_OF_MAXIMUM,
                    0.0,
                );
                // floor 1: 1 minus a cumulative hazard, rounded to 1e-16
                worst.check_all(
                    &format!("{place} scores"),
                    &m.scores,
                    &numbers(&e["logrank_scores_input_order"]),
                    CLOSED,
                    1.0,
                );
                if share == 0.1 {
                    let e = &e["survminer_surv_cutpoint_minprop_0.1"];
                    worst.check(&place, m.cutpoint, number(&e["cutpoint"]), 0.0, 0.0);
                    worst.check(&place, m.statistic, number(&e["statistic"]), CLOSED, 0.0);
                }
            }
        }
        worst.report(&format!("{} maximal statistic", s.name));
    }
}

#[test]
fn pairs_of_groups() {
    for s in sets() {
        let mut worst = Worst::default();
        for (column, e) in s.expected["logrank_pairwise"].as_object().unwrap() {
            let group: Vec<usize> = s
                .data
                .text(column)
                .iter()
                .map(|c| c.parse().unwrap())
                .collect();
            let pairs = pairwise_log_rank(&s.time, &s.event, &group, None, 0.0).unwrap();
            let names: Vec<String> = pairs
                .iter()
                .map(|p| format!("{} vs {}", p.first, p.second))
                .collect();
            assert_eq!(names, strings(&e["pairs"]));
            let p: Vec<f64> = pairs.iter().map(|p| p.p).collect();
            worst.check_all(column, &p, &numbers(&e["p"]), CLOSED, 0.0);
            for (method, key) in [
                (Adjustment::BenjaminiHochberg, "p_bh"),
                (Adjustment::Bonferroni, "p_bonferroni"),
            ] {
                worst.check_all(
                    column,
                    &p_adjust(&p, method).unwrap(),
                    &numbers(&e[key]),
                    CLOSED,
                    0.0,
                );
            }
        }
        worst.report(&format!("{} pairs of groups", s.name));
    }
}

#[test]
fn adjusted_p_values() {
    let Some(expected) = json("01_group_tests/p_adjust_expected.json") else {
        return;
    };
    let p = Table::read("01_group_tests/pvalues.csv")
        .unwrap()
        .numbers("p");
    let mut worst = Worst::default();
    for (method, key) in [
        (Adjustment::Bonferroni, "bonferroni"),
        (Adjustment::Holm, "holm"),
        (Adjustment::Hochberg, "hochberg"),
        (Adjustment::BenjaminiHochberg, "BH"),
        (Adjustment::BenjaminiYekutieli, "BY"),
    ] {
        worst.check_all(
            key,
            &p_adjust(&p, method).unwrap(),
            &numbers(&expected[key]),
            CLOSED,
            0.0,
        );
        // a missing p value does not count
        let mut with_missing = p.clone();
        with_missing.insert(3, f64::NAN);
        let mut found = p_adjust(&with_missing, method).unwrap();
        assert!(found.remove(3).is_nan());
        assert_eq!(found, p_adjust(&p, method).unwrap());
    }
    assert!(p_adjust(&[], Adjustment::Holm).unwrap().is_empty());
    worst.report("adjusted p values");
}
