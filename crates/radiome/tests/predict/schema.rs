//! `docs/model.schema.json` describes every key of `model.json`, and nothing that is not there.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::demo_run::DemoRun;

fn schema_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/model.schema.json")
}

/// What is wrong with a value by a schema of JSON Schema 2020-12; the words that the schema uses,
/// and no other.
fn problems(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let mut wrong = |text: &str| found.push(format!("{place}: {text}"));
    let number = value.as_f64();
    let length = value.as_array().map(Vec::len);
    for (word, rule) in schema.as_object().unwrap() {
        let bound = rule.as_f64();
        let count = rule.as_u64().and_then(|count| usize::try_from(count).ok());
        let holds = match word.as_str() {
            "$schema" | "title" => true,
            "description" => rule.as_str().is_some_and(|text| text.ends_with('.')),
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("{other} is no type of JSON Schema"),
                };
                rule.as_array()
                    .map_or_else(|| is(rule), |all| all.iter().any(is))
            }
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => number.is_none_or(|number| Some(number) >= bound),
            "maximum" => number.is_none_or(|number| Some(number) <= bound),
            "exclusiveMinimum" => number.is_none_or(|number| Some(number) > bound),
            "minItems" => length.is_none_or(|length| Some(length) >= count),
            "maxItems" => length.is_none_or(|length| Some(length) <= count),
            // Looked into below.
            "properties" | "required" | "additionalProperties" | "items" => true,
            other => panic!("{other} is not looked at"),
        };
        if !holds {
            wrong(&format!("`{word}` does not hold"));
        }
    }
    if schema.get("description").is_none() {
        wrong("it is not described");
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        problems(&schema["items"], item, &format!("{place}[{number}]"), found);
    }
    let Some(entries) = value.as_object() else {
        return;
    };
    for (key, value) in entries {
        let inside = format!("{place}.{key}");
        match (
            schema["properties"].get(key),
            &schema["additionalProperties"],
        ) {
            (Some(known), _) => problems(known, value, &inside, found),
            (None, Value::Bool(false)) => {
                found.push(format!("{inside}: the schema has no such key"))
            }
            (None, others) => problems(others, value, &inside, found),
        }
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        if !entries.contains_key(key.as_str().unwrap()) {
            found.push(format!("{place}: {key} is missing"));
        }
    }
}

/// What is wrong with a model by the schema.
pub(crate) fn problems_of(model: &Value) -> Vec<String> {
    let schema = serde_json::from_str(&fs::read_to_string(schema_path()).unwrap()).unwrap();
    let mut found = Vec::new();
    problems(&schema, model, "model", &mut found);
    found
}

#[test]
fn the_schema_describes_the_model_of_the_demo() {
    let read = |path: &Path| -> Value {
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let schema = read(&schema_path());
    let path = DemoRun::get().path().join("run/model.json");
    let model = read(&path);
    let check = |model: &Value| {
        let mut found = Vec::new();
        problems(&schema, model, "model", &mut found);
        found
    };
    assert_eq!(check(&model), Vec::<String>::new());

    // What is damaged does not pass.
    let with = |change: &dyn Fn(&mut Value)| {
        let mut model = model.clone();
        change(&mut model);
        check(&model)
    };
    let found = with(&|model| model["signatures"]["rs_T1"]["colour"] = 1.into());
    assert_eq!(
        found,
        ["model.signatures.rs_T1.colour: the schema has no such key"]
    );
    let found = with(&|model| drop(model.as_object_mut().unwrap().shift_remove("cutoff")));
    assert_eq!(found, ["model: \"cutoff\" is missing"]);
    let found = with(&|model| model["unseen"] = "sometimes".into());
    assert_eq!(found, ["model.unseen: `enum` does not hold"]);
    let found = with(&|model| model["combat"]["pooled_variance"][0] = 0.into());
    assert_eq!(
        found,
        ["model.combat.pooled_variance[0]: `exclusiveMinimum` does not hold"]
    );

    // A model whose harmonisation keeps covariates has one key more.
    let found = with(&|model| model["covariates"] = serde_json::json!([{"variable": "age"}]));
    assert_eq!(found, Vec::<String>::new());

    // The same by Python's jsonschema, which knows all of JSON Schema.
    let script = "import json, sys, jsonschema\n\
                  schema, model = (json.load(open(path)) for path in sys.argv[1:])\n\
                  jsonschema.Draft202012Validator.check_schema(schema)\n\
                  jsonschema.Draft202012Validator(schema).validate(model)\n";
    let there = Command::new("python3")
        .args(["-c", "import jsonschema"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        println!("skipped in part: Python's jsonschema is not installed");
        return;
    }
    let output = Command::new("python3")
        .args(["-c", script])
        .args([&schema_path(), &path])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
