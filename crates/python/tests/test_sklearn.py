"""The estimators of `radiome.sklearn`."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from radiome import stats
from radiome.sklearn import MRMR, Combat, LassoLogistic, RadiomicsSignature

ESTIMATORS = [Combat(), MRMR(k=2), LassoLogistic(), RadiomicsSignature()]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_scikit_learn_finds_nothing_wrong(estimator):
    found = check_estimator(estimator, on_fail=None)
    failed = {one["check_name"]: one["exception"] for one in found if one["status"] == "failed"}
    assert not failed


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(120, 12))
    y = (X[:, 0] - X[:, 5] + rng.normal(0, 0.7, 120) > 0).astype(int)
    return X, y


def columns(X, y):
    return {**{f"x{n}": X[:, n] for n in range(X.shape[1])}, "y": y}


def test_the_lasso_is_that_of_the_command(data):
    X, y = data
    fitted = LassoLogistic(folds=5, random_state=4).fit(X, np.where(y == 1, "bad", "a good one"))
    assert fitted.classes_.tolist() == ["a good one", "bad"]
    found = stats.lasso(columns(X, y), "y", features="x*", folds=5, seed=4)
    place = found.lambda_.tolist().index(found.cv.lambda_min)
    for name, value in found.coefficients[place].items():
        assert fitted.coef_[0, int(name[1:])] == value
    assert fitted.intercept_[0] == found.intercept[place]
    probability = fitted.predict_proba(X)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(
        np.log(probability[:, 1] / probability[:, 0]), X @ fitted.coef_[0] + fitted.intercept_[0], rtol=1e-9
    )


def test_the_selection_is_that_of_the_command(data):
    X, y = data
    fitted = MRMR(k=3).fit(X, y)
    found = stats.select(columns(X, y), "y", 3, features="x*")
    assert [f"x{n}" for n in fitted.order_] == [one.feature for one in found.selected]
    assert fitted.transform(X).shape == (120, 3)
    assert {0, 5} <= set(fitted.order_.tolist())


def test_a_signature_is_judged_as_a_whole(data):
    X, y = data
    auc = cross_val_score(RadiomicsSignature(k=5, folds=5), X, y, cv=4, scoring="roc_auc").mean()
    assert auc > 0.8
    noise = np.random.default_rng(1).permutation(y)
    auc = cross_val_score(RadiomicsSignature(k=5, folds=5), X, noise, cv=4, scoring="roc_auc").mean()
    assert 0.3 < auc < 0.7
    fitted = clone(RadiomicsSignature(k=5, folds=5)).fit(X, y)
    assert np.count_nonzero(fitted.coef_) <= 5


def test_harmonisation_is_that_of_the_command(data):
    X, y = data
    batch = np.repeat([1, 2, 3], 40)
    with_batch = np.column_stack([X + batch[:, None], batch])
    train, other = with_batch[::2], with_batch[1::2]
    fitted = Combat(batch=-1).fit(train)
    table = {f"x{n}": train[:, n] for n in range(12)}
    found = stats.combat({**table, "batch": [str(b) for b in train[:, -1]]}, "batch", features="x*")
    harmonised = found.table("dict")
    moved = fitted.transform(train)
    np.testing.assert_array_equal(moved[:, 3], harmonised["x3"])
    np.testing.assert_array_equal(moved[:, -1], train[:, -1])
    assert abs(fitted.transform(other)[:, 0].mean() - X[1::2, 0].mean() - 2) < 0.5
    unseen = other.copy()
    unseen[:, -1] = 9
    with pytest.raises(ValueError, match="9"):
        fitted.transform(unseen)
    pipeline = make_pipeline(Combat(batch=-1), RadiomicsSignature(k=5, folds=5))
    assert pipeline.fit(train, y[::2]).predict(other).shape == (60,)


def test_a_batch_is_a_column_by_its_name(data):
    pandas = pytest.importorskip("pandas")
    X, _ = data
    frame = pandas.DataFrame(X[:, :3], columns=["a", "b", "c"]).assign(scanner=np.repeat([0, 1], 60))
    made = Combat(batch="scanner").set_output(transform="pandas").fit_transform(frame)
    assert list(made.columns) == ["a", "b", "c", "scanner"]
    with pytest.raises(ValueError, match="no column"):
        Combat(batch="centre").fit(frame)
