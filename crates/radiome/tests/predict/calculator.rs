//! `nomogram.html` in a browser: its probabilities are those of `radiome predict`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::demo_run::DemoRun;
use super::predicted;

/// A browser of the Chromium family, where there is one.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let all = folders
        .iter()
        .flat_map(|folder| names.map(|name| folder.join(name)));
    let mut found = all.filter(|path| path.is_file());
    found.next()
}

/// The page as it stands after its scripts have run.
fn shown(browser: &Path, page: &Path, fragment: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}{fragment}", page.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Types the values of each patient into the page's own inputs, and writes what it answers.
const TYPE_IN: &str = r#"
<script>
(function () {
  const model = JSON.parse(document.getElementById("model").textContent);
  const patients = PATIENTS;
  const found = patients.map((patient) => {
    model.variables.forEach((variable, index) => {
      const input = document.getElementById("value-" + index);
      const text = patient[variable.name];
      input.value = variable.levels.length > 0
        ? String(variable.levels.findIndex((one) => one.name === text)) : text;
      input.dispatchEvent(new Event("input"));
    });
    return document.getElementById("probability-0").dataset.value;
  });
  const pre = document.createElement("pre");
  pre.id = "found";
  pre.textContent = JSON.stringify(found);
  document.body.appendChild(pre);
}());
</script>
</body>"#;

#[test]
fn the_page_gives_the_probability_of_predict() {
    let Some(browser) = browser() else {
        println!("skipped: no Chromium is on the PATH, so the page cannot be run");
        return;
    };
    let demo = DemoRun::get();
    let arguments = [
        "--model",
        "run/model.json",
        "--features",
        "run/features.csv",
        "--table",
        "clinical.csv",
    ];
    let predictions = predicted(demo.path(), 1, &arguments);
    let known: Vec<&Value> = (predictions["patients"].as_array().unwrap().iter())
        .filter(|patient| patient["probability"].is_number())
        .collect();
    assert!(known.len() >= 100);
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let inputs = |patient: &Value| -> Map<String, Value> {
        let points = patient["points"].as_array().unwrap().iter();
        let pair = |one: &Value| {
            let name = one["variable"].as_str().unwrap().to_owned();
            (name, json!(text(&one["value"])))
        };
        points.map(pair).collect()
    };
    let patients: Vec<Map<String, Value>> = known.iter().map(|patient| inputs(patient)).collect();

    let page = fs::read_to_string(demo.path().join("run/nomogram.html")).unwrap();
    assert_eq!(page.matches("</body>").count(), 1);
    let script = TYPE_IN.replace("PATIENTS", &json!(patients).to_string());
    let typed = demo.path().join("typed.html");
    fs::write(&typed, page.replace("</body>", &script)).unwrap();
    let dom = shown(&browser, &typed, "");
    let found = dom
        .split("<pre id=\"found\">")
        .nth(1)
        .expect("the script has run");
    let found: Vec<String> = serde_json::from_str(found.split("</pre>").next().unwrap()).unwrap();
    assert_eq!(found.len(), known.len());
    let near = |page: &str, patient: &Value| {
        let (page, expected) = (
            page.parse::<f64>().unwrap(),
            patient["probability"].as_f64(),
        );
        let expected = expected.unwrap();
        // Sums in another order: a few units in the last place of the log-odds.
        assert!(
            ((page - expected) / expected).abs() < 1e-12,
            "{page} {expected}"
        );
    };
    for (page, patient) in found.iter().zip(&known) {
        near(page, patient);
    }

    // The same for one patient whose values stand in the address, and a line for each variable and
    // the total is drawn.
    let address: Vec<String> = (patients[0].iter())
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    let fragment = format!("#{}", address.join("&"));
    let dom = shown(&browser, &demo.path().join("run/nomogram.html"), &fragment);
    let value = dom.split("data-value=\"").nth(1).expect("a probability");
    near(value.split('"').next().unwrap(), known[0]);
    let lines = dom
        .split("<g id=\"isopleth\">")
        .nth(1)
        .expect("lines are drawn");
    let lines = lines.split("</g>").next().unwrap().matches("<line").count();
    assert_eq!(lines, patients[0].len() + 1);
    let dom = shown(
        &browser,
        &demo.path().join("run/nomogram.html"),
        "#colour=red",
    );
    assert!(dom.contains("what this model does not have: colour"));
}
