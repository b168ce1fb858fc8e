"""Images: numbers on a grid in the patient."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from . import _native

__all__ = ["Image"]


class Image:
    """Numbers on a grid, for those who do not use SimpleITK.

    Conventions are SimpleITK's: the array runs z, y, x; all else runs x, y, z, in millimetres, in
    the patient coordinates of DICOM (left, posterior, superior).

    Parameters
    ----------
    array : array_like
        Values in 3 dimensions (z, y, x) or 2 (y, x). A mask holds whole numbers from 0, or booleans.
    spacing : sequence of float
        Distance of neighbouring voxels along x, y (and z).
    origin : sequence of float, optional
        Place of the first voxel; 0 by default.
    direction : array_like, optional
        Direction cosines, row by row; the axes of the patient by default.

    Examples
    --------
    >>> import numpy as np, radiome
    >>> image = radiome.Image(np.zeros((2, 3, 4)), spacing=(1.0, 1.0, 5.0))
    >>> image.GetSize(), image.GetSpacing()
    ((4, 3, 2), (1.0, 1.0, 5.0))
    """

    __slots__ = ("array", "spacing", "origin", "direction")

    def __init__(self, array, spacing, origin=None, direction=None):
        array = np.asarray(array)
        if array.ndim not in (2, 3):
            raise ValueError(f"an image has 2 or 3 dimensions, this array has {array.ndim}")
        n = array.ndim
        if origin is None:
            origin = (0.0,) * n
        if direction is None:
            direction = np.eye(n)
        self.array: np.ndarray = array
        self.spacing: tuple[float, ...] = _numbers("spacing", spacing, n)
        self.origin: tuple[float, ...] = _numbers("origin", origin, n)
        self.direction: tuple[float, ...] = _numbers("direction", np.ravel(direction), n * n)

    def GetSize(self) -> tuple[int, ...]:
        """Number of voxels along x, y (and z)."""
        return tuple(int(size) for size in self.array.shape[::-1])

    def GetDimension(self) -> int:
        """Number of dimensions, 2 or 3."""
        return self.array.ndim

    def GetSpacing(self) -> tuple[float, ...]:
        """Distance of neighbouring voxels along x, y (and z), in mm."""
        return self.spacing

    def GetOrigin(self) -> tuple[float, ...]:
        """Place of the first voxel, in mm."""
        return self.origin

    def GetDirection(self) -> tuple[float, ...]:
        """Direction cosines, row by row."""
        return self.direction

    def __array__(self, dtype=None, copy=None):
        if copy:
            return np.array(self.array, dtype=dtype)
        return np.asarray(self.array, dtype=dtype)

    def __repr__(self) -> str:
        size = " x ".join(str(size) for size in self.GetSize())
        return f"<radiome.Image {size}, {self.array.dtype}, spacing {self.spacing}>"

    def to_sitk(self):
        """The same as an image of SimpleITK, which must be installed."""
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(self.array)
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)
        return image

    @classmethod
    def from_sitk(cls, image) -> Image:
        """The same as an image of SimpleITK."""
        import SimpleITK as sitk

        array = sitk.GetArrayFromImage(image)
        return cls(array, image.GetSpacing(), image.GetOrigin(), image.GetDirection())


def _numbers(what: str, values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != count:
        raise ValueError(f"{what} has {len(numbers)} numbers, the image needs {count}")
    return numbers


def is_path(value: Any) -> bool:
    """Whether something names a file."""
    return isinstance(value, (str, os.PathLike))


def is_sitk(value: Any) -> bool:
    """Whether something is an image of SimpleITK, or behaves like one."""
    if isinstance(value, Image):
        return False
    return all(hasattr(value, name) for name in ("GetSpacing", "GetOrigin", "GetDirection"))


def as_image(value: Any, what: str = "image", channel: int = 0) -> Image:
    """An image of SimpleITK as one of radiome; of several numbers a voxel, one channel."""
    if isinstance(value, Image):
        return value
    if is_sitk(value):
        import SimpleITK as sitk

        array = sitk.GetArrayFromImage(value)
        dimension = value.GetDimension()
        if array.ndim > dimension:
            count = array.shape[-1]
            if what == "image":
                raise ValueError(f"the image has {count} numbers a voxel, it must have one")
            if not 0 <= channel < count:
                raise ValueError(
                    f"label_channel {channel} is not there: the mask has {count} channels, "
                    "counted from 0"
                )
            array = array[..., channel]
        return Image(array, value.GetSpacing(), value.GetOrigin(), value.GetDirection())
    if isinstance(value, np.ndarray):
        raise TypeError(
            f"an array does not say how far its voxels are apart: give the {what} as "
            "radiome.Image(array, spacing)"
        )
    raise ValueError(
        f"the {what} must be a path, a SimpleITK image or a radiome.Image, "
        f"not {type(value).__name__}"
    )


def _grid(image: Image):
    """The grid in three dimensions."""
    if image.array.ndim == 3:
        return image.GetSize(), image.spacing, image.origin, image.direction
    a, b, c, d = image.direction
    return (
        (*image.GetSize(), 1),
        (*image.spacing, 1.0),
        (*image.origin, 0.0),
        (a, b, 0.0, c, d, 0.0, 0.0, 0.0, 1.0),
    )


#: From here on a float cannot tell a whole number from its neighbour.
_EXACT = 2**53


def to_volume(image: Image) -> _native.Volume:
    """The image as the compiled part has it."""
    array = image.array
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise ValueError(f"an image holds numbers of up to 64 bits, not {array.dtype}")
    if array.dtype.itemsize == 8 and array.dtype.kind in "iu" and array.size:
        if int(array.max()) > _EXACT or int(array.min()) < -_EXACT:
            raise ValueError("whole numbers beyond 2^53 cannot be told apart: scale the image down")
    values = np.ascontiguousarray(array, dtype=np.float64).tobytes()
    return _native.Volume(values, array.dtype.name, _grid(image))


def to_labels(mask: Image) -> _native.Labels:
    """The mask as the compiled part has it."""
    array = mask.array
    if array.dtype.kind not in "biuf":
        raise ValueError(f"a mask holds whole numbers, not {array.dtype}")
    if array.size and array.dtype.kind != "b":
        whole = array.dtype.kind in "iu" or np.array_equal(array, np.floor(array))
        if not whole or array.min() < 0 or array.max() > np.iinfo(np.uint32).max:
            raise ValueError("a mask holds whole numbers from 0; this one has other values")
    values = np.ascontiguousarray(array, dtype=np.uint32).tobytes()
    return _native.Labels(values, _grid(mask))


def from_native(native, dimension: int = 3) -> Image:
    """What the compiled part made, as an image; in two dimensions where it came in two."""
    size, spacing, origin, direction = native.grid
    kind = np.uint32 if isinstance(native, _native.Labels) else np.float64
    array = np.frombuffer(native.values(), kind).astype(native.dtype).reshape(size[::-1])
    if dimension == 2:
        direction = (direction[0], direction[1], direction[3], direction[4])
        return Image(array[0], spacing[:2], origin[:2], direction)
    return Image(array, spacing, origin, direction)


def like(made: Image, given: Any):
    """An image in the form in which another one was given: SimpleITK's, or radiome's."""
    return made.to_sitk() if is_sitk(given) else made


def preferred(made: Image):
    """An image of SimpleITK where that is installed."""
    try:
        return made.to_sitk()
    except ImportError:
        return made
