"""What radiome raises.

Every exception is a `RadiomeError`, which is a `ValueError`, as PyRadiomics raises; where Python
has a more telling class, it is that too.
"""

from __future__ import annotations

__all__ = [
    "RadiomeError",
    "SettingsError",
    "UnknownFeatureError",
    "ReadError",
    "MissingFileError",
    "MaskError",
    "ExtractionError",
    "InputError",
    "ExtractionWarning",
]


class RadiomeError(ValueError):
    """Something that cannot be done, with what is wrong, where, and what to do."""


class SettingsError(RadiomeError):
    """A setting, image type or feature class that is unknown, or a value that does not fit."""


class UnknownFeatureError(SettingsError, LookupError):
    """A feature that its class does not have."""


class ReadError(RadiomeError, OSError):
    """A file that cannot be read."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class MissingFileError(ReadError, FileNotFoundError):
    """A file that is not there."""


class MaskError(RadiomeError):
    """A mask that is no region of interest: empty, too small, without the label, on another grid."""


class ExtractionError(RadiomeError):
    """An image of which no features can be computed."""


class InputError(RadiomeError):
    """A table, column, option or study that a command cannot use."""


class ExtractionWarning(UserWarning):
    """Some cases gave no features, or were read in a way that should be known."""
