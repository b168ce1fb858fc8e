//! Survival statistics against R where the shared reference set holds no values: curves that begin
//! with a censoring, strata, tails. Values by tests/reference/survival.R.

mod fixture;

use fixture::{Table, Worst};
use nalgebra::DMatrix;
use radiome_stats::survival::{
    CoxTest, CoxTies, SurvivalInterval, TimeTransform, concordance, cox_regression, kaplan_meier,
    log_rank, maximally_selected_log_rank, proportional_hazards_test, stratified_concordance,
    stratified_cox_regression,
};
use std::collections::HashMap;
use std::path::Path;

/// Closed forms.
const CLOSED: f64 = 1e-9;
/// Newton models.
const NEWTON: f64 = 1e-8;

/// R's values by case and quantity.
struct Reference(HashMap<(String, String), Vec<f64>>);

impl Reference {
    fn read() -> Self {
        let table = Table::read_at(&file("survival.csv"));
        let mut values: HashMap<(String, String), Vec<f64>> = HashMap::new();
        let (cases, quantities) = (table.labels("case"), table.labels("quantity"));
        for ((case, quantity), value) in cases
            .into_iter()
            .zip(quantities)
            .zip(table.numbers("value"))
        {
            values.entry((case, quantity)).or_default().push(value);
        }
        Self(values)
    }

    fn list(&self, case: &str, quantity: &str) -> &[f64] {
        self.0
            .get(&(case.to_owned(), quantity.to_owned()))
            .unwrap_or_else(|| panic!("no {quantity} of {case}"))
    }
}

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name)
}

struct Samples {
    time: Vec<f64>,
    event: Vec<bool>,
    stratum: Vec<usize>,
    table: Table,
}

impl Samples {
    fn read() -> Self {
        let table = Table::read_at(&file("survival_data.csv"));
        Self {
            time: table.numbers("time"),
            event: table.booleans("event"),
            stratum: table
                .numbers("stratum")
                .iter()
                .map(|s| *s as usize)
                .collect(),
            table,
        }
    }
}

#[test]
fn curves() {
    let r = Reference::read();
    let mut worst = Worst::default();
    for case in [
        "censored_first",
        "dies_at_0",
        "complete",
        "no_event",
        "flat_at_half",
    ] {
        let time = r.list(case, "input_time");
        let event: Vec<bool> = r
            .list(case, "input_event")
            .iter()
            .map(|e| *e == 1.0)
            .collect();
        for (interval, name) in [
            (SurvivalInterval::Log, "log"),
            (SurvivalInterval::LogLog, "log-log"),
            (SurvivalInterval::Plain, "plain"),
            (SurvivalInterval::Logit, "logit"),
            (SurvivalInterval::Arcsin, "arcsin"),
        ] {
            let km = kaplan_meier(time, &event, interval, 0.9).unwrap();
            let place = format!("{case} {name}");
            let mut check = |found: &[f64], quantity: &str| {
                worst.check_all(
                    &format!("{place} {quantity}"),
                    found,
                    r.list(case, quantity),
                    CLOSED,
                    0.0,
                );
            };
            check(&km.time, "time");
            check(&km.survival, "survival");
            check(&km.standard_error_log, "standard_error_log");
            check(&km.cumulative_hazard, "cumulative_hazard");
            check(&km.lower, &format!("{name} lower"));
            check(&km.upper, &format!("{name} upper"));
            let q = [0.1, 0.25, 0.5, 0.75, 0.9].map(|p| km.quantile(p));
            check(
                &q.map(|q| q.time.unwrap_or(f64::NAN)),
                &format!("{name} quantile"),
            );
            check(
                &q.map(|q| q.lower.unwrap_or(f64::NAN)),
                &format!("{name} quantile lower"),
            );
            check(
                &q.map(|q| q.upper.unwrap_or(f64::NAN)),
                &format!("{name} quantile upper"),
            );
        }
    }
    worst.report("curves");
}

#[test]
fn log_rank_tails() {
    let r = Reference::read();
    let mut worst = Worst::default();
    for m in [50_usize, 200, 550] {
        let time: Vec<f64> = (1..=2 * m).map(|t| t as f64).collect();
        let group: Vec<usize> = (0..2 * m).map(|i| i / m).collect();
        for rho in [0, 1] {
            let case = format!("apart_{m}_rho{rho}");
            let t = log_rank(&time, &vec![true; 2 * m], &group, None, f64::from(rho)).unwrap();
            worst.check_all(
                &case,
                &[t.chi_square],
                r.list(&case, "chi_square"),
                CLOSED,
                0.0,
            );
            worst.check_all(&case, &[t.p], r.list(&case, "p"), CLOSED, 0.0);
        }
    }
    worst.report("log-rank tails");
}

#[test]
fn log_rank_with_strata() {
    let r = Reference::read();
    let s = Samples::read();
    let mut worst = Worst::default();
    let level: Vec<usize> = s
        .table
        .numbers("level")
        .iter()
        .map(|l| *l as usize)
        .collect();
    for (rho, case) in [
        (0.0, "strata_rho0"),
        (0.5, "strata_rho0.5"),
        (1.0, "strata_rho1"),
    ] {
        let t = log_rank(&s.time, &s.event, &level, Some(&s.stratum), rho).unwrap();
        let covariance: Vec<f64> = t.covariance.concat();
        for (found, quantity) in [
            (&[t.chi_square][..], "chi_square"),
            (&[t.p], "p"),
            (&t.observed, "observed"),
            (&t.expected, "expected"),
            (&covariance, "covariance"),
        ] {
            worst.check_all(case, found, r.list(case, quantity), CLOSED, 0.0);
        }
    }
    worst.report("log-rank with strata");
}

#[test]
fn cox_with_strata() {
    let r = Reference::read();
    let s = Samples::read();
    let x = s.table.columns(&["x1", "a", "b"]);
    let mut worst = Worst::default();
    for (ties, case) in [
        (CoxTies::Efron, "cox_efron"),
        (CoxTies::Breslow, "cox_breslow"),
    ] {
        let m = stratified_cox_regression(&x, &s.time, &s.event, &s.stratum, ties, 0.95).unwrap();
        // `floor` is the scale of values that may be near 0
        let mut check = |found: &[f64], quantity: &str, floor: f64| {
            worst.check_all(
                &format!("{case} {quantity}"),
                found,
                r.list(case, quantity),
                NEWTON,
                floor,
            );
        };
        let of = |f: fn(&radiome_stats::survival::CoxCoefficient) -> f64| -> Vec<f64> {
            m.coefficients.iter().map(f).collect()
        };
        check(&of(|c| c.estimate), "coefficient", 0.0);
        check(&of(|c| c.standard_error), "standard_error", 0.0);
        check(&of(|c| c.hazard_ratio_lower), "hazard_ratio_lower", 0.0);
        check(&of(|c| c.hazard_ratio_upper), "hazard_ratio_upper", 0.0);
        check(&m.covariance.concat(), "covariance", 1e-6);
        check(
            &[m.null_log_likelihood, m.log_likelihood],
            "log_likelihood",
            0.0,
        );
        let figures = |t: CoxTest| [t.chi_square, t.df as f64, t.p];
        check(&figures(m.likelihood_ratio), "likelihood_ratio", 0.0);
        check(&figures(m.wald), "wald", 0.0);
        check(&figures(m.score), "score", 0.0);
        check(&m.martingale_residuals, "martingale", 1.0);
        if ties == CoxTies::Efron {
            check(&m.deviance_residuals, "deviance", 1.0);
        }
        assert_eq!(m.baseline.len(), 2);
        for baseline in &m.baseline {
            let k = baseline.stratum;
            check(&baseline.time, &format!("baseline time {k}"), 0.0);
            check(
                &baseline.cumulative_hazard,
                &format!("baseline hazard {k}"),
                0.0,
            );
            let last = baseline.cumulative_hazard[baseline.time.len() - 1];
            let survival = m.survival_at(k, 1e9, 0.3).unwrap();
            assert!((survival - (-last * 0.3_f64.exp()).exp()).abs() < 1e-15);
        }
        assert_eq!(m.survival_at(1, 2.0, 0.0), None);
        for (transform, name) in [
            (TimeTransform::KaplanMeier, "km"),
            (TimeTransform::Identity, "identity"),
            (TimeTransform::Rank, "rank"),
        ] {
            let strata = Some(s.stratum.as_slice());
            let t = proportional_hazards_test(&m, &x, &s.time, &s.event, strata, None, transform)
                .unwrap();
            let all: Vec<CoxTest> = t.terms.iter().copied().chain([t.global]).collect();
            let chi_square: Vec<f64> = all.iter().map(|t| t.chi_square).collect();
            let p: Vec<f64> = all.iter().map(|t| t.p).collect();
            check(&chi_square, &format!("zph {name} chi_square"), 0.0);
            check(&p, &format!("zph {name} p"), 0.0);
        }
    }
    worst.report("Cox with strata");
}

#[test]
fn cox_of_a_steep_predictor() {
    let r = Reference::read();
    let time: Vec<f64> = (1..=600).map(f64::from).collect();
    let event: Vec<bool> = (1..=600).map(|t| t % 4 != 0).collect();
    let mut x: Vec<f64> = (1..=600).rev().map(f64::from).collect();
    for (a, b) in [(99, 100), (300, 301), (449, 450)] {
        x.swap(a, b);
    }
    let x = DMatrix::from_column_slice(600, 1, &x);
    let m = cox_regression(&x, &time, &event, CoxTies::Efron, 0.95).unwrap();
    assert!(!m.separation);
    let spread = m.linear_predictor[0] - m.linear_predictor[599];
    assert!(spread > 2000.0, "{spread}");
    let mut worst = Worst::default();
    for (found, quantity, floor) in [
        (vec![m.coefficients[0].estimate], "coefficient", 0.0),
        (
            vec![m.coefficients[0].standard_error],
            "standard_error",
            0.0,
        ),
        (
            vec![m.null_log_likelihood, m.log_likelihood],
            "log_likelihood",
            0.0,
        ),
    ] {
        worst.check_all(
            quantity,
            &found,
            r.list("cox_steep", quantity),
            NEWTON,
            floor,
        );
    }
    worst.report("Cox of a steep predictor");
}

#[test]
fn proportional_hazards_of_a_factor() {
    let r = Reference::read();
    let s = Samples::read();
    let x = s.table.columns(&["x1", "a", "b"]);
    let time: Vec<f64> = s.time.iter().map(|t| t + 1.0).collect();
    let m = cox_regression(&x, &time, &s.event, CoxTies::Efron, 0.95).unwrap();
    let mut worst = Worst::default();
    for (transform, name) in [
        (TimeTransform::KaplanMeier, "km"),
        (TimeTransform::Log, "log"),
    ] {
        let terms = [0, 1, 1];
        let t = proportional_hazards_test(&m, &x, &time, &s.event, None, Some(&terms), transform)
            .unwrap();
        let all: Vec<CoxTest> = t.terms.iter().copied().chain([t.global]).collect();
        for (found, quantity) in [
            (
                all.iter().map(|t| t.chi_square).collect::<Vec<_>>(),
                "chi_square",
            ),
            (all.iter().map(|t| t.df as f64).collect(), "df"),
            (all.iter().map(|t| t.p).collect(), "p"),
        ] {
            let quantity = format!("zph {name} {quantity}");
            worst.check_all(
                &quantity,
                &found,
                r.list("cox_terms", &quantity),
                NEWTON,
                0.0,
            );
        }
    }
    // time 0 has no logarithm
    let log = TimeTransform::Log;
    assert!(proportional_hazards_test(&m, &x, &s.time, &s.event, None, None, log).is_err());
    // a model of other columns
    let fewer = DMatrix::from_fn(x.nrows(), 2, |i, j| x[(i, j)]);
    assert!(proportional_hazards_test(&m, &fewer, &time, &s.event, None, None, log).is_err());
    worst.report("proportional hazards of a factor");
}

#[test]
fn concordance_with_ties() {
    let r = Reference::read();
    let s = Samples::read();
    let mut worst = Worst::default();
    for score in ["level", "x1"] {
        let case = format!("concordance_{score}");
        let c = concordance(&s.time, &s.event, &s.table.numbers(score), 0.95).unwrap();
        worst.check_all(&case, &[c.c], r.list(&case, "c"), CLOSED, 0.0);
        worst.check_all(&case, &[c.standard_error], r.list(&case, "se"), CLOSED, 0.0);
        let counts = [
            c.concordant,
            c.discordant,
            c.tied_score,
            c.tied_time,
            c.tied_both,
        ]
        .map(|v| v as f64);
        worst.check_all(&case, &counts, r.list(&case, "counts"), 0.0, 1.0);
    }
    let case = "concordance_strata";
    let score = s.table.numbers("x1");
    let c = stratified_concordance(&s.time, &s.event, &score, &s.stratum, 0.95).unwrap();
    worst.check_all(case, &[c.c], r.list(case, "c"), CLOSED, 0.0);
    worst.check_all(case, &[c.standard_error], r.list(case, "se"), CLOSED, 0.0);
    let counts = [
        c.concordant,
        c.discordant,
        c.tied_score,
        c.tied_time,
        c.tied_both,
    ]
    .map(|v| v as f64);
    worst.check_all(case, &counts, r.list(case, "counts"), 0.0, 1.0);
    assert!(stratified_concordance(&s.time, &s.event, &score, &[0], 0.95).is_err());
    worst.report("concordance with ties");
}

#[test]
fn maximal_statistic_tails() {
    let r = Reference::read();
    let mut worst = Worst::default();
    for m in [10_usize, 40, 300, 1200] {
        let time: Vec<f64> = (1..=m).map(|t| t as f64).collect();
        let marker: Vec<f64> = time.iter().map(|t| -t).collect();
        let case = format!("maximal_{m}");
        let t = maximally_selected_log_rank(&time, &vec![true; m], &marker, 0.25, 0.75).unwrap();
        for (found, quantity) in [
            (t.statistic, "statistic"),
            (t.cutpoint, "cutpoint"),
            (t.p_lausen_1992, "lausen_1992"),
            (t.p_lausen_1994, "lausen_1994"),
        ] {
            // exp(-b^2 / 2) multiplies the rounding of b by b^2, 1e-13 here
            worst.check_all(
                &format!("{case} {quantity}"),
                &[found],
                r.list(&case, quantity),
                CLOSED,
                0.0,
            );
        }
    }
    worst.report("maximal statistic tails");
}
