//! The baseline table: the negative against the positive class in each split.

use indexmap::IndexMap;
use radiome_stats::compare::{
    choose::{BaselineTest, compare_categorical, compare_continuous},
    contingency_table::ContingencyTable,
};
use radiome_stats::describe::{mean, quantile, standard_deviation};

use super::survival::{Times, curves};
use crate::pipeline::{ClinicalColumn, ClinicalValues};
use crate::results::{GroupSummary, TableOne, TableOneRow, TableOneTest};
use crate::table::number_text;

/// A numeric column with so few distinct values is shown level by level.
const MOST_LEVELS_OF_A_NUMBER: usize = 5;

/// The patients of a split: their rows, classes and times.
pub(super) struct SplitRows<'a> {
    /// Name of the split.
    pub name: &'a str,
    /// Rows of the columns.
    pub rows: &'a [usize],
}

/// The baseline table of these columns, and of the median survival where there are times.
pub(super) fn table_one(
    columns: &[ClinicalColumn],
    outcome: &[bool],
    times: Option<(&str, &Times)>,
    splits: &[SplitRows<'_>],
) -> TableOne {
    let mut rows = Vec::new();
    for column in columns {
        match levels(column) {
            Some((levels, values)) => {
                rows.extend(categorical(&column.name, &levels, &values, outcome, splits))
            }
            None => rows.extend(continuous(column, outcome, splits)),
        }
    }
    if let Some((name, times)) = times {
        rows.push(median_survival(name, times, outcome, splits));
    }
    TableOne {
        splits: splits.iter().map(|split| split.name.to_owned()).collect(),
        rows,
    }
}

/// Levels of a column and the level of each row, unless it is a number of many values.
pub(super) fn levels(column: &ClinicalColumn) -> Option<(Vec<String>, Vec<Option<usize>>)> {
    match &column.values {
        ClinicalValues::Factor(values) => {
            let mut levels: Vec<String> = values.iter().flatten().cloned().collect();
            levels.sort();
            levels.dedup();
            let place = |value: &Option<String>| {
                levels
                    .iter()
                    .position(|level| Some(level) == value.as_ref())
            };
            let values = values.iter().map(place).collect();
            Some((levels, values))
        }
        ClinicalValues::Number(values) => {
            let mut levels: Vec<f64> = values
                .iter()
                .copied()
                .filter(|value| !value.is_nan())
                .collect();
            levels.sort_by(f64::total_cmp);
            levels.dedup();
            (levels.len() <= MOST_LEVELS_OF_A_NUMBER).then(|| {
                let place = |value: &f64| levels.iter().position(|level| level == value);
                let values = values.iter().map(place).collect();
                (
                    levels.iter().map(|&level| number_text(level)).collect(),
                    values,
                )
            })
        }
    }
}

fn categorical(
    variable: &str,
    levels: &[String],
    values: &[Option<usize>],
    outcome: &[bool],
    splits: &[SplitRows<'_>],
) -> Vec<TableOneRow> {
    let count = |split: &SplitRows<'_>, class: bool, level: Option<usize>| {
        let of_class = split.rows.iter().filter(|&&row| outcome[row] == class);
        of_class.filter(|&&row| values[row] == level).count()
    };
    let mut tests = IndexMap::new();
    for split in splits {
        let counts: Vec<Vec<u64>> = (0..levels.len())
            .map(|level| {
                [false, true]
                    .map(|class| count(split, class, Some(level)) as u64)
                    .to_vec()
            })
            .filter(|counts| counts.iter().sum::<u64>() > 0)
            .collect();
        let tested = ContingencyTable::new(&counts)
            .and_then(|table| compare_categorical(&table))
            .ok();
        if let Some(tested) = tested {
            tests.insert(split.name.to_owned(), test_of(tested.test, tested.p_value));
        }
    }
    levels
        .iter()
        .enumerate()
        .map(|(number, level)| {
            let groups = splits.iter().map(|split| {
                let summary = |class| {
                    let missing = count(split, class, None);
                    let n: usize = split
                        .rows
                        .iter()
                        .filter(|&&row| outcome[row] == class)
                        .count()
                        - missing;
                    let here = count(split, class, Some(number));
                    let text = if n == 0 {
                        "-".to_owned()
                    } else {
                        format!("{here} ({:.0}%)", 100.0 * here as f64 / n as f64)
                    };
                    GroupSummary { n, missing, text }
                };
                (split.name.to_owned(), [summary(false), summary(true)])
            });
            TableOneRow {
                variable: variable.to_owned(),
                level: Some(level.clone()),
                groups: groups.collect(),
                tests: if number == 0 {
                    tests.clone()
                } else {
                    IndexMap::new()
                },
            }
        })
        .collect()
}

fn continuous(
    column: &ClinicalColumn,
    outcome: &[bool],
    splits: &[SplitRows<'_>],
) -> Option<TableOneRow> {
    let ClinicalValues::Number(values) = &column.values else {
        return None;
    };
    let of = |split: &SplitRows<'_>, class: bool| -> (Vec<f64>, usize) {
        let all: Vec<f64> = split
            .rows
            .iter()
            .filter(|&&row| outcome[row] == class)
            .map(|&row| values[row])
            .collect();
        let present: Vec<f64> = all
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        let missing = all.len() - present.len();
        (present, missing)
    };
    let mut tests = IndexMap::new();
    let mut normal = true;
    for split in splits {
        if let Ok(tested) = compare_continuous(&of(split, false).0, &of(split, true).0) {
            normal &= tested.test == BaselineTest::StudentT;
            tests.insert(split.name.to_owned(), test_of(tested.test, tested.p_value));
        }
    }
    let groups = splits.iter().map(|split| {
        let summary = |class| {
            let (present, missing) = of(split, class);
            let text = match present.len() {
                0 => "-".to_owned(),
                1 => number_text(present[0]),
                _ if normal => format!(
                    "{:.1} ± {:.1}",
                    mean(&present),
                    standard_deviation(&present)
                ),
                _ => format!(
                    "{:.1} ({:.1} to {:.1})",
                    quantile(&present, 0.5),
                    quantile(&present, 0.25),
                    quantile(&present, 0.75)
                ),
            };
            GroupSummary {
                n: present.len(),
                missing,
                text,
            }
        };
        (split.name.to_owned(), [summary(false), summary(true)])
    });
    Some(TableOneRow {
        variable: column.name.clone(),
        level: None,
        groups: groups.collect(),
        tests,
    })
}

fn median_survival(
    name: &str,
    times: &Times,
    outcome: &[bool],
    splits: &[SplitRows<'_>],
) -> TableOneRow {
    let mut tests = IndexMap::new();
    let mut groups = IndexMap::new();
    for split in splits {
        let times: Vec<Option<(f64, bool)>> = split.rows.iter().map(|&row| times[row]).collect();
        let class: Vec<Option<usize>> = split
            .rows
            .iter()
            .map(|&row| Some(usize::from(outcome[row])))
            .collect();
        let (curves, log_rank) = curves(&times, &class, &["negative", "positive"]);
        let summary = |number: usize, name: &str| {
            let all = class.iter().filter(|&&class| class == Some(number)).count();
            let curve = curves.groups.iter().find(|group| group.name == name);
            let n = curve.map_or(0, |curve| curve.n);
            let text = match curve {
                None => "-".to_owned(),
                Some(curve) => curve
                    .median
                    .map_or_else(|| "not reached".to_owned(), |median| format!("{median:.0}")),
            };
            GroupSummary {
                n,
                missing: all - n,
                text,
            }
        };
        groups.insert(
            split.name.to_owned(),
            [summary(0, "negative"), summary(1, "positive")],
        );
        if log_rank.p_value.is_some() {
            let test = TableOneTest {
                test: "log_rank".to_owned(),
                p_value: log_rank.p_value,
            };
            tests.insert(split.name.to_owned(), test);
        }
    }
    TableOneRow {
        variable: format!("median {name}"),
        level: None,
        groups,
        tests,
    }
}

fn test_of(test: BaselineTest, p_value: f64) -> TableOneTest {
    let name = match test {
        BaselineTest::ChiSquare => "chi_square",
        BaselineTest::FisherExact | BaselineTest::FreemanHalton => "fisher_exact",
        BaselineTest::StudentT => "student_t",
        BaselineTest::MannWhitneyExact | BaselineTest::MannWhitneyNormal => "mann_whitney",
    };
    TableOneTest {
        test: name.to_owned(),
        p_value: Some(p_value),
    }
}
