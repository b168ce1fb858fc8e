//! The command `filter`, run as a user runs it.

mod program;

use std::path::Path;

use radiome_image::filter::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, LawsKernel, Pooling, respond,
};
use radiome_image::{BoundingBox, Geometry, Image, PixelType, read, write};

/// Runs the command and checks how it ends; gives back what it says on standard error.
#[track_caller]
fn run(folder: &Path, status: i32, arguments: &[&str]) -> String {
    let (out, err) = program::ends(folder, status, &[&["filter"], arguments].concat());
    assert!(out.is_empty());
    err
}

/// A scan on a grid that is turned about z.
fn scan() -> Image {
    let geometry = Geometry {
        size: [11, 9, 6],
        spacing: [0.5, 1.5, 3.0],
        origin: [-20.0, 40.0, 8.0],
        direction: [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    };
    let voxels = (0..geometry.voxel_count()).map(|offset| geometry.index(offset));
    let value = |[x, y, z]: [usize; 3]| ((13 * x * x + 7 * y + 31 * x * z) % 97) as f64;
    Image {
        pixel_type: PixelType::I16,
        values: voxels.map(value).collect(),
        geometry,
    }
}

/// A folder with scan.nrrd.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write::nrrd(folder.path().join("scan.nrrd"), &scan()).unwrap();
    folder
}

fn response(convolution: &Convolution) -> Image {
    let image = scan();
    let all = BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    };
    respond(&image, convolution, &all).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "scan.nrrd").collect();
    names.sort();
    names
}

#[test]
fn a_response_lies_where_the_image_lies_and_holds_the_filters_values() {
    let folder = folder();
    let path = folder.path();
    let laws = [
        "scan.nrrd",
        "--filter",
        "Laws",
        "-s",
        "kernels:L5E5",
        "-s",
        "energyDistance:2",
        "-s",
        "pooling:max",
        "-s",
        "dimension:2D",
        "--out",
    ];
    let said = run(path, 0, &[&laws[..], &["energy.nrrd"]].concat());
    assert_eq!(said, "written: energy.nrrd");
    let found = read::image(path.join("energy.nrrd")).unwrap();
    let expected = response(&Convolution {
        filter: ConvolutionalFilter::Laws {
            kernels: LawsKernel::list("L5E5").unwrap(),
            energy_distance: Some(2),
        },
        dimension: Dimension::Slices,
        boundary: Boundary::Mirror,
        rotations: Some(Pooling::Maximum),
    });
    // The same bits, in the numbers of 64 bits that the file holds.
    assert!(found == expected);
    // NIfTI holds the grid in 32 bits.
    run(
        path,
        0,
        &[&laws[..], &["energy.nii.gz", "--quiet", "--jobs", "2"]].concat(),
    );
    let found = read::image(path.join("energy.nii.gz")).unwrap();
    assert_eq!(found.values, expected.values);
    assert_eq!(found.pixel_type, PixelType::F64);
}

#[test]
fn reference_settings_go_by_their_names() {
    let folder = folder();
    for id in ["3.a.2", "4.A", "2.B"] {
        let filter = format!("ibsi2:{id}");
        run(
            folder.path(),
            0,
            &["scan.nrrd", "--filter", &filter, "--out", "response.nrrd"],
        );
        let found = read::image(folder.path().join("response.nrrd")).unwrap();
        let expected = response(&Convolution::reference(id).unwrap().unwrap());
        assert!(found == expected, "{id}");
    }
}

#[test]
fn several_images_get_names_of_their_own() {
    let folder = folder();
    let path = folder.path();
    std::fs::create_dir(path.join("out")).unwrap();
    let bands = [
        "scan.nrrd",
        "--filter",
        "Wavelet",
        "-s",
        "wavelet:haar",
        "--out",
        "out/bands.nrrd",
    ];
    let said = run(path, 0, &bands);
    assert!(
        said.starts_with("written: out/bands_wavelet-LLH.nrrd, "),
        "{said}"
    );
    let names = ["HHH", "HHL", "HLH", "HLL", "LHH", "LHL", "LLH", "LLL"];
    let expected = names.map(|name| format!("bands_wavelet-{name}.nrrd"));
    assert_eq!(files(&path.join("out")), expected);
    // One that is chosen has the name asked for, and the same voxels.
    let chosen = [&bands[..], &["--images", "*-HHL"]].concat();
    assert_eq!(run(path, 0, &chosen), "written: out/bands.nrrd");
    let one = read::image(path.join("out/bands.nrrd")).unwrap();
    assert!(one == read::image(path.join("out/bands_wavelet-HHL.nrrd")).unwrap());
    // Two settings of one filter.
    let means = [
        "scan.nrrd",
        "--filter",
        "Mean",
        "-s",
        "support:3,5",
        "--out",
        "mean.nrrd",
    ];
    assert_eq!(
        run(path, 0, &means),
        "written: mean_mean-support-3-3D.nrrd, mean_mean-support-5-3D.nrrd"
    );
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = folder();
    let path = folder.path();
    for (arguments, status, expected) in [
        (
            &["none.nrrd", "--filter", "Square", "--out", "a.nrrd"][..],
            2,
            "cannot open none.nrrd: No such file",
        ),
        (
            &["scan.nrrd", "--filter", "Lows", "--out", "a.nrrd"],
            2,
            "unknown image type `Lows`; did you mean `Laws`?",
        ),
        (
            &["scan.nrrd", "--filter", "Laws", "--out", "a.nrrd"],
            2,
            "image type `Laws` needs `kernels`, as in `kernels: [L5E5E5]`",
        ),
        (
            &[
                "scan.nrrd",
                "--filter",
                "Mean",
                "-s",
                "suport:5",
                "--out",
                "a.nrrd",
            ],
            2,
            "unknown setting `suport`; did you mean `support`?",
        ),
        (
            &[
                "scan.nrrd",
                "--filter",
                "Mean",
                "-s",
                "support:5",
                "-s",
                "binWidth:5",
                "--out",
                "a.nrrd",
            ],
            2,
            "`binWidth` for Mean is not supported; its own settings are boundary, dimension, support",
        ),
        (
            &["scan.nrrd", "--filter", "Original", "--out", "a.nrrd"],
            2,
            "the original image is not filtered",
        ),
        (
            &["scan.nrrd", "--filter", "ibsi2:3.A.1", "--out", "a.nrrd"],
            2,
            "did you mean `3.a.1`?",
        ),
        (
            &["scan.nrrd", "--filter", "ibsi2:1.B", "--out", "a.nrrd"],
            2,
            "it filters nothing",
        ),
        (
            &[
                "scan.nrrd",
                "--filter",
                "ibsi2:2.B",
                "-s",
                "support:3",
                "--out",
                "a.nrrd",
            ],
            2,
            "-s support:3 has no effect on ibsi2:2.B",
        ),
        (
            &["scan.nrrd", "--filter", "Square", "--out", "a.png"],
            2,
            "--out a.png is no name of an image file",
        ),
        (
            &["scan.nrrd", "--filter", "Square", "--out", "scan.nrrd"],
            2,
            "scan.nrrd would overwrite the image itself",
        ),
        (
            &[
                "scan.nrrd",
                "--filter",
                "Wavelet",
                "--images",
                "LLH",
                "--out",
                "a.nrrd",
            ],
            2,
            "a pattern must fit the whole name",
        ),
        (
            &["scan.nrrd", "--filter", "Square", "--out", "none/a.nrrd"],
            2,
            "check that the folder of --out is there",
        ),
        (
            &[
                "scan.nrrd",
                "--filter",
                "Simoncelli",
                "-s",
                "levels:9",
                "--out",
                "a.nrrd",
            ],
            1,
            "scan.nrrd cannot be filtered: level 9 lets no frequency of an image of [11, 9, 6] voxels pass",
        ),
    ] {
        let said = run(path, status, arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert!(files(path).is_empty());
}
