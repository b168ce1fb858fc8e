//! Whole extractions: filters before every family, several labels, regions that define little.

use radiome_features::ibsi::{Extractor, ImagePlan, Profile};
use radiome_features::{FeatureRow, Protocol, Settings, UndefinedReason};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

fn image(size: [usize; 3], spacing: [f64; 3], value: impl Fn(usize) -> f64) -> Image {
    let geometry = Geometry::axis_aligned(size, spacing);
    Image {
        values: (0..geometry.voxel_count()).map(value).collect(),
        pixel_type: PixelType::F64,
        geometry,
    }
}

fn labels(image: &Image, label: impl Fn([usize; 3]) -> u32) -> LabelMap {
    let geometry = image.geometry.clone();
    let label = |place| label(geometry.index(place));
    LabelMap {
        labels: (0..geometry.voxel_count()).map(label).collect(),
        geometry,
        segments: Vec::new(),
    }
}

fn textured(size: [usize; 3]) -> Image {
    image(size, [1.0, 1.2, 2.5], |i| ((i * 7919) % 97) as f64)
}

fn extract(settings: &str, image: &Image, labels: &LabelMap) -> FeatureRow {
    let settings = Settings::from_yaml(settings).unwrap();
    let protocol = settings.protocol().unwrap();
    let mut rows = protocol.extract_labels(image, labels, &[1]);
    let row = rows.remove(0).unwrap();
    let planned: Vec<String> = protocol.features().into_iter().map(|f| f.name).collect();
    let found: Vec<&String> = row.features.iter().map(|(name, _)| name).collect();
    assert_eq!(found, planned.iter().collect::<Vec<_>>());
    // Every NaN has its reason, and nothing is infinite.
    for (name, value) in &row.features {
        let reason = row.undefined.iter().any(|(known, _)| known == name);
        assert!(value.is_finite() || reason, "{name}: {value}");
    }
    row
}

#[test]
fn filters_stand_before_every_family() {
    let image = textured([12, 11, 9]);
    let labels = labels(&image, |[x, y, z]| u32::from(x > 2 && y > 2 && z > 2));
    let settings = "
profile: ibsi:C
setting: {resampledPixelSpacing: [1, 1, 1], roundInterpolated: false}
imageType:
  Original: {}
  Mean: {support: 3, binCount: 16}
  LoG: {sigma: [2], binWidth: 5}
  Wavelet: {}
";
    let row = extract(settings, &image, &labels);
    let tags = |prefix: &str| {
        let all = row
            .features
            .iter()
            .filter(|(name, _)| name.starts_with(prefix));
        all.map(|(name, _)| name[prefix.len()..].to_owned())
            .collect::<Vec<_>>()
    };
    let mean = row
        .features
        .iter()
        .map(|(name, _)| name.split('_').next().unwrap());
    let mean = mean
        .into_iter()
        .find(|name| name.starts_with("mean"))
        .unwrap();
    let of_mean = tags(&format!("{mean}_"));
    assert_eq!(of_mean, tags("wavelet-HLH_"));
    assert_eq!(of_mean, tags("log-sigma-2-mm-3D_"));
    // All of a volume but the form of the region.
    assert!(of_mean.contains(&"morph_moran_i".to_owned()));
    assert!(!of_mean.contains(&"morph_volume".to_owned()));
    let volume = 29 + 2 + 18 + 23 + 7 + 50 + 32 + 16 + 16 + 5 + 17;
    assert_eq!(of_mean.len(), volume - 25);
    let levels = row.feature(&format!("{mean}_ih_max")).unwrap();
    assert_eq!(levels, 16.0);
}

#[test]
fn a_filter_sees_the_interpolated_image() {
    let image = textured([14, 13, 10]);
    let labels = labels(&image, |[x, y, z]| u32::from(x > 3 && y > 3 && z > 3));
    let base = "profile: ibsi:mr\nfeatureClass: {statistics: [stat_mean, stat_max]}\n";
    let plain = extract(base, &image, &labels);
    // A mean of one voxel changes nothing.
    let one = extract(
        &format!("{base}imageType: {{Mean: {{support: 1}}}}\n"),
        &image,
        &labels,
    );
    let values = |row: &FeatureRow| row.features.iter().map(|(_, v)| *v).collect::<Vec<_>>();
    for (a, b) in values(&plain).iter().zip(values(&one)) {
        assert!((a - b).abs() <= 1e-12 * a.abs(), "{a} {b}");
    }
    let three = extract(
        &format!("{base}imageType: {{Mean: {{support: 3}}}}\n"),
        &image,
        &labels,
    );
    assert!(values(&three)[1] < values(&plain)[1]);
}

#[test]
fn labels_together_are_labels_alone_at_any_number_of_threads() {
    let image = textured([16, 15, 9]);
    let labels = labels(&image, |[x, y, _]| match (x, y) {
        (2..7, 3..9) => 1,
        (9..14, 5..12) => 2,
        _ => 0,
    });
    let extractor = Extractor::new(Profile::Mr.plan());
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| extractor.extract_labels(&image, &labels, &[1, 2]))
    };
    let (one, three) = (run(1), run(3));
    for (label, (a, b)) in [1, 2].into_iter().zip(one.iter().zip(&three)) {
        let alone = extractor.extract(&image, &labels, Some(label)).unwrap();
        for row in [a, b] {
            let row = row.as_ref().unwrap();
            let bits = |row: &FeatureRow| -> Vec<u64> {
                row.features.iter().map(|(_, v)| v.to_bits()).collect()
            };
            assert_eq!(bits(row), bits(&alone));
        }
    }
}

#[test]
fn small_and_flat_regions_have_values_or_reasons() {
    let settings = "profile: ibsi:digital\nsetting: {minimumROIDimensions: 1}\n";
    let size = [6, 5, 4];
    type Inside = fn([usize; 3]) -> bool;
    let regions: [(&str, Inside); 4] = [
        ("two voxels", |i| i == [2, 2, 2] || i == [3, 2, 2]),
        ("a line", |[_, y, z]| y == 2 && z == 1),
        ("a slice", |[_, _, z]| z == 3),
        ("two parts at the border", |[x, y, z]| {
            x == 0 || (x == 5 && y == 4 && z == 3)
        }),
    ];
    for (what, inside) in regions {
        for value in [|_| 3.0, |i: usize| (1 + i % 4) as f64] {
            let image = image(size, [2.0; 3], value);
            let labels = labels(&image, |index| u32::from(inside(index)));
            let row = extract(settings, &image, &labels);
            assert_eq!(row.features.len(), 487, "{what}");
        }
    }
    let flat = image(size, [2.0; 3], |_| 3.0);
    let all = labels(&flat, |_| 1);
    let row = extract(settings, &flat, &all);
    let reason = row
        .undefined
        .iter()
        .find(|(name, _)| name == "cm_corr_3D_comb");
    assert_eq!(reason.unwrap().1, UndefinedReason::Flat);
}

#[test]
fn what_cannot_be_done_is_an_error() {
    let image = textured([8, 8, 8]);
    let labels = labels(&image, |[x, ..]| u32::from(x > 3));
    let mut plan = Profile::C.plan();
    let run = |plan: &radiome_features::ibsi::Plan, image: &Image| {
        Extractor::new(plan.clone()).extract(image, &labels, None)
    };
    assert!(run(&plan, &image).is_ok());
    plan.range = Some([1000.0, 2000.0]);
    let error = run(&plan, &image).unwrap_err().to_string();
    assert!(error.contains("leaves 0 of"), "{error}");
    plan.range = None;
    plan.images = vec![ImagePlan::original(
        radiome_features::ibsi::discretise::Discretisation::BinSize(1e-12),
    )];
    assert!(run(&plan, &image).is_err());
    let mut broken = image.clone();
    broken.values[7] = f64::NAN;
    assert!(run(&Profile::C.plan(), &broken).is_err());
    let mut inside = image;
    inside.values[511] = f64::INFINITY;
    assert!(run(&Profile::Digital.plan(), &inside).is_err());
    let coarse = "profile: ibsi:C\nsetting: {resampledPixelSpacing: [1.0e-7, 1, 1]}\n";
    let protocol = Settings::from_yaml(coarse).unwrap().protocol().unwrap();
    let rows = protocol.extract_labels(&textured([8, 8, 8]), &labels, &[1]);
    assert!(rows[0].is_err());
}

#[test]
fn settings_change_the_profile() {
    let plan =
        |text: &str| match Settings::from_yaml(text).and_then(|settings| settings.protocol())? {
            Protocol::Ibsi(extractor) => Ok(extractor.plan().clone()),
            Protocol::PyRadiomics(_) => panic!("{text}"),
        };
    let error = |text: &str| match plan(text) {
        Err::<_, radiome_features::SettingsError>(error) => error.to_string(),
        Ok(_) => panic!("{text}"),
    };
    let changed = plan(
        "featureClass: {glcm: [cm_contrast]}\nsetting: {resegmentRange: [10], outlierSigma: 2, \
         ivhBinCount: 50, binCount: 8, textureDirections: [averaged], additionalInfo: false}\n\
         profile: ibsi:E\n",
    );
    let changed = changed.unwrap();
    assert_eq!(changed.range, Some([10.0, f64::INFINITY]));
    assert_eq!(changed.outlier_sigmas, Some(2.0));
    let names: Vec<String> = changed.features().into_iter().map(|f| f.name).collect();
    assert_eq!(names, ["cm_contrast_3D_avg"]);
    assert!(error("profile: ibsi:F\n").contains("unknown profile `ibsi:F`"));
    let wrong = error("profile: ibsi:A\nsetting:\n  maskThreshold: 0.5\n");
    assert!(
        wrong.contains("line 3") && wrong.contains("resampledPixelSpacing"),
        "{wrong}"
    );
    let wrong = error("profile: ibsi:A\nfeatureClass:\n  firstorder:\n");
    assert!(wrong.contains("unknown family `firstorder`"), "{wrong}");
    let wrong = error("profile: ibsi:A\nfeatureClass:\n  glcm: [cm_contrst]\n");
    assert!(wrong.contains("did you mean `cm_contrast`"), "{wrong}");
    let wrong = error("profile: ibsi:A\nimageType:\n  LoG: {sigma: [1], normalize: true}\n");
    assert!(wrong.contains("normalize"), "{wrong}");
}
