//! A limb with a tumour in it: which tissue lies at a point, and how it shines on each sequence.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::field::Field;
use super::patient::Patient;

/// A magnetic resonance sequence.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    T1,
    FatSuppressedT2,
}

/// The body around the tumour, whose centre is the origin; positions are in mm.
pub(super) struct Anatomy {
    /// The box that holds the tumour and its surroundings reaches from `-half` to `half`.
    pub(super) half: [f64; 3],
    shape: Shape,
    tumour: Tumour,
    surroundings: Surroundings,
}

/// A lobed ellipsoid.
struct Shape {
    /// Half axes (mm): across, across, along the limb.
    radii: [f64; 3],
    /// Turn within the slice: cosine and sine.
    turn: (f64, f64),
    lobes: Field,
    lobe_size: f64,
    /// Width (mm) of the passage from tumour to muscle.
    border: f64,
}

/// What the tumour consists of. A part is there where its field exceeds its threshold.
struct Tumour {
    /// Signal of the viable part: T1, fat-suppressed T2.
    signal: [f64; 2],
    /// Fine and coarse grain of each sequence, their strength and the share of the fine one.
    grain: [(Field, Field); 2],
    strength: [f64; 2],
    fine_share: f64,
    necrosis: (Field, f64),
    bleeding: Option<Field>,
    fat: Option<Field>,
    septa: Option<Field>,
    capsule: bool,
    edema: bool,
}

/// Muscle with strands of fat, a bone, the fat under the skin, air.
struct Surroundings {
    /// Direction of the skin within the slice, and its distance from the tumour's centre.
    skin: [f64; 2],
    skin_distance: f64,
    fat_thickness: f64,
    waves: Field,
    strands: Field,
    fibres: Field,
    bone: [f64; 2],
}

impl Anatomy {
    /// Draws the body of a patient.
    pub(super) fn new(rng: &mut ChaCha8Rng, patient: &Patient) -> Self {
        let shape = Shape::new(rng, patient);
        let reach = shape.radii.map(|radius| 1.25 * radius + 1.0);
        let across = reach[0].max(reach[1]);
        let half = [across + 10.0, across + 10.0, reach[2] + 6.0];
        let tumour = Tumour::new(rng, patient, [across, across, reach[2]]);
        let surroundings = Surroundings::new(rng, half, across);
        Self {
            half,
            shape,
            tumour,
            surroundings,
        }
    }

    /// About how far (mm) a point lies outside the tumour's surface; negative inside.
    pub(super) fn distance(&self, point: [f64; 3]) -> f64 {
        self.shape.distance(point)
    }

    /// How much less sharply than usual the border can be seen, as a factor.
    pub(super) fn border_doubt(&self) -> f64 {
        if self.shape.border > 1.0 { 1.7 } else { 1.0 }
    }

    /// The mean signal at points close together, such as those across a thick slice; `contrast`
    /// scales the differences within the tumour.
    pub(super) fn mean_signal(
        &self,
        points: &[[f64; 3]],
        sequence: Sequence,
        contrast: f64,
    ) -> f64 {
        // Well away from the tumour one point will do.
        let first = self.distance(points[0]);
        if first > 4.0 + 7.0 * self.shape.border {
            return self.surroundings.signal(points[0], sequence) + self.edema(first, sequence);
        }
        let mut around = None;
        let mut sum = 0.0;
        for &point in points {
            let distance = self.distance(point);
            let inside = 1.0 / (1.0 + (distance / self.shape.border).exp());
            let mut signal = 0.0;
            if inside < 0.999 {
                // What lies around changes little along the limb.
                let around =
                    around.get_or_insert_with(|| self.surroundings.signal(points[0], sequence));
                signal += (1.0 - inside) * (*around + self.edema(distance, sequence));
            }
            if inside > 0.001 {
                let depth = 1.0 + distance / self.shape.smallest_radius();
                signal += inside * self.tumour.signal(point, depth, sequence, contrast);
            }
            if self.tumour.capsule {
                signal *= 1.0 - 0.55 * (-(distance / 0.9).powi(2)).exp();
            }
            sum += signal;
        }
        sum / points.len() as f64
    }

    fn edema(&self, distance: f64, sequence: Sequence) -> f64 {
        if self.tumour.edema && sequence == Sequence::FatSuppressedT2 {
            230.0 * (-distance.max(0.0) / 5.0).exp()
        } else {
            0.0
        }
    }
}

impl Shape {
    fn new(rng: &mut ChaCha8Rng, patient: &Patient) -> Self {
        let radius = patient.diameter / 2.0;
        let radii = [
            radius * rng.random_range(0.8..0.95),
            radius * rng.random_range(0.65..0.85),
            radius,
        ];
        let turn = rng.random_range(0.0..std::f64::consts::PI);
        let lobe_size = rng.random_range(0.1..0.2);
        let half = [radius * 1.3; 3];
        Self {
            radii,
            turn: (turn.cos(), turn.sin()),
            lobes: Field::new(rng, half, 0.45 * radius),
            lobe_size,
            border: if patient.has("margin") { 1.5 } else { 0.35 },
        }
    }

    fn smallest_radius(&self) -> f64 {
        self.radii[1]
    }

    fn distance(&self, point: [f64; 3]) -> f64 {
        let (cos, sin) = self.turn;
        let x = (cos * point[0] + sin * point[1]) / self.radii[0];
        let y = (cos * point[1] - sin * point[0]) / self.radii[1];
        let z = point[2] / self.radii[2];
        let radius = (x * x + y * y + z * z).sqrt();
        // Bounded, so that the tumour stays in its box, and fading towards its centre, so that it
        // is one piece.
        let lobes = 2.0 * (0.5 * self.lobes.at(point)).tanh() * radius.min(1.0);
        let lobes = self.lobe_size * lobes;
        self.smallest_radius() * (radius - 1.0 - lobes)
    }
}

impl Tumour {
    fn new(rng: &mut ChaCha8Rng, patient: &Patient, half: [f64; 3]) -> Self {
        let [trait_t1, trait_t2] = patient.traits;
        let mut signal = [400.0, 700.0];
        signal[0] *= 1.0 + 0.04 * super::field::normal(rng);
        signal[1] *= 1.0 + 0.06 * super::field::normal(rng);
        if patient.has("t1_high_signal") {
            signal[0] *= 1.12;
        }
        if patient.has("myxoid_matrix") {
            signal[0] *= 0.95;
            signal[1] *= 1.1;
        }
        if patient.has("t2_low_signal") {
            signal[1] *= 0.9;
        }
        let grain = [(); 2].map(|()| (Field::new(rng, half, 1.7), Field::new(rng, half, 4.5)));
        let mut part = |finding: &str, length: f64| {
            patient.has(finding).then(|| Field::new(rng, half, length))
        };
        let bleeding = part("hemorrhage", 3.0);
        let fat = part("fat_tissue", 4.0);
        let septa = part("septations", 6.0);
        let necrosis = Field::new(rng, half, 4.0);
        Self {
            signal,
            grain,
            strength: [
                0.085 * (0.6 * trait_t1).exp(),
                0.09 * (0.4 * trait_t2).exp(),
            ],
            fine_share: (0.5 + 0.15 * trait_t1).clamp(0.1, 0.9),
            necrosis: (necrosis, 1.5 - 0.7 * trait_t2),
            bleeding,
            fat,
            septa,
            capsule: patient.has("capsule"),
            edema: patient.has("peritumoral_edema"),
        }
    }

    /// The signal at a point whose depth is 0 at the centre and 1 at the surface.
    fn signal(&self, point: [f64; 3], depth: f64, sequence: Sequence, contrast: f64) -> f64 {
        let t1 = sequence == Sequence::T1;
        let place = usize::from(!t1);
        let (fine, coarse) = &self.grain[place];
        let share = self.fine_share;
        let grain = share * fine.at(point) + (1.0 - share) * coarse.at(point);
        let norm = (share * share + (1.0 - share).powi(2)).sqrt();
        let mut factor = contrast * self.strength[place] * grain / norm;
        // Necrosis is dark on T1, bright on T2, and seldom reaches the surface.
        let (field, threshold) = &self.necrosis;
        let necrosis = passage(field.at(point) - threshold - 1.5 * (depth - 0.5).max(0.0));
        factor += contrast * necrosis * if t1 { -0.08 } else { 0.5 };
        if let Some(field) = &self.bleeding {
            factor += passage(field.at(point) - 1.7) * if t1 { 0.35 } else { -0.25 };
        }
        if let Some(field) = &self.fat {
            factor += passage(field.at(point) - 1.9) * if t1 { 0.5 } else { -0.4 };
        }
        if let Some(field) = &self.septa {
            factor -= 0.15 * (-(field.at(point) / 0.1).powi(2)).exp();
        }
        self.signal[place] * (1.0 + factor).max(0.1)
    }
}

impl Surroundings {
    fn new(rng: &mut ChaCha8Rng, half: [f64; 3], across: f64) -> Self {
        let angle: f64 = rng.random_range(0.0..std::f64::consts::TAU);
        let away: f64 = angle + std::f64::consts::PI + rng.random_range(-0.6..0.6);
        let bone_distance = across + 7.0;
        Self {
            skin: [angle.cos(), angle.sin()],
            skin_distance: across + rng.random_range(6.0..12.0),
            fat_thickness: rng.random_range(4.0..9.0),
            waves: Field::new(rng, half, 14.0),
            strands: Field::new(rng, half, 7.0),
            fibres: Field::new(rng, half, 3.0),
            bone: [bone_distance * away.cos(), bone_distance * away.sin()],
        }
    }

    fn signal(&self, point: [f64; 3], sequence: Sequence) -> f64 {
        let [muscle, fat, cortex, marrow, air] = match sequence {
            Sequence::T1 => [330.0, 900.0, 60.0, 820.0, 8.0],
            Sequence::FatSuppressedT2 => [240.0, 120.0, 40.0, 150.0, 8.0],
        };
        let outwards = point[0] * self.skin[0] + point[1] * self.skin[1];
        let to_skin = self.skin_distance - outwards + 1.5 * self.waves.at(point);
        let air_share = passage(-to_skin / 0.3);
        let skin_fat = passage((self.fat_thickness - to_skin) / 0.4);
        let strand = 0.7 * (-(self.strands.at(point) / 0.09).powi(2)).exp();
        let fat_share = skin_fat.max(strand);
        let meat = muscle * (1.0 + 0.07 * self.fibres.at(point));
        let mut signal = meat + (fat - meat) * fat_share;
        let to_bone = (point[0] - self.bone[0]).hypot(point[1] - self.bone[1]);
        let bone_share = passage((9.0 - to_bone) / 0.3);
        let marrow_share = passage((6.0 - to_bone) / 0.3);
        let bone = cortex + (marrow - cortex) * marrow_share;
        signal += (bone - signal) * bone_share;
        signal + (air - signal) * air_share
    }
}

/// A smooth step from 0 to 1 around 0.
fn passage(value: f64) -> f64 {
    1.0 / (1.0 + (-4.0 * value).exp())
}
