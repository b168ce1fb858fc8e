"""How many patients a model needs, and which printed numbers cannot be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._estimates import NAN
from ._result import Result, several


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
    criteria: list[Criterion] = several()


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

    findings: list[Finding] = several()
