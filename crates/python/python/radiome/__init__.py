"""radiome: from scans to a validated nomogram.

`RadiomicsFeatureExtractor` computes the features of one region, as PyRadiomics does; `extract` those
of many cases. `radiome.stats` holds the statistics, `Study` and `Model` whole studies and their
models, `radiome.sklearn` estimators for scikit-learn.
"""

from __future__ import annotations

import logging

from ._extract import extract
from ._native import __version__
from ._study import Failure, Model, Study
from .errors import (
    ExtractionError,
    ExtractionWarning,
    InputError,
    MaskError,
    MissingFileError,
    RadiomeError,
    ReadError,
    SettingsError,
    UnknownFeatureError,
)
from .featureextractor import RadiomicsFeatureExtractor
from .image import Image

__all__ = [
    "__version__",
    "ExtractionError",
    "ExtractionWarning",
    "Failure",
    "Image",
    "InputError",
    "MaskError",
    "MissingFileError",
    "Model",
    "RadiomeError",
    "RadiomicsFeatureExtractor",
    "ReadError",
    "SettingsError",
    "Study",
    "UnknownFeatureError",
    "extract",
    "getFeatureClasses",
    "getImageTypes",
    "setVerbosity",
]

#: The logger of the package, and what of it goes to standard error.
logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(message)s"))
handler.setLevel(logging.WARNING)
logger.addHandler(handler)

#: There for scripts that set it; computing is compiled and shows no progress within a case.
progressReporter = None


def setVerbosity(level: int) -> None:
    """Says from which level of `logging` on messages go to standard error; 60 for none."""
    level = min(max(int(level), logging.DEBUG), 60)
    handler.setLevel(level)
    if level < logger.level:
        logger.setLevel(level)


def getImageTypes() -> list[str]:
    """The image types of PyRadiomics.

    >>> import radiome
    >>> "LoG" in radiome.getImageTypes()
    True
    """
    from ._catalogue import IMAGE_TYPES

    return list(IMAGE_TYPES)


def getFeatureClasses() -> dict[str, type]:
    """The feature classes by PyRadiomics' names.

    >>> import radiome
    >>> radiome.getFeatureClasses()["ngtdm"].getFeatureNames()
    {'Busyness': False, 'Coarseness': False, 'Complexity': False, 'Contrast': False, 'Strength': False}
    """
    from .firstorder import RadiomicsFirstOrder
    from .glcm import RadiomicsGLCM
    from .gldm import RadiomicsGLDM
    from .glrlm import RadiomicsGLRLM
    from .glszm import RadiomicsGLSZM
    from .ngtdm import RadiomicsNGTDM
    from .shape import RadiomicsShape
    from .shape2D import RadiomicsShape2D

    return {
        "firstorder": RadiomicsFirstOrder,
        "glcm": RadiomicsGLCM,
        "gldm": RadiomicsGLDM,
        "glrlm": RadiomicsGLRLM,
        "glszm": RadiomicsGLSZM,
        "ngtdm": RadiomicsNGTDM,
        "shape": RadiomicsShape,
        "shape2D": RadiomicsShape2D,
    }
