//! Made-up regions on made-up images.

use radiome_figures::figure::region_overview::{Histogram, Plane, RegionOverview};

/// A bright ellipse with a darker core, and its outline.
fn plane(name: &str, note: &str, columns: usize, rows: usize, spacing: [f64; 2]) -> Plane {
    let inside = |x: usize, y: usize, radius: f64| {
        let share = |at: usize, count: usize| (at as f64 + 0.5) / count as f64 - 0.5;
        share(x, columns).hypot(share(y, rows)) < radius
    };
    let grey = |place: usize| {
        let (x, y) = (place % columns, place / columns);
        match (inside(x, y, 0.45), inside(x, y, 0.2)) {
            (_, true) => 90,
            (true, _) => 170 + ((x * 7 + y * 13) % 40) as u8,
            _ => ((x + y) % 8) as u8,
        }
    };
    let (right, bottom) = (columns as f64, rows as f64);
    Plane {
        name: name.into(),
        note: note.into(),
        columns,
        greys: (0..columns * rows).map(grey).collect(),
        spacing,
        contour: vec![
            vec![(0.3 * right, 0.3 * bottom), (0.7 * right, 0.3 * bottom)],
            vec![(0.7 * right, 0.3 * bottom), (0.7 * right, 0.7 * bottom)],
        ],
    }
}

/// Three planes of a scan with thick slices.
pub(crate) fn region(long: Option<&str>) -> RegionOverview {
    let name = |text: &str| match long {
        Some(long) => format!("{text}, {long}"),
        None => text.to_owned(),
    };
    RegionOverview {
        title: name("t1.nii.gz with t1_mask.nii.gz, Tumour (label 1)"),
        planes: vec![
            plane(
                &name("Axial, slice 12 of 40"),
                "R left, A top; 0.98 × 0.98 mm",
                120,
                100,
                [0.98; 2],
            ),
            plane(
                &name("Coronal, slice 150 of 512"),
                "R left, S top; 0.98 × 5.5 mm",
                120,
                14,
                [0.98, 5.5],
            ),
            plane(
                "Sagittal, slice 130 of 512",
                &name("A left, S top"),
                100,
                14,
                [0.98, 5.5],
            ),
        ],
        histogram: Some(Histogram {
            label: name("Intensity in the region"),
            low: 12.0,
            high: 1834.0,
            counts: (0..48).map(|bin| 40 * bin * (48 - bin) + 7).collect(),
        }),
        notes: vec![
            "512 × 512 × 40 voxels of 0.98 × 0.98 × 5.5 mm".into(),
            name("region: 25,693 voxels, 80.12 ml, in a box of 60 × 70 × 14"),
        ],
        flags: vec![
            "thick slices: 5.5 mm against 0.98 mm in the plane, 5.6 times".into(),
            name("2 separate pieces; the largest holds 98.2 % of the voxels"),
        ],
    }
}
