//! Regions that overlap, as label maps in which none does.

use crate::{Geometry, LabelMap, Mask, Segment};

/// Puts regions of one grid into as few label maps as their order allows: each goes into the first
/// map in which no voxel of it is taken, under the label of its segment. Regions that do not
/// overlap lie in one map; one without a voxel is named in the first.
///
/// Labels must differ from each other and from 0, the background.
///
/// # Examples
/// ```
/// use radiome_image::{Geometry, Mask, Segment, layers_of};
///
/// let grid = Geometry::axis_aligned([3, 1, 1], [1.0; 3]);
/// let region = |name: &str, label, inside: [bool; 3]| {
///     let mask = Mask { geometry: grid.clone(), inside: inside.to_vec() };
///     (Segment { name: name.into(), label }, mask)
/// };
/// let layers = layers_of(&grid, [
///     region("Whole", 1, [true, true, false]),
///     region("Core", 2, [true, false, false]),
///     region("Node", 3, [false, false, true]),
/// ]);
/// assert_eq!(layers[0].labels, [1, 1, 3]);
/// assert_eq!(layers[1].labels, [2, 0, 0]);
/// ```
#[must_use]
pub fn layers_of(
    geometry: &Geometry,
    regions: impl IntoIterator<Item = (Segment, Mask)>,
) -> Vec<LabelMap> {
    let empty = || LabelMap {
        geometry: geometry.clone(),
        labels: vec![0; geometry.voxel_count()],
        segments: Vec::new(),
    };
    let mut layers: Vec<LabelMap> = Vec::new();
    for (segment, mask) in regions {
        let free = |layer: &LabelMap| {
            let mut voxels = layer.labels.iter().zip(&mask.inside);
            voxels.all(|(&label, &inside)| label == 0 || !inside)
        };
        let place = layers.iter().position(free).unwrap_or_else(|| {
            layers.push(empty());
            layers.len() - 1
        });
        if let Some(layer) = layers.get_mut(place) {
            for (label, inside) in layer.labels.iter_mut().zip(&mask.inside) {
                if *inside {
                    *label = segment.label;
                }
            }
            layer.segments.push(segment);
        }
    }
    layers
}
