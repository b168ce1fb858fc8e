"""Features of one image and mask, with the interface of PyRadiomics.

Replace ``from radiomics import featureextractor`` by ``from radiome import featureextractor``.
"""

from __future__ import annotations

import ast
import json
import logging
import os
import platform
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _native, _settings
from ._catalogue import FEATURE_CLASSES, IMAGE_TYPES, as_pyradiomics, check_features
from .errors import MaskError, MissingFileError
from .image import (
    Image,
    as_image,
    from_native,
    is_path,
    is_sitk,
    like,
    preferred,
    to_labels,
    to_volume,
)

__all__ = ["RadiomicsFeatureExtractor"]

logger = logging.getLogger(__name__)

#: Former settings of PyRadiomics that change nothing.
_WITHOUT_EFFECT = ("enableCExtensions", "voxelBased")


class RadiomicsFeatureExtractor:
    """Computes features as a parameter file, a dictionary or keyword arguments say.

    The interface is that of ``radiomics.featureextractor.RadiomicsFeatureExtractor``; features have
    PyRadiomics' names, order and values.

    Parameters
    ----------
    *args : str, path or dict
        At most one: a parameter file (YAML or JSON), or its content as a dictionary with the
        sections ``setting``, ``imageType``, ``featureClass`` and ``voxelSetting``. PyRadiomics'
        defaults without it.
    **kwargs
        Settings that go before those of the file, such as ``binWidth=10``.

    Attributes
    ----------
    settings : dict
        The settings by name.
    enabledImagetypes : dict
        The image types, each with its own settings.
    enabledFeatures : dict
        The feature classes, each with the names of its features; an empty list means all of them.
    undefined : OrderedDict
        After `execute`: the features that the region does not define, and why. They are NaN, or have
        the value that PyRadiomics sets by convention.

    Examples
    --------
    >>> import numpy as np
    >>> from radiome import Image, RadiomicsFeatureExtractor
    >>> values = np.arange(64.0).reshape(4, 4, 4)
    >>> image = Image(values, spacing=(1, 1, 2))
    >>> mask = Image(values >= 16, spacing=(1, 1, 2))
    >>> extractor = RadiomicsFeatureExtractor(binWidth=8)
    >>> extractor.disableAllFeatures()
    >>> extractor.enableFeaturesByName(firstorder=["Mean"], shape=["VoxelVolume"])
    >>> features = extractor.execute(image, mask)
    >>> float(features["original_firstorder_Mean"]), float(features["original_shape_VoxelVolume"])
    (39.5, 96.0)
    """

    def __init__(self, *args, **kwargs):
        self.settings: dict[str, Any] = {}
        self.enabledImagetypes: dict[str, Mapping[str, Any]] = {}
        self.enabledFeatures: dict[str, Any] = {}
        self.featureClassNames: list[str] = list(FEATURE_CLASSES)
        self.undefined: OrderedDict[str, str] = OrderedDict()
        if len(args) > 1:
            raise TypeError("one parameter file or dictionary can be given, settings by their names")
        if args and isinstance(args[0], Mapping):
            self._apply(_settings.from_mapping(args[0]))
        elif args and is_path(args[0]):
            self.loadParams(args[0])
        elif args and args[0] is not None:
            raise TypeError(f"parameters are a path or a dictionary, not {type(args[0]).__name__}")
        else:
            self.settings = self._getDefaultSettings()
            self.enabledImagetypes = {"Original": {}}
            classes = (name for name in FEATURE_CLASSES if name != "shape2D")
            self.enabledFeatures = {name: [] for name in classes}
        self.settings.update(kwargs)

    @staticmethod
    def _getDefaultSettings() -> dict[str, Any]:
        return {
            "minimumROIDimensions": 2,
            "minimumROISize": None,
            "normalize": False,
            "normalizeScale": 1,
            "removeOutliers": None,
            "resampledPixelSpacing": None,
            "interpolator": "sitkBSpline",
            "preCrop": False,
            "padDistance": 5,
            "distances": [1],
            "force2D": False,
            "force2Ddimension": 0,
            "resegmentRange": None,
            "label": 1,
            "additionalInfo": True,
        }

    # What is to be computed.

    def loadParams(self, paramsFile) -> None:
        """Replaces everything by what a parameter file (YAML or JSON) says."""
        if not os.path.isfile(paramsFile):
            raise MissingFileError(f"there is no parameter file {os.fspath(paramsFile)}")
        with open(paramsFile, encoding="utf-8-sig") as file:
            text = file.read()
        try:
            sections = _settings.from_text(text)
        except ValueError as error:
            raise type(error)(f"{os.fspath(paramsFile)}: {error}") from None
        self._apply(sections)

    def loadJSONParams(self, JSON_configuration: str) -> None:
        """Replaces everything by what a parameter file's content as JSON says."""
        self._apply(_settings.from_mapping(json.loads(JSON_configuration)))

    def _apply(self, sections: Mapping[str, Any]) -> None:
        if "profile" in sections:
            raise _settings.SettingsError(
                "profiles of the IBSI have features of their own: use radiome.extract"
            )
        types = sections.get("imageType") or {"Original": {}}
        self.enabledImagetypes = {name: dict(own or {}) for name, own in types.items()}
        classes = sections.get("featureClass") or dict.fromkeys(FEATURE_CLASSES, [])
        self.enabledFeatures = {name: list(names or []) for name, names in classes.items()}
        self.settings = self._getDefaultSettings()
        self.settings.update(sections.get("setting") or {})
        self.settings.update(sections.get("voxelSetting") or {})

    def addProvenance(self, provenance_on: bool = True) -> None:
        """Says whether results hold ``diagnostics_*``."""
        self.settings["additionalInfo"] = provenance_on

    @staticmethod
    def setVerbosity(level: int) -> None:
        """The same as `radiome.setVerbosity`."""
        from . import setVerbosity

        setVerbosity(level)

    def enableAllImageTypes(self) -> None:
        """Enables every image type of PyRadiomics, without settings of its own."""
        self.enabledImagetypes.update({name: {} for name in IMAGE_TYPES})

    def disableAllImageTypes(self) -> None:
        """Disables every image type."""
        self.enabledImagetypes = {}

    def enableImageTypeByName(
        self, imageType: str, enabled: bool = True, customArgs: Mapping[str, Any] | None = None
    ) -> None:
        """Enables an image type, with settings of its own if `customArgs` are given; or disables it."""
        if imageType not in IMAGE_TYPES:
            logger.warning("Image type %s is not known; there are %s", imageType, ", ".join(IMAGE_TYPES))
        elif enabled:
            self.enabledImagetypes[imageType] = dict(customArgs or {})
        else:
            self.enabledImagetypes.pop(imageType, None)

    def enableImageTypes(self, **enabledImagetypes: Mapping[str, Any]) -> None:
        """Enables image types, as in ``enableImageTypes(Original={}, LoG={"sigma": [2, 4]})``."""
        self.enabledImagetypes.update(enabledImagetypes)

    def enableAllFeatures(self) -> None:
        """Enables all classes with all features but the deprecated."""
        self.enabledFeatures.update({name: [] for name in FEATURE_CLASSES})

    def disableAllFeatures(self) -> None:
        """Disables every class."""
        self.enabledFeatures = {}

    def enableFeatureClassByName(self, featureClass: str, enabled: bool = True) -> None:
        """Enables a class with all features but the deprecated; or disables it."""
        if featureClass not in FEATURE_CLASSES:
            known = ", ".join(FEATURE_CLASSES)
            logger.warning("Feature class %s is not known; there are %s", featureClass, known)
        elif enabled:
            self.enabledFeatures[featureClass] = []
        else:
            self.enabledFeatures.pop(featureClass, None)

    def enableFeaturesByName(self, **enabledFeatures: Any) -> None:
        """Enables features of classes, as in ``enableFeaturesByName(firstorder=["Mean"])``."""
        self.enabledFeatures.update(enabledFeatures)

    # Computing.

    def execute(
        self,
        imageFilepath,
        maskFilepath,
        label: int | str | None = None,
        label_channel: int | None = None,
        voxelBased: bool = False,
    ) -> OrderedDict[str, Any]:
        """Computes the features of a region.

        Parameters
        ----------
        imageFilepath, maskFilepath : path, SimpleITK.Image or radiome.Image
            Paths may name NIfTI, NRRD or MetaImage files, and folders or files of DICOM.
        label : int or str, optional
            The label of the region, or the name of its segment; ``settings["label"]`` by default.
        label_channel : int, optional
            Which of several label maps of the mask, from 0.
        voxelBased : bool
            Whether to compute a map of each feature instead of one value.

        Returns
        -------
        OrderedDict
            ``diagnostics_*`` (unless switched off), then the features, as PyRadiomics orders them: an
            array without dimensions each, or for maps a SimpleITK image (a `radiome.Image` where
            SimpleITK is not installed).

        Raises
        ------
        radiome.RadiomeError
            A `ValueError` that says what is wrong, where, and what to do.
        """
        settings = dict(self.settings)
        if label is not None:
            settings["label"] = label
        if label_channel is not None:
            settings["label_channel"] = label_channel
        settings["label"] = label = settings.get("label") or 1
        image, mask, two = self._load(imageFilepath, maskFilepath, settings)
        label = _label_value(mask, label)
        settings["label"] = label
        sections, hidden = self._sections(settings, two, voxelBased)
        self.undefined = OrderedDict()
        if voxelBased:
            return self._maps(sections, hidden, image, mask, settings, two)
        names, values, diagnostics, undefined = _native.extract(
            _settings.check(sections), image, mask, label
        )
        found = self._diagnostics(diagnostics, settings, two)
        self.undefined.update(pair for pair in undefined if not hidden(pair[0]))
        for name, value in zip(names, values):
            if not hidden(name):
                found[name] = as_pyradiomics(name, value)
        return found

    def _load(self, image, mask, settings):
        """Image and mask for the compiled part, and whether they have two dimensions."""
        channel = int(settings.get("label_channel") or 0)
        if is_path(image) and is_path(mask):
            label = str(settings["label"])
            volume, labels, remarks = _native.read_case(
                os.fspath(image), os.fspath(mask), label, channel
            )
            for remark in remarks:
                logger.warning("%s", remark)
            return volume, labels, False
        two = False
        if is_path(image):
            volume = _native.read_image(os.fspath(image))
        else:
            image = as_image(image)
            two = image.GetDimension() == 2
            volume = to_volume(image)
        if is_path(mask):
            labels = _native.read_labels(os.fspath(mask), channel)
        else:
            labels = to_labels(as_image(mask, "mask", channel))
        return volume, labels, two

    def _sections(self, settings, two, voxelBased):
        """The sections of a parameter file, and which features of its result are not wanted."""
        written = {
            name: value
            for name, value in settings.items()
            if value is not None and name not in _WITHOUT_EFFECT
        }
        if settings.get("interpolator") is None:
            written.pop("resampledPixelSpacing", None)
        classes: dict[str, list[str]] = {}
        for name, features in self.enabledFeatures.items():
            if name not in FEATURE_CLASSES:
                known = ", ".join(FEATURE_CLASSES)
                raise _settings.SettingsError(f"there is no feature class {name}; there are {known}")
            computed = check_features(name, features or [])
            if computed or not features:
                classes[name] = computed
        if "shape" in classes and two:
            logger.warning("shape is of three dimensions, the image has two: use shape2D")
            del classes["shape"]
        if "shape2D" in classes and not two and not settings.get("force2D"):
            logger.warning("shape2D is computed only with force2D=True")
            del classes["shape2D"]
        if two:
            written.update(force2D=True, force2Ddimension=0)
        types = {}
        for name, own in self.enabledImagetypes.items():
            own = {key: value for key, value in dict(own or {}).items() if value is not None}
            sigma = own.get("sigma", written.get("sigma"))
            if name == "LoG" and (sigma is None or len(np.atleast_1d(sigma)) == 0):
                logger.warning("LoG has no sigma, so it makes no image")
                continue
            types[name] = own
        shapes = {name: classes[name] for name in ("shape", "shape2D") if name in classes}
        if not types and not voxelBased:
            # Without an image there is the shape.
            types, classes = {"Original": {}}, shapes
        nothing = not classes or not types
        if nothing:
            types, classes = {"Original": {}}, {"firstorder": ["Mean"]}
        sections = {"setting": written, "imageType": types, "featureClass": classes}
        return sections, lambda _: nothing

    def _maps(self, sections, hidden, image, mask, settings, two):
        maps, missing = _native.maps(_settings.check(sections), image, mask, settings["label"])
        found: OrderedDict[str, Any] = OrderedDict()
        if settings.get("additionalInfo"):
            little = dict(sections, imageType={"Original": {}}, featureClass={"firstorder": ["Mean"]})
            row = _native.extract(_settings.check(little), image, mask, settings["label"])
            found = self._diagnostics(row[2], settings, two)
        for name, reason in missing:
            logger.warning("%s: no maps (%s)", name, reason)
            self.undefined[name] = reason
        for name, volume in maps:
            if not hidden(name):
                found[name] = preferred(from_native(volume, 2 if two else 3))
        return found

    def _diagnostics(self, texts, settings, two) -> OrderedDict[str, Any]:
        """Diagnostics in the types that PyRadiomics gives them."""
        found: OrderedDict[str, Any] = OrderedDict()
        for name, text in texts:
            if name == "diagnostics_Versions_radiome":
                found.update(_versions(text))
            elif name == "diagnostics_Configuration_Settings":
                found[name] = settings
            elif name == "diagnostics_Configuration_EnabledImageTypes":
                found[name] = self.enabledImagetypes
            else:
                found[name] = _diagnostic(name, text, two)
        return found

    def loadImage(self, ImageFilePath, MaskFilePath, generalInfo=None, **kwargs):
        """Image and mask after normalising and resampling or cropping, as the settings say.

        They are images of SimpleITK where that is installed or was given, else `radiome.Image`.
        """
        from . import imageoperations

        settings = dict(kwargs)
        settings.setdefault("label", 1)
        volume, labels, two = self._load(ImageFilePath, MaskFilePath, settings)
        given = next((one for one in (ImageFilePath, MaskFilePath) if not is_path(one)), None)

        def form(native):
            made = from_native(native, 2 if two else 3)
            return preferred(made) if given is None else like(made, given)

        image, mask = form(volume), form(labels)
        _label_value(labels, settings["label"])
        if settings.get("normalize"):
            image = imageoperations.normalizeImage(image, **settings)
        if settings.get("interpolator") is not None and settings.get("resampledPixelSpacing") is not None:
            image, mask = imageoperations.resampleImage(image, mask, **settings)
        elif settings.get("preCrop"):
            bounds, corrected = imageoperations.checkMask(image, mask, **settings)
            mask = mask if corrected is None else corrected
            image, mask = imageoperations.cropToTumorMask(image, mask, bounds, **settings)
        return image, mask

    def computeShape(self, image, mask, boundingBox, **kwargs) -> OrderedDict[str, Any]:
        """The features of form of a region that lies in an image."""
        from . import getFeatureClasses, imageoperations

        cropped = imageoperations.cropToTumorMask(image, mask, boundingBox)
        found: OrderedDict[str, Any] = OrderedDict()
        for name in ("shape", "shape2D"):
            if name in self.enabledFeatures and (name == "shape" or kwargs.get("force2D")):
                computed = getFeatureClasses()[name](*cropped, **kwargs)
                found.update(self._of_class(name, computed, f"original_{name}_"))
        return found

    def computeFeatures(self, image, mask, imageTypeName: str, **kwargs) -> OrderedDict[str, Any]:
        """The features of all enabled classes but those of form, in an image as it is."""
        from . import getFeatureClasses

        found: OrderedDict[str, Any] = OrderedDict()
        for name in self.enabledFeatures:
            if not name.startswith("shape"):
                computed = getFeatureClasses()[name](image, mask, **kwargs)
                found.update(self._of_class(name, computed, f"{imageTypeName}_{name}_"))
        return found

    def _of_class(self, name, computed, prefix):
        for feature in self.enabledFeatures[name] or []:
            computed.enableFeatureByName(feature)
        return {prefix + feature: value for feature, value in computed.execute().items()}


def _label_value(labels, label) -> int:
    """The value of a label that is given by value or by name."""
    if isinstance(label, str) and not label.strip().isdigit():
        value = labels.label_named(label)
        if value is None:
            raise MaskError(f'the mask has no segment "{label}"')
        return value
    if int(label) != float(label) or int(label) < 1:
        raise MaskError(f"a label is a whole number from 1, not {label}")
    return int(label)


def _versions(own: str) -> dict[str, str]:
    """What PyRadiomics tells of its parts. radiome has its own in their place, and says so."""
    try:
        import SimpleITK

        sitk = SimpleITK.Version().VersionString()
    except ImportError:
        sitk = "none"
    computed = f"radiome {own}"
    return {
        "diagnostics_Versions_PyRadiomics": computed,
        "diagnostics_Versions_Numpy": np.__version__,
        "diagnostics_Versions_SimpleITK": sitk,
        "diagnostics_Versions_PyWavelet": computed,
        "diagnostics_Versions_Python": platform.python_version(),
    }


def _diagnostic(name: str, text: str, two: bool) -> Any:
    what = name.rpartition("_")[2]
    if what == "Hash":
        return text
    if what == "Dimensionality":
        return "2D" if two else text
    if what in ("Mean", "Minimum", "Maximum"):
        return np.float64(text)
    value = ast.literal_eval(text)
    if two and isinstance(value, tuple):
        value = value[:2] + value[3:5]
    if what == "CenterOfMassIndex":
        value = tuple(np.float64(number) for number in value)
    return value
