"""Logistic regression with an elastic net."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import stats
from ._columns import named, number
from ._two_classes import LogisticClassifier, two_classes


class LassoLogistic(LogisticClassifier):
    """Logistic regression with an elastic net whose penalty is chosen by cross-validation.

    Parameters
    ----------
    alpha : float
        1 for the lasso, 0 for ridge.
    folds : int
        Folds of the inner cross-validation; fewer where a class has fewer rows.
    penalty : {"min", "1se"} or float
        The penalty: with the smallest error, the largest within one standard error, or a number.
    measure : {"deviance", "auc", "class", "mse"}
        The error.
    random_state : int
        The seed of the folds.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    coef_ : ndarray of shape (1, n_features)
    intercept_ : ndarray of shape (1,)
    penalty_ : float
        The penalty that was chosen.
    result_ : radiome.stats.Lasso

    Examples
    --------
    >>> import numpy as np
    >>> from radiome.sklearn import LassoLogistic
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> LassoLogistic(folds=5).fit(X, y).score(X, y) > 0.9
    True
    """

    def __init__(self, alpha=1.0, folds=10, penalty="min", measure="deviance", random_state=0):
        self.alpha = alpha
        self.folds = folds
        self.penalty = penalty
        self.measure = measure
        self.random_state = random_state

    def fit(self, X, y):
        """Fits the path and chooses the penalty."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        self.classes_, codes = two_classes(y)
        table = {**named(X), "y": codes.astype(float)}
        chosen = isinstance(self.penalty, str)
        if chosen and self.penalty not in ("min", "1se"):
            raise ValueError(f'penalty is "min", "1se" or a number, not {self.penalty!r}')
        folds = min(int(self.folds), int(np.bincount(codes).min()))
        if chosen and folds < 3:
            raise ValueError("n_samples is too small: each class needs 3 rows to choose a penalty")
        options = {"alpha": self.alpha, "features": "x*"}
        if chosen:
            options.update(folds=folds, measure=self.measure, seed=int(self.random_state))
        else:
            options["lambda_"] = [float(self.penalty)]
        self.result_ = stats.lasso(table, "y", **options)
        self.penalty_ = (
            getattr(self.result_.cv, f"lambda_{self.penalty}") if chosen else float(self.penalty)
        )
        place = int(np.argmin(np.abs(self.result_.lambda_ - self.penalty_)))
        self.coef_ = np.zeros((1, X.shape[1]))
        for name, value in self.result_.coefficients[place].items():
            self.coef_[0, number(name)] = value
        self.intercept_ = np.array([self.result_.intercept[place]])
        return self

    def decision_function(self, X):
        """The linear predictor."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return X @ self.coef_[0] + self.intercept_[0]
