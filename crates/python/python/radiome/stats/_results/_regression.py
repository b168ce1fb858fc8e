"""Selection of features, and what is fitted with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._estimates import NAN, NONE, ChiSquare, Coefficient, Interval
from ._result import Result, numbers, several


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
    selected: list[Selected] = several()
    features: list[str] = several()
    relevance: np.ndarray = numbers()


@dataclass
class CrossValidation:
    """The error of left-out rows at each penalty."""

    measure: str
    cvm: np.ndarray
    cvsd: np.ndarray
    lambda_min: float = NAN
    lambda_1se: float = NAN
    n_folds: int = 0
    folds: list[str] = several()


@dataclass(kw_only=True)
class Lasso(Result):
    """An elastic net along its penalties; `coefficients` leave zeros out."""

    family: str
    alpha: float
    n: int
    features: list[str] = several()
    lambda_: np.ndarray = numbers(key="lambda")
    intercept: list[float] = several()
    df: list[int] = several()
    dev_ratio: np.ndarray = numbers()
    coefficients: list[dict[str, float]] = several()
    cv: CrossValidation | None = None


@dataclass
class LogisticTerm(Coefficient):
    """A coefficient of a logistic regression."""

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
    terms: list[LogisticTerm] = several()
    likelihood_ratio: ChiSquare | None = None


@dataclass(kw_only=True)
class Logistic(Result):
    """Logistic regression, of all variables and of each alone."""

    model: LogisticModel | None = None
    univariate: list[LogisticTerm] = several()


@dataclass
class Level:
    """A mark of an axis."""

    value: str
    points: float


@dataclass
class Axis:
    """The points of a variable."""

    variable: str
    levels: list[Level] = several()


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
    axes: list[Axis] = several()
    total_points: list[TotalPoints] = several()
