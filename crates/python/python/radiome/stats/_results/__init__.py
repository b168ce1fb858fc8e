"""What the functions of `radiome.stats` give back.

Fields have the names of the keys that the program's command prints with ``--json``, and their
numbers, to the last bit. A number that is not defined is NaN. What has no field is in `json`.
"""

from ._comparison import AdjustedP, Comparison
from ._performance import Calibration, Decision, Roc
from ._planning import Audit, SampleSize
from ._regression import Lasso, Logistic, Nomogram, Selection
from ._reliability import Harmonized, Icc, Kappa
from ._result import Groups, Result
from ._survival import ConcordanceOfScores, Cox, Cutpoint, KaplanMeier, SurvivalAuc

__all__ = [
    "AdjustedP",
    "Audit",
    "Calibration",
    "Comparison",
    "ConcordanceOfScores",
    "Cox",
    "Cutpoint",
    "Decision",
    "Groups",
    "Harmonized",
    "Icc",
    "KaplanMeier",
    "Kappa",
    "Lasso",
    "Logistic",
    "Nomogram",
    "Result",
    "Roc",
    "SampleSize",
    "Selection",
    "SurvivalAuc",
]
