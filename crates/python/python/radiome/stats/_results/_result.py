"""What every result has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ... import _tables


def several() -> Any:
    """A field that is a list, empty unless the command gives it."""
    return field(default_factory=list)


def numbers(key: str | None = None) -> Any:
    """A field that is an array of numbers; `key` is its name in the JSON where it has another one."""
    return field(default_factory=lambda: np.array([]), metadata={} if key is None else {"key": key})


@dataclass
class Warned:
    """Something that did not stop the command."""

    code: str
    text: str


class Tabled:
    """What has a table of results."""

    #: The columns of the table.
    columns: list

    def table(self, output: str | None = None):
        """The table of results, as ``--out`` writes it: pandas, polars, or a dictionary."""
        return _tables.frame(self.columns, output)


@dataclass(kw_only=True)
class Result(Tabled):
    """What every result has."""

    warnings: list[Warned] = several()
    #: The whole object that the command prints.
    json: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: The columns of the table of results.
    columns: list = field(default_factory=list, init=False, repr=False, compare=False)


class Groups(dict, Tabled):
    """The results of each group, by its value; the table is that of all groups."""

    def __init__(self, groups, json, columns):
        super().__init__(groups)
        self.json = json
        self.columns = columns
        self.warnings = [Warned(**one) for one in json["warnings"]]
