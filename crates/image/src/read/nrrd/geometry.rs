//! Where the voxels lie.

use std::path::Path;

use super::super::ReadError;
use super::bad;
use super::header::Header;
use crate::Geometry;

impl Header {
    /// Spacing, origin and direction; the size is left to the caller.
    pub(super) fn geometry(&self, path: &Path, axes: &[usize]) -> Result<Geometry, ReadError> {
        let mut geometry = Geometry::axis_aligned([1; 3], [1.0; 3]);
        let Some(directions) = self.field(&["space directions"]) else {
            self.geometry_without_space(path, axes, &mut geometry)?;
            return Ok(geometry);
        };
        if self.field(&["spacings"]).is_some() {
            return Err(bad(
                path,
                "both `spacings` and `space directions` are given".into(),
            ));
        }
        let space = self.field(&["space"]).unwrap_or("").to_lowercase();
        let signs = match space.as_str() {
            "right-anterior-superior" | "ras" => [-1.0, -1.0, 1.0],
            "left-anterior-superior" | "las" => [1.0, -1.0, 1.0],
            _ => [1.0; 3],
        };
        let dimensions = axes.len();
        let entries = vectors(directions);
        for (column, &axis) in axes.iter().enumerate() {
            let found = entries.get(axis);
            let Some(Some(vector)) = found.filter(|vector| {
                vector
                    .as_ref()
                    .is_some_and(|vector| vector.len() == dimensions)
            }) else {
                return Err(bad(
                    path,
                    format!(
                        "`space directions: {directions}` needs one vector of {dimensions} numbers an axis"
                    ),
                ));
            };
            let norm = vector.iter().map(|step| step * step).sum::<f64>().sqrt();
            geometry.spacing[column] = norm;
            // The reference library multiplies by the inverse length.
            let inverse = 1.0 / norm;
            for (row, sign) in signs.iter().enumerate() {
                let step = vector.get(row).copied().unwrap_or(0.0);
                geometry.direction[row][column] = sign * (step * inverse) + 0.0;
            }
        }
        if let Some(text) = self.field(&["space origin"]) {
            let origin = vectors(text);
            let Some(Some(origin)) = origin.first().filter(|origin| {
                origin
                    .as_ref()
                    .is_some_and(|origin| origin.len() == dimensions)
            }) else {
                return Err(bad(
                    path,
                    format!("`space origin: {text}` needs {dimensions} numbers"),
                ));
            };
            for (row, position) in origin.iter().enumerate() {
                geometry.origin[row] = signs[row] * position + 0.0;
            }
        }
        Ok(geometry)
    }

    /// Files older than space directions: `spacings`, `axis mins`, `centers`.
    fn geometry_without_space(
        &self,
        path: &Path,
        axes: &[usize],
        geometry: &mut Geometry,
    ) -> Result<(), ReadError> {
        let numbers = |names: &[&str]| -> Result<Option<Vec<f64>>, ReadError> {
            let Some(text) = self.field(names) else {
                return Ok(None);
            };
            text.split_whitespace()
                .map(|number| number.parse().ok())
                .collect::<Option<Vec<f64>>>()
                .map(Some)
                .ok_or_else(|| bad(path, format!("`{}: {text}` are no numbers", names[0])))
        };
        let spacings = numbers(&["spacings"])?;
        let minima = numbers(&["axis mins", "axismins"])?;
        let centers: Vec<&str> = self
            .field(&["centers", "centerings"])
            .map(|text| text.split_whitespace().collect())
            .unwrap_or_default();
        let Some(spacings) = spacings else {
            return Err(bad(
                path,
                "the header gives no distance between voxels: add `spacings` or `space directions`"
                    .into(),
            ));
        };
        for (column, &axis) in axes.iter().enumerate() {
            let Some(&spacing) = spacings.get(axis) else {
                return Err(bad(path, "`spacings` needs one number an axis".into()));
            };
            geometry.spacing[column] = spacing;
            if let Some(minima) = &minima {
                let Some(&minimum) = minima.get(axis) else {
                    return Err(bad(path, "`axis mins` needs one number an axis".into()));
                };
                let node = centers.get(axis).is_some_and(|center| *center == "node");
                let half = if node {
                    0.0
                } else {
                    geometry.spacing[column] / 2.0
                };
                geometry.origin[column] = minimum + half;
            }
        }
        Ok(())
    }
}

/// Vectors as `(1,0,0) (0,1,0)`; `none` gives `None`, and so does what cannot be read.
fn vectors(text: &str) -> Vec<Option<Vec<f64>>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    // No file has more axes.
    while !rest.is_empty() && found.len() <= 16 {
        if let Some(inner) = rest.strip_prefix('(') {
            let (inside, after) = inner.split_once(')').unwrap_or((inner, ""));
            found.push(
                inside
                    .split(',')
                    .map(|number| number.trim().parse().ok())
                    .collect(),
            );
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push(None);
            rest = rest.get(end..).unwrap_or("").trim_start();
        }
    }
    found
}
