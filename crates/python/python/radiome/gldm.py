"""Features of the grey level dependence matrix."""

from .base import feature_class

__all__ = ["RadiomicsGLDM"]

RadiomicsGLDM = feature_class("gldm", "RadiomicsGLDM", __name__, "Features of the grey level dependence matrix.")
