//! What the pages of docs/ say: commands that work, links that lead somewhere, a reference that is
//! the program's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// A fenced block: what stands behind its fence, and its lines.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(info), None) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Runs a program in a folder, with `radiome` on the path.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let radiome = Path::new(env!("CARGO_BIN_EXE_radiome"));
    let path = std::env::var_os("PATH").unwrap();
    let path =
        std::iter::once(radiome.parent().unwrap().to_owned()).chain(std::env::split_paths(&path));
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).unwrap())
        .output()
        .unwrap()
}

#[test]
fn every_command_of_the_tutorial_works_and_r_finds_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut commands = 0;
    for (info, text) in blocks(&page("docs/tutorial.md")) {
        if let Some(file) = info.strip_prefix("yaml ") {
            std::fs::write(folder.path().join(file), text).unwrap();
            continue;
        }
        assert_eq!(info, "sh", "a block of another kind: {text}");
        for line in text.lines() {
            let output = run("sh", &["-c", line], folder.path());
            // The demo has a patient without images, whom the page mentions.
            let whole = ["study check", "study run", "study null", "--table"];
            let expected = i32::from(whole.iter().any(|part| line.contains(part)));
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(expected), "{line}\n{told}");
            commands += 1;
        }
    }
    assert!(commands > 12, "{commands}");
    for file in ["look.png", "one.csv", "again.csv", "mine.run/report.html"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }

    let packages = "library(jsonlite); library(glmnet); library(rms)";
    let installed = Command::new("Rscript").args(["-e", packages]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped the R examples: R with jsonlite, glmnet and rms is not installed");
        return;
    }
    let script: Vec<String> = blocks(&page("docs/r.md"))
        .into_iter()
        .map(|(info, text)| {
            assert_eq!(info, "r");
            text
        })
        .collect();
    std::fs::write(folder.path().join("examples.R"), script.join("\n")).unwrap();
    let output = run("Rscript", &["examples.R"], folder.path());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in ["lambda.min", "probability", "external AUC"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn the_reference_of_features_and_settings_is_the_programs() {
    let output = run("radiome", &["features", "--reference"], &root());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        page("docs/features.md"),
        "write it anew: radiome features --reference > docs/features.md"
    );
}

/// Pages of the project that link to others.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
    pages
}

#[test]
fn links_lead_to_files_that_are_there() {
    let mut links = 0;
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        for rest in text.split("](").skip(1) {
            let Some((target, _)) = rest.split_once(')') else {
                continue;
            };
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let there = path.parent().unwrap().join(target);
            assert!(there.exists(), "{}: {target}", path.display());
            links += 1;
        }
    }
    assert!(links > 30, "{links}");
}

/// A book is its pages alone: what else they speak of is a path in code, not a link.
#[test]
fn pages_link_to_nothing_outside_the_book() {
    for path in pages().into_iter().skip(2) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("](../"), "{}", path.display());
    }
}

#[test]
fn paths_of_the_project_are_there() {
    let folders = ["bench/", "crates/", "examples/", "packaging/", "workflows/"];
    let mut paths = 0;
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        // Between the first and second accent, the third and fourth, ...
        for code in text
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2))
        {
            let named = folders.iter().any(|folder| code.starts_with(folder));
            if named && !code.contains([' ', '*', '{']) {
                assert!(root().join(code).exists(), "{}: {code}", path.display());
                paths += 1;
            }
        }
    }
    assert!(paths > 30, "{paths}");
}

#[test]
fn every_page_is_in_the_book() {
    let summary = page("docs/SUMMARY.md");
    for path in pages().into_iter().skip(2) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "SUMMARY.md" {
            assert!(summary.contains(&format!("({name})")), "{name}");
        }
    }
}
