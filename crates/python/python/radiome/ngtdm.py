"""Features of the neighbouring grey tone difference matrix."""

from .base import feature_class

__all__ = ["RadiomicsNGTDM"]

RadiomicsNGTDM = feature_class("ngtdm", "RadiomicsNGTDM", __name__, "Features of the neighbouring grey tone difference matrix.")
