//! Regions of a DICOM file by name or pattern.

use radiome_image::{RegionNamed, nearest_first, region_named};

use crate::DicomError;

/// The place of the one region that a name or pattern means.
pub(crate) fn find(place: &str, names: &[&str], wanted: &str) -> Result<usize, DicomError> {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    match region_named(names, wanted) {
        RegionNamed::One(one) => Ok(one),
        RegionNamed::Absent => Err(DicomError::NoRegion {
            place: place.to_owned(),
            name: wanted.to_owned(),
            present: owned(nearest_first(wanted, names.iter().copied())),
        }),
        RegionNamed::Several(several) => Err(DicomError::SeveralRegions {
            place: place.to_owned(),
            name: wanted.to_owned(),
            fitting: owned(
                several
                    .iter()
                    .filter_map(|&place| names.get(place).copied())
                    .collect(),
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_listed_nearest_first() {
        let names = ["Heart", "GTV-node", "GTV"];
        let error = find("RS.dcm", &names, "GTVp").unwrap_err().to_string();
        let listed = "regions there: \"GTV\", \"Heart\", \"GTV-node\"";
        assert!(error.contains(listed), "{error}");
        let error = find("RS.dcm", &names, "GTV*").unwrap_err().to_string();
        assert!(error.contains("\"GTV-node\", \"GTV\""), "{error}");
        assert_eq!(find("RS.dcm", &names, "*node").ok(), Some(1));
    }
}
