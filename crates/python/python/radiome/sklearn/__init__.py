"""Estimators with the interface of scikit-learn, which must be installed.

Each learns from the rows that `fit` is given and from no others, so that `cross_val_score` and
`Pipeline` judge the whole of it. They compute with the program's own statistics.
"""

from __future__ import annotations

from ._combat import Combat
from ._lasso import LassoLogistic
from ._mrmr import MRMR
from ._signature import RadiomicsSignature

__all__ = ["Combat", "LassoLogistic", "MRMR", "RadiomicsSignature"]
