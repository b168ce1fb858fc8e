//! What can be wrong with a study before anything is computed.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::table::TableError;

/// One thing that is wrong with a study, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong and where.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with its remedy.
    pub fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Why a study cannot be read or cannot be run.
#[derive(Debug, Error)]
pub enum StudyError {
    /// The text of the study file is not what a study file is.
    #[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Yaml {
        /// Line in the file, where known.
        line: Option<u64>,
        /// What is wrong.
        message: String,
        /// The nearest known key or value.
        hint: Option<String>,
    },
    /// The study file or a file that it names cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A clinical table cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The run stopped before its end.
    #[error(transparent)]
    Stopped(#[from] crate::Stopped),
    /// The study cannot go on; every reason that was found.
    #[error("{}", listed(problems))]
    Invalid {
        /// What is wrong.
        problems: Vec<Problem>,
    },
}

impl Diagnostic for StudyError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        match self {
            Self::Table(error) => return error.help(),
            Self::Stopped(error) => return error.help(),
            _ => {}
        }
        self.hint()
            .map(|hint| Box::new(hint) as Box<dyn std::fmt::Display>)
    }
}

impl StudyError {
    /// A study that cannot go on for one reason.
    pub fn invalid(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid {
            problems: vec![Problem::new(text, hint)],
        }
    }

    /// What to do about it, where that is known and not said in the message.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Yaml { hint, .. } => hint.clone(),
            Self::Unreadable { .. } | Self::Table(_) | Self::Stopped(_) => None,
            // Of several problems each stands in the message with its own hint.
            Self::Invalid { problems } => match problems.as_slice() {
                [only] => only.hint.clone(),
                _ => None,
            },
        }
    }

    pub(super) fn from_yaml_error(error: &serde_saphyr::Error, yaml: &str) -> Self {
        let location = error.location().filter(|location| location.line() > 0);
        let text = error.without_snippet().to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let hint = nearest_name(&message);
        // Of an unknown key the reader knows where its section starts, not where it stands itself.
        let unknown = message.strip_prefix("unknown field `");
        let unknown = unknown.and_then(|rest| rest.split('`').next());
        let line = location.map(|location| {
            let start = [location.line(), location.column()];
            unknown
                .and_then(|key| line_of_key(yaml, key, start))
                .unwrap_or(location.line())
        });
        Self::Yaml {
            line,
            message,
            hint,
        }
    }
}

/// The problems, each on a line of its own with its hint beneath; the hint of a single problem is
/// shown apart from it.
fn listed(problems: &[Problem]) -> String {
    if let [only] = problems {
        return only.text.clone();
    }
    let mut lines = Vec::new();
    for problem in problems {
        lines.push(problem.text.clone());
        let hint = problem.hint.iter().flat_map(|hint| hint.lines());
        lines.extend(hint.enumerate().map(|(place, line)| match place {
            0 => format!("  help: {line}"),
            _ => format!("        {line}"),
        }));
    }
    lines.join("\n")
}

/// The line of a key in the section that starts at a line and column, counted from 1: the first
/// one in that column, or, where the section is written in braces, the first one at all.
fn line_of_key(yaml: &str, key: &str, [line, column]: [u64; 2]) -> Option<u64> {
    let mut inside = None;
    for (text, number) in yaml
        .lines()
        .zip(1..)
        .skip_while(|&(_, number)| number < line)
    {
        let text = text.split(" #").next().unwrap_or(text);
        let is_key = |place: usize| {
            let before = text[..place].chars().next_back();
            let after = text[place + key.len()..].trim_start_matches(['"', '\'']);
            before.is_none_or(|c| c.is_whitespace() || "{,\"'".contains(c))
                && after.trim_start().starts_with(':')
        };
        for (place, _) in text.match_indices(key).filter(|&(place, _)| is_key(place)) {
            if text[..place].chars().count() as u64 + 1 == column {
                return Some(number);
            }
            inside = inside.or(Some(number));
        }
    }
    inside
}

/// The known name nearest to the unknown one that a message of the form
/// "unknown field `x`, expected one of a, b" or "unknown variant `x`, expected `a` or `b`" speaks
/// of.
fn nearest_name(message: &str) -> Option<String> {
    let unknown = message.strip_prefix("unknown ")?.split('`').nth(1)?;
    let known = message.split("expected ").nth(1)?;
    let known = known.strip_prefix("one of ").unwrap_or(known);
    let nearest = known
        .split(", ")
        .flat_map(|names| names.split(" or "))
        .map(|name| name.trim_matches('`'))
        .min_by_key(|name| strsim::damerau_levenshtein(name, unknown))?;
    Some(format!("did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_found_where_it_stands() {
        let yaml = "name: a # not here: nor seeed: 1\ntables:\n  - {file: a, id: seeed}\n  - {file: b, seeed: 2}\nseeed: 1\n";
        assert_eq!(line_of_key(yaml, "seeed", [1, 1]), Some(5));
        assert_eq!(line_of_key(yaml, "seeed", [4, 5]), Some(4));
        assert_eq!(line_of_key(yaml, "seed", [1, 1]), None);
    }

    #[test]
    fn each_of_several_problems_has_its_hint_beneath_it() {
        let error = StudyError::Invalid {
            problems: vec![
                Problem::new("`a` is wrong", "mend `a`"),
                Problem {
                    text: "`b` is wrong".to_owned(),
                    hint: None,
                },
                Problem::new("`c` is wrong", "write\n  c: 1"),
            ],
        };
        assert_eq!(
            error.to_string(),
            "`a` is wrong\n  help: mend `a`\n`b` is wrong\n`c` is wrong\n  help: write\n          c: 1"
        );
        assert_eq!(error.hint(), None);
        let error = StudyError::invalid("`a` is wrong", "mend `a`");
        assert_eq!(error.to_string(), "`a` is wrong");
        assert_eq!(error.hint().as_deref(), Some("mend `a`"));
    }
}
