"""Times to an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._estimates import NAN, NONE, ChiSquare, Coefficient, Difference, Interval
from ._result import Result, several


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
    steps: list[Step] = several()
    at: list[dict[str, Any]] = several()
    rmst: dict[str, Any] | None = None


@dataclass
class LogRank(ChiSquare):
    """The log-rank test."""

    observed: list[float] = several()
    expected: list[float] = several()


@dataclass(kw_only=True)
class KaplanMeier(Result):
    """Survival curves and their comparison."""

    n: int = 0
    events: int = 0
    groups: list[SurvivalCurve] = several()
    log_rank: LogRank | None = None
    pairwise: list[dict[str, Any]] = several()


@dataclass
class CoxTerm(Coefficient):
    """A coefficient of a Cox model."""

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
    terms: list[CoxTerm] = several()
    tests: CoxTests | None = None
    proportional_hazards: list[ProportionalHazards] = several()
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
    scores: list[ScoreConcordance] = several()
    differences: list[Difference] = several()


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
    at: list[AucAt] = several()


@dataclass(kw_only=True)
class SurvivalAuc(Result):
    """Time-dependent areas and Brier scores, weighted by inverse probabilities."""

    n: int
    events: int
    scores: list[ScoreAuc] = several()


@dataclass(kw_only=True)
class Cutpoint(Result):
    """The cut-off with the largest log-rank statistic, its P value for having looked at all."""

    cutpoint: float
    statistic: float
    p_value: float
    score: str | None = None
    rule: str | None = None
