//! Three planes of an image as they are hung up: axial seen from the feet, coronal from the front,
//! sagittal from the left with the front to the left.

use radiome_figures::figure::region_overview::Plane;
use radiome_image::{BoundingBox, Image, Mask};

use super::flags::short;
use super::grid::{patient_axes, side};

/// Room shown around the region, in mm, at least; else half its width.
const ROOM: f64 = 25.0;

/// Percentiles of the values shown that are black and white.
const WINDOW: [f64; 2] = [0.01, 0.995];

/// A plane by the patient's axes that run across and down the page, and whether each runs the way of
/// LPS.
struct View {
    name: &'static str,
    across: (usize, bool),
    down: (usize, bool),
    through: usize,
}

const VIEWS: [View; 3] = [
    View {
        name: "Axial",
        across: (0, true),
        down: (1, true),
        through: 2,
    },
    View {
        name: "Coronal",
        across: (0, true),
        down: (2, false),
        through: 1,
    },
    View {
        name: "Sagittal",
        across: (1, true),
        down: (2, false),
        through: 0,
    },
];

/// The planes through a voxel, cut to the box of the region and some room around it, or whole.
pub(super) fn planes(
    image: &Image,
    mask: Option<&Mask>,
    centre: [usize; 3],
    bounds: Option<&BoundingBox>,
) -> Vec<Plane> {
    let shown = shown(image, bounds);
    let sections: Vec<(Plane, Vec<f64>)> = VIEWS
        .iter()
        .map(|view| section(image, mask, centre, &shown, view))
        .collect();
    let mut all: Vec<f64> = sections
        .iter()
        .flat_map(|(_, values)| values.iter().copied().filter(|value| value.is_finite()))
        .collect();
    all.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let place = (share * all.len().saturating_sub(1) as f64).round() as usize;
        all.get(place).copied().unwrap_or(0.0)
    };
    let [black, white] = WINDOW.map(at);
    let grey = |value: f64| {
        let share = (value - black) / (white - black);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let grey = (255.0 * share.clamp(0.0, 1.0)).round() as u8;
        grey
    };
    sections
        .into_iter()
        .map(|(mut plane, values)| {
            plane.greys = values.into_iter().map(grey).collect();
            plane
        })
        .collect()
}

/// The box that is shown.
fn shown(image: &Image, bounds: Option<&BoundingBox>) -> BoundingBox {
    let last = image.geometry.size.map(|size| size.saturating_sub(1));
    let Some(bounds) = bounds else {
        return BoundingBox {
            lower: [0; 3],
            upper: last,
        };
    };
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let room: [usize; 3] = std::array::from_fn(|axis| {
        let step = image.geometry.spacing[axis];
        let wide = bounds.size()[axis] as f64 * step;
        ((0.5 * wide).max(ROOM) / step).ceil().min(1e9) as usize
    });
    BoundingBox {
        lower: std::array::from_fn(|axis| bounds.lower[axis].saturating_sub(room[axis])),
        upper: std::array::from_fn(|axis| (bounds.upper[axis] + room[axis]).min(last[axis])),
    }
}

/// The values of one plane and the outline of the mask on it.
fn section(
    image: &Image,
    mask: Option<&Mask>,
    centre: [usize; 3],
    shown: &BoundingBox,
    view: &View,
) -> (Plane, Vec<f64>) {
    let geometry = &image.geometry;
    let places = patient_axes(geometry);
    let index_axis = |patient: usize| places.iter().position(|&p| p == patient).unwrap_or(0);
    let (x, y, z) = (
        index_axis(view.across.0),
        index_axis(view.down.0),
        index_axis(view.through),
    );
    // The voxels along an index axis in the order of the page.
    let along = |axis: usize, patient: usize, up: bool| -> Vec<usize> {
        let all = shown.lower[axis]..=shown.upper[axis];
        let same_way = (geometry.direction[patient][axis] >= 0.0) == up;
        match same_way {
            true => all.collect(),
            false => all.rev().collect(),
        }
    };
    let across = along(x, view.across.0, view.across.1);
    let down = along(y, view.down.0, view.down.1);
    let offset = |column: usize, row: usize| {
        let mut index = centre;
        index[x] = column;
        index[y] = row;
        geometry.offset(index)
    };
    let mut values = Vec::with_capacity(across.len() * down.len());
    for &row in &down {
        for &column in &across {
            let value = image.values.get(offset(column, row));
            values.push(value.copied().unwrap_or(f64::NAN));
        }
    }
    let inside = |column: usize, row: usize| -> bool {
        let (Some(mask), Some(&column), Some(&row)) = (mask, across.get(column), down.get(row))
        else {
            return false;
        };
        mask.inside
            .get(offset(column, row))
            .copied()
            .unwrap_or(false)
    };
    let spacing = [geometry.spacing[x], geometry.spacing[y]];
    let plane = Plane {
        name: format!(
            "{}, slice {} of {}",
            view.name,
            centre[z] + 1,
            geometry.size[z]
        ),
        note: format!(
            "{} left, {} top; {} × {} mm",
            side(view.across.0, !view.across.1),
            side(view.down.0, !view.down.1),
            short(spacing[0]),
            short(spacing[1])
        ),
        columns: across.len(),
        greys: Vec::new(),
        spacing,
        contour: outline(across.len(), down.len(), inside),
    };
    (plane, values)
}

/// The edges between voxels inside and outside, joined where they go on straight.
#[allow(clippy::cast_precision_loss)]
fn outline(
    columns: usize,
    rows: usize,
    inside: impl Fn(usize, usize) -> bool,
) -> Vec<Vec<(f64, f64)>> {
    let mut lines = Vec::new();
    let differs = |a: Option<(usize, usize)>, b: Option<(usize, usize)>| {
        let is_in = |place: Option<(usize, usize)>| place.is_some_and(|(x, y)| inside(x, y));
        is_in(a) != is_in(b)
    };
    // Edges that lie between two rows, then those between two columns.
    let mut edges = |lanes: usize, steps: usize, upright: bool| {
        for lane in 0..=lanes {
            let mut start = None;
            for step in 0..=steps {
                let place = |lane: Option<usize>| {
                    let lane = lane.filter(|&lane| lane < lanes)?;
                    Some(if upright { (lane, step) } else { (step, lane) })
                };
                let edge = step < steps && differs(place(lane.checked_sub(1)), place(Some(lane)));
                match (edge, start) {
                    (true, None) => start = Some(step),
                    (false, Some(first)) => {
                        let point = |step: usize| match upright {
                            true => (lane as f64, step as f64),
                            false => (step as f64, lane as f64),
                        };
                        lines.push(vec![point(first), point(step)]);
                        start = None;
                    }
                    _ => {}
                }
            }
        }
    };
    edges(rows, columns, false);
    edges(columns, rows, true);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use radiome_image::{Geometry, PixelType};

    #[test]
    fn outlines_are_closed_and_straight_edges_joined() {
        // A block of 2 x 1 at the left edge.
        let mut lines = outline(3, 3, |column, row| column < 2 && row == 1);
        lines.sort_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
        let line = |a, b| vec![a, b];
        assert_eq!(
            lines,
            [
                line((0.0, 1.0), (0.0, 2.0)),
                line((0.0, 1.0), (2.0, 1.0)),
                line((0.0, 2.0), (2.0, 2.0)),
                line((2.0, 1.0), (2.0, 2.0)),
            ]
        );
    }

    #[test]
    fn planes_are_hung_up_the_radiologists_way() {
        // Index x runs to the right, y to the front, z to the feet: all against LPS.
        let mut geometry = Geometry::axis_aligned([2, 3, 4], [1.0, 2.0, 5.0]);
        geometry.direction = [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]];
        let values = (0..24).map(f64::from).collect();
        let image = Image {
            geometry,
            pixel_type: PixelType::F64,
            values,
        };
        let planes = planes(&image, None, [0; 3], None);
        let shapes: Vec<_> = planes.iter().map(|p| (p.columns, p.greys.len())).collect();
        assert_eq!(shapes, [(2, 6), (2, 8), (3, 12)]);
        // Axial through z = 0: the top left voxel is the patient's right and front: x = 1, y = 2.
        assert!(
            planes[0].greys[0] > planes[0].greys[5],
            "{:?}",
            planes[0].greys
        );
        // Coronal: the head is the low end of index z, so rows rise down the page.
        assert!(planes[1].greys[0] < planes[1].greys[6]);
        assert_eq!(planes[0].note, "R left, A top; 1 × 2 mm");
        assert_eq!(planes[2].note, "A left, S top; 2 × 5 mm");
        assert_eq!(planes[1].spacing, [1.0, 5.0]);
    }
}
