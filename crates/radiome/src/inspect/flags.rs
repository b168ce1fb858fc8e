//! What needs a look before a region is measured.

use radiome_image::{Geometry, Image, Mask, RegionQuality, THICK, TINY};

use super::grid::{orientation, side};
use super::{Agreement, agreement};

/// Something that needs a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, for programs.
    pub code: &'static str,
    /// What was found, and why it matters.
    pub text: String,
}

impl Flag {
    fn new(code: &'static str, text: String) -> Self {
        Self { code, text }
    }
}

/// Everything about a region on its image (`None`: the mask is looked at alone) that needs a look.
#[must_use]
pub fn flags(image: Option<&Image>, mask: &Mask, quality: &RegionQuality) -> Vec<Flag> {
    let mut found = Vec::new();
    if let Some(image) = image {
        match agreement(&image.geometry, &mask.geometry) {
            Agreement::Same => found.extend(values(image, mask)),
            Agreement::Rounding(difference) => {
                found.push(Flag::new(
                    "geometry_rounding",
                    format!("the grids of image and mask differ by rounding: {difference}"),
                ));
                found.extend(values(image, mask));
            }
            Agreement::Different(difference) => found.push(Flag::new(
                "geometry_differs",
                format!("the grids of image and mask differ: {difference}"),
            )),
        }
    }
    if quality.voxels < TINY {
        let voxels = quality.voxels;
        found.push(Flag::new(
            "tiny",
            format!("tiny: {voxels} voxels, where texture needs {TINY} or more"),
        ));
    }
    if let [largest, _, ..] = quality.pieces[..] {
        let count = quality.pieces.len();
        #[allow(clippy::cast_precision_loss)]
        let share = 100.0 * largest as f64 / quality.voxels as f64;
        found.push(Flag::new(
            "several_pieces",
            format!("{count} separate pieces; the largest holds {share:.1} % of the voxels"),
        ));
    }
    if quality.meets_edge() {
        found.push(Flag::new("meets_edge", edge(&mask.geometry, quality)));
    }
    if quality.bounds.dimensions() < 3 && mask.geometry.size.iter().all(|&size| size > 1) {
        found.push(Flag::new(
            "flat",
            "drawn on one slice: its shape in space is not known".into(),
        ));
    }
    found.extend(thick_slices(
        image.map_or(&mask.geometry, |image| &image.geometry),
    ));
    found
}

/// Says where slices are much thicker than pixels are wide.
#[must_use]
pub fn thick_slices(geometry: &Geometry) -> Option<Flag> {
    let thick = geometry.spacing.iter().copied().fold(0.0, f64::max);
    let fine = geometry
        .spacing
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    (thick > THICK * fine).then(|| {
        Flag::new(
            "thick_slices",
            format!(
                "thick slices: {} mm against {} mm in the plane, {:.1} times; texture in space, and \
                 voxels resampled to equal sides, are mostly interpolated along them",
                short(thick),
                short(fine),
                thick / fine
            ),
        )
    })
}

/// Where the region meets the edge of the image.
fn edge(geometry: &Geometry, quality: &RegionQuality) -> String {
    let towards: Vec<char> = orientation(geometry).chars().collect();
    let mut sides = Vec::new();
    for (axis, ends) in quality.at_edge.iter().enumerate() {
        let letter = towards.get(axis).copied().unwrap_or('S');
        let (patient, up) = match letter {
            'L' => (0, true),
            'R' => (0, false),
            'P' => (1, true),
            'A' => (1, false),
            'S' => (2, true),
            _ => (2, false),
        };
        for (end, meets) in [(false, ends[0]), (true, ends[1])] {
            if meets {
                sides.push(name(side(patient, up == end)));
            }
        }
    }
    format!(
        "it meets the edge of the image ({}): part of it may be missing",
        sides.join(", ")
    )
}

fn name(side: char) -> &'static str {
    match side {
        'L' => "left",
        'R' => "right",
        'P' => "back",
        'A' => "front",
        'S' => "head",
        _ => "feet",
    }
}

/// What is odd about the values of the region.
fn values(image: &Image, mask: &Mask) -> Option<Flag> {
    let pairs = image.values.iter().zip(&mask.inside);
    let mut inside = pairs
        .filter(|(_, inside)| **inside)
        .map(|(value, _)| *value);
    let first = inside.next()?;
    let mut all_equal = true;
    let mut not_finite = usize::from(!first.is_finite());
    for value in inside {
        all_equal &= value == first;
        not_finite += usize::from(!value.is_finite());
    }
    if not_finite > 0 {
        let text = format!("{not_finite} of its voxels have values that are no numbers");
        return Some(Flag::new("not_finite", text));
    }
    all_equal.then(|| {
        let text = format!("all its voxels have the value {}", short(first));
        Flag::new("constant", text)
    })
}

/// A length or value with up to four digits after the point.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}
