//! The scans of a folder, by the pattern of their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

/// The name of the only sequence of a pattern without `{sequence}`.
pub const ONLY_SEQUENCE: &str = "image";

/// A pattern of paths such as `scans/{id}/{sequence}.nii.gz`.
///
/// `{id}` stands for a patient and `{sequence}` for a sequence, each for one or more characters of
/// one file or folder name, as many as fit; where one occurs again it stands for the same. Names
/// that begin with a dot are passed over.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    root: PathBuf,
    names: Vec<Vec<Token>>,
}

/// A scan that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scan {
    /// The patient.
    pub id: String,
    /// The sequence; [`ONLY_SEQUENCE`] where the pattern names none.
    pub sequence: String,
    /// File, or folder of a series.
    pub image: PathBuf,
    /// Its contour, where there is one.
    pub mask: Option<PathBuf>,
}

/// Why a pattern finds nothing.
#[derive(Debug, Error)]
pub enum PatternError {
    /// A pattern without a patient.
    #[error("`{0}` has no {{id}}")]
    NoId(String),
    /// An unknown word in braces.
    #[error("`{{{word}}}` in `{pattern}` is not known")]
    Unknown {
        /// The word.
        word: String,
        /// Where it stands.
        pattern: String,
    },
    /// The two patterns do not speak of the same sequences.
    #[error("`{0}` has {{sequence}} and `{1}` has not")]
    Sequence(String, String),
    /// Nothing has such a name.
    #[error("nothing is named like `{0}`")]
    Nothing(String),
    /// A folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(String),
    Id,
    Sequence,
}

/// What a path that fits stands for.
#[derive(Clone, Debug, Default)]
struct Captured {
    id: Option<String>,
    sequence: Option<String>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A pattern without `{id}`, or with another word in braces.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let mut root = PathBuf::new();
        let mut names = Vec::new();
        for component in Path::new(text).components() {
            let Component::Normal(name) = component else {
                root.push(component);
                continue;
            };
            let tokens = tokens(&name.to_string_lossy(), text)?;
            match tokens.as_slice() {
                [Token::Literal(name)] if names.is_empty() => root.push(name),
                _ => names.push(tokens),
            }
        }
        if !names.iter().flatten().any(|token| *token == Token::Id) {
            return Err(PatternError::NoId(text.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            root,
            names,
        })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn has_sequence(&self) -> bool {
        self.names
            .iter()
            .flatten()
            .any(|token| *token == Token::Sequence)
    }

    /// Every path that fits, by patient and sequence.
    fn paths(&self) -> Result<BTreeMap<(String, String), PathBuf>, PatternError> {
        let mut found = BTreeMap::new();
        self.descend(&self.root, &self.names, &Captured::default(), &mut found)?;
        Ok(found)
    }

    fn descend(
        &self,
        folder: &Path,
        names: &[Vec<Token>],
        captured: &Captured,
        found: &mut BTreeMap<(String, String), PathBuf>,
    ) -> Result<(), PatternError> {
        let Some((tokens, rest)) = names.split_first() else {
            let sequence = captured.sequence.clone();
            let key = (
                captured.id.clone().unwrap_or_default(),
                sequence.unwrap_or_else(|| ONLY_SEQUENCE.to_owned()),
            );
            found.insert(key, folder.to_owned());
            return Ok(());
        };
        let here = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let unreadable = |source| PatternError::Unreadable {
            path: here.to_owned(),
            source,
        };
        let mut entries: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(here).map_err(unreadable)? {
            // A name that is no Unicode cannot be written into a study file.
            if let Ok(name) = entry.map_err(unreadable)?.file_name().into_string() {
                entries.push(name);
            }
        }
        entries.sort_unstable();
        for name in entries.iter().filter(|name| !name.starts_with('.')) {
            let mut captured = captured.clone();
            if !fits(tokens, name, &mut captured) {
                continue;
            }
            let path = folder.join(name);
            if rest.is_empty() || path.is_dir() {
                self.descend(&path, rest, &captured, found)?;
            }
        }
        Ok(())
    }
}

/// The images that fit one pattern with the contours that fit the other, by patient and sequence.
///
/// # Errors
/// Patterns that do not go together, folders that cannot be read, or no image at all.
pub fn scans(images: &Pattern, masks: &Pattern) -> Result<Vec<Scan>, PatternError> {
    match (images.has_sequence(), masks.has_sequence()) {
        (true, false) => {
            return Err(PatternError::Sequence(
                images.text.clone(),
                masks.text.clone(),
            ));
        }
        (false, true) => {
            return Err(PatternError::Sequence(
                masks.text.clone(),
                images.text.clone(),
            ));
        }
        _ => {}
    }
    let found = images.paths()?;
    if found.is_empty() {
        return Err(PatternError::Nothing(images.text.clone()));
    }
    let mut masks = masks.paths()?;
    let contours: BTreeSet<PathBuf> = masks.values().cloned().collect();
    Ok(found
        .into_iter()
        // A pattern of images may fit contours too.
        .filter(|(_, image)| !contours.contains(image))
        .map(|(key, image)| {
            let mask = masks.remove(&key);
            let (id, sequence) = key;
            Scan {
                id,
                sequence,
                image,
                mask,
            }
        })
        .collect())
}

fn tokens(name: &str, pattern: &str) -> Result<Vec<Token>, PatternError> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let word = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (token, after) = match word {
            Some(("id", after)) => (Token::Id, after),
            Some(("sequence", after)) => (Token::Sequence, after),
            Some((word, _)) => {
                return Err(PatternError::Unknown {
                    word: word.to_owned(),
                    pattern: pattern.to_owned(),
                });
            }
            None => {
                literal.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        if !literal.is_empty() {
            tokens.push(Token::Literal(std::mem::take(&mut literal)));
        }
        tokens.push(token);
        rest = after;
    }
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal));
    }
    Ok(tokens)
}

/// Whether a name fits, and what its words stand for then; the first words take as much as they can.
fn fits(tokens: &[Token], name: &str, captured: &mut Captured) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return name.is_empty();
    };
    let known = match token {
        Token::Literal(literal) => Some(literal.clone()),
        Token::Id => captured.id.clone(),
        Token::Sequence => captured.sequence.clone(),
    };
    if let Some(known) = known {
        return name
            .strip_prefix(known.as_str())
            .is_some_and(|name| fits(rest, name, captured));
    }
    let mut ends: Vec<usize> = name.char_indices().map(|(place, _)| place).collect();
    ends.push(name.len());
    for &end in ends.iter().skip(1).rev() {
        let mut tried = captured.clone();
        let word = Some(name[..end].to_owned());
        match token {
            Token::Id => tried.id = word,
            Token::Sequence => tried.sequence = word,
            Token::Literal(_) => {}
        }
        if fits(rest, &name[end..], &mut tried) {
            *captured = tried;
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        folder
    }

    fn pattern(folder: &tempfile::TempDir, text: &str) -> Pattern {
        Pattern::new(&folder.path().join(text).to_string_lossy()).unwrap()
    }

    #[test]
    fn patients_and_sequences_are_read_from_names() {
        let folder = folder(&[
            "P_1/T1.nii.gz",
            "P_1/T2.nii.gz",
            "P_2/T1.nii.gz",
            "P_1/T1_mask.nii.gz",
            "P_2/.hidden.nii.gz",
        ]);
        let images = pattern(&folder, "{id}/{sequence}.nii.gz");
        let masks = pattern(&folder, "{id}/{sequence}_mask.nii.gz");
        let found: Vec<(String, String, bool)> = scans(&images, &masks)
            .unwrap()
            .into_iter()
            .map(|scan| (scan.id, scan.sequence, scan.mask.is_some()))
            .collect();
        let expected = [
            ("P_1", "T1", true),
            ("P_1", "T2", false),
            ("P_2", "T1", false),
        ]
        .map(|(id, sequence, mask)| (id.to_owned(), sequence.to_owned(), mask));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_id_takes_as_much_as_it_can_and_is_the_same_everywhere() {
        let mut captured = Captured::default();
        let name = |text| tokens(text, text).unwrap();
        assert!(fits(
            &name("{id}_{sequence}.nii"),
            "a_b_T1.nii",
            &mut captured
        ));
        assert_eq!(captured.id.as_deref(), Some("a_b"));
        assert_eq!(captured.sequence.as_deref(), Some("T1"));
        assert!(fits(
            &name("x{id}.seg.nrrd"),
            "xa_b.seg.nrrd",
            &mut captured
        ));
        assert!(!fits(&name("x{id}"), "xa_c", &mut captured));
    }

    #[test]
    fn what_cannot_be_meant_is_an_error() {
        assert!(matches!(
            Pattern::new("scans/*.nii.gz"),
            Err(PatternError::NoId(_))
        ));
        assert!(matches!(
            Pattern::new("{patient}/t1.nii.gz"),
            Err(PatternError::Unknown { word, .. }) if word == "patient"
        ));
        let folder = folder(&["A/1.nii", "A/2.nii"]);
        let nothing = pattern(&folder, "{id}/none.nii");
        assert!(matches!(
            scans(&nothing, &nothing),
            Err(PatternError::Nothing(_))
        ));
    }
}
