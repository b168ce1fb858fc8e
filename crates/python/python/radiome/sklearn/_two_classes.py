"""What classifiers of two classes share."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target


def two_classes(y):
    """The two classes of an outcome, and which of them each row has."""
    check_classification_targets(y)
    if type_of_target(y, input_name="y", raise_unknown=True) != "binary":
        raise ValueError(
            "Only binary classification is supported. The type of the target is "
            f"{type_of_target(y)}."
        )
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y holds one class, {classes[0]}; two are needed")
    return classes, codes


class LogisticClassifier(ClassifierMixin, BaseEstimator):
    """Two classes, by a `decision_function` that is the logit of the second's probability."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def predict_proba(self, X):
        """The probability of each class."""
        positive = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.column_stack([1 - positive, positive])

    def predict(self, X):
        """The more probable class."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]
