#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiome_fuzz::watched(data, radiome_fuzz::dicom_series));
