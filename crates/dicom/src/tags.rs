//! The attributes that are read: tag, and the type that implicit files leave out.

/// Group and element of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tag(pub(crate) u16, pub(crate) u16);

pub(crate) const TRANSFER_SYNTAX_UID: Tag = Tag(0x0002, 0x0010);
pub(crate) const DIRECTORY_RECORD_SEQUENCE: Tag = Tag(0x0004, 0x1220);
pub(crate) const SPECIFIC_CHARACTER_SET: Tag = Tag(0x0008, 0x0005);
pub(crate) const IMAGE_TYPE: Tag = Tag(0x0008, 0x0008);
pub(crate) const SOP_CLASS_UID: Tag = Tag(0x0008, 0x0016);
pub(crate) const SOP_INSTANCE_UID: Tag = Tag(0x0008, 0x0018);
pub(crate) const SERIES_DATE: Tag = Tag(0x0008, 0x0021);
pub(crate) const ACQUISITION_DATE: Tag = Tag(0x0008, 0x0022);
pub(crate) const ACQUISITION_DATE_TIME: Tag = Tag(0x0008, 0x002A);
pub(crate) const SERIES_TIME: Tag = Tag(0x0008, 0x0031);
pub(crate) const ACQUISITION_TIME: Tag = Tag(0x0008, 0x0032);
pub(crate) const MODALITY: Tag = Tag(0x0008, 0x0060);
pub(crate) const SERIES_DESCRIPTION: Tag = Tag(0x0008, 0x103E);
pub(crate) const REFERENCED_SERIES_SEQUENCE: Tag = Tag(0x0008, 0x1115);
pub(crate) const FRAME_TYPE: Tag = Tag(0x0008, 0x9007);
pub(crate) const PATIENT_NAME: Tag = Tag(0x0010, 0x0010);
pub(crate) const PATIENT_ID: Tag = Tag(0x0010, 0x0020);
pub(crate) const PATIENT_BIRTH_DATE: Tag = Tag(0x0010, 0x0030);
pub(crate) const PATIENT_WEIGHT: Tag = Tag(0x0010, 0x1030);
pub(crate) const SLICE_THICKNESS: Tag = Tag(0x0018, 0x0050);
pub(crate) const ECHO_TIME: Tag = Tag(0x0018, 0x0081);
pub(crate) const SPACING_BETWEEN_SLICES: Tag = Tag(0x0018, 0x0088);
pub(crate) const TRIGGER_TIME: Tag = Tag(0x0018, 0x1060);
pub(crate) const RADIOPHARMACEUTICAL_START_TIME: Tag = Tag(0x0018, 0x1072);
pub(crate) const RADIONUCLIDE_TOTAL_DOSE: Tag = Tag(0x0018, 0x1074);
pub(crate) const RADIONUCLIDE_HALF_LIFE: Tag = Tag(0x0018, 0x1075);
pub(crate) const RADIOPHARMACEUTICAL_START_DATE_TIME: Tag = Tag(0x0018, 0x1078);
pub(crate) const ACTUAL_FRAME_DURATION: Tag = Tag(0x0018, 0x1242);
pub(crate) const EFFECTIVE_ECHO_TIME: Tag = Tag(0x0018, 0x9082);
pub(crate) const DIFFUSION_B_VALUE: Tag = Tag(0x0018, 0x9087);
pub(crate) const MR_ECHO_SEQUENCE: Tag = Tag(0x0018, 0x9114);
pub(crate) const MR_DIFFUSION_SEQUENCE: Tag = Tag(0x0018, 0x9117);
pub(crate) const MR_IMAGE_FRAME_TYPE_SEQUENCE: Tag = Tag(0x0018, 0x9226);
pub(crate) const CT_IMAGE_FRAME_TYPE_SEQUENCE: Tag = Tag(0x0018, 0x9329);
pub(crate) const STUDY_INSTANCE_UID: Tag = Tag(0x0020, 0x000D);
pub(crate) const SERIES_INSTANCE_UID: Tag = Tag(0x0020, 0x000E);
pub(crate) const ACQUISITION_NUMBER: Tag = Tag(0x0020, 0x0012);
pub(crate) const IMAGE_POSITION_PATIENT: Tag = Tag(0x0020, 0x0032);
pub(crate) const IMAGE_ORIENTATION_PATIENT: Tag = Tag(0x0020, 0x0037);
pub(crate) const FRAME_OF_REFERENCE_UID: Tag = Tag(0x0020, 0x0052);
pub(crate) const TEMPORAL_POSITION_IDENTIFIER: Tag = Tag(0x0020, 0x0100);
pub(crate) const STACK_ID: Tag = Tag(0x0020, 0x9056);
pub(crate) const FRAME_CONTENT_SEQUENCE: Tag = Tag(0x0020, 0x9111);
pub(crate) const PLANE_POSITION_SEQUENCE: Tag = Tag(0x0020, 0x9113);
pub(crate) const PLANE_ORIENTATION_SEQUENCE: Tag = Tag(0x0020, 0x9116);
pub(crate) const TEMPORAL_POSITION_INDEX: Tag = Tag(0x0020, 0x9128);
pub(crate) const SAMPLES_PER_PIXEL: Tag = Tag(0x0028, 0x0002);
pub(crate) const NUMBER_OF_FRAMES: Tag = Tag(0x0028, 0x0008);
pub(crate) const ROWS: Tag = Tag(0x0028, 0x0010);
pub(crate) const COLUMNS: Tag = Tag(0x0028, 0x0011);
pub(crate) const PIXEL_SPACING: Tag = Tag(0x0028, 0x0030);
pub(crate) const CORRECTED_IMAGE: Tag = Tag(0x0028, 0x0051);
pub(crate) const BITS_ALLOCATED: Tag = Tag(0x0028, 0x0100);
pub(crate) const BITS_STORED: Tag = Tag(0x0028, 0x0101);
pub(crate) const HIGH_BIT: Tag = Tag(0x0028, 0x0102);
pub(crate) const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);
pub(crate) const RESCALE_INTERCEPT: Tag = Tag(0x0028, 0x1052);
pub(crate) const RESCALE_SLOPE: Tag = Tag(0x0028, 0x1053);
pub(crate) const LOSSY_IMAGE_COMPRESSION: Tag = Tag(0x0028, 0x2110);
pub(crate) const MODALITY_LUT_SEQUENCE: Tag = Tag(0x0028, 0x3000);
pub(crate) const PIXEL_MEASURES_SEQUENCE: Tag = Tag(0x0028, 0x9110);
pub(crate) const PIXEL_VALUE_TRANSFORMATION_SEQUENCE: Tag = Tag(0x0028, 0x9145);
pub(crate) const RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE: Tag = Tag(0x0054, 0x0016);
pub(crate) const UNITS: Tag = Tag(0x0054, 0x1001);
pub(crate) const SUV_TYPE: Tag = Tag(0x0054, 0x1006);
pub(crate) const DECAY_CORRECTION: Tag = Tag(0x0054, 0x1102);
pub(crate) const FRAME_REFERENCE_TIME: Tag = Tag(0x0054, 0x1300);
pub(crate) const SEGMENTATION_TYPE: Tag = Tag(0x0062, 0x0001);
pub(crate) const SEGMENT_SEQUENCE: Tag = Tag(0x0062, 0x0002);
pub(crate) const SEGMENT_NUMBER: Tag = Tag(0x0062, 0x0004);
pub(crate) const SEGMENT_LABEL: Tag = Tag(0x0062, 0x0005);
pub(crate) const SEGMENT_IDENTIFICATION_SEQUENCE: Tag = Tag(0x0062, 0x000A);
pub(crate) const REFERENCED_SEGMENT_NUMBER: Tag = Tag(0x0062, 0x000B);
pub(crate) const MAXIMUM_FRACTIONAL_VALUE: Tag = Tag(0x0062, 0x000E);
pub(crate) const REFERENCED_FRAME_OF_REFERENCE_SEQUENCE: Tag = Tag(0x3006, 0x0010);
pub(crate) const RT_REFERENCED_STUDY_SEQUENCE: Tag = Tag(0x3006, 0x0012);
pub(crate) const RT_REFERENCED_SERIES_SEQUENCE: Tag = Tag(0x3006, 0x0014);
pub(crate) const STRUCTURE_SET_ROI_SEQUENCE: Tag = Tag(0x3006, 0x0020);
pub(crate) const ROI_NUMBER: Tag = Tag(0x3006, 0x0022);
pub(crate) const REFERENCED_FRAME_OF_REFERENCE_UID: Tag = Tag(0x3006, 0x0024);
pub(crate) const ROI_NAME: Tag = Tag(0x3006, 0x0026);
pub(crate) const ROI_CONTOUR_SEQUENCE: Tag = Tag(0x3006, 0x0039);
pub(crate) const CONTOUR_SEQUENCE: Tag = Tag(0x3006, 0x0040);
pub(crate) const CONTOUR_GEOMETRIC_TYPE: Tag = Tag(0x3006, 0x0042);
pub(crate) const CONTOUR_DATA: Tag = Tag(0x3006, 0x0050);
pub(crate) const REFERENCED_ROI_NUMBER: Tag = Tag(0x3006, 0x0084);
pub(crate) const SHARED_FUNCTIONAL_GROUPS_SEQUENCE: Tag = Tag(0x5200, 0x9229);
pub(crate) const PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE: Tag = Tag(0x5200, 0x9230);
pub(crate) const FLOAT_PIXEL_DATA: Tag = Tag(0x7FE0, 0x0008);
pub(crate) const DOUBLE_FLOAT_PIXEL_DATA: Tag = Tag(0x7FE0, 0x0009);
pub(crate) const PIXEL_DATA: Tag = Tag(0x7FE0, 0x0010);

/// The type (VR) of an attribute that an implicit file does not name: of a sequence and of numbers
/// in binary; everything else that is read is text.
pub(crate) fn implicit_type(tag: Tag) -> [u8; 2] {
    match tag {
        REFERENCED_SERIES_SEQUENCE
        | RT_REFERENCED_STUDY_SEQUENCE
        | RT_REFERENCED_SERIES_SEQUENCE
        | MR_ECHO_SEQUENCE
        | MR_DIFFUSION_SEQUENCE
        | MR_IMAGE_FRAME_TYPE_SEQUENCE
        | CT_IMAGE_FRAME_TYPE_SEQUENCE
        | FRAME_CONTENT_SEQUENCE
        | PLANE_POSITION_SEQUENCE
        | PLANE_ORIENTATION_SEQUENCE
        | MODALITY_LUT_SEQUENCE
        | PIXEL_MEASURES_SEQUENCE
        | PIXEL_VALUE_TRANSFORMATION_SEQUENCE
        | RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE
        | SEGMENT_SEQUENCE
        | SEGMENT_IDENTIFICATION_SEQUENCE
        | REFERENCED_FRAME_OF_REFERENCE_SEQUENCE
        | STRUCTURE_SET_ROI_SEQUENCE
        | ROI_CONTOUR_SEQUENCE
        | CONTOUR_SEQUENCE
        | SHARED_FUNCTIONAL_GROUPS_SEQUENCE
        | PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE => *b"SQ",
        SAMPLES_PER_PIXEL
        | ROWS
        | COLUMNS
        | BITS_ALLOCATED
        | BITS_STORED
        | HIGH_BIT
        | PIXEL_REPRESENTATION
        | SEGMENT_NUMBER
        | REFERENCED_SEGMENT_NUMBER
        | MAXIMUM_FRACTIONAL_VALUE => *b"US",
        TEMPORAL_POSITION_INDEX => *b"UL",
        EFFECTIVE_ECHO_TIME | DIFFUSION_B_VALUE => *b"FD",
        _ => *b"UN",
    }
}
