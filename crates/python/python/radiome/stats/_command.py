"""A call of Python as a command of the program, on tables in memory."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import _native, _tables

#: Options whose parts have a colon between them.
_COLONS = ("thresholds", "partial", "interaction")


class Call:
    """The arguments of a command, and the tables that they name."""

    def __init__(self, command: str):
        self.arguments = [command]
        self.tables: list[tuple[str, Any]] = []

    def table(self, table: Any, name: str = "table") -> str:
        """The name under which the command finds a table."""
        if _tables.is_path(table):
            return os.fspath(table)
        self.tables.append((name, _tables.to_native(_tables.columns(table))))
        return name

    def position(self, value: str) -> None:
        """An argument without a name."""
        self.arguments.append(value)

    def option(self, name: str, value: Any) -> None:
        """An option; None and False leave it out."""
        if value is None or value is False:
            return
        option = "-k" if name == "k" else "--" + name.replace("_", "-")
        if value is True:
            self.arguments.append(option)
        elif isinstance(value, Mapping):
            for key, of in value.items():
                self._put(option, f"{key}={_joined(of, name)}")
        elif name == "interaction":
            for pair in value if isinstance(value, list) else [value]:
                self._put(option, _joined(pair, name))
        else:
            self._put(option, _joined(value, name))

    def _put(self, option: str, text: str) -> None:
        self.arguments.append(f"{option}={text}" if option.startswith("--") else option + text)

    def run(self, options: Mapping[str, Any]) -> Answer:
        """What the command finds."""
        for name, value in options.items():
            self.option(name, value)
        text, table = _native.answer(self.arguments, self.tables)
        return Answer(json.loads(text), table)


def _joined(value: Any, name: str) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, (list, tuple, set, np.ndarray)):
        between = ":" if name in _COLONS else ","
        parts = [_joined(part, "") for part in value]
        for part in parts:
            if between in part:
                raise ValueError(f'{name}: "{part}" holds "{between}"; rename the column')
        return between.join(parts)
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return str(value)


class Answer(typing.NamedTuple):
    """What a command found: its JSON, and the columns of its table of results."""

    json: dict[str, Any]
    table: list[tuple[str, Any]]

    def as_result(self, cls):
        """The findings as a dataclass; those of groups one by one."""
        if "groups" in self.json and all(isinstance(one, dict) for one in _values(self.json["groups"])):
            from ._results import Groups

            groups = {name: _result(cls, one, []) for name, one in self.json["groups"].items()}
            return Groups(groups, self.json, self.table)
        return _result(cls, self.json, self.table)


def _values(groups: Any):
    return groups.values() if isinstance(groups, dict) else [None]


def _result(cls, found: dict[str, Any], table):
    made = decoded(cls, found)
    made.json = found
    made.columns = table
    return made


_HINTS: dict[type, dict[str, Any]] = {}


def decoded(hint: Any, value: Any) -> Any:
    """A value of JSON as its type says: null is NaN among numbers, "Inf" and "-Inf" are infinite."""
    origin, of = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        (inner,) = (one for one in of if one is not type(None))
        return decoded(inner, value)
    if hint is float:
        return math.nan if value is None else float(value)
    if hint is np.ndarray:
        return np.array(decoded(list[float], value))
    if origin is list:
        return [decoded(of[0], one) for one in value or []]
    if origin is tuple:
        return tuple(decoded(of[0], one) for one in value or [])
    if origin is dict:
        return {key: decoded(of[1], one) for key, one in (value or {}).items()}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = _HINTS.setdefault(hint, typing.get_type_hints(hint))
        given = {}
        for field in dataclasses.fields(hint):
            key = field.metadata.get("key", field.name)
            if field.init and value is not None and key in value:
                given[field.name] = decoded(hints[field.name], value[key])
        return hint(**given)
    return value
