"""A radiomics signature."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from ._lasso import LassoLogistic
from ._mrmr import MRMR
from ._two_classes import LogisticClassifier, two_classes


class RadiomicsSignature(LogisticClassifier):
    """Standardised features, chosen by mRMR, in a logistic lasso; its score is the rad-score.

    Parameters
    ----------
    k : int
        Features that mRMR keeps.
    scheme : {"difference", "quotient"}
        Of mRMR.
    alpha, folds, penalty, random_state
        As of `LassoLogistic`.

    Attributes
    ----------
    mean_, scale_ : ndarray
        Mean and standard deviation (n - 1) of each feature in the rows of `fit`.
    selector_ : MRMR
    classifier_ : LassoLogistic
    coef_ : ndarray of shape (1, n_features)
        Coefficients of the standardised features; most are 0.
    """

    def __init__(self, k=30, scheme="difference", alpha=1.0, folds=10, penalty="min", random_state=0):
        self.k = k
        self.scheme = scheme
        self.alpha = alpha
        self.folds = folds
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, X, y):
        """Fits all of it on these rows."""
        lasso = LassoLogistic(self.alpha, self.folds, self.penalty, random_state=self.random_state)
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        two_classes(y)
        self.mean_ = X.mean(axis=0)
        scale = X.std(axis=0, ddof=1)
        self.scale_ = np.where(scale > 0, scale, 1.0)
        Z = (X - self.mean_) / self.scale_
        self.selector_ = MRMR(self.k, self.scheme).fit(Z, y)
        self.classifier_ = lasso.fit(self.selector_.transform(Z), y)
        self.classes_ = lasso.classes_
        self.coef_ = np.zeros((1, X.shape[1]))
        self.coef_[0, self.selector_.get_support()] = lasso.coef_[0]
        self.intercept_ = lasso.intercept_
        return self

    def decision_function(self, X):
        """The rad-score."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return ((X - self.mean_) / self.scale_) @ self.coef_[0] + self.intercept_[0]
