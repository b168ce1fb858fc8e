//! Names that are markup: pages, drawings and cards show them, and run none of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{ends, everything_in};

/// Each would leave a mark on the page if it ran.
const ELEMENT: &str = "<script>document.documentElement.dataset.ran=1</script>";
const IMAGE: &str = "\"><img src=x onerror=\"document.documentElement.dataset.ran=1\">";
const ATTRIBUTE: &str = "\" autofocus onfocus=\"document.documentElement.dataset.ran=1";
const END: &str = "</script><script>document.documentElement.dataset.ran=1</script>";
const SINGLE: &str = "' onmouseover='document.documentElement.dataset.ran=1' x='";

/// A cell of a CSV file.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A value of the study file; a string of JSON is one of YAML.
fn yaml(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A study from tables in which every name and every value is markup.
fn write_study(folder: &Path) {
    let mut chance = ChaCha8Rng::seed_from_u64(3);
    let columns = [
        "ID".to_owned(),
        format!("centre{ELEMENT}"),
        format!("grade{SINGLE}"),
        format!("age{IMAGE}"),
        format!("sex{ATTRIBUTE}"),
        format!("site{END}"),
        "days".to_owned(),
        "event".to_owned(),
        format!("stage{ELEMENT}"),
    ];
    let mut clinical = columns.each_ref().map(|name| cell(name)).join(",");
    let mut features = format!(
        "ID,T1_a,T1_b,T1_c,{},{}",
        cell(&format!("T1_{IMAGE}")),
        cell(&format!("T1_{SINGLE}"))
    );
    clinical.push('\n');
    features.push('\n');
    for row in 0..60_u32 {
        let positive = row % 2;
        let id = format!("../../{ELEMENT}{row}");
        let one_of = |chance: &mut ChaCha8Rng, names: &[String]| {
            names[chance.random_range(0..names.len())].clone()
        };
        let cells = [
            id.clone(),
            if row < 40 {
                format!("A{ELEMENT}")
            } else {
                format!("B{IMAGE}")
            },
            if positive == 1 {
                format!("high{ELEMENT}")
            } else {
                format!("low{END}")
            },
            (40 + 10 * positive + chance.random_range(0..25)).to_string(),
            one_of(
                &mut chance,
                &[format!("m{ELEMENT}"), format!("f{ATTRIBUTE}")],
            ),
            one_of(
                &mut chance,
                &[
                    format!("arm{IMAGE}"),
                    format!("leg{END}"),
                    format!("head{SINGLE}"),
                ],
            ),
            (chance.random_range(200..900) - 100 * positive).to_string(),
            u8::from(chance.random_bool(0.4 + 0.3 * f64::from(positive))).to_string(),
            one_of(
                &mut chance,
                &[
                    format!("I{ELEMENT}"),
                    format!("II{IMAGE}"),
                    "III".to_owned(),
                ],
            ),
        ];
        clinical += &(cells.map(|text| cell(&text)).join(",") + "\n");
        features += &cell(&id);
        for feature in 0..5_u32 {
            let shift = f64::from(positive * ((feature + 1) % 2));
            write!(features, ",{}", shift + chance.random_range(-1.5..1.5)).unwrap();
        }
        features.push('\n');
    }
    fs::write(folder.join("clinical.csv"), clinical).unwrap();
    fs::write(folder.join("features.csv"), features).unwrap();
    let name = |number: usize| yaml(&columns[number]);
    let text = format!(
        "name: {}\nseed: 1\ntables: [{{file: clinical.csv, id: ID}}]\n\
         outcome: {{column: {}, positive: {}}}\nsurvival: {{time: days, event: event}}\n\
         split: {{column: {}, train: [{}], external: [{}]}}\nfeatures: {{file: features.csv, id: ID}}\n\
         harmonization: {{method: combat, batch: {}, unseen: none}}\nselection: {{k: 4}}\n\
         signature: {{folds: 3}}\nclinical: {{candidates: [{}, {}, {}], p: 0.9}}\n\
         validation: {{repeats: 1, folds: 3, bootstrap: 2}}\nsubgroups: [{}]\nhistology: {}\nstage: {}\n",
        yaml(&[ELEMENT, IMAGE, ATTRIBUTE, END, SINGLE].concat()),
        name(2),
        yaml(&format!("high{ELEMENT}")),
        name(1),
        yaml(&format!("A{ELEMENT}")),
        yaml(&format!("B{IMAGE}")),
        name(5),
        name(3),
        name(4),
        name(5),
        name(4),
        name(5),
        name(8),
    );
    fs::write(folder.join("study.yaml"), text).unwrap();
}

/// A browser of the Chromium family, where there is one.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = folders
        .iter()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}

/// The first tag of a page after all of its scripts have run.
fn root_element(browser: &Path, page: &Path) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--virtual-time-budget=2000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    let start = page.find("<html").expect("no page came back");
    let end = page[start..].find('>').unwrap() + start;
    page[start..=end].to_owned()
}

/// Whether text that came from outside stands in a page as markup. The JSON that the calculator
/// holds is data to its end tag, so nothing in it may look like a tag.
fn markup_in(page: &str) -> Option<&'static str> {
    let mut page = page.to_owned();
    if let Some(start) = page.find("<script type=\"application/json\"") {
        let data = start + page[start..].find('>').unwrap() + 1;
        let end = data + page[data..].find("</script>").unwrap();
        assert!(!page[data..end].contains('<'), "a tag in the data");
        page.replace_range(data..end, "");
    }
    ["<script>document", "<img", "\" autofocus", "' onmouseover"]
        .into_iter()
        .find(|markup| page.contains(markup))
}

#[test]
fn names_that_are_markup_run_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    write_study(folder.path());
    let before = everything_in(folder.path());
    ends(
        folder.path(),
        0,
        &["study", "run", "study.yaml", "--out", "s.run", "--quiet"],
    );
    // Ids that climb are in no name of a file.
    let after = everything_in(folder.path());
    let plain = |name: &str| {
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b))
    };
    for name in after.difference(&before) {
        assert!(
            name.starts_with("s.run") && !name.contains("..") && plain(name),
            "{name}"
        );
    }

    let model = [
        "nomogram",
        "clinical.csv",
        "--outcome",
        &format!("grade{SINGLE}"),
    ];
    let vars = format!("age{IMAGE}");
    let positive = format!("high{ELEMENT}");
    let drawn = [
        "--vars",
        &vars,
        "--positive",
        &positive,
        "--html",
        "n.html",
        "--svg",
        "n.svg",
        "--quiet",
    ];
    let output = super::radiome(folder.path(), &[&model[..], &drawn[..]].concat());
    let made = output.status.success();
    assert!(made, "{}", String::from_utf8_lossy(&output.stderr));

    let mut pages = Vec::new();
    for name in everything_in(folder.path()) {
        let path = folder.path().join(&name);
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !matches!(ending, Some("html" | "svg" | "md")) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        if ending == Some("md") {
            // A backslash keeps Markdown from taking it for a tag.
            assert!(text.contains("\\<script>") && !text.replace("\\<", "").contains("<script"));
            continue;
        }
        assert_eq!(markup_in(&text), None, "{name}");
        pages.push(path);
    }
    let shown = fs::read_to_string(folder.path().join("s.run/report.html")).unwrap();
    assert!(
        shown.contains("&#60;script&#62;document"),
        "the name of the study is not shown"
    );
    assert!(pages.len() > 10, "{pages:?}");

    let Some(browser) = browser() else {
        println!("skipped in part: no Chromium to open the pages with");
        return;
    };
    // That the browser runs what it is given, or the rest says nothing.
    let control = folder.path().join("control.html");
    fs::write(
        &control,
        format!("<!DOCTYPE html><html><body>{ELEMENT}</body></html>"),
    )
    .unwrap();
    assert!(root_element(&browser, &control).contains("data-ran"));
    for page in pages
        .iter()
        .filter(|page| page.extension().is_some_and(|e| e == "html"))
    {
        let root = root_element(&browser, page);
        assert!(!root.contains("data-ran"), "{}: {root}", page.display());
    }
}
