//! Draws every figure from made-up numbers: `cargo run --example gallery -- FOLDER`.

use std::error::Error;
use std::path::PathBuf;

use radiome_figures::Theme;

mod data;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give a folder to write to")?);
    std::fs::create_dir_all(&folder)?;
    let theme = Theme::default();
    let kinds = [
        ("", data::plausible(&theme)),
        ("extreme_", data::extreme(&theme)),
        ("empty_", data::empty(&theme)),
    ];
    for (kind, scenes) in kinds {
        for (name, scene) in scenes {
            let file = |ending: &str| folder.join(format!("{kind}{name}.{ending}"));
            std::fs::write(file("svg"), scene.to_svg())?;
            std::fs::write(file("png"), scene.to_png(150.0)?)?;
            std::fs::write(file("pdf"), scene.to_pdf()?)?;
        }
    }
    Ok(())
}
