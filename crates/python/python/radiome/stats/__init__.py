"""The program's commands on tables as functions.

Each function runs the command of its name on tables in memory and gives a dataclass with the
numbers of the command's JSON, to the last bit. A table is a dictionary of columns, a pandas or
polars DataFrame, a list of dictionaries, or the path of a file. Missing values are None or NaN.

Options of the command that a function does not name are keywords too, with underscores for dashes:
``roc(table, "grade", ["p"], conf_level=0.9)`` is ``radiome roc --conf-level 0.9``; True stands for an
option without a value. ``by="centre"`` does it for each value of a column and gives `Groups`.
``radiome COMMAND --help`` explains them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._command import Call
from ._results import (
    AdjustedP,
    Audit,
    Calibration,
    Comparison,
    ConcordanceOfScores,
    Cox,
    Cutpoint,
    Decision,
    Groups,
    Harmonized,
    Icc,
    KaplanMeier,
    Kappa,
    Lasso,
    Logistic,
    Nomogram,
    Roc,
    SampleSize,
    Selection,
    SurvivalAuc,
)

__all__ = [
    "audit",
    "calibration",
    "combat",
    "compare",
    "concordance",
    "cox",
    "cutpoint",
    "decision",
    "icc",
    "kaplan_meier",
    "kappa",
    "lasso",
    "logistic",
    "nomogram",
    "p_adjust",
    "plan",
    "roc",
    "select",
    "survival_auc",
]


def _on(command: str, table: Any, result, options: Mapping[str, Any]):
    call = Call(command)
    call.position(call.table(table))
    return call.run(options).as_result(result)


def compare(table, group: str, vars: Sequence[str] | str, **options: Any) -> Comparison:
    """Compares variables between groups, by the tests that suit them.

    Parameters
    ----------
    table : table
    group : str
        The column of the groups.
    vars : list of str
        The variables: names or patterns.
    **options
        ``type={"stage": "categorical"}``, ``all_tests=True``, ``counts``, ``alternative``, ...

    Examples
    --------
    >>> from radiome import stats
    >>> table = {"grade": [0, 0, 0, 1, 1, 1], "age": [50, 61, 55, 60, 72, 68]}
    >>> found = stats.compare(table, "grade", ["age"])
    >>> found.variables[0].chosen, round(found.variables[0].tests["student_t"]["p_value"], 4)
    ('student_t', 0.0755)
    """
    return _on("compare", table, Comparison, {"group": group, "vars": vars, **options})


def p_adjust(p, method: str = "holm", *, column: str | None = None, **options: Any) -> AdjustedP:
    """P values adjusted for their number.

    Parameters
    ----------
    p : array_like or table
        P values, or a table with `column`.
    method : str
        ``holm``, ``hochberg``, ``hommel``, ``bonferroni``, ``bh``, ``by`` or ``none``.

    Examples
    --------
    >>> from radiome import stats
    >>> stats.p_adjust([0.01, 0.02, 0.04], "bonferroni").adjusted.tolist()
    [0.03, 0.06, 0.12]
    """
    if column is None:
        p, column = {"p": np.asarray(p, dtype=float)}, "p"
    return _on("p-adjust", p, AdjustedP, {"p": column, "method": method, **options})


def icc(*readings, threshold: float = 0.75, form: str = "icc2_1", **options: Any) -> Icc:
    """Agreement of readings: six forms of the intraclass correlation of each feature.

    Parameters
    ----------
    *readings : table
        One table a reader, joined on an id column; or one long table with ``subject`` and
        ``reader``.
    threshold : float
        From which value on a feature is kept.
    form : str
        The form that decides, such as ``icc2_1``.
    """
    call = Call("icc")
    for number, table in enumerate(readings, 1):
        call.position(call.table(table, f"R{number}"))
    return call.run({"threshold": threshold, "form": form, **options}).as_result(Icc)


def kappa(table, readers: Sequence[str] | str, **options: Any) -> Kappa:
    """Cohen's kappa of two readers, plain or weighted."""
    return _on("kappa", table, Kappa, {"readers": readers, **options})


def combat(
    table,
    batch: str | None = None,
    *,
    features: Sequence[str] | str | None = None,
    apply: Any = None,
    **options: Any,
) -> Harmonized:
    """Removes the effects of batches, such as scanners, from features (ComBat).

    ``result.table()`` is the harmonised table. Learn on training rows with ``model_out="fit.json"``
    and use the fit on others with ``apply="fit.json"``.

    Parameters
    ----------
    table : table
    batch : str
        The column of the batches.
    features : list of str, optional
        Names or patterns; every numeric column by default.
    apply : path, optional
        A fit that ``model_out`` wrote.
    **options
        ``covariates``, ``non_parametric``, ``mean_only``, ``reference``, ``converge``,
        ``model_out``, ``new_batch``.
    """
    options = {"batch": batch, "features": features, "apply": apply, **options}
    return _on("combat", table, Harmonized, options)


def select(table, outcome: str, k: int = 30, **options: Any) -> Selection:
    """Chooses features that tell about an outcome and little about each other (mRMR).

    ``features``, ``scheme`` (``difference`` or ``quotient``), ``association``.
    """
    return _on("select", table, Selection, {"outcome": outcome, "k": k, **options})


def lasso(
    table,
    outcome: str | None = None,
    *,
    response=None,
    penalty_factor: Mapping[str, float] | Sequence[float] | None = None,
    lambda_: Sequence[float] | None = None,
    **options: Any,
) -> Lasso:
    """The elastic net along its penalties, cross-validated with ``folds``.

    Parameters
    ----------
    table : table
    outcome : str
        The column of the outcome; for ``family="cox"`` give ``time`` and ``event``.
    response : table, optional
        A table with the outcome, rows in the order of the first.
    penalty_factor : dict or list of float, optional
        How strongly each feature is penalised.
    lambda_ : list of float, optional
        The penalties.
    **options
        ``family``, ``alpha``, ``nlambda``, ``folds``, ``measure``, ``weights``, ``features``, ...
    """
    call = Call("lasso")
    call.position(call.table(table))
    if response is not None:
        call.option("response", call.table(response, "response"))
    if penalty_factor is not None:
        if isinstance(penalty_factor, Mapping):
            factors = {"feature": list(penalty_factor), "factor": list(penalty_factor.values())}
        else:
            factors = {"factor": list(penalty_factor)}
        call.option("penalty_factor", call.table(factors, "penalty_factor"))
    return call.run({"outcome": outcome, "lambda": lambda_, **options}).as_result(Lasso)


def logistic(table, outcome: str, vars: Sequence[str] | str, **options: Any) -> Logistic:
    """Logistic regression: ``univariate``, ``firth``, ``stepwise``, ``factor``, ``interaction``."""
    return _on("logistic", table, Logistic, {"outcome": outcome, "vars": vars, **options})


def nomogram(
    table,
    outcome: str | None = None,
    vars: Sequence[str] | str | None = None,
    **options: Any,
) -> Nomogram:
    """A nomogram; of a Cox model with ``time``, ``event`` and ``at``. ``svg="file.svg"`` draws it."""
    return _on("nomogram", table, Nomogram, {"outcome": outcome, "vars": vars, **options})


def roc(table, outcome: str, scores: Sequence[str] | str, *, second=None, **options: Any) -> Roc:
    """How well scores separate two classes.

    Parameters
    ----------
    table : table
    outcome : str
        The column of the two classes; the greater value is positive.
    scores : list of str
        Columns; of several, each two are compared.
    second : table, optional
        Another table with the same columns, to which cut-offs are carried over.
    **options
        ``direction``, ``ci``, ``threshold``, ``interval``, ``partial``, ``cuts``, ...

    Examples
    --------
    >>> from radiome import stats
    >>> table = {"grade": [0, 0, 1, 0, 1, 1], "p": [0.1, 0.4, 0.35, 0.2, 0.8, 0.9]}
    >>> round(stats.roc(table, "grade", "p").curves[0].auc, 4)
    0.8889
    """
    call = Call("roc")
    call.position(call.table(table))
    if second is not None:
        call.option("second", call.table(second, "second"))
    return call.run({"outcome": outcome, "scores": scores, **options}).as_result(Roc)


def calibration(
    table, outcome: str, probs: Sequence[str] | str, *, resamples=None, **options: Any
) -> Calibration:
    """How predicted probabilities agree with what was observed: ``groups``, ``df``, ..."""
    call = Call("calibration")
    call.position(call.table(table))
    if resamples is not None:
        call.option("resamples", call.table(resamples, "resamples"))
    return call.run({"outcome": outcome, "probs": probs, **options}).as_result(Calibration)


def decision(
    table, outcome: str | None = None, probs: Sequence[str] | str | None = None, **options: Any
) -> Decision:
    """Decision curves: ``thresholds=(0.01, 0.99, 0.01)``; ``time``, ``event``, ``at`` for survival."""
    return _on("decision", table, Decision, {"outcome": outcome, "probs": probs, **options})


def kaplan_meier(table, time: str, event: str, **options: Any) -> KaplanMeier:
    """Survival curves: ``group``, ``strata``, ``rho``, ``pairwise``, ``conf``, ``at``, ``rmst``, ..."""
    return _on("kaplan-meier", table, KaplanMeier, {"time": time, "event": event, **options})


def cox(table, time: str, event: str, vars: Sequence[str] | str, **options: Any) -> Cox:
    """A Cox model: ``ties``, ``strata``, ``factor``, ``zph``."""
    return _on("cox", table, Cox, {"time": time, "event": event, "vars": vars, **options})


def concordance(
    table, time: str, event: str, scores: Sequence[str] | str, **options: Any
) -> ConcordanceOfScores:
    """Harrell's C of scores; a higher score means a shorter time."""
    options = {"time": time, "event": event, "scores": scores, **options}
    return _on("concordance", table, ConcordanceOfScores, options)


def survival_auc(
    table, time: str, event: str, scores: Sequence[str] | str, at: Sequence[float], **options: Any
) -> SurvivalAuc:
    """Areas and Brier scores of scores at times."""
    options = {"time": time, "event": event, "scores": scores, "at": at, **options}
    return _on("survival-auc", table, SurvivalAuc, options)


def cutpoint(table, time: str, event: str, score: str, **options: Any) -> Cutpoint:
    """The cut-off of a score with the largest log-rank statistic: ``min_prop``."""
    return _on("cutpoint", table, Cutpoint, {"time": time, "event": event, "score": score, **options})


def plan(predictors: int, **options: Any) -> SampleSize:
    """How many patients a model needs: ``prevalence`` with ``c`` or ``r2``; ``time_to_event``, ...

    Examples
    --------
    >>> from radiome import stats
    >>> stats.plan(6, prevalence=0.45, c=0.8).required_n
    381
    """
    return Call("plan").run({"predictors": predictors, **options}).as_result(SampleSize)


def audit(tables, **options: Any) -> Audit:
    """Which printed numbers of published tables cannot all be true.

    Parameters
    ----------
    tables : dict or list of table
        The tables, by their names or in order.
    """
    call = Call("audit")
    if not isinstance(tables, Mapping):
        tables = {f"table {number}": table for number, table in enumerate(tables, 1)}
    for name, table in tables.items():
        call.position(call.table(table, name))
    return call.run(options).as_result(Audit)
