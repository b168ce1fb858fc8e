//! What a command found, in the forms it is shown in.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Rows;

/// The results of a command on one table.
pub(crate) struct Findings {
    /// Everything, without the warnings.
    pub(crate) json: Map<String, Value>,
    /// What the user must know.
    pub(crate) warnings: Vec<Warning>,
    /// The table of results that is written.
    pub(crate) results: Rows,
    /// The table that is read on the screen.
    pub(crate) shown: Rows,
}

impl Findings {
    /// The JSON object with its warnings.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut object = self.json.clone();
        let warnings: Vec<Value> = self.warnings.iter().map(Warning::to_json).collect();
        object.insert("warnings".to_owned(), json!(warnings));
        object
    }
}

/// Something that did not stop the command.
pub(crate) struct Warning {
    code: Cow<'static, str>,
    pub(crate) text: String,
}

impl Warning {
    pub(crate) fn new(code: &'static str, text: String) -> Self {
        Self {
            code: Cow::Borrowed(code),
            text,
        }
    }

    /// A warning of the library, whose code is known only when it is told.
    pub(crate) fn named(code: &str, text: String) -> Self {
        Self {
            code: Cow::Owned(code.to_owned()),
            text,
        }
    }

    /// The warning with the name of its group in front.
    pub(crate) fn within(&self, group: &str) -> Self {
        Self {
            code: self.code.clone(),
            text: format!("{group}: {}", self.text),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"code": self.code, "text": self.text})
    }
}
