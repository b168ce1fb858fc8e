"""First order features: the distribution of the values in a region."""

from .base import feature_class

__all__ = ["RadiomicsFirstOrder"]

RadiomicsFirstOrder = feature_class("firstorder", "RadiomicsFirstOrder", __name__, "First order features: the distribution of the values in a region.")
