"""Features of many cases."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import _native, _settings, _tables
from ._study import Failure
from .errors import ExtractionWarning, MissingFileError
from .featureextractor import RadiomicsFeatureExtractor

__all__ = ["extract"]


def extract(
    cases,
    params=None,
    jobs: int | None = None,
    progress: bool | Callable[[int, int], Any] | None = None,
    *,
    label: int | str | Sequence[int] | None = None,
    output: str | None = None,
    memory: int | None = None,
    client=None,
):
    """Extracts the features of many cases, on all cores.

    A case that fails does not lose the others: it gives no row, an `ExtractionWarning` counts such
    cases, and they are listed: as dictionaries in ``table.attrs["failures"]`` of pandas, as `Failure` in
    ``table.failures`` of polars or a dictionary of columns.

    Parameters
    ----------
    cases : table, path, or list of (image, mask)
        Columns ``Image`` and ``Mask`` hold paths; ``ID``, ``Label`` and ``Label_channel`` may be
        there, and any others are carried through. Paths in a file start at its folder.
    params : path, dict or RadiomicsFeatureExtractor, optional
        A parameter file, its content, or a profile of the IBSI such as ``"ibsi:mr"``; PyRadiomics'
        defaults without it.
    jobs : int, optional
        Threads; all cores by default. Results do not depend on it.
    progress : bool or callable, optional
        True for a bar of tqdm, or a function of the numbers of finished and of all cases. Ctrl-C
        stops the work before the next case.
    label : int, str or list of int, optional
        The label of cases that name none; ``"all"`` for each that occurs.
    output : str, optional
        ``"pandas"``, ``"polars"`` or ``"dict"``; the first that is installed by default.
    memory : int, optional
        Bytes that the cases worked on at a time may need together, as far as that can be told; one
        that alone needs more fails. On a Dask cluster, of each worker.
    client : distributed.Client, optional
        A Dask client whose workers share the work, a case a task. They must see the files.

    Returns
    -------
    table
        One row a case, in the order of the cases: their columns, ``diagnostics_*``, the features.
    """
    settings = _sections(params)
    if isinstance(label, (list, tuple)):
        label = ",".join(str(one) for one in label)
    label = None if label is None else str(label)
    path = os.fspath(cases) if _tables.is_path(cases) else None
    if path is not None and not os.path.isfile(path):
        raise MissingFileError(f"there is no table of cases {path}")
    columns = [] if path is not None else _cases(cases)
    with _Listener(progress) as listener:
        if client is not None:
            from ._dask import extract_on

            made, failed, remarks = extract_on(
                client, settings, path, columns, label, memory, listener
            )
        else:
            held = _tables.to_native(columns)
            made, failed, remarks = _native.extract_cases(
                settings, path, held, label, jobs, memory, listener
            )
    failures = [Failure(*one) for one in failed]
    table = _tables.frame(made, output)
    if hasattr(table, "attrs"):
        # Plain values, for pandas compares and writes attributes.
        table.attrs["failures"] = [dataclasses.asdict(failure) for failure in failures]
    else:
        table.failures = failures
    for remark in remarks:
        warnings.warn(remark, ExtractionWarning, stacklevel=2)
    if failures:
        first = failures[0]
        count = f"{len(failures)} case{'s' if len(failures) > 1 else ''}"
        told = f"{count} gave no features; the first: {first.id}: {first.message} ({first.reason})"
        warnings.warn(told, ExtractionWarning, stacklevel=2)
    return table


def _sections(params) -> str:
    if params is None:
        return _settings.check({})
    if isinstance(params, RadiomicsFeatureExtractor):
        sections, _ = params._sections(dict(params.settings), False, False)
        return _settings.check(sections)
    if isinstance(params, Mapping):
        return _settings.check(params)
    text = os.fspath(params)
    if text.startswith(("ibsi:", "ibsi2:")):
        return _settings.check({"profile": text})
    if not os.path.isfile(text):
        raise MissingFileError(f"there is no parameter file {text}")
    with open(text, encoding="utf-8-sig") as file:
        content = file.read()
    try:
        _native.check_settings(content)
    except ValueError as error:
        raise type(error)(f"{text}: {error}") from None
    return content


def _cases(cases) -> list[tuple[str, Any]]:
    pairs = isinstance(cases, Sequence) and cases and not isinstance(cases[0], Mapping)
    if pairs:
        for case in cases:
            if _tables.is_path(case) or len(case) != 2:
                raise TypeError("a list of cases holds pairs of image and mask")
        cases = {
            "Image": [os.fspath(image) for image, _ in cases],
            "Mask": [os.fspath(mask) for _, mask in cases],
        }
    return _tables.columns(cases)


class _Listener:
    """Tells how far the work is: a bar, a function of the user, or nobody."""

    def __init__(self, progress):
        self.progress = progress
        self.bar = None

    def __enter__(self):
        if self.progress is True:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return None
            self.bar = tqdm(desc="Extracting", unit="case")
            return self.advance
        return self.progress if callable(self.progress) else None

    def advance(self, done: int, all: int) -> None:
        self.bar.total = all
        self.bar.update(done - self.bar.n)

    def __exit__(self, *_):
        if self.bar is not None:
            self.bar.close()
