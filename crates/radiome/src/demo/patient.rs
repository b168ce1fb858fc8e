//! The patients: who they are, how they fared, and the traits that shape their tumours.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::field::normal;
use super::scanner::Scanner;
use crate::table::{Table, TableError};

/// Number of training patients (centre A) whose images exist.
pub(super) const TRAINING: usize = 72;
/// Number of patients of the other centre, B.
pub(super) const EXTERNAL: usize = 48;
/// Number of training patients drawn a second time by reader 1, and by reader 2.
pub(super) const REREAD: usize = 30;

/// Days in a month.
const MONTH: f64 = 365.25 / 12.0;

/// Counts of the published cohort in the order training low, training high, external low,
/// external high; the groups have 59, 50, 34 and 37 patients (Yan et al., J Magn Reson Imaging
/// 2021, doi 10.1002/jmri.27532, Table 2).
const GROUPS: [u32; 4] = [59, 50, 34, 37];
const MALE: [u32; 4] = [38, 33, 18, 23];
const N_STAGE_1: [u32; 4] = [1, 1, 0, 2];
const M_STAGE_1: [u32; 4] = [2, 10, 2, 5];
/// Patients of T stage 1 to 4 in each group.
const T_STAGE: [[u32; 4]; 4] = [
    [17, 31, 10, 1],
    [9, 19, 10, 12],
    [9, 23, 1, 1],
    [4, 16, 9, 8],
];
/// Mean and standard deviation of age in each group.
const AGE: [(f64, f64); 4] = [(51.0, 20.2), (55.0, 19.1), (53.3, 19.3), (50.4, 18.7)];
/// Median progression-free survival in months.
const MEDIAN_PFS: [f64; 4] = [43.0, 19.0, 39.0, 24.0];

/// What a reader notes on the images, and how often in each group.
const FINDINGS: [(&str, [u32; 4]); 15] = [
    ("t1_high_signal", [22, 18, 20, 13]),
    ("t2_low_signal", [25, 23, 30, 31]),
    ("heterogeneous", [33, 34, 19, 23]),
    ("myxoid_matrix", [18, 7, 18, 18]),
    ("fibrous_tissue", [10, 9, 30, 22]),
    ("margin", [13, 32, 7, 26]),
    ("septations", [17, 6, 24, 21]),
    ("fat_tissue", [23, 20, 16, 12]),
    ("vessels", [7, 3, 16, 22]),
    ("hemorrhage", [6, 4, 2, 3]),
    ("depth_gt_8cm", [32, 28, 20, 19]),
    ("peritumoral_edema", [8, 13, 19, 23]),
    ("bone_involvement", [10, 7, 1, 8]),
    ("capsule", [22, 26, 14, 14]),
    ("neurovascular", [5, 4, 16, 25]),
];

/// Histological types and their numbers at the two centres (Table 1; the rarer ones together).
const HISTOLOGY: [(&str, [u32; 2]); 9] = [
    ("Undifferentiated pleomorphic sarcoma", [23, 7]),
    ("Liposarcoma", [17, 16]),
    ("Myxofibrosarcoma", [13, 8]),
    ("Synovial sarcoma", [11, 9]),
    ("Fibrosarcoma", [6, 4]),
    ("Leiomyosarcoma", [6, 3]),
    ("Rhabdomyosarcoma", [5, 5]),
    ("Extraskeletal chondrosarcoma", [5, 4]),
    ("Other", [23, 15]),
];

/// A patient of the demo.
pub(super) struct Patient {
    pub(super) id: String,
    /// Whether of the training centre.
    pub(super) training: bool,
    pub(super) scanner: Scanner,
    pub(super) high_grade: bool,
    /// Traits behind the look on T1 and on fat-suppressed T2; higher in high grade on average.
    pub(super) traits: [f64; 2],
    /// Largest diameter of the tumour in the image (mm).
    pub(super) diameter: f64,
    /// Whether contours by reader 2 and a second time by reader 1 exist.
    pub(super) reread: bool,
    /// Whether images exist at all.
    pub(super) has_images: bool,
    age: u32,
    male: bool,
    t_stage: u32,
    n_stage: u32,
    m_stage: u32,
    ajcc_stage: &'static str,
    histology: &'static str,
    findings: [bool; FINDINGS.len()],
    pfs_days: u32,
    pfs_event: bool,
}

impl Patient {
    /// Whether a finding is present.
    pub(super) fn has(&self, finding: &str) -> bool {
        let place = FINDINGS.iter().position(|(name, _)| *name == finding);
        place.is_some_and(|place| self.findings[place])
    }
}

/// Draws the cohort: the training centre, one of its patients without images, the other centre.
pub(super) fn draw(rng: &mut ChaCha8Rng) -> Vec<Patient> {
    let mut patients = Vec::with_capacity(TRAINING + 1 + EXTERNAL);
    for training in [true, false] {
        // The share of high grades is the published one; who has which is chance.
        let (count, low, high) = if training {
            (TRAINING + 1, GROUPS[0], GROUPS[1])
        } else {
            (EXTERNAL, GROUPS[2], GROUPS[3])
        };
        let high = count * high as usize / (low + high) as usize;
        let mut grades: Vec<bool> = (0..count).map(|place| place < high).collect();
        grades.shuffle(rng);
        let mut reread: Vec<bool> = (0..count).map(|place| place < REREAD).collect();
        reread[..TRAINING.min(count)].shuffle(rng);
        for (place, high_grade) in grades.into_iter().enumerate() {
            let centre = if training { 'A' } else { 'B' };
            let id = format!("{centre}{:03}", place + 1);
            let mut patient = draw_one(rng, id, training, high_grade);
            patient.has_images = place < TRAINING;
            patient.reread = training && patient.has_images && reread[place];
            patients.push(patient);
        }
    }
    patients
}

fn draw_one(rng: &mut ChaCha8Rng, id: String, training: bool, high_grade: bool) -> Patient {
    let group = 2 * usize::from(!training) + usize::from(high_grade);
    let share = |counts: [u32; 4]| f64::from(counts[group]) / f64::from(GROUPS[group]);
    let scanner = Scanner::draw(rng, training);

    // How far the two traits separate the grades: alone an AUC of 0.77 and 0.80 at best, together
    // 0.87, before the image adds its own noise.
    let shift = if high_grade { 0.5 } else { -0.5 };
    let traits = [1.05 * shift + normal(rng), 1.2 * shift + normal(rng)];

    let (mean, deviation) = AGE[group];
    let age = (mean + deviation * normal(rng)).clamp(1.0, 93.0).round() as u32;
    let male = rng.random_bool(share(MALE));
    let t_stage = 1 + choose(rng, &T_STAGE[group]) as u32;
    let n_stage = u32::from(rng.random_bool(share(N_STAGE_1)));
    let m_stage = u32::from(rng.random_bool(share(M_STAGE_1)));
    let diameter = draw_diameter(rng, t_stage);
    let histology_counts = HISTOLOGY.map(|(_, counts)| counts[usize::from(!training)]);
    let histology = HISTOLOGY[choose(rng, &histology_counts)].0;
    let mut findings = FINDINGS.map(|(_, counts)| rng.random_bool(share(counts)));
    if let Some(place) = FINDINGS
        .iter()
        .position(|(name, _)| *name == "depth_gt_8cm")
    {
        findings[place] = 2.0 * diameter > 80.0;
    }
    let grade_1 = !high_grade && rng.random_bool(16.0 / 59.0);

    // An exponential time whose median is the published one of the group, sooner where the traits
    // are higher than usual for the grade; followed for 5 to 96 months.
    let surplus = 0.5 * (traits[0] + traits[1]) - 1.125 * shift;
    let rate = std::f64::consts::LN_2 / MEDIAN_PFS[group] * (0.5 * surplus).exp();
    let progression = -(1.0 - rng.random::<f64>()).ln() / rate;
    let follow_up = rng.random_range(5.0..96.0);
    let pfs_days = (progression.min(follow_up) * MONTH).ceil().max(1.0) as u32;

    Patient {
        id,
        training,
        scanner,
        high_grade,
        traits,
        diameter,
        reread: false,
        has_images: true,
        age,
        male,
        t_stage,
        n_stage,
        m_stage,
        ajcc_stage: ajcc_stage(grade_1, t_stage, n_stage, m_stage),
        histology,
        findings,
        pfs_days,
        pfs_event: progression <= follow_up,
    }
}

/// The diameter (mm) of a tumour of a T stage, drawn to half scale (limits 5, 10 and 15 cm) so that
/// the demo stays quick.
fn draw_diameter(rng: &mut ChaCha8Rng, t_stage: u32) -> f64 {
    let (low, high): (f64, f64) = match t_stage {
        1 => (17.0, 25.0),
        2 => (25.0, 50.0),
        3 => (50.0, 62.0),
        _ => (75.0, 80.0),
    };
    low * (high / low).powf(rng.random::<f64>())
}

/// A stage group after the pattern of the AJCC's: spread first, then grade, then size.
fn ajcc_stage(grade_1: bool, t_stage: u32, n_stage: u32, m_stage: u32) -> &'static str {
    match (grade_1, t_stage) {
        _ if n_stage > 0 || m_stage > 0 => "IV",
        (true, 1) => "IA",
        (true, _) => "IB",
        (false, 1) => "IIA",
        (false, 2) => "IIB",
        (false, _) => "III",
    }
}

/// A place drawn with chances in proportion to the counts.
fn choose(rng: &mut ChaCha8Rng, counts: &[u32]) -> usize {
    let mut left = rng.random_range(0..counts.iter().sum());
    for (place, &count) in counts.iter().enumerate() {
        if left < count {
            return place;
        }
        left -= count;
    }
    counts.len() - 1
}

/// The clinical table.
pub(super) fn table(patients: &[Patient]) -> Result<Table, TableError> {
    let mut table = Table::new("clinical.csv", patients.len());
    let mut add = |name: &str, cell: &dyn Fn(&Patient) -> String| {
        table.push_texts(name, patients.iter().map(cell).collect())
    };
    add("id", &|p| p.id.clone())?;
    add("centre", &|p| {
        (if p.training { "A" } else { "B" }).to_owned()
    })?;
    add("scanner", &|p| p.scanner.name.to_owned())?;
    add("age", &|p| p.age.to_string())?;
    add("sex", &|p| {
        (if p.male { "Male" } else { "Female" }).to_owned()
    })?;
    add("t_stage", &|p| p.t_stage.to_string())?;
    add("n_stage", &|p| p.n_stage.to_string())?;
    add("m_stage", &|p| p.m_stage.to_string())?;
    add("ajcc_stage", &|p| p.ajcc_stage.to_owned())?;
    add("histology", &|p| p.histology.to_owned())?;
    for (place, (name, _)) in FINDINGS.iter().enumerate() {
        add(name, &|p| u32::from(p.findings[place]).to_string())?;
    }
    add("high_grade", &|p| u32::from(p.high_grade).to_string())?;
    add("pfs_days", &|p| p.pfs_days.to_string())?;
    add("pfs_event", &|p| u32::from(p.pfs_event).to_string())?;
    Ok(table)
}
