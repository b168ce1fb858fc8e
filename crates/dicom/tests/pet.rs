//! SUV by body weight against the pseudo-code of QIBA, computed with Python's datetime.

mod support;

use radiome_dicom::DicomError;
use support::{expected, reference};

/// Two ways through the same few multiplications and powers: 1e-12. Times that are computed back
/// from frames carry the microseconds in which they are written: 1e-9.
#[test]
fn factors_by_the_qiba_pseudo_code() {
    let expected = expected("pet.json");
    let expected = expected.as_object().unwrap();
    assert_eq!(expected.len(), 22);
    for (name, wanted) in expected {
        let series = radiome_dicom::series(reference(&format!("pet/{name}.zip"))).unwrap();
        match wanted.as_f64() {
            Some(wanted) => {
                let factor = series
                    .suv_factor()
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                let allowed = if name.contains("frames") { 1e-9 } else { 1e-12 };
                let difference = (factor / wanted - 1.0).abs();
                assert!(difference < allowed, "{name}: {factor} instead of {wanted}");
            }
            None => {
                let error = series.suv_body_weight().unwrap_err();
                assert!(matches!(error, DicomError::Suv { .. }), "{name}: {error}");
            }
        }
    }
}

/// Every voxel is its value in Bq/ml times the factor; slopes differ from slice to slice.
#[test]
fn values_are_scaled() {
    let series = radiome_dicom::series(reference("pet/start.zip")).unwrap();
    let (activity, _) = series.image().unwrap();
    let (suv, _) = series.suv_body_weight().unwrap();
    let factor = expected("pet.json")["start"].as_f64().unwrap();
    assert_eq!(suv.geometry, activity.geometry);
    for (suv, activity) in suv.values.iter().zip(&activity.values) {
        assert!((suv - activity * factor).abs() <= 1e-12 * suv.abs());
    }
}
