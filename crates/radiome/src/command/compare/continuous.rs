//! A number compared between groups.

use radiome::table::{Table, number_json};
use radiome_stats::compare::CompareError;
use radiome_stats::compare::anova::{anova, welch_anova};
use radiome_stats::compare::choose::look_normal;
use radiome_stats::compare::hodges_lehmann::hodges_lehmann;
use radiome_stats::compare::kruskal_wallis::kruskal_wallis;
use radiome_stats::compare::levene::{LeveneCenter, levene};
use radiome_stats::compare::mann_whitney::{MannWhitneyMethod, mann_whitney};
use radiome_stats::compare::shapiro_wilk::shapiro_wilk;
use radiome_stats::compare::student_t::student_t;
use radiome_stats::compare::variance_ratio::variance_ratio;
use radiome_stats::compare::welch_t::welch_t;
use radiome_stats::describe::Summary;
use serde_json::{Map, Value, json};

use super::test::{Test, TestResult, chi_square, f_test};
use super::variable::Variable;
use super::{Compared, Design};
use crate::command::tabular::{Levels, short};

pub(super) fn compare(
    table: &Table,
    variable: &Variable,
    groups: &Levels,
    design: Design,
) -> miette::Result<Compared> {
    let values = table.numbers(&variable.name)?;
    let of_group = |group: usize| -> Vec<f64> {
        let rows = groups.rows_of(group);
        rows.iter()
            .filter_map(|&row| values.get(row).copied())
            .collect()
    };
    let samples: Vec<Vec<f64>> = (0..groups.names.len()).map(of_group).collect();
    let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
    let normal = look_normal(&samples);
    let chosen = match (samples.len(), normal) {
        (2, true) => "student_t",
        (2, false) => "mann_whitney",
        (_, true) => "anova",
        (_, false) => "kruskal_wallis",
    };
    let mut tests = Tests {
        wanted: (!design.all_tests).then_some(chosen),
        found: Vec::new(),
    };
    if let [x, y] = samples.as_slice() {
        of_two(&mut tests, x, y, design);
    }
    of_several(&mut tests, &samples);
    let mut tests = tests.found;
    tests.push(shapiro(&samples, &groups.names));

    let mut summary = Map::new();
    let mut texts = Vec::new();
    for (name, sample) in groups.names.iter().zip(&samples) {
        let described = Summary::of(sample);
        texts.push(text(&described, normal));
        summary.insert(name.clone(), summary_json(&described));
    }
    Ok(Compared {
        summary,
        lines: vec![(None, texts)],
        chosen,
        tests,
    })
}

fn text(described: &Summary, normal: bool) -> String {
    let (middle, low, high) = (
        short(described.median),
        short(described.lower_quartile),
        short(described.upper_quartile),
    );
    match described.n {
        0 => "-".to_owned(),
        1 => middle,
        _ if normal => format!(
            "{} ± {}",
            short(described.mean),
            short(described.standard_deviation)
        ),
        _ => format!("{middle} ({low} to {high})"),
    }
}

fn summary_json(described: &Summary) -> Value {
    json!({
        "n": described.n,
        "missing": described.missing,
        "mean": number_json(described.mean),
        "sd": number_json(described.standard_deviation),
        "min": number_json(described.minimum),
        "q1": number_json(described.lower_quartile),
        "median": number_json(described.median),
        "q3": number_json(described.upper_quartile),
        "max": number_json(described.maximum),
    })
}

/// The tests done so far.
struct Tests {
    /// The only test that is wanted; none where all are.
    wanted: Option<&'static str>,
    found: Vec<Test>,
}

impl Tests {
    /// Does a test if it is wanted: an exact one can take its time.
    fn add<T>(
        &mut self,
        name: &'static str,
        test: impl FnOnce() -> Result<T, CompareError>,
        form: impl FnOnce(T) -> TestResult,
    ) {
        if self.wanted.is_none_or(|wanted| wanted == name) {
            self.found.push(Test::new(name, test(), form));
        }
    }
}

fn of_two(tests: &mut Tests, x: &[f64], y: &[f64], design: Design) {
    let Design {
        alternative,
        confidence,
        ..
    } = design;
    tests.add(
        "student_t",
        || student_t(x, y, alternative, confidence),
        TestResult::from,
    );
    tests.add(
        "welch_t",
        || welch_t(x, y, alternative, confidence),
        TestResult::from,
    );
    let normal = |continuity_correction| MannWhitneyMethod::Normal {
        continuity_correction,
    };
    for (name, method) in [
        ("mann_whitney", MannWhitneyMethod::Automatic),
        ("mann_whitney_exact", MannWhitneyMethod::Exact),
        ("mann_whitney_normal", normal(true)),
        ("mann_whitney_uncorrected", normal(false)),
    ] {
        let test = || mann_whitney(x, y, alternative, method);
        tests.add(name, test, |found| TestResult {
            statistic: Some(found.statistic),
            p_value: Some(found.p_value),
            more: vec![
                ("w", number_json(found.statistic)),
                ("exact", (found.method == MannWhitneyMethod::Exact).into()),
            ],
            ..TestResult::default()
        });
    }
    let shift = || hodges_lehmann(x, y, alternative, confidence);
    tests.add("hodges_lehmann", shift, |found| TestResult {
        estimate: Some(("estimate", found.estimate)),
        ci: Some([found.lower, found.upper]),
        more: vec![("exact", found.exact.into())],
        ..TestResult::default()
    });
    let ratio = || variance_ratio(x, y, alternative, confidence);
    tests.add("variance", ratio, |found| TestResult {
        estimate: Some(("ratio", found.statistic)),
        ci: Some([found.lower, found.upper]),
        ..f_test(found.statistic, found.df1, found.df2, found.p_value)
    });
}

fn of_several(tests: &mut Tests, samples: &[&[f64]]) {
    tests.add("anova", || anova(samples), TestResult::from);
    tests.add("welch_anova", || welch_anova(samples), TestResult::from);
    tests.add(
        "kruskal_wallis",
        || kruskal_wallis(samples),
        |found| chi_square(found.statistic, found.degrees_of_freedom, found.p_value),
    );
    for (name, center) in [
        ("levene", LeveneCenter::Median),
        ("levene_mean", LeveneCenter::Mean),
    ] {
        let test = || levene(samples, center);
        tests.add(name, test, |found| {
            f_test(found.statistic, found.df1, found.df2, found.p_value)
        });
    }
}

/// Normality in each group, which the choice rests on, and of all values together.
fn shapiro(samples: &[&[f64]], names: &[String]) -> Test {
    let of = |values: &[f64]| match shapiro_wilk(values) {
        Ok(found) => json!({
            "statistic": number_json(found.statistic),
            "p_value": number_json(found.p_value),
        }),
        Err(_) => Value::Null,
    };
    let groups: Map<String, Value> = names
        .iter()
        .zip(samples)
        .map(|(name, values)| (name.clone(), of(values)))
        .collect();
    let result = TestResult {
        more: vec![
            ("groups", Value::Object(groups)),
            ("all", of(&samples.concat())),
        ],
        ..TestResult::default()
    };
    Test {
        name: "shapiro",
        result: Ok(result),
    }
}
