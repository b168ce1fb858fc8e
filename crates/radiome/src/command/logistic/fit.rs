//! A fitted model with all that is told of its terms.

use clap::ValueEnum;
use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, number_json};
use radiome_stats::regression::{
    FirthModel, LikelihoodRatioTest, LogisticModel, ModelTerm, ProfileLimits, RegressionError,
    VarianceInflation, drop_each_term, firth_regression, firth_test, logistic_regression,
    profile_limits, spline_profile_limits, variance_inflation,
};
use serde_json::{Map, Value, json};

use super::Request;
use crate::command::tabular::{Design, Kind, Outcome, Warning};

/// The name of the constant, as R writes it.
const INTERCEPT: &str = "(Intercept)";

/// What is maximised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    MaximumLikelihood,
    Firth,
}

/// How the limits of the profile are found.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileBy {
    /// The limits themselves
    Exact,
    /// As R's confint approximates them (MASS), about 1e-4 off, to compare with published tables
    Mass,
}

/// One column of a model.
pub(super) struct TermRow {
    /// The column: the variable, or `variable=level`; `(Intercept)`.
    pub(super) name: String,
    /// The term it belongs to.
    pub(super) term: String,
    pub(super) coef: f64,
    pub(super) se: f64,
    pub(super) z: f64,
    pub(super) p: f64,
    /// Limits of the odds ratio.
    pub(super) wald: [f64; 2],
    pub(super) profile: [f64; 2],
    pub(super) lrt_p: Option<f64>,
    pub(super) inflation: Option<VarianceInflation>,
}

/// A fitted model.
pub(super) struct Fit {
    pub(super) n: usize,
    pub(super) terms: Vec<TermRow>,
    /// What stands beside the terms in the JSON.
    figures: Map<String, Value>,
    tests: Vec<(
        String,
        Option<LikelihoodRatioTest>,
        Option<VarianceInflation>,
    )>,
    /// Columns with an infinite estimate; none without separation.
    infinite: Option<Vec<String>>,
}

impl TermRow {
    pub(super) fn is_intercept(&self) -> bool {
        self.name == INTERCEPT
    }

    fn to_json(&self) -> Map<String, Value> {
        let limits = |ci: [f64; 2]| Value::from(ci.map(number_json).to_vec());
        let optional = |value: Option<f64>| value.map_or(Value::Null, number_json);
        let mut object = Map::new();
        object.insert("name".to_owned(), self.name.as_str().into());
        object.insert("term".to_owned(), self.term.as_str().into());
        for (key, value) in [
            ("coef", self.coef),
            ("se", self.se),
            ("z", self.z),
            ("p_value", self.p),
            ("odds_ratio", self.coef.exp()),
        ] {
            object.insert(key.to_owned(), number_json(value));
        }
        object.insert("wald_ci".to_owned(), limits(self.wald));
        object.insert("profile_ci".to_owned(), limits(self.profile));
        object.insert("lrt_p".to_owned(), optional(self.lrt_p));
        object.insert("vif".to_owned(), optional(self.inflation.map(|v| v.factor)));
        object
    }
}

impl Fit {
    /// Fits the model of a design.
    pub(super) fn of(
        design: &Design,
        interactions: &[(String, String)],
        outcome: &Outcome,
        request: &Request,
    ) -> Result<Self, RegressionError> {
        let columns = Columns::of(design, interactions);
        match request.method {
            Method::MaximumLikelihood => columns.plain(&outcome.is_positive, request),
            Method::Firth => columns.penalized(&outcome.is_positive, request),
        }
    }

    /// Says so if the data are separated.
    pub(super) fn warning(&self, model: &str) -> Option<Warning> {
        let infinite = self.infinite.as_ref()?;
        let which = if infinite.is_empty() {
            String::new()
        } else {
            format!(" (infinite: {})", infinite.join(", "))
        };
        Some(Warning::new(
            "separation",
            format!(
                "{model}: a combination of the predictors parts the classes without error, so not \
                 every estimate is finite{which}; Wald's figures mean nothing and are left out; \
                 --firth gives finite estimates"
            ),
        ))
    }

    pub(super) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("n".to_owned(), self.n.into());
        object.extend(self.figures.clone());
        let terms = self.terms.iter().map(TermRow::to_json).map(Value::Object);
        object.insert("terms".to_owned(), Value::Array(terms.collect()));
        let tests = self.tests.iter().map(|(term, test, inflation)| {
            let number = |value: Option<f64>| value.map_or(Value::Null, number_json);
            json!({
                "term": term,
                "df": test.map(|t| t.df),
                "chi_square": number(test.map(|t| t.chi_square)),
                "p_value": number(test.map(|t| t.p)),
                "vif": number(inflation.map(|v| v.factor)),
                "vif_df": inflation.map(|v| v.df),
                "vif_per_dimension": number(inflation.map(|v| v.per_dimension)),
            })
        });
        object.insert("tests".to_owned(), Value::Array(tests.collect()));
        Value::Object(object)
    }

    /// The terms of a model of one predictor, each with the figures of the model.
    pub(super) fn univariate_json(&self) -> Vec<Value> {
        let own = self.terms.iter().filter(|term| !term.is_intercept());
        own.map(|term| {
            let mut object = term.to_json();
            object.insert("n".to_owned(), self.n.into());
            object.extend(self.figures.clone());
            let intercept = self.terms.iter().find(|term| term.is_intercept());
            let intercept = intercept.map(|term| Value::Object(term.to_json()));
            object.insert("intercept".to_owned(), intercept.unwrap_or(Value::Null));
            Value::Object(object)
        })
        .collect()
    }
}

/// What went wrong, with the names of file and column.
pub(super) fn explained(
    error: &RegressionError,
    table: &Table,
    design: &Design,
    outcome: &Outcome,
) -> miette::Report {
    let source = table.source();
    let names = design.column_names();
    match error {
        RegressionError::RankDeficient { column } => {
            let name = names.get(*column).map_or("", String::as_str);
            miette!(
                help = "leave it out of --vars, or one of those that it is made of",
                "{source}: the predictor {name} is a combination of those before it, so their \
                 effects cannot be told apart"
            )
        }
        RegressionError::TooFewSamples { found, .. } => miette!(
            help = "take fewer predictors, or radiome lasso, which is made for many",
            "{source}: {found} rows are too few for {} terms and an intercept",
            names.len()
        ),
        RegressionError::NotConverged { .. } => miette!(
            help = "try --firth, or look for a predictor with a few extreme values",
            "{source}: the fit of \"{}\" did not settle: {error}",
            outcome.column
        ),
        _ => miette!("{source}: {error}"),
    }
}

/// The design as numbers, names and terms.
pub(super) struct Columns {
    pub(super) x: DMatrix<f64>,
    names: Vec<String>,
    pub(super) terms: Vec<ModelTerm>,
    term_names: Vec<String>,
}

impl Columns {
    pub(super) fn of(design: &Design, interactions: &[(String, String)]) -> Self {
        let term_names: Vec<String> = design.terms.iter().map(|t| t.name.clone()).collect();
        let place = |name: &str| term_names.iter().position(|other| other == name);
        let mut first = 0;
        let mut terms = Vec::new();
        for (number, term) in design.terms.iter().enumerate() {
            let variables = match term.kind {
                Kind::Number | Kind::Factor { .. } => vec![number],
                Kind::Interaction => interactions
                    .iter()
                    .find(|(a, b)| format!("{a}:{b}") == term.name)
                    .map_or(vec![number], |(a, b)| {
                        [a, b].iter().filter_map(|name| place(name)).collect()
                    }),
            };
            terms.push(ModelTerm {
                columns: (first..first + term.columns.len()).collect(),
                variables,
            });
            first += term.columns.len();
        }
        Self {
            x: design.matrix(),
            names: design.column_names(),
            terms,
            term_names,
        }
    }

    fn plain(&self, outcome: &[bool], request: &Request) -> Result<Fit, RegressionError> {
        let model = logistic_regression(&self.x, outcome, request.level)?;
        // Which estimates are infinite only the limits themselves tell.
        let exact = profile_limits(&model, &self.x, outcome)?;
        let profile = match request.profile {
            ProfileBy::Mass => spline_profile_limits(&model, &self.x, outcome)?,
            ProfileBy::Exact => exact.clone(),
        };
        let tests = drop_each_term(&self.x, outcome, &self.terms)?;
        let inflation = self.inflation(&model.covariance, model.separation)?;
        let estimate = |(fitted, limits): (f64, &ProfileLimits)| match (
            limits.lower.is_finite(),
            limits.upper.is_finite(),
        ) {
            (true, true) => fitted,
            (true, false) => f64::INFINITY,
            (false, true) => f64::NEG_INFINITY,
            (false, false) => f64::NAN,
        };
        let estimates: Vec<f64> = model
            .estimates()
            .into_iter()
            .zip(&exact)
            .map(estimate)
            .collect();
        let infinite = model.separation.then(|| {
            let endless = |name: String, estimate: &f64| (!estimate.is_finite()).then_some(name);
            let columns = estimates.iter().enumerate();
            columns
                .filter_map(|(j, estimate)| endless(self.name(j), estimate))
                .collect()
        });
        let terms = model
            .coefficients
            .iter()
            .zip(estimates)
            .zip(&profile)
            .enumerate()
            .map(|(j, ((c, coef), limits))| {
                let of_term = self.term_of(j);
                TermRow {
                    name: self.name(j),
                    term: self.term_name(j),
                    coef,
                    se: c.standard_error,
                    z: if model.separation { f64::NAN } else { c.z },
                    p: c.p,
                    wald: [c.odds_ratio_lower, c.odds_ratio_upper],
                    profile: [limits.lower.exp(), limits.upper.exp()],
                    lrt_p: of_term
                        .and_then(|t| tests.get(t).copied().flatten())
                        .map(|t| t.p),
                    inflation: of_term.and_then(|t| inflation.get(t).copied().flatten()),
                }
            })
            .collect();
        Ok(Fit {
            n: model.n,
            terms,
            figures: plain_figures(&model),
            tests: self.tests(tests, inflation),
            infinite,
        })
    }

    fn penalized(&self, outcome: &[bool], request: &Request) -> Result<Fit, RegressionError> {
        let model = firth_regression(&self.x, outcome, request.level)?;
        let inflation = self.inflation(&model.covariance, false)?;
        let part_of_another =
            |term: &ModelTerm| self.terms.iter().any(|other| term.is_marginal_to(other));
        let tests: Vec<Option<LikelihoodRatioTest>> = self
            .terms
            .iter()
            .map(|term| {
                if part_of_another(term) {
                    return Ok(None);
                }
                firth_test(&self.x, outcome, &term.columns).map(Some)
            })
            .collect::<Result<_, _>>()?;
        let all: Vec<usize> = (0..self.x.ncols()).collect();
        let whole = firth_test(&self.x, outcome, &all)?;
        let half = radiome_stats::distribution::normal_upper_quantile((1.0 - request.level) / 2.0);
        let terms = model
            .coefficients
            .iter()
            .enumerate()
            .map(|(j, c)| {
                let of_term = self.term_of(j);
                let reach = half * c.standard_error;
                TermRow {
                    name: self.name(j),
                    term: self.term_name(j),
                    coef: c.estimate,
                    se: c.standard_error,
                    z: c.z,
                    p: c.profile_p,
                    wald: [(c.estimate - reach).exp(), (c.estimate + reach).exp()],
                    profile: [c.odds_ratio_lower, c.odds_ratio_upper],
                    lrt_p: of_term
                        .and_then(|t| tests.get(t).copied().flatten())
                        .map(|t| t.p),
                    inflation: of_term.and_then(|t| inflation.get(t).copied().flatten()),
                }
            })
            .collect();
        Ok(Fit {
            n: model.n,
            terms,
            figures: penalized_figures(&model, whole),
            tests: self.tests(tests, inflation),
            infinite: None,
        })
    }

    fn name(&self, coefficient: usize) -> String {
        let column = coefficient.checked_sub(1).and_then(|c| self.names.get(c));
        column.cloned().unwrap_or_else(|| INTERCEPT.to_owned())
    }

    /// The term that a coefficient belongs to; none for the intercept.
    fn term_of(&self, coefficient: usize) -> Option<usize> {
        let column = coefficient.checked_sub(1)?;
        self.terms
            .iter()
            .position(|term| term.columns.contains(&column))
    }

    fn term_name(&self, coefficient: usize) -> String {
        let name = self
            .term_of(coefficient)
            .and_then(|t| self.term_names.get(t));
        name.cloned().unwrap_or_else(|| INTERCEPT.to_owned())
    }

    fn inflation(
        &self,
        covariance: &[Vec<f64>],
        separation: bool,
    ) -> Result<Vec<Option<VarianceInflation>>, RegressionError> {
        if separation {
            return Ok(vec![None; self.terms.len()]);
        }
        let columns: Vec<Vec<usize>> = self.terms.iter().map(|t| t.columns.clone()).collect();
        variance_inflation(covariance, true, &columns)
    }

    fn tests(
        &self,
        tests: Vec<Option<LikelihoodRatioTest>>,
        inflation: Vec<Option<VarianceInflation>>,
    ) -> Vec<(
        String,
        Option<LikelihoodRatioTest>,
        Option<VarianceInflation>,
    )> {
        let names = self.term_names.iter().cloned();
        names
            .zip(tests.into_iter().zip(inflation))
            .map(|(name, (test, inflation))| (name, test, inflation))
            .collect()
    }
}

fn plain_figures(model: &LogisticModel) -> Map<String, Value> {
    let figures = json!({
        "events": model.events,
        "method": "maximum_likelihood",
        "separation": model.separation,
        "loglik": number_json(model.log_likelihood),
        "null_loglik": number_json(model.null_log_likelihood),
        "aic": number_json(model.aic),
        "bic": number_json(model.bic),
        "likelihood_ratio": test_json(&model.likelihood_ratio),
        "r2": {
            "mcfadden": number_json(model.r2_mcfadden()),
            "cox_snell": number_json(model.r2_cox_snell()),
            "nagelkerke": number_json(model.r2_nagelkerke()),
        },
    });
    figures.as_object().cloned().unwrap_or_default()
}

/// Penalised likelihoods of models with other columns cannot be compared, so there are no criteria.
fn penalized_figures(model: &FirthModel, whole: LikelihoodRatioTest) -> Map<String, Value> {
    let figures = json!({
        "events": model.events,
        "method": "firth",
        "separation": Value::Null,
        "loglik": number_json(model.log_likelihood),
        "penalized_loglik": number_json(model.penalized_log_likelihood),
        "aic": Value::Null,
        "bic": Value::Null,
        "likelihood_ratio": test_json(&whole),
    });
    figures.as_object().cloned().unwrap_or_default()
}

fn test_json(test: &LikelihoodRatioTest) -> Value {
    json!({
        "chi_square": number_json(test.chi_square),
        "df": test.df,
        "p_value": number_json(test.p),
    })
}
