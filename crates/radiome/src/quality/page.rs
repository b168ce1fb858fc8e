//! `quality.html`: every region on its image, what needs a look first.

use askama::Template;
use radiome_figures::Theme;
use radiome_figures::figure::region_overview::region_overview;
use rayon::prelude::*;

use super::{FLAGS, NOT_USED, Quality};

#[derive(Template)]
#[template(path = "quality.html")]
struct Page<'a> {
    name: &'a str,
    version: &'a str,
    regions: usize,
    groups: Vec<Group<'a>>,
    pictures: Vec<Picture<'a>>,
}

/// The regions of one flag.
struct Group<'a> {
    title: &'a str,
    count: usize,
    all: bool,
    /// Place on the page and name.
    members: Vec<(usize, String)>,
}

struct Picture<'a> {
    place: usize,
    id: &'a str,
    sequence: &'a str,
    svg: String,
}

/// The page of a study, which loads nothing and needs no script.
///
/// # Errors
/// If it cannot be put together.
pub fn page(quality: &Quality, name: &str, version: &str) -> Result<String, askama::Error> {
    let sheets = &quality.sheets;
    let group = |(code, title): (&str, &'static str)| {
        let members: Vec<(usize, String)> = (1..)
            .zip(sheets)
            .filter(|(_, sheet)| sheet.codes().any(|own| own == code))
            .map(|(place, sheet)| (place, format!("{}, {}", sheet.id, sheet.sequence)))
            .collect();
        Group {
            title,
            count: members.len(),
            all: members.len() == sheets.len(),
            members,
        }
    };
    let known = [NOT_USED].into_iter().chain(FLAGS);
    let groups = known.map(group).filter(|group| group.count > 0).collect();
    let theme = Theme::default();
    let pictures = sheets
        .par_iter()
        .enumerate()
        .map(|(place, sheet)| Picture {
            place: place + 1,
            id: &sheet.id,
            sequence: &sheet.sequence,
            svg: region_overview(&sheet.overview(), &theme).to_svg(),
        })
        .collect();
    Page {
        name,
        version,
        regions: sheets.len(),
        groups,
        pictures,
    }
    .render()
}
