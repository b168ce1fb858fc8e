"""Extraction on the workers of a Dask cluster."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from . import _native, _tables
from .errors import RadiomeError

#: How often a case is begun anew where its worker dies.
_RETRIES = 3


def extract_on(client, settings: str, path, columns, label, memory, listener):
    """As the compiled ``extract_cases``, each row of the table a task of the cluster.

    A worker that dies loses nothing: its tasks go to the others. A case that takes its worker down
    again and again is a failed case.
    """
    from distributed import KilledWorker, as_completed

    if path is not None:
        columns = _with_folder(_native.read_table(path), os.path.dirname(os.path.abspath(path)))
    count = len(columns[0][1]) if columns else 0
    names = [name for name, _ in columns]
    lower = [name.lower() for name in names]
    without_id = not any(name in ("id", "patientid", "patient_id") for name in lower)
    futures = {}
    for row in range(count):
        own = [(name, _row(cells, row)) for name, cells in columns]
        if without_id:
            own.append(("ID", [f"row {row + 1}"]))
        future = client.submit(_one, settings, own, label, memory, pure=False, retries=_RETRIES)
        futures[future] = row
    found: list[Any] = [None] * count
    try:
        for done, future in enumerate(as_completed(futures), 1):
            row = futures[future]
            try:
                found[row] = future.result()
            except KilledWorker:
                told = "the worker died on this case, again and again; look at its memory"
                found[row] = ([], [(_id(columns, row), "extract", "worker_died", told)], [])
            if listener is not None:
                listener(done, count)
    finally:
        client.cancel([future for future in futures if not future.done()])
    made = [table for table, _, _ in found]
    failed = [failure for _, failures, _ in found for failure in failures]
    remarks = [remark for _, _, remarks in found for remark in remarks]
    merged = _merged(made)
    if without_id:
        merged = [(name, cells) for name, cells in merged if name != "ID"]
    return merged, failed, remarks


def _one(settings: str, columns, label, memory):
    """The features of one row, on a worker: one thread, as the cluster shares out its cores."""
    try:
        held = _tables.to_native(columns)
        return _native.extract_cases(settings, None, held, label, 1, memory, None)
    except RadiomeError as error:
        return [], [(_id(columns, 0), "read", "setting", str(error))], []


def _row(cells, row: int):
    return np.ascontiguousarray(cells[row : row + 1]) if isinstance(cells, np.ndarray) else [cells[row]]


def _id(columns, row: int) -> str:
    for name, cells in columns:
        if name.lower() in ("id", "patientid", "patient_id"):
            return str(cells[row])
    return f"row {row + 1}"


def _with_folder(columns, folder: str):
    """Paths of a file's rows start at its folder."""
    found = []
    for name, cells in columns:
        if name.lower() in ("image", "mask"):
            cells = [cell and os.path.join(folder, cell) for cell in cells]
        found.append((name, cells))
    return found


def _merged(tables) -> list[tuple[str, list[str | None]]]:
    """Tables below each other; columns of any, what comes before the features first."""
    heads: dict[str, None] = {}
    features: dict[str, None] = {}
    for table in tables:
        into = heads
        for name, _ in table:
            into.setdefault(name)
            if name == "diagnostics_Undefined":
                into = features
    last = heads.pop("diagnostics_Undefined", 0)
    names = [*heads, *(["diagnostics_Undefined"] if last is None else []), *features]
    merged: list[tuple[str, list[str | None]]] = [(name, []) for name in names]
    for table in tables:
        own = dict(table)
        rows = len(table[0][1]) if table else 0
        for name, cells in merged:
            cells.extend(own.get(name) or [None] * rows)
    return merged
