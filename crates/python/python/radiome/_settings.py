"""Settings on their way from Python to the compiled part."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _native
from .errors import SettingsError


#: The interpolators by SimpleITK's names.
_INTERPOLATORS = (
    "sitkNearestNeighbor",
    "sitkLinear",
    "sitkBSpline",
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
)


def plain(value: Any) -> Any:
    """A value as JSON knows it: numpy's numbers and arrays, tuples and sets as plain ones."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _interpolator(value: Any) -> Any:
    """The name of an interpolator that is given as SimpleITK's constant, as PyRadiomics takes it."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    try:
        import SimpleITK as sitk
    except ImportError:
        return value
    return next((name for name in _INTERPOLATORS if getattr(sitk, name, None) == value), value)


def to_json(sections: Mapping[str, Any]) -> str:
    """The sections of a parameter file as JSON."""
    sections = plain(sections)
    settings = sections.get("setting")
    if isinstance(settings, dict) and "interpolator" in settings:
        settings["interpolator"] = _interpolator(settings["interpolator"])
    try:
        return json.dumps(sections, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"a setting holds something that no parameter file can: {error}") from None


def without_line(error: SettingsError) -> SettingsError:
    """The error without the number of a line that the user has not written."""
    text = re.sub(r"^line \d+: ", "", str(error))
    return type(error)(text)


def from_text(text: str) -> dict[str, Any]:
    """The sections of a parameter file, checked."""
    sections = json.loads(_native.read_settings(text))
    if sections is None:
        return {}
    own = sections.get("imageType") or {}
    for settings in (sections.get("setting"), sections.get("voxelSetting"), *own.values()):
        # The YAML reader takes this word for a number and spells it anew.
        if settings and settings.get("weightingNorm") == ".inf":
            settings["weightingNorm"] = "infinity"
    return sections


def from_mapping(sections: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a dictionary, checked."""
    try:
        return from_text(to_json(sections))
    except SettingsError as error:
        raise without_line(error) from None


def check(sections: Mapping[str, Any]) -> str:
    """The sections as JSON for the compiled part, if they can be followed."""
    text = to_json(sections)
    try:
        _native.check_settings(text)
    except SettingsError as error:
        raise without_line(error) from None
    return text
