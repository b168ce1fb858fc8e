"""Tables of Python (dictionaries, pandas, polars, arrays with names) on their way in and out."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def columns(table: Any) -> list[tuple[str, Any]]:
    """The columns of a table: floats where all values are numbers, else texts or None."""
    names: Sequence[Any]
    if isinstance(table, Mapping):
        names = list(table)
    elif hasattr(table, "columns"):
        names = list(table.columns)
    elif isinstance(table, np.ndarray) and table.dtype.names:
        names = table.dtype.names
    elif isinstance(table, Sequence) and table and all(isinstance(row, Mapping) for row in table):
        names = list(dict.fromkeys(name for row in table for name in row))
        table = {name: [row.get(name) for row in table] for name in names}
    else:
        raise TypeError(
            "a table is a path, a dictionary of columns, a DataFrame or a list of dictionaries, "
            f"not {type(table).__name__}"
        )
    found = []
    lengths = set()
    for name in names:
        cells = _cells(table[name])
        lengths.add(len(cells))
        found.append((str(name), cells))
    if len(lengths) > 1:
        raise ValueError(f"the columns have different lengths: {sorted(lengths)}")
    return found


def to_native(made: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Columns as the compiled part has them: numbers as bytes."""
    return [
        (name, cells.tobytes() if isinstance(cells, np.ndarray) else cells) for name, cells in made
    ]


def _cells(values: Any):
    if hasattr(values, "to_list"):
        kind = getattr(getattr(values, "dtype", None), "kind", None)
        values = values.to_numpy() if kind in tuple("biuf") else values.to_list()
    array = np.asarray(values) if not isinstance(values, list) else None
    if array is None:
        values = list(values)
        if all(_is_number(value) for value in values):
            array = np.array([math.nan if value is None else value for value in values], float)
    if array is not None and array.dtype.kind in "biuf":
        if array.ndim != 1:
            raise ValueError(f"a column has one dimension, not {array.ndim}")
        return np.ascontiguousarray(array, dtype=np.float64)
    if array is not None:
        values = array.tolist()
        if all(_is_number(value) for value in values):
            return np.array([math.nan if value is None else value for value in values], float)
    return [_text(value) for value in values]


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating))


def _text(value: Any) -> str | None:
    if value is None or str(value) in ("<NA>", "NaT", "nan"):
        return None
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return str(value)


class Columns(dict):
    """A table as a dictionary of columns, where neither pandas nor polars is installed."""

    #: The cases that gave no row.
    failures: list = []


#: Columns that name rows stay texts, whatever they hold.
_IDS = ("id", "patientid", "patient_id")
#: The column of reasons is a text where all is well, too.
_REASONS = "diagnostics_Undefined"
#: A number as tables of the program hold it; a leading zero makes it a code.
_NUMBER = re.compile(r"[-+]?(?!0\d)(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|[-+]?Inf$")


def typed(name: str, texts: list[str | None]):
    """A column of texts as floats where all of them are numbers or missing."""
    if name == _REASONS:
        return [text or "" for text in texts]
    if name.lower() in _IDS or not all(text is None or _NUMBER.match(text) for text in texts):
        return texts
    return np.array([math.nan if text is None else float(text) for text in texts])


def frame(made: list[tuple[str, list[str | None]]], output: str | None = None):
    """Columns as a pandas or polars DataFrame, or as a dictionary.

    `output` is ``"pandas"``, ``"polars"`` or ``"dict"``; by default the first that is installed.
    """
    made = [(name, typed(name, texts)) for name, texts in made]
    if output not in (None, "pandas", "polars", "dict"):
        raise ValueError(f'output is "pandas", "polars" or "dict", not {output!r}')
    if output in (None, "pandas"):
        try:
            import pandas

            return pandas.DataFrame(dict(made))
        except ImportError:
            if output:
                raise
    if output in (None, "polars"):
        try:
            import polars

            return polars.DataFrame(dict(made))
        except ImportError:
            if output:
                raise
    return Columns(made)


def is_path(table: Any) -> bool:
    """Whether a table is given by the path of its file."""
    return isinstance(table, (str, os.PathLike))
