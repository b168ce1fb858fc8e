"""Features of the form of a region."""

from .base import feature_class

__all__ = ["RadiomicsShape"]

RadiomicsShape = feature_class("shape", "RadiomicsShape", __name__, "Features of the form of a region.")
