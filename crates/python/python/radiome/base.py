"""Feature classes one by one, with the interface of PyRadiomics' classes.

They compute in the image as it is: nothing is resampled, normalised or re-segmented.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from . import _native, _settings
from ._catalogue import FEATURE_CLASSES, as_pyradiomics, check_features
from .image import Image, as_image, from_native, like, to_labels, to_volume

__all__ = ["RadiomicsFeaturesBase"]

#: Settings that feature classes heed.
_HEEDED = (
    "binWidth",
    "binCount",
    "distances",
    "force2D",
    "force2Ddimension",
    "symmetricalGLCM",
    "weightingNorm",
    "gldm_a",
    "voxelArrayShift",
    "kernelRadius",
    "maskedKernel",
    "initValue",
)


class RadiomicsFeaturesBase:
    """What the feature classes share.

    Parameters
    ----------
    inputImage, inputMask : SimpleITK.Image or radiome.Image
        On one grid.
    **kwargs
        Settings; those that a class does not heed have no effect.

    Attributes
    ----------
    enabledFeatures : dict
        Names of features, and whether each is computed; all where it is empty.
    featureValues : dict
        What `execute` found.
    """

    #: PyRadiomics' name of the class.
    featureClass: str = ""

    def __init__(self, inputImage, inputMask, **kwargs: Any):
        if inputImage is None or inputMask is None:
            raise ValueError("image and mask must be given")
        self.logger = logging.getLogger(type(self).__module__)
        self.settings = kwargs
        self.label = int(kwargs.get("label") or 1)
        self.voxelBased = bool(kwargs.get("voxelBased"))
        self.enabledFeatures: dict[str, bool] = {}
        self.featureValues: dict[str, Any] = {}
        self.featureNames = self.getFeatureNames()
        self.inputImage = inputImage
        self.inputMask = inputMask

    @classmethod
    def getFeatureNames(cls) -> dict[str, bool]:
        """The names of the features, and whether each is deprecated."""
        return {feature.name: feature.deprecated for feature in FEATURE_CLASSES[cls.featureClass]}

    def enableFeatureByName(self, featureName: str, enable: bool = True) -> None:
        """Enables a feature, or disables it."""
        if not check_features(self.featureClass, [featureName]):
            return
        if self.featureNames[featureName]:
            self.logger.warning("Feature %s is deprecated", featureName)
        self.enabledFeatures[featureName] = enable

    def enableAllFeatures(self) -> None:
        """Enables all features but the deprecated."""
        for name, deprecated in self.featureNames.items():
            if not deprecated:
                self.enableFeatureByName(name)

    def disableAllFeatures(self) -> None:
        """Disables every feature and forgets what was computed."""
        self.enabledFeatures = {}
        self.featureValues = {}

    def execute(self) -> dict[str, Any]:
        """Computes the enabled features; all but the deprecated where none is."""
        if not self.enabledFeatures:
            self.enableAllFeatures()
        wanted = [name for name, enabled in self.enabledFeatures.items() if enabled]
        if wanted:
            self.featureValues.update(self._compute(wanted))
        return self.featureValues

    def _compute(self, wanted: list[str]) -> dict[str, Any]:
        image = as_image(self.inputImage)
        volume = to_volume(image)
        labels = to_labels(as_image(self.inputMask, "mask"))
        written = {name: self.settings.get(name) for name in _HEEDED}
        written = {name: value for name, value in written.items() if value is not None}
        written.update(minimumROIDimensions=1, additionalInfo=False)
        if image.GetDimension() == 2:
            written.update(force2D=True, force2Ddimension=0)
        elif self.featureClass == "shape2D":
            written["force2D"] = True
        sections = {
            "setting": written,
            "imageType": {"Original": {}},
            "featureClass": {self.featureClass: wanted},
        }
        text = _settings.check(sections)
        prefix = f"original_{self.featureClass}_"
        if self.voxelBased:
            maps, _ = _native.maps(text, volume, labels, self.label)
            fill = float(self.settings.get("initValue") or 0)
            placed = ((name, _placed(from_native(made), image, fill)) for name, made in maps)
            return {name.removeprefix(prefix): like(made, self.inputImage) for name, made in placed}
        names, values, _, _ = _native.extract(text, volume, labels, self.label)
        return {
            name.removeprefix(prefix): as_pyradiomics(name, value) for name, value in zip(names, values)
        }


def _placed(part: Image, whole: Image, fill: float) -> Image:
    """A map of a part of an image on the grid of the whole."""
    direction = np.reshape(whole.direction, (3, 3))
    step = np.subtract(part.origin, whole.origin) @ direction / whole.spacing
    first = np.rint(step).astype(int)[::-1]
    array = np.full(whole.array.shape, fill)
    place = tuple(slice(at, at + size) for at, size in zip(first, part.array.shape))
    array[place] = part.array
    return Image(array, whole.spacing, whole.origin, whole.direction)


def feature_class(name: str, class_name: str, module: str, doc: str) -> type[RadiomicsFeaturesBase]:
    """A feature class with a method for each of its features."""

    def method(feature):
        def value(self):
            return self._compute([feature.name])[feature.name]

        value.__name__ = f"get{feature.name}FeatureValue"
        value.__qualname__ = f"{class_name}.{value.__name__}"
        code = f" (IBSI {feature.ibsi})" if feature.ibsi else ""
        value.__doc__ = f"{feature.summary[:1].upper()}{feature.summary[1:]}{code}."
        return value

    methods = {f"get{one.name}FeatureValue": method(one) for one in FEATURE_CLASSES[name]}
    members = {"__doc__": doc, "__module__": module, "featureClass": name, **methods}
    return type(class_name, (RadiomicsFeaturesBase,), members)
