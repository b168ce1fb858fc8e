"""Selection of features by mRMR."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import stats
from ._columns import named, number


class MRMR(SelectorMixin, BaseEstimator):
    """Keeps features that tell about the outcome and little about each other.

    Parameters
    ----------
    k : int
        How many are kept; all where there are fewer.
    scheme : {"difference", "quotient"}
    association : {"pearson", "spearman"}

    Attributes
    ----------
    order_ : ndarray
        The columns kept, in the order of the choice.
    scores_ : ndarray
        Their scores.

    Examples
    --------
    >>> import numpy as np
    >>> from radiome.sklearn import MRMR
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> MRMR(k=1).fit(X, X[:, 3] > 0).order_.tolist()
    [3]
    """

    def __init__(self, k=30, scheme="difference", association="pearson"):
        self.k = k
        self.scheme = scheme
        self.association = association

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def fit(self, X, y):
        """Chooses the features."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        _, codes = np.unique(y, return_inverse=True)
        # An outcome of two classes counts by its class, any other by its value.
        outcome = codes if len(np.unique(codes)) <= 2 or y.dtype.kind in "OUS" else y
        varying = np.flatnonzero(X.min(axis=0) < X.max(axis=0))
        if not varying.size:
            raise ValueError("no feature varies")
        table = {name: cells for name, cells in named(X).items() if number(name) in set(varying)}
        table["y"] = np.asarray(outcome, dtype=float)
        k = min(int(self.k), varying.size)
        options = {"scheme": self.scheme, "association": self.association, "features": "x*"}
        self.result_ = stats.select(table, "y", k, **options)
        self.order_ = np.array([number(one.feature) for one in self.result_.selected], dtype=int)
        self.scores_ = np.array([one.score for one in self.result_.selected])
        return self

    def _get_support_mask(self):
        check_is_fitted(self)
        mask = np.zeros(self.n_features_in_, dtype=bool)
        mask[self.order_] = True
        return mask
