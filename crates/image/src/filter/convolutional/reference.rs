//! The filter settings of the IBSI's reference response maps and features.

use super::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, FilterError, Gabor, LawsKernel, Pass,
    Pooling, RieszOf, SampledLaplacianOfGaussian,
};
use crate::filter::Wavelet;
use crate::nearest_name;

/// Names of the settings with a reference: of the response maps of phase 1, and of the features
/// of phase 2.
const IDS: [&str; 51] = [
    "1.a.1", "1.a.2", "1.a.3", "1.a.4", "1.b.1", "2.a", "2.b", "2.c", "3.a.1", "3.a.2", "3.a.3",
    "3.b.1", "3.b.2", "3.b.3", "3.c.1", "3.c.2", "3.c.3", "4.a.1", "4.a.2", "4.b.1", "4.b.2",
    "5.a.1", "5.a.2", "6.a.1", "6.a.2", "7.a.1", "7.a.2", "8.a.1", "8.a.2", "8.a.3", "9.a",
    "9.b.1", "10.b.1", "1.A", "1.B", "2.A", "2.B", "3.A", "3.B", "4.A", "4.B", "5.A", "5.B", "6.A",
    "6.B", "7.A", "7.B", "8.A", "8.B", "9.A", "9.B",
];

impl Convolution {
    /// Names of the settings that [`reference`](Self::reference) knows.
    #[must_use]
    pub fn reference_ids() -> &'static [&'static str] {
        &IDS
    }

    /// The settings of one of the IBSI's reference filters by their name: `3.a.1` of phase 1
    /// (response maps of digital phantoms), `3.A` of phase 2 (features of a CT image). Small and
    /// capital letters differ. `None` for `1.A` and `1.B`, which filter nothing.
    ///
    /// The reference of 8.A to 9.B takes the image as periodic, although the configuration asks
    /// for mirrored borders. The features of 8.A and 9.A are within their tolerances with both;
    /// with a periodic image every printed digit of the consensus values comes out.
    ///
    /// # Errors
    /// [`FilterError::UnknownReference`].
    ///
    /// Source: IBSI chapter 2 manual (arXiv 2006.05470), tables of the phases; P. Whybra,
    /// A. Zwanenburg and others, Radiology 310, 2024, e231319.
    pub fn reference(id: &str) -> Result<Option<Self>, FilterError> {
        if IDS.contains(&id) {
            return settings(id).transpose();
        }
        let other_case = IDS.iter().find(|known| known.eq_ignore_ascii_case(id));
        let nearest = other_case.copied().or_else(|| nearest_name(id, IDS));
        Err(FilterError::UnknownReference {
            name: id.into(),
            nearest: nearest.map(Into::into),
        })
    }
}

/// The settings; `None` where nothing is filtered.
fn settings(id: &str) -> Option<Result<Convolution, FilterError>> {
    use Boundary::{Mirror, Nearest, Periodic, Zero};
    use Dimension::{Slices, Volume};
    use Pooling::{Average, Maximum};

    let make =
        |filter: Result<ConvolutionalFilter, FilterError>, dimension, boundary, rotations| {
            filter.map(|filter| Convolution {
                filter,
                dimension,
                boundary,
                rotations,
            })
        };
    let mean = |support| Ok(ConvolutionalFilter::Mean { support });
    let log = |sigma| SampledLaplacianOfGaussian {
        sigma,
        truncate: 4.0,
    };
    let laplacian = |sigma| Ok(ConvolutionalFilter::LaplacianOfGaussian(log(sigma)));
    let laws = |names: &str, energy_distance| {
        LawsKernel::list(names).map(|kernels| ConvolutionalFilter::Laws {
            kernels,
            energy_distance,
        })
    };
    let gabor = |sigma, lambda, gamma, theta, theta_step| {
        Ok(ConvolutionalFilter::Gabor(Gabor {
            sigma,
            lambda,
            gamma,
            theta,
            theta_step,
        }))
    };
    let wavelet = |name: &str, letters: &str, level| {
        Ok(ConvolutionalFilter::SeparableWavelet {
            wavelet: Wavelet::named(name)?,
            passes: Pass::list(letters)?,
            level,
        })
    };
    let simoncelli = |level| Ok(ConvolutionalFilter::Simoncelli { level });
    let riesz = |of, order| Ok(ConvolutionalFilter::Riesz { of, order });
    let riesz_of_log = |order| riesz(RieszOf::LaplacianOfGaussian(log(3.0)), order);

    let found = match id {
        "1.a.1" => make(mean(15), Volume, Zero, None),
        "1.a.2" => make(mean(15), Volume, Nearest, None),
        "1.a.3" => make(mean(15), Volume, Periodic, None),
        "1.a.4" => make(mean(15), Volume, Mirror, None),
        "1.b.1" => make(mean(15), Slices, Zero, None),
        "2.a" => make(laplacian(3.0), Volume, Zero, None),
        "2.b" => make(laplacian(5.0), Volume, Mirror, None),
        "2.c" => make(laplacian(5.0), Slices, Mirror, None),
        "3.a.1" => make(laws("E5L5S5", None), Volume, Zero, None),
        "3.a.2" => make(laws("E5L5S5", None), Volume, Zero, Some(Maximum)),
        "3.a.3" => make(laws("E5L5S5", Some(7)), Volume, Zero, Some(Maximum)),
        "3.b.1" => make(laws("E3W5R5", None), Volume, Mirror, None),
        "3.b.2" => make(laws("E3W5R5", None), Volume, Mirror, Some(Maximum)),
        "3.b.3" => make(laws("E3W5R5", Some(7)), Volume, Mirror, Some(Maximum)),
        "3.c.1" => make(laws("L5S5", None), Slices, Mirror, None),
        "3.c.2" => make(laws("L5S5", None), Slices, Mirror, Some(Maximum)),
        "3.c.3" => make(laws("L5S5", Some(7)), Slices, Mirror, Some(Maximum)),
        "4.a.1" => make(gabor(10.0, 4.0, 0.5, 60.0, None), Slices, Zero, None),
        "4.a.2" => make(
            gabor(10.0, 4.0, 0.5, 0.0, Some(45.0)),
            Volume,
            Zero,
            Some(Average),
        ),
        "4.b.1" => make(gabor(20.0, 8.0, 2.5, 225.0, None), Slices, Mirror, None),
        "4.b.2" => make(
            gabor(20.0, 8.0, 2.5, 0.0, Some(22.5)),
            Volume,
            Mirror,
            Some(Average),
        ),
        "5.a.1" => make(wavelet("db2", "LHL", 1), Volume, Zero, None),
        "5.a.2" => make(wavelet("db2", "LHL", 1), Volume, Zero, Some(Average)),
        "6.a.1" => make(wavelet("coif1", "HHL", 1), Volume, Periodic, None),
        "6.a.2" => make(wavelet("coif1", "HHL", 1), Volume, Periodic, Some(Average)),
        "7.a.1" => make(wavelet("haar", "LLL", 2), Volume, Mirror, Some(Average)),
        "7.a.2" => make(wavelet("haar", "HHH", 2), Volume, Mirror, Some(Average)),
        "8.a.1" => make(simoncelli(1), Volume, Periodic, None),
        "8.a.2" => make(simoncelli(2), Volume, Periodic, None),
        "8.a.3" => make(simoncelli(3), Volume, Periodic, None),
        "9.a" => make(riesz_of_log([1, 0, 0]), Volume, Zero, None),
        "9.b.1" => make(riesz_of_log([0, 2, 0]), Volume, Zero, None),
        "10.b.1" => make(
            riesz(RieszOf::Simoncelli { level: 1 }, [0, 2, 0]),
            Volume,
            Periodic,
            None,
        ),
        "2.A" => make(mean(5), Slices, Mirror, None),
        "2.B" => make(mean(5), Volume, Mirror, None),
        "3.A" => make(laplacian(1.5), Slices, Mirror, None),
        "3.B" => make(laplacian(1.5), Volume, Mirror, None),
        "4.A" => make(laws("L5E5", Some(7)), Slices, Mirror, Some(Maximum)),
        "4.B" => make(laws("L5E5E5", Some(7)), Volume, Mirror, Some(Maximum)),
        "5.A" => make(
            gabor(5.0, 2.0, 1.5, 0.0, Some(22.5)),
            Slices,
            Mirror,
            Some(Average),
        ),
        "5.B" => make(
            gabor(5.0, 2.0, 1.5, 0.0, Some(22.5)),
            Volume,
            Mirror,
            Some(Average),
        ),
        "6.A" => make(wavelet("db3", "LH", 1), Slices, Mirror, Some(Average)),
        "6.B" => make(wavelet("db3", "LLH", 1), Volume, Mirror, Some(Average)),
        "7.A" => make(wavelet("db3", "HH", 2), Slices, Mirror, Some(Average)),
        "7.B" => make(wavelet("db3", "HHH", 2), Volume, Mirror, Some(Average)),
        "8.A" => make(simoncelli(1), Slices, Periodic, None),
        "8.B" => make(simoncelli(1), Volume, Periodic, None),
        "9.A" => make(simoncelli(2), Slices, Periodic, None),
        "9.B" => make(simoncelli(2), Volume, Periodic, None),
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_settings() {
        for id in IDS {
            let convolution = Convolution::reference(id).unwrap();
            // Only 1.A and 1.B filter nothing.
            assert_eq!(convolution.is_none(), ["1.A", "1.B"].contains(&id), "{id}");
            if let Some(convolution) = convolution {
                convolution.check().unwrap();
                let slices = convolution.dimension == Dimension::Slices;
                assert!(!id.ends_with('A') || slices);
                assert!(!id.ends_with('B') || !slices);
            }
        }
        let error = Convolution::reference("2.D").unwrap_err();
        assert!(matches!(error, FilterError::UnknownReference { .. }));
        let error = Convolution::reference("3.A.1").unwrap_err().to_string();
        assert!(error.contains("did you mean `3.a.1`?"), "{error}");
    }
}
