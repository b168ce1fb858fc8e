//! Parameter files that are made to harm: an error, soon, on a small stack.

use std::time::{Duration, Instant};

use radiome_features::Settings;

/// Reads a parameter file on a stack of 512 KiB, a quarter of what a thread usually has.
#[track_caller]
fn error_of(text: String) -> String {
    let start = Instant::now();
    let read = move || {
        Settings::from_yaml(&text)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10);
    let error = thread.spawn(read).unwrap().join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{error}");
    error
}

#[test]
fn nesting_without_bottom() {
    for text in [
        format!("setting: {}", "[".repeat(10_000)),
        format!("setting: {}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("setting: {}", "{a: ".repeat(10_000)),
        format!("{}x", "- ".repeat(10_000)),
        format!("{}1{}", "{\"setting\":".repeat(10_000), "}".repeat(10_000)),
    ] {
        error_of(text);
    }
    // As deep as the limit allows.
    error_of(format!("setting: {}{}", "[".repeat(60), "]".repeat(60)));
}

#[test]
fn aliases_that_multiply() {
    // Nine levels of nine: 387 million nodes from 500 bytes.
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (own, below) in ('b'..='i').zip('a'..) {
        let nine = vec![format!("*{below}"); 9].join(", ");
        text += &format!("{own}: &{own} [{nine}]\n");
    }
    error_of(text);
    error_of("setting: &a {binWidth: *a}\n".to_owned());
    error_of("setting: &a [*b]\nimageType: &b [*a]\n".to_owned());
    error_of(format!("setting: [{}]", "1, ".repeat(200_000)));
}

#[test]
fn an_alias_that_is_honest_is_followed() {
    let text = "setting: {binWidth: 5}\nimageType: {Original: &own {binWidth: 3}, Square: *own}\n";
    assert!(Settings::from_yaml(text).is_ok());
}
