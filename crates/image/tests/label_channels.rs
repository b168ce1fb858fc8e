//! Files with several label maps: which one is read, against SimpleITK; segments of layers; errors.

mod support;

use std::path::PathBuf;

use radiome_image::read::{self, ReadError};
use radiome_image::{LabelMap, Segment};

fn save(name: &str, bytes: &[u8]) -> PathBuf {
    let path = support::scratch(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn channels_are_those_of_simpleitk() {
    let mut vectors = 0;
    for row in support::table(support::reference("label_channels.csv")) {
        let case = &row["case"];
        let path = save(
            &format!("channels_{case}{}", row["ending"]),
            &bytes(&row["bytes"]),
        );
        let expected: Vec<Vec<u32>> = row["labels"]
            .split('|')
            .map(|labels| labels.split(' ').map(|label| label.parse().unwrap()))
            .map(Iterator::collect)
            .collect();
        // Whole labels and short decimal numbers: no tolerance.
        for (channel, labels) in expected.iter().enumerate() {
            let map = read::labels_of_channel(&path, channel).unwrap();
            assert_eq!(&map.labels, labels, "{case} {channel}");
            let size = support::numbers(&row["size"]);
            let axes = size.len();
            let geometry = map.geometry;
            for (axis, &length) in size.iter().enumerate() {
                assert_eq!(geometry.size[axis] as f64, length, "{case}");
            }
            assert_eq!(
                geometry.spacing[..axes],
                support::numbers(&row["spacing"]),
                "{case}"
            );
            assert_eq!(
                geometry.origin[..axes],
                support::numbers(&row["origin"]),
                "{case}"
            );
            let direction = support::numbers(&row["direction"]);
            for line in 0..axes {
                let expected = &direction[axes * line..axes * (line + 1)];
                assert_eq!(geometry.direction[line][..axes], *expected, "{case}");
            }
        }
        assert_eq!(read::labels(&path).unwrap().labels, expected[0], "{case}");
        let components: usize = row["components"].parse().unwrap();
        if components == 0 {
            // PyRadiomics takes a scalar mask as it is, whatever the channel.
            assert_eq!(
                read::labels_of_channel(&path, 5).unwrap().labels,
                expected[0]
            );
        } else {
            vectors += 1;
            match read::labels_of_channel(&path, components).unwrap_err() {
                ReadError::Channel { channel, count, .. } => {
                    assert_eq!((channel, count), (components, components), "{case}");
                }
                other => panic!("{case}: {other}"),
            }
        }
        // An image has one number a voxel.
        match read::image(&path) {
            Ok(image) => {
                assert!(components <= 1, "{case}");
                let values = expected[0].iter().map(|&label| f64::from(label));
                assert!(values.eq(image.values), "{case}");
            }
            Err(error) => {
                assert!(components > 1, "{case}: {error}");
                let message = error.to_string();
                assert!(
                    message.contains(&format!("{components} values a voxel")),
                    "{message}"
                );
            }
        }
    }
    assert_eq!(vectors, 24);
}

/// Two layers of 2 x 2 x 1 voxels, as 3D Slicer writes overlapping segments.
fn layers(keys: &str) -> PathBuf {
    let header = format!(
        "NRRD0004\ntype: unsigned char\ndimension: 4\nspace: left-posterior-superior\n\
         sizes: 2 2 2 1\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\n\
         kinds: list domain domain domain\nencoding: raw\nspace origin: (0,0,0)\n{keys}\n"
    );
    let voxels = [1, 0, 2, 1, 0, 1, 0, 0];
    save("layers.seg.nrrd", &[header.as_bytes(), &voxels].concat())
}

fn names(map: &LabelMap) -> Vec<(String, u32)> {
    let name = |segment: &'_ Segment| (segment.name.clone(), segment.label);
    map.segments.iter().map(name).collect()
}

fn named(name: &str, label: u32) -> (String, u32) {
    (name.to_owned(), label)
}

#[test]
fn segments_are_those_of_the_layer() {
    let path = layers(
        "Segment0_ID:=S1\nSegment0_LabelValue:=1\nSegment0_Layer:=0\nSegment0_Name:=Core\n\
         Segment1_ID:=S2\nSegment1_LabelValue:=1\nSegment1_Layer:=1\nSegment1_Name:=Whole\n\
         Segment2_ID:=S3\nSegment2_LabelValue:=2\nSegment2_Layer:=0\nSegment2_Name:=Oedema\n",
    );
    let first = read::labels(&path).unwrap();
    assert_eq!(first.labels, [1, 2, 0, 0]);
    assert_eq!(names(&first), [named("Core", 1), named("Oedema", 2)]);
    let second = read::labels_of_channel(&path, 1).unwrap();
    assert_eq!(second.labels, [0, 1, 1, 0]);
    assert_eq!(names(&second), [named("Whole", 1)]);
    assert_eq!(second.label_named("Core"), None);
    let all: Vec<usize> = read::segments(&path)
        .unwrap()
        .iter()
        .map(|(channel, _)| *channel)
        .collect();
    assert_eq!(all, [0, 1, 0]);
    let error = read::labels_of_channel(&path, 2).unwrap_err().to_string();
    assert!(
        error.contains("holds 2 label maps, numbered from 0: there is no channel 2"),
        "{error}"
    );

    // Without layers each segment has its own (3D Slicer's vtkMRMLSegmentationStorageNode).
    let path = layers("Segment0_ID:=S1\nSegment0_Name:=Core\nSegment1_ID:=S2\n");
    assert_eq!(names(&read::labels(&path).unwrap()), [named("Core", 1)]);
    let second = read::labels_of_channel(&path, 1).unwrap();
    assert_eq!(names(&second), [named("S2", 1)]);

    let path = layers("Segment0_ID:=S1\nSegment0_Layer:=top\n");
    let error = read::labels(&path).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
}

#[test]
fn only_the_channel_that_is_read_has_to_hold_labels() {
    let header = "NRRD0004\ntype: signed char\ndimension: 4\nsizes: 2 2 1 1\n\
                  spacings: nan 1 1 1\nkinds: vector domain domain domain\nencoding: raw\n\n";
    let path = save(
        "negative.nrrd",
        &[header.as_bytes(), &[3, 0xff, 4, 7]].concat(),
    );
    assert_eq!(read::labels(&path).unwrap().labels, [3, 4]);
    match read::labels_of_channel(&path, 1).unwrap_err() {
        ReadError::LabelValue { value, voxel, .. } => {
            assert_eq!((value, voxel), (-1.0, [0, 0, 0]));
        }
        other => panic!("{other}"),
    }
}

/// A little-endian NIfTI-2 file of bytes; its fields are those of nifti2.h.
fn nifti_2(dim: [i64; 8], intent: i32, voxels: &[u8]) -> Vec<u8> {
    let mut header = vec![0_u8; 544];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &540_i32.to_le_bytes());
    put(4, b"n+2\0\r\n\x1a\n");
    put(12, &2_i16.to_le_bytes());
    for (place, length) in dim.into_iter().enumerate() {
        put(16 + 8 * place, &length.to_le_bytes());
        put(104 + 8 * place, &1.0_f64.to_le_bytes());
    }
    put(168, &544_i64.to_le_bytes());
    put(504, &intent.to_le_bytes());
    header.extend(voxels);
    header
}

#[test]
fn nifti_2_counts_the_values_of_a_voxel_in_its_fifth_dimension() {
    let dim = [5, 2, 1, 2, 1, 3, 1, 1];
    let voxels: Vec<u8> = (0..12).collect();
    // The fifth dimension is that of values by the standard, whatever the intent.
    for intent in [1007, 0, 1002] {
        let path = save("channels_2.nii", &nifti_2(dim, intent, &voxels));
        for (channel, labels) in [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
            .into_iter()
            .enumerate()
        {
            let map = read::labels_of_channel(&path, channel).unwrap();
            assert_eq!(map.labels, labels);
            assert_eq!(map.geometry.size, [2, 1, 2]);
        }
    }
    // A slope holds for the values of every channel, as the standard says.
    let mut sloped = nifti_2(dim, 1007, &voxels);
    sloped[176..184].copy_from_slice(&2.0_f64.to_le_bytes());
    sloped[184..192].copy_from_slice(&1.0_f64.to_le_bytes());
    let path = save("channels_2.nii", &sloped);
    assert_eq!(
        read::labels_of_channel(path, 2).unwrap().labels,
        [17, 19, 21, 23]
    );
    // Matrices and displacements are no labels; ITK refuses or negates them.
    for intent in [1004, 1005, 1006] {
        let path = save("channels_2.nii", &nifti_2(dim, intent, &voxels));
        let error = read::labels(path).unwrap_err();
        assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
    }
}

#[test]
fn hostile_counts_are_errors() {
    // More values than the file holds, or than there are numbers for.
    for values in [4, 1 << 40, i64::MAX] {
        let file = nifti_2([5, 2, 1, 2, 1, values, 1, 1], 1007, &[0; 12]);
        let error = read::labels(save("channels_hostile.nii", &file)).unwrap_err();
        assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
    }
    for dim in [
        [5, 2, 1, 2, 1, 0, 1, 1],
        [5, 2, 1, 2, 1, -2, 1, 1],
        [5, 2, 1, 2, 0, 2, 1, 1],
    ] {
        let error = read::labels(save("channels_hostile.nii", &nifti_2(dim, 1007, &[0; 12])));
        let error = error.unwrap_err();
        assert!(matches!(error, ReadError::Header { .. }), "{error}");
    }
    for dim in [
        [5, 2, 1, 2, 2, 2, 1, 1],
        [6, 2, 1, 2, 1, 2, 2, 1],
        [4, 2, 1, 2, 2, 1, 1, 1],
    ] {
        let error = read::labels(save("channels_hostile.nii", &nifti_2(dim, 1007, &[0; 16])));
        let error = error.unwrap_err();
        assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
    }

    let nrrd = |kinds: &str, sizes: &str, voxels: &[u8]| {
        let axes = sizes.split(' ').count();
        let spacings = vec!["1"; axes].join(" ");
        let header = format!(
            "NRRD0004\ntype: uchar\ndimension: {axes}\nsizes: {sizes}\nkinds: {kinds}\n\
             spacings: {spacings}\nencoding: raw\n\n"
        );
        let path = save(
            "hostile_channels.nrrd",
            &[header.as_bytes(), voxels].concat(),
        );
        read::labels_of_channel(path, 1).unwrap_err()
    };
    let list = "list domain domain domain";
    for values in ["4", "18446744073709551615"] {
        let error = nrrd(list, &format!("{values} 2 2 1"), &[0; 15]);
        assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
    }
    for kinds in [
        "time domain domain domain",
        "complex domain domain domain",
        "scalar domain domain domain",
        "3D-symmetric-matrix domain domain domain",
    ] {
        let error = nrrd(kinds, "2 2 2 1", &[0; 8]);
        assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
    }
    let error = nrrd("list vector domain domain domain", "2 2 2 2 1", &[0; 16]);
    assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
    // Four axes of space: ITK refuses them too.
    let error = nrrd("domain domain domain domain", "2 2 2 2", &[0; 16]);
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
}

/// SimpleITK refuses several colours a voxel, and crashes on colours that call themselves vectors.
#[test]
fn colours_of_several_values_are_refused() {
    let rows = support::table(support::reference("label_channels.csv"));
    let colours = rows.iter().find(|row| row["case"] == "nifti_rgb").unwrap();
    let several = |file: &mut Vec<u8>| {
        // dim: 4 x 3 x 2 x 1 x 2.
        file[40] = 5;
        file[50] = 2;
    };
    let vectors = |file: &mut Vec<u8>| file[68..70].copy_from_slice(&1007_i16.to_le_bytes());
    for (change, word) in [
        (&several as &dyn Fn(&mut Vec<u8>), "several colours a voxel"),
        (&vectors, "a vector of colours a voxel"),
    ] {
        let mut file = bytes(&colours["bytes"]);
        change(&mut file);
        let error = read::labels(save("colours.nii", &file)).unwrap_err();
        assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

/// Written and read again; that the reader reads layers as SimpleITK does is tested above.
#[test]
fn layers_are_written() {
    let geometry = radiome_image::Geometry {
        spacing: [0.5, 0.75, 2.0],
        origin: [-3.0, 4.0, 5.5],
        ..radiome_image::Geometry::axis_aligned([3, 2, 2], [1.0; 3])
    };
    let layer = |labels: [u32; 12], names: &[(&str, u32)]| LabelMap {
        geometry: geometry.clone(),
        labels: labels.to_vec(),
        segments: (names.iter())
            .map(|&(name, label)| Segment {
                name: name.into(),
                label,
            })
            .collect(),
    };
    let layers = [
        layer(
            [1, 1, 0, 0, 300, 0, 0, 0, 1, 1, 0, 0],
            &[("Whole", 1), ("Node", 300)],
        ),
        layer([2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0], &[("Core", 2)]),
    ];
    let path = support::scratch("written-layers.seg.nrrd");
    radiome_image::write::nrrd_layers(&path, &layers).unwrap();
    assert_eq!(read::layers(&path).unwrap(), layers);
    let names: Vec<(usize, String)> = read::segments(&path)
        .unwrap()
        .into_iter()
        .map(|(layer, segment)| (layer, segment.name))
        .collect();
    let expected = [(0, "Whole"), (0, "Node"), (1, "Core")];
    assert_eq!(
        names,
        expected.map(|(layer, name)| (layer, name.to_owned()))
    );
    let mut short = layers.clone();
    short[1].labels.pop();
    assert!(radiome_image::write::nrrd_layers(&path, &short).is_err());
}
