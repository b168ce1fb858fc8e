//! Group tests against R 4.2 (reference set 01), the paper's Table 2 (00) and the made cohort (12).

mod fixture;

use fixture::{Differences, Table, folder, json_at, number};
use radiome_stats::compare::Alternative;
use radiome_stats::compare::chi_square::{chi_square, chi_square_yates};
use radiome_stats::compare::choose::{BaselineTest, compare_categorical, compare_continuous};
use radiome_stats::compare::contingency_table::ContingencyTable;
use radiome_stats::compare::fisher_exact::fisher_exact;
use radiome_stats::compare::freeman_halton::freeman_halton;
use radiome_stats::compare::levene::{LeveneCenter, levene};
use radiome_stats::compare::mann_whitney::{MannWhitneyMethod, mann_whitney};
use radiome_stats::compare::shapiro_wilk::shapiro_wilk;
use radiome_stats::compare::student_t::{TTest, student_t};
use radiome_stats::compare::welch_t::welch_t;
use radiome_stats::describe::Summary;
use serde_json::Value;

const ALTERNATIVES: [(Alternative, &str); 3] = [
    (Alternative::TwoSided, "two_sided"),
    (Alternative::Less, "less"),
    (Alternative::Greater, "greater"),
];

/// The suggested tolerances: closed forms 1e-9, Shapiro W 1e-8 and its P 1e-6. R's odds ratios and
/// limits are not compared: `fisher.test` finds them by `uniroot` with an absolute tolerance of
/// 1.2e-4 in w or 1 / w, which leaves errors up to 7e-3. They are compared with mpmath instead.
const TOLERANCES: &[(&str, f64)] = &[("shapiro w", 1e-8), ("shapiro p", 1e-6), ("", 1e-9)];

fn compare_t(d: &mut Differences, name: &str, place: &str, ours: &TTest, expected: &Value) {
    d.add(
        &format!("{name} statistic"),
        place,
        ours.statistic,
        number(&expected["statistic"]),
        0.0,
    );
    d.add(
        &format!("{name} df"),
        place,
        ours.degrees_of_freedom,
        number(&expected["parameter"]),
        0.0,
    );
    d.add(
        &format!("{name} p"),
        place,
        ours.p_value,
        number(&expected["p_value"]),
        0.0,
    );
    d.add(
        &format!("{name} lower"),
        place,
        ours.lower,
        number(&expected["conf_int"][0]),
        1e-3,
    );
    d.add(
        &format!("{name} upper"),
        place,
        ours.upper,
        number(&expected["conf_int"][1]),
        1e-3,
    );
    d.add(
        &format!("{name} mean"),
        place,
        ours.mean_x,
        number(&expected["estimate"][0]),
        1e-3,
    );
    d.add(
        &format!("{name} mean"),
        place,
        ours.mean_y,
        number(&expected["estimate"][1]),
        1e-3,
    );
}

fn compare_summary(d: &mut Differences, place: &str, values: &[f64], expected: &Value) {
    let s = Summary::of(values);
    for (name, ours) in [
        ("n", s.n as f64),
        ("mean", s.mean),
        ("sd", s.standard_deviation),
        ("min", s.minimum),
        ("q1", s.lower_quartile),
        ("median", s.median),
        ("q3", s.upper_quartile),
        ("max", s.maximum),
    ] {
        d.add(
            &format!("describe {name}"),
            place,
            ours,
            number(&expected[name]),
            1e-6,
        );
    }
}

fn compare_continuous_case(d: &mut Differences, place: &str, x: &[f64], y: &[f64], e: &Value) {
    compare_summary(d, place, x, &e["group0"]);
    compare_summary(d, place, y, &e["group1"]);
    for (alternative, suffix) in ALTERNATIVES {
        let at = format!("{place} {suffix}");
        let t = student_t(x, y, alternative, 0.95).unwrap();
        compare_t(d, "student t", &at, &t, &e[format!("t_pooled_{suffix}")]);
        let t = welch_t(x, y, alternative, 0.95).unwrap();
        compare_t(d, "welch t", &at, &t, &e[format!("t_welch_{suffix}")]);
        for (key, method) in [
            ("mwu_exact", MannWhitneyMethod::Exact),
            (
                "mwu_normal_cc",
                MannWhitneyMethod::Normal {
                    continuity_correction: true,
                },
            ),
            (
                "mwu_normal_nocc",
                MannWhitneyMethod::Normal {
                    continuity_correction: false,
                },
            ),
        ] {
            let expected = &e[format!("{key}_{suffix}")];
            let ours = mann_whitney(x, y, alternative, method);
            if expected.is_null() {
                let ties = e["mwu_ties"].as_bool().unwrap();
                assert!(
                    !ties || ours.is_err(),
                    "{place}: exact with ties must be refused"
                );
                continue;
            }
            let ours = ours.unwrap();
            d.add(
                &format!("{key} statistic"),
                &at,
                ours.statistic,
                number(&expected["statistic"]),
                0.0,
            );
            d.add(
                &format!("{key} p"),
                &at,
                ours.p_value,
                number(&expected["p_value"]),
                0.0,
            );
        }
    }
    let expected = &e["mwu_default_two_sided"];
    let ours = mann_whitney(x, y, Alternative::TwoSided, MannWhitneyMethod::Automatic).unwrap();
    d.add(
        "mwu default p",
        place,
        ours.p_value,
        number(&expected["p_value"]),
        0.0,
    );
    let exact = expected["method"].as_str().unwrap().contains("exact");
    assert_eq!(ours.method == MannWhitneyMethod::Exact, exact, "{place}");
    for (key, center) in [
        ("levene_median", LeveneCenter::Median),
        ("levene_mean", LeveneCenter::Mean),
    ] {
        let ours = levene(&[x, y], center).unwrap();
        d.add("levene F", place, ours.statistic, number(&e[key]["F"]), 0.0);
        d.add("levene df", place, ours.df2, number(&e[key]["df2"]), 0.0);
        d.add(
            "levene p",
            place,
            ours.p_value,
            number(&e[key]["p_value"]),
            0.0,
        );
    }
    let all: Vec<f64> = x.iter().chain(y).copied().collect();
    for (key, values) in [
        ("shapiro_group0", x),
        ("shapiro_group1", y),
        ("shapiro_all", all.as_slice()),
    ] {
        let ours = shapiro_wilk(values);
        if e[key].get("error").is_some() {
            assert!(ours.is_err(), "{place} {key}");
            continue;
        }
        let ours = ours.unwrap();
        let at = format!("{place} {key}");
        d.add("shapiro w", &at, ours.statistic, number(&e[key]["W"]), 0.0);
        d.add(
            "shapiro p",
            &at,
            ours.p_value,
            number(&e[key]["p_value"]),
            0.0,
        );
    }
}

fn table(expected: &Value) -> Option<ContingencyTable> {
    let counts: Vec<Vec<u64>> = expected["counts"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            row.as_array()
                .unwrap()
                .iter()
                .map(|v| v.as_u64().unwrap())
                .collect()
        })
        .collect();
    ContingencyTable::new(&counts).ok()
}

fn compare_table_case(d: &mut Differences, place: &str, e: &Value) {
    let Some(t) = table(e) else {
        assert_eq!(e["degenerate"], Value::Bool(true), "{place}");
        return;
    };
    let ours = chi_square(&t);
    d.add(
        "chi-square statistic",
        place,
        ours.statistic,
        number(&e["chisq"]["statistic"]),
        1e-12,
    );
    d.add(
        "chi-square df",
        place,
        ours.degrees_of_freedom,
        number(&e["chisq"]["df"]),
        0.0,
    );
    d.add(
        "chi-square p",
        place,
        ours.p_value,
        number(&e["chisq"]["p_value"]),
        0.0,
    );
    d.add(
        "smallest expected",
        place,
        ours.smallest_expected,
        number(&e["min_expected"]),
        0.0,
    );
    if let Some(expected) = e.get("chisq_yates") {
        let ours = chi_square_yates(&t).unwrap();
        d.add(
            "yates statistic",
            place,
            ours.statistic,
            number(&expected["statistic"]),
            1e-12,
        );
        d.add(
            "yates p",
            place,
            ours.p_value,
            number(&expected["p_value"]),
            0.0,
        );
        for (alternative, suffix) in ALTERNATIVES {
            let expected = &e[format!("fisher_{suffix}")];
            let ours = fisher_exact(&t, alternative, 0.95).unwrap();
            let at = format!("{place} {suffix}");
            d.add(
                "fisher p",
                &at,
                ours.p_value,
                number(&expected["p_value"]),
                0.0,
            );
        }
        // The general algorithm must agree on the smallest table.
        let general = freeman_halton(&t).unwrap().p_value;
        d.add(
            "freeman-halton 2x2 p",
            place,
            general,
            number(&e["fisher_two_sided"]["p_value"]),
            0.0,
        );
    } else {
        let expected = number(&e["fisher_freeman_halton"]["p_value"]);
        d.add(
            "freeman-halton p",
            place,
            freeman_halton(&t).unwrap().p_value,
            expected,
            0.0,
        );
    }
}

#[test]
fn continuous_tests_agree_with_r() {
    let Some(folder) = folder() else { return };
    let data = Table::read_at(&folder.join("01_group_tests/continuous.csv"));
    let expected = json_at(&folder.join("01_group_tests/continuous_expected.json"));
    let mut d = Differences::default();
    for (case, e) in expected.as_object().unwrap() {
        let rows = data.select("case", case);
        let x = rows.select("group", "0").numbers("value");
        let y = rows.select("group", "1").numbers("value");
        compare_continuous_case(&mut d, case, &x, &y, e);
    }
    d.check("continuous", TOLERANCES);
}

#[test]
fn table_tests_agree_with_r() {
    let Some(folder) = folder() else { return };
    let expected = json_at(&folder.join("01_group_tests/tables_expected.json"));
    let mut d = Differences::default();
    for (case, e) in expected.as_object().unwrap() {
        compare_table_case(&mut d, case, e);
    }
    d.check("tables", TOLERANCES);
}

#[test]
fn levene_of_several_groups_needs_spread_within() {
    let same = [1.0, 1.0, 1.0];
    assert!(levene(&[&same, &same], LeveneCenter::Median).is_err());
}

#[test]
fn baseline_table_of_the_made_cohort_agrees_with_r() {
    let Some(folder) = folder() else { return };
    let clinical = Table::read_at(&folder.join("12_end_to_end/clinical.csv"));
    let expected = json_at(&folder.join("12_end_to_end/step00_table2.json"));
    let mut d = Differences::default();
    for (set, variables) in expected.as_object().unwrap() {
        let rows = clinical.select("set", set);
        for (variable, e) in variables.as_object().unwrap() {
            let place = format!("{set} {variable}");
            if e.get("counts").is_some() {
                compare_table_case(&mut d, &place, e);
            } else {
                let x = rows.select("grade", "0").numbers(variable);
                let y = rows.select("grade", "1").numbers(variable);
                compare_continuous_case(&mut d, &place, &x, &y, e);
            }
        }
    }
    d.check("made cohort", TOLERANCES);
}

#[test]
fn the_papers_table_2_comes_out() {
    let Some(folder) = folder() else { return };
    let expected = json_at(&folder.join("00_paper_tables/table2_expected.json"));
    let mut d = Differences::default();
    let (mut matched, mut missed) = (0, Vec::new());
    for (name, e) in expected["categorical"].as_object().unwrap() {
        let result = compare_categorical(&table(e).unwrap()).unwrap();
        let rule = match result.test {
            BaselineTest::ChiSquare => "chisq",
            _ => "fisher",
        };
        assert_eq!(rule, e["rule_of_thumb_test"].as_str().unwrap(), "{name}");
        d.add(
            "p by the rule",
            name,
            result.p_value,
            number(&e["rule_of_thumb_p"]),
            0.0,
        );
        let published = number(&e["published"]);
        // The paper prints three decimals.
        if (result.p_value - published).abs() <= 0.0005 + 1e-12 {
            matched += 1;
        } else {
            missed.push((name.clone(), result.p_value, published));
        }
    }
    d.check("paper's Table 2", TOLERANCES);
    println!(
        "  {matched} of {} published P values; not: {missed:?}",
        matched + missed.len()
    );
    assert_eq!((matched, missed.len()), (38, 2));
}

#[test]
fn fisher_odds_ratios_agree_with_high_precision() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/fisher.csv");
    let data = Table::read_at(path.as_ref());
    let column = |name: &str| data.numbers(name);
    let cells = ["a", "b", "c", "d"].map(column);
    let expected = [
        "odds_ratio",
        "lower",
        "upper",
        "lower_one_sided",
        "upper_one_sided",
    ]
    .map(column);
    let mut d = Differences::default();
    for i in 0..data.rows.len() {
        let cell = |j: usize| cells[j][i] as u64;
        let t = ContingencyTable::new(&[vec![cell(0), cell(1)], vec![cell(2), cell(3)]]).unwrap();
        let [two, less, greater] =
            ALTERNATIVES.map(|(alternative, _)| fisher_exact(&t, alternative, 0.95).unwrap());
        let place = data.rows[i].join(",");
        for (name, ours, expected) in [
            ("odds ratio", two.odds_ratio, expected[0][i]),
            ("lower", two.lower, expected[1][i]),
            ("upper", two.upper, expected[2][i]),
            ("lower, greater", greater.lower, expected[3][i]),
            ("upper, less", less.upper, expected[4][i]),
        ] {
            d.add(name, &place, ours, expected, 0.0);
        }
        assert_eq!((less.lower, greater.upper), (0.0, f64::INFINITY));
    }
    d.check("Fisher's odds ratio", &[("", 1e-9)]);
}

#[test]
fn fisher_limits_satisfy_their_equations() {
    // P(X = x) is proportional to C(m, x) C(n, k - x) w^x; small counts, so plain products do.
    let choose = |n: u32, k: u32| {
        (0..k)
            .map(|i| f64::from(n - i) / f64::from(i + 1))
            .product::<f64>()
    };
    let [[a, b], [c, d]] = [[5u32, 2], [3, 9]];
    let t = ContingencyTable::new(&[vec![5, 2], vec![3, 9]]).unwrap();
    let result = fisher_exact(&t, Alternative::TwoSided, 0.95).unwrap();
    let probabilities = |w: f64| {
        let terms: Vec<f64> = (0..=7u32)
            .map(|x| choose(a + c, x) * choose(b + d, a + b - x) * w.powi(x as i32))
            .collect();
        let total: f64 = terms.iter().sum();
        terms.iter().map(|t| t / total).collect::<Vec<f64>>()
    };
    let mean: f64 = probabilities(result.odds_ratio)
        .iter()
        .enumerate()
        .map(|(x, p)| x as f64 * p)
        .sum();
    let above: f64 = probabilities(result.lower)[5..].iter().sum();
    let below: f64 = probabilities(result.upper)[..=5].iter().sum();
    // Rounding of sums of eight terms.
    assert!((mean - 5.0).abs() < 1e-12, "{mean}");
    assert!(
        (above - 0.025).abs() < 1e-13 && (below - 0.025).abs() < 1e-13,
        "{above} {below}"
    );
}

#[test]
fn freeman_halton_equals_complete_enumeration() {
    // All 3 x 4 tables with these margins, counted one by one.
    let counts = [[3u64, 0, 2, 4], [1, 5, 0, 2], [2, 1, 4, 0]];
    let table = ContingencyTable::new(&counts.map(|row| row.to_vec())).unwrap();
    let (rows, columns) = (table.row_totals(), table.column_totals());
    let factorial = |n: u64| (1..=n).map(|i| i as f64).product::<f64>();
    let weight = |cells: &[u64]| cells.iter().map(|&c| 1.0 / factorial(c)).product::<f64>();
    let observed = weight(&counts.concat());
    let (mut all, mut extreme) = (0.0, 0.0);
    let lines = |total: u64| {
        let mut found = Vec::new();
        for a in 0..=total {
            for b in 0..=total - a {
                for c in 0..=total - a - b {
                    found.push([a, b, c, total - a - b - c]);
                }
            }
        }
        found
    };
    for first in lines(rows[0]) {
        for second in lines(rows[1]) {
            if (0..4).any(|j| first[j] + second[j] > columns[j]) {
                continue;
            }
            let third: Vec<u64> = (0..4).map(|j| columns[j] - first[j] - second[j]).collect();
            let w = weight(&first) * weight(&second) * weight(&third);
            all += w;
            if w <= observed * (1.0 + 1e-7) {
                extreme += w;
            }
        }
    }
    let ours = freeman_halton(&table).unwrap().p_value;
    // Rounding of a sum of a few thousand terms.
    assert!(
        (ours - extreme / all).abs() < 1e-12,
        "{ours} {}",
        extreme / all
    );
}

#[test]
fn unfit_input_is_an_error_not_a_number() {
    let two = Alternative::TwoSided;
    assert!(student_t(&[1.0], &[2.0], two, 0.95).is_err());
    assert!(student_t(&[1.0, 1.0], &[1.0, 1.0], two, 0.95).is_err());
    assert!(student_t(&[1.0, 2.0], &[1.0, 4.0], two, 1.0).is_err());
    assert!(welch_t(&[f64::NAN, 1.0], &[1.0, 2.0], two, 0.95).is_err());
    assert!(mann_whitney(&[], &[1.0], two, MannWhitneyMethod::Automatic).is_err());
    assert!(mann_whitney(&[1.0, 1.0], &[1.0], two, MannWhitneyMethod::Automatic).is_err());
    assert!(shapiro_wilk(&[1.0, 2.0]).is_err());
    assert!(shapiro_wilk(&[1.0, 2.0, f64::INFINITY]).is_err());
    assert!(ContingencyTable::new(&[vec![1, 2], vec![0, 0]]).is_err());
    assert!(ContingencyTable::new(&[vec![1, 2], vec![3]]).is_err());
    assert!(ContingencyTable::new(&[]).is_err());
    let huge: Vec<f64> = (0..3000).map(f64::from).collect();
    let other: Vec<f64> = huge.iter().map(|v| v + 0.5).collect();
    assert!(mann_whitney(&huge, &other, two, MannWhitneyMethod::Exact).is_err());
    let wide: Vec<Vec<u64>> = (0..8)
        .map(|i| (0..8).map(|j| 40 + (i * j) % 7).collect())
        .collect();
    assert!(freeman_halton(&ContingencyTable::new(&wide).unwrap()).is_err());
    // The search goes as deep as a table has lines.
    let long = vec![vec![1, 2]; 200_000];
    assert!(freeman_halton(&ContingencyTable::new(&long).unwrap()).is_err());
}

#[test]
fn the_continuous_rule_follows_normality() {
    let Some(folder) = folder() else { return };
    let data = Table::read_at(&folder.join("01_group_tests/continuous.csv"));
    let expected = json_at(&folder.join("01_group_tests/continuous_expected.json"));
    for (case, e) in expected.as_object().unwrap() {
        let rows = data.select("case", case);
        let result = compare_continuous(
            &rows.select("group", "0").numbers("value"),
            &rows.select("group", "1").numbers("value"),
        )
        .unwrap();
        let normal = ["shapiro_group0", "shapiro_group1"]
            .iter()
            .all(|g| e[g].get("p_value").is_some_and(|p| number(p) >= 0.05));
        assert_eq!(result.test == BaselineTest::StudentT, normal, "{case}");
        let key = if normal {
            "t_pooled_two_sided"
        } else {
            "mwu_default_two_sided"
        };
        let p = number(&e[key]["p_value"]);
        assert!(
            (result.p_value - p).abs() <= 1e-9 * p,
            "{case}: {} {p}",
            result.p_value
        );
    }
}
