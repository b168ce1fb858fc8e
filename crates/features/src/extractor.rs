//! From an image and a label map to a row of features.
use radiome_image::{Image, LabelMap};
use thiserror::Error;
use crate::catalogue::{Feature, FeatureClass};
use crate::discretize::{DiscretizeError, discretize};
use crate::first_order::{self, FirstOrder};
use crate::region::Region;
use crate::settings::{ClassPlan, ImagePlan, Plan};
use crate::shape::{self, Shape};
use crate::texture::{LevelGrid, LevelGridError, glcm, gldm, glrlm, glszm, ngtdm};

/// x
#[derive(Debug, Error)]
pub enum ExtractError {
    /// x
    #[error(transparent)]
    Discretize(#[from] DiscretizeError),
    /// x
    #[error(transparent)]
    Levels(#[from] LevelGridError),
    /// x
    #[error("empty")]
    Empty,
}
/// x
#[derive(Clone, Debug, Default)]
pub struct FeatureRow { 
 /// x
 pub diagnostics: Vec<(String, String)>, 
 /// x
 pub features: Vec<(String, f64)> }
impl FeatureRow { 
 /// x
 pub fn feature(&self, name: &str) -> Option<f64> { self.features.iter().find(|f| f.0 == name).map(|f| f.1) } }
/// x
pub struct Extractor { plan: Plan }
impl Extractor {
    /// x
    pub fn new(plan: Plan) -> Self { Self { plan } }
    /// x
    pub fn extract(&self, image: &Image, labels: &LabelMap, label: Option<u32>) -> Result<FeatureRow, ExtractError> {
        let mask = labels.mask(label.unwrap_or(self.plan.label));
        let region = Region::new(image, &mask).ok_or(ExtractError::Empty)?;
        let mut row = FeatureRow::default();
        for class in self.plan.classes.iter().filter(|c| c.class == FeatureClass::Shape) {
            let shape = Shape::new(&region.inside, region.size, region.spacing);
            let values = chosen(shape::FEATURES, &class.features).into_iter().map(|f| (f.value)(&shape)).collect();
            push(&mut row, "original", class, values);
        }
        for image in &self.plan.images {
            textures(&mut row, &self.plan.classes, image, &region)?;
        }
        Ok(row)
    }
}
fn chosen<M>(all: &'static [Feature<M>], names: &[&str]) -> Vec<&'static Feature<M>> {
    names.iter().filter_map(|name| all.iter().find(|f| f.name == *name)).collect()
}
fn push(row: &mut FeatureRow, prefix: &str, class: &ClassPlan, values: Vec<f64>) {
    for (name, value) in class.features.iter().zip(values) {
        row.features.push((format!("{prefix}_{}_{name}", class.class.name()), value));
    }
}
fn textures(row: &mut FeatureRow, classes: &[ClassPlan], image: &ImagePlan, region: &Region) -> Result<(), ExtractError> {
    let levels = discretize(&region.values, region.pixel_type, image.binning)?;
    let grid = LevelGrid::new(region, &levels, &image.neighbourhood)?;
    for class in classes {
        let names = &class.features;
        let t = std::time::Instant::now();
        let values = match class.class {
            FeatureClass::Shape => continue,
            FeatureClass::FirstOrder => {
                let m = FirstOrder::new(&region.values, &levels, image.shift, region.voxel_volume());
                chosen(first_order::FEATURES, names).into_iter().map(|f| (f.value)(&m)).collect()
            }
            FeatureClass::Glcm => glcm::values(&grid, image.glcm, &chosen(glcm::FEATURES, names)),
            FeatureClass::Gldm => gldm::values(&grid, image.gldm_alpha, &chosen(gldm::FEATURES, names)),
            FeatureClass::Glrlm => glrlm::values(&grid, image.glcm.weighting, &chosen(glrlm::FEATURES, names)),
            FeatureClass::Glszm => glszm::values(&grid, &chosen(glszm::FEATURES, names)),
            FeatureClass::Ngtdm => ngtdm::values(&grid, &chosen(ngtdm::FEATURES, names)),
        };
        if std::env::var("TT").is_ok() { eprintln!("{:?} {:?}", class.class, t.elapsed()); }
        push(row, image.filter.prefix(), class, values);
    }
    Ok(())
}
