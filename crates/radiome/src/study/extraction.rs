//! From images to the feature table of a study.
/// One feature column.
#[derive(Clone, Debug)]
pub struct FeatureColumn {
    /// Name with its sequence in front.
    pub name: String,
    /// Number of its sequence.
    pub sequence: usize,
}
/// x
pub struct StudyFeatures {}
