"""The names of classes, features and image types."""

from __future__ import annotations

import difflib
import logging
from typing import NamedTuple

import numpy as np

from . import _native
from .errors import UnknownFeatureError

logger = logging.getLogger(__name__)


class Feature(NamedTuple):
    """A feature of a class."""

    name: str
    ibsi: str | None
    summary: str
    deprecated: bool


#: The classes of PyRadiomics, each with its features in PyRadiomics' order.
FEATURE_CLASSES: dict[str, list[Feature]] = {}
for _class, _name, _ibsi, _summary, _deprecated in _native.features():
    FEATURE_CLASSES.setdefault(_class, []).append(Feature(_name, _ibsi, _summary, _deprecated))

#: The image types of PyRadiomics.
IMAGE_TYPES = [
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
    "LoG",
    "Logarithm",
    "Original",
    "Square",
    "SquareRoot",
    "Wavelet",
]


#: Features that PyRadiomics hands out as numbers; the others are arrays without dimensions.
_NUMBERS = {
    f"original_{name}"
    for name in (
        "shape_Elongation",
        "shape_Flatness",
        "shape_LeastAxisLength",
        "shape_MajorAxisLength",
        "shape_MinorAxisLength",
        "shape_VoxelVolume",
        "shape2D_Elongation",
        "shape2D_MajorAxisLength",
        "shape2D_MinorAxisLength",
        "shape2D_PixelSurface",
        "shape2D_Sphericity",
    )
}


def as_pyradiomics(name: str, value: float):
    """The value of a feature in the type that PyRadiomics gives it."""
    return np.float64(value) if name in _NUMBERS else np.array(value)


#: Names that PyRadiomics takes and gives no value for, and the feature that equals each.
_REMOVED = {(of, name): equal for of, name, equal in _native.removed_features()}


def check_features(feature_class: str, names) -> list[str]:
    """Those of the features that have values; an error if the class lacks one."""
    known = [feature.name for feature in FEATURE_CLASSES[feature_class]]
    computed = []
    for name in names:
        if (feature_class, name) in _REMOVED:
            equal = _REMOVED[feature_class, name]
            logger.warning("%s %s has no value; it equals %s", feature_class, name, equal)
        elif name in known:
            computed.append(name)
        else:
            near = difflib.get_close_matches(str(name), known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UnknownFeatureError(f"{feature_class} has no feature {name}{hint}")
    return computed
