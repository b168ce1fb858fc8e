"""How well predictions do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._estimates import NAN, NONE, ChiSquare, Difference, Interval
from ._result import Result, several


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
    points: list[RocPoint] = several()


@dataclass(kw_only=True)
class Roc(Result):
    """ROC curves and their comparison."""

    outcome: str
    positive: str
    curves: list[RocCurve] = several()
    delong: list[Difference] = several()
    reclassification: list[dict[str, Any]] = several()


@dataclass
class RiskGroup:
    """Rows of similar predicted probability."""

    n: int
    observed: float
    expected: float


@dataclass
class HosmerLemeshow(ChiSquare):
    """The test of Hosmer and Lemeshow."""

    groups: list[RiskGroup] = several()


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
    curve: list[CalibrationPoint] = several()


@dataclass(kw_only=True)
class Calibration(Result):
    """Calibration of predicted probabilities."""

    n: int = 0
    models: list[CalibratedModel] = several()


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
    points: list[NetBenefit] = several()


@dataclass(kw_only=True)
class Decision(Result):
    """Decision curves, with ``treat_all`` and ``treat_none``."""

    n: int = 0
    curves: list[DecisionLine] = several()
