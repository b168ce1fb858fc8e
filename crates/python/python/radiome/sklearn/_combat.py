"""Harmonisation of features between batches."""

from __future__ import annotations

import os
import tempfile

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import stats
from ._columns import named


class Combat(TransformerMixin, BaseEstimator):
    """Removes the effects of batches, such as scanners, that were learnt from the rows of `fit`.

    Parameters
    ----------
    batch : int or str, optional
        The column of X that holds the batches, as numbers; by its place, or its name in a
        DataFrame. It stays as it is. Without it nothing is changed.
    parametric : bool
        Whether the effects are shrunk by parametric priors.
    mean_only : bool
        Whether scales are left alone.
    new_batch : {"error", "none", "own"}
        What becomes of a batch that `fit` has not seen: refused, left as it is, or estimated from
        its own rows.

    Attributes
    ----------
    fit_ : str or None
        The fit, as ``radiome combat --model-out`` writes it.

    Examples
    --------
    >>> import numpy as np
    >>> from radiome.sklearn import Combat
    >>> rng = np.random.default_rng(0)
    >>> batch = np.repeat([0, 1], 30)
    >>> X = np.column_stack([batch, rng.normal(size=(60, 4)) + 3 * batch[:, None]])
    >>> harmonised = Combat(batch=0).fit_transform(X)
    >>> bool(abs(harmonised[:30, 1].mean() - harmonised[30:, 1].mean()) < 0.2)
    True
    """

    def __init__(self, batch=None, parametric=True, mean_only=False, new_batch="error"):
        self.batch = batch
        self.parametric = parametric
        self.mean_only = mean_only
        self.new_batch = new_batch

    def fit(self, X, y=None):
        """Learns the effects of the batches."""
        X = validate_data(self, X, dtype=np.float64)
        self.fit_ = None
        if self.batch is None:
            return self
        table = self._table(X)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "fit.json")
            options = {"non_parametric": not self.parametric, "mean_only": self.mean_only}
            stats.combat(table, "batch", features="x*", model_out=path, **options)
            with open(path, encoding="utf-8") as file:
                self.fit_ = file.read()
        return self

    def transform(self, X):
        """Removes the effects from rows."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False, copy=True)
        if self.fit_ is None:
            return X
        table = self._table(X)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "fit.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.fit_)
            found = stats.combat(table, apply=path, new_batch=self.new_batch).table("dict")
        for column in range(X.shape[1]):
            if f"x{column}" in found:
                X[:, column] = found[f"x{column}"]
        return X

    def get_feature_names_out(self, input_features=None):
        """The names of the columns, which do not change."""
        from sklearn.utils.validation import _check_feature_names_in

        return _check_feature_names_in(self, input_features)

    def _table(self, X):
        place = self.batch
        if isinstance(place, str):
            names = list(getattr(self, "feature_names_in_", []))
            if place not in names:
                raise ValueError(f"there is no column {place!r}")
            place = names.index(place)
        table = named(X)
        batch = table.pop(f"x{range(X.shape[1])[place]}")
        return {**table, "batch": [repr(float(value)) for value in batch]}
