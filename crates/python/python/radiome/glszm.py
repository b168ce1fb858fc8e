"""Features of the grey level size zone matrix."""

from .base import feature_class

__all__ = ["RadiomicsGLSZM"]

RadiomicsGLSZM = feature_class("glszm", "RadiomicsGLSZM", __name__, "Features of the grey level size zone matrix.")
