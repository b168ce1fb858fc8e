"""Features of the grey level co-occurrence matrix."""

from .base import feature_class

__all__ = ["RadiomicsGLCM"]

RadiomicsGLCM = feature_class("glcm", "RadiomicsGLCM", __name__, "Features of the grey level co-occurrence matrix.")
