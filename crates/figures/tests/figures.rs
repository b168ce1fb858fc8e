//! Every figure, on plausible, extreme and missing numbers: all of it on the page, no text over
//! another, every name whole, the same bytes twice, and files that other programs can read.

use radiome_figures::scene::{Bounds, Text};
use radiome_figures::{Scene, Theme};

#[path = "../examples/gallery/data/mod.rs"]
mod data;

fn all() -> Vec<(String, Scene)> {
    let theme = Theme::default();
    let kinds = [
        ("plausible", data::plausible(&theme)),
        ("extreme", data::extreme(&theme)),
        ("empty", data::empty(&theme)),
    ];
    kinds
        .into_iter()
        .flat_map(|(kind, list)| {
            list.into_iter()
                .map(move |(name, scene)| (format!("{kind} {name}"), scene))
        })
        .collect()
}

fn texts(scene: &Scene) -> String {
    let all: Vec<&str> = scene
        .text_boxes()
        .iter()
        .map(|(_, t)| t.content.as_str())
        .collect();
    all.join(" ")
}

#[test]
fn everything_is_on_the_page() {
    for (name, scene) in all() {
        for (b, element) in scene.element_bounds() {
            let inside = b.left >= -0.01
                && b.top >= -0.01
                && b.right <= scene.width + 0.01
                && b.bottom <= scene.height + 0.01;
            assert!(
                inside,
                "{name} ({} x {}): {b:?} {element:?}",
                scene.width, scene.height
            );
        }
    }
}

#[test]
fn no_text_lies_over_another() {
    for (name, scene) in all() {
        let boxes: Vec<(Bounds, &Text)> = scene.text_boxes();
        for (i, (a, first)) in boxes.iter().enumerate() {
            for (b, second) in &boxes[..i] {
                assert!(
                    !a.overlaps(b, 0.05),
                    "{name}: \"{}\" {a:?} over \"{}\" {b:?}",
                    first.content,
                    second.content
                );
            }
        }
    }
}

#[test]
fn text_is_large_enough_and_figures_fit_the_page() {
    let theme = Theme::default();
    for (name, scene) in all() {
        for (_, text) in scene.text_boxes() {
            assert!(
                (7.0..=9.0).contains(&text.size),
                "{name}: {} at {}",
                text.content,
                text.size
            );
        }
        if name != "extreme panels" {
            assert!(scene.width <= theme.page_width + 0.01, "{name}");
        }
    }
}

#[test]
fn figures_say_what_they_must() {
    let theme = Theme::default();
    let scenes = data::plausible(&theme);
    let expected: [(&str, &[&str]); 17] = [
        (
            "cohort_flow",
            &[
                "Excluded (n = 62)",
                "Patients included (n = 180)",
                "Low grade (n = 48)",
            ],
        ),
        (
            "coefficients",
            &[
                "T1_original_glszm_SmallAreaLowGrayLevelEmphasis",
                "Intercept −0.213",
            ],
        ),
        (
            "rad_score",
            &["Training (n = 109)", "High grade (n = ", "Cut-off 0.127"],
        ),
        (
            "roc",
            &[
                "1 − specificity",
                "Nomogram: AUC 0.880 (95% CI 0.810–0.940)",
            ],
        ),
        (
            "nomogram",
            &[
                "Points",
                "AJCC stage",
                "IV",
                "Total points",
                "Linear predictor",
                "0.99",
            ],
        ),
        (
            "calibration",
            &[
                "Ideal",
                "Hosmer-Lemeshow p = 0.42",
                "slope 0.93 (95% CI 0.61–1.28)",
            ],
        ),
        (
            "decision_curve",
            &[
                "Treat all",
                "Treat none",
                "Net benefit",
                "Threshold probability",
            ],
        ),
        (
            "kaplan_meier",
            &[
                "Number at risk",
                "Log-rank p < 0.001",
                "hazard ratio 2.71 (95% CI 1.52–4.83)",
            ],
        ),
        (
            "lasso_path",
            &["ln(λ)", "lambda.min: λ = 0.0273", "lambda.1se: λ = 0.0707"],
        ),
        ("lasso_cv", &["Binomial deviance", "Non-zero coefficients"]),
        (
            "selection_frequency",
            &["Selected in % of 1000 resamples", "98%", "Threshold 50%"],
        ),
        ("icc", &["of 1130 features have an ICC of at least 0.75"]),
        (
            "forest",
            &["4.21 (2.36–7.51)", "Odds ratio", "< 0.001", "Imaging"],
        ),
        ("workflow", &["1704 of 2260 features", "mRMR: 30 features"]),
        (
            "region_overview",
            &[
                "Tumour (label 1)",
                "Axial, slice 12 of 40",
                "R left, A top",
                "! thick slices",
                "Intensity in the region",
                "25,693 voxels",
            ],
        ),
        (
            "forest_areas",
            &["0.88 (0.79–0.97)", "AUC", "71 (36)", "Vendor"],
        ),
        ("panels", &["(a)", "(b)"]),
    ];
    assert_eq!(scenes.len(), expected.len());
    for ((name, scene), (wanted_name, wanted)) in scenes.iter().zip(expected) {
        assert_eq!(*name, wanted_name);
        let said = texts(scene);
        for words in wanted {
            assert!(said.contains(words), "{name} lacks \"{words}\": {said}");
        }
        assert_eq!(scene.missing_characters(), [], "{name}");
    }
    for (name, scene) in data::empty(&theme) {
        assert!(texts(&scene).ends_with('.'), "{name}: {}", texts(&scene));
        assert!(scene.width > 50.0 && scene.height > 30.0, "{name}");
    }
}

#[test]
fn long_names_stay_whole() {
    // Without blanks, where lines break.
    let bare = |text: &str| text.replace(' ', "");
    let script = "R&D<script>alert('x')</script>";
    for (name, scene) in data::extreme(&Theme::default()) {
        let said = bare(&texts(&scene));
        match name {
            "cohort_flow" | "coefficients" | "roc" | "calibration" | "decision_curve"
            | "kaplan_meier" | "forest" => assert!(said.contains(script), "{name}: {said}"),
            "lasso_path" | "selection_frequency" => {
                assert!(
                    said.contains("GrayLevelNonUniformityNormalized"),
                    "{name}: {said}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn svg_is_whole_escaped_and_free_of_ids() {
    for (name, scene) in all() {
        let svg = scene.to_svg();
        // Pictures are files within the document, and their letters may spell anything.
        let lines = svg.lines().filter(|line| !line.starts_with("<image "));
        let words: String = lines.collect();
        for bad in ["<script", " id=", "NaN", "inf", "url(", "href"] {
            assert!(!words.contains(bad), "{name} holds {bad}");
        }
        let linked = svg.matches("href").count();
        let within = svg.matches(" href=\"data:image/png;base64,").count();
        assert_eq!(linked, within, "{name}");
        let tree = resvg::usvg::roxmltree::Document::parse(&svg).expect("valid XML");
        let root = tree.root_element();
        assert!(root.attribute("viewBox").is_some(), "{name}");
        let child = |tag: &str| {
            root.children()
                .find(|n| n.has_tag_name(tag))
                .and_then(|n| n.text())
        };
        assert!(
            child("title").is_some_and(|t| !t.is_empty()) || scene.title.is_empty(),
            "{name}"
        );
        assert!(child("desc").is_some_and(|t| !t.is_empty()), "{name}");
        let said: Vec<&str> = tree
            .descendants()
            .filter(|n| n.has_tag_name("text"))
            .filter_map(|n| n.text())
            .collect();
        assert_eq!(said.join(" "), texts(&scene), "{name}");
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    for ((name, first), (_, second)) in all().into_iter().zip(all()) {
        assert_eq!(first.to_svg(), second.to_svg(), "{name}");
        assert_eq!(
            first.to_pdf().expect("pdf"),
            second.to_pdf().expect("pdf"),
            "{name}"
        );
    }
    let theme = Theme::default();
    for ((name, first), (_, second)) in data::plausible(&theme).iter().zip(data::plausible(&theme))
    {
        assert_eq!(
            first.to_png(72.0).expect("png"),
            second.to_png(72.0).expect("png"),
            "{name}"
        );
    }
}

#[test]
fn png_has_its_size_and_ink_and_pdf_no_date() {
    for (name, scene) in data::plausible(&Theme::default()) {
        let bytes = scene.to_png(144.0).expect("png");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .expect("png");
        let info = reader.info();
        assert_eq!(f64::from(info.width), (scene.width * 2.0).ceil(), "{name}");
        assert_eq!(
            f64::from(info.height),
            (scene.height * 2.0).ceil(),
            "{name}"
        );
        // 144 dots per inch are 5669 per metre.
        assert_eq!(
            info.pixel_dims.map(|d| (d.xppu, d.yppu)),
            Some((5669, 5669)),
            "{name}"
        );
        let mut pixels = vec![0; reader.output_buffer_size().expect("size")];
        reader.next_frame(&mut pixels).expect("pixels");
        let dark = pixels
            .chunks_exact(3)
            .filter(|p| p.iter().all(|c| *c < 100))
            .count();
        assert!(dark > 500, "{name}: {dark} dark pixels");
        let pdf = scene.to_pdf().expect("pdf");
        assert!(pdf.starts_with(b"%PDF-"), "{name}");
        for date in [&b"CreationDate"[..], b"CreateDate", b"ModDate"] {
            assert!(!pdf.windows(date.len()).any(|w| w == date), "{name}");
        }
    }
}

#[test]
fn a_picture_without_pixels_or_with_too_many_is_an_error() {
    let scene = Scene::new(500.0, 400.0, "t", "d");
    for dpi in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e6] {
        let error = scene.to_png(dpi).expect_err("no picture");
        assert!(error.to_string().contains("500 x 400 points"), "{error}");
    }
    assert!(Scene::new(0.0, 10.0, "t", "d").to_png(72.0).is_err());
    assert!(Scene::new(0.0, 10.0, "t", "d").to_pdf().is_err());
}
