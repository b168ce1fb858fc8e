//! Levels counted in groups.

use radiome::table::{Table, number_json};
use radiome_stats::compare::chi_square::{ChiSquare, chi_square, chi_square_yates, g_test};
use radiome_stats::compare::choose::{BaselineTest, compare_categorical};
use radiome_stats::compare::contingency_table::ContingencyTable;
use radiome_stats::compare::fisher_exact::fisher_exact;
use radiome_stats::compare::freeman_halton::freeman_halton;
use radiome_stats::compare::mcnemar::mcnemar;
use radiome_stats::compare::trend::trend;
use serde_json::{Map, Value, json};

use super::test::{self, Test, TestResult};
use super::variable::Variable;
use super::{Compared, Design};
use crate::command::tabular::Levels;

pub(super) fn compare(
    table: &Table,
    variable: &Variable,
    groups: &Levels,
    design: Design,
) -> miette::Result<Compared> {
    let levels = Levels::of(table, &variable.name)?;
    let mut counts = vec![vec![0u64; groups.names.len()]; levels.names.len()];
    let mut missing = vec![0u64; groups.names.len()];
    for (row, (level, group)) in levels.places.iter().zip(&groups.places).enumerate() {
        let Some(group) = *group else { continue };
        let counted = match level {
            Some(level) => counts.get_mut(*level).and_then(|row| row.get_mut(group)),
            None => missing.get_mut(group),
        };
        let patients = match &variable.counts {
            None => 1,
            Some(counts) => counts.get(row).copied().unwrap_or(0),
        };
        if let Some(counted) = counted {
            *counted += patients;
        }
    }
    let tested = ContingencyTable::new(&counts);
    let (chosen, tests) = match &tested {
        Ok(table) => of_table(table, design),
        Err(error) => (
            "chi_square",
            vec![Test {
                name: "chi_square",
                result: Err(error.to_string()),
            }],
        ),
    };
    Ok(Compared {
        summary: summary(&levels, groups, &counts, &missing),
        lines: lines(&levels, groups, &counts),
        chosen,
        tests,
    })
}

fn of_table(table: &ContingencyTable, design: Design) -> (&'static str, Vec<Test>) {
    // An exact test that takes too long is still what the rule chooses.
    let chosen = match compare_categorical(table) {
        Ok(found) if found.test == BaselineTest::ChiSquare => "chi_square",
        _ => "fisher_exact",
    };
    let square = table.rows() == 2 && table.columns() == 2;
    let mut tests = Vec::new();
    if design.all_tests || chosen == "chi_square" {
        tests.push(pearson("chi_square", chi_square(table)));
    }
    if design.all_tests && square {
        tests.push(Test::new(
            "chi_square_yates",
            chi_square_yates(table),
            |found| test::chi_square(found.statistic, found.degrees_of_freedom, found.p_value),
        ));
    }
    if design.all_tests || chosen == "fisher_exact" {
        tests.push(fisher(table, square, design));
    }
    if design.all_tests {
        tests.push(pearson("g", g_test(table)));
        if square {
            tests.push(paired(table));
        }
        if table.columns() == 2 {
            tests.push(Test::new("trend", trend(table), |found| TestResult {
                more: vec![(
                    "linear_by_linear",
                    json!({
                        "statistic": number_json(found.linear_by_linear_statistic),
                        "df": 1,
                        "p_value": number_json(found.linear_by_linear_p_value),
                    }),
                )],
                ..test::chi_square(found.statistic, 1.0, found.p_value)
            }));
        }
    }
    (chosen, tests)
}

fn pearson(name: &'static str, found: ChiSquare) -> Test {
    let result = TestResult {
        more: vec![("smallest_expected", number_json(found.smallest_expected))],
        ..test::chi_square(found.statistic, found.degrees_of_freedom, found.p_value)
    };
    Test {
        name,
        result: Ok(result),
    }
}

/// Fisher's test; of a table larger than 2 x 2, that of Freeman and Halton.
fn fisher(table: &ContingencyTable, square: bool, design: Design) -> Test {
    if !square {
        return Test::new("fisher_exact", freeman_halton(table), |found| TestResult {
            p_value: Some(found.p_value),
            ..TestResult::default()
        });
    }
    let found = fisher_exact(table, design.alternative, design.confidence);
    Test::new("fisher_exact", found, |found| TestResult {
        p_value: Some(found.p_value),
        estimate: Some(("odds_ratio", found.odds_ratio)),
        ci: Some([found.lower, found.upper]),
        ..TestResult::default()
    })
}

fn paired(table: &ContingencyTable) -> Test {
    Test::new("mcnemar", mcnemar(table), |found| TestResult {
        more: vec![
            (
                "uncorrected",
                json!({
                    "statistic": number_json(found.uncorrected_statistic),
                    "df": 1,
                    "p_value": number_json(found.uncorrected_p_value),
                }),
            ),
            ("exact_p_value", number_json(found.exact_p_value)),
        ],
        ..test::chi_square(found.statistic, 1.0, found.p_value)
    })
}

/// Patients with a level in a group.
fn count(counts: &[Vec<u64>], level: usize, group: usize) -> u64 {
    let row = counts.get(level).and_then(|row| row.get(group));
    row.copied().unwrap_or(0)
}

fn total(counts: &[Vec<u64>], group: usize) -> u64 {
    (0..counts.len())
        .map(|level| count(counts, level, group))
        .sum()
}

fn summary(
    levels: &Levels,
    groups: &Levels,
    counts: &[Vec<u64>],
    missing: &[u64],
) -> Map<String, Value> {
    let mut summary = Map::new();
    for (group, (name, missing)) in groups.names.iter().zip(missing).enumerate() {
        let counted: Map<String, Value> = levels
            .names
            .iter()
            .enumerate()
            .map(|(level, name)| (name.clone(), count(counts, level, group).into()))
            .collect();
        let value = json!({"n": total(counts, group), "missing": missing, "levels": counted});
        summary.insert(name.clone(), value);
    }
    summary
}

fn lines(
    levels: &Levels,
    groups: &Levels,
    counts: &[Vec<u64>],
) -> Vec<(Option<String>, Vec<String>)> {
    let text = |level: usize, group: usize| match total(counts, group) {
        0 => "-".to_owned(),
        n => {
            let here = count(counts, level, group);
            format!("{here} ({:.0}%)", 100.0 * here as f64 / n as f64)
        }
    };
    let of_level = |(level, name): (usize, &String)| {
        let texts = (0..groups.names.len()).map(|group| text(level, group));
        (Some(name.clone()), texts.collect())
    };
    levels.names.iter().enumerate().map(of_level).collect()
}
