//! A regression on data sets completed several times, pooled by Rubin's rules.

use nalgebra::DMatrix;
use radiome_stats::imputation::{PooledEstimates, pool};
use radiome_stats::regression::RegressionError;

use super::regression::{FittedTerm, LEVEL, Regression};
use super::{ClinicalColumn, Term};

/// What is said of pooled terms that are not those of plain maximum likelihood.
const POOLED_FIRTH: &str = "the data are separated (a combination of the predictors parts some patients without error) in one completed data set or more, so Firth's penalised likelihood is used in all of them";

impl Regression {
    /// Fits on every completed set of the same rows, and pools: coefficients are means, their
    /// covariance is that within the sets plus (1 + 1/m) times that between them, tests and
    /// intervals are Student's with the degrees of freedom of Barnard and Rubin. Several columns of
    /// one variable are tested together by the pooled Wald test (D1), in place of the
    /// likelihood-ratio test. Where a set is separated, all are fitted by Firth's likelihood.
    pub(super) fn fit_pooled(
        clinical: &[Term],
        scores: &[(String, &[f64])],
        completed: &[Vec<ClinicalColumn>],
        outcome: &[bool],
    ) -> Result<Self, RegressionError> {
        let fit = |penalized: bool| -> Result<Vec<Self>, RegressionError> {
            completed
                .iter()
                .map(|set| Self::fit_by(clinical.to_vec(), scores, set, outcome, penalized))
                .collect()
        };
        let mut fits = fit(false)?;
        let separated = fits.iter().any(Self::is_separated);
        if separated {
            fits = fit(true)?;
        }
        let infinite = fits.iter().position(|fit| fit.covariance.is_none());
        if let Some(place) = infinite {
            // Not even Firth's likelihood has finite estimates; the fit says so.
            return Ok(fits.swap_remove(place));
        }
        let estimates: Vec<Vec<f64>> = fits.iter().map(Self::estimates).collect();
        let covariances: Vec<DMatrix<f64>> =
            fits.iter().filter_map(Self::covariance_matrix).collect();
        let mut pooled = fits.swap_remove(0);
        let complete_df = pooled.n.saturating_sub(estimates[0].len()).max(1) as f64;
        let found = pool(&estimates, &covariances, complete_df).map_err(|error| {
            RegressionError::BadSetting {
                setting: "the completed data sets",
                problem: error.to_string(),
            }
        })?;
        pooled.intercept = found.estimate[0];
        let size = found.estimate.len();
        pooled.covariance = Some(
            (0..size)
                .map(|row| found.total.row(row).iter().copied().collect())
                .collect(),
        );
        pooled.pool_terms(&found, separated);
        Ok(pooled)
    }

    fn estimates(&self) -> Vec<f64> {
        let slopes = self.terms.iter().map(|term| term.coef);
        std::iter::once(self.intercept).chain(slopes).collect()
    }

    fn covariance_matrix(&self) -> Option<DMatrix<f64>> {
        let covariance = self.covariance.as_ref()?;
        let size = covariance.len();
        Some(DMatrix::from_fn(size, size, |row, column| {
            covariance[row][column]
        }))
    }

    fn pool_terms(&mut self, found: &PooledEstimates, separated: bool) {
        let variables: Vec<String> = self
            .terms
            .iter()
            .map(|term| term.variable.clone())
            .collect();
        for (place, term) in self.terms.iter_mut().enumerate() {
            let one = found.term(place + 1);
            let together: Vec<usize> = (0..variables.len())
                .filter(|&other| variables[other] == term.variable)
                .map(|other| other + 1)
                .collect();
            *term = FittedTerm {
                coef: one.estimate,
                se: one.standard_error,
                z: one.estimate / one.standard_error,
                p_value: one.p(),
                ci: one.interval(LEVEL).map(f64::exp),
                variable_p: found.wald_test(&together).map_or(f64::NAN, |test| test.p),
                reason: separated.then(|| POOLED_FIRTH.to_owned()),
                pooled: Some(one),
                ..term.clone()
            };
        }
    }
}
