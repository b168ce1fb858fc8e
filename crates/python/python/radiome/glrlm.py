"""Features of the grey level run length matrix."""

from .base import feature_class

__all__ = ["RadiomicsGLRLM"]

RadiomicsGLRLM = feature_class("glrlm", "RadiomicsGLRLM", __name__, "Features of the grey level run length matrix.")
