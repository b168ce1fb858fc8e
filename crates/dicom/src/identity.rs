//! Who was scanned, for who asks.

use std::fmt;

use crate::tags;

use crate::attributes::Attributes;

/// Who a patient is, as the files say.
///
/// Nothing else in this crate holds these, and printing it for debugging shows none of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Patient ID (0010,0020).
    pub id: Option<String>,
    /// Patient's Name (0010,0010), with its carets.
    pub name: Option<String>,
    /// Patient's Birth Date (0010,0030), as YYYYMMDD.
    pub birth_date: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity { .. }")
    }
}

impl Identity {
    pub(crate) fn of(attributes: Attributes<'_>) -> Self {
        Self {
            id: attributes.text(tags::PATIENT_ID),
            name: attributes.text(tags::PATIENT_NAME),
            birth_date: attributes.text(tags::PATIENT_BIRTH_DATE),
        }
    }
}
