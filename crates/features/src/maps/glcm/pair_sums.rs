//! Co-occurrence features of one direction, from sums over its pairs of neighbours.

/// The features, in the order in which they are computed.
pub(super) const NAMES: [&str; 24] = [
    "Autocorrelation",
    "ClusterProminence",
    "ClusterShade",
    "ClusterTendency",
    "Contrast",
    "Correlation",
    "DifferenceAverage",
    "DifferenceEntropy",
    "DifferenceVariance",
    "Id",
    "Idm",
    "Idmn",
    "Idn",
    "Imc1",
    "Imc2",
    "InverseVariance",
    "JointAverage",
    "JointEnergy",
    "JointEntropy",
    "MCC",
    "MaximumProbability",
    "SumAverage",
    "SumEntropy",
    "SumSquares",
];

/// Number of [`NAMES`].
pub(super) const FEATURES: usize = NAMES.len();

/// Entropies that are closer than this, in bits, are compared with more care.
const CLOSE: f64 = 1e-6;

/// Two numbers of levels, the lower one first, and how many pairs have them.
pub(super) type Cell = ([u8; 2], u16);

/// What is summed over the pairs along a direction, in levels above the lowest of the kernel.
pub(super) struct PairSums {
    /// Lowest grey level of the kernel.
    pub(super) lowest: f64,
    /// Number of pairs, $m$.
    pub(super) count: usize,
    /// Of the two levels, of their differences, of these squared, of the products of the levels.
    pub(super) sum: u64,
    pub(super) difference: u64,
    pub(super) square: u64,
    pub(super) product: u64,
    /// Third and fourth moments of the sums of levels, $m^3$ and $m^4$ times.
    pub(super) moments: [f64; 2],
    /// Of the squared counts of cells, twice those of equal levels.
    pub(super) energy: u32,
    /// The largest count of a cell, twice that of equal levels.
    pub(super) largest: u32,
    /// Pairs of equal levels.
    pub(super) equal: f64,
    /// Of $c \log_2 c$ of cells, rows, sums and differences of levels.
    pub(super) logarithms: [f64; 4],
    /// Of what differences add to id, idm, idmn, idn and inverse variance.
    pub(super) inverses: [f64; 5],
}

impl PairSums {
    /// The features, and whether all pairs have one level. The place of MCC holds nothing.
    /// `mutual_information` finds $\sum p(i,j) \log_2 \frac{p(i,j)}{p_x(i) p_y(j)}$ where it is
    /// small.
    pub(super) fn values(
        &self,
        mutual_information: impl FnOnce() -> f64,
    ) -> ([f64; FEATURES], bool) {
        let &Self {
            lowest,
            count,
            sum,
            difference,
            square,
            product,
            moments: [third, fourth],
            ..
        } = self;
        let m = count as u64;
        let share = 1.0 / count as f64;
        let squared_share = share * share;
        // Sums of squares of both levels, of their sum; then variances, 4 m^2 and m^2 times.
        let level_squares = square + 2 * product;
        let variance = (2 * m * level_squares - sum * sum) as f64;
        let covariance = 4.0 * (m * product) as f64 - (sum * sum) as f64;
        let sum_variance = (m * (level_squares + 2 * product) - sum * sum) as f64;
        let difference_variance = (m * square - difference * difference) as f64;
        let logarithm = (count as f64).log2();
        let [joint, rows, sums, differences] = self.logarithms;
        let joint_entropy = 1.0 + logarithm - (joint + self.equal) * share;
        let row_entropy = 1.0 + logarithm - 0.5 * rows * share;
        let flat = variance == 0.0;
        let [imc1, imc2] = if flat {
            [0.0; 2]
        } else {
            let mut information = 2.0 * row_entropy - joint_entropy;
            if information < CLOSE {
                information = mutual_information();
            }
            let imc1 = (joint_entropy - 2.0 * row_entropy) / row_entropy;
            [imc1, (1.0 - (-2.0 * information).exp()).sqrt()]
        };
        let average = lowest + 0.5 * sum as f64 * share;
        let autocorrelation = (product as f64 + lowest * sum as f64) * share + lowest * lowest;
        let values = [
            autocorrelation,
            fourth * squared_share * squared_share * share,
            third * squared_share * squared_share,
            sum_variance * squared_share,
            square as f64 * share,
            if flat { 1.0 } else { covariance / variance },
            difference as f64 * share,
            logarithm - differences * share,
            difference_variance * squared_share,
            self.inverses[0] * share,
            self.inverses[1] * share,
            self.inverses[2] * share,
            self.inverses[3] * share,
            imc1,
            imc2,
            self.inverses[4] * share,
            average,
            0.5 * f64::from(self.energy) * squared_share,
            joint_entropy,
            0.0,
            0.5 * f64::from(self.largest) * share,
            2.0 * average,
            logarithm - sums * share,
            0.25 * variance * squared_share,
        ];
        (values, flat)
    }
}

/// $\sum p(i,j) \log_2 \frac{p(i,j)}{p_x(i) p_y(j)}$ where it is small: each logarithm is that of
/// nearly 1. `rows` holds the voxels of each number.
pub(super) fn mutual_information(count: usize, cells: &[Cell], rows: &[u16]) -> f64 {
    let total = 2 * count as i64;
    let row = |number: u8| rows.get(usize::from(number)).copied().map_or(0, i64::from);
    let term = |&([a, b], times): &Cell| {
        let cell = i64::from(times) << u32::from(a == b);
        let [x, y] = [a, b].map(row);
        f64::from(times) * ((cell * total - x * y) as f64 / (x * y) as f64).ln_1p()
    };
    let sum: f64 = cells.iter().map(term).sum();
    (sum / (count as f64 * std::f64::consts::LN_2)).max(0.0)
}
