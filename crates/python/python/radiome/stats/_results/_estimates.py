"""What results of several commands hold."""

from __future__ import annotations

from dataclasses import dataclass

NAN = float("nan")
Interval = tuple[float, float]
NONE: Interval = (NAN, NAN)


@dataclass
class ChiSquare:
    """A chi-square test."""

    chi_square: float = NAN
    df: float = NAN
    p_value: float = NAN


@dataclass
class Coefficient:
    """A coefficient of a regression, with Wald's test."""

    name: str
    coef: float = NAN
    se: float = NAN
    z: float = NAN
    p_value: float = NAN


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
