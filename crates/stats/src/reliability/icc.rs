//! Intraclass correlation coefficients (Shrout and Fleiss 1979, McGraw and Wong 1996).

use crate::describe::mean;
use crate::distribution::{f_sf, f_upper_quantile};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// The six forms of Shrout and Fleiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IccForm {
    /// ICC(1,1): one-way random, single reading. McGraw-Wong ICC(1).
    OneWaySingle,
    /// ICC(2,1): two-way random, absolute agreement, single reading. McGraw-Wong ICC(A,1).
    AgreementSingle,
    /// ICC(3,1): two-way mixed, consistency, single reading. McGraw-Wong ICC(C,1).
    ConsistencySingle,
    /// ICC(1,k): one-way random, mean of the readings. McGraw-Wong ICC(k).
    OneWayAverage,
    /// ICC(2,k): two-way random, absolute agreement, mean. McGraw-Wong ICC(A,k).
    AgreementAverage,
    /// ICC(3,k): two-way mixed, consistency, mean. McGraw-Wong ICC(C,k).
    ConsistencyAverage,
}

impl IccForm {
    /// All forms, in Shrout and Fleiss's order.
    pub const ALL: [IccForm; 6] = [
        IccForm::OneWaySingle,
        IccForm::AgreementSingle,
        IccForm::ConsistencySingle,
        IccForm::OneWayAverage,
        IccForm::AgreementAverage,
        IccForm::ConsistencyAverage,
    ];

    /// Shrout and Fleiss's name, such as `ICC(2,1)`.
    pub fn name(self) -> &'static str {
        match self {
            IccForm::OneWaySingle => "ICC(1,1)",
            IccForm::AgreementSingle => "ICC(2,1)",
            IccForm::ConsistencySingle => "ICC(3,1)",
            IccForm::OneWayAverage => "ICC(1,k)",
            IccForm::AgreementAverage => "ICC(2,k)",
            IccForm::ConsistencyAverage => "ICC(3,k)",
        }
    }
}

impl IccForm {
    /// The coefficient from mean squares of `n` subjects and `k` readers.
    fn coefficient(self, squares: &MeanSquares, n: f64, k: f64) -> f64 {
        let MeanSquares {
            between: b,
            readers: j,
            error: e,
            within: w,
        } = *squares;
        match self {
            IccForm::OneWaySingle => (b - w) / (b + (k - 1.0) * w),
            IccForm::AgreementSingle => (b - e) / (b + (k - 1.0) * e + k * (j - e) / n),
            IccForm::ConsistencySingle => (b - e) / (b + (k - 1.0) * e),
            IccForm::OneWayAverage => (b - w) / b,
            IccForm::AgreementAverage => (b - e) / (b + (j - e) / n),
            IccForm::ConsistencyAverage => (b - e) / b,
        }
    }
}

/// One coefficient with its test against zero and its confidence interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IccEstimate {
    /// The form.
    pub form: IccForm,
    /// The coefficient; NaN for a feature that is constant.
    pub value: f64,
    /// F statistic of the test that the coefficient is zero.
    pub f: f64,
    /// Numerator degrees of freedom.
    pub df1: f64,
    /// Denominator degrees of freedom.
    pub df2: f64,
    /// P value of the F test.
    pub p_value: f64,
    /// Lower confidence limit.
    pub lower: f64,
    /// Upper confidence limit.
    pub upper: f64,
}

/// The analysis of variance of one feature and its six coefficients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Icc {
    /// Subjects given.
    pub subjects: usize,
    /// Subjects used: those with every reading present.
    pub subjects_used: usize,
    /// Readers, or repeated readings.
    pub readers: usize,
    /// Mean square between subjects.
    pub mean_square_subjects: f64,
    /// Mean square between readers.
    pub mean_square_readers: f64,
    /// Residual mean square.
    pub mean_square_error: f64,
    /// Mean square within subjects.
    pub mean_square_within: f64,
    /// The six estimates, in the order of [`IccForm::ALL`].
    pub estimates: Vec<IccEstimate>,
}

impl Icc {
    /// The coefficient of a form; NaN for a feature that is constant.
    pub fn value(&self, form: IccForm) -> f64 {
        self.estimates
            .iter()
            .find(|e| e.form == form)
            .map_or(f64::NAN, |e| e.value)
    }

    /// Whether the readings do not vary at all, so that no coefficient is defined.
    pub fn is_degenerate(&self) -> bool {
        self.estimates.iter().all(|e| e.value.is_nan())
    }
}

/// Why there is no intraclass correlation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IccError {
    /// Too few complete subjects.
    #[error(
        "an ICC needs at least two subjects with every reading present, found {used} of {given}"
    )]
    TooFewSubjects {
        /// Subjects given.
        given: usize,
        /// Subjects with every reading.
        used: usize,
    },
    /// Too few readers.
    #[error("an ICC needs at least two readings of each subject, found {0}")]
    TooFewReaders(usize),
    /// An infinite reading.
    #[error("reading {reader} of subject {subject} (counted from 0) is infinite")]
    NotFinite {
        /// Row of the reading.
        subject: usize,
        /// Column of the reading.
        reader: usize,
    },
    /// A confidence level outside 0 to 1.
    #[error("the confidence level must lie between 0 and 1, found {0}")]
    Confidence(f64),
}

/// Intraclass correlation coefficients of `ratings` (rows = subjects, columns = readers).
/// R: `psych::ICC(lmer = FALSE)`.
///
/// A subject with a missing reading (NaN) is left out before everything. With the mean squares
/// between subjects `B`, between readers `J`, residual `E` and within subjects `W`, of `n` subjects
/// and `k` readers:
///
/// - `ICC(1,1) = (B - W) / (B + (k - 1) W)`, `ICC(1,k) = (B - W) / B`
/// - `ICC(2,1) = (B - E) / (B + (k - 1) E + k (J - E) / n)`, `ICC(2,k) = (B - E) / (B + (J - E) / n)`
/// - `ICC(3,1) = (B - E) / (B + (k - 1) E)`, `ICC(3,k) = (B - E) / B`
///
/// `F = B / W` for the one-way forms, else `B / E`. The limits are exact except those of `ICC(2,.)`,
/// which use Satterthwaite's degrees of freedom. A feature that is constant has NaN everywhere;
/// identical readers have a coefficient of 1, an infinite F, and NaN limits where `psych` has them.
///
/// # Errors
/// Fewer than two complete subjects or two readers, an infinite reading, or a confidence level
/// outside 0 to 1.
pub fn icc(ratings: &DMatrix<f64>, confidence: f64) -> Result<Icc, IccError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(IccError::Confidence(confidence));
    }
    let (used, squares) = analysis_of_variance(ratings)?;
    let readers = ratings.ncols();
    Ok(Icc {
        subjects: ratings.nrows(),
        subjects_used: used,
        readers,
        mean_square_subjects: squares.between,
        mean_square_readers: squares.readers,
        mean_square_error: squares.error,
        mean_square_within: squares.within,
        estimates: estimates(&squares, used as f64, readers as f64, 1.0 - confidence),
    })
}

/// The coefficient of one form alone, as [`icc`] gives it, without the test and the limits, whose
/// quantiles take most of the time where thousands of features are filtered again and again.
///
/// # Errors
/// As [`icc`].
pub fn icc_value(ratings: &DMatrix<f64>, form: IccForm) -> Result<f64, IccError> {
    let (used, squares) = analysis_of_variance(ratings)?;
    Ok(form.coefficient(&squares, used as f64, ratings.ncols() as f64))
}

/// Subjects with every reading, and the mean squares over them.
fn analysis_of_variance(ratings: &DMatrix<f64>) -> Result<(usize, MeanSquares), IccError> {
    let readers = ratings.ncols();
    if readers < 2 {
        return Err(IccError::TooFewReaders(readers));
    }
    for (subject, row) in ratings.row_iter().enumerate() {
        if let Some(reader) = row.iter().position(|v| v.is_infinite()) {
            return Err(IccError::NotFinite { subject, reader });
        }
    }
    let rows: Vec<Vec<f64>> = ratings
        .row_iter()
        .filter(|row| row.iter().all(|v| !v.is_nan()))
        .map(|row| row.iter().copied().collect())
        .collect();
    if rows.len() < 2 {
        return Err(IccError::TooFewSubjects {
            given: ratings.nrows(),
            used: rows.len(),
        });
    }
    Ok((rows.len(), MeanSquares::of(&rows, readers)))
}

struct MeanSquares {
    between: f64,
    readers: f64,
    error: f64,
    within: f64,
}

impl MeanSquares {
    fn of(rows: &[Vec<f64>], readers: usize) -> MeanSquares {
        let (n, k) = (rows.len() as f64, readers as f64);
        let row_means: Vec<f64> = rows.iter().map(|row| mean(row)).collect();
        let column_means: Vec<f64> = (0..readers)
            .map(|j| mean(&rows.iter().map(|row| row[j]).collect::<Vec<f64>>()))
            .collect();
        let grand = mean(&row_means);
        let identical = rows.iter().all(|row| row.iter().all(|v| *v == row[0]));
        if identical && rows.iter().all(|row| row[0] == rows[0][0]) {
            return MeanSquares {
                between: 0.0,
                readers: 0.0,
                error: 0.0,
                within: 0.0,
            };
        }
        let square = |v: f64| v * v;
        let between = k * row_means.iter().map(|m| square(m - grand)).sum::<f64>() / (n - 1.0);
        if identical {
            // Rounding of the means must not turn perfect agreement into a huge finite F.
            return MeanSquares {
                between,
                readers: 0.0,
                error: 0.0,
                within: 0.0,
            };
        }
        let between_readers = n * column_means.iter().map(|m| square(m - grand)).sum::<f64>();
        let mut residual = 0.0;
        for (row, row_mean) in rows.iter().zip(&row_means) {
            for (value, column_mean) in row.iter().zip(&column_means) {
                residual += square((value - row_mean) - (column_mean - grand));
            }
        }
        MeanSquares {
            between,
            readers: between_readers / (k - 1.0),
            error: residual / ((n - 1.0) * (k - 1.0)),
            within: (between_readers + residual) / (n * (k - 1.0)),
        }
    }
}

fn estimates(squares: &MeanSquares, n: f64, k: f64, alpha: f64) -> Vec<IccEstimate> {
    let MeanSquares {
        between: b,
        readers: j,
        error: e,
        within: w,
    } = *squares;
    let df1 = n - 1.0;
    let (df_within, df_error) = (n * (k - 1.0), (n - 1.0) * (k - 1.0));
    let tail = 0.5 * alpha;
    let limits = |f: f64, df2: f64| {
        (
            f / f_upper_quantile(tail, df1, df2),
            f * f_upper_quantile(tail, df2, df1),
        )
    };
    let single = |f: f64| (f - 1.0) / (f + k - 1.0);
    let average = |f: f64| 1.0 - 1.0 / f;

    let f_one_way = b / w;
    let f_two_way = b / e;
    let (one_low, one_high) = limits(f_one_way, df_within);
    let (two_low, two_high) = limits(f_two_way, df_error);

    let agreement = IccForm::AgreementSingle.coefficient(squares, n, k);
    // Satterthwaite's degrees of freedom of Shrout and Fleiss's limits.
    let f_readers = j / e;
    let share = n * (1.0 + (k - 1.0) * agreement) - k * agreement;
    let sum = k * agreement * f_readers + share;
    let df_agreement = (k - 1.0) * (n - 1.0) * sum * sum
        / ((n - 1.0) * k * k * agreement * agreement * f_readers * f_readers + share * share);
    let upper_f = f_upper_quantile(tail, df1, df_agreement);
    let lower_f = f_upper_quantile(tail, df_agreement, df1);
    let rest = k * j + (k * n - k - n) * e;
    let agreement_low = n * (b - upper_f * e) / (upper_f * rest + n * b);
    let agreement_high = n * (lower_f * b - e) / (rest + n * lower_f * b);
    let step_up = |limit: f64| limit * k / (1.0 + limit * (k - 1.0));

    let row = |form: IccForm, f, df2, lower, upper| IccEstimate {
        form,
        value: form.coefficient(squares, n, k),
        f,
        df1,
        df2,
        p_value: f_sf(f, df1, df2),
        lower,
        upper,
    };
    vec![
        row(
            IccForm::OneWaySingle,
            f_one_way,
            df_within,
            single(one_low),
            single(one_high),
        ),
        row(
            IccForm::AgreementSingle,
            f_two_way,
            df_error,
            agreement_low,
            agreement_high,
        ),
        row(
            IccForm::ConsistencySingle,
            f_two_way,
            df_error,
            single(two_low),
            single(two_high),
        ),
        row(
            IccForm::OneWayAverage,
            f_one_way,
            df_within,
            average(one_low),
            average(one_high),
        ),
        row(
            IccForm::AgreementAverage,
            f_two_way,
            df_error,
            step_up(agreement_low),
            step_up(agreement_high),
        ),
        row(
            IccForm::ConsistencyAverage,
            f_two_way,
            df_error,
            average(two_low),
            average(two_high),
        ),
    ]
}
