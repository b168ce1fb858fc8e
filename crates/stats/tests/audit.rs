//! What published numbers imply, against R's audit of one paper's tables
//! (scripts/paper_tables.R of the shared reference set).

mod fixture;

use fixture::{Table, Worst, number, numbers, rows, strings};
use radiome_stats::audit::auc_difference::{
    needed_correlation, needed_correlation_of_errors, p_at_correlation,
};
use radiome_stats::audit::confusion::{Cells, Digits, Rate, fit_confusion};
use radiome_stats::audit::counts::{CountTest, unreached_p, usual_tests};
use radiome_stats::audit::interval::{
    IntervalFault, PrintedInterval, hanley_mcneil, interval_faults,
};
use radiome_stats::audit::means::{PrintedGroup, t_tests};
use radiome_stats::audit::odds_ratio::{
    Coding, crude_odds_ratios, differing_crude, excluded_p, implied_p, leaning_ratios,
};
use radiome_stats::audit::{PrintedNumber, PrintedP};
use radiome_stats::compare::contingency_table::ContingencyTable;

/// Closed forms.
const CLOSED: f64 = 1e-9;
/// Newton models.
const NEWTON: f64 = 1e-8;
/// Level of every interval of the paper.
const LEVEL: f64 = 0.95;

fn printed(value: f64, decimals: u32) -> PrintedNumber {
    PrintedNumber { value, decimals }
}

fn interval(estimate: f64, lower: f64, upper: f64, decimals: u32) -> PrintedInterval {
    PrintedInterval {
        estimate: printed(estimate, decimals),
        lower: printed(lower, decimals),
        upper: printed(upper, decimals),
    }
}

/// "<0.001", or a number with three decimals.
fn p_of(text: &str) -> PrintedP {
    match text.strip_prefix('<') {
        Some(bound) => PrintedP::Below(bound.parse().unwrap()),
        None => PrintedP::Equal(printed(text.parse().unwrap(), 3)),
    }
}

#[test]
fn p_values_of_counts() {
    let Some(expected) = fixture::json("00_paper_tables/table2_expected.json") else {
        return;
    };
    let (mut worst, mut unreached) = (Worst::default(), Vec::new());
    for (name, r) in expected["categorical"].as_object().unwrap() {
        let counts: Vec<Vec<u64>> = rows(&r["counts"])
            .iter()
            .map(|row| row.iter().map(|count| *count as u64).collect())
            .collect();
        let table = ContingencyTable::new(&counts).unwrap();
        for found in usual_tests(&table) {
            let key = match found.test {
                CountTest::ChiSquare => "chisq",
                CountTest::ChiSquareYates => "chisq_yates",
                CountTest::FisherExact => "fisher",
            };
            let place = format!("{name} {key}");
            worst.check(&place, found.p_value, number(&r["p"][key]), CLOSED, 0.0);
        }
        let p = PrintedP::Equal(printed(number(&r["published"]), 3));
        let reached = strings(&r["reproduced_by_rounding"]);
        let usual = ["chisq", "chisq_yates", "fisher"];
        let by_usual = reached.iter().any(|test| usual.contains(&test.as_str()));
        let found = unreached_p(&table, p, 1_000_000).unwrap();
        assert_eq!(found.is_none(), by_usual, "{name}");
        if let Some(found) = found {
            worst.check(
                name,
                found.by_rule,
                number(&r["rule_of_thumb_p"]),
                CLOSED,
                0.0,
            );
            unreached.push(name.as_str());
        }
    }
    assert_eq!(
        unreached,
        ["AJCC-stage ext", "Neurovascular bundle involvement train"]
    );
    worst.report("P values of counts");
}

#[test]
fn p_values_of_means() {
    let Some(expected) = fixture::json("00_paper_tables/table2_expected.json") else {
        return;
    };
    let table = Table::read("00_paper_tables/table2_age.csv").unwrap();
    let mut worst = Worst::default();
    for set in ["train", "external"] {
        let (r, here) = (&expected["age"][set], table.select("set", set));
        let (n, mean, sd) = (here.numbers("n"), here.numbers("mean"), here.numbers("sd"));
        let group = |k: usize| PrintedGroup {
            n: n[k] as u64,
            mean: printed(mean[k], 1),
            standard_deviation: printed(sd[k], 1),
        };
        let found = t_tests(group(0), group(1)).unwrap();
        worst.check(set, found.student, number(&r["t_pooled"]["p"]), CLOSED, 0.0);
        worst.check(set, found.welch, number(&r["t_welch"]["p"]), CLOSED, 0.0);
        for ((lowest, highest), key) in [
            (found.student_range, "pooled_p_range_given_rounding"),
            (found.welch_range, "welch_p_range_given_rounding"),
        ] {
            worst.check_all(set, &[lowest, highest], &numbers(&r[key]), CLOSED, 0.0);
        }
        let p = PrintedP::Equal(printed(number(&r["published"]), 3));
        assert_eq!(found.excludes(p), set == "train");
    }
    worst.report("P values of means");
}

#[test]
fn confusion_cells() {
    let Some(audit) = Table::read("00_paper_tables/table4_audit.csv") else {
        return;
    };
    let table = Table::read("00_paper_tables/table4.csv").unwrap();
    let mut worst = Worst::default();
    let expected: Vec<Vec<f64>> = ["tp", "fn", "tn", "fp", "matches", "hanley_mcneil_se"]
        .map(|name| audit.numbers(name))
        .into();
    let rates = [
        ("sen", Rate::Sensitivity),
        ("spe", Rate::Specificity),
        ("acc", Rate::Accuracy),
        ("ppv", Rate::PositivePredictiveValue),
        ("npv", Rate::NegativePredictiveValue),
    ];
    let columns: Vec<(&str, Rate, Vec<f64>)> = rates
        .map(|(name, rate)| (name, rate, table.numbers(name)))
        .into();
    for (row, (model, set)) in table
        .text("model")
        .iter()
        .zip(table.text("set"))
        .enumerate()
    {
        let place = format!("{model} {set}");
        let (positives, negatives) = if set == "train" { (50, 59) } else { (37, 34) };
        let given: Vec<(Rate, PrintedNumber)> = columns
            .iter()
            .map(|(_, rate, values)| (*rate, printed(values[row], 3)))
            .collect();
        let found = fit_confusion(&given, positives, negatives, Digits::Rounded).unwrap();
        let cells = found.cells;
        let ours = [
            cells.true_positives,
            cells.false_negatives,
            cells.true_negatives,
            cells.false_positives,
            found.agreeing as u64,
        ];
        for (ours, expected) in ours.iter().zip(&expected) {
            worst.check(&place, *ours as f64, expected[row], 0.0, 1.0);
        }
        assert_eq!(found.equally_good, 1, "{place}");
        let misfits: Vec<&str> = found
            .misfits
            .iter()
            .map(|misfit| {
                let (name, ..) = columns.iter().find(|(_, r, _)| *r == misfit.rate).unwrap();
                *name
            })
            .collect();
        assert_eq!(
            misfits.join("|"),
            audit.text("inconsistent")[row],
            "{place}"
        );
        for misfit in &found.misfits {
            assert_eq!(misfit.truncated, misfit.rate == Rate::Accuracy, "{place}");
        }
        let auc = table.numbers("auc")[row];
        let error = hanley_mcneil(auc, positives, negatives);
        worst.check(&place, error, expected[5][row], CLOSED, 0.0);
        let (lowest, highest) = cells.auc_bounds();
        assert!(lowest <= auc && auc <= highest, "{place}");
    }
    worst.report("confusion cells");
    // by hand: 2 of 4 and 3 of 3 give both rates
    let given = [
        (Rate::Sensitivity, printed(0.5, 2)),
        (Rate::Specificity, printed(1.0, 2)),
    ];
    let found = fit_confusion(&given, 4, 3, Digits::Rounded).unwrap();
    let cells = Cells {
        true_positives: 2,
        false_negatives: 2,
        true_negatives: 3,
        false_positives: 0,
    };
    assert_eq!((found.cells, found.misfits.len()), (cells, 0));
    assert!(fit_confusion(&given, 0, 3, Digits::Rounded).is_none());
    assert!(fit_confusion(&[], 4, 3, Digits::Rounded).is_none());
    assert!(fit_confusion(&given, 1 << 20, 1 << 20, Digits::Rounded).is_none());
    // 2 of 3 is 0.67 rounded and 0.66 cut off
    let given = [(Rate::Sensitivity, printed(0.66, 2))];
    for (digits, misfits) in [(Digits::Rounded, 1), (Digits::Truncated, 0)] {
        let found = fit_confusion(&given, 3, 3, digits).unwrap();
        assert_eq!(found.misfits.len(), misfits);
    }
}

#[test]
fn intervals() {
    let Some(table) = Table::read("00_paper_tables/table4.csv") else {
        return;
    };
    let read = |table: &Table, estimate: &str| -> Vec<PrintedInterval> {
        let (e, l, u) = (
            table.numbers(estimate),
            table.numbers("lower"),
            table.numbers("upper"),
        );
        (0..e.len())
            .map(|k| interval(e[k], l[k], u[k], 3))
            .collect()
    };
    let faults = interval_faults(&read(&table, "auc"));
    let [(5, IntervalFault::NotSymmetric { lower, upper })] = faults.as_slice() else {
        panic!("{faults:?}");
    };
    assert!((lower - 0.739).abs() < 1e-12 && (upper - 0.883).abs() < 1e-12);
    let concordance = Table::read("00_paper_tables/cindex_text.csv").unwrap();
    let faults = interval_faults(&read(&concordance, "c"));
    assert_eq!(faults, [(5, IntervalFault::CopiedFrom(1))]);
    // an interval beside its estimate, and one cut at 1, which may lean
    let faults = interval_faults(&[
        interval(0.9, 0.7, 0.85, 2),
        interval(0.95, 0.8, 1.0, 2),
        interval(0.8, 0.7, 0.9, 2),
    ]);
    assert_eq!(faults, [(0, IntervalFault::Outside)]);
    // intervals that all lean, as on the logit scale, are nobody's fault
    let leaning = [interval(0.9, 0.75, 0.96, 2); 4];
    assert_eq!(interval_faults(&leaning), []);
}

#[test]
fn odds_ratios() {
    let Some(expected) = fixture::json("00_paper_tables/table3_audit.json") else {
        return;
    };
    let table = Table::read("00_paper_tables/table3.csv").unwrap();
    let mut worst = Worst::default();
    let wald = table.numbers("implied_p_wald");
    let (e, l, u) = (
        table.numbers("or"),
        table.numbers("lower"),
        table.numbers("upper"),
    );
    let ratios: Vec<PrintedInterval> = (0..e.len())
        .map(|k| interval(e[k], l[k], u[k], 2))
        .collect();
    let mut excluded = Vec::new();
    for (row, ratio) in ratios.iter().enumerate() {
        let name = format!(
            "{} {}",
            table.text("variable")[row],
            table.text("analysis")[row]
        );
        let found = implied_p(ratio, LEVEL).unwrap();
        worst.check(&name, found.wald, wald[row], CLOSED, 0.0);
        assert!(
            found.lowest <= found.wald && found.wald <= found.highest,
            "{name}"
        );
        if excluded_p(ratio, p_of(table.text("p_text")[row]), LEVEL).is_some() {
            excluded.push(name);
        }
    }
    assert_eq!(excluded, ["T-stage multivariate", "Margin multivariate"]);
    assert!(leaning_ratios(&ratios).is_empty());
    // one that leans towards 1, and one among symmetric ones
    let wrong = interval(4.0, 1.0, 5.0, 2);
    assert_eq!(leaning_ratios(&[ratios[1], wrong, ratios[3]]), [1]);
    let fine = interval(2.0, 1.0, 4.0, 2);
    assert_eq!(
        leaning_ratios(&[fine, interval(2.0, 1.5, 4.0, 2), fine, fine]),
        [1]
    );

    let counts = Table::read("00_paper_tables/table2_counts.csv").unwrap();
    let of = |variable: &str, first_last: bool| -> ContingencyTable {
        let here = counts.select("variable", variable);
        let (low, high) = (here.numbers("train_low"), here.numbers("train_high"));
        let mut rows: Vec<Vec<u64>> = (0..low.len())
            .map(|k| vec![low[k] as u64, high[k] as u64])
            .collect();
        // the level of interest last
        if first_last {
            rows.reverse();
        }
        ContingencyTable::new(&rows).unwrap()
    };
    let crude = &expected["crude_from_table2_training"];
    // R's glm stops with the standard error of the step before, 4e-9 off for the capsule, which its
    // P value multiplies; the last column is R's P value with glm(epsilon = 1e-30)
    for (variable, key, first_last, coding, p) in [
        (
            "Margin",
            "margin_ill_defined",
            true,
            Coding::TwoLevels,
            1.951_896_035_107_542e-5,
        ),
        (
            "Myxoid matrix",
            "myxoid",
            true,
            Coding::TwoLevels,
            0.045_499_510_832_107_29,
        ),
        (
            "Capsule",
            "capsule",
            true,
            Coding::TwoLevels,
            0.124_616_790_958_427_3,
        ),
        (
            "Septations",
            "septations",
            true,
            Coding::TwoLevels,
            0.036_979_419_732_975_92,
        ),
        (
            "M-stage",
            "m_stage",
            false,
            Coding::TwoLevels,
            0.014_299_570_044_829_95,
        ),
        (
            "T-stage",
            "t_stage_per_unit",
            false,
            Coding::Step,
            0.001_761_422_652_443_132,
        ),
        (
            "T-stage",
            "t_stage_3_4_vs_1_2",
            false,
            Coding::FromLevel(2),
            0.005_026_648_436_070_025,
        ),
    ] {
        let ratios = crude_odds_ratios(&of(variable, first_last), LEVEL);
        let found = ratios.iter().find(|ratio| ratio.coding == coding).unwrap();
        let r = &crude[key];
        for (ours, expected, part) in [
            (found.odds_ratio, number(&r["or"]), "or"),
            (found.lower, number(&r["lower"]), "lower"),
            (found.upper, number(&r["upper"]), "upper"),
            (found.p_value, p, "p"),
        ] {
            worst.check(&format!("{key} {part}"), ours, expected, NEWTON, 0.0);
        }
        let inverse = found.inverse();
        assert!((inverse.lower * found.upper - 1.0).abs() < 1e-12);
    }
    for (variable, value, differs) in [
        ("Margin", 5.78, true),
        ("Margin", 6.29, false),
        // the other way round
        ("Margin", 0.16, false),
        ("Capsule", 7.16, true),
        ("T-stage", 3.67, true),
        ("T-stage", 3.43, false),
        ("T-stage", 2.07, false),
    ] {
        let found =
            differing_crude(&of(variable, true), printed(value, 2), LEVEL, 1_000_000).unwrap();
        assert_eq!(found.is_some(), differs, "{variable} {value}");
    }
    worst.report("odds ratios");
}

#[test]
fn differences_of_areas() {
    let Some(expected) = fixture::json("00_paper_tables/auc_comparisons_text.json") else {
        return;
    };
    let table = Table::read("00_paper_tables/table4.csv").unwrap();
    let area = |model: &str, set: &str| -> PrintedInterval {
        let here = table.select("set", set).select("model", model);
        let [e, l, u] = ["auc", "lower", "upper"].map(|name| here.numbers(name)[0]);
        interval(e, l, u, 3)
    };
    let (mut worst, mut impossible) = (Worst::default(), Vec::new());
    for (name, r) in expected.as_object().unwrap() {
        let (what, p) = name.split_once("_p_").unwrap();
        let p = p_of(&p.replace("lt_", "<"));
        let (set, models) = what.split_once('_').unwrap();
        let (first, second) = models.split_once("_vs_").unwrap();
        let model = |short: &str| match short {
            "combined" => "RS-Combined",
            "t1" => "RS-T1",
            "fst2" => "RS-FST2",
            "nomogram" => "Radiomics nomogram",
            _ => "Clinical model",
        };
        let found = needed_correlation(
            &area(model(first), set),
            &area(model(second), set),
            p,
            LEVEL,
        )
        .unwrap();
        let needed = number(&r["correlation_of_aucs_needed_for_stated_p"]);
        // differences of printed numbers: 1e-16 in a difference of 0.004 is 1e-13 of its square
        worst.check(name, found.correlation, needed, CLOSED, 0.0);
        assert!(found.lowest <= needed && needed <= found.highest, "{name}");
        if found.is_impossible() {
            impossible.push(name.as_str());
        }
        let errors = [number(&r["se1"]), number(&r["se2"])];
        let independent = p_at_correlation(number(&r["diff"]), errors, 0.0);
        worst.check(
            name,
            independent,
            number(&r["p_if_independent"]),
            CLOSED,
            0.0,
        );
        let found = needed_correlation_of_errors(number(&r["diff"]), errors, p).unwrap();
        worst.check(name, found.correlation, needed, CLOSED, 0.0);
    }
    assert_eq!(impossible, ["external_t1_vs_fst2_p_lt_0.001"]);
    worst.report("differences of areas");
}

/// Numbers between 0 and 1 that are always the same (Knuth's linear congruence).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }

    fn count(&mut self, low: u64, high: u64) -> u64 {
        low + (self.next() * (high - low + 1) as f64) as u64
    }
}

fn rounded(value: f64, decimals: u32) -> PrintedNumber {
    let scale = 10f64.powi(decimals as i32);
    printed((value * scale).round() / scale, decimals)
}

/// As a journal prints it.
fn printed_p(p: f64) -> PrintedP {
    if p < 0.001 {
        PrintedP::Below(0.001)
    } else {
        PrintedP::Equal(rounded(p, 3))
    }
}

/// Numbers that were merely rounded are blamed by no rule.
#[test]
fn true_numbers_are_left_in_peace() {
    let mut chance = Chance(7);
    let all = [
        Rate::Sensitivity,
        Rate::Specificity,
        Rate::PositivePredictiveValue,
        Rate::NegativePredictiveValue,
        Rate::Accuracy,
    ];
    for round in 0..2000 {
        let decimals = 2 + round % 2;
        let (positives, negatives) = (chance.count(1, 60), chance.count(1, 60));
        let (tp, tn) = (chance.count(0, positives), chance.count(0, negatives));
        let cells = Cells {
            true_positives: tp,
            false_negatives: positives - tp,
            true_negatives: tn,
            false_positives: negatives - tn,
        };
        let given: Vec<(Rate, PrintedNumber)> = all
            .into_iter()
            .filter(|rate| cells.rate(*rate).is_finite())
            .map(|rate| (rate, rounded(cells.rate(rate), decimals)))
            .collect();
        // 3600 tables a fit are enough for a tenth of the rounds
        if round % 10 == 0 {
            let found = fit_confusion(&given, positives, negatives, Digits::Rounded).unwrap();
            assert_eq!(found.misfits, [], "{cells:?}");
        }

        let group = |chance: &mut Chance| {
            (
                chance.count(5, 90),
                chance.between(20.0, 70.0),
                chance.between(3.0, 25.0),
            )
        };
        let ((n1, m1, s1), (n2, m2, s2)) = (group(&mut chance), group(&mut chance));
        let exact = |n, mean, sd| PrintedGroup {
            n,
            mean: printed(mean, 15),
            standard_deviation: printed(sd, 15),
        };
        let p = t_tests(exact(n1, m1, s1), exact(n2, m2, s2)).unwrap();
        let of = |n, mean, sd| PrintedGroup {
            n,
            mean: rounded(mean, 1),
            standard_deviation: rounded(sd, 1),
        };
        let range = t_tests(of(n1, m1, s1), of(n2, m2, s2)).unwrap();
        for p in [p.student, p.welch] {
            assert!(!range.excludes(printed_p(p)), "{round}: {p} {range:?}");
        }

        let (log, error) = (chance.between(-2.0, 3.0), chance.between(0.1, 1.0));
        let ends = [
            log,
            log - 1.959_963_984_540_054 * error,
            log + 1.959_963_984_540_054 * error,
        ];
        let [estimate, lower, upper] = ends.map(|end| rounded(end.exp(), 2));
        let ratio = PrintedInterval {
            estimate,
            lower,
            upper,
        };
        let p = radiome_stats::distribution::normal_two_sided(log / error);
        if lower.value > 0.0 {
            assert!(
                excluded_p(&ratio, printed_p(p), LEVEL).is_none(),
                "{round}: {ratio:?} {p}"
            );
            assert!(leaning_ratios(&[ratio; 4]).is_empty(), "{round}: {ratio:?}");
        }

        let areas = [chance.between(0.55, 0.85), chance.between(0.55, 0.85)];
        let errors = [chance.between(0.02, 0.07), chance.between(0.02, 0.07)];
        let correlation = chance.between(-0.9, 0.98);
        let [first, second] = [0, 1].map(|k| {
            let half = 1.959_963_984_540_054 * errors[k];
            PrintedInterval {
                estimate: rounded(areas[k], 3),
                lower: rounded(areas[k] - half, 3),
                upper: rounded(areas[k] + half, 3),
            }
        });
        let p = p_at_correlation(areas[0] - areas[1], errors, correlation);
        let found = needed_correlation(&first, &second, printed_p(p), LEVEL).unwrap();
        assert!(
            !found.is_impossible(),
            "{round}: {found:?}, correlation {correlation}"
        );
        assert_eq!(
            interval_faults(&[first, second, first, second]),
            [],
            "{round}"
        );
    }
}

/// An exact test of two thousand patients takes more than a hundred steps.
#[test]
fn what_would_take_too_long_is_an_error() {
    let counts = [
        [190, 310, 209, 122],
        [300, 20, 240, 250],
        [120, 45, 90, 104],
    ];
    let table = ContingencyTable::new(&counts.map(|row| row.to_vec())).unwrap();
    let p = PrintedP::Equal(printed(0.5, 3));
    assert!(unreached_p(&table, p, 100).is_err());
    let counts = [vec![190, 310], vec![300, 20]];
    let table = ContingencyTable::new(&counts).unwrap();
    assert!(unreached_p(&table, p, 100).is_err());
    assert!(unreached_p(&table, p, 1_000_000).unwrap().is_some());
    let ratio = printed(3.0, 2);
    assert!(differing_crude(&table, ratio, LEVEL, 100).is_err());
    let found = differing_crude(&table, ratio, LEVEL, 1_000_000);
    assert!(found.unwrap().is_some());
}
