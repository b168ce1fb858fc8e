//! Tests of several groups, of variances, shifts, pairs and trends, and adjusted P values, against
//! R 4.2 (reference set 01).

mod fixture;

use fixture::{Differences, Table, folder, json_at, number, numbers, rows};
use radiome_stats::compare::anova::{Anova, anova, welch_anova};
use radiome_stats::compare::chi_square::g_test;
use radiome_stats::compare::contingency_table::ContingencyTable;
use radiome_stats::compare::hodges_lehmann::hodges_lehmann;
use radiome_stats::compare::kruskal_wallis::kruskal_wallis;
use radiome_stats::compare::mcnemar::mcnemar;
use radiome_stats::compare::p_adjust::{Adjustment, p_adjust};
use radiome_stats::compare::trend::trend;
use radiome_stats::compare::variance_ratio::variance_ratio;
use radiome_stats::compare::{Alternative, CompareError};
use radiome_stats::describe::present;
use serde_json::Value;

/// The suggested tolerance of closed forms.
const CLOSED_FORM: f64 = 1e-9;

fn add_all(d: &mut Differences, test: &str, place: &str, pairs: &[(&str, f64, &Value)]) {
    for (quantity, ours, expected) in pairs {
        d.add(
            &format!("{test} {quantity}"),
            place,
            *ours,
            number(expected),
            0.0,
        );
    }
}

#[test]
fn variances_and_shifts_agree_with_r() {
    let Some(folder) = folder() else { return };
    let data = Table::read_at(&folder.join("01_group_tests/continuous.csv"));
    let expected = json_at(&folder.join("01_group_tests/continuous_expected.json"));
    let mut d = Differences::default();
    let mut farthest = 0.0f64;
    for (case, e) in expected.as_object().unwrap() {
        let rows = data.select("case", case);
        let x = rows.select("group", "0").numbers("value");
        let y = rows.select("group", "1").numbers("value");
        let ours = variance_ratio(&x, &y, Alternative::TwoSided, 0.95).unwrap();
        let r = &e["var_test_F"];
        let pairs = [
            ("statistic", ours.statistic, &r["statistic"]),
            ("df1", ours.df1, &r["parameter"][0]),
            ("df2", ours.df2, &r["parameter"][1]),
            ("p", ours.p_value, &r["p_value"]),
            ("lower", ours.lower, &r["conf_int"][0]),
            ("upper", ours.upper, &r["conf_int"][1]),
        ];
        add_all(&mut d, "variance", case, &pairs);

        let ours = hodges_lehmann(&x, &y, Alternative::TwoSided, 0.95).unwrap();
        let r = &e["mwu_hodges_lehmann_default"];
        let exact = r["method"].as_str().unwrap().contains("exact");
        assert_eq!(ours.exact, exact, "{case}");
        for (quantity, ours, expected) in [
            ("estimate", ours.estimate, number(&r["estimate"][0])),
            ("lower", ours.lower, number(&r["conf_int"][0])),
            ("upper", ours.upper, number(&r["conf_int"][1])),
        ] {
            if exact {
                d.add(&format!("shift {quantity}"), case, ours, expected, 0.0);
                continue;
            }
            let mut difference = (ours - expected).abs();
            if quantity == "estimate" {
                // R takes any point between the two middle differences, here it is their mean.
                let [low, high] = middle_differences(&x, &y);
                assert_eq!(ours, 0.5 * low + 0.5 * high, "{case}");
                difference = (expected - expected.clamp(low, high)).abs();
            }
            // R's root finder stops within 1e-4 of the step.
            assert!(
                difference <= 1e-4,
                "{case} {quantity}: {ours} against {expected}"
            );
            farthest = farthest.max(difference);
        }
    }
    d.check("variances and shifts", &[("", CLOSED_FORM)]);
    println!("  shifts by the normal approximation: at most {farthest:.1e} from R's roots");
}

/// The two middle differences `x_i - y_j`; twice the same one where their number is odd.
fn middle_differences(x: &[f64], y: &[f64]) -> [f64; 2] {
    let (x, y) = (present(x), present(y));
    let mut all: Vec<f64> = x
        .iter()
        .flat_map(|a| y.iter().map(move |b| a - b))
        .collect();
    all.sort_by(f64::total_cmp);
    [all[(all.len() - 1) / 2], all[all.len() / 2]]
}

#[test]
fn tests_of_several_groups_agree_with_r() {
    let Some(folder) = folder() else { return };
    let data = Table::read_at(&folder.join("01_group_tests/multigroup.csv"));
    let expected = json_at(&folder.join("01_group_tests/multigroup_expected.json"));
    let mut d = Differences::default();
    for (case, e) in expected.as_object().unwrap() {
        let rows = data.select("case", case);
        let mut names = rows.labels("group");
        names.sort();
        names.dedup();
        let groups: Vec<Vec<f64>> = names
            .iter()
            .map(|name| rows.select("group", name).numbers("value"))
            .collect();
        let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).collect();
        type Form = fn(&[&[f64]]) -> Result<Anova, CompareError>;
        for (key, form) in [
            ("anova", anova as Form),
            ("welch_anova", welch_anova as Form),
        ] {
            let ours = form(&groups).unwrap();
            let r = &e[key];
            let pairs = [
                ("F", ours.statistic, &r["F"]),
                ("df1", ours.df1, &r["df"][0]),
                ("df2", ours.df2, &r["df"][1]),
                ("p", ours.p_value, &r["p_value"]),
            ];
            add_all(&mut d, key, case, &pairs);
        }
        let ours = kruskal_wallis(&groups).unwrap();
        let r = &e["kruskal_wallis"];
        let pairs = [
            ("H", ours.statistic, &r["H"]),
            ("df", ours.degrees_of_freedom, &r["df"]),
            ("p", ours.p_value, &r["p_value"]),
        ];
        add_all(&mut d, "kruskal-wallis", case, &pairs);
    }
    d.check("several groups", &[("", CLOSED_FORM)]);
}

#[test]
fn further_tests_of_tables_agree_with_r() {
    let Some(folder) = folder() else { return };
    let expected = json_at(&folder.join("01_group_tests/tables_expected.json"));
    let mut d = Differences::default();
    for (case, e) in expected.as_object().unwrap() {
        let counts: Vec<Vec<u64>> = rows(&e["counts"])
            .iter()
            .map(|row| row.iter().map(|&count| count as u64).collect())
            .collect();
        let table = ContingencyTable::new(&counts).unwrap();
        let ours = g_test(&table);
        let r = &e["likelihood_ratio_G"];
        let pairs = [
            ("statistic", ours.statistic, &r["statistic"]),
            ("df", ours.degrees_of_freedom, &r["df"]),
            ("p", ours.p_value, &r["p_value"]),
        ];
        add_all(&mut d, "G", case, &pairs);
        match e.get("mcnemar").filter(|r| !r.is_null()) {
            None => assert!(mcnemar(&table).is_err(), "{case}"),
            Some(r) => {
                let ours = mcnemar(&table).unwrap();
                let pairs = [
                    ("statistic", ours.statistic, &r["cc"]["statistic"]),
                    ("p", ours.p_value, &r["cc"]["p_value"]),
                    (
                        "uncorrected statistic",
                        ours.uncorrected_statistic,
                        &r["nocc"]["statistic"],
                    ),
                    (
                        "uncorrected p",
                        ours.uncorrected_p_value,
                        &r["nocc"]["p_value"],
                    ),
                    ("exact p", ours.exact_p_value, &r["exact_p"]),
                ];
                add_all(&mut d, "mcnemar", case, &pairs);
            }
        }
        if let Some(r) = e.get("ordinal").filter(|r| !r.is_null()) {
            let ours = trend(&table).unwrap();
            let (armitage, linear) = (&r["cochran_armitage"], &r["linear_by_linear"]);
            let pairs = [
                ("statistic", ours.statistic, &armitage["statistic"]),
                ("p", ours.p_value, &armitage["p_value"]),
                (
                    "linear statistic",
                    ours.linear_by_linear_statistic,
                    &linear["statistic"],
                ),
                (
                    "linear p",
                    ours.linear_by_linear_p_value,
                    &linear["p_value"],
                ),
            ];
            add_all(&mut d, "trend", case, &pairs);
        }
        assert_eq!(trend(&table).is_err(), table.columns() != 2, "{case}");
    }
    d.check("further tests of tables", &[("", CLOSED_FORM)]);
}

const METHODS: [(Adjustment, &str); 6] = [
    (Adjustment::Holm, "holm"),
    (Adjustment::Hochberg, "hochberg"),
    (Adjustment::Hommel, "hommel"),
    (Adjustment::Bonferroni, "bonferroni"),
    (Adjustment::BenjaminiHochberg, "BH"),
    (Adjustment::BenjaminiYekutieli, "BY"),
];

#[test]
fn adjusted_p_values_agree_with_r() {
    let Some(folder) = folder() else { return };
    let p = Table::read_at(&folder.join("01_group_tests/pvalues.csv")).numbers("p");
    let expected = json_at(&folder.join("01_group_tests/p_adjust_expected.json"));
    let mut d = Differences::default();
    for (method, key) in METHODS {
        let r = numbers(&expected[key]);
        let ours = p_adjust(&p, method).unwrap();
        for (place, (ours, expected)) in ours.iter().zip(&r).enumerate() {
            d.add(key, &place.to_string(), *ours, *expected, 0.0);
        }
        // The order of the rows must not count, and a missing value counts as no test.
        let mixed: Vec<f64> = [f64::NAN]
            .into_iter()
            .chain(p.iter().rev().copied())
            .collect();
        let back = p_adjust(&mixed, method).unwrap();
        assert!(back[0].is_nan());
        let unmixed: Vec<f64> = back[1..].iter().rev().copied().collect();
        assert_eq!(unmixed, ours, "{key}");
    }
    d.check("adjusted P values", &[("", CLOSED_FORM)]);
}

#[test]
fn small_families_of_p_values_are_adjusted_by_hand() {
    for (method, name) in METHODS {
        assert!(p_adjust(&[], method).unwrap().is_empty(), "{name}");
        assert_eq!(p_adjust(&[0.25], method).unwrap(), [0.25], "{name}");
    }
    // Closed test of Simes's tests: each pair is kept up to min(2 p1, p2) = 0.25.
    assert_eq!(
        p_adjust(&[0.25, 0.125], Adjustment::Hommel).unwrap(),
        [0.25, 0.25]
    );
    assert_eq!(
        p_adjust(&[0.25, 0.125], Adjustment::Holm).unwrap(),
        [0.25, 0.25]
    );
    for wrong in [-0.1, 1.5, f64::INFINITY] {
        let error = p_adjust(&[0.5, wrong], Adjustment::Holm).unwrap_err();
        assert!(matches!(
            error,
            CompareError::NoProbability { place: 1, .. }
        ));
    }
}

#[test]
fn two_groups_are_the_square_of_t() {
    use radiome_stats::compare::{student_t::student_t, welch_t::welch_t};
    let (x, y) = (
        [1.0, 2.5, 3.0, f64::NAN, 4.5],
        [2.0, 6.0, 7.5, 8.0, 9.0, 3.0],
    );
    let mut d = Differences::default();
    let t = student_t(&x, &y, Alternative::TwoSided, 0.95).unwrap();
    let welch = welch_t(&x, &y, Alternative::TwoSided, 0.95).unwrap();
    for (name, f, t) in [
        ("anova", anova(&[&x, &y]).unwrap(), t),
        ("welch", welch_anova(&[&x, &y]).unwrap(), welch),
    ] {
        d.add(name, "F", f.statistic, t.statistic * t.statistic, 0.0);
        d.add(name, "df", f.df2, t.degrees_of_freedom, 0.0);
        d.add(name, "p", f.p_value, t.p_value, 0.0);
    }
    // Rounding of a few operations.
    d.check("two groups", &[("", 1e-13)]);
}

#[test]
fn unfit_data_are_errors() {
    let (same, some, none): (&[f64], &[f64], &[f64]) = (&[1.0, 1.0], &[1.0, 2.0], &[f64::NAN]);
    for groups in [vec![], vec![some], vec![some, none], vec![same, same]] {
        assert!(anova(&groups).is_err());
        assert!(welch_anova(&groups).is_err());
        assert!(kruskal_wallis(&groups).is_err());
    }
    assert!(anova(&[&[1.0], &[2.0]]).is_err());
    assert!(welch_anova(&[some, same]).is_err());
    assert!(anova(&[some, &[f64::INFINITY, 1.0]]).is_err());
    let two = Alternative::TwoSided;
    assert!(variance_ratio(same, same, two, 0.95).is_err());
    assert!(variance_ratio(some, &[1.0], two, 0.95).is_err());
    assert!(variance_ratio(some, some, two, 1.0).is_err());
    assert!(hodges_lehmann(same, same, two, 0.95).is_err());
    assert!(hodges_lehmann(some, none, two, 0.95).is_err());
    assert!(hodges_lehmann(some, some, two, f64::NAN).is_err());
    let diagonal = ContingencyTable::new(&[vec![3, 0], vec![0, 4]]).unwrap();
    assert!(mcnemar(&diagonal).is_err());
}

#[test]
fn one_sided_limits_are_open_on_one_side() {
    let (x, y) = ([1.0, 4.0, 6.0], [2.0, 3.0, 9.0, 11.0]);
    let less = hodges_lehmann(&x, &y, Alternative::Less, 0.9).unwrap();
    let greater = hodges_lehmann(&x, &y, Alternative::Greater, 0.9).unwrap();
    assert_eq!(
        (less.lower, greater.upper),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
    // One-sided limits at 90 % are those of a two-sided interval of 80 %.
    let both = hodges_lehmann(&x, &y, Alternative::TwoSided, 0.8).unwrap();
    assert_eq!((both.lower, both.upper), (greater.lower, less.upper));
    let ratio = |alternative| variance_ratio(&x, &y, alternative, 0.9).unwrap();
    let both = variance_ratio(&x, &y, Alternative::TwoSided, 0.8).unwrap();
    // The level differs by a rounding of 1 - confidence.
    assert!((both.lower / ratio(Alternative::Greater).lower - 1.0).abs() < 1e-12);
    assert!((both.upper / ratio(Alternative::Less).upper - 1.0).abs() < 1e-12);
}
