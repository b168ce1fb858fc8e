//! The NRRD header of an image.

use std::fmt::Write;

use crate::{Geometry, PixelType, Segment};

/// Header up to and with the blank line. Of several layers, the segments of each are given; their
/// numbers lie side by side for every voxel.
pub(super) fn header(geometry: &Geometry, pixel_type: PixelType, layers: &[&[Segment]]) -> String {
    let type_name = match pixel_type {
        PixelType::U8 => "unsigned char",
        PixelType::I8 => "signed char",
        PixelType::U16 => "unsigned short",
        PixelType::I16 => "short",
        PixelType::U32 => "unsigned int",
        PixelType::I32 => "int",
        PixelType::U64 => "unsigned long long int",
        PixelType::I64 => "long long int",
        PixelType::F32 => "float",
        PixelType::F64 => "double",
    };
    let [x, y, z] = geometry.size;
    let vector = |numbers: [f64; 3]| {
        let [a, b, c] = numbers.map(|number| number + 0.0);
        format!("({a},{b},{c})")
    };
    let steps: [String; 3] = std::array::from_fn(|axis| {
        vector(std::array::from_fn(|row| {
            geometry.direction[row][axis] * geometry.spacing[axis]
        }))
    });
    let (dimension, count, none, list) = match layers.len() {
        0 | 1 => (3, String::new(), "", ""),
        count => (4, format!("{count} "), "none ", "list "),
    };
    let mut header = format!(
        "NRRD0004\n\
         type: {type_name}\n\
         dimension: {dimension}\n\
         space: left-posterior-superior\n\
         sizes: {count}{x} {y} {z}\n\
         space directions: {none}{}\n\
         kinds: {list}domain domain domain\n\
         endian: little\n\
         encoding: gzip\n\
         space origin: {}\n",
        steps.join(" "),
        vector(geometry.origin)
    );
    let segments = layers.iter().enumerate();
    let segments = segments.flat_map(|(layer, segments)| segments.iter().map(move |s| (layer, s)));
    let mut named = false;
    for (number, (layer, Segment { name, label })) in segments.enumerate() {
        named = true;
        let name = escape(name);
        // Writing to a String cannot fail.
        let _ = write!(
            header,
            "Segment{number}_Extent:=0 {} 0 {} 0 {}\n\
             Segment{number}_ID:=Segment_{}\n\
             Segment{number}_LabelValue:={label}\n\
             Segment{number}_Layer:={layer}\n\
             Segment{number}_Name:={name}\n",
            x.saturating_sub(1),
            y.saturating_sub(1),
            z.saturating_sub(1),
            number + 1,
        );
    }
    if named {
        header.push_str("Segmentation_ContainedRepresentationNames:=Binary labelmap|\n");
        header.push_str("Segmentation_MasterRepresentation:=Binary labelmap\n");
        header.push_str("Segmentation_ReferenceImageExtentOffset:=0 0 0\n");
    }
    header.push('\n');
    header
}

fn escape(name: &str) -> String {
    name.replace('\\', "\\\\")
        .replace('\r', "")
        .replace('\n', "\\n")
}
