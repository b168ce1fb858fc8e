//! The families of features, as the IBSI groups them.

/// A family of features that share what they are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// The form of the region, and how intensities lie in it.
    Morphology,
    /// Peaks of the mean within 1 cm³.
    LocalIntensity,
    /// The distribution of the intensities.
    Statistics,
    /// The distribution of the grey levels.
    IntensityHistogram,
    /// How much of the volume is how bright.
    IntensityVolumeHistogram,
    /// Grey level co-occurrence matrix.
    Glcm,
    /// Grey level run length matrix.
    Glrlm,
    /// Grey level size zone matrix.
    Glszm,
    /// Grey level distance zone matrix.
    Gldzm,
    /// Neighbourhood grey tone difference matrix.
    Ngtdm,
    /// Neighbouring grey level dependence matrix.
    Ngldm,
}

impl Family {
    /// All families, in the order of the manual.
    pub const ALL: [Self; 11] = [
        Self::Morphology,
        Self::LocalIntensity,
        Self::Statistics,
        Self::IntensityHistogram,
        Self::IntensityVolumeHistogram,
        Self::Glcm,
        Self::Glrlm,
        Self::Glszm,
        Self::Gldzm,
        Self::Ngtdm,
        Self::Ngldm,
    ];

    /// The word for it in parameter files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Morphology => "morphology",
            Self::LocalIntensity => "local_intensity",
            Self::Statistics => "statistics",
            Self::IntensityHistogram => "intensity_histogram",
            Self::IntensityVolumeHistogram => "intensity_volume_histogram",
            Self::Glcm => "glcm",
            Self::Glrlm => "glrlm",
            Self::Glszm => "glszm",
            Self::Gldzm => "gldzm",
            Self::Ngtdm => "ngtdm",
            Self::Ngldm => "ngldm",
        }
    }

    /// The IBSI's name of it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Morphology => "Morphology",
            Self::LocalIntensity => "Local intensity",
            Self::Statistics => "Statistics",
            Self::IntensityHistogram => "Intensity histogram",
            Self::IntensityVolumeHistogram => "Intensity volume histogram",
            Self::Glcm => "Co-occurrence matrix",
            Self::Glrlm => "Run length matrix",
            Self::Glszm => "Size zone matrix",
            Self::Gldzm => "Distance zone matrix",
            Self::Ngtdm => "Neighbourhood grey tone difference matrix",
            Self::Ngldm => "Neighbouring grey level dependence matrix",
        }
    }

    /// Whether its matrices are those of directions, which may be averaged or merged.
    #[must_use]
    pub fn has_directions(self) -> bool {
        matches!(self, Self::Glcm | Self::Glrlm)
    }

    /// Whether it counts matrices of grey levels, within slices or in the volume.
    #[must_use]
    pub fn is_texture(self) -> bool {
        matches!(
            self,
            Self::Glcm | Self::Glrlm | Self::Glszm | Self::Gldzm | Self::Ngtdm | Self::Ngldm
        )
    }
}
