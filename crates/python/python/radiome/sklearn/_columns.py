"""Matrices of scikit-learn as tables."""

from __future__ import annotations

import numpy as np


def named(X: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of a matrix as ``x0``, ``x1``, ..."""
    return {f"x{column}": np.ascontiguousarray(X[:, column]) for column in range(X.shape[1])}


def number(name: str) -> int:
    """The column that a name stands for."""
    return int(name[1:])
