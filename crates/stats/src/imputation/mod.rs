//! Multiple imputation by chained equations, Rubin's rules, and what is expected where a value is
//! missing.
//!
//! S. van Buuren and K. Groothuis-Oudshoorn, J Stat Softw 2011;45(3) (the package mice). Numbers are
//! imputed by predictive mean matching, classes by a multinomial logistic model. Rows to learn from
//! are imputed with their outcome among the predictors ([`chained_equations`]; Moons et al., J Clin
//! Epidemiol 2006;59:1092), and what is learnt from each completed set is pooled ([`pool`]). Rows
//! to be predicted have no outcome: [`ConditionalMeans`] gives the expected value of what is
//! missing given what is known (Sisk et al., Stat Methods Med Res 2023;32:1461).

mod chained_equations;
mod chance;
mod column;
mod conditional_means;
mod error;
mod linear;
mod multinomial;
mod predictive_mean_matching;
mod rubin;

pub use chained_equations::{ChainedEquations, chained_equations};
pub use column::{CompletedColumn, IncompleteColumn};
pub use conditional_means::{ConditionalMean, ConditionalMeans};
pub use error::ImputationError;
pub use linear::LinearModel;
pub use multinomial::MultinomialModel;
pub use predictive_mean_matching::{nearest_donors, predictive_mean_matching};
pub use rubin::{PooledEstimate, PooledEstimates, PooledWaldTest, pool};
