"""Studies and their final models."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import _native, _tables
from .errors import MissingFileError
from .stats._command import Call

__all__ = ["Failure", "Model", "Prediction", "Run", "Study", "StudyCheck"]


@dataclass(frozen=True)
class Failure:
    """A case that gave no features: where it failed, why as a code, and what to do."""

    id: str
    stage: str
    reason: str
    message: str


@dataclass
class StudyCheck:
    """What reading everything of a study showed."""

    enrolled: int
    patients: int
    cases: int
    failures: list[Failure] = field(default_factory=list)
    excluded: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Run:
    """A finished study: its folder, what it found, and the cases that failed."""

    folder: str
    results: dict[str, Any] = field(repr=False)
    failures: list[Failure] = field(default_factory=list)

    @property
    def report(self) -> str:
        """The path of the report."""
        return os.path.join(self.folder, "report.html")

    @property
    def model(self) -> Model:
        """The final models."""
        return Model.load(os.path.join(self.folder, "model.json"))


class Study:
    """A study file.

    Parameters
    ----------
    path : path
        The ``study.yaml``.
    """

    def __init__(self, path):
        self.path = os.fspath(path)

    def check(self, jobs: int | None = None) -> StudyCheck:
        """Reads everything and computes nothing. A study that cannot be run is an error."""
        found = json.loads(_native.check_study(self.path, jobs))
        failures = [Failure(**one) for one in found.pop("failures")]
        return StudyCheck(failures=failures, **found)

    def run(self, out=None, jobs: int | None = None, resume: bool = False) -> Run:
        """Does it all and writes the run folder, beside the study file where `out` is not given.

        The same bytes as ``radiome study run`` writes. Ctrl-C stops it as soon as what has begun is
        finished; a second Ctrl-C ends the waiting for that.

        Parameters
        ----------
        out : path, optional
            The run folder.
        jobs : int, optional
            Threads; all cores by default. Results do not depend on it.
        resume : bool
            Whether an earlier run into the same folder that was cut off goes on where it was.
        """
        out = os.path.splitext(self.path)[0] + ".run" if out is None else os.fspath(out)
        failed = json.loads(_native.run_study(self.path, out, jobs, resume))
        with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
            results = json.load(file)
        return Run(out, results, [Failure(**one) for one in failed])


@dataclass
class Prediction:
    """Predictions of new patients."""

    #: One dictionary a patient: rad-scores, linear predictor, probability, interval, points.
    patients: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    warnings: list[dict[str, str]]
    json: dict[str, Any] = field(repr=False)
    columns: list = field(repr=False)

    def table(self, output: str | None = None):
        """One row a patient: pandas, polars, or a dictionary."""
        return _tables.frame(self.columns, output)


class Model:
    """The final models of a study, from its ``model.json``."""

    def __init__(self, path):
        self.path = os.fspath(path)
        if not os.path.isfile(self.path):
            raise MissingFileError(f"there is no model {self.path}")
        with open(self.path, encoding="utf-8") as file:
            self.content: dict[str, Any] = json.load(file)

    @classmethod
    def load(cls, path) -> Model:
        """Reads a ``model.json``."""
        return cls(path)

    def predict(
        self,
        table=None,
        *,
        features=None,
        images: Mapping[str, tuple[Any, Any]] | None = None,
        clinical: Mapping[str, Any] | None = None,
        batch: str | None = None,
        id: str | None = None,
    ) -> Prediction:
        """Predicts new patients, by the code that made the study's own predictions.

        Parameters
        ----------
        table : table, optional
            One row a patient: an id, the clinical columns, perhaps ``<sequence>_image`` and
            ``<sequence>_mask``.
        features : table or dict of table, optional
            Features that were computed before; by sequence, or all in one.
        images : dict, optional
            Of one patient: image and mask of each sequence.
        clinical : dict, optional
            Clinical values; with a table they hold for every row.
        batch : str, optional
            The scanner.
        id : str, optional
            The column of the ids.
        """
        call = Call("predict")
        call.option("model", self.path)
        if table is not None:
            call.option("table", call.table(table, "patients"))
        if isinstance(features, Mapping) and all(_is_table(one) for one in features.values()):
            for sequence, one in features.items():
                call.option("features", f"{sequence}={call.table(one, f'features of {sequence}')}")
        elif features is not None:
            call.option("features", call.table(features, "features"))
        for sequence, (image, mask) in (images or {}).items():
            call.option("image", f"{sequence}={os.fspath(image)},{os.fspath(mask)}")
        for name, value in (clinical or {}).items():
            call.option("clinical", f"{name}={'NA' if value is None else value}")
        found = call.run({"batch": batch, "id": id})
        of = found.json
        return Prediction(of["patients"], of["failures"], of["warnings"], of, found.table)


def _is_table(value: Any) -> bool:
    column = isinstance(value, Sequence) and not _tables.is_path(value)
    return _tables.is_path(value) or isinstance(value, Mapping) or (
        not column and hasattr(value, "columns")
    )
