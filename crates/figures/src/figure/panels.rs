//! Several figures as one, with letters.

use crate::axis;
use crate::font::{self, LINE_HEIGHT};
use crate::scene::{Scene, Text};
use crate::theme::Theme;

/// Puts scenes into rows of `columns`, each under its letter: (a), (b) ... (z), (aa) ...
///
/// Sizes are kept but for the margin that each figure has around it, so two of one panel fit
/// side by side.
#[must_use]
pub fn panels(scenes: &[Scene], columns: usize, theme: &Theme) -> Scene {
    if scenes.is_empty() {
        return super::figure(theme, Vec::new(), "Figure", "Nothing to show.");
    }
    let (size, margin) = (theme.title_size, theme.margin);
    let head = size * LINE_HEIGHT + 2.0;
    let lettered = scenes
        .iter()
        .enumerate()
        .map(|(i, scene)| {
            let (width, height) = (scene.width - 2.0 * margin, scene.height - 2.0 * margin);
            let mut panel = Scene::new(width, height + head, "", "");
            let letter = format!("({})", letters(i));
            panel.text(
                Text::new(0.0, font::ASCENT * size, letter, size)
                    .bold()
                    .color(theme.ink),
            );
            panel.place(-margin, head - margin, scene.elements.clone());
            panel
        })
        .collect();
    let join = |text: fn(&Scene) -> &str| {
        let parts: Vec<String> = scenes
            .iter()
            .enumerate()
            .map(|(i, s)| format!("({}) {}", letters(i), text(s)))
            .collect();
        parts.join("; ")
    };
    let (title, description) = (join(|s| &s.title), join(|s| &s.description));
    axis::grid(theme, columns, lettered, &title, &description)
}

/// 0 is a, 25 z, 26 aa.
fn letters(index: usize) -> String {
    let last = char::from(b'a' + (index % 26) as u8);
    if index < 26 {
        last.to_string()
    } else {
        format!("{}{last}", letters(index / 26 - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 1, 25, 26, 27, 52].map(letters),
            ["a", "b", "z", "aa", "ab", "ba"]
        );
    }
}
