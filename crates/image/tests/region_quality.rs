//! Pieces, middles and edges of regions, against SciPy and by hand.

mod support;

use radiome_image::{Geometry, Mask, RegionQuality, read};

#[test]
fn contours_of_patients_against_scipy() {
    let Some(data) = support::shared() else {
        return;
    };
    let rows = support::table(support::reference("region_quality/region_quality.csv"));
    assert_eq!(rows.len(), 46);
    for row in rows {
        let name = &row["mask"];
        let mask = read::labels(data.join(name)).unwrap().mask(1);
        let quality = RegionQuality::of(&mask).unwrap();
        assert_eq!(quality.voxels.to_string(), row["voxels"], "{name}");
        let volume: f64 = row["volume"].parse().unwrap();
        // Three products in another order.
        assert!((quality.volume / volume - 1.0).abs() < 1e-15, "{name}");
        let pieces: Vec<String> = quality.pieces.iter().map(usize::to_string).collect();
        assert_eq!(pieces.join(" "), row["pieces"], "{name}");
        for (ours, theirs) in quality.centre.iter().zip(support::three(&row["centre"])) {
            // Means of a million indices, in mm.
            assert!((ours - theirs).abs() < 1e-9, "{name}: {ours} {theirs}");
        }
        let edges = quality.at_edge.as_flattened().iter();
        let edges: Vec<&str> = edges.map(|&meets| if meets { "1" } else { "0" }).collect();
        assert_eq!(edges.join(" "), row["edges"], "{name}");
    }
}

#[test]
fn corners_join_and_gaps_part() {
    let geometry = Geometry::axis_aligned([5, 3, 1], [1.0, 2.0, 3.0]);
    let of = |inside: &[u8]| {
        RegionQuality::of(&Mask {
            geometry: geometry.clone(),
            inside: inside.iter().map(|&inside| inside == 1).collect(),
        })
    };
    let region = of(&[
        1, 0, 0, 0, 0, //
        0, 1, 0, 1, 0, //
        0, 0, 0, 1, 0,
    ]);
    let region = region.unwrap();
    assert_eq!((region.voxels, region.volume), (4, 24.0));
    assert_eq!(region.pieces, [2, 2]);
    assert_eq!(region.centre, [1.75, 2.0, 0.0]);
    assert_eq!(region.at_edge, [[true, false], [true, true], [false; 2]]);
    assert!(region.meets_edge());
    assert!(of(&[0; 15]).is_none());
}
