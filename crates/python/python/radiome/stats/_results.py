"""What the functions of `radiome.stats` give back.

Fields have the names of the keys that the program's command prints with ``--json``, and their
numbers, to the last bit. A number that is not defined is NaN. What has no field is in `json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import _tables

NAN = float("nan")
Interval = tuple[float, float]
NONE: Interval = (NAN, NAN)


@dataclass
class Warned:
    """Something that did not stop the command."""

    code: str
    text: str


@dataclass(kw_only=True)
class Result:
    """What every result has."""

    warnings: list[Warned] = field(default_factory=list)
    #: The whole object that the command prints.
    json: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: The columns of the table of results.
    columns: list = field(default_factory=list, init=False, repr=False, compare=False)

    def table(self, output: str | None = None):
        """The table of results, as ``--out`` writes it: pandas, polars, or a dictionary."""
        return _tables.frame(self.columns, output)


class Groups(dict):
    """The results of each group, by its value."""

    def __init__(self, groups, json, columns):
        super().__init__(groups)
        self.json = json
        self.columns = columns
        self.warnings = [Warned(**one) for one in json["warnings"]]

    def table(self, output: str | None = None):
        """The table of results of all groups."""
        return _tables.frame(self.columns, output)


# Group tests.


@dataclass
class Variable:
    """One variable between groups; `tests` holds each test by its name."""

    name: str
    type: str
    summary: dict[str, Any]
    chosen: str | None = None
    tests: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Comparison(Result):
    """Variables between groups."""

    group: str | None = None
    groups_compared: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)


@dataclass(kw_only=True)
class AdjustedP(Result):
    """P values adjusted for their number."""

    method: str
    n: int
    ids: list[str] | None = None
    p: np.ndarray
    adjusted: np.ndarray


# Reliability, harmonisation.


@dataclass
class IccEstimate:
    """One form of the intraclass correlation."""

    icc: float = NAN
    f: float = NAN
    df1: float = NAN
    df2: float = NAN
    p_value: float = NAN
    ci: Interval = NONE


@dataclass
class FeatureIcc:
    """The six forms of one feature."""

    name: str
    n: int
    k: int
    icc1_1: IccEstimate | None = None
    icc2_1: IccEstimate | None = None
    icc3_1: IccEstimate | None = None
    icc1_k: IccEstimate | None = None
    icc2_k: IccEstimate | None = None
    icc3_k: IccEstimate | None = None


@dataclass(kw_only=True)
class Icc(Result):
    """Agreement of readings; `kept` are the features that reach the threshold."""

    form: str
    threshold: float
    readers: list[str] = field(default_factory=list)
    features: list[FeatureIcc] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass
class Batch:
    """The effects of a batch on each feature."""

    name: str
    n: int
    estimates: str | None = None
    gamma_hat: np.ndarray = field(default_factory=lambda: np.array([]))
    delta_hat: np.ndarray = field(default_factory=lambda: np.array([]))
    gamma_star: np.ndarray = field(default_factory=lambda: np.array([]))
    delta_star: np.ndarray = field(default_factory=lambda: np.array([]))


@dataclass(kw_only=True)
class Harmonized(Result):
    """A fit of ComBat, or its use; the table is the harmonised one."""

    n: int = 0
    features: list[str] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)
    grand_mean: np.ndarray = field(default_factory=lambda: np.array([]))
    var_pooled: np.ndarray = field(default_factory=lambda: np.array([]))


# Selection, regression.


@dataclass
class Selected:
    """A feature in the order of the choice."""

    feature: str
    score: float
    relevance: float


@dataclass(kw_only=True)
class Selection(Result):
    """Features chosen by mRMR."""

    n: int
    outcome: str | None = None
    selected: list[Selected] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    relevance: np.ndarray = field(default_factory=lambda: np.array([]))


@dataclass
class CrossValidation:
    """The error of left-out rows at each penalty."""

    measure: str
    cvm: np.ndarray
    cvsd: np.ndarray
    lambda_min: float = NAN
    lambda_1se: float = NAN
    n_folds: int = 0
    folds: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Lasso(Result):
    """An elastic net along its penalties; `coefficients` leave zeros out."""

    family: str
    alpha: float
    n: int
    features: list[str] = field(default_factory=list)
    lambda_: np.ndarray = field(default_factory=lambda: np.array([]), metadata={"key": "lambda"})
    intercept: list[float] = field(default_factory=list)
    df: list[int] = field(default_factory=list)
    dev_ratio: np.ndarray = field(default_factory=lambda: np.array([]))
    coefficients: list[dict[str, float]] = field(default_factory=list)
    cv: CrossValidation | None = None


@dataclass
class ChiSquare:
    """A chi-square test."""

    chi_square: float = NAN
    df: float = NAN
    p_value: float = NAN


@dataclass
class LogisticTerm:
    """A coefficient of a logistic regression."""

    name: str
    coef: float = NAN
    se: float = NAN
    z: float = NAN
    p_value: float = NAN
    odds_ratio: float = NAN
    wald_ci: Interval = NONE
    profile_ci: Interval = NONE
    lrt_p: float = NAN
    vif: float = NAN
    term: str | None = None


@dataclass
class LogisticModel:
    """A logistic regression."""

    n: int
    loglik: float
    aic: float
    bic: float
    events: int = 0
    method: str | None = None
    separation: bool = False
    terms: list[LogisticTerm] = field(default_factory=list)
    likelihood_ratio: ChiSquare | None = None


@dataclass(kw_only=True)
class Logistic(Result):
    """Logistic regression, of all variables and of each alone."""

    model: LogisticModel | None = None
    univariate: list[LogisticTerm] = field(default_factory=list)


@dataclass
class Level:
    """A mark of an axis."""

    value: str
    points: float


@dataclass
class Axis:
    """The points of a variable."""

    variable: str
    levels: list[Level] = field(default_factory=list)


@dataclass
class TotalPoints:
    """What a sum of points means."""

    points: float
    linear_predictor: float = NAN
    probability: float = NAN


@dataclass(kw_only=True)
class Nomogram(Result):
    """A nomogram."""

    n: int = 0
    family: str | None = None
    intercept: float = NAN
    axes: list[Axis] = field(default_factory=list)
    total_points: list[TotalPoints] = field(default_factory=list)


# Performance.


@dataclass
class Confusion:
    """Rows by class and decision."""

    tp: int
    fp: int
    fn: int
    tn: int


@dataclass
class Share:
    """A share with its interval."""

    estimate: float = NAN
    ci: Interval = NONE


@dataclass
class RocPoint:
    """A point of a ROC curve."""

    threshold: float
    sensitivity: float
    specificity: float


@dataclass
class RocCurve:
    """The ROC curve of a score, and decisions at its cut-off."""

    score: str
    n_positive: int
    n_negative: int
    auc: float = NAN
    se: float = NAN
    ci: Interval = NONE
    direction: str | None = None
    threshold: float = NAN
    confusion: Confusion | None = None
    sensitivity: Share | None = None
    specificity: Share | None = None
    ppv: Share | None = None
    npv: Share | None = None
    accuracy: Share | None = None
    points: list[RocPoint] = field(default_factory=list)


@dataclass
class Difference:
    """The difference of two scores."""

    a: str
    b: str
    difference: float = NAN
    se: float = NAN
    ci: Interval = NONE
    z: float = NAN
    p_value: float = NAN


@dataclass(kw_only=True)
class Roc(Result):
    """ROC curves and their comparison."""

    outcome: str
    positive: str
    curves: list[RocCurve] = field(default_factory=list)
    delong: list[Difference] = field(default_factory=list)
    reclassification: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class RiskGroup:
    """Rows of similar predicted probability."""

    n: int
    observed: float
    expected: float


@dataclass
class HosmerLemeshow:
    """The test of Hosmer and Lemeshow."""

    chi_square: float = NAN
    df: float = NAN
    p_value: float = NAN
    groups: list[RiskGroup] = field(default_factory=list)


@dataclass
class CalibrationPoint:
    """A point of a calibration curve."""

    predicted: float
    observed: float


@dataclass
class CalibratedModel:
    """How predicted probabilities agree with what was observed."""

    name: str
    hosmer_lemeshow: HosmerLemeshow | None = None
    intercept: float = NAN
    slope: float = NAN
    brier: float = NAN
    brier_scaled: float = NAN
    calibration_in_the_large: float = NAN
    e_max: float = NAN
    e_avg: float = NAN
    e50: float = NAN
    e90: float = NAN
    c_statistic: float = NAN
    r2: float = NAN
    curve: list[CalibrationPoint] = field(default_factory=list)


@dataclass(kw_only=True)
class Calibration(Result):
    """Calibration of predicted probabilities."""

    n: int = 0
    models: list[CalibratedModel] = field(default_factory=list)


@dataclass
class NetBenefit:
    """What decisions at a threshold bring."""

    threshold: float
    net_benefit: float = NAN
    interventions_avoided: float = NAN


@dataclass
class DecisionLine:
    """The net benefit of a model along thresholds."""

    name: str
    points: list[NetBenefit] = field(default_factory=list)


@dataclass(kw_only=True)
class Decision(Result):
    """Decision curves, with ``treat_all`` and ``treat_none``."""

    n: int = 0
    curves: list[DecisionLine] = field(default_factory=list)


# Survival.


@dataclass
class Step:
    """A step of a survival curve; `std_error` is Greenwood's."""

    time: float
    n_risk: int
    n_event: int
    n_censor: int
    survival: float
    std_error: float = NAN
    std_error_log: float = NAN
    ci: Interval = NONE


@dataclass
class SurvivalCurve:
    """The survival of a group."""

    name: str
    n: int
    events: int
    median: float = NAN
    median_ci: Interval = NONE
    steps: list[Step] = field(default_factory=list)
    at: list[dict[str, Any]] = field(default_factory=list)
    rmst: dict[str, Any] | None = None


@dataclass
class LogRank:
    """The log-rank test."""

    chi_square: float = NAN
    df: float = NAN
    p_value: float = NAN
    observed: list[float] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)


@dataclass(kw_only=True)
class KaplanMeier(Result):
    """Survival curves and their comparison."""

    n: int = 0
    events: int = 0
    groups: list[SurvivalCurve] = field(default_factory=list)
    log_rank: LogRank | None = None
    pairwise: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class CoxTerm:
    """A coefficient of a Cox model."""

    name: str
    coef: float = NAN
    se: float = NAN
    z: float = NAN
    p_value: float = NAN
    hazard_ratio: float = NAN
    ci: Interval = NONE


@dataclass
class CoxTests:
    """The tests of a Cox model as a whole."""

    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare


@dataclass
class ProportionalHazards:
    """A test of proportional hazards."""

    name: str
    chi_square: float = NAN
    df: float = NAN
    p_value: float = NAN


@dataclass
class Concordance:
    """Harrell's C."""

    c: float = NAN
    se: float = NAN
    ci: Interval = NONE


@dataclass(kw_only=True)
class Cox(Result):
    """A Cox model."""

    n: int
    events: int
    loglik: tuple[float, float] = NONE
    terms: list[CoxTerm] = field(default_factory=list)
    tests: CoxTests | None = None
    proportional_hazards: list[ProportionalHazards] = field(default_factory=list)
    concordance: Concordance | None = None


@dataclass
class ScoreConcordance:
    """Harrell's C of a score."""

    score: str
    c: float = NAN
    se: float = NAN
    ci: Interval = NONE


@dataclass(kw_only=True)
class ConcordanceOfScores(Result):
    """Harrell's C of scores, and their differences."""

    n: int
    events: int
    scores: list[ScoreConcordance] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


@dataclass
class AucAt:
    """The area at a time."""

    time: float
    auc: float = NAN
    se: float = NAN
    ci: Interval = NONE
    brier: float = NAN


@dataclass
class ScoreAuc:
    """The areas of a score."""

    score: str
    at: list[AucAt] = field(default_factory=list)


@dataclass(kw_only=True)
class SurvivalAuc(Result):
    """Time-dependent areas and Brier scores, weighted by inverse probabilities."""

    n: int
    events: int
    scores: list[ScoreAuc] = field(default_factory=list)


@dataclass(kw_only=True)
class Cutpoint(Result):
    """The cut-off with the largest log-rank statistic, its P value for having looked at all."""

    cutpoint: float
    statistic: float
    p_value: float
    score: str | None = None
    rule: str | None = None


# Planning, published tables.


@dataclass
class Criterion:
    """A criterion of sample size."""

    name: str
    n: int


@dataclass(kw_only=True)
class SampleSize(Result):
    """How many patients a model needs."""

    required_n: int
    events: float = NAN
    criteria: list[Criterion] = field(default_factory=list)


@dataclass
class Finding:
    """A printed number that cannot be true."""

    table: str
    row: str | None = None
    column: str | None = None
    printed: Any = None
    implied: Any = None
    rule: str | None = None


@dataclass(kw_only=True)
class Audit(Result):
    """Which printed numbers cannot all be true."""

    findings: list[Finding] = field(default_factory=list)


@dataclass(kw_only=True)
class Kappa(Result):
    """Cohen's kappa of readers; everything is in `json`."""
