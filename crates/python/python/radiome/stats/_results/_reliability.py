"""Agreement of readers, harmonisation of scanners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._estimates import NAN, NONE, Interval
from ._result import Result, numbers, several


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
    readers: list[str] = several()
    features: list[FeatureIcc] = several()
    kept: list[str] = several()


@dataclass
class Batch:
    """The effects of a batch on each feature."""

    name: str
    n: int
    estimates: str | None = None
    gamma_hat: np.ndarray = numbers()
    delta_hat: np.ndarray = numbers()
    gamma_star: np.ndarray = numbers()
    delta_star: np.ndarray = numbers()


@dataclass(kw_only=True)
class Harmonized(Result):
    """A fit of ComBat, or its use; the table is the harmonised one."""

    n: int = 0
    features: list[str] = several()
    batches: list[Batch] = several()
    grand_mean: np.ndarray = numbers()
    var_pooled: np.ndarray = numbers()


@dataclass(kw_only=True)
class Kappa(Result):
    """Cohen's kappa of readers; everything is in `json`."""
