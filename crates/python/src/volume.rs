//! Images and label maps that Python holds on to.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiome::extract::{self, Case, Label};
use radiome_image::{Geometry, Image, LabelMap, PixelType, read};

use crate::error;

/// Size, spacing and origin along x, y, z, and the direction cosines row by row.
type Grid = ([usize; 3], [f64; 3], [f64; 3], [f64; 9]);

/// The names that numpy gives to the types of voxels.
const TYPES: [(&str, PixelType); 10] = [
    ("uint8", PixelType::U8),
    ("int8", PixelType::I8),
    ("uint16", PixelType::U16),
    ("int16", PixelType::I16),
    ("uint32", PixelType::U32),
    ("int32", PixelType::I32),
    ("uint64", PixelType::U64),
    ("int64", PixelType::I64),
    ("float32", PixelType::F32),
    ("float64", PixelType::F64),
];

/// An image.
#[pyclass(frozen, module = "radiome._native")]
pub(crate) struct Volume(pub(crate) Arc<Image>);

/// A label map.
#[pyclass(frozen, module = "radiome._native")]
pub(crate) struct Labels(pub(crate) Arc<LabelMap>);

impl From<Image> for Volume {
    fn from(image: Image) -> Self {
        Self(Arc::new(image))
    }
}

impl From<LabelMap> for Labels {
    fn from(labels: LabelMap) -> Self {
        Self(Arc::new(labels))
    }
}

/// The 64-bit floats whose bytes, in the machine's order, these are.
///
/// Arrays travel as bytes, for the interface of buffers is not part of what Python promises to keep
/// stable in version 3.10.
pub(crate) fn numbers(bytes: &[u8]) -> Vec<f64> {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().map(|word| f64::from_ne_bytes(*word)).collect()
}

/// The bytes of numbers, in the machine's order.
fn bytes<'py, T: Copy, const N: usize>(
    py: Python<'py>,
    values: &[T],
    of: impl Fn(T) -> [u8; N],
) -> Bound<'py, PyBytes> {
    let bytes: Vec<u8> = values.iter().flat_map(|&value| of(value)).collect();
    PyBytes::new(py, &bytes)
}

fn geometry((size, spacing, origin, direction): Grid, values: usize) -> PyResult<Geometry> {
    let wrong = |what: String| Err(PyValueError::new_err(what));
    let positive = |value: &f64| value.is_finite() && *value > 0.0;
    if !spacing.iter().all(positive) {
        return wrong(format!("the spacing must be positive, not {spacing:?}"));
    }
    if let Some(value) = (origin.iter().chain(&direction)).find(|value| !value.is_finite()) {
        return wrong(format!("origin and direction must be finite, not {value}"));
    }
    let rows = direction.as_chunks::<3>().0;
    let [a, b, c] = [rows[0], rows[1], rows[2]];
    let determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0]);
    if determinant == 0.0 {
        return wrong(format!("the direction {direction:?} has no inverse"));
    }
    let geometry = Geometry {
        size,
        spacing,
        origin,
        direction: [a, b, c],
    };
    if geometry.voxel_count() != values || values == 0 {
        return wrong(format!("{values} values do not fill a grid of {size:?}"));
    }
    Ok(geometry)
}

fn grid(geometry: &Geometry) -> Grid {
    let direction = std::array::from_fn(|place| geometry.direction[place / 3][place % 3]);
    (geometry.size, geometry.spacing, geometry.origin, direction)
}

#[pymethods]
impl Volume {
    /// An image of numbers, x fastest, that were stored as `dtype`.
    #[new]
    fn new(values: &[u8], dtype: &str, grid: Grid) -> PyResult<Self> {
        let values = numbers(values);
        let known = TYPES.iter().find(|(name, _)| *name == dtype);
        let Some(&(_, pixel_type)) = known else {
            let told = format!("voxels of type {dtype} are not read; convert them to float64");
            return Err(PyValueError::new_err(told));
        };
        let image = Image {
            geometry: geometry(grid, values.len())?,
            pixel_type,
            values,
        };
        Ok(image.into())
    }

    /// The values, x fastest, as the bytes of 64-bit floats.
    fn values<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, &self.0.values, |value| value.to_ne_bytes())
    }

    /// numpy's name of the type in which they were stored.
    #[getter]
    fn dtype(&self) -> &'static str {
        let known = TYPES.iter().find(|(_, kind)| *kind == self.0.pixel_type);
        known.map_or("float64", |(name, _)| name)
    }

    #[getter]
    fn grid(&self) -> Grid {
        grid(&self.0.geometry)
    }
}

#[pymethods]
impl Labels {
    /// A label map, x fastest, of the bytes of 32-bit unsigned integers.
    #[new]
    fn new(values: &[u8], grid: Grid) -> PyResult<Self> {
        let (words, _) = values.as_chunks::<4>();
        let labels = LabelMap {
            geometry: geometry(grid, words.len())?,
            labels: words.iter().map(|word| u32::from_ne_bytes(*word)).collect(),
            segments: Vec::new(),
        };
        Ok(labels.into())
    }

    /// The labels, x fastest, as the bytes of 32-bit unsigned integers.
    fn values<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, &self.0.labels, |label| label.to_ne_bytes())
    }

    /// numpy's name of the type of the labels.
    #[getter]
    fn dtype(&self) -> &'static str {
        "uint32"
    }

    #[getter]
    fn grid(&self) -> Grid {
        grid(&self.0.geometry)
    }

    /// The value of a named segment.
    fn label_named(&self, name: &str) -> Option<u32> {
        self.0.label_named(name)
    }
}

/// Reads an image file.
#[pyfunction]
pub(crate) fn read_image(py: Python<'_>, path: PathBuf) -> PyResult<Volume> {
    let image = py.detach(|| read::image(&path));
    image
        .map(Volume::from)
        .map_err(|error| error::of_reading(py, &error))
}

/// Reads one label map of a mask file.
#[pyfunction]
pub(crate) fn read_labels(py: Python<'_>, path: PathBuf, channel: usize) -> PyResult<Labels> {
    let labels = py.detach(|| read::labels_of_channel(&path, channel));
    labels
        .map(Labels::from)
        .map_err(|error| error::of_reading(py, &error))
}

/// Reads an image and its mask, with what is to be known of how they were read; either may be DICOM.
#[pyfunction]
pub(crate) fn read_case(
    py: Python<'_>,
    image: PathBuf,
    mask: PathBuf,
    label: Option<String>,
    channel: usize,
) -> PyResult<(Volume, Labels, Vec<String>)> {
    let case = Case {
        id: image.display().to_string(),
        image,
        mask,
        label: label.map(|text| match text.parse::<Label>() {
            Ok(label) => label,
        }),
        channel: None,
        protocol: 0,
    };
    match py.detach(|| extract::read(&case, channel)) {
        Ok(read) => {
            let remarks = read.remarks.into_iter().map(|remark| remark.text);
            Ok((read.image.into(), read.labels.into(), remarks.collect()))
        }
        Err(failure) => Err(error::of_failure(py, &failure)),
    }
}
