"""What is done with image and mask before features are computed, with PyRadiomics' interface.

Images are given and handed back as SimpleITK's, or as `radiome.Image`. Settings are keyword
arguments of PyRadiomics' names; those that a step does not heed have no effect.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from . import _native, _settings
from ._catalogue import IMAGE_TYPES
from .errors import ExtractionError
from .image import as_image, from_native, like, to_labels, to_volume

logger = logging.getLogger(__name__)

_OF_MASKS = ("minimumROIDimensions", "minimumROISize", "geometryTolerance", "correctMask")
_OF_RESAMPLING = ("resampledPixelSpacing", "interpolator", "padDistance")
_OF_RESEGMENTATION = ("resegmentRange", "resegmentMode")


def _text(kwargs: dict[str, Any], names) -> str:
    written = {name: kwargs[name] for name in names if kwargs.get(name) is not None}
    return _settings.check({"setting": written})


def getMask(mask, **kwargs):
    """The label map of a mask: of several, that of ``label_channel``; whole numbers of 32 bits."""
    found = as_image(mask, "mask", int(kwargs.get("label_channel") or 0))
    labels = from_native(to_labels(found), found.GetDimension())
    label = int(kwargs.get("label") or 1)
    present = np.unique(labels.array)
    present = present[present != 0]
    if not present.size:
        raise ValueError("nothing is drawn in the mask")
    if label not in present:
        raise ValueError(f"no voxel of the mask has label {label}; labels there: {present.tolist()}")
    return like(labels, mask)


def checkMask(imageNode, maskNode, **kwargs):
    """Checks a region and finds the box around it.

    Returns
    -------
    boundingBox : numpy.ndarray
        First and last voxel along x, then y, then z.
    correctedMask
        The mask on the image's grid where it was on another one and ``correctMask`` is set; else
        None.
    """
    image, mask = as_image(imageNode), as_image(maskNode, "mask")
    label = int(kwargs.get("label") or 1)
    text = _text(kwargs, _OF_MASKS)
    (lower, upper), corrected = _native.check_mask(text, to_volume(image), to_labels(mask), label)
    bounds = np.array([lower, upper]).T[: image.GetDimension()].ravel()
    if corrected is None:
        return bounds, None
    return bounds, like(from_native(corrected, image.GetDimension()), maskNode)


def cropToTumorMask(imageNode, maskNode, boundingBox, **kwargs):
    """The part of image and mask in a box and ``padDistance`` voxels around it."""
    image, mask = as_image(imageNode), as_image(maskNode, "mask")
    bounds = [int(index) for index in boundingBox]
    if image.GetDimension() == 2:
        bounds += [0, 0]
    margin = int(kwargs.get("padDistance") or 0)
    box = (bounds[0::2], bounds[1::2])
    made = _native.crop(to_volume(image), to_labels(mask), box, margin)
    given = (imageNode, maskNode)
    return tuple(like(from_native(one, image.GetDimension()), node) for one, node in zip(made, given))


def resampleImage(imageNode, maskNode, **kwargs):
    """Image and region resampled to ``resampledPixelSpacing`` around the region.

    Without a spacing they are given back as they are.
    """
    image, mask = as_image(imageNode), as_image(maskNode, "mask")
    label = int(kwargs.get("label") or 1)
    text = _text(kwargs, _OF_RESAMPLING)
    made = _native.resample(text, to_volume(image), to_labels(mask), label)
    if made is None:
        return imageNode, maskNode
    given = (imageNode, maskNode)
    return tuple(like(from_native(one, image.GetDimension()), node) for one, node in zip(made, given))


def normalizeImage(image, **kwargs):
    """The image with mean 0 and standard deviation ``normalizeScale``."""
    found = as_image(image)
    outliers = kwargs.get("removeOutliers")
    outliers = None if outliers is None else float(outliers)
    scale = kwargs.get("normalizeScale")
    made = _native.normalize(to_volume(found), 1.0 if scale is None else float(scale), outliers)
    return like(from_native(made, found.GetDimension()), image)


def resegmentMask(imageNode, maskNode, **kwargs):
    """The region without the voxels whose value lies outside ``resegmentRange``."""
    image, mask = as_image(imageNode), as_image(maskNode, "mask")
    label = int(kwargs.get("label") or 1)
    text = _text(kwargs, _OF_RESEGMENTATION)
    made = _native.resegment(text, to_volume(image), to_labels(mask), label)
    if made is None:
        return maskNode
    return like(from_native(made, image.GetDimension()), maskNode)


#: The settings that each filter heeds.
_OF_FILTERS: dict[str, tuple[str, ...]] = {
    "LoG": ("sigma",),
    "Wavelet": ("wavelet", "level", "start_level"),
    "Gradient": ("gradientUseSpacing",),
    "LBP2D": ("lbp2DRadius", "lbp2DSamples", "lbp2DMethod"),
    "LBP3D": ("lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision"),
}


def _filter(image_type: str):
    def images(inputImage, _inputMask=None, **kwargs):
        if image_type == "Original":
            yield inputImage, "original", kwargs
            return
        heeded = _OF_FILTERS.get(image_type, ())
        own = {name: kwargs[name] for name in heeded if kwargs.get(name) is not None}
        # Each sigma is tried alone: the image may be too small for some.
        each = [own]
        if image_type == "LoG":
            each = [{"sigma": [float(sigma)]} for sigma in np.atleast_1d(own.get("sigma", []))]
        common = ("force2D", "force2Ddimension")
        written = {name: kwargs[name] for name in common if kwargs.get(name) is not None}
        found = as_image(inputImage)
        volume = to_volume(found)
        for own in each:
            sections = {"setting": written, "imageType": {image_type: own}}
            try:
                made = _native.filter(_settings.check(sections), volume)
            except ExtractionError as error:
                logger.warning("%s makes no image: %s", image_type, error)
                continue
            for name, native in made:
                yield like(from_native(native, found.GetDimension()), inputImage), name, kwargs

    images.__name__ = images.__qualname__ = f"get{image_type}Image"
    images.__doc__ = f"Yields each {image_type} image with its name and the settings."
    return images


for _type in IMAGE_TYPES:
    globals()[f"get{_type}Image"] = _filter(_type)
