//! Convolutional filters against the response maps of the IBSI, and by hand.

mod support;

use std::path::Path;

use radiome_image::filter::{Convolution, respond};
use radiome_image::{BoundingBox, Image, read};

fn whole(image: &Image) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    }
}

fn phantom(folder: &Path, name: &str) -> Image {
    let folder = folder.join("digital_phantom").join(name).join("image");
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    read::image(file.path()).unwrap()
}

/// Largest difference from the reference, in percent of the reference's range.
fn percent_of_range(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let least = expected.iter().copied().fold(f64::INFINITY, f64::min);
    let most = expected.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let pairs = found.iter().zip(expected);
    let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    100.0 * worst / (most - least)
}

#[test]
fn the_reference_response_maps() {
    let Some(data) = support::shared() else {
        return;
    };
    let folder = data.join("ibsi2");
    let mut failed = Vec::new();
    let mut compared = 0;
    for row in support::table(folder.join("phase1_filters.csv")) {
        let id = row["filter_id"].as_str();
        let image = phantom(&folder, &row["phantom"]);
        let expected = read::image(folder.join(&row["response_map"])).unwrap();
        let convolution = Convolution::reference(id).unwrap();
        let found = respond(&image, &convolution, &whole(&image)).unwrap();
        let percent = percent_of_range(&found.values, &expected.values);
        println!("{id:7} {percent:.5} %");
        // The IBSI's criterion: every voxel within 1 % of the range of the map.
        if percent.is_nan() || percent > 1.0 {
            failed.push(format!("{id}: {percent} %"));
        }
        compared += 1;
    }
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(compared, 33);
}
