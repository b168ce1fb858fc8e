//! Made-up numbers of plausible shape for every figure, extreme ones, and none at all.

use radiome_figures::figure::calibration::*;
use radiome_figures::figure::coefficients::*;
use radiome_figures::figure::cohort_flow::*;
use radiome_figures::figure::decision_curve::*;
use radiome_figures::figure::forest::*;
use radiome_figures::figure::icc::*;
use radiome_figures::figure::kaplan_meier::*;
use radiome_figures::figure::lasso_cv::*;
use radiome_figures::figure::lasso_path::*;
use radiome_figures::figure::nomogram::*;
use radiome_figures::figure::panels::panels;
use radiome_figures::figure::rad_score::*;
use radiome_figures::figure::region_overview::*;
use radiome_figures::figure::roc::*;
use radiome_figures::figure::selection_frequency::*;
use radiome_figures::figure::workflow::*;
use radiome_figures::{Estimate, Scene, Theme};

use cohort::*;
use models::*;
use region::region;

mod cohort;
mod models;
mod region;

/// Figures by name.
pub(crate) type Gallery = Vec<(&'static str, Scene)>;

/// A small generator of numbers that look random (Knuth's MMIX multiplier), for pictures only.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

const FEATURES: [&str; 12] = [
    "T1_original_glszm_SmallAreaLowGrayLevelEmphasis",
    "FST2_wavelet-LLH_glcm_Imc2",
    "T1_log-sigma-3-0-mm-3D_firstorder_Skewness",
    "FST2_original_shape_Sphericity",
    "T1_wavelet-HHL_gldm_LargeDependenceHighGrayLevelEmphasis",
    "FST2_wavelet-LHL_ngtdm_Busyness",
    "T1_original_glrlm_LongRunLowGrayLevelEmphasis",
    "FST2_log-sigma-5-0-mm-3D_glszm_ZoneEntropy",
    "T1_wavelet-LLL_firstorder_90Percentile",
    "FST2_original_glcm_ClusterShade",
    "T1_wavelet-HLH_glszm_GrayLevelNonUniformityNormalized",
    "FST2_wavelet-HHH_firstorder_Kurtosis",
];
const LONG: &str = "Clinical variables and combined radiomics signature of T1 and fat-suppressed T2 \
                    with R&D <script>alert('x')</script>";

fn estimate(value: f64, low: f64, high: f64) -> Estimate {
    Estimate { value, low, high }
}

fn model_name(i: usize, long: bool) -> String {
    let names = [
        "Nomogram",
        "Clinical model",
        "Rad-score, T1",
        "Rad-score, FS-T2",
        "Rad-score, combined",
    ];
    if long {
        format!("{}: {LONG}", names[i % 5])
    } else {
        names[i % 5].to_string()
    }
}

/// Every figure on numbers as a study has them.
pub(crate) fn plausible(theme: &Theme) -> Gallery {
    let two = ["Training (n = 109)", "External (n = 71)"];
    let (path, cv) = lasso(30, 8);
    let both = panels(&[lasso_cv(&cv, theme), lasso_path(&path, theme)], 2, theme);
    vec![
        ("cohort_flow", cohort_flow(&flow(2, false), theme)),
        ("coefficients", coefficients(&signature(12, false), theme)),
        (
            "rad_score",
            rad_score(&scores(&[("Training", 109), ("External", 71)], 2), theme),
        ),
        ("roc", roc(&roc_data(&two, 3, false), theme)),
        ("nomogram", nomogram(&nomogram_data(false), theme)),
        (
            "calibration",
            calibration(&calibration_data(&two, 2, false), theme),
        ),
        (
            "decision_curve",
            decision_curve(&decision_data(&two, 3, false), theme),
        ),
        (
            "kaplan_meier",
            kaplan_meier(
                &survival_data(&[("Training", 109), ("External", 71)], 2, false),
                theme,
            ),
        ),
        ("lasso_path", lasso_path(&path, theme)),
        ("lasso_cv", lasso_cv(&cv, theme)),
        (
            "selection_frequency",
            selection_frequency(&frequencies(15), theme),
        ),
        ("icc", icc(&icc_data(1130), theme)),
        ("forest", forest(&forest_data(false), theme)),
        ("workflow", workflow(&way(2, false), theme)),
        ("region_overview", region_overview(&region(None), theme)),
        ("forest_areas", forest(&areas_data(false), theme)),
        ("panels", both),
    ]
}

/// Every figure on long names, many models, few patients and numbers out of bounds.
pub(crate) fn extreme(theme: &Theme) -> Gallery {
    let three = ["Training", LONG, "External"];
    let (mut path, mut cv) = lasso(60, 30);
    path.paths[1].values[4] = f64::NAN;
    cv.standard_error[3] = f64::NAN;
    let mut few = scores(&[("Training", 5), ("External", 1), ("Empty", 0)], 4);
    few.panels[0].patients[0].score = f64::NAN;
    few.panels[0].patients[1].class = 9;
    let mut curves = roc_data(&three, 5, true);
    curves.panels[1].curves[0].true_positive_rate.truncate(20);
    curves.panels[2].curves.clear();
    let mut benefit = decision_data(&three, 5, true);
    benefit.panels[0].models[0].net_benefit[10] = f64::NAN;
    benefit.panels[0].models[1].net_benefit[10] = f64::NEG_INFINITY;
    let mut fit = calibration_data(&three, 5, true);
    fit.panels[2].models.clear();
    fit.panels[1].models[0].curve[3].observed = 7.0;
    fit.panels[1].models[1].groups[0].observed = f64::NAN;
    let mut survival = survival_data(&[("Training", 109), (LONG, 20), ("Nobody", 0)], 4, true);
    survival.panels[0].groups[0].low.pop();
    let mut repeat = icc_data(3);
    repeat.threshold = 0.777;
    repeat.panels[0].values = vec![-5.0, 0.0, 0.75, 0.78, 1.0, f64::NAN];
    repeat.panels[1].values.clear();
    let all: Vec<Scene> = plausible(theme)
        .into_iter()
        .map(|(_, scene)| scene)
        .collect();
    vec![
        ("cohort_flow", cohort_flow(&flow(4, true), theme)),
        (
            "coefficients",
            coefficients(
                &{
                    let mut data = signature(30, true);
                    data.features[2].name = LONG.repeat(2);
                    data.features[3].value = f64::NAN;
                    data
                },
                theme,
            ),
        ),
        ("rad_score", rad_score(&few, theme)),
        ("roc", roc(&curves, theme)),
        ("nomogram", nomogram(&nomogram_data(true), theme)),
        ("calibration", calibration(&fit, theme)),
        ("decision_curve", decision_curve(&benefit, theme)),
        ("kaplan_meier", kaplan_meier(&survival, theme)),
        ("lasso_path", lasso_path(&path, theme)),
        ("lasso_cv", lasso_cv(&cv, theme)),
        (
            "selection_frequency",
            selection_frequency(&frequencies(60), theme),
        ),
        ("icc", icc(&repeat, theme)),
        ("forest", forest(&forest_data(true), theme)),
        ("workflow", workflow(&way(5, true), theme)),
        (
            "region_overview",
            region_overview(&region(Some(LONG)), theme),
        ),
        ("forest_areas", forest(&areas_data(true), theme)),
        ("panels", panels(&all, 1, theme)),
    ]
}

/// Every figure on nothing.
pub(crate) fn empty(theme: &Theme) -> Gallery {
    vec![
        ("cohort_flow", cohort_flow(&CohortFlow::default(), theme)),
        (
            "coefficients",
            coefficients(&Coefficients::default(), theme),
        ),
        ("rad_score", rad_score(&RadScore::default(), theme)),
        ("roc", roc(&Roc::default(), theme)),
        ("nomogram", nomogram(&Nomogram::default(), theme)),
        ("calibration", calibration(&Calibration::default(), theme)),
        (
            "decision_curve",
            decision_curve(&DecisionCurve::default(), theme),
        ),
        ("kaplan_meier", kaplan_meier(&KaplanMeier::default(), theme)),
        ("lasso_path", lasso_path(&LassoPath::default(), theme)),
        ("lasso_cv", lasso_cv(&LassoCv::default(), theme)),
        (
            "selection_frequency",
            selection_frequency(&SelectionFrequency::default(), theme),
        ),
        ("icc", icc(&Icc::default(), theme)),
        ("forest", forest(&Forest::default(), theme)),
        ("workflow", workflow(&Workflow::default(), theme)),
        (
            "region_overview",
            region_overview(&RegionOverview::default(), theme),
        ),
        ("panels", panels(&[], 2, theme)),
    ]
}
