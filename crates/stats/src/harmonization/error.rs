/// Why ComBat cannot be fitted or applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CombatError {
    /// Tables of unequal length.
    #[error("{what} has {found} rows, the features have {expected}")]
    Rows {
        /// The shorter or longer part.
        what: &'static str,
        /// Its rows.
        found: usize,
        /// Rows of the features.
        expected: usize,
    },
    /// The table to apply to differs from the fitted one.
    #[error("the fit has {expected} {what}, the table to harmonise has {found}")]
    Columns {
        /// Features or covariates.
        what: &'static str,
        /// Columns found.
        found: usize,
        /// Columns of the fit.
        expected: usize,
    },
    /// There are no rows.
    #[error("there are no rows to harmonise")]
    NoRows,
    /// Fewer than two features can be adjusted.
    #[error(
        "ComBat shares information between features and needs at least two that vary within every batch, found {0}"
    )]
    TooFewFeatures(usize),
    /// The reference batch is not there.
    #[error("reference batch `{wanted}` is not among the batches {found:?}")]
    UnknownReference {
        /// The label asked for.
        wanted: String,
        /// The labels there.
        found: Vec<String>,
    },
    /// Batches not in the fit, where that is refused.
    #[error(
        "batches {found:?} were not in the fit, which knows {known:?}; set what happens to unseen batches"
    )]
    UnseenBatches {
        /// The unknown labels.
        found: Vec<String>,
        /// The labels of the fit.
        known: Vec<String>,
    },
    /// A covariate is a combination of the batches and the covariates before it.
    #[error(
        "covariate {covariate} (counted from 0) is constant or follows from the batches and the covariates before it{}; drop it",
        where_present(*feature)
    )]
    Confounded {
        /// The column of the covariate.
        covariate: usize,
        /// The feature in whose rows that is so, where it is not so in all rows.
        feature: Option<usize>,
    },
    /// Fewer rows than batches and covariates.
    #[error(
        "{rows} rows are too few for {columns} batches and covariates{}",
        where_present(*feature)
    )]
    TooFewRows {
        /// The rows.
        rows: usize,
        /// Batches and covariates together.
        columns: usize,
        /// The feature whose rows they are, where some of its values are missing.
        feature: Option<usize>,
    },
    /// Infinite feature or missing covariate.
    #[error("{what} in row {row}, column {column} (counted from 0) is {value}")]
    Value {
        /// Feature or covariate.
        what: &'static str,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Too few values present.
    #[error(
        "feature {feature} (counted from 0) has {present} values in batch `{batch}`; at least {needed} are needed"
    )]
    TooFewValues {
        /// The column.
        feature: usize,
        /// The batch.
        batch: String,
        /// Values that are not NaN.
        present: usize,
        /// Values needed.
        needed: usize,
    },
    /// The model leaves no residual variance.
    #[error("feature {0} (counted from 0) has no variance left after batches and covariates")]
    NoResidualVariance(usize),
    /// The priors or the iteration are not defined.
    #[error(
        "the shared prior of batch `{0}` is degenerate (all features have the same scale) or its iteration does not settle; use mean-only"
    )]
    Degenerate(String),
    /// The parts of a fit that was read from a file do not belong together.
    #[error("the fit is damaged: {0}")]
    Damaged(&'static str),
}

fn where_present(feature: Option<usize>) -> String {
    feature.map_or_else(String::new, |feature| {
        format!(" in the rows where feature {feature} (counted from 0) is present")
    })
}
