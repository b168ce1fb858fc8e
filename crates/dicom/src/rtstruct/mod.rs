//! Contours: RT Structure Sets.

mod rasterize;
mod region_name;

use std::collections::HashMap;
use std::path::Path;

use crate::tags;
use radiome_image::{Geometry, LabelMap, Mask, Segment};

use crate::DicomError;
use crate::attributes::Attributes;
use crate::object::Object;
use crate::report::Referenced;
use crate::source::Source;

pub use rasterize::ContourRemark;
pub(crate) use region_name::find;

const RTSTRUCT: &str = "1.2.840.10008.5.1.4.1.1.481.3";

/// The regions of interest of an RT Structure Set, with their contours.
///
/// A voxel belongs to a region if its centre lies inside an odd number of the contours of its
/// slice (the even-odd rule). A contour inside another thus is a hole, and so is what a keyhole, a
/// contour that runs into itself and back along the same line, encloses.
#[derive(Clone, Debug)]
pub struct Contours {
    place: String,
    frames_of_reference: Vec<String>,
    referenced_series: Vec<String>,
    own: Referenced,
    regions: Vec<Region>,
}

/// One region of interest.
#[derive(Clone, Debug)]
pub struct Region {
    number: u32,
    name: String,
    frame_of_reference: Option<String>,
    contours: Vec<Vec<[f64; 3]>>,
    others: usize,
}

impl Region {
    /// ROI Number (3006,0022).
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// ROI Name (3006,0026), without blanks around it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Closed contours, each as its points in mm.
    #[must_use]
    pub fn contours(&self) -> &[Vec<[f64; 3]>] {
        &self.contours
    }

    /// Number of points and open lines, which enclose nothing and are passed over.
    #[must_use]
    pub fn open_contours(&self) -> usize {
        self.others
    }
}

impl Contours {
    /// Reads an RT Structure Set.
    ///
    /// # Errors
    /// [`DicomError`] says what is wrong with the file.
    ///
    /// # Examples
    /// ```no_run
    /// let contours = radiome_dicom::Contours::open("RS.dcm")?;
    /// for region in contours.regions() {
    ///     println!("{}: {} contours", region.name(), region.contours().len());
    /// }
    /// # Ok::<(), radiome_dicom::DicomError>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DicomError> {
        Self::read(&Source::File(path.as_ref().to_owned()))
    }

    pub(crate) fn read(source: &Source) -> Result<Self, DicomError> {
        let object = Object::read_header(source)?;
        let a = object.attributes();
        if a.text(tags::SOP_CLASS_UID).as_deref() != Some(RTSTRUCT) {
            return Err(DicomError::Unsupported {
                place: object.place.clone(),
                found: "no RT Structure Set".to_owned(),
                hint: "contours are read from RTSTRUCT files",
            });
        }
        let mut frames_of_reference: Vec<String> = a
            .items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)
            .iter()
            .filter_map(|item| item.text(tags::FRAME_OF_REFERENCE_UID))
            .collect();
        let mut referenced_series = Vec::new();
        for frame in a.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE) {
            for study in frame.items(tags::RT_REFERENCED_STUDY_SEQUENCE) {
                let series = study.items(tags::RT_REFERENCED_SERIES_SEQUENCE);
                let uids = series.iter();
                referenced_series
                    .extend(uids.filter_map(|item| item.text(tags::SERIES_INSTANCE_UID)));
            }
        }
        let mut regions = Vec::new();
        for item in a.items(tags::STRUCTURE_SET_ROI_SEQUENCE) {
            let number = item.whole(tags::ROI_NUMBER, "ROI Number")?;
            let frame_of_reference = item.text(tags::REFERENCED_FRAME_OF_REFERENCE_UID);
            frames_of_reference.extend(frame_of_reference.clone());
            regions.push(Region {
                number: item.needed(number, "ROI Number", "its contours refer to it")?,
                name: item.text(tags::ROI_NAME).unwrap_or_default(),
                frame_of_reference,
                contours: Vec::new(),
                others: 0,
            });
        }
        frames_of_reference.sort();
        frames_of_reference.dedup();
        // Of several regions with one number the first has the contours.
        let mut places: HashMap<u32, usize> = HashMap::with_capacity(regions.len());
        for (place, region) in regions.iter().enumerate() {
            places.entry(region.number).or_insert(place);
        }
        for item in a.items(tags::ROI_CONTOUR_SEQUENCE) {
            let number = item.whole(tags::REFERENCED_ROI_NUMBER, "Referenced ROI Number")?;
            let place = number.and_then(|number| places.get(&number));
            let Some(region) = place.and_then(|&place| regions.get_mut(place)) else {
                continue;
            };
            for contour in item.items(tags::CONTOUR_SEQUENCE) {
                match points(contour)? {
                    Some(points) => region.contours.push(points),
                    None => region.others += 1,
                }
            }
        }
        Ok(Self {
            place: object.place.clone(),
            frames_of_reference,
            referenced_series,
            own: Referenced::of(a),
            regions,
        })
    }

    /// The regions, in the order of the file.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The file itself, for who refers to it.
    pub(crate) fn referenced(&self) -> &Referenced {
        &self.own
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Series Instance UIDs of the images that the file says it was drawn on; it may name none.
    #[must_use]
    pub fn referenced_series(&self) -> &[String] {
        &self.referenced_series
    }

    /// The frames of reference that the contours refer to.
    #[must_use]
    pub fn frames_of_reference(&self) -> &[String] {
        &self.frames_of_reference
    }

    /// The one region of a name: letter by letter; or else in any case of letters; or else by a
    /// pattern in which `*` stands for any letters and `?` for one.
    ///
    /// # Errors
    /// [`DicomError::NoRegion`] or [`DicomError::SeveralRegions`].
    pub fn region(&self, name: &str) -> Result<&Region, DicomError> {
        let names: Vec<&str> = self.regions.iter().map(Region::name).collect();
        let place = find(&self.place, &names, name)?;
        self.regions.get(place).ok_or_else(|| DicomError::NoRegion {
            place: self.place.clone(),
            name: name.to_owned(),
            present: Vec::new(),
        })
    }

    /// The voxels of a region on the grid of an image, and what is to be said of its contours.
    ///
    /// Each contour belongs to the slice that is nearest to its plane. Where contours of several
    /// planes fall on one slice (a set drawn on thinner slices), those of the nearest plane count.
    ///
    /// # Errors
    /// [`DicomError::EmptyRegion`]; [`DicomError::ContourAcrossSlices`] and
    /// [`DicomError::ContourOutside`] where contours do not fit the image.
    pub fn mask(
        &self,
        region: &Region,
        geometry: &Geometry,
    ) -> Result<(Mask, Vec<ContourRemark>), DicomError> {
        rasterize::rasterize(&self.place, region, geometry)
    }

    /// A label map of one region, its label the place of the region in the file, from 1.
    ///
    /// # Errors
    /// As [`mask`](Self::mask).
    pub fn label_map(
        &self,
        region: &Region,
        geometry: &Geometry,
    ) -> Result<(LabelMap, Vec<ContourRemark>), DicomError> {
        let (mask, remarks) = self.mask(region, geometry)?;
        let same = |other: &Region| other.number == region.number;
        let place = self.regions.iter().position(same).unwrap_or_default();
        let label = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let labels = LabelMap {
            geometry: mask.geometry,
            labels: mask
                .inside
                .iter()
                .map(|&inside| if inside { label } else { 0 })
                .collect(),
            segments: vec![Segment {
                name: region.name.clone(),
                label,
            }],
        };
        Ok((labels, remarks))
    }

    /// Refuses contours that were drawn in other coordinates than those of an image.
    pub(crate) fn check_frame_of_reference(
        &self,
        region: &Region,
        image: Option<&str>,
    ) -> Result<(), DicomError> {
        let own = region.frame_of_reference.as_deref();
        let (Some(own), Some(image)) = (own, image) else {
            return Ok(());
        };
        match own == image {
            true => Ok(()),
            false => Err(DicomError::FrameOfReference {
                place: self.place.clone(),
            }),
        }
    }
}

/// The points of a closed contour; `None` for points and open lines.
fn points(contour: Attributes<'_>) -> Result<Option<Vec<[f64; 3]>>, DicomError> {
    let kind = contour.text(tags::CONTOUR_GEOMETRIC_TYPE);
    if !matches!(kind.as_deref(), Some("CLOSED_PLANAR" | "CLOSEDPLANAR_XOR")) {
        return Ok(None);
    }
    let numbers = contour.numbers(tags::CONTOUR_DATA, "Contour Data")?;
    let numbers = numbers.unwrap_or_default();
    let (points, rest) = numbers.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(DicomError::Value {
            place: contour.place(),
            attribute: "Contour Data",
            found: format!("{} numbers", numbers.len()),
            expected: "three numbers a point are needed",
        });
    }
    // A line or a point encloses nothing.
    Ok((points.len() >= 3).then(|| points.to_vec()))
}
