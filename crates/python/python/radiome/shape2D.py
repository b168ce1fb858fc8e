"""Features of the form of a region of one slice."""

from .base import feature_class

__all__ = ["RadiomicsShape2D"]

RadiomicsShape2D = feature_class("shape2D", "RadiomicsShape2D", __name__, "Features of the form of a region of one slice.")
