"""Variables between groups, and P values adjusted for their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._result import Result, several


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
    groups_compared: list[str] = several()
    variables: list[Variable] = several()


@dataclass(kw_only=True)
class AdjustedP(Result):
    """P values adjusted for their number."""

    method: str
    n: int
    ids: list[str] | None = None
    p: np.ndarray
    adjusted: np.ndarray
