"""Where the tests find their data and the program."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference data that are no part of the project."""
    folder = Path(os.environ.get("RADIOME_SHARED", PROJECT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("no reference data: RADIOME_SHARED is not set and there is no ../shared")
    return folder


@pytest.fixture(scope="session")
def program() -> str:
    """The program, to compare with."""
    named = os.environ.get("RADIOME_PROGRAM")
    built = PROJECT / "target" / "release" / "radiome"
    found = named or (str(built) if built.is_file() else shutil.which("radiome"))
    if not found:
        pytest.skip("no program to compare with: set RADIOME_PROGRAM or build it")
    return found


@pytest.fixture
def case():
    """An image and a mask that are made here."""
    from radiome import Image

    rng = np.random.default_rng(7)
    values = rng.normal(100, 20, (8, 10, 12)).round(1)
    mask = np.zeros(values.shape, dtype=np.uint8)
    mask[2:6, 2:8, 3:10] = 1
    mask[6, 5, 5] = 2
    spacing = (1.0, 1.0, 2.0)
    return Image(values, spacing), Image(mask, spacing)
