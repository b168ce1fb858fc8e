//! The result of one test, as it is shown and written.

use radiome::table::number_json;
use radiome_stats::compare::anova::Anova;
use radiome_stats::compare::student_t::TTest;
use serde_json::{Map, Value, json};

use super::variable::Variable;
use crate::command::tabular::Cell;

/// A test and its result, or why it has none.
pub(super) struct Test {
    /// Its key in the results.
    pub(super) name: &'static str,
    pub(super) result: Result<TestResult, String>,
}

/// What a test gives; a test fills in what it has.
#[derive(Default)]
pub(super) struct TestResult {
    pub(super) statistic: Option<f64>,
    /// Degrees of freedom; of an F test, those of the denominator go to `df2`.
    pub(super) df: Option<f64>,
    pub(super) df2: Option<f64>,
    pub(super) p_value: Option<f64>,
    /// The name of the estimate, and its value.
    pub(super) estimate: Option<(&'static str, f64)>,
    pub(super) ci: Option<[f64; 2]>,
    /// Further keys of the JSON object.
    pub(super) more: Vec<(&'static str, Value)>,
}

impl Test {
    pub(super) fn new<T, E: ToString>(
        name: &'static str,
        result: Result<T, E>,
        form: impl FnOnce(T) -> TestResult,
    ) -> Self {
        Self {
            name,
            result: result.map(form).map_err(|error| error.to_string()),
        }
    }

    pub(super) fn p_value(&self) -> Option<f64> {
        self.result.as_ref().ok().and_then(|result| result.p_value)
    }

    /// The result as an object; null where there is none.
    pub(super) fn to_json(&self) -> Value {
        let Ok(result) = &self.result else {
            return Value::Null;
        };
        let mut object = Map::new();
        let mut put = |key: &str, value: Option<f64>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), number_json(value));
            }
        };
        put("statistic", result.statistic);
        let df = if result.df2.is_some() { "df1" } else { "df" };
        put(df, result.df);
        put("df2", result.df2);
        put("p_value", result.p_value);
        if let Some((name, value)) = result.estimate {
            put(name, Some(value));
        }
        if let Some(ci) = result.ci {
            object.insert("ci".to_owned(), json!(ci.map(number_json)));
        }
        for (key, value) in &result.more {
            object.insert((*key).to_owned(), value.clone());
        }
        Value::Object(object)
    }

    /// The result as a line of the table of results.
    pub(super) fn row(&self, variable: &Variable, chosen: bool) -> Vec<Cell> {
        let none = TestResult::default();
        let result = self.result.as_ref().unwrap_or(&none);
        vec![
            variable.name.as_str().into(),
            variable.kind.name().into(),
            self.name.into(),
            if chosen { "yes" } else { "no" }.into(),
            result.statistic.into(),
            result.df.into(),
            result.df2.into(),
            result.p_value.into(),
            result.estimate.map(|(_, value)| value).into(),
            result.ci.map(|[lower, _]| lower).into(),
            result.ci.map(|[_, upper]| upper).into(),
        ]
    }
}

/// A chi-square test.
pub(super) fn chi_square(statistic: f64, df: f64, p_value: f64) -> TestResult {
    TestResult {
        statistic: Some(statistic),
        df: Some(df),
        p_value: Some(p_value),
        ..TestResult::default()
    }
}

/// An F test.
pub(super) fn f_test(statistic: f64, df1: f64, df2: f64, p_value: f64) -> TestResult {
    TestResult {
        df2: Some(df2),
        ..chi_square(statistic, df1, p_value)
    }
}

impl From<Anova> for TestResult {
    fn from(found: Anova) -> Self {
        f_test(found.statistic, found.df1, found.df2, found.p_value)
    }
}

impl From<TTest> for TestResult {
    fn from(found: TTest) -> Self {
        Self {
            estimate: Some(("difference", found.mean_x - found.mean_y)),
            ci: Some([found.lower, found.upper]),
            ..chi_square(found.statistic, found.degrees_of_freedom, found.p_value)
        }
    }
}
