//! Texture: features of matrices that count how grey levels lie beside one another.
//!
//! A region's grey levels are laid out once in a [`LevelGrid`]; each matrix is then counted in one
//! walk over it. Sums run in a fixed order, so results do not depend on the machine's threads.

mod equal_neighbours;
pub mod glcm;
pub mod gldm;
pub mod glrlm;
pub mod glszm;
mod level_by_size;
mod level_grid;
mod neighbourhood;
pub mod ngtdm;
mod size_counts;
mod tally;

pub use level_by_size::LevelBySize;
pub(crate) use level_grid::Segment;
pub use level_grid::{LevelGrid, LevelGridError};
pub use neighbourhood::Neighbourhood;
pub(crate) use size_counts::SizeCounts;

use crate::catalogue::Feature;

/// The $\epsilon$ that PyRadiomics adds inside logarithms and to divisors: $2^{-52}$.
pub(crate) const EPSILON: f64 = f64::EPSILON;

/// Whose logarithms a matrix is to be read with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Logarithm {
    /// $\log_2(p + \epsilon)$, as PyRadiomics has it.
    #[default]
    WithEpsilon,
    /// $\log_2 p$, as the IBSI has it.
    Exact,
}

impl Logarithm {
    /// What is added to $p$.
    pub(crate) fn epsilon(self) -> f64 {
        match self {
            Self::WithEpsilon => EPSILON,
            Self::Exact => 0.0,
        }
    }
}

/// $-\sum p \log_2(p + \epsilon)$, in bits.
pub(crate) fn entropy<'a>(probabilities: impl Iterator<Item = &'a f64>) -> f64 {
    entropy_by(Logarithm::WithEpsilon, probabilities)
}

/// The entropy of shares, in bits.
pub(crate) fn entropy_by<'a>(
    logarithm: Logarithm,
    probabilities: impl Iterator<Item = &'a f64>,
) -> f64 {
    let epsilon = logarithm.epsilon();
    let terms = probabilities
        .filter(|&&p| p != 0.0)
        .map(|p| p * (p + epsilon).log2());
    // The exact entropy of a single share is 0, not -0.
    0.0 - terms.sum::<f64>()
}

/// $-\sum p \log_2(p + \epsilon)$ of shares $p = n / N$ given as counts $n$ and their sum $N$, in
/// bits.
pub(crate) fn entropy_of_counts(counts: impl Iterator<Item = f64>, total: f64) -> f64 {
    entropy_of_counts_by(Logarithm::WithEpsilon, counts, total)
}

/// The entropy of shares given as counts and their sum, in bits.
///
/// Small whole counts are many and alike: the logarithm of each is taken once.
pub(crate) fn entropy_of_counts_by(
    logarithm: Logarithm,
    counts: impl Iterator<Item = f64>,
    total: f64,
) -> f64 {
    const ALIKE: usize = 256;
    let epsilon = logarithm.epsilon();
    let term = |count: f64| {
        let share = count / total;
        share * (share + epsilon).log2()
    };
    let mut times = [0_u32; ALIKE];
    let mut most = 0;
    let mut sum = 0.0;
    for count in counts {
        let whole = count as usize;
        if whole < ALIKE && whole as f64 == count {
            times[whole] += 1;
            most = most.max(whole);
        } else {
            sum += term(count);
        }
    }
    for (count, &times) in times.iter().enumerate().take(most + 1).skip(1) {
        if times > 0 {
            sum += f64::from(times) * term(count as f64);
        }
    }
    0.0 - sum
}

/// How the matrices of all directions are joined before features are computed
/// (`weightingNorm`): each is multiplied by a weight that depends on the length of its step in mm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightingNorm {
    /// Length by the Manhattan norm.
    Manhattan,
    /// Length by the Euclidean norm.
    Euclidean,
    /// Length by the maximum norm.
    Infinity,
    /// All weights are 1.
    NoWeighting,
}

impl WeightingNorm {
    /// The length of a step, or `None` where all weights are 1.
    pub(crate) fn length(self, step: [i32; 3], spacing: [f64; 3]) -> Option<f64> {
        let along: [f64; 3] =
            std::array::from_fn(|axis| f64::from(step[axis].abs()) * spacing[axis]);
        match self {
            Self::Manhattan => Some(along.iter().sum()),
            Self::Euclidean => Some(along.iter().map(|d| d * d).sum::<f64>().sqrt()),
            Self::Infinity => Some(along.iter().copied().fold(0.0, f64::max)),
            Self::NoWeighting => None,
        }
    }
}

/// The mean of every feature over the matrices of all directions; a direction in which a feature
/// is NaN is left out, as PyRadiomics does.
pub(crate) struct DirectionMean {
    sums: Vec<f64>,
    counts: Vec<usize>,
}

impl DirectionMean {
    pub(crate) fn new(features: usize) -> Self {
        Self {
            sums: vec![0.0; features],
            counts: vec![0; features],
        }
    }

    /// Forgets all matrices.
    pub(crate) fn clear(&mut self) {
        self.sums.fill(0.0);
        self.counts.fill(0);
    }

    pub(crate) fn add<M>(&mut self, features: &[&Feature<M>], matrix: &M) {
        for ((sum, count), feature) in self.sums.iter_mut().zip(&mut self.counts).zip(features) {
            let value = (feature.value)(matrix);
            if !value.is_nan() {
                *sum += value;
                *count += 1;
            }
        }
    }

    /// Whether no direction has given a value.
    fn is_empty(&self) -> bool {
        self.counts.iter().all(|&count| count == 0)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        let means = self.sums.iter().zip(&self.counts);
        means.map(|(sum, &count)| sum / count as f64)
    }
}
